/** What needs no run: names, and figures as SVG text. */

import { type Wasm, core, resultsWith } from "./core.js";
import type { CurvePoint, DistributionKnown, InstrumentsView, Metric, Names, RaceSeries, Simplex, SpaceSpec, TemperatureCurve, TemperatureView, TrainingCourse } from "./documents.js";
import type { Host } from "./host.js";
import { textOf } from "./specification.js";

/** Two values of a trial: the first metric's and the second's. */
export type Pair = readonly [number, number];

/** How a race is looked at. */
export interface RaceView {
  /** Up to how many trials the lines are drawn, on the axes of the whole; the whole where it is not said. */
  readonly until?: number;
  /** The width of the figure, 320 to 1200 pixels, 720 where it is not said: letters keep their size. */
  readonly width?: number;
}

/** How wide a figure is. */
export type Width = Pick<RaceView, "width">;

/**
 * The figures of the terminal and its report, as SVG text: the same bytes. Each stands alone, follows the reader's light or
 * dark scheme, and keeps names as text. They throw an `Error` with the words of the core.
 */
export interface Figures {
  /** An architecture as the graph that it is. */
  cell(space: SpaceSpec, architecture: string): string;
  /** A policy as a heat map. `probabilities`: that of each choice at each position, one position after the other. */
  policy(space: SpaceSpec, probabilities: Float64Array): string;
  /** A policy from near: a panel a position, a bar a choice. */
  policyBars(space: SpaceSpec, probabilities: Float64Array, view?: Width): string;
  /** How a policy changed: snapshots by told trials, as `run.policies` has them. */
  policyOverTime(space: SpaceSpec, policies: ReadonlyMap<number, Float64Array>): string;
  /** A search: every trial a dot, the best so far a line. */
  curve(metric: Metric, points: readonly CurvePoint[]): string;
  /** Searchers side by side: the mean of the best so far and a band; `band` says what that is, e.g. `quartiles of 20 runs`. */
  race(metric: Metric, series: readonly RaceSeries[], band: string, view?: RaceView): string;
  /** One training: the loss of its steps, how well it did after its epochs, and `chance`, the accuracy of guessing in %. */
  training(course: TrainingCourse, chance: number, view?: Width): string;
  /** What was measured of a supernet: the `instruments` of the epochs of its log, the first epoch first. */
  instruments(epochs: readonly Readonly<Record<string, number>>[], view?: InstrumentsView): string;
  /** A quantity of several estimators over the temperature, both logarithmic: `variance of one draw`, a line an estimator. */
  temperature(quantity: string, curves: readonly TemperatureCurve[], view?: TemperatureView): string;
  /** How the draws of one number are spread: a histogram, with the exact number and the mean of the draws. */
  distribution(values: Float64Array, known: DistributionKnown, view?: Width): string;
  /** One position's choices as corners: its probabilities, what an estimator asked for there, and where gradients lead. */
  simplex(simplex: Simplex, view?: Width): string;
  /** Trials by two metrics, the first upwards and the second across, with the Pareto front as a line. */
  front(metrics: readonly [Metric, Metric], trials: readonly Pair[], front: readonly Pair[]): string;
}

/** What the loaded module answers at once. */
export interface Library {
  /** The version of the package. */
  readonly version: string;
  /** What there is to name, each with a sentence: the document of `bilevel spaces --json`. */
  readonly names: Names;
  /** The names of the searchers that suit an objective, e.g. `table`; of all where none is named. */
  searchers(objective?: string): string[];
  readonly figures: Figures;
}

/** The library on this thread. */
export async function library(host: Host): Promise<Library> {
  const wasm = await core(host);
  return {
    version: wasm.version(),
    names: JSON.parse(wasm.names()) as Names,
    searchers: (objective) => wasm.searchers(objective),
    figures: figures(wasm),
  };
}

function figures(wasm: Wasm): Figures {
  const text = (what: string, document: unknown) => textOf(what, document);
  const space = (space: SpaceSpec) => text("a space", space);
  return {
    cell: (of, architecture) => wasm.cellFigure(space(of), architecture),
    policy: (of, probabilities) => wasm.policyFigure(space(of), probabilities),
    policyBars: (of, probabilities, { width } = {}) => wasm.policyBarsFigure(space(of), probabilities, width),
    policyOverTime: (of, policies) => {
      const told = [...policies.keys()].sort((a, b) => a - b);
      const all = told.flatMap((at) => Array.from(policies.get(at) as Float64Array));
      return wasm.policyOverTimeFigure(space(of), Float64Array.from(told), Float64Array.from(all));
    },
    curve: (metric, points) => wasm.curveFigure(text("a metric", metric), text("a list of points", points)),
    race: (metric, series, band, { until, width } = {}) =>
      wasm.raceFigure(text("a metric", metric), text("a list of series", series), band, until, width),
    training: (course, chance, { width } = {}) => wasm.trainingFigure(text("a course", course), chance, width),
    instruments: (epochs, view = {}) => wasm.instrumentsFigure(text("a list of epochs", epochs), text("a view", view)),
    temperature: (quantity, curves, view = {}) => wasm.temperatureFigure(quantity, text("a list of curves", curves), text("a view", view)),
    distribution: (values, known, { width } = {}) => wasm.distributionFigure(values, text("what is known", known), width),
    simplex: (simplex, { width } = {}) => wasm.simplexFigure(text("a simplex", simplex), width),
    front: ([upward, across], trials, front) => {
      const pairs = [text("a list of pairs", trials), text("a list of pairs", front)] as const;
      return wasm.frontFigure(text("a metric", upward), text("a metric", across), ...pairs);
    },
  };
}

/**
 * The published values of a metric of NAS-Bench-201, one for each of the 15,625 cells in the order of the space, in the
 * metric's unit; NaN where there is none. Reads the one file that has them.
 */
export async function published(host: Host, metric: string): Promise<Float64Array> {
  const wasm = await core(host);
  return (await resultsWith(host, wasm.filesOfMetric(metric))).values(metric);
}
