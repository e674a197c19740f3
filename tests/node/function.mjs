// A JavaScript function as the objective: its values, its failures, and that no abort waits for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { install } from "./installed.mjs";

const installed = install();
const { replay, run } = await installed.import("bilevel");
const spec = { space: "sequence:6x5", searcher: "evolution", budget: { trials: 200 }, seed: 3, in_flight: 4 };
const sum = (_, { choices }) => choices.reduce((a, b) => a + b, 0);
const later = (milliseconds, value) => new Promise((resolve) => setTimeout(resolve, milliseconds, value));

test("sync, async and in whichever order it answers, the run is the same, here and in a Worker", async () => {
  const { digest, trials } = await run(spec, { objective: sum }).result;
  assert.equal(trials, 200);
  const shuffled = (h, trial) => later((trial.id * 7) % 5, sum(h, trial));
  for (const objective of [async (h, trial) => sum(h, trial), shuffled]) {
    assert.equal((await run(spec, { objective }).result).digest, digest);
    assert.equal((await run(spec, { objective, worker: true }).result).digest, digest);
  }
  const module = installed.module("sum.mjs", "export default (_, { choices }) => choices.reduce((a, b) => a + b, 0);\n");
  assert.equal((await run(spec, { objective: pathToFileURL(module) }).result).digest, digest);
});

test("it is asked what the core asks", async () => {
  const trials = [];
  const objective = (architecture, trial) => {
    trials.push({ architecture, ...trial });
    return 1;
  };
  await run({ ...spec, searcher: "asha:max_epochs=9" }, { objective }).result;
  assert.equal(trials.length, 200);
  assert.deepEqual(trials.map((trial) => trial.id), Array.from({ length: 200 }, (_, index) => index));
  for (const { architecture, choices, seed, epochs } of trials) {
    assert.equal(choices.join(","), architecture);
    assert.ok(typeof seed === "bigint" && seed >= 0n && seed < 1n << 64n && [1, 3, 9].includes(epochs));
  }
});

test("several metrics have names, units and directions", async () => {
  const metrics = [
    { name: "accuracy", unit: "%", direction: "maximise" },
    { name: "size", unit: "MB", direction: "minimise" },
  ];
  const both = { ...spec, objective: { name: "function", metrics }, front: ["accuracy", "size"] };
  const objective = (_, { choices }) => ({ accuracy: 90 + choices[0], size: 1 + choices[0] });
  const { best, front } = await run(both, { objective }).result;
  assert.equal(best.values.accuracy, 94);
  assert.deepEqual(front.map((one) => one.values.size), [5, 4, 3, 2, 1]);
});

test("what goes wrong in it is a failed trial with words, and the run goes on", async () => {
  const answers = [
    () => { throw new Error("out of memory"); },
    () => Promise.reject(new Error("later, too")),
    () => NaN,
    () => "much",
    () => ({ loss: 1, size: 2 }),
    () => ({}),
    () => -0,
  ];
  const search = run({ ...spec, searcher: "random", budget: { trials: 7 } }, { objective: (_, { id }) => answers[id]() });
  const failures = [];
  for await (const { line } of search) failures.push(line.failure && `${line.failure.kind}: ${line.failure.message}`);
  assert.deepEqual(failures, [
    "failed: out of memory",
    "failed: later, too",
    "not-finite: loss is NaN",
    "failed: the function gave string; it is to give a number for each of loss",
    "failed: there is no metric `size`; this objective has loss",
    "failed: the function gave no number for loss",
    undefined,
  ]);
  assert.equal((await search.result).failed, 6);
  const again = await replay({ ...spec, searcher: "random", budget: { trials: 7 } }, search.log(), { objective: (_, { id }) => answers[id]() });
  assert.equal(again.different, 0);
  assert.match(search.log(), /"loss":-0\.0/, "the sign of a zero is in the log");
});

test("a function that was not given is missed", async () => {
  const search = run({ ...spec, objective: "function", budget: { trials: 1 } });
  assert.equal((await search.result).failed, 1);
  assert.match(search.log(), /none was given; pass it as `objective`/);
});

// How long after the abort, which a timer does, the result is rejected.
async function abortedAfter(options) {
  const controller = new AbortController();
  let at;
  setTimeout(() => {
    at = performance.now();
    controller.abort(new Error("enough"));
  }, 150);
  const began = performance.now();
  const search = run({ ...spec, budget: { trials: 100_000_000 } }, { ...options, signal: controller.signal });
  await assert.rejects(search.result, /enough/);
  const late = performance.now() - (at ?? 0);
  await assert.rejects(async () => { for await (const _ of search); }, /enough/);
  await assert.rejects(search.step(), /enough/);
  assert.ok(at - began < 300, `the timer itself was kept waiting for ${at - began} ms`);
  return late;
}

test("an abort counts within 100 ms under an objective that never yields to the tasks of the event loop", async () => {
  for (const worker of [false, true]) {
    const late = await abortedAfter({ objective: async (h, trial) => sum(h, trial), worker });
    assert.ok(late < 100, `${late} ms, worker: ${worker}`);
  }
});

test("an abort counts within 100 ms under an objective in the Worker that never returns", async () => {
  const module = installed.module("for_ever.mjs", "export default () => { for (;;); };\n");
  const late = await abortedAfter({ objective: pathToFileURL(module) });
  assert.ok(late < 100, `${late} ms`);
  assert.equal((await run(spec, { objective: sum, worker: true }).result).trials, 200, "other runs in Workers go on");
});

test("the function learns that nobody waits for it", async () => {
  const controller = new AbortController();
  let told;
  const objective = (_, { signal }) => new Promise(() => signal.addEventListener("abort", () => (told = true)));
  const search = run(spec, { objective, signal: controller.signal });
  await later(50);
  controller.abort(new Error("enough"));
  await assert.rejects(search.result, /enough/);
  assert.equal(told, true);
  await assert.rejects(run(spec, { objective, signal: controller.signal }).result, /enough/, "aborted before it began");
});

test("a module without a function is refused", async () => {
  const module = installed.module("nothing.mjs", "export const other = 1;\n");
  await assert.rejects(run(spec, { objective: pathToFileURL(module) }).result, /has no function as its default export/);
  await assert.rejects(run(spec, { objective: new URL("file:///nowhere.mjs") }).result, Error);
});
