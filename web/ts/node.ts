/**
 * bilevel in Node: files are read from beside this one. Runs are on the caller's thread, in slices of 8 ms, since a process
 * has no page to keep responsive and a Worker takes longer to start than most runs; `worker: true` starts one.
 */

import { type Host, type Port, remembered } from "./host.js";
import { type Package, packageIn } from "./package.js";

export type * from "./package.js";

async function read(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const { readFile } = await import("node:fs/promises");
  return new Uint8Array(await readFile(new URL(name, import.meta.url)));
}

async function workerOf(file: URL): Promise<Port> {
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(file);
  let ended = false;
  return {
    post: (message) => worker.postMessage(message),
    listen: (message, error) => {
      worker.on("message", message);
      worker.on("error", error);
      worker.on("exit", (code) => {
        if (!ended) error(new Error(`the Worker ended with exit code ${code}`));
      });
    },
    hold: (held) => (held ? worker.ref() : worker.unref()),
    terminate: () => {
      ended = true;
      void worker.terminate();
    },
  };
}

const compiled = remembered(async (name) => WebAssembly.compile(await read(name)));

const host: Host = {
  module: () => compiled("bilevel_bg.wasm"),
  file: remembered(read),
  worker: () => workerOf(new URL("./node_worker.js", import.meta.url)),
  training: {
    module: (device) => compiled(`bilevel_${device}_bg.wasm`),
    worker: () => workerOf(new URL("./training/node_worker.js", import.meta.url)),
  },
  usuallyInWorker: false,
};

export const { run, replay, train, gradient, gpu, load, published }: Package = packageIn(host);
