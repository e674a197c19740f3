/** The bench of gradients: estimators at one policy, beside the exact gradient. */

import { core, resultsWith } from "./core.js";
import type { GradientRow, GradientSpec, Position } from "./documents.js";
import type { Host } from "./host.js";
import { textOf } from "./specification.js";

/** What does not change while draws are made. */
export interface BenchAbout {
  /** The positions of the space. */
  readonly positions: readonly Position[];
  /** The policy's logits, and the probability of each choice, one position after the other. */
  readonly logits: readonly number[];
  readonly probabilities: readonly number[];
  /** The expected loss under the policy, and its gradient in the logits. */
  readonly expectation: number;
  readonly exact: readonly number[];
  /** How the objective answers mixtures; null where it does not. */
  readonly relaxation: "multilinear" | "nonlinear" | null;
  /** What is measured, in the order of the estimators and, for each, of the temperatures; null for those that have none. */
  readonly measurements: readonly { readonly estimator: string; readonly temperature: number | null }[];
}

/** One draw of an estimator: a number for each logit, and the points that it asked the objective about. */
export interface Observation {
  readonly gradient: readonly number[];
  /** An architecture's choices, one a position, or the shares of a mixture, one a choice of each position. */
  readonly points: readonly ({ readonly choices: readonly number[] } | { readonly mixture: readonly number[] })[];
}

/** Measurements that are under way. */
export interface Bench extends BenchAbout {
  /** Draws a measurement so many times more. */
  draw(measurement: number, count: number): void;
  /** One more draw, which counts as any other: a number for each logit. */
  one(measurement: number): Float64Array;
  /** The same with the points that it asked about. */
  observe(measurement: number): Observation;
  /** What came of a measurement so far; null below two draws. */
  row(measurement: number): GradientRow | null;
  /** Gives its memory back; nothing can be asked of it afterwards. */
  free(): void;
}

/** What a bench is given beside its specification. */
export interface BenchOptions {
  /** The values of the objective `function`, one for each architecture in the order of the space. */
  readonly values?: Float64Array;
}

/** The bench of a specification. */
export async function bench(host: Host, spec: GradientSpec, options?: BenchOptions): Promise<Bench> {
  const text = textOf("a specification", spec);
  const wasm = await core(host);
  const held = new wasm.Bench(text, await resultsWith(host, wasm.filesOfBench(text)), options?.values);
  let freed = false;
  /** The module's bench, for a measurement of it. */
  const at = (measurement: number) => {
    if (freed) throw new Error("this bench was freed");
    whole("a measurement", measurement);
    return held;
  };
  return {
    ...(JSON.parse(held.about()) as BenchAbout),
    draw: (measurement, count) => at(measurement).draw(measurement, whole("a number of draws", count)),
    one: (measurement) => at(measurement).one(measurement),
    observe: (measurement) => JSON.parse(at(measurement).observe(measurement)) as Observation,
    row: (measurement) => JSON.parse(at(measurement).row(measurement)) as GradientRow | null,
    free: () => {
      if (!freed) held.free();
      freed = true;
    },
  };
}

/** A whole number that the module takes as it is. */
function whole(what: string, number: number): number {
  if (Number.isInteger(number) && number >= 0 && number < 2 ** 32) return number;
  throw new RangeError(`${what} is a whole number from 0 to 4294967295, got ${number}`);
}
