// `<bilevel-figure>` in pages that know nothing of it but its line: the page of a course, under a strict policy.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, open, POLICY, serve, violations } from "./chromium.mjs";
import { install, root } from "./installed.mjs";

const { folder } = install();
const course = readFileSync(join(root, "examples/course.html"), "utf8");
const page = (body) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>a page</title><link rel="icon" href="data:,"><script type="module" src="/node_modules/bilevel/dist/element.js"></script><body>${body}`;
const pages = {
  "/course.html": course,
  "/cell.html": page('<bilevel-figure state="figure=cell&amp;follow=evolution&amp;at=5&amp;trials=20"></bilevel-figure>'),
  "/wrong.html": page('<bilevel-figure state="trials=9999&amp;figure=<b>&amp;at=x" controls="everything"></bilevel-figure>'),
  "/early.html": page('<bilevel-figure id="early"></bilevel-figure><script src="/early.js"></script>'),
  "/early.js": 'Object.assign(document.getElementById("early"), { state: "figure=cell&trials=10&at=3", controls: "bar" });',
  "/far.html": page(`${"<br>".repeat(300)}<bilevel-figure></bilevel-figure>`),
};
let [server, browser] = [];

before(async () => {
  // The icon of a page may be data; nothing else is asked for than what the README says.
  server = await serve(folder, pages, { "content-security-policy": `${POLICY}; img-src data:` });
  browser = await launch();
});
after(async () => {
  await browser.close();
  server.close();
});

const at = (path) => open(browser, `${server.address}${path}`);
/** Locators of Playwright go through open shadow roots. */
const figure = (page, index) => page.locator("bilevel-figure").nth(index);

test("the page of a course has two live figures, each with its own controls and state", async () => {
  const { page, complaints } = await at("/course.html");
  await page.evaluate(() => {
    globalThis.said = [];
    document.addEventListener("bilevel-state", (event) => globalThis.said.push(event.detail));
  });
  const [policy, race] = [figure(page, 0), figure(page, 1)];
  await policy.locator("svg").waitFor();
  await race.locator("svg").waitFor();
  assert.deepEqual(await violations(page), []);
  assert.equal(await policy.getAttribute("state"), "figure=policy&follow=reinforce&seed=3&trials=60&at=0", "nobody touched it");
  await policy.getByRole("button", { name: "One try" }).click();
  assert.equal(await policy.getAttribute("state"), "v=1&figure=policy&seed=3&trials=60&at=1");
  assert.match(await policy.locator("figcaption").innerText(), /^What the policy of REINFORCE believes after 1 try\.$/);
  assert.deepEqual(await page.evaluate(() => globalThis.said), ["v=1&figure=policy&seed=3&trials=60&at=1"]);
  assert.equal(await policy.getByLabel("Budget", { exact: true }).isVisible(), false, "a bar has no more");
  await race.getByLabel("Seed", { exact: true }).fill("4");
  await race.getByLabel("Seed", { exact: true }).blur();
  await race.getByLabel("Budget", { exact: true }).fill("30");
  await page.waitForFunction(() => /^After 30 tries/.test(document.querySelectorAll("bilevel-figure")[1].shadowRoot.querySelector("figcaption").textContent));
  assert.equal(await race.getAttribute("state"), "v=1&seed=4&trials=30");
  await race.getByRole("button", { name: "Start" }).click();
  await race.getByRole("button", { name: "Run" }).click();
  await race.getByRole("button", { name: "Run" }).waitFor();
  assert.equal(await race.getAttribute("state"), "v=1&seed=4&trials=30", "it rests at the end");
  // The rules of a figure are a sheet, where its text may have none.
  const colour = await race.locator("svg path.bl-series2").evaluate((path) => getComputedStyle(path).stroke);
  assert.equal(colour, "rgb(194, 74, 0)");
  assert.deepEqual(complaints, []);
});

test("a figure follows its attributes, and may be taken out and put back", async () => {
  const { page, complaints } = await at("/cell.html");
  const cell = figure(page, 0);
  await cell.locator("svg").waitFor();
  assert.match(await cell.locator("figcaption").innerText(), /^Evolution, try 5: \d\d\.\d\d %\.$/);
  assert.equal(await cell.getByRole("button").count(), 0, "no controls where none are asked for");
  await page.evaluate(() => (document.querySelector("bilevel-figure").state = "figure=cell&follow=random&at=7"));
  await page.waitForFunction(() => /^Random search, try 7/.test(document.querySelector("bilevel-figure").shadowRoot.querySelector("figcaption").textContent));
  await page.evaluate(() => {
    const figure = document.querySelector("bilevel-figure");
    figure.remove();
    figure.state = "figure=race&trials=10";
    figure.controls = "bar";
    document.body.append(figure);
  });
  await page.waitForFunction(() => /^After 10 tries/.test(document.querySelector("bilevel-figure").shadowRoot.querySelector("figcaption").textContent));
  assert.equal(await cell.getByRole("button", { name: "Run" }).isVisible(), true);
  assert.deepEqual(complaints, []);
});

test("what is wrong in a state is said; what nobody sees is not computed", async () => {
  const { page, complaints } = await at("/wrong.html");
  const wrong = figure(page, 0);
  await wrong.locator("svg").waitFor();
  const said = await wrong.getByRole("alert").innerText();
  assert.match(said, /figure is one of race, cell, policy; race is taken for “<b>”\..*trials is a whole number from 10 to 500.*the end is taken for “x”/);
  assert.deepEqual(complaints, []);
  const { page: far, requests } = await at("/far.html");
  await far.waitForTimeout(300);
  assert.deepEqual(requests.filter((path) => path.endsWith(".wasm")), []);
  await far.locator("bilevel-figure").scrollIntoViewIfNeeded();
  await figure(far, 0).locator("svg").waitFor();
});

/** What the one figure of a page says. */
const caption = (page, words) => page.waitForFunction((words) => document.querySelector("bilevel-figure").shadowRoot.querySelector("figcaption").textContent.startsWith(words), words);

test("whatever is said of it while it computes or runs, the last word is shown and nobody is told another", async () => {
  const { page, complaints } = await at("/cell.html");
  const one = figure(page, 0);
  await one.locator("svg").waitFor();
  const set = (states) => page.evaluate((states) => states.forEach((state) => (document.querySelector("bilevel-figure").state = state)), states);
  const busy = () => one.locator(".picture").getAttribute("aria-busy");
  await page.evaluate(() => {
    globalThis.said = [];
    document.addEventListener("bilevel-state", (event) => globalThis.said.push(event.detail));
    document.querySelector("bilevel-figure").controls = "all";
  });
  await set(["figure=cell&trials=300&at=5", "figure=cell&trials=100&at=6"]);
  await caption(page, "REINFORCE, try 6:");
  await page.waitForFunction(() => document.querySelector("bilevel-figure").shadowRoot.querySelector(".picture").ariaBusy === "false");
  // Another figure: until its runs are there, the old one stays what it is, and is stepped from where it is.
  await set(["figure=race&at=5"]);
  await one.getByRole("button", { name: "One try" }).click();
  await caption(page, "After 7 tries");
  assert.equal(await one.getAttribute("state"), "v=1&at=7");
  await set(["speed=5&at=10"]);
  await one.getByRole("button", { name: "Run" }).click();
  await caption(page, "After 12 tries");
  const told = await page.evaluate(() => globalThis.said.length);
  await set(["seed=9&at=50"]);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  assert.equal(await one.getAttribute("state"), "seed=9&at=50");
  await caption(page, "After 50 tries");
  assert.equal(await page.evaluate(() => globalThis.said.length), told, "what a script says, it knows");
  // A budget below the trial is no mistake of the visitor, and is forgotten by nobody.
  await one.getByLabel("Budget", { exact: true }).fill("30");
  await caption(page, "After 30 tries");
  assert.equal(await one.getAttribute("state"), "v=1&seed=9&trials=30");
  assert.equal(await one.getByRole("alert").count(), 0);
  await one.getByLabel("Budget", { exact: true }).fill("100");
  await caption(page, "After 50 tries");
  // A listener has the last word.
  await page.evaluate(() => document.addEventListener("bilevel-state", ({ target }) => (target.state = "seed=9&at=5"), { once: true }));
  await one.getByRole("button", { name: "One try" }).click();
  await caption(page, "After 5 tries");
  await one.getByLabel("Seed", { exact: true }).fill("1234567");
  await one.getByLabel("Seed", { exact: true }).blur();
  assert.equal(await one.getByLabel("Seed", { exact: true }).inputValue(), "9");
  assert.match(await one.getByRole("alert").innerText(), /A seed is a whole number from 0 to 999999\./);
  // Asked at once: its runs are there a moment later.
  const disabled = await page.evaluate(() => {
    const figure = document.querySelector("bilevel-figure");
    figure.remove();
    document.body.append(figure);
    return figure.shadowRoot.querySelector("fieldset").disabled;
  });
  assert.equal(disabled, true, "there is nothing to step through yet");
  await caption(page, "After 5 tries");
  await page.waitForFunction(() => !document.querySelector("bilevel-figure").shadowRoot.querySelector("fieldset").disabled);
  assert.equal(await busy(), "false");
  assert.deepEqual(complaints, []);
});

test("what was set before it was known is taken, and what could not be loaded is tried again", async () => {
  const { page } = await at("/early.html");
  await caption(page, "REINFORCE, try 3:");
  assert.equal(await figure(page, 0).getAttribute("controls"), "bar");
  await page.evaluate(() => (document.querySelector("bilevel-figure").state = "figure=cell&trials=10&at=4"));
  await caption(page, "REINFORCE, try 4:");
  for (const file of ["bilevel_bg.wasm", "cifar10_accuracy.bin"]) {
    const context = await browser.newContext();
    const page = await context.newPage();
    let failures = 2;
    await page.route(`**/${file}`, (route) => (failures-- > 0 ? route.fulfill({ status: 503 }) : route.continue()));
    const errors = [];
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`${server.address}/cell.html`);
    const focused = () => page.evaluate(() => document.querySelector("bilevel-figure").shadowRoot.activeElement?.textContent);
    const again = figure(page, 0).getByRole("button", { name: "Try again" });
    await again.focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector("bilevel-figure").shadowRoot.activeElement?.textContent === "Try again");
    await page.evaluate(() => (document.querySelector("bilevel-figure").controls = "bar"));
    await page.keyboard.press("Enter");
    await caption(page, "Evolution, try 5:");
    assert.equal(await focused(), "Run", "whoever pressed it is not lost");
    assert.equal(await again.isVisible(), false);
    assert.deepEqual(errors, []);
    await context.close();
  }
});
