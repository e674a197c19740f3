/** bilevel in a browser: files are fetched from beside this one, runs are in a Worker. */

import { type Host, remembered } from "./host.js";
import { type Package, packageIn } from "./package.js";
import { portOf } from "./run.js";

export type * from "./package.js";

// Each address in one expression, in which bundlers see it.
const addresses: Record<string, () => URL> = {
  "nas_bench_201/cifar10_accuracy.bin": () => new URL("./nas_bench_201/cifar10_accuracy.bin", import.meta.url),
  "nas_bench_201/cifar10_latency.bin": () => new URL("./nas_bench_201/cifar10_latency.bin", import.meta.url),
  "nas_bench_201/cifar100_accuracy.bin": () => new URL("./nas_bench_201/cifar100_accuracy.bin", import.meta.url),
  "nas_bench_201/cifar100_latency.bin": () => new URL("./nas_bench_201/cifar100_latency.bin", import.meta.url),
  "nas_bench_201/imagenet16-120_accuracy.bin": () => new URL("./nas_bench_201/imagenet16-120_accuracy.bin", import.meta.url),
  "nas_bench_201/imagenet16-120_latency.bin": () => new URL("./nas_bench_201/imagenet16-120_latency.bin", import.meta.url),
  "nas_bench_201/seconds.bin": () => new URL("./nas_bench_201/seconds.bin", import.meta.url),
};

async function fetched(address: URL): Promise<Response> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address.href} could not be loaded: ${response.status} ${response.statusText}`);
  return response;
}

const modules: Record<string, () => URL> = {
  controllers: () => new URL("./bilevel_bg.wasm", import.meta.url),
  cpu: () => new URL("./bilevel_cpu_bg.wasm", import.meta.url),
  webgpu: () => new URL("./bilevel_webgpu_bg.wasm", import.meta.url),
};

const compiled = remembered(async (name) => {
  const response = await fetched((modules[name] as () => URL)());
  // Servers that do not know the type are common; what arrives is the same.
  const isWasm = response.headers.get("content-type")?.startsWith("application/wasm") === true;
  return isWasm ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
});

const host: Host = {
  module: () => compiled("controllers"),
  file: remembered(async (name) => {
    const address = addresses[name];
    if (!address) throw new Error(`the package has no file ${name}`);
    return new Uint8Array(await (await fetched(address())).arrayBuffer());
  }),
  worker: () => portOf(new Worker(new URL("./worker.js", import.meta.url), { type: "module" })),
  training: {
    module: (device) => compiled(device),
    worker: () => portOf(new Worker(new URL("./training/worker.js", import.meta.url), { type: "module" })),
  },
  usuallyInWorker: true,
};

export const { run, replay, train, gradient, gpu, load, published }: Package = packageIn(host);
