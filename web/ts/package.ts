/** The functions of the package over one place; each entry of the package exports those of its place. */

import { type Bench, type BenchOptions, bench } from "./bench.js";
import type { GradientSpec, RunSpec, Replayed } from "./documents.js";
import type { Host } from "./host.js";
import { type Library, library, published } from "./library.js";
import { type ReplayOptions, replay } from "./replay.js";
import { Run, type RunOptions } from "./run.js";
import { type Gpu, gpu } from "./training/devices.js";
import { type TrainOptions, Trainer } from "./training/trainer.js";

export type { Bench, BenchAbout, BenchOptions, Observation } from "./bench.js";
export type { Beginning, DeviceLoss, Setting, SupernetAbout } from "./engine.js";
export type { Figures, Library, Pair, RaceView, Width } from "./library.js";
export type { Objective, Trial, Values } from "./objective.js";
export type { ReplayOptions } from "./replay.js";
export type { Run, RunOptions, Tick } from "./run.js";
export type { About, Device, Judgement } from "./training/calls.js";
export type { Gpu } from "./training/devices.js";
export type { EpochEvent, LostEvent, StepEvent, TrainEvent, TrainOptions, TrainedNetwork, Trainer } from "./training/trainer.js";
export type * from "./documents.js";

/** A specification; its objective may be left out where a function is given. */
export type Specification = RunSpec | (Omit<RunSpec, "objective"> & { objective?: undefined }) | string;

/** What every entry exports. */
export interface Package {
  /**
   * Starts a run of a specification, an object or JSON text, e.g. a terminal's `spec.json`.
   *
   * ```ts
   * const search = run({ space: "nas-bench-201", objective: "table", searcher: "reinforce", seed: 7 });
   * for await (const { told, best } of search) console.log(told, best?.values);
   * const { digest } = await search.result;
   * ```
   */
  run(spec: Specification, options?: RunOptions): Run;
  /** Asks every trial of a log anew and compares: the document of `bilevel replay --json`. */
  replay(spec: Specification, log: string | readonly string[], options?: ReplayOptions): Promise<Replayed>;
  /**
   * Trains the network of a cell of NAS-Bench-201 on the optical digits, in a Worker, by the code of the terminal.
   *
   * ```ts
   * const training = train("|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|nor_conv_3x3~2|", { seed: 7 });
   * for await (const event of training) if (event.kind === "epoch") console.log(event.epoch, event.accuracy);
   * const { weights } = await training.result;
   * ```
   */
  train(architecture: string, options?: TrainOptions): Trainer;
  /**
   * Estimators of the gradient at one policy, beside the exact one, drawn on the caller's thread as often as it likes: the
   * numbers of `bilevel gradient`, to the last bit.
   *
   * ```ts
   * const bench = await gradient({ space: "sequence:6x5", objective: "chain:bend=1", estimators: ["concrete", "rloo"], temperatures: [0.1, 1] });
   * bench.draw(0, 1000);
   * console.log(bench.row(0)?.bias_norm, bench.exact);
   * ```
   */
  gradient(spec: GradientSpec, options?: BenchOptions): Promise<Bench>;
  /** The GPU that this browser lends to training; null where it lends none, and in Node. Loads nothing. */
  gpu(): Promise<Gpu | null>;
  /** Names and figures; loads the module, once. */
  load(): Promise<Library>;
  /**
   * The published values of a metric of NAS-Bench-201, e.g. `cifar10/val200`: one for each of the 15,625 cells in the order
   * of the space, in the metric's unit, NaN where there is none. Loads the one file that has them.
   */
  published(metric: string): Promise<Float64Array>;
}

/** The package in a place. */
export function packageIn(host: Host): Package {
  return {
    run: (spec, options = {}) => new Run(host, spec as RunSpec | string, options),
    replay: (spec, log, options = {}) => replay(host, spec as RunSpec | string, log, options),
    train: (architecture, options = {}) => new Trainer(host, architecture, options),
    gradient: (spec, options) => bench(host, spec, options),
    gpu,
    load: () => library(host),
    published: (metric) => published(host, metric),
  };
}
