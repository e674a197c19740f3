/** The WebAssembly module on this thread: instantiated once, with the published results that were read so far. */

import init, * as wasm from "./wasm/bilevel_web.js";
import { type Host, remembered } from "./host.js";

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

let reading: ((name: string) => Promise<void>) | undefined;

/** The published results with these files among them; each is loaded once, whoever else waits for it. */
export async function resultsWith(host: Pick<Host, "file">, names: readonly string[]): Promise<wasm.Results> {
  const all = (results ??= new wasm.Results());
  const read = (reading ??= remembered(async (name) => all.read(await host.file(name))));
  await Promise.all(names.map((name) => read(name)));
  return all;
}
