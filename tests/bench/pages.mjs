// The pages on slow lines: when they are live, how even the frames of the race are, how many trials a second it makes.
//
//   cargo xtask package && cargo xtask site && node tests/bench/pages.mjs
//
// The line: 9 Mbit/s down, 1.5 up, 170 ms there and back, by the browser's own throttling; every file after brotli at its best.
// The slow one: 1.6 Mbit/s down, 0.75 up, 150 ms, on a processor that is throttled to a quarter.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { launch } from "../node/chromium.mjs";
import { root } from "../node/installed.mjs";

const LINE = { offline: false, latency: 170, downloadThroughput: 9e6 / 8, uploadThroughput: 1.5e6 / 8 };
const SLOW = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 };
const [ROUNDS, SLOW_ROUNDS] = [5, 3];
const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".wasm": "application/wasm", ".svg": "image/svg+xml" };

const compressed = new Map();
let bytes = 0;
const server = createServer(async (request, response) => {
  const path = normalize(new URL(request.url, "http://localhost").pathname);
  const body = compressed.get(path) ?? brotliCompressSync(await readFile(join(root, "www/dist", path)));
  compressed.set(path, body);
  bytes += body.length;
  response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream", "content-encoding": "br" }).end(body);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const site = `http://127.0.0.1:${server.address().port}`;
/** Each page, and what of it is live. */
const RACE = ["index.html", "#curves svg.bl-figure"];
const TRAINING = ["train.html", "#mistakes li"];
const LAB = ["gradient.html", "#bias-subject svg.bl-figure"];
const browser = await launch();

/** A page, from the navigation to what is live of it; milliseconds. */
async function live([name, figure], line = LINE, slower = 1) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", line);
  await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
  bytes = 0;
  const began = performance.now();
  await page.goto(`${site}/${name}`, { waitUntil: "commit" });
  await page.waitForSelector(figure, { timeout: 120_000 });
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
for (const page of [RACE, TRAINING, LAB]) await (await live(page)).context.close();
console.log("The race\nlive, ms   bytes   frames: median, 95 %, longest, ms   trials a second");
for (let round = 0; round < ROUNDS; round++) {
  const { context, page, milliseconds } = await live(RACE);
  const loaded = bytes;
  const between = await frames(page);
  const quantile = (share) => between[Math.floor(share * (between.length - 1))].toFixed(1);
  const speed = await trials(page);
  console.log(`${milliseconds.toFixed(0).padStart(8)} ${String(loaded).padStart(7)}   ${[0.5, 0.95, 1].map(quantile).join(", ").padEnd(35)} ${speed.toFixed(0)}`);
  await context.close();
}
for (const [title, page, line, slower, rounds] of [
  ["Train one, its first epoch judged", TRAINING, LINE, 1, ROUNDS],
  ["The gradient lab", LAB, LINE, 1, ROUNDS],
  ["The race, slow line and processor", RACE, SLOW, 4, SLOW_ROUNDS],
  ["Train one, slow line and processor", TRAINING, SLOW, 4, SLOW_ROUNDS],
  ["The gradient lab, slow line and processor", LAB, SLOW, 4, SLOW_ROUNDS],
]) {
  console.log(`\n${title}\nlive, ms   bytes`);
  for (let round = 0; round < rounds; round++) {
    const { context, milliseconds } = await live(page, line, slower);
    console.log(`${milliseconds.toFixed(0).padStart(8)} ${String(bytes).padStart(7)}`);
    await context.close();
  }
}
await browser.close();
server.close();
