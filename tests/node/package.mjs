// The package in Node: what it gives, refuses, and goes on from.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { golden, install, table } from "./installed.mjs";

const installed = install();
const { load, published, replay, run } = await installed.import("bilevel");
const expected = golden[table.name];

async function all(search) {
  const ticks = [];
  for await (const tick of search) ticks.push(tick);
  return ticks;
}

test("the result is the same whether it is awaited before, during or after iterating, or alone", async () => {
  const before = run(table.spec);
  assert.equal((await before.result).digest, expected.digest);
  assert.equal((await all(before)).length, 300, "a run that is over is still iterated over");
  const during = run(table.spec);
  for await (const tick of during) if (tick.told === 10) assert.equal((await during.result).digest, expected.digest);
  const after = run(table.spec);
  const ticks = await all(after);
  const summary = await after.result;
  assert.equal(summary.digest, expected.digest);
  assert.equal(summary.best.architecture, expected.best);
  assert.equal(summary.best.loss, expected.loss);
  assert.equal(summary.stop_reason, "trials");
  assert.deepEqual(ticks.map((tick) => tick.told), Array.from({ length: 300 }, (_, index) => index + 1));
  assert.equal(ticks.at(-1).line.digest, expected.digest);
  assert.deepEqual(ticks.at(-1).best, summary.best);
});

test("ticks have the best so far", async () => {
  let least = Infinity;
  for await (const { line, best } of run(table.spec)) {
    least = Math.min(least, line.loss);
    assert.equal(best.loss, least);
  }
});

test("an object and its JSON text are the same run, as is the written-out specification", async () => {
  const chain = { space: "sequence:20x7", objective: "chain", searcher: "ppo", budget: { trials: 50 } };
  const { digest } = await run(chain).result;
  assert.equal((await run(JSON.stringify(chain)).result).digest, digest);
  const { spec, metrics, positions } = await run(chain).setting;
  assert.equal((await run(spec).result).digest, digest);
  assert.equal(JSON.parse(spec).in_flight, 1);
  assert.equal(metrics.length, 1);
  assert.equal(positions.length, 20);
});

test("what cannot be run is an Error with the words of the core, in the result and in the iteration", async () => {
  const refusals = [
    [{ ...table.spec, trails: 3 }, /unknown field `trails`, expected one of/],
    [{ ...table.spec, searcher: { name: "reinforce", decai: 1 } }, /decai/],
    [{ ...table.spec, searcher: "evolution:population=0" }, /population must be in 1\.\.=1000000, got 0/],
    [{ ...table.spec, objective: "cifar10" }, /trains networks/],
    [{ ...table.spec, objective: { name: "table", arch_column: "a" }, metric: "b" }, /its rows are in a file/],
    [{ ...table.spec, seed: 2 ** 60 }, /seed must be in/],
    [{ space: "nas-bench-201", objective: "digits", searcher: "darts-v3" }, /unknown variant `darts-v3`, expected one of/],
    [{ ...table.spec, metric: "no-such" }, /there is no metric `no-such`/],
    [{ ...table.spec, schema_version: 2 }, /schema_version 2 is newer than 1/],
    [{ ...table.spec, objective: { name: "function", metrics: [] } }, /a function has 1 to 100 metrics, got 0/],
    ["{", /EOF while parsing/],
    [undefined, /an object of plain values/],
    [{ ...table.spec, seed: 7n }, /an object of plain values/],
  ];
  for (const [spec, words] of refusals) {
    const refused = (error) => error instanceof Error && words.test(error.message);
    const search = run(spec);
    await assert.rejects(search.result, refused, String(words));
    await assert.rejects(search.setting, refused, String(words));
    await assert.rejects(all(search), refused, String(words));
    await assert.rejects(search.step(), refused, String(words));
  }
  await assert.rejects(run(table.spec, { objective: () => 1 }).result, /names the objective `table`, and a function was given/);
  await assert.rejects(run(table.spec, { policyEvery: 0.5 }).result, /policyEvery must be a whole number/);
  assert.equal((await run({ ...table.spec, budget: { trials: 1 } }).result).trials, 1);
});

test("a run that is stopped goes on from its log to the digest of an undisturbed one", async () => {
  for (const at of [1, 100, 299]) {
    const first = run(table.spec, { paused: true });
    assert.equal((await first.step(at)).told, at);
    const stopped = await first.stop();
    assert.equal(stopped.stop_reason, "interrupted");
    assert.equal(stopped.trials, at);
    assert.equal((await all(first)).length, at, "the iteration ends by itself");
    const second = run(table.spec, { log: first.log() });
    assert.equal((await second.result).digest, expected.digest);
    assert.equal(second.told, 300);
    assert.equal((await run(table.spec, { log: second.log() }).result).digest, expected.digest, "a whole log is over");
  }
});

test("a log that is torn at its end is healed, one of another run is refused", async () => {
  const search = run(table.spec);
  await search.result;
  const log = search.log();
  const torn = run(table.spec, { log: log.slice(0, -40) });
  assert.equal((await torn.result).digest, expected.digest);
  assert.equal(torn.log(), log);
  await assert.rejects(run({ ...table.spec, seed: 8 }, { log }).result, /line 1 of the log: architecture should be/);
  const damaged = log.replace('"id":1,', '"id":,');
  await assert.rejects(run(table.spec, { log: damaged }).result, /line 2 of the log: not a line of a log/);
});

