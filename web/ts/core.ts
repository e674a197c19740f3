/** The WebAssembly module on this thread: instantiated once, with the published results that were read so far. */

import init, * as wasm from "./wasm/bilevel_web.js";
import type { Host } from "./host.js";

export type Wasm = typeof wasm;

let instance: Promise<void> | undefined;
let results: wasm.Results | undefined;

/** The functions of the module, as soon as it is there. */
export async function core(host: Pick<Host, "module">): Promise<Wasm> {
  instance ??= host.module().then(async (module) => {
    await init({ module_or_path: module });
  });
  try {
    await instance;
  } catch (error) {
    // Offline now need not be offline later.
    instance = undefined;
    throw error;
  }
  return wasm;
}

const read = new Set<string>();

/** The published results with these files among them, loaded where nobody has yet. */
export async function resultsWith(host: Pick<Host, "file">, names: readonly string[]): Promise<wasm.Results> {
  const missing = names.filter((name) => !read.has(name));
  const files = await Promise.all(missing.map((name) => host.file(name)));
  results ??= new wasm.Results();
  for (const [index, file] of files.entries()) {
    results.read(file);
    read.add(missing[index] as string);
  }
  return results;
}
