/** The Worker's side: networks are trained here. */

import { errorOf } from "../errors.js";
import type { Summary } from "../documents.js";
import type { ToldLine } from "../wasm/bilevel_cpu.js";
import type { Call, Calls, Device, Reply, SupernetBegun, SupernetLine } from "./calls.js";

/** Both modules export the same, but for what `default` gives, which nobody asks. */
type Glue = typeof import("../wasm/bilevel_cpu.js");

const glues: Record<Device, () => Promise<Glue>> = {
  cpu: () => import("../wasm/bilevel_cpu.js"),
  webgpu: () => import("../wasm/bilevel_webgpu.js") as Promise<unknown> as Promise<Glue>,
};

/** Answers calls with `post`, one after the other: an object of the module takes no call while another is on its way. */
export function serve(post: (reply: Reply) => void): (call: Call) => void {
  const calls = callsOf((reason) => post({ lost: reason }));
  let last: Promise<void> = Promise.resolve();
  return ({ id, name, values }) => {
    last = last.then(async () => {
      try {
        const call = calls[name] as (...values: unknown[]) => Promise<unknown>;
        post({ id, value: await call(...values) });
      } catch (error) {
        post({ id, error: errorOf(error).message });
      }
    });
  };
}

function callsOf(lost: (reason: string) => void): Calls {
  let glue: Glue | undefined;
  let trainer: InstanceType<Glue["Trainer"]> | undefined;
  let networks: InstanceType<Glue["Networks"]> | undefined;
  let supernet: InstanceType<Glue["SupernetRun"]> | undefined;
  return {
    async open(device, module) {
      if (device === "webgpu") watch(lost);
      glue = await glues[device]();
      await glue.default({ module_or_path: module });
      await glue.open();
    },
    async begin(architecture, training, seed, kept) {
      trainer?.free();
      trainer = new (had(glue).Trainer)(architecture, training, seed);
      if (kept) trainer.restore(kept.weights, kept.epochs);
      const { parameters, flops, epochs, steps, pixels, labels } = trainer;
      return { parameters, flops, epochs, steps, pixels, labels };
    },
    step: async () => JSON.parse(await had(trainer).step()) as Awaited<ReturnType<Calls["step"]>>,
    async judge() {
      const judgement = await had(trainer).judge();
      const { accuracy, loss, classes, probabilities } = judgement;
      judgement.free();
      return { accuracy, loss, classes, probabilities };
    },
    weights: () => had(trainer).weights(),
    async search(training, seed) {
      networks?.free();
      networks = new (had(glue).Networks)(training, seed);
    },
    answer: (architecture, epochs) => had(networks).answer(architecture, epochs ?? undefined),
    async supernet(spec, log, checkpoint) {
      supernet?.free();
      supernet = new (had(glue).SupernetRun)(spec);
      const policy = supernet.policy();
      const told = log.map((line) => lineOf((supernet as NonNullable<typeof supernet>).feed(line)));
      if (checkpoint) supernet.restore(checkpoint);
      return { spec: supernet.spec(), about: JSON.parse(supernet.about()) as SupernetBegun["about"], policy, told };
    },
    relearn: () => had(supernet).relearn(),
    async advance() {
      const told = await had(supernet).step();
      return told === undefined ? null : lineOf(told);
    },
    checkpoint: async () => (await had(supernet).checkpoint()) ?? null,
    summary: async () => JSON.parse(had(supernet).summary()) as Summary,
  };
}

function lineOf(told: ToldLine): SupernetLine {
  const { line, improved, policy, notices } = told;
  told.free();
  return { line, improved, policy, notices };
}

function had<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error("`open` comes first, then `begin`, `search` or `supernet`");
  return thing;
}

/** Hears of the loss of every device that is asked for from now on: burn keeps its own to itself. */
function watch(lost: (reason: string) => void): void {
  const prototype = (globalThis as { GPUAdapter?: { prototype: { requestDevice(...values: unknown[]): Promise<LosableDevice> } } }).GPUAdapter?.prototype;
  if (!prototype) return;
  const { requestDevice } = prototype;
  prototype.requestDevice = async function (...values) {
    const device = await requestDevice.apply(this, values);
    void device.lost.then(({ message, reason }) => lost(message || reason));
    return device;
  };
}

interface LosableDevice {
  readonly lost: Promise<{ readonly message: string; readonly reason: string }>;
}
