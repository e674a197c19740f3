// The installed package in a browser, as a page without a build has it, under a strict Content-Security-Policy.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { launch, open, POLICY, serve } from "./chromium.mjs";
import { golden, install, table } from "./installed.mjs";

const { folder } = install();
const dist = "/node_modules/bilevel/dist";
const expected = golden[table.name];
const browser = await launch();
after(() => browser.close());

/** What a page says that imports `entry` and runs `script`, a function there, or `drive`, a function here that has the page. */
async function said(script, { entry = "index.js", policy = POLICY, argument, drive, worker = "" } = {}) {
  const code = `import * as bilevel from "${dist}/${entry}";\nglobalThis.bilevel = bilevel;\n`;
  const html = '<!doctype html><meta charset="utf-8"><title>a page</title><script type="module" src="/page.js"></script>';
  const forEver = "export default () => { for (;;); };\n";
  const inWorker = `import { run } from "${dist}/index.js";\nonmessage = async ({ data }) => postMessage((await run(data, { worker: false }).result).digest);\n`;
  const pages = { "/index.html": html, "/page.js": code, "/for_ever.js": forEver, "/own_worker.js": inWorker };
  if (worker) pages[`${dist}/worker.js`] = `${worker}${await readFile(join(folder, dist, "worker.js"), "utf8")}`;
  const server = await serve(folder, pages, { "content-security-policy": policy });
  const { page, requests, complaints } = await open(browser, `${server.address}/index.html`);
  try {
    await page.waitForFunction(() => "bilevel" in globalThis);
    const value = drive ? await drive(page) : await page.evaluate(script, argument);
    return { value, requests, complaints };
  } finally {
    await page.context().close();
    server.close();
  }
}

test("a plain page: the golden digest, from a Worker, with the files that the run needs and no other", async () => {
  const script = async (spec) => {
    const { run } = globalThis.bilevel;
    // Beside others that need the same files, which are fetched once for all of them.
    for (const seed of [1, 2, 3]) run({ ...spec, seed });
    const search = run(spec, { policyEvery: 300 });
    let ticks = 0;
    for await (const _ of search) ticks++;
    return { ...(await search.result), ticks, policy: search.policies.get(300).length, log: search.log().length };
  };
  const { value, requests, complaints } = await said(script, { argument: table.spec });
  assert.deepEqual(complaints, []);
  assert.equal(value.digest, expected.digest);
  assert.deepEqual([value.ticks, value.policy], [300, 30]);
  const files = requests.filter((path) => /\.(bin|wasm)$/.test(path)).map((path) => path.split("/").at(-1));
  assert.deepEqual(files.sort(), ["bilevel_bg.wasm", "cifar10_accuracy.bin", "cifar10_latency.bin", "seconds.bin"]);
  assert.ok(requests.some((path) => path.endsWith("/worker.js")));
});

test("every golden search of a table has its digest on the page's thread and in the Worker", async () => {
  const names = Object.keys(golden).filter((name) => /^searcher\/.* on table nas-bench-201, 1 in flight$/.test(name));
  assert.ok(names.length > 5);
  const searchers = names.map((name) => name.match(/^searcher\/(\S+)/)[1]);
  const script = async (searchers) => {
    const of = (searcher, worker) => {
      const spec = { space: "nas-bench-201", objective: "table", searcher, budget: { trials: 300 }, seed: 7 };
      return globalThis.bilevel.run(spec, { worker }).result.then((summary) => summary.digest);
    };
    return Promise.all([true, false].map((worker) => Promise.all(searchers.map((searcher) => of(searcher, worker)))));
  };
  const { value, complaints } = await said(script, { argument: searchers });
  assert.deepEqual(complaints, []);
  const digests = names.map((name) => golden[name].digest);
  assert.deepEqual(value, [digests, digests]);
});

