// The examples in JavaScript, in a browser, with the installed package.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { launch, open, serve } from "./chromium.mjs";
import { install, root } from "./installed.mjs";

test("live_plot draws every trial of the search, and its best", async () => {
  const installed = install();
  // A page without a build finds names by an import map; Plot is made one file for it.
  const plot = join(installed.folder, "plot.js");
  const bundler = join(root, "web/node_modules/.bin/esbuild");
  const given = 'export * from "@observablehq/plot";';
  execFileSync(bundler, ["--bundle", "--format=esm", "--log-level=warning", `--outfile=${plot}`], { cwd: join(root, "web"), input: given, stdio: ["pipe", "inherit", "inherit"] });
  const map = { imports: { bilevel: "/node_modules/bilevel/dist/index.js", "@observablehq/plot": "/plot.js" } };
  const html = `<!doctype html><meta charset="utf-8"><title>a page</title><link rel="icon" href="data:,"><script type="importmap">${JSON.stringify(map)}</script><script type="module" src="/live_plot.js"></script>`;
  const example = readFileSync(join(root, "examples/live_plot.js"), "utf8");
  const lines = example.split("\n").filter((line) => line !== "" && !line.startsWith("//"));
  assert.ok(lines.length <= 10, `ten lines, and there are ${lines.length}`);
  const server = await serve(installed.folder, { "/index.html": html, "/live_plot.js": example });
  const browser = await launch();
  try {
    const { page, complaints } = await open(browser, `${server.address}/index.html`);
    await page.waitForFunction(() => document.querySelectorAll("svg circle").length === 200);
    const { run } = await installed.import("bilevel");
    const { best } = await run({ space: "nas-bench-201", objective: "table", searcher: "reinforce", budget: { trials: 200 }, seed: 7 }).result;
    // The line ends at the height of the best: Plot's scale from 80 to 92 on the axis that it drew.
    const ends = await page.evaluate(() => {
      const ticks = [...document.querySelectorAll("svg g[aria-label='y-axis tick label'] text")];
      const at = (tick) => Number(tick.getAttribute("transform").match(/,([-\d.]+)\)/)[1]);
      const line = document.querySelector("svg g[aria-label='line'] path").getAttribute("d");
      return { ticks: ticks.map((tick) => [Number(tick.textContent), at(tick)]), y: Number(line.match(/,([-\d.]+)$/)[1]) };
    });
    const [[low, bottom], [high, top]] = [ends.ticks[0], ends.ticks.at(-1)];
    const value = low + ((ends.y - bottom) / (top - bottom)) * (high - low);
    assert.ok(Math.abs(value - best.values["cifar10/val200"]) < 0.05, `${value} for ${best.values["cifar10/val200"]}`);
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
    server.close();
  }
});
