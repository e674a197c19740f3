// Imported where nobody runs anything: no side effect, nothing that keeps a process alive, types that a compiler accepts.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { golden, install, root, table } from "./installed.mjs";

const installed = install();
const node = (path) => promisify(execFile)(process.execPath, [path], { timeout: 30_000 });

test("an import does nothing, whichever entry a server picks", async () => {
  const functions = ["run", "load"];
  const entries = { bilevel: functions, "bilevel/inline": functions, "./node_modules/bilevel/dist/index.js": functions, "bilevel/element": ["BilevelFigure", "Race"] };
  for (const [entry, [one, other]] of Object.entries(entries)) {
    const before = "const before = Object.keys(globalThis).join();\nglobalThis.fetch = () => { throw new Error('a request'); };\n";
    const after = `const { ${one}, ${other} } = await import("${entry}");\nif (Object.keys(globalThis).join() !== before) throw new Error("a global");\n`;
    const nothing = 'if (process.getActiveResourcesInfo().some((name) => /Worker|Message|Timer/.test(name))) throw new Error("at work");\n';
    const { stdout, stderr } = await node(installed.module("imports.mjs", `${before}${after}${nothing}console.log(typeof ${one}, typeof ${other});\n`));
    assert.deepEqual([stdout, stderr], ["function function\n", ""], entry);
  }
});

test("a process ends with its runs, those in Workers too", async () => {
  const script = `import { run } from "bilevel";
const spec = ${JSON.stringify(table.spec)};
const digests = await Promise.all([false, true, true].map((worker) => run(spec, { worker }).result)).then((all) => all.map((one) => one.digest));
console.log(new Set(digests).size, digests[0]);\n`;
  const { stdout } = await node(installed.module("ends.mjs", script));
  assert.equal(stdout, `1 ${golden[table.name].digest}\n`);
});

test("one signal ends many runs, and warns of nothing", async () => {
  const script = `import { run } from "bilevel";
const end = new AbortController();
const runs = Array.from({ length: 30 }, () => run(${JSON.stringify(table.spec)}, { signal: end.signal, paused: true }));
await Promise.all(runs.map((run) => run.setting));
setTimeout(() => end.abort("enough"));
console.log(new Set((await Promise.allSettled(runs.map((run) => run.result))).map(({ reason }) => reason)));\n`;
  const { stdout, stderr } = await node(installed.module("signal.mjs", script));
  assert.deepEqual([stdout, stderr], ["Set(1) { 'enough' }\n", ""]);
});

test("the inline entry runs in Node as well", async () => {
  const { run } = await installed.import("bilevel/inline");
  assert.equal((await run(table.spec).result).digest, golden[table.name].digest);
  await assert.rejects(run(table.spec, { worker: true }).result, /there is no Worker in one inline file/);
});

test("the types accept what is right and refuse what is not", () => {
  installed.module("types.mts", TYPES);
  const options = { module: "nodenext", target: "es2022", lib: ["es2023", "dom"], strict: true, noEmit: true, types: [], skipLibCheck: false };
  installed.module("tsconfig.json", JSON.stringify({ compilerOptions: options, files: ["types.mts"] }));
  execFileSync(join(root, "web/node_modules/.bin/tsc"), ["--project", installed.folder], { stdio: "pipe", encoding: "utf8" });
});

const TYPES = `
import { load, replay, run, type Line, type Metric, type RunSpec, type Summary } from "bilevel";
import { run as inline } from "bilevel/inline";

const spec: RunSpec = {
  space: "nas-bench-201",
  objective: "table",
  searcher: { name: "reinforce", learning_rate: 0.1, baseline: "ema", policy: { name: "lstm", hidden: 16 } },
  budget: { trials: 10 },
  seed: 7,
};
const words: RunSpec = { ...spec, searcher: "enas-controller:policy.hidden=32", space: "sequence:20x7", objective: "chain:pairs=0.5" };
const own: RunSpec = { ...spec, space: { positions: [{ name: "kernel", choices: ["3x3"] }] } };
const search = run(spec, { policyEvery: 2, signal: new AbortController().signal });
for await (const { told, line, best, policy } of search) {
  const number: number = told + (best?.loss ?? 0) + (policy?.length ?? 0);
  const one: Line = line;
  void [number, one];
}
const summary: Summary = await search.result;
const digest: string = summary.digest;
run({ space: "sequence:6x5", searcher: "random" }, { objective: async (_, { choices, seed }) => choices.length + Number(seed) });
const metrics: Metric[] = [{ name: "accuracy", unit: "%", direction: "maximise" }];
run({ ...spec, objective: { name: "function", metrics } }, { objective: () => ({ accuracy: 1 }) });
void [words, own, digest, inline(words), replay(spec, search.log()), (await load()).figures.cell("darts", "")];

// @ts-expect-error: a misspelt field
run({ ...spec, trails: 3 } satisfies RunSpec);
// @ts-expect-error: a misspelt option
void ({ name: "evolution", popluation: 3 } satisfies RunSpec["searcher"]);
// @ts-expect-error: no such searcher
void ("evolutoin" satisfies RunSpec["searcher"]);
// @ts-expect-error: a direction that there is not
void ({ name: "a", unit: "", direction: "up" } satisfies Metric);
// @ts-expect-error: a function gives numbers
run(spec, { objective: () => "1" });
`;
