/**
 * bilevel from one file: the module and the published results stand in it, so that nothing is fetched. Runs are on the
 * caller's thread, in slices of 8 ms, since a Worker would be another file.
 */

import { files } from "./contents.js";
import { type Host, remembered } from "./host.js";
import { type Package, packageIn } from "./package.js";

export type * from "./package.js";

async function bytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const text = files[name];
  if (text === undefined) throw new Error(`this file has no ${name}`);
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

const compiled = remembered(async (name) => WebAssembly.compile(await bytes(name)));

const host: Host = { module: () => compiled("bilevel_bg.wasm"), file: remembered(bytes), usuallyInWorker: false };

export const { run, replay, train, gradient, gpu, load, published }: Package = packageIn(host);
