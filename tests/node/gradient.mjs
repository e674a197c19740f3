// The bench of gradients in the package: the terminal's numbers, to the last bit.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { install, root } from "./installed.mjs";

const installed = install();
const { gradient, load } = await installed.import("bilevel");
const program = join(process.env.BILEVEL_TARGET ?? join(root, "target"), "release/bilevel");
const all = ["reinforce:baseline=none", "rloo:samples=2", "softmax", "concrete", "straight-through", "reinmax", "gumbel-rao", "dirichlet"];
all.push("unordered-set", "rebar", "relax", "relax:control_variate=relaxed-and-network", "lax", "muprop", "indecater", "nvil");

/** The terminal's document. */
function terminal({ space, objective, metric, estimators, temperatures = [], seed }, samples, out, more = ["--space", space, "--objective", objective]) {
  const words = ["gradient", ...more, "--estimators", estimators.join(","), "--seed", String(seed)];
  if (metric) words.push("--search-metric", metric);
  if (temperatures.length > 0) words.push("--temperatures", temperatures.join(","));
  const text = execFileSync(program, [...words, "--samples", String(samples), "--json", "--out", join(installed.folder, out)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return JSON.parse(text);
}

test("every estimator has the terminal's numbers on tables, chains and the toy", async () => {
  for (const [place, spec] of [
    { space: "sequence:6x5", objective: "chain:bend=1", estimators: all, temperatures: [0.1, 1], seed: 7 },
    { space: "sequence:4x2", objective: "chain", estimators: ["arm", "disarm", "exact"], seed: 1 },
    { space: "sequence:1x2", objective: "toy", estimators: ["relax", "rebar", "arm", "disarm"], seed: 3 },
    { space: "nas-bench-201", objective: "table", metric: "cifar10/val200", estimators: ["rloo", "muprop", "dirichlet"], seed: 2 },
  ].entries()) {
    const expected = terminal(spec, 60, `bench-${place}`);
    const bench = await gradient(spec);
    assert.deepEqual([bench.exact, bench.expectation, bench.logits], [expected.exact, expected.expectation, expected.logits]);
    assert.deepEqual(bench.measurements, expected.rows.map(({ estimator, temperature }) => ({ estimator, temperature })));
    for (const [measurement, row] of expected.rows.entries()) {
      // However they are cut.
      bench.draw(measurement, 58);
      assert.equal(bench.one(measurement).length, bench.exact.length);
      const { gradient, points } = bench.observe(measurement);
      assert.equal(gradient.length, bench.exact.length);
      // What a mixture's shares sum to, and how many choices an architecture has.
      const [positions, near] = [bench.positions.length, (sum, wanted) => Math.abs(sum - wanted) < 1e-9];
      assert.ok(points.every(({ choices, mixture }) => (choices ? choices.length === positions : near(mixture.reduce((sum, share) => sum + share, 0), positions))), row.estimator);
      assert.deepEqual(bench.row(measurement), { ...row, microseconds: null }, row.estimator);
    }
    bench.free();
  }
});

test("what cannot be measured is refused in the words of the core", async () => {
  const spec = { space: "sequence:2x3", objective: "chain", estimators: ["rloo"] };
  for (const [change, words] of [
    [{ estimators: ["arm"] }, /estimator `arm`: arm is for binary choices/],
    [{ estimators: ["concrte"] }, /estimator `concrte`: unknown variant `concrte`/],
    [{ objective: "digits" }, /objective `digits`: it trains networks/],
    [{ objective: "nk", space: "sequence:20x7" }, /the exact gradient is the sum over all 79792266297612001/],
    [{ logits: [0] }, /6 logits are wanted/],
    [{ tempratures: [1] }, /unknown field `tempratures`/],
  ]) {
    await assert.rejects(gradient({ ...spec, ...change }), words);
  }
  const bench = await gradient(spec);
  assert.equal(bench.row(0), null);
  assert.throws(() => bench.draw(1, 1), /there is no measurement 1/);
  for (const count of [-1, 1.5, 2 ** 32, Number.NaN, "many"]) assert.throws(() => bench.draw(0, count), /a number of draws is a whole number from 0 to 4294967295/);
  assert.throws(() => bench.one(Number.NaN), /a measurement is a whole number/);
  bench.free();
  bench.free();
  assert.throws(() => bench.row(0), /this bench was freed/);
});

test("a function whose values are all known has the numbers of the terminal's table", async () => {
  const values = Float64Array.from({ length: 27 }, (_, index) => Math.sin(index) / 3);
  const rows = Array.from(values, (value, index) => [Math.floor(index / 9), Math.floor(index / 3) % 3, index % 3, value].join());
  const table = installed.module("values.csv", ["a,b,c,loss", ...rows].join("\n"));
  const spec = { space: "sequence:3x3", objective: "function", estimators: ["rloo", "muprop", "concrete", "relax"], temperatures: [0.3], seed: 5 };
  const words = ["--table", table, "--arch-columns", "a,b,c", "--search-metric", "loss", "--minimise"];
  const expected = terminal({ ...spec, space: undefined, objective: undefined, temperatures: [0.3] }, 50, "bench-own", words);
  const bench = await gradient(spec, { values });
  assert.deepEqual(bench.exact, expected.exact);
  for (const [measurement, row] of expected.rows.entries()) {
    bench.draw(measurement, 50);
    assert.deepEqual(bench.row(measurement), { ...row, microseconds: null }, row.estimator);
  }
  await assert.rejects(gradient(spec), /objective `function`: a bench needs all its values/);
  await assert.rejects(gradient(spec, { values: values.subarray(1) }), /one value for each of the 27 architectures, at most \d+; got 26/);
  await assert.rejects(gradient({ ...spec, objective: "chain" }, { values }), /values are those of the objective `function`/);
});

test("a bench is drawn over the temperature", async () => {
  const { figures } = await load();
  const point = (temperature, value) => ({ temperature, value, low: 0.9 * value, high: 1.1 * value });
  const curves = [{ name: "concrete", points: [point(0.1, 3), point(1, 0.4)] }, { name: "<rloo>", points: [point(null, 1)] }];
  const picture = figures.temperature("variance of one draw", curves, { temperature: 0.5, least: true, width: 360 });
  assert.match(picture, /^<svg .*width="360"/);
  assert.ok(picture.includes("&lt;rloo&gt;") && picture.includes("bl-dashed"));
  assert.throws(() => figures.temperature("x", [{ name: 3 }]), /curves: /);
});
