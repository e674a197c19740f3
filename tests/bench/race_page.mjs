// The page "The race" on a slow line: when it is live, how even its frames are, how many trials a second it makes.
//
//   cargo xtask package && cargo xtask site && node tests/bench/race_page.mjs
//
// The line: 9 Mbit/s down, 1.5 up, 170 ms there and back, by the browser's own throttling; every file after brotli at its best.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { launch } from "../node/chromium.mjs";
import { root } from "../node/installed.mjs";

const LINE = { offline: false, latency: 170, downloadThroughput: 9e6 / 8, uploadThroughput: 1.5e6 / 8 };
const ROUNDS = 5;
const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".wasm": "application/wasm", ".svg": "image/svg+xml" };

const compressed = new Map();
let bytes = 0;
const server = createServer(async (request, response) => {
  const path = normalize(new URL(request.url, "http://localhost").pathname);
  const body = compressed.get(path) ?? brotliCompressSync(await readFile(join(root, "web/dist/site", path)));
  compressed.set(path, body);
  bytes += body.length;
  response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream", "content-encoding": "br" }).end(body);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${server.address().port}/index.html`;
const browser = await launch();

/** The page, from the navigation to the first live figure; milliseconds. */
async function live() {
  const context = await browser.newContext();
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", LINE);
  bytes = 0;
  const began = performance.now();
  await page.goto(address, { waitUntil: "commit" });
  await page.waitForSelector("#curves svg.bl-figure");
  return { context, page, milliseconds: performance.now() - began };
}

/** The times between frames while the page plays, in milliseconds, ascending. */
function frames(page) {
  return page.evaluate(() => new Promise((done) => {
    const times = [];
    let last = performance.now();
    const next = (now) => {
      times.push(now - last);
      last = now;
      if (document.getElementById("run").textContent.includes("Pause")) requestAnimationFrame(next);
      else done(times.slice(1).sort((one, other) => one - other));
    };
    requestAnimationFrame(next);
  }));
}

/** Trials a second of all runs, from a budget of 100 to one of 500. */
function trials(page) {
  return page.evaluate(() => new Promise((done) => {
    const [budget, curves] = ["trials", "curves"].map((id) => document.getElementById(id));
    const began = performance.now();
    new MutationObserver(() => curves.ariaBusy === "false" && done((100 * 400 * 1000) / (performance.now() - began))).observe(curves, { attributes: true });
    budget.value = "500";
    budget.dispatchEvent(new Event("input"));
  }));
}

// Once unmeasured: every file is compressed for it.
await (await live()).context.close();
console.log("live, ms   bytes   frames: median, 95 %, longest, ms   trials a second");
for (let round = 0; round < ROUNDS; round++) {
  const { context, page, milliseconds } = await live();
  const loaded = bytes;
  const between = await frames(page);
  const quantile = (share) => between[Math.floor(share * (between.length - 1))].toFixed(1);
  const speed = await trials(page);
  console.log(`${milliseconds.toFixed(0).padStart(8)} ${String(loaded).padStart(7)}   ${[0.5, 0.95, 1].map(quantile).join(", ").padEnd(35)} ${speed.toFixed(0)}`);
  await context.close();
}
await browser.close();
server.close();
