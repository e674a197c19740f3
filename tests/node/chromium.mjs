// A browser, and a server that sends what a site would: folders, types, and a strict Content-Security-Policy.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join, normalize } from "node:path";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** All that a page with the package needs to be allowed. */
export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'";

const types = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
};

/** The browser on the PATH; that there is none is a failure. Without `webgpu` it lends no adapter, with it one in software. */
export async function launch({ webgpu = false } = {}) {
  const path = execFileSync("sh", ["-c", "command -v chromium || command -v chromium-browser || command -v google-chrome"], { encoding: "utf8" });
  return chromium.launch({ executablePath: path.trim(), headless: true, args: ["--no-sandbox", ...(webgpu ? ["--enable-unsafe-webgpu"] : [])] });
}

/** The script of a Worker that keeps its GPU as `device`, so that a test can take it away. */
export async function losable(script) {
  const keep = `
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (...values) {
      return (globalThis.device = await requestDevice.apply(this, values));
    };
  `;
  return `${keep}${await readFile(script, "utf8")}`;
}

/** Serves `folder`, and the pages of text in `pages` by their paths, with `headers`. */
export async function serve(folder, pages = {}, headers = {}) {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    try {
      const bytes = pages[path] ?? (await readFile(join(folder, path)));
      response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream", ...headers }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

/**
 * A page at `address`. `requests` are the paths that were asked for, `complaints` whatever the browser found wrong: errors,
 * policies that were broken, requests that failed or went elsewhere.
 */
export async function open(browser, address, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const [requests, complaints] = [[], []];
  const origin = new URL(address).origin;
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin === origin) requests.push(url.pathname);
    else complaints.push(`a request to ${url.href}`);
  });
  await page.goto(address);
  return { page, requests, complaints };
}

/** What axe finds wrong with a page as it is now: rules, each with an element. */
export function violations(page) {
  // By the browser's protocol, which the page's policy does not forbid.
  return page.evaluate(`${axe}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))`);
}
