// The pages in a real browser: served from the repository, under their own security policy, by their keys and addresses.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { oneOf, read, whole, write } from "../../www/state.js";
import { launch, open, serve } from "./chromium.mjs";
import { root } from "./installed.mjs";

const axe = readFileSync(createRequire(new URL("../../web/package.json", import.meta.url)).resolve("axe-core/axe.min.js"), "utf8");
const still = { reducedMotion: "reduce" };
let [server, browser] = [];

before(async () => {
  server = await serve(root);
  browser = await launch();
});
after(async () => {
  await browser.close();
  server.close();
});

/** The race, drawn live. */
async function race(hash = "", options = still) {
  const opened = await open(browser, `${server.address}/www/index.html${hash}`, options);
  await opened.page.waitForSelector("#curves svg.bl-figure");
  const text = (id) => opened.page.locator(`#${id}`).innerText();
  const address = () => opened.page.evaluate(() => location.hash);
  return { ...opened, text, address };
}

test("the figures before the scripts run are what the scripts draw", async () => {
  execFileSync(process.execPath, [join(root, "www/first_frame.mjs"), "--check"], { stdio: ["ignore", "ignore", "inherit"] });
  for (const [width, file] of [[1280, "race.svg"], [360, "race-narrow.svg"]]) {
    const { page, complaints } = await race("", { ...still, viewport: { width, height: 800 } });
    assert.deepEqual(complaints, []);
    const drawn = await page.locator("#curves svg").evaluate((svg) => [svg.getAttribute("viewBox"), [...svg.querySelectorAll("path")].map((path) => path.getAttribute("d"))]);
    const kept = readFileSync(join(root, "www/figures", file), "utf8");
    assert.ok(drawn[1].length >= 10 && drawn[1].every((path) => kept.includes(path)) && kept.includes(drawn[0]), file);
  }
});

test("the race has the numbers of the terminal, and names the command that gives them", async () => {
  const { page, address } = await race("#seed=11&trials=60");
  assert.equal(await address(), "#v=1&seed=11&trials=60");
  const words = (await page.locator("#command").textContent()).split(" ");
  const program = join(process.env.BILEVEL_TARGET ?? join(root, "target"), "release/bilevel");
  const folder = mkdtempSync(join(tmpdir(), "bilevel-race-"));
  execFileSync(program, [...words.slice(1), "--out", folder], { stdio: "ignore" });
  const theirs = readFileSync(join(folder, "curves.csv"), "utf8");
  rmSync(folder, { recursive: true });
  await page.locator("summary", { hasText: "Take it along" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#csv")]);
  // A mean is a sum, and sums may differ in their last bits.
  const number = (word) => (Number.isNaN(Number(word)) ? word : Number(word).toFixed(9));
  const rows = (text) => text.trim().split("\n").map((line) => line.split(",").map(number));
  assert.deepEqual(rows(readFileSync(await download.path(), "utf8")), rows(theirs));
});

test("an address keeps what is unknown, and what is wrong is replaced and said", async () => {
  const fields = { seed: whole(7, 0, 99), focus: oneOf("ppo", "local") };
  const { values, unknown, notices } = read("#v=1&seed=8&theme=<b>&focus=local", fields);
  assert.deepEqual([values, unknown, notices], [{ seed: 8, focus: "local" }, [["theme", "<b>"]], []]);
  assert.deepEqual(read(write(values, unknown, fields), fields), { values, unknown, notices });
  assert.equal(write({ seed: 7, focus: "ppo" }, [], fields), "#v=1");
  for (const seed of ["-1", "100", "1.5", "1e1", "", " 7", "x".repeat(1e5)]) {
    const { values, notices } = read(`#seed=${encodeURIComponent(seed)}`, fields);
    assert.equal(values.seed, 7);
    assert.ok(notices[0].startsWith("seed is a whole number from 0 to 99; 7 is taken for “"));
  }
  const { page, text, address, complaints } = await race("#trials=9999&focus=%3Cimg%20src%3Dx%3E&at=20&lesson=3");
  const said = await text("notice");
  assert.match(said, /trials is a whole number from 10 to 500; 100 is taken for “9999”\. focus is one of reinforce, .* taken for “<img src=x>”\./);
  assert.equal(await address(), "#v=1&at=20&lesson=3");
  assert.match(await text("state"), /^After 20 tries /);
  assert.equal(await page.locator("#notice img").count(), 0);
  assert.deepEqual(complaints, []);
});

test("keys and buttons step, go back, run, pause and begin again", async () => {
  const { page, text, address } = await race("#trials=50&at=20&focus=ppo&speed=150");
  const at = async () => new URLSearchParams((await address()).slice(1)).get("at");
  await page.keyboard.press("ArrowRight");
  assert.equal(await at(), "21");
  await page.click("#back");
  // A button that was pressed leaves the arrows to the race.
  await page.keyboard.press("ArrowLeft");
  assert.equal(await at(), "19");
  await page.keyboard.press("r");
  assert.equal(await at(), "0");
  assert.match(await text("state"), /Nobody has tried anything yet/);
  assert.equal(await page.locator("#cell").isVisible(), false);
  assert.equal(await page.locator("#back").isDisabled(), true);
  await page.locator("#focus").blur();
  await page.keyboard.press(" ");
  assert.match(await text("run"), /Pause/);
  await page.waitForFunction(() => document.getElementById("run").textContent.includes("Run"));
  assert.equal(await at(), null, "it rests at the end");
  assert.match(await text("state"), /^After 50 tries .* The policy of PPO, run 1, is most sure of edge \d: \d+ %\.$/);
  await page.selectOption("#focus", "local");
  assert.equal(await page.locator("#policy").isVisible(), false);
  assert.match(await text("cell-said"), /^Local search, run 1, try 50: \d\d\.\d\d %$/);
  await page.fill("#seed", "8");
  await page.locator("#seed").blur();
  await page.waitForFunction(() => location.hash.includes("seed=8"));
  await page.locator("summary", { hasText: "Take it along" }).click();
  assert.match(await text("command"), / --seed 8 --trials 50 /);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#svg")]);
  assert.match(readFileSync(await download.path(), "utf8"), /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
});

test("it plays once by itself, and not for whoever wants no motion", async () => {
  const { text } = await race("", { reducedMotion: "no-preference" });
  assert.match(await text("run"), /Pause/);
  const { text: resting } = await race();
  assert.match(await resting("run"), /Run/);
  assert.match(await resting("state"), /^After 100 tries Local search leads /);
});

test("nothing scrolls sideways, and axe finds nothing: at rest, at the start and while it runs", async () => {
  for (const [width, colorScheme] of [[320, "light"], [1280, "dark"]]) {
    const { page } = await race("#speed=1", { ...still, colorScheme, viewport: { width, height: 800 } });
    for (const summary of await page.locator("summary").all()) await summary.click();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
    for (const state of ["end", "start", "run"]) {
      if (state === "start") await page.click("#reset");
      if (state === "run") await page.click("#run");
      // By the browser's protocol, which the page's policy does not forbid.
      const violations = await page.evaluate(`${axe}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))`);
      assert.deepEqual(violations, [], `${width} ${state}`);
    }
  }
});
