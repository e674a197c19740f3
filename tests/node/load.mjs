// Loads a module that `cargo xtask` built: "root" for what is shipped, "target" for what only tests see.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const folders = {
  root: new URL("../../", import.meta.url),
  // Set by `cargo xtask`, where cargo builds elsewhere.
  target: process.env.BILEVEL_TARGET ? pathToFileURL(process.env.BILEVEL_TARGET + "/") : new URL("../../target/", import.meta.url),
};

export async function load(where, path) {
  const folder = new URL(path + "/", folders[where]);
  const module = await import(new URL("bilevel_web.js", folder));
  await module.default({ module_or_path: await readFile(new URL("bilevel_web_bg.wasm", folder)) });
  return module;
}
