// A run of the terminal in the package, and the reverse: the same bytes, gone on from and replayed by either.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { install, root } from "./installed.mjs";

const installed = install();
const { replay, run } = await installed.import("bilevel");
const program = join(process.env.BILEVEL_TARGET ?? join(root, "target"), "release/bilevel");
const bilevel = (...words) => execFileSync(program, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

/** A run directory of the terminal. */
function directory(name, ...words) {
  const path = join(installed.folder, name);
  const summary = JSON.parse(bilevel("search", ...words, "--out", path, "--json"));
  const read = (file) => readFileSync(join(path, file), "utf8");
  return { path, summary, spec: read("spec.json"), log: read("trials.jsonl") };
}

const words = [
  ["--objective", "table", "--searcher", "ppo", "--trials", "200", "--seed", "5"],
  ["--objective", "chain", "--space", "sequence:20x7", "--searcher", "enas-controller:samples=4", "--trials", "40", "--in-flight", "4"],
  ["--objective", "chain:bend=1", "--space", "sequence:6x5", "--searcher", "concrete:temperature=0.5,final_temperature=0.1,anneal=40", "--trials", "60"],
  ["--objective", "table", "--searcher", "relax:control_variate=relaxed-and-network", "--trials", "30", "--in-flight", "3"],
  ["--objective", "nk", "--space", "darts", "--searcher", "tpe", "--trials", "150"],
  ["--objective", "table", "--scalarisation", "constraint:metric=cifar10/latency,limit=15", "--searcher", "local", "--trials", "80"],
];

test("a terminal's specification gives a terminal's document and log, byte for byte", async () => {
  for (const [place, words_of_one] of words.entries()) {
    const { summary, spec, log } = directory(`same-${place}`, ...words_of_one);
    for (const given of [spec, JSON.parse(spec)]) {
      const search = run(given);
      const { run: _, ...document } = summary;
      assert.deepEqual(await search.result, document);
      assert.equal(search.log(), log);
      assert.equal((await search.setting).spec, spec);
    }
    assert.equal((await replay(spec, log)).different, 0);
    const half = `${log.split("\n").slice(0, 20).join("\n")}\n`;
    assert.equal((await run(spec, { log: half }).result).digest, summary.digest);
  }
});

test("the terminal goes on from a log of the package and replays it", async () => {
  const search = run({ space: "nas-bench-201", objective: "table", searcher: "evolution", budget: { trials: 120 }, seed: 9 }, { paused: true });
  await search.step(50);
  await search.stop();
  const path = join(installed.folder, "of-the-package");
  mkdirSync(path);
  const { spec } = await search.setting;
  writeFileSync(join(path, "spec.json"), spec);
  writeFileSync(join(path, "trials.jsonl"), search.log());
  const { digest, trials } = JSON.parse(bilevel("resume", path, "--json"));
  assert.deepEqual([digest, trials], [(await run(spec).result).digest, 120]);
  assert.equal(JSON.parse(bilevel("replay", path, "--json")).different, 0);
});

test("the terminal reports a run whose objective was a function of a page", async () => {
  const metrics = [{ name: "accuracy", unit: "%", direction: "maximise" }];
  const spec = { space: "sequence:6x5", objective: { name: "function", metrics }, searcher: "reinforce", budget: { trials: 60 } };
  const search = run(spec, { objective: (_, { choices }) => choices.reduce((a, b) => a + b) });
  await search.result;
  const path = join(installed.folder, "of-a-function");
  mkdirSync(path);
  writeFileSync(join(path, "spec.json"), (await search.setting).spec);
  writeFileSync(join(path, "trials.jsonl"), search.log());
  bilevel("report", path);
  assert.match(readFileSync(join(path, "report.html"), "utf8"), /accuracy/);
  assert.throws(() => bilevel("resume", path, "--json"), (error) => /its answers come from a function/.test(error.stdout));
});
