// The page "Train while searching" in a real browser, with and without a GPU: what a person sees and can do there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { METHODS, command, specification } from "../../www/methods.js";
import { FIRST } from "../../www/progress.js";
import { violations } from "./chromium.mjs";
import { root } from "./installed.mjs";
import { fitsAndIsAccessible, onGpu, onSite, still, visit } from "./site.mjs";

onSite();

/** The page, ready. */
function page(hash = "", options, from) {
  return visit(`supernet.html${hash}`, "#usable:enabled", options, from);
}

test("what a visitor wants is a specification and a command", () => {
  assert.equal(command({ ...FIRST, method: "conjugate-gradient", ends: "alarm" }), "bilevel search --objective digits:channels=4 --searcher darts-v1:hypergradient=conjugate-gradient,alarm=stop,learning_rate=0.1 --epochs 20 --retrain-epochs 8 --seed 7");
  assert.deepEqual(specification({ ...FIRST, device: "webgpu" }).objective, { name: "digits", channels: 4, epochs: 20, device: "webgpu" });
  const html = readFileSync(join(root, "www/supernet.html"), "utf8");
  const offered = [...html.slice(html.indexOf('id="method"'), html.indexOf('for="ends"')).matchAll(/value="([^"]+)"/g)].map(([, value]) => value);
  assert.deepEqual(offered.sort(), Object.keys(METHODS).sort());
});

test("it searches by itself in less than two minutes, and shows what it shows before its scripts run", async () => {
  const began = performance.now();
  const { page: opened, says, text, complaints } = await page("", { viewport: { width: 1280, height: 900 } });
  await says("state", "^DARTS of first order took a cell");
  const kept = readFileSync(join(root, "www/figures/supernet.svg"), "utf8");
  const drawn = await opened.locator("#course svg").evaluate((svg) => [...svg.querySelectorAll("path")].map((path) => path.getAttribute("d")));
  assert.ok(drawn.length === 7 && drawn.every((path) => kept.includes(path)), "the figure of the first frame");
  await says("run", "Again");
  assert.ok(performance.now() - began < 120_000, "on the processor, beside whatever else this machine does");
  assert.match(await text("state"), /With the shared weights it gets \d+\.\d % of unseen digits right\. From fresh weights it gets 9\d\.\d %, and 3 cells drawn at random( \d+\.\d %,?){3}\.$/);
  assert.match(await text("searched"), /DARTS of first order; up to 20 epochs, steps of 0\.1, seed 7\s+\d+\.\d %\s+9\d\.\d %\s+\d+\.\d %\s+\d of 6\s+20 epochs, \d+ s/);
  assert.equal(await opened.locator("#rows tr").count(), 20);
  assert.ok(await opened.locator("#policy svg").isVisible() && (await opened.locator("#cell svg").isVisible()));
  assert.deepEqual(complaints, []);
  assert.deepEqual(await violations(opened), []);
});

