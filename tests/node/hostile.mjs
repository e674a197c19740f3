// Text that wants to be code, in every place where a page or a program takes text: it stays text, and nothing hangs.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { launch, open, serve } from "./chromium.mjs";
import { root } from "./installed.mjs";

const PAYLOADS = [
  "<script>pwned()</script>",
  "</script><script>pwned()</script>",
  "<img src=x onerror=pwned()>",
  "<svg onload=pwned()>",
  "\"><svg/onload=pwned()>",
  "'-pwned()-'",
  "javascript:pwned()",
  "</style><script>pwned()</script>",
  "</title></svg><img src=x onerror=pwned()>",
  "<iframe srcdoc='<script>parent.pwned()</script>'>",
  "<a href=javascript:pwned()>x</a>",
  "<foreignObject><img src=https://example.org/x></foreignObject>",
  "<image href=https://example.org/x />",
  "<use href=\"data:image/svg+xml,<svg id='x' xmlns='http://www.w3.org/2000/svg'><script>pwned()</script></svg>#x\"/>",
  "@import 'https://example.org/x';}",
  ";background:url(https://example.org/x)",
  "{{constructor.constructor('pwned()')()}}",
  "${pwned()}",
  "]]><script>pwned()</script>",
  "<!--><img src=x onerror=pwned()>-->",
  "&lt;img src=x onerror=pwned()&gt;",
  "\u202e<script>pwned()</script>\u0000\u0007",
  "__proto__",
  "constructor",
  "../../../../etc/passwd",
  "1e309",
  "-0",
  "9".repeat(400),
  "<b>".repeat(20_000),
  "[".repeat(50_000),
];

const browser = await launch();
const server = await serve(root, { "/empty.html": "<!doctype html><meta charset=utf-8><title>empty</title><main></main>" });
after(async () => {
  await browser.close();
  server.close();
});

/** A page that notices: `broken()` is what went wrong so far. */
async function watched(path) {
  const { page, complaints } = await open(browser, `${server.address}${path}`, { reducedMotion: "reduce" });
  const dialogs = [];
  page.on("dialog", (dialog) => (dialogs.push(dialog.message()), dialog.dismiss()));
  await page.evaluate(() => {
    globalThis.calls = 0;
    globalThis.pwned = () => globalThis.calls++;
  });
  const broken = async () => {
    const found = await page.evaluate((odd) => {
      const roots = [document, ...[...document.querySelectorAll("*")].flatMap(({ shadowRoot }) => shadowRoot ?? [])];
      const elements = roots.flatMap((root) => [...root.querySelectorAll(odd)]);
      return { calls: globalThis.calls, odd: elements.map(({ outerHTML }) => outerHTML.slice(0, 80)) };
    }, ODD);
    return { ...found, dialogs, foreign: complaints.filter((text) => text.startsWith("a request to")) };
  };
  return { page, broken };
}

/** What text that stayed text does not make. */
const ODD = "script:not([src]), iframe, object, embed, foreignObject, [onerror], [onload], img[src=x], a[href^='javascript']";

const sound = { calls: 0, odd: [], dialogs: [], foreign: [] };

test("in the address of a page", async () => {
  const keys = { "index.html": ["seed", "follow", "speed", "at", "odd"], "train.html": ["cell", "rate", "device", "odd"], "gradient.html": ["objective", "estimators", "bend", "temperature", "odd"] };
  let cases = 0;
  for (const [name, places] of Object.entries(keys)) {
    const { page, broken } = await watched(`/www/dist/${name}`);
    await page.waitForSelector("#usable:enabled");
    for (const payload of PAYLOADS) {
      const began = performance.now();
      const hash = places.map((place) => `${place}=${encodeURIComponent(payload)}`).join("&");
      await page.evaluate((hash) => (location.hash = hash), hash);
      await page.evaluate((raw) => (location.hash = raw), payload);
      assert.ok(performance.now() - began < 5000, `${name} hangs at ${payload.slice(0, 40)}`);
      cases += places.length + 1;
    }
    await page.waitForTimeout(300);
    assert.deepEqual(await broken(), sound, name);
    await page.context().close();
  }
  assert.ok(cases >= 200, String(cases));
});

