// The pages in a real browser, as they are served: under their own security policy, by their keys and addresses.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { oneOf, read, whole, write } from "../../web/dist/package/dist/figure/state.js";
import { violations } from "./chromium.mjs";
import { root } from "./installed.mjs";
import { onSite, site, still, visit } from "./site.mjs";

onSite();

/** The race, drawn live. */
function race(hash = "", options) {
  return visit(`index.html${hash}`, "#curves svg.bl-figure", options);
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
  for (const beside of ["", "&beside=muprop"]) {
    const { page, address } = await race(`#seed=11&trials=60${beside}`);
    assert.equal(await address(), `#v=1&seed=11&trials=60${beside}`);
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
  }
});

test("an address keeps what is unknown, and what is wrong is replaced and said", async () => {
  const fields = { seed: whole(7, 0, 99), follow: oneOf("ppo", "local") };
  const { values, unknown, notices } = read("#v=1&seed=8&theme=<b>&follow=local", fields);
  assert.deepEqual([values, unknown, notices], [{ seed: 8, follow: "local" }, [["theme", "<b>"]], []]);
  assert.deepEqual(read(write(values, unknown, fields), fields), { values, unknown, notices });
  assert.equal(write({ seed: 7, follow: "ppo" }, [], fields), "v=1");
  for (const seed of ["-1", "100", "1.5", "1e1", "", " 7", "x".repeat(1e5)]) {
    const { values, notices } = read(`#seed=${encodeURIComponent(seed)}`, fields);
    assert.equal(values.seed, 7);
    assert.ok(notices[0].startsWith("seed is a whole number from 0 to 99; 7 is taken for “"));
  }
  const { page, text, address, complaints } = await race("#trials=9999&follow=%3Cimg%20src%3Dx%3E&at=20&lesson=3");
  const said = await text("notice");
  assert.match(said, /trials is a whole number from 10 to 500; 100 is taken for “9999”\.\s+follow is one of reinforce, .* taken for “<img src=x>”\./);
  assert.equal(await address(), "#v=1&at=20&lesson=3");
  assert.match(await text("state"), /^After 20 tries /);
  assert.equal(await page.locator("#notice img").count(), 0);
  assert.deepEqual(complaints, []);
});

test("keys and buttons step, go back, run, pause and begin again", async () => {
  const { page, text, address } = await race("#trials=50&at=20&follow=ppo&speed=150");
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
  assert.equal(await page.locator("#cell svg").isVisible(), false);
  assert.equal(await page.locator("#back").getAttribute("aria-disabled"), "true");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await at(), "0");
  await page.locator("#back").blur();
  await page.keyboard.press(" ");
  assert.match(await text("run"), /Pause/);
  await page.waitForFunction(() => document.getElementById("run").textContent.includes("Run"));
  assert.equal(await at(), null, "it rests at the end");
  assert.match(await text("state"), /^After 50 tries .* The policy of PPO, run 1, is most sure of edge \d<-\d: \d+ %\.$/);
  await page.selectOption("#follow", "local");
  assert.equal(await page.locator("#policy svg").isVisible(), false);
  assert.match(await text("cell-said"), /^Local search, run 1, try 50: \d\d\.\d\d %$/);
  await page.fill("#seed", "8");
  await page.locator("#seed").blur();
  await page.waitForFunction(() => document.getElementById("command").textContent.includes("--seed 8 "));
  await page.locator("summary", { hasText: "Take it along" }).click();
  assert.match(await text("command"), / --seed 8 --trials 50 /);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#svg")]);
  assert.match(readFileSync(await download.path(), "utf8"), /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/);
});

test("any estimator of a gradient may search beside the five, and is followed then", async () => {
  const { page, text, address } = await race("#trials=50");
  await page.selectOption("#beside", "concrete");
  await page.waitForFunction(() => document.getElementById("policy-said").textContent.includes("concrete"));
  assert.equal(await address(), "#v=1&trials=50&follow=concrete&beside=concrete");
  assert.match(await text("cell-said"), /^concrete, run 1, try 50: (a mixture worth )?\d\d\.\d\d %/);
  assert.ok((await page.locator("#curves svg").textContent()).includes("concrete"));
  assert.match(await text("beside-said"), /^concrete asks about mixtures of cells, .* it hears more in a try than the others do\.$/);
  await page.evaluate(() => (location.hash = "#v=1&trials=50&at=1&follow=softmax"));
  await page.waitForFunction(() => document.getElementById("cell-said").textContent.startsWith("softmax, run 1, try 1: a mixture worth "));
  assert.equal(await page.locator("#rows th[scope=row]").count(), 5, "who asked about a mixture alone has no best yet");
  await page.selectOption("#beside", "none");
  await page.waitForFunction(() => document.getElementById("policy-said").textContent.includes("REINFORCE"));
  assert.equal(await address(), "#v=1&trials=50&at=1");
});