test("pause, step and resume", async () => {
  const search = run(table.spec, { paused: true });
  await search.setting;
  assert.equal(search.told, 0);
  assert.equal((await search.step()).told, 1);
  assert.equal((await search.step(5)).told, 6);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(search.told, 6, "nothing is told after a step");
  assert.equal((await search.step(1000)) === undefined, true, "the run ended first");
  assert.equal((await search.result).digest, expected.digest);
  const other = run({ ...table.spec, budget: { trials: 300_000 } });
  await other.step(7);
  const told = other.told;
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(other.told, told);
  other.resume();
  for await (const tick of other) if (tick.told > told + 1000) break;
  other.pause();
  await other.stop();
  await assert.rejects(search.step(0), /a step is of 1 trial or more, got 0/);
});

test("the policy is kept where it is asked for", async () => {
  const search = run(table.spec, { policyEvery: 100 });
  const kept = (await all(search)).filter((tick) => tick.policy).map((tick) => tick.told);
  assert.deepEqual(kept, [100, 200, 300]);
  assert.deepEqual([...search.policies.keys()], [0, 100, 200, 300]);
  const policy = search.policies.get(300);
  assert.equal(policy.length, 30);
  for (let edge = 0; edge < 6; edge++) {
    const sum = policy.slice(5 * edge, 5 * edge + 5).reduce((a, b) => a + b);
    assert.ok(Math.abs(sum - 1) < 1e-12, String(sum));
  }
  const { figures } = await load();
  assert.match(figures.policy("nas-bench-201", policy), /^<svg/);
  assert.match(figures.policyOverTime("nas-bench-201", search.policies), /^<svg/);
  assert.throws(() => figures.policy("nas-bench-201", policy.slice(1)), /has 30 probabilities, got 29/);
  const random = run({ ...table.spec, searcher: "random" }, { policyEvery: 1 });
  await random.result;
  assert.equal(random.policies.size, 0);
});

test("a replay says what the terminal says", async () => {
  const search = run(table.spec);
  await search.result;
  const { differences, ...same } = await replay(table.spec, search.log());
  assert.deepEqual(differences, []);
  assert.deepEqual(same, {
    schema_version: 1, trials: 300, different: 0, digest: expected.digest, tolerance: 0, largest_difference: 0,
  });
  const lines = search.log().trimEnd().split("\n");
  const line = JSON.parse(lines[299]);
  line.values["cifar10/latency"] += 1;
  const edited = await replay(table.spec, [...lines.slice(0, 299), JSON.stringify(line)]);
  assert.equal(edited.different, 1);
  assert.deepEqual(edited.differences.map(({ line, field }) => [line, field]), [[300, "values.cifar10/latency"], [300, "digest"]]);
  await assert.rejects(replay(table.spec, lines, { signal: AbortSignal.abort("enough") }), (reason) => reason === "enough");
  await assert.rejects(replay(table.spec, lines, { tolerance: 2 }), /a tolerance is a share from 0 to 1/);
});

test("names, searchers and figures", async () => {
  const { figures, names, searchers, version } = await load();
  assert.equal(version, JSON.parse(await readFile(`${installed.folder}/node_modules/bilevel/package.json`, "utf8")).version);
  assert.ok(names.objectives.some(({ name }) => name === "function") && names.presets.length === 5);
  assert.ok(searchers().includes("asha") && !searchers("table").includes("asha"));
  assert.throws(() => searchers("no-such"), /unknown variant `no-such`/);
  const metric = { name: "loss & more", unit: "", direction: "minimise" };
  const steps = [{ trials: 1, mean: 2, low: 1, high: 3 }, { trials: 2, mean: 1, low: 1, high: 1 }];
  const drawn = [
    figures.cell("nas-bench-201", expected.best),
    figures.cell({ positions: [{ name: "kernel", choices: ["3x3", "5x5"] }] }, "5x5"),
    figures.curve(metric, [{ id: 0, value: 1 }, { id: 1, value: null }]),
    figures.race(metric, [{ name: "random", points: steps }], "range of 2 runs"),
    figures.front([metric, { ...metric, name: "size" }], [[1, 2]], [[2, 1]]),
  ];
  for (const svg of drawn) assert.match(svg, /^<svg[^]*<\/svg>\s*$/);
  assert.match(drawn[2], /loss &amp; more/);
  assert.throws(() => figures.cell("nas-bench-201", "|none~0|"), Error);
  assert.throws(() => figures.curve(metric, [{ id: 0, valeu: 1 }]), /points: unknown field `valeu`/);
});

test("accuracies alone are one file", async () => {
  const accuracies = await published("cifar10/val200");
  assert.equal(accuracies.length, 15_625);
  assert.ok(Math.abs(Math.max(...accuracies) - 91.6067) < 5e-5);
  await assert.rejects(published("cifar10/test200"), /there is no metric/);
});
