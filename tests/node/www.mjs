// The page in a real browser: served from the repository, drawn, and saying what the package itself says.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch, open, serve } from "./chromium.mjs";
import { install, root } from "./installed.mjs";

test("the race runs in a tab under its own security policy and names the command that repeats it", async () => {
  const server = await serve(root);
  const browser = await launch();
  try {
    const { page, complaints } = await open(browser, `${server.address}/www/index.html`);
    await page.waitForSelector("#cell svg.bl-figure");
    assert.deepEqual(complaints, []);
    const { load, run } = await install().import("bilevel");
    const spec = { space: "nas-bench-201", objective: "table", metric: "cifar10/val200", budget: { trials: 100 } };
    const table = await page.locator("#rows").innerHTML();
    for (const searcher of (await load()).searchers("table")) {
      const runs = Array.from({ length: 20 }, (_, index) => run({ ...spec, searcher, seed: 7 + index }).result);
      const values = (await Promise.all(runs)).map((summary) => summary.best.values["cifar10/val200"]);
      const mean = values.reduce((sum, value) => sum + value, 0) / 20;
      assert.match(table, new RegExp(`<td>${searcher}</td><td>${mean.toFixed(2)} %</td>`));
    }
    assert.match(await page.locator("#said").innerText(), /After 100 tries \w+ leads/);
    const command = /bilevel search --objective table --metric cifar10\/val200 --searcher \w+ --trials 100 --seed 7/;
    assert.match(await page.locator("#command").innerText(), command);
    await page.fill("#seed", "8");
    await page.waitForFunction(() => document.getElementById("command").textContent.endsWith("--seed 8"));
  } finally {
    await browser.close();
    server.close();
  }
});