test("what changes while it runs leaves it running", async () => {
  const { page, text, address } = await race("#trials=200&at=10&speed=25");
  const tries = async () => Number((await text("state")).match(/^After (\d+) tr/)[1]);
  await page.click("#run");
  await page.waitForFunction(() => Number(document.getElementById("state").textContent.match(/\d+/)) > 20);
  const before = await tries();
  await page.fill("#trials", "300");
  await page.fill("#seed", "9");
  await page.locator("#seed").blur();
  await page.waitForFunction(() => document.getElementById("command").textContent.includes("--seed 9 --trials 300 "));
  assert.ok((await tries()) >= before);
  assert.match(await text("run"), /Pause/);
  await page.click("#run");
  const rested = await tries();
  assert.equal(await address(), `#v=1&seed=9&trials=300&at=${rested}`);
  // A smaller budget shows its end, and does not forget where one was.
  await page.fill("#trials", "10");
  await page.waitForFunction(() => document.getElementById("state").textContent.startsWith("After 10 tries"));
  assert.equal(await address(), "#v=1&seed=9&trials=10", "an address that would complain of itself is none");
  await page.fill("#trials", "300");
  await page.waitForFunction((rested) => document.getElementById("state").textContent.startsWith(`After ${rested} tries`), rested);
});

test("what is taken back while it is computed leaves nothing busy, and an address that is edited while it runs is kept", async () => {
  const { page, text, address, complaints } = await race("#trials=50");
  await page.evaluate(() => {
    const field = document.getElementById("trials");
    for (const value of [500, 50]) {
      field.value = value;
      field.dispatchEvent(new Event("input"));
    }
  });
  await page.waitForFunction(() => document.getElementById("curves").ariaBusy === "false");
  assert.match(await text("state"), /^After 50 tries/);
  await page.click("#run");
  await page.evaluate(() => (location.hash = "#seed=99&trials=60&at=30"));
  await page.waitForFunction(() => document.getElementById("command").textContent.includes("--seed 99 "));
  assert.equal(await address(), "#v=1&seed=99&trials=60&at=30");
  assert.match(await text("state"), /^After 30 tries/);
  // From the end it runs from the start, which is then where one is.
  await page.evaluate(() => (location.hash = "#speed=1"));
  await page.waitForFunction(() => document.getElementById("command").textContent.includes("--seed 7 "));
  await page.click("#run");
  await page.click("#run");
  assert.equal(await address(), "#v=1&speed=1&at=0");
  assert.deepEqual(complaints, []);
});

test("of many seeds the last is shown, and an address that is edited is followed", async () => {
  const { page, text, address, complaints } = await race("#trials=20");
  for (let seed = 100; seed < 130; seed++) await page.evaluate((seed) => {
    const field = document.getElementById("seed");
    field.value = seed;
    field.dispatchEvent(new Event("change"));
  }, seed);
  await page.waitForFunction(() => document.getElementById("command").textContent.includes("--seed 129 "));
  await page.evaluate(() => (location.hash = "#v=1&seed=42&trials=50&at=7&follow=ppo"));
  await page.waitForFunction(() => document.getElementById("state").textContent.startsWith("After 7 tries"));
  assert.match(await page.locator("#command").textContent(), /--seed 42 --trials 50 /);
  assert.match(await text("policy-said"), /PPO/);
  assert.equal(await address(), "#v=1&seed=42&trials=50&follow=ppo&at=7");
  assert.deepEqual(complaints, []);
});

test("before the runs are there nothing can be pressed, and what cannot be loaded is said and tried again", async () => {
  for (const file of ["bilevel_bg.wasm", "cifar10_accuracy.bin"]) {
    const context = await site.browser.newContext(still);
    const page = await context.newPage();
    let failures = 1;
    await page.route(`**/${file}`, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return failures-- > 0 ? route.fulfill({ status: 503 }) : route.continue();
    });
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`${site.server.address}/index.html#at=20`);
    for (const key of [" ", "ArrowRight", "Home"]) await page.keyboard.press(key);
    for (const id of ["run", "trials", "new-seed"]) assert.ok(await page.locator(`#${id}`).isDisabled(), id);
    await page.waitForSelector("#again:visible");
    assert.match(await page.locator("#notice").innerText(), new RegExp(`The runs could not be made: .*${file}.* 503`));
    await page.click("#again");
    await page.waitForSelector("#curves svg.bl-figure");
    assert.equal(await page.evaluate(() => document.activeElement.id), "run", "whoever pressed it is not lost");
    assert.match(await page.locator("#state").innerText(), /^After 20 tries/);
    assert.equal(await page.locator("#notice").isVisible(), false);
    assert.deepEqual(errors, []);
    await context.close();
  }
});

test("it plays once by itself, and not for whoever wants no motion", async () => {
  const { text } = await race("", { reducedMotion: "no-preference" });
  assert.match(await text("run"), /Pause/);
  const { text: resting } = await race();
  assert.match(await resting("run"), /Run/);
  assert.match(await resting("state"), /^After 100 tries Local search leads /);
});

test("nothing scrolls sideways, and axe finds nothing: at rest, at the start and while it runs", async () => {
  const hostile = `&v=${"9".repeat(300)}&seed=${"W".repeat(60)}`;
  for (const [width, colorScheme] of [[320, "light"], [1280, "dark"]]) {
    const { page } = await race(`#speed=1${hostile}`, { ...still, colorScheme, viewport: { width, height: 800 } });
    for (const summary of await page.locator("summary").all()) await summary.click();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
    for (const state of ["end", "start", "run"]) {
      if (state === "start") await page.click("#start");
      if (state === "run") await page.click("#run");
      assert.deepEqual(await violations(page), [], `${width} ${state}`);
    }
  }
});
