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

const reading = new Map<string, Promise<void>>();

/** The published results with these files among them; each is loaded once, whoever else waits for it. */
export async function resultsWith(host: Pick<Host, "file">, names: readonly string[]): Promise<wasm.Results> {
  const all = (results ??= new wasm.Results());
  await Promise.all(names.map((name) => once(name, async () => all.read(await host.file(name)))));
  return all;
}

function once(name: string, read: () => Promise<void>): Promise<void> {
  let promise = reading.get(name);
  if (promise === undefined) {
    promise = read();
    reading.set(name, promise);
    // Offline now need not be offline later.
    promise.catch(() => reading.delete(name));
  }
  return promise;
}
