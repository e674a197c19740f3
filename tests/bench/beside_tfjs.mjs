// One training step of the same network in the same browser and run: this package and TensorFlow.js, as ratios.
//
//   cargo xtask package && npm ci --prefix tests/bench/beside_tfjs && node tests/bench/beside_tfjs.mjs
//
// C = 8, N = 1, 64 images of 8 × 8, 67,426 weights. The GPU is whichever the browser has; here it is one in software.
import { launch, open, serve } from "../node/chromium.mjs";
import { root } from "../node/installed.mjs";

const [ROUNDS, STEPS, SLOW] = [3, 10, 4];
const beside = "/tests/bench/beside_tfjs";
const scripts = ["tfjs/dist/tf.min.js", "tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js", "tfjs-backend-wasm/dist/tf-backend-wasm.min.js"];
const html = `<!doctype html><title>beside TensorFlow.js</title>${scripts.map((path) => `<script src="${beside}/node_modules/@tensorflow/${path}"></script>`).join("")}
<script>tf.wasm.setWasmPaths("${beside}/node_modules/@tensorflow/tfjs-backend-wasm/dist/")</script><script type="module" src="${beside}/page.js"></script>`;

const rows = [
  ["bilevel", "cpu", STEPS],
  ["bilevel", "webgpu", SLOW],
  ["TensorFlow.js", "cpu", SLOW],
  ["TensorFlow.js", "wasm", SLOW],
  ["TensorFlow.js", "webgl", SLOW],
  ["TensorFlow.js", "webgpu", SLOW],
];

const server = await serve(root, { "/index.html": html });
const browser = await launch({ webgpu: true });
const found = new Map(rows.map((row) => [row, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const row of rows) {
    const before = found.get(row);
    if (before.some(({ error }) => error)) continue;
    const { page } = await open(browser, `${server.address}/index.html`);
    await page.waitForFunction(() => "measure" in globalThis);
    before.push(await page.evaluate(([row, steps]) => globalThis.measure(row, steps), [row.slice(0, 2), row[2]]));
    await page.context().close();
  }
}
await browser.close();
server.close();

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const least = median(found.get(rows[0]).flatMap(({ times }) => times));
console.log(`${"".padEnd(22)}${"first, ms".padStart(12)}${"step, ms".padStart(12)}${"times ours on cpu".padStart(20)}${"weights".padStart(10)}`);
for (const [[who, where], runs] of found) {
  const name = `${who} ${where}`.padEnd(22);
  const failed = runs.find(({ error }) => error);
  if (failed) {
    console.log(`${name} cannot: ${failed.error}`);
    continue;
  }
  const step = median(runs.flatMap(({ times }) => times));
  const first = median(runs.map(({ first }) => first));
  console.log(`${name}${first.toFixed(0).padStart(12)}${step.toFixed(1).padStart(12)}${(step / least).toFixed(1).padStart(20)}${String(runs[0].parameters).padStart(10)}`);
}
