// The installed package in projects that are built: by Vite, as it develops and as it ships, and by webpack; none has a setting.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { launch, open, POLICY, serve } from "./chromium.mjs";
import { golden, install, table } from "./installed.mjs";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const vite = await import(pathToFileURL(require.resolve("vite")));
const webpack = require("webpack");
const installed = install();
const { folder } = installed;
const browser = await launch();
after(() => browser.close());

/** A project: a search of a table in a Worker, a network trained in another, and a figure. */
installed.module("main.js", `
import { run, train } from "bilevel";
import "bilevel/element";

const cell = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_1x1~2|";
const both = [
  run(${JSON.stringify(table.spec)}).result.then(({ digest }) => digest),
  train(cell, { training: { channels: 2, epochs: 1, train_images: 150 }, seed: 9 }).result.then(({ accuracy }) => accuracy),
];
Promise.all(both).then((said) => (globalThis.said = said), (error) => (globalThis.said = [String(error)]));
`);
const html = (script) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>a project</title><bilevel-figure state="figure=cell&trials=10"></bilevel-figure><script type="module" src="${script}"></script></html>`;
installed.module("index.html", html("/main.js"));

/** What a page says when both are done. */
async function said(address) {
  const { page, complaints } = await open(browser, address);
  try {
    await page.waitForFunction(() => globalThis.said, null, { timeout: 60_000 });
    await page.waitForFunction(() => document.querySelector("bilevel-figure").shadowRoot.querySelector("svg.bl-figure"));
    return { said: await page.evaluate(() => globalThis.said), complaints: complaints.filter((text) => !/favicon|404/.test(text)) };
  } finally {
    await page.context().close();
  }
}

function sound({ said: [digest, accuracy], complaints }) {
  assert.equal(digest, golden[table.name].digest, digest);
  assert.ok(accuracy > 5 && accuracy <= 100, String(accuracy));
  assert.deepEqual(complaints, []);
}

/** Serves what was built, under the policy that the README names. */
async function built(out) {
  const server = await serve(out, {}, { "content-security-policy": POLICY });
  try {
    sound(await said(`${server.address}/index.html`));
  } finally {
    server.close();
  }
}

/** A port that nobody has. */
async function free() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("a project that Vite builds", async () => {
  await vite.build({ root: folder, logLevel: "error", configFile: false, build: { outDir: join(folder, "of-vite") } });
  await built(join(folder, "of-vite"));
});

test("a project that Vite serves while it is developed", async () => {
  const port = await free();
  const server = await vite.createServer({ root: folder, logLevel: "error", configFile: false, server: { port, strictPort: true, host: "127.0.0.1" } });
  try {
    await server.listen();
    sound(await said(`http://127.0.0.1:${port}/index.html`));
  } finally {
    await server.close();
  }
});

test("a project that webpack builds", async () => {
  const out = join(folder, "of-webpack");
  const compiler = webpack({ mode: "production", context: folder, entry: "./main.js", output: { path: out, filename: "main.js" }, performance: false });
  const stats = await new Promise((resolve, reject) => compiler.run((error, stats) => (error ? reject(error) : resolve(stats))));
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  assert.deepEqual([errors, warnings], [[], []]);
  installed.module("of-webpack/index.html", html("main.js"));
  await built(out);
});
