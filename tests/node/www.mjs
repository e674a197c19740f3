// The page in a real browser: served from the repository, drawn, and saying what the module itself says.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { load } from "./load.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const types = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".wasm": "application/wasm" };

async function serve() {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    try {
      const bytes = await readFile(join(root, path));
      response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function dom(address) {
  const profile = await mkdtemp(join(tmpdir(), "bilevel-www-"));
  const quiet = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync";
  const flags = [...quiet.split(" "), "--disable-component-update", `--user-data-dir=${profile}`, "--virtual-time-budget=20000"];
  try {
    const options = { maxBuffer: 1 << 26, timeout: 120_000 };
    return (await promisify(execFile)("chromium", [...flags, "--dump-dom", address], options)).stdout;
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

test("the race runs in a tab under its own security policy and names the command that repeats it", async () => {
  const server = await serve();
  const page = await dom(`http://127.0.0.1:${server.address().port}/www/index.html`);
  server.close();
  const { run, searchers } = await load("root", "web/pkg");
  const spec = { space: "nas-bench-201", objective: "table", metric: "cifar10/val200", budget: { trials: 100 } };
  for (const searcher of searchers("table")) {
    const runs = Array.from({ length: 20 }, (_, index) => run({ ...spec, searcher, seed: 7 + index }));
    const mean = runs.reduce((sum, one) => sum + one.best.values["cifar10/val200"], 0) / 20;
    assert.match(page, new RegExp(`<td>${searcher}</td><td>${mean.toFixed(2)} %</td>`));
  }
  assert.match(page, /After 100 tries \w+ leads/);
  assert.match(page, /<svg[^>]*class="bl-figure"/);
  assert.match(page, /bilevel search --objective table --metric cifar10\/val200 --searcher \w+ --trials 100 --seed 7/);
});