test("epochs, pause and start; another method from the same seed; all of it in the address and in files", async () => {
  const { page: opened, says, text, address } = await page("#epochs=3&seed=11&lesson=4");
  assert.match(await text("state"), /^Nothing was trained yet: every operation on every edge is there/);
  await opened.click("#step");
  await says("state", "^Epoch 1 of 3, DARTS of first order: the mixture gets");
  await opened.keyboard.press("ArrowRight");
  await says("state", "^Epoch 2 of 3");
  await opened.click("#start");
  await says("state", "^Nothing was trained yet");
  // Who has it rest is not run away from.
  await opened.selectOption("#method", "reinforce-supernet");
  await opened.waitForTimeout(300);
  assert.match(await text("state"), /^Nothing was trained yet/);
  await opened.selectOption("#ends", "alarm");
  await opened.click("#run");
  await says("state", "^Epoch \\d of 3, REINFORCE: the cell that would be taken now gets \\d+\\.\\d %");
  await says("run", "Again");
  assert.equal(await address(), "#v=1&method=reinforce-supernet&ends=alarm&epochs=3&seed=11&lesson=4");
  await opened.selectOption("#method", "rsps");
  await says("searched", "random paths; up to 3 epochs.*REINFORCE; up to 3 epochs, steps of 0.1, seed 11, to end when the alarm goes off");
  await opened.locator("summary", { hasText: "Take it along" }).click();
  const file = async (id) => {
    const [download] = await Promise.all([opened.waitForEvent("download"), opened.click(`#${id}`)]);
    return readFileSync(await download.path(), "utf8");
  };
  const lines = (await file("csv")).trim().split("\n");
  assert.equal(lines.length, 4);
  assert.match(lines[0], /^epoch,architecture,derived_accuracy,/);
  assert.match(lines[1], /^1,\|\w+~0\|\+/);
  assert.equal(JSON.parse((await file("log")).split("\n")[0]).purpose, "train");
  assert.match(await file("svg"), /^<svg/);
  assert.match(await opened.locator("#command").textContent(), /--searcher rsps:alarm=stop --epochs 3 --retrain-epochs 8 --seed 11$/);
});

test("what is wrong in an address is replaced and said, and is no markup", async () => {
  const { page: opened, text, address, complaints } = await page("#method=%3Cimg%20src%3Dx%3E&epochs=99&rate=2&ends=never&device=cuda");
  const said = await text("notice");
  for (const words of ["method is one of darts-v1", "epochs is a whole number from 1 to 60", "rate is one of 0.01", "ends is one of epochs", "device is one of cpu, webgpu"]) assert.ok(said.includes(words), said);
  assert.equal(await opened.locator("#notice img").count(), 0);
  assert.equal(await address(), "#v=1");
  assert.deepEqual(complaints, []);
});

test("a step after a pause in the middle of an epoch, a rule that ends it, and what a method does not measure", async () => {
  const { page: opened, says, text } = await page("#epochs=60&method=darts-v2");
  await opened.click("#run");
  await says("state", "^Epoch 1 of 60");
  await opened.click("#run");
  await says("run", "Run");
  // The epoch that was on its way ends, and the next press is the next epoch.
  await opened.waitForTimeout(3000);
  const rested = Number((await text("state")).match(/^Epoch (\d+)/)[1]);
  await opened.click("#step");
  await says("state", `^Epoch ${rested + 1} of 60`);
  await opened.selectOption("#method", "darts-v1");
  await opened.selectOption("#ends", "skips");
  await opened.fill("#epochs", "20");
  await opened.waitForTimeout(400);
  await opened.click("#run");
  await says("alarm", "^Early stopping: epoch 5: ");
  await opened.selectOption("#ends", "curvature");
  await opened.selectOption("#method", "gdas");
  assert.match(await text("notice"), /^GDAS runs no mixture, whose curvature could grow: it ends after its epochs\.$/);
  assert.equal(await opened.locator("#ends").inputValue(), "epochs");
});

test("without a GPU the page says so and searches on the processor", async () => {
  const { page: opened, says, text, requests } = await page("#device=webgpu&epochs=1");
  assert.match(await text("notice"), /This browser lends no GPU; it is trained on the processor\./);
  await opened.click("#step");
  await says("state", "^Epoch 1 of 1.* on the processor\\.$");
  assert.ok(!requests.some((path) => path.includes("webgpu")));
});

fitsAndIsAccessible(page, "#epochs=1");

test("on a GPU it says so, and survives its loss", () =>
  onGpu(async (from) => {
    const { page: opened, says } = await page("#device=webgpu&epochs=2&method=rsps", still, from);
    await opened.click("#step");
    await says("state", "^Epoch 1 of 2, random paths.* on the GPU\\.$");
    const [worker] = opened.workers().filter((worker) => worker.url().includes("training"));
    await worker.evaluate(() => globalThis.device.destroy());
    await opened.click("#step");
    await says("state", "^Epoch 2 of 2.* The GPU went away; the search went on with a new one, after epoch 1\\.$");
  }));
