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
export async function bench(host: Host, spec: GradientSpec, { values }: BenchOptions = {}): Promise<Bench> {
  const text = textOf("a specification", spec);
  const wasm = await core(host);
  const held = new wasm.Bench(text, await resultsWith(host, wasm.filesOfBench(text)), values);
  return {
    ...(JSON.parse(held.about()) as BenchAbout),
    draw: (measurement, count) => held.draw(measurement, count),
    one: (measurement) => held.one(measurement),
    observe: (measurement) => JSON.parse(held.observe(measurement)) as Observation,
    row: (measurement) => JSON.parse(held.row(measurement)) as GradientRow | null,
    free: () => held.free(),
  };
}
