// The page "Train one" in a real browser, with and without a GPU: what a person sees and can do there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cellOf, isConnected, textOf } from "../../www/cell.js";
import { violations } from "./chromium.mjs";
import { root } from "./installed.mjs";
import { fitsAndIsAccessible, onGpu, onSite, still, visit } from "./site.mjs";

onSite();

/** The page, ready. */
function page(hash = "", options, from) {
  return visit(`train.html${hash}`, "#usable:enabled", options, from);
}

test("cells have a text and six digits", () => {
  assert.equal(textOf("303133"), "|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|");
  for (const cell of ["000000", "012344", "432104"]) assert.equal(cellOf(textOf(cell)), cell);
  assert.deepEqual(["303133", "000100", "100010", "010000", "202022", "000000"].map(isConnected), [true, true, true, false, true, false]);
});

test("it trains by itself, and shows what it shows before its scripts run", async () => {
  const { page: opened, says, text, complaints } = await page("", { viewport: { width: 1280, height: 900 } });
  await says("run", "Again");
  assert.match(await text("state"), /^Epoch 8 of 8, step 12 of 12: loss 0\.\d\d\. Of 719 digits that it never saw in training it gets 9\d\.\d % right\. It has 17,142 weights\./);
  const kept = readFileSync(join(root, "www/figures/training.svg"), "utf8");
  const drawn = await opened.locator("#course svg").evaluate((svg) => [...svg.querySelectorAll("path")].map((path) => path.getAttribute("d")));
  assert.ok(drawn.length === 3 && drawn.every((path) => kept.includes(path)), "the figure of the first frame");
  const wrong = Number((await text("mistakes-said")).match(/^(\d+) of 719 after epoch 8/)[1]);
  assert.equal(await opened.locator("#mistakes li").count(), Math.min(wrong, 12));
  assert.match(await opened.locator("#mistakes li").first().innerText(), /^a \d, taken for \d \(\d+\s%\)$/);
  const right = Number((await text("state")).match(/gets ([\d.]+) % right/)[1]);
  assert.ok(Math.abs(right - (100 * (719 - wrong)) / 719) < 0.06, "the digits and the accuracy are of one network");
  assert.match(await text("tried"), /0→1 3×3, 1→2 3×3, 0→3 skip, 1→3 3×3, 2→3 3×3; 4 channels, 8 epochs, learning rate 0\.1, seed 7\s+9\d\.\d %\s+17,142/);
  assert.deepEqual(complaints, []);
  assert.deepEqual(await violations(opened), []);
});