test("a Worker of the page's own may import it", async () => {
  const script = (spec) =>
    new Promise((resolve, reject) => {
      const worker = new Worker("/own_worker.js", { type: "module" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(spec);
    });
  const { value, complaints } = await said(script, { argument: table.spec });
  assert.deepEqual(complaints, []);
  assert.equal(value, expected.digest);
});

test("a page may make the Worker itself", async () => {
  const script = async ({ spec, address }) => {
    const worker = () => new Worker(address, { type: "module" });
    return (await globalThis.bilevel.run(spec, { worker }).result).digest;
  };
  const { value } = await said(script, { argument: { spec: table.spec, address: `${dist}/worker.js` } });
  assert.equal(value, expected.digest);
});

test("one inline file: nothing else is fetched, and a policy that forbids it is kept", async () => {
  const script = async (spec) => {
    const { load, run } = globalThis.bilevel;
    const { digest, best } = await run(spec).result;
    return { digest, svg: (await load()).figures.cell(spec.space, best.architecture) };
  };
  const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";
  const { value, requests, complaints } = await said(script, { entry: "inline.js", policy, argument: table.spec });
  assert.deepEqual(complaints, []);
  assert.equal(value.digest, expected.digest);
  assert.match(value.svg, /^<svg/);
  assert.deepEqual(requests.filter((path) => path.startsWith(dist)), [`${dist}/inline.js`]);
});

test("a function answers on the page's thread, and an abort waits for none", async () => {
  const script = async () => {
    const spec = { space: "sequence:6x5", searcher: "random", budget: { trials: 100_000_000 } };
    const late = async (options) => {
      const controller = new AbortController();
      let at;
      setTimeout(() => {
        at = performance.now();
        controller.abort(new Error("enough"));
      }, 300);
      const result = globalThis.bilevel.run(spec, { ...options, signal: controller.signal }).result;
      const reason = await result.catch((error) => error.message);
      return { reason, late: performance.now() - at };
    };
    const objective = async (_, { choices }) => choices[0];
    const found = [await late({ objective }), await late({ objective, worker: false })];
    return [...found, await late({ objective: new URL("/for_ever.js", location.href) })];
  };
  const { value } = await said(script);
  for (const { reason, late } of value) {
    assert.equal(reason, "enough");
    assert.ok(late < 100, `${late} ms`);
  }
});

test("a thousand searches leave the page's heap as large as it was", async () => {
  const searches = async (count) => {
    for (let seed = 0; seed < count; seed++) {
      const spec = { space: "nas-bench-201", objective: "table", searcher: "reinforce", budget: { trials: 50 }, seed };
      const search = globalThis.bilevel.run(spec, { worker: seed % 2 === 0, policyEvery: 10, signal: globalThis.signal });
      for await (const _ of search);
      await search.result;
    }
  };
  const drive = async (page) => {
    // One signal for all of them, to which nothing of a search that is over may cling.
    await page.evaluate(() => (globalThis.signal = new AbortController().signal));
    const session = await page.context().newCDPSession(page);
    const used = async () => {
      for (let round = 0; round < 3; round++) await session.send("HeapProfiler.collectGarbage");
      return (await session.send("Runtime.getHeapUsage")).usedSize;
    };
    await page.evaluate(searches, 100);
    const before = await used();
    await page.evaluate(searches, 1000);
    return (await used()) / before;
  };
  const { value, complaints } = await said(undefined, { drive });
  assert.deepEqual(complaints, []);
  assert.ok(value < 1.05, `${value} times as large`);
});

test("a bug in the module ends its Worker, and the next run has another", async () => {
  const poisonous = `
    import { Run } from "./wasm/bilevel_web.js";
    const { step } = Run.prototype;
    Run.prototype.step = function (...values) {
      if (globalThis.poisoned) throw new WebAssembly.RuntimeError("unreachable");
      return step.apply(this, values);
    };
  `;
  const drive = async (page) => {
    await page.evaluate((spec) => (globalThis.first = globalThis.bilevel.run(spec, { paused: true })), table.spec);
    await page.evaluate(() => globalThis.first.step());
    await page.workers()[0].evaluate(() => (globalThis.poisoned = true));
    const met = await page.evaluate(() => (globalThis.first.resume(), globalThis.first.result.catch((error) => error.message)));
    const { digest } = await page.evaluate((spec) => globalThis.bilevel.run(spec).result, table.spec);
    return { met, digest };
  };
  const { value } = await said(undefined, { drive, worker: poisonous });
  assert.equal(value.met, "this is a bug of bilevel, and its Worker was ended: unreachable");
  assert.equal(value.digest, expected.digest);
});

test("a missing file is an error with its address, and not for ever", async () => {
  const script = async (spec) => {
    const { run } = globalThis.bilevel;
    const real = globalThis.fetch;
    globalThis.fetch = async (address) => (String(address).endsWith("seconds.bin") ? new Response("", { status: 503 }) : real(address));
    const message = await run(spec).result.catch((error) => error.message);
    globalThis.fetch = real;
    return { message, digest: await run(spec).result.then((summary) => summary.digest) };
  };
  const { value } = await said(script, { argument: table.spec });
  assert.match(value.message, /nas_bench_201\/seconds\.bin could not be loaded: 503/);
  assert.equal(value.digest, expected.digest);
});
