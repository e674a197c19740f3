// Networks trained in a browser: on the GPU that it lends, here one in software, and on the processor where it lends none.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { launch, losable, open, POLICY, serve } from "./chromium.mjs";
import { install } from "./installed.mjs";

const { folder } = install();
const dist = "/node_modules/bilevel/dist";
const cell = "|nor_conv_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|";
/** Small: what computes is the processor, in disguise. */
const tiny = { channels: 2, batch_size: 4, train_images: 24, validation_images: 20 };

/** What `drive` finds on a page that has the package, in a browser with or without WebGPU. */
async function found(webgpu, drive) {
  const html = '<!doctype html><meta charset="utf-8"><title>a page</title><script type="module" src="/page.js"></script>';
  const code = `import * as bilevel from "${dist}/index.js";\nglobalThis.bilevel = bilevel;\n`;
  const worker = await losable(join(folder, dist, "training/worker.js"));
  const pages = { "/index.html": html, "/page.js": code, ...(webgpu ? { [`${dist}/training/worker.js`]: worker } : {}) };
  const [server, browser] = [await serve(folder, pages, { "content-security-policy": POLICY }), await launch({ webgpu })];
  try {
    const { page, requests, complaints } = await open(browser, `${server.address}/index.html`);
    await page.waitForFunction(() => "bilevel" in globalThis);
    const value = await drive(page);
    return { value, complaints, modules: requests.filter((path) => path.endsWith(".wasm")).map((path) => path.split("/").at(-1)) };
  } finally {
    await browser.close();
    server.close();
  }
}

/** The steps that a training makes on a device, on the page. */
const steps = async ({ cell, device, tiny, count }) => {
  const training = globalThis.bilevel.train(cell, { training: { ...tiny, epochs: 4, device }, seed: 5, paused: true });
  await training.step(count);
  const { accuracy, loss } = await training.stop();
  const made = [];
  for await (const event of training) if (event.kind === "step") made.push(event);
  return { accuracy, loss, losses: made.map(({ loss }) => loss), milliseconds: made.map(({ milliseconds }) => milliseconds) };
};

test("the GPU computes what the processor does, and its module runs no constructor twice", async () => {
  const { value, complaints, modules } = await found(true, async (page) => ({
    gpu: await page.evaluate(() => globalThis.bilevel.gpu()),
    there: await page.evaluate(steps, { cell, device: "webgpu", tiny, count: 6 }),
    here: await page.evaluate(steps, { cell, device: "cpu", tiny, count: 6 }),
  }));
  const { gpu, here, there } = value;
  assert.deepEqual(complaints, []);
  assert.ok(gpu.software && gpu.name.length > 0, JSON.stringify(gpu));
  assert.deepEqual(modules, ["bilevel_webgpu_bg.wasm", "bilevel_cpu_bg.wasm"]);
  assert.equal(here.losses.length, 6);
  here.losses.forEach((loss, step) => assert.ok(Math.abs(loss - there.losses[step]) < 1e-4, `step ${step}: ${loss} and ${there.losses[step]}`));
  assert.ok(Math.abs(here.loss - there.loss) < 1e-3);
  // The first compiles its pipelines. Ran every call all constructors again, a step took seconds and this ratio were thousands.
  const median = ({ milliseconds }) => milliseconds.slice(1).sort((a, b) => a - b)[2];
  assert.ok(median(there) < 1000 * median(here), `${median(there)} and ${median(here)} ms`);
});

