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
  /** How many measurements there are: in the order of the estimators and, for each, of the temperatures. */
  readonly measurements: number;
}

/** Measurements that are under way. */
export interface Bench extends BenchAbout {
  /** Draws a measurement so many times more. */
  draw(measurement: number, count: number): void;
  /** One more draw, which counts as any other: a number for each logit. */
  one(measurement: number): Float64Array;
  /** What came of a measurement so far; null below two draws. */
  row(measurement: number): GradientRow | null;
  /** Gives its memory back; nothing can be asked of it afterwards. */
  free(): void;
}

/** The bench of a specification. */
export async function bench(host: Host, spec: GradientSpec): Promise<Bench> {
  const text = textOf("a specification", spec);
  const wasm = await core(host);
  const held = new wasm.Bench(text, await resultsWith(host, wasm.filesOfBench(text)));
  return {
    ...(JSON.parse(held.about()) as BenchAbout),
    draw: (measurement, count) => held.draw(measurement, count),
    one: (measurement) => held.one(measurement),
    row: (measurement) => JSON.parse(held.row(measurement)) as GradientRow | null,
    free: () => held.free(),
  };
}