test("steps, epochs, pause and start, and all of it in the address", async () => {
  const { page: opened, says, text, address } = await page("#cell=210012&epochs=3&channels=2&seed=11&lesson=4");
  assert.match(await text("state"), /^Not trained yet: its weights are drawn at random\./);
  await opened.click("#step");
  await says("state", "^Epoch 1 of 3, step 1 of 12: loss");
  await opened.keyboard.press("ArrowRight");
  await says("state", "^Epoch 1 of 3, step 2 of 12");
  // However quickly it is pressed.
  await opened.evaluate(() => [1, 2, 3].forEach(() => document.getElementById("step").click()));
  await says("state", "^Epoch 1 of 3, step 5 of 12");
  await opened.click("#epoch");
  await says("state", "^Epoch 1 of 3, step 12 of 12.* % right");
  await opened.click("#start");
  await says("state", "^Not trained yet");
  assert.equal(await address(), "#v=1&cell=210012&seed=11&epochs=3&channels=2&lesson=4");
  // Who has it rest is not run away from.
  await opened.selectOption("#edge-0", "3");
  await opened.waitForTimeout(300);
  assert.match(await text("state"), /^Not trained yet/);
  await opened.click("#run");
  await says("run", "Again");
  assert.match(await text("cell-said"), /^\d+\.\d % right after 3 epochs\.$/);
  assert.equal(await address(), "#v=1&cell=310012&seed=11&epochs=3&channels=2&lesson=4");
  await opened.click("#undo");
  assert.match(await address(), /cell=210012/);
  await says("run", "Again");
  assert.equal(await opened.locator("#tried tr").count(), 2);
  assert.match(await text("tried"), /seed 11 — the last/);
  await opened.locator("summary", { hasText: "Take it along" }).click();
  const file = async (id) => {
    const [download] = await Promise.all([opened.waitForEvent("download"), opened.click(`#${id}`)]);
    return readFileSync(await download.path());
  };
  const lines = (await file("csv")).toString().trim().split("\n");
  assert.deepEqual([lines.length, lines[0]], [37, "step,training_loss,validation_accuracy,validation_loss"]);
  assert.match(lines[12], /^12,[\d.]+,[\d.]+,[\d.]+$/);
  const weights = await file("weights");
  assert.match(weights.subarray(8, 8 + Number(weights.readBigUInt64LE())).toString(), /"bilevel":".*nor_conv_1x1~0/);
});

test("the mouse pauses it where it was pressed, and an epoch is an epoch", async () => {
  const { page: opened, says, text } = await page("#epochs=30");
  await opened.click("#epoch");
  await says("state", "^Epoch 1 of 30, step 12 of 12.* % right");
  await opened.click("#run");
  await says("run", "Pause");
  const { x, y, height } = await opened.locator("#run span").boundingBox();
  await opened.mouse.move(x + 3, y + height / 2);
  await opened.mouse.down();
  await opened.waitForTimeout(150);
  await opened.mouse.up();
  await says("run", "Run");
  await opened.click("#epoch");
  await says("state", "step 12 of 12");
  await opened.waitForTimeout(1500);
  assert.match(await text("state"), /step 12 of 12/);
  // Whoever moves a slider and goes to the start at once is at the start.
  await opened.fill("#epochs", "20");
  await opened.click("#start");
  await opened.waitForTimeout(400);
  assert.match(await text("state"), /^Not trained yet/);
  await opened.click("#run");
  for (let press = 0; press < 10; press++) await opened.evaluate(() => document.getElementById("random").click());
  await says("run", "Again");
  // What is over has no Worker, a moment later.
  const left = () => opened.workers().filter((worker) => worker.url().includes("training")).length;
  for (let patience = 50; left() > 0 && patience > 0; patience--) await opened.waitForTimeout(100);
  assert.equal(left(), 0);
});

test("what is wrong in an address is replaced and said, and is no markup", async () => {
  const { page: opened, text, address, complaints } = await page("#cell=%3Cimg%20src%3Dx%3E&epochs=99&rate=2&device=cuda");
  const said = await text("notice");
  assert.ok((await opened.locator("#notice").boundingBox()).y < 800, "where it is seen");
  for (const words of ["cell is six digits from 0 to 4", "epochs is a whole number from 1 to 30", "rate is one of 0.003", "device is one of cpu, webgpu"]) assert.ok(said.includes(words), said);
  assert.equal(await opened.locator("#notice img").count(), 0);
  assert.equal(await address(), "#v=1");
  assert.deepEqual(complaints, []);
});

test("a training that leads nowhere says why and offers a way back", async () => {
  const { page: opened, says, text } = await page("#rate=10&epochs=2");
  await opened.click("#run");
  await says("notice", "%");
  assert.match(await text("notice"), /^It gets (9|10)\.\d % right, as guessing does\.\s+Steps of 10 threw its weights so far that nothing leads back; a learning rate of 0\.1 does better\. Train with 0\.1$/);
  await opened.click("#again");
  assert.equal(await opened.locator("#notice").isVisible(), false);
  assert.equal(await text("rate-shown"), "0.1");
  await says("run", "Again");
  await opened.selectOption("#edge-0", "0");
  await opened.selectOption("#edge-3", "0");
  await says("notice", "No path leads from node 0 of its cell to node 3: it never sees the image\\.");
  await opened.click("#again");
  await says("run", "Again");
  assert.equal(await opened.locator("#edge-0").inputValue(), "3");
});

test("a search trains networks, may be stopped, and its best is trained on", async () => {
  const { page: opened, says, text, complaints } = await page("#epochs=1&channels=1");
  await opened.click("#run");
  await says("run", "Again");
  await opened.selectOption("#searcher", "reinforce");
  await opened.click("#go");
  await says("search-said", "^\\d+ networks? by REINFORCE, the best gets \\d+\\.\\d % right, yours \\d+\\.\\d: (it leads|you lead|level)\\.");
  assert.ok(await opened.locator("#searcher").isDisabled());
  await opened.click("#go");
  await says("search-said", "Stopped\\.$");
  assert.ok(await opened.locator("#curve svg").isVisible());
  await opened.click("#take");
  await says("run", "Again");
  assert.equal(await opened.locator("#tried tr").count(), 2);
  assert.match(await opened.locator("#command").textContent(), /^bilevel search --objective digits --searcher reinforce --seed 7 --trials 100$/);
  assert.deepEqual(complaints, []);
});

test("without a GPU the page says so and trains on the processor", async () => {
  const { page: opened, says, text, requests, address } = await page("#device=webgpu&epochs=1");
  assert.match(await text("notice"), /This browser lends no GPU; it is trained on the processor\./);
  assert.match(await text("device-said"), /^This browser lends no GPU to pages \(WebGPU\)/);
  assert.ok(await opened.locator("#device option[value=webgpu]").isDisabled());
  await opened.click("#run");
  await says("run", "Again");
  assert.match(await text("state"), / ms on the processor\.$/);
  assert.equal(await address(), "#v=1&epochs=1");
  assert.ok(!requests.some((path) => path.includes("webgpu")));
});

test("on a GPU it says so, and survives its loss", () =>
  onGpu(async (from) => {
    const { page: opened, says, text } = await page("#device=webgpu&epochs=2&channels=1", still, from);
    assert.match(await text("device-said"), /is a GPU in software: the processor is the faster of the two\.$/);
    await opened.click("#step");
    await says("state", "^Epoch 1 of 2, step 1 of 12.* ms on the GPU\\.$");
    const [worker] = opened.workers();
    await worker.evaluate(() => globalThis.device.destroy());
    await opened.click("#step");
    await says("state", "^Epoch 1 of 2, step 2 of 12.* The GPU went away; training went on with a new one, from its start\\.$");
  }));

fitsAndIsAccessible(page, "#epochs=1");