test("a lost device is replaced, with the weights of the last epoch", async () => {
  const { value } = await found(true, async (page) => {
    await page.evaluate(async ({ cell, tiny }) => {
      globalThis.training = globalThis.bilevel.train(cell, { training: { ...tiny, epochs: 2, device: "webgpu" }, seed: 5, paused: true });
      await globalThis.training.step(8);
    }, { cell, tiny });
    const [worker] = page.workers();
    await worker.evaluate(() => globalThis.device.destroy());
    const events = await page.evaluate(async () => {
      globalThis.training.resume();
      const { epochs } = await globalThis.training.result;
      const seen = [];
      for await (const { kind, epoch, number, reason, accuracy } of globalThis.training) seen.push({ kind, epoch, number, reason, accuracy });
      return { epochs, seen };
    });
    // A Worker that was ended is gone a moment later.
    while (page.workers().length > 0) await page.waitForTimeout(50);
    return events;
  });
  const kinds = value.seen.map(({ kind, epoch, number }) => `${kind} ${epoch}${number ? `.${number}` : ""}`);
  const lost = value.seen.findIndex(({ kind }) => kind === "lost");
  assert.ok(lost > 0, kinds.join());
  assert.match(value.seen[lost].reason, /destroy|lost/i);
  assert.equal(value.seen[lost].epoch, 1, "the first epoch was kept");
  assert.deepEqual(kinds.slice(lost + 1, lost + 4), ["step 2.1", "step 2.2", "step 2.3"]);
  assert.equal(value.epochs, 2);
});

test("a search goes on where its device is lost", async () => {
  const { value } = await found(true, async (page) => {
    await page.evaluate((tiny) => {
      const objective = { name: "digits", ...tiny, epochs: 1, device: "webgpu" };
      globalThis.search = globalThis.bilevel.run({ space: "nas-bench-201", objective, searcher: "random", budget: { trials: 3 }, seed: 2 });
    }, tiny);
    while (page.workers().length < 2) await page.waitForTimeout(50);
    const trains = page.workers().find((worker) => worker.url().includes("training"));
    while (!(await trains.evaluate(() => "device" in globalThis))) await page.waitForTimeout(50);
    // Wherever it is by then: opening, or in the first network.
    await trains.evaluate(() => globalThis.device.destroy());
    return page.evaluate(async () => (await globalThis.search.result));
  });
  assert.deepEqual([value.trials, value.failed], [3, 0]);
});

test("a supernet goes on on the processor where the GPU does not come back", async () => {
  const { value } = await found(true, async (page) => {
    await page.evaluate(async (tiny) => {
      const objective = { name: "digits", ...tiny, epochs: 3, device: "webgpu" };
      globalThis.search = globalThis.bilevel.run({ space: "nas-bench-201", objective, searcher: "gdas:alarm=off", seed: 2 }, { paused: true });
      await globalThis.search.step();
    }, tiny);
    const begun = await page.evaluate(() => globalThis.search.log());
    const [worker] = page.workers();
    await page.evaluate(() => (globalThis.navigator.gpu.requestAdapter = async () => null));
    await worker.evaluate(() => globalThis.device.destroy());
    return page.evaluate(async (begun) => {
      globalThis.search.resume();
      const { trials } = await globalThis.search.result;
      return { trials, losses: globalThis.search.losses, continued: globalThis.search.log().startsWith(begun) };
    }, begun);
  });
  assert.deepEqual([value.trials, value.continued, value.losses.length], [4, true, 1]);
  assert.deepEqual([value.losses[0].told, value.losses[0].device], [1, "cpu"]);
});

test("without an adapter its module is not loaded, and the processor trains", async () => {
  const { value, complaints, modules } = await found(false, (page) =>
    page.evaluate(async ({ cell, tiny }) => {
      const { gpu, run, train } = globalThis.bilevel;
      const training = { ...tiny, epochs: 1 };
      const refused = await train(cell, { training: { ...training, device: "webgpu" } }).result.catch(String);
      const objective = { name: "digits", ...training };
      const { trials, failed } = await run({ space: "nas-bench-201", objective, searcher: "random", budget: { trials: 3 } }).result;
      return { gpu: await gpu(), refused, device: (await train(cell, { training }).result).device, trials, failed };
    }, { cell, tiny }),
  );
  assert.deepEqual(complaints, []);
  assert.match(value.refused, /device `webgpu` does not answer: this browser has no WebGPU, or no adapter for it; train on `cpu`/);
  assert.deepEqual([value.gpu, value.device, value.trials, value.failed], [null, "cpu", 3, 0]);
  assert.ok(!modules.includes("bilevel_webgpu_bg.wasm"), modules.join());
});
