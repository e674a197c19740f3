// Supernets trained while they are searched, in WebAssembly on the processor, in Node: the code of the terminal, told epoch by epoch.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { install, root } from "./installed.mjs";

const installed = install();
const { load, run } = await installed.import("bilevel");
const program = join(process.env.BILEVEL_TARGET ?? join(root, "target"), "release/bilevel");

const small = { name: "digits", channels: 2, epochs: 3, train_images: 128, validation_images: 96 };
const spec = (searcher, objective = small) => ({ space: "nas-bench-201", objective, searcher, seed: 5 });

async function all(search) {
  const ticks = [];
  for await (const tick of search) ticks.push(tick);
  return ticks;
}

test("epochs are told with policy and instruments, then the cell that came of them", async () => {
  const search = run(spec("darts-v1"), { policyEvery: 1 });
  const { metric, positions, supernet, trains } = await search.setting;
  assert.deepEqual([metric.name, positions.length, supernet.positions.length, supernet.epochs, trains], ["validation_accuracy", 6, 6, 3, null]);
  assert.ok(supernet.parameters > 1000 && supernet.bytes > 1e5);
  const ticks = await all(search);
  assert.deepEqual(ticks.map(({ line }) => [line.purpose, line.epochs]), [["train", 1], ["train", 2], ["train", 3], [undefined, 3]]);
  const [first] = ticks;
  assert.deepEqual([first.policy.length, first.line.policy.length, first.best], [30, 30, null]);
  for (const { policy } of ticks) for (let edge = 0; edge < 6; edge++) assert.ok(Math.abs(policy.slice(5 * edge, 5 * edge + 5).reduce((sum, p) => sum + p) - 1) < 1e-12);
  const { relaxed_accuracy: mixture, derived_accuracy: derived, skip_share: skips } = first.line.instruments;
  assert.ok([mixture, derived].every((value) => value >= 0 && value <= 100) && skips > 0 && skips < 1);
  assert.deepEqual([...search.policies.keys()], [0, 1, 2, 3, 4]);
  const { best, trials } = await search.result;
  assert.deepEqual([trials, best.architecture], [4, ticks[2].line.architecture]);
  const { figures } = await load();
  const epochs = ticks.slice(0, 3).map(({ line }) => line.instruments);
  assert.match(figures.instruments(epochs, { width: 400, epochs: 9, panels: ["accuracy", "skips"], alarm: 2 }), /mixture, unseen[\s\S]*alarm/);
  assert.throws(() => figures.instruments(epochs, { colour: "red" }), /unknown field `colour`/);
  assert.match(figures.policyBars("nas-bench-201", first.policy, { width: 400 }), /<svg[\s\S]*0 %/);
});

test("the same seed is the same log, and a log goes on to it", async () => {
  const whole = run(spec("reinforce-supernet:alarm=off"));
  await whole.result;
  const log = whole.log();
  const halfway = run(spec("reinforce-supernet:alarm=off"), { paused: true });
  await halfway.step(2);
  assert.equal(halfway.told, 2);
  await halfway.stop();
  const begun = halfway.log();
  assert.equal(begun, log.split("\n").slice(0, 2).join("\n") + "\n");
  const resumed = run(spec("reinforce-supernet:alarm=off"), { log: begun });
  await resumed.result;
  assert.equal(resumed.log(), log);
  const another = run({ ...spec("reinforce-supernet:alarm=off"), seed: 6 });
  await another.result;
  assert.notEqual(another.log(), log);
});

test("a pause in the middle of an epoch, and a step after it", async () => {
  const search = run(spec("darts-v1", { ...small, epochs: 20 }));
  await search[Symbol.asyncIterator]().next();
  search.pause();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const { told } = search;
  assert.equal((await search.step()).told, told + 1);
  await search.stop();
});

test("a log of another search is refused, and stopping does not wait for all of it", async () => {
  const begun = run(spec("darts-v1", { ...small, epochs: 20 }), { paused: true });
  await begun.step(8);
  const log = begun.log();
  await begun.stop();
  const objective = { ...small, epochs: 20 };
  for (const other of [{ ...spec("darts-v1", objective), seed: 6 }, spec("reinforce-supernet", objective)]) {
    await assert.rejects(run(other, { log }).result, /^Error: line 1 of the log: its policy is not what the first epoch gives here; it is of another search/);
  }
  const resumed = run(spec("darts-v1", objective), { log });
  await resumed.setting;
  const { trials } = await resumed.stop();
  assert.equal(trials, 8, "no epoch more than the log had");
});

test("it learns what the terminal's learns", async () => {
  const path = join(installed.folder, "supernet-of-the-terminal");
  const objective = "digits:channels=2,train_images=128,validation_images=96";
  const options = ["--objective", objective, "--searcher", "darts-v2", "--epochs", "2", "--seed", "5", "--no-retrain", "--out", path];
  execFileSync(program, ["search", ...options], { stdio: ["ignore", "ignore", "ignore"] });
  const terminal = readFileSync(join(path, "trials.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  const here = (await all(run(JSON.parse(readFileSync(join(path, "spec.json"), "utf8"))))).map(({ line }) => line);
  assert.equal(here.length, terminal.length);
  // f32 in another order, in the gradients of two epochs.
  here[0].policy.forEach((logit, at) => assert.ok(Math.abs(logit - terminal[0].policy[at]) < 0.05, `${at}: ${logit} and ${terminal[0].policy[at]}`));
  assert.ok(Math.abs(here[0].instruments.train_loss - terminal[0].instruments.train_loss) < 0.01);
});

test("a rule ends it early, and says so", async () => {
  const search = run({ ...spec("darts-v1:early_stopping=skips", { name: "digits", channels: 4, epochs: 20 }), seed: 7 });
  const ticks = await all(search);
  const { best } = await search.result;
  assert.equal(search.told, 6, "five epochs of twenty, and the cell");
  assert.match(search.notices.join(), /early stopping: epoch 5/);
  assert.equal(best.architecture, ticks[3].line.architecture, "that of the epoch before");
});

test("what cannot be searched is refused in words, and an abort ends it", async () => {
  const refused = async (words, ...given) => assert.rejects(run(...given).result, (error) => (assert.match(error.message, words), true));
  await refused(/learning_rate must be in \(0, 100\], got 0; try 0\.1/, spec("darts-v1:learning_rate=0"));
  await refused(/^networks are built for the spaces nas-bench-201, darts and dense-20x7/, { ...spec("darts-v1"), space: "sequence:3x2" });
  await refused(/device `cuda` is not here/, spec("darts-v1", { ...small, device: "cuda" }));
  await refused(/asks no function; leave `objective` out/, { space: "nas-bench-201", searcher: "darts-v1" }, { objective: () => 1 });
  await refused(/^line 1 of the log: not a line of a log \(missing field `id`\)/, spec("darts-v1"), { log: ["{}"] });
  const ended = new AbortController();
  const search = run(spec("darts-v2", { ...small, epochs: 500 }), { signal: ended.signal });
  await search.setting;
  ended.abort(new Error("enough"));
  await assert.rejects(search.result, /enough/);
});
