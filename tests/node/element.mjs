// `<bilevel-figure>` in pages that know nothing of it but its line: the page of a course, under a strict policy.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launch, open, POLICY, serve } from "./chromium.mjs";
import { install, root } from "./installed.mjs";

const { folder } = install();
const course = readFileSync(join(root, "examples/course.html"), "utf8");
const page = (body) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>a page</title><link rel="icon" href="data:,"><script type="module" src="/node_modules/bilevel/dist/element.js"></script><body>${body}`;
const pages = {
  "/course.html": course,
  "/cell.html": page('<bilevel-figure state="figure=cell&amp;follow=evolution&amp;at=5&amp;trials=20"></bilevel-figure>'),
  "/wrong.html": page('<bilevel-figure state="trials=9999&amp;figure=<b>&amp;at=x" controls="everything"></bilevel-figure>'),
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
  assert.equal(await policy.getAttribute("state"), "figure=policy&follow=reinforce&seed=3&trials=60&at=0", "nobody touched it");
  await policy.getByRole("button", { name: "One try" }).click();
  assert.equal(await policy.getAttribute("state"), "v=1&figure=policy&seed=3&trials=60&at=1");
  assert.match(await policy.locator("figcaption").innerText(), /^What the policy of REINFORCE believes after 1 try\.$/);
  assert.deepEqual(await page.evaluate(() => globalThis.said), ["v=1&figure=policy&seed=3&trials=60&at=1"]);
  assert.equal(await policy.getByLabel("Budget").isVisible(), false, "a bar has no more");
  await race.getByLabel("Seed").fill("4");
  await race.getByLabel("Seed").blur();
  await race.getByLabel("Budget").fill("30");
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
