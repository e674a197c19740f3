/**
 * What figures are drawn of. Made by `cargo xtask types` from the Rust types and their documentation: not to be edited.
 */

/** One trial of a curve. */
export type CurvePoint = {
  /** The number of the trial. */
  id: number;
  /** The value of the metric, in its unit; `None` for a failed trial. */
  value: number | null;
  /** The epochs of training that were asked for, if the searcher named any. */
  epochs?: number | null;
};

/** What is known of the number. */
export type DistributionKnown = {
  /** What the number is, e.g. `slope of position 1, choice 3`. */
  name: string;
  /** The exact number. */
  exact: number;
  /** The mean of all draws, of which those that are drawn may be a part; `None` where there are too few. */
  mean?: number | null;
  /** The number of the picture's series colours, which tells whose draws they are. */
  series?: number;
  /** Numbers that the axis covers besides, as where another picture beside this one has the same axis. */
  covers?: readonly number[];
};

/** How the picture is looked at. */
export type InstrumentsView = {
  /** The width of the figure, 320 to 1200 pixels. */
  width?: number;
  /** The epochs of the whole search, of which those that are drawn may be the first. */
  epochs?: number;
  /**
   * The panels that are drawn, by the names of what they show: `accuracy`, `loss`, `entropy`, `skips`, `curvature`; all of which
   * anything was measured where none is named.
   */
  panels?: readonly string[];
  /** The epoch at which the alarm went off. */
  alarm?: number | null;
};

/** One searcher of a race. */
export type RaceSeries = {
  /** Its name. */
  name: string;
  /** After how many trials, the mean, and the ends of the band; trials ascending. */
  points: readonly RaceStep[];
};

/** The best so far after some trials, over the runs of a searcher. */
export type RaceStep = {
  /** Trials told. */
  trials: number;
  /** The mean. */
  mean: number;
  /** The lower end of the band. */
  low: number;
  /** The upper end of the band. */
  high: number;
};

/** A position, and what came of some draws there. All rows have a number for each choice. */
export type Simplex = {
  /** The names of the choices. */
  choices: readonly string[];
  /** The probabilities of the policy. */
  policy: readonly number[];
  /** How often each choice was drawn, as a corner. */
  hard: readonly number[];
  /** The mixtures that were asked for. */
  soft: readonly (readonly number[])[];
  /** The exact gradient in the logits. */
  exact: readonly number[];
  /** The mean of the draws. */
  mean?: readonly number[] | null;
  /** Single draws. */
  draws: readonly (readonly number[])[];
  /** The number of the picture's series colours, which tells whose draws they are. */
  series?: number;
};

/** How the picture is looked at. */
export type TemperatureView = {
  /** The width of the figure, 320 to 1200 pixels. */
  width?: number;
  /** Its height, 200 to 800 pixels. */
  height?: number;
  /** A temperature to mark by an upright line, such as one that a reader drags, with a dot where a line has a reading there. */
  temperature?: number | null;
  /** Whether the least value of each line is marked by a ring. */
  least?: boolean;
  /** A value to mark by a level of its own. */
  level?: TemperatureLevel | null;
  /** Values that the upright axis covers besides, as where another picture beside this one has the same axis. */
  covers?: readonly number[];
};

/** A value that lines are read against, such as the length of the exact gradient. */
export type TemperatureLevel = {
  /** What it is. */
  name: string;
  /** The value. */
  value: number;
};

/** One estimator. */
export type TemperatureCurve = {
  /** Its name. */
  name: string;
  /** The number of its colour, from 0; its place among the curves where none is said. */
  series?: number | null;
  /** Temperatures ascending; a single one without a temperature is an estimator that has none. */
  points: readonly TemperatureReading[];
};

/** The quantity at one temperature. */
export type TemperatureReading = {
  /** τ; null for an estimator without one, which is drawn as a level. */
  temperature: number | null;
  /** The quantity. */
  value: number;
  /** The lower end of its interval. */
  low: number;
  /** The upper end. */
  high: number;
};

/** A training as far as it has come. */
export type TrainingCourse = {
  /** The loss of each step, in nats. */
  losses: readonly number[];
  /** The steps of an epoch, ≥ 1. */
  steps: number;
  /** The epochs of the whole, ≥ 1. */
  epochs: number;
  /** What the network did after epochs, in their order. */
  judged: readonly TrainingJudged[];
};

/** How well a network does on images that it was not trained on. */
export type TrainingJudged = {
  /** Epochs that it had. */
  epoch: number;
  /** The share that is right, in %. */
  accuracy: number;
  /** The mean cross-entropy, in nats. */
  loss: number;
};
