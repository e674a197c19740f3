// The golden values in WebAssembly: the file that tests/golden.rs holds native code to.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { golden as written, root } from "./installed.mjs";

// Set by `cargo xtask`, where cargo builds elsewhere.
const target = pathToFileURL((process.env.BILEVEL_TARGET ?? `${root}target`) + "/");
const module = await import(new URL("web/pkg-laws/bilevel_web.js", target));
await module.default({ module_or_path: await readFile(new URL("web/pkg-laws/bilevel_web_bg.wasm", target)) });
const computed = JSON.parse(module.golden());

test("WebAssembly and the golden file have the same entries", () => {
  assert.deepEqual(Object.keys(computed).sort(), Object.keys(written).sort());
});

for (const [name, entry] of Object.entries(written)) {
  test(name, () => assert.deepEqual(computed[name], entry));
}