test("in names, units, architectures, figures and states of embedded ones", async () => {
  const { page, broken } = await watched("/empty.html");
  const { cases, odd } = await page.evaluate(async ([payloads, selector]) => {
    const dist = "/web/dist/package/dist";
    const [{ gradient, load, run }, { draw }] = [await import(`${dist}/index.js`), await import(`${dist}/element.js`)];
    const { figures } = await load();
    const main = document.querySelector("main");
    let cases = 0;
    const odd = [];
    const show = (make) => {
      cases += 1;
      let text;
      try {
        text = make();
      } catch (error) {
        // Refused in words, which are shown as text.
        main.append(Object.assign(document.createElement("p"), { textContent: error.message }));
        return;
      }
      const place = document.createElement("div");
      main.append(place);
      draw(document, place, text);
      // As a report or a page of somebody else has it.
      place.insertAdjacentHTML("beforeend", text);
    };
    for (const text of payloads) {
      const space = { name: "custom", positions: [{ name: text, choices: [text, `${text}2`] }, { name: "b", choices: ["x", text] }] };
      const metric = { name: text, unit: text, direction: "maximise" };
      show(() => figures.cell(space, text));
      show(() => figures.policy(space, Float64Array.of(0.3, 0.7, 0.5, 0.5)));
      show(() => figures.policyOverTime(space, new Map([[0, Float64Array.of(0.3, 0.7, 0.5, 0.5)]])));
      show(() => figures.curve(metric, [{ id: 0, value: 1 }]));
      show(() => figures.race(metric, [{ name: text, points: [{ trials: 1, mean: 1, low: 0, high: 2 }] }], text));
      const point = { temperature: 1, value: 1, low: 1, high: 2 };
      show(() => figures.temperature(text, [{ name: text, points: [point, { ...point, temperature: 2 }] }], { level: { name: text, value: 1 } }));
      show(() => figures.distribution(Float64Array.of(0, 1, 2), { name: text, exact: 1, mean: 0.5 }));
      show(() => figures.simplex({ choices: [text, text, "x"], policy: [0.2, 0.3, 0.5], hard: [1, 0, 2], soft: [], exact: [1, 0, 0], draws: [] }));
      show(() => figures.front([metric, metric], [[1, 2]], [[1, 2]]));
      const figure = Object.assign(document.createElement("bilevel-figure"), { state: text });
      figure.setAttribute("controls", text);
      main.append(figure);
      cases += 1;
      const objective = { name: "function", metrics: [metric] };
      const said = async (make) => {
        cases += 1;
        const value = await Promise.resolve().then(make).catch((error) => error.message);
        main.append(Object.assign(document.createElement("p"), { textContent: typeof value === "string" ? value : JSON.stringify(value) }));
      };
      await said(() => run({ space, objective, searcher: "random", budget: { trials: 2 } }, { objective: () => { throw new Error(text); } }).result);
      await said(() => run({ space: "nas-bench-201", objective: "table", searcher: text, budget: { trials: 2 } }).result);
      await said(() => gradient({ space: "sequence:2x3", objective: text, estimators: [text] }));
      await said(() => gradient({ space: "sequence:2x3", objective: "chain", estimators: [text] }));
      await said(() => run({ space: text, objective: text, searcher: "random" }).result);
      await said(() => run({ space: "nas-bench-201", objective: "table", searcher: "random", metric: text }).result);
      await said(() => run(text).result);
      await said(() => run({ space: "nas-bench-201", objective: "table", searcher: "random" }, { log: text }).result);
      const line = { id: 0, asked: 0, architecture: text, values: { [text]: 1 }, loss: 1, cost: { seconds: 0 }, digest: text, elapsed: 0 };
      await said(() => run({ space: "nas-bench-201", objective: "table", searcher: "random" }, { log: JSON.stringify(line) }).result);
      const roots = [main, figure.shadowRoot];
      for (const root of roots) odd.push(...[...root.querySelectorAll(selector)].map(({ outerHTML }) => outerHTML.slice(0, 80)));
      main.replaceChildren();
    }
    return { cases, odd };
  }, [PAYLOADS, ODD]);
  assert.deepEqual(odd, []);
  assert.ok(cases >= 200, String(cases));
  await page.waitForTimeout(300);
  assert.deepEqual(await broken(), sound);
});

test("the watch itself sees what it is to see", async () => {
  const { page, broken } = await watched("/empty.html");
  await page.evaluate((text) => document.querySelector("main").insertAdjacentHTML("beforeend", text), "<img src=x onerror=pwned()><img src=https://example.org/x>");
  await page.waitForFunction(() => globalThis.calls > 0);
  const { calls, odd, foreign } = await broken();
  assert.deepEqual([calls, odd.length, foreign.length], [1, 1, 1]);
});
