// The golden values in WebAssembly: the file that tests/golden.rs holds native code to.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { load } from "./load.mjs";

const { golden } = await load("target", "web/pkg-laws");
const written = JSON.parse(await readFile(new URL("../golden/digests.json", import.meta.url), "utf8")).entries;
const computed = golden();

test("WebAssembly and the golden file have the same entries", () => {
  assert.deepEqual(Object.keys(computed).sort(), Object.keys(written).sort());
});

for (const [name, entry] of Object.entries(written)) {
  test(name, () => assert.deepEqual(computed[name], entry));
}
