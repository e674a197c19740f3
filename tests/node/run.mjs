// What is shipped: `run` of web/pkg, against the golden file and against what it has to refuse.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { load } from "./load.mjs";

const { run, version } = await load("root", "web/pkg");
const written = JSON.parse(await readFile(new URL("../golden/digests.json", import.meta.url), "utf8")).entries;

const table = { space: "nas-bench-201", objective: "table", searcher: "reinforce", budget: { trials: 300 }, seed: 7 };

test("a run gives the golden digest", () => {
  const golden = written["searcher/reinforce on table nas-bench-201, 4 in flight"];
  const summary = run({ ...table, in_flight: 4 });
  assert.equal(summary.digest, golden.digest);
  assert.equal(summary.best.architecture, golden.best);
  assert.equal(summary.best.loss, golden.loss);
  assert.equal(summary.trials, 300);
  assert.equal(summary.stop_reason, "trials");
});

test("an object and its JSON text are the same run", () => {
  const chain = { space: "sequence:20x7", objective: "chain", searcher: "ppo", budget: { trials: 50 } };
  assert.deepEqual(run(chain), run(JSON.stringify(chain)));
});

test("what cannot be run is an Error with words, and the module goes on", () => {
  const refusals = [
    [{ ...table, trails: 3 }, /unknown field `trails`, expected one of/],
    [{ ...table, searcher: { name: "reinforce", decai: 1 } }, /decai/],
    [{ ...table, searcher: "evolution:population=0" }, /population must be in 1\.\.=1000000, got 0/],
    [{ ...table, objective: "digits" }, /trains networks/],
    [{ ...table, seed: 2 ** 60 }, /seed must be in/],
    [{ ...table, metric: "no-such" }, /no-such/],
    ["{", /EOF while parsing/],
    [undefined, /an object of plain values/],
    [{ ...table, seed: 7n }, /an object of plain values/],
  ];
  for (const [spec, words] of refusals) {
    assert.throws(() => run(spec), (error) => error instanceof Error && words.test(error.message), String(words));
  }
  assert.equal(run({ ...table, budget: { trials: 1 } }).trials, 1);
});

test("the version is that of the workspace", async () => {
  const manifest = await readFile(new URL("../../Cargo.toml", import.meta.url), "utf8");
  assert.equal(version(), /^version = "(.+)"$/m.exec(manifest)[1]);
});
