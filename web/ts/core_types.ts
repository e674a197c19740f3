/**
 * The documents of the core. Made by `cargo xtask types` from the Rust types and their documentation: not to be edited.
 */

import type { SearcherSpec } from "./searcher_types.js";

/** A name, or a name with options behind a colon: `evolution:population=20,sample=5`. */
export type Words<Name extends string> = Name | `${Name}:${string}`;

/** A ready-made space by its name, or a table with the positions, layers or characters of one's own. */
export type SpaceSpec = "nas-bench-201" | "darts" | "dense-20x7" | `sequence:${number}x${number}` | Custom | Layers | Characters;

/** A run is a function of this and of what its objective answers. */
export type RunSpec = {
  /** The version of this document. */
  schema_version?: number;
  /** What can be chosen. */
  space: SpaceSpec;
  /** What is minimised. */
  objective: ObjectiveSpec;
  /** The metric that the search looks at; the objective's first where none is named. */
  metric?: string;
  /** How a second metric enters the loss; where there is none, the loss is the search metric. */
  scalarisation?: ScalarisationSpec;
  /** The metrics whose Pareto front is kept: none, or two and more. With a scalarisation its two where none are named. */
  front?: readonly string[];
  /** Who decides what to ask. */
  searcher: SearcherSpec;
  /** When it ends; 100 trials where nothing is named. */
  budget?: Budget;
  /** Where all randomness comes from, at most 2⁵³ − 1. */
  seed?: number;
  /** The most trials that are asked and not told; 1 for objectives that look up and 4 for those that train. */
  in_flight?: number;
  /** In which order answers are told. */
  order?: Order;
  /** Whether the winner is trained again and tested, where networks are trained. */
  retrain?: Retrain;
  /** SHA-256 of the images that networks are trained on, or of the file of a table, so that a run knows its data again. */
  data_sha256?: string;
};

/** In which order answers are told to the searcher. */
export type Order = "asked" | "arrival";

/** The comparison after a search: the winner from several seeds against random architectures. */
export type Retrain = {
  /** How many seeds of the winner, and how many random architectures; 2 to 100. */
  seeds?: number;
  /** Epochs for each network, the same for all, 1 to 1000; those of the search where none are named. */
  epochs?: number;
};

/** What a run may spend. The first limit that is reached ends it. */
export type Budget = {
  /** Trials told. */
  trials?: number;
  /** Seconds that a table says its trials would have cost; the trial that would pass it ends the run and does not count. */
  simulated_seconds?: number;
  /** Seconds of wall time: once a trial is told after them, nothing more is asked; trials in flight are still told. */
  wall_seconds?: number;
};

/** Why a run ended. */
export type Stop = "trials" | "simulated-seconds" | "wall-seconds" | "exhausted" | "interrupted";

/** A told trial, as it stands in `trials.jsonl`. Numbers are decimal and read back to the same bits. */
export type Line = {
  /** The number of the trial, in order of asking. */
  id: number;
  /** How many trials had been asked before this one was told: with it the log holds the interleaving of asks and tells. */
  asked: number;
  /** The text of the architecture in its space; of a mixture, that of the largest share of each position. */
  architecture: string;
  /**
   * The mixture that was asked about, where it was not the architecture: a row of shares for each position, one row after
   * the other.
   */
  mixture?: readonly number[];
  /** The slopes of the search metric there, in the same order. */
  slopes?: readonly number[];
  /** The epochs of training that it asked for, if the searcher named any. */
  epochs?: number;
  /** The values by name of metric; empty for a failed trial. */
  values: Readonly<Record<string, number>>;
  /** The loss that the searcher was told; null for a failed trial. */
  loss: number | null;
  /** What the answer cost. */
  cost: Cost;
  /** Why there is no answer. */
  failure?: Failure;
  /**
   * What was wanted, where it was not a value: `train` is an epoch of a supernet and of the policy beside it, and the
   * architecture is what would be derived after it.
   */
  purpose?: Purpose;
  /** The parameters of the policy after such an epoch. */
  policy?: readonly number[];
  /** What was measured in it, by name. */
  instruments?: Readonly<Record<string, number>>;
  /** Seconds of wall time since the run began, kept where the budget counts them; not in the digest. */
  elapsed?: number;
  /** The digest of the log up to and with this line. */
  digest: string;
};

/** What came of a run, as `--json` documents it. */
export type Summary = {
  /** The version of this document. */
  schema_version: number;
  /**
   * The best of the told trials: the least loss among those with the most epochs, the first asked among equals; null
   * while none has succeeded.
   */
  best: Best | null;
  /** The Pareto front, where one is kept: the trials that no other dominates, best by its first metric first. */
  front?: readonly Best[];
  /** The most probable architecture of the searcher's policy, where it has one. */
  mode?: string;
  /** Told trials, failed ones among them. */
  trials: number;
  /** Failed trials among them. */
  failed: number;
  /** What the searcher had to say of itself, oldest first: an alarm, or why it ended early. */
  notices?: readonly string[];
  /** The digest of the log. */
  digest: string;
  /** Why it ended. */
  stop_reason: Stop;
};

/** The best of a run. */
export type Best = {
  /** The number of its trial. */
  id: number;
  /** Its architecture as text. */
  architecture: string;
  /** The epochs of training that were asked for, if the searcher named any. */
  epochs?: number;
  /** Its values by name of metric. */
  values: Readonly<Record<string, number>>;
  /** Its loss. */
  loss: number;
};

/** What is wanted of the objective at a point. */
export type Purpose = "evaluate" | "train";

/** What an answer cost. */
export type Cost = {
  /** Seconds that the answer took, or would have taken where a table simulates it. */
  seconds: number;
  /** Whether a clock measured the seconds: those differ from run to run and stay out of the digest. */
  measured?: boolean;
};

/** Why a trial has no answer. The text is part of the log. */
export type Failure = {
  /** What kind of failure it was. */
  kind: FailureKind;
  /** What went wrong, in words. */
  message: string;
};

/** The kinds of failure that a run tells apart. */
export type FailureKind = "not-finite" | "panicked" | "missing" | "infeasible" | "crashed" | "failed";

/** One thing that an objective measures. */
export type Metric = {
  /** The name, e.g. `cifar10/val200`. */
  name: string;
  /** The unit, e.g. `%`, `s`; empty for a bare number. */
  unit: string;
  /** Whether larger or smaller is better. */
  direction: Direction;
};

/** Whether larger or smaller values are better. */
export type Direction = "maximise" | "minimise";

/** Every kind of objective that a user can name. */
export type ObjectiveSpec =
  | Words<"table" | "chain" | "nk" | "toy" | "supernet" | "function" | "digits" | "fashion-mnist" | "mnist" | "cifar10" | "folder">
  /** Results that are known: those of NAS-Bench-201, built in, or a table of your own by --table. */
  | ({ name: "table" } & TableOptions)
  /** A random landscape with a known optimum, for any space. */
  | ({ name: "chain" } & ChainOptions)
  /** Kauffman's NK landscape, as rugged as wanted, for any space. */
  | ({ name: "nk" } & NkOptions)
  /** The toy of RELAX: the better of two choices is hardly better. */
  | ({ name: "toy" } & ToyOptions)
  /** A network with every operation on every edge, trained once on the optical digits, its weights then fixed. */
  | ({ name: "supernet" } & SupernetOptions)
  /** A function of your own program, in Rust or in JavaScript; this says what it measures. */
  | ({ name: "function" } & FunctionOptions)
  /** A network trained on the optical digits, 1,797 images of 8 × 8; they are built in. */
  | ({ name: "digits" } & Training)
  /** A network trained on Fashion-MNIST, 70,000 images of 28 × 28. */
  | ({ name: "fashion-mnist" } & Training)
  /** A network trained on MNIST, 70,000 images of 28 × 28. */
  | ({ name: "mnist" } & Training)
  /** A network trained on CIFAR-10, 60,000 images of 32 × 32 in colour. */
  | ({ name: "cifar10" } & Training)
  /** A network trained on your own images: a folder with one folder of PNG or JPEG images for each class. */
  | ({ name: "folder" } & Training);

/** Which results are looked up. Without `arch_column` and `arch_columns` those of NAS-Bench-201, which are built in. */
export type TableOptions = {
  /** Metrics that are reported of a trial beside the one that the search looks at. */
  report_metrics?: readonly string[];
  /**
   * Whether the results that are built in have the metric that the search looks at, those of `report_metrics` and nothing
   * else, so that a page need not load the rest; an answer then costs nothing.
   */
  searched_only?: boolean;
  /** The column with the text of the architecture. */
  arch_column?: string;
  /** The columns with the choice at each position, in the order of the positions. */
  arch_columns?: readonly string[];
  /** The column with what an answer costs. */
  cost_column?: string;
  /** What a number of that column is multiplied with to give seconds; finite and > 0. */
  cost_scale?: number;
  /** Whether smaller values are better. */
  minimise?: boolean;
};

/** Options of `Chain`. */
export type ChainOptions = {
  /** Which landscape: the terms are drawn from it. */
  landscape?: number;
  /** The share of neighbour pairs with a term, in [0, 1]. */
  pairs?: number;
  /**
   * How far the extension to mixtures is from the multilinear one, in [0, 1]: the share p of a choice enters it as
   * p + bend · c · p (1 − p)², with a c in (−1, 1) for each choice, so that small shares of some count for more than
   * they are worth and of others for less. Architectures do not feel it.
   */
  bend?: number;
};

/** Options of `Nk`. */
export type NkOptions = {
  /** Which landscape: neighbourhoods and contributions are drawn from it. */
  landscape?: number;
  /**
   * Kauffman's K, the number of others that a position interacts with; 0 to L − 1. 0 is separable, L − 1 has no
   * structure at all. Not to be confused with K_l, the number of choices.
   */
  interactions?: number;
  /** With which others. */
  neighbourhood?: Neighbourhood;
};

/** With which other positions a position interacts. */
export type Neighbourhood = "adjacent" | "random";

/** Options of `Toy`. */
export type ToyOptions = {
  /**
   * t, in (0, 1): the choices of a position stand at equal distances from 0 to 1, and this is what they should be. The
   * closer it is to halfway between two of them, the less there is to learn from one answer.
   */
  target?: number;
  /**
   * How far the extension to mixtures is from the multilinear one, in [0, 1]: 1 is the toy of the source, 0 gives a mixture
   * the mean loss of its architectures. Architectures do not feel it.
   */
  bend?: number;
};

/**
 * A network of NAS-Bench-201 cells that holds every operation on every edge, trained once on the optical digits, its weights
 * then fixed: what is left to choose is the cell, hard or as a mixture, and the loss is that on fixed validation images.
 */
export type SupernetOptions = {
  /** C, the channels of the first stage; the next two have 2C and 4C. 1 to 32. */
  channels?: number;
  /** Passes over the training images, half of the steps on a path drawn uniformly and half on a mixture. 1 to 1000. */
  epochs?: number;
  /** Validation images that a loss is the mean of. 16 to 718. */
  images?: number;
  /** Names the weights before training and the order of everything that is drawn. */
  weights?: number;
  /** What stands before its convolutions and its classifier. */
  activation?: SupernetActivation;
};

/** The nonlinearity of a network. */
export type SupernetActivation = "relu" | "silu";

/** What a specification says of a function: what it measures. The function itself is with whoever runs the specification. */
export type FunctionOptions = {
  /** What it measures, 1 to 100, each name once; one `loss` without a unit, to be minimised, where nothing is named. */
  metrics?: readonly Metric[];
};

/** Size and training of a NAS-Bench-201 network: stem, three stages of cells with residual reductions between, head. */
export type Training = {
  /** C, the channels of the first stage; the next two have 2C and 4C. 1 to 256. */
  channels?: number;
  /** N, the cells of a stage. 1 to 20. */
  cells?: number;
  /** Passes over the training images. 1 to 1000. */
  epochs?: number;
  /** Images of a step. 2 to 4096. */
  batch_size?: number;
  /** The learning rate at the start; it falls to 0 along a cosine. In (0, 10]. */
  learning_rate?: number;
  /** Momentum of SGD (Nesterov), in [0, 1). */
  momentum?: number;
  /** L2 penalty on all weights, ≥ 0. */
  weight_decay?: number;
  /** Side in pixels that images are scaled to; `None` keeps their own. 4 to 256. */
  resolution?: number | null;
  /** Training images; `None` takes all that are left by the other two. */
  train_images?: number | null;
  /** Validation images; `None` takes half of those that are not test images, as NAS-Bench-201 does. */
  validation_images?: number | null;
  /** Test images; `None` takes the data set's own test part, or a fifth where it has none. */
  test_images?: number | null;
  /** Where the networks are trained. Results on another device differ in their last bits. */
  device?: string;
};

/** How a second metric enters the loss beside the one that the search looks at. */
export type ScalarisationSpec =
  | Words<"weighted-product" | "penalty" | "constraint">
  /** The search metric times a power of the second over its target. */
  | ({ name: "weighted-product" } & WeightedProduct)
  /** A price for every bit that the second is past its limit. */
  | ({ name: "penalty" } & Penalty)
  /** A trial whose second metric is past its limit fails. */
  | ({ name: "constraint" } & Constraint);

/**
 * Reward `v · (c / target)^w`, with w = `exponent_below` where c ≤ target, else `exponent_above`.
 *
 * # Source
 * Tan et al. 2019 (MnasNet), equations 2 and 3, with their soft constraint α = β = −0.07 as default; α = 0, β = −1 is their
 * hard one.
 * # Differs from the source
 * A search metric that is to be small is divided by the power. A second metric that is to be large enters as target / c.
 */
export type WeightedProduct = {
  /** The second metric, c. */
  metric: string;
  /** What it should be, in its own unit, > 0. */
  target: number;
  /** α, the exponent on the good side of the target. */
  exponent_below?: number;
  /** β, the exponent on the other side. */
  exponent_above?: number;
};

/** Loss + `weight` · the share by which the second metric is past `limit`. */
export type Penalty = {
  /** The second metric. */
  metric: string;
  /** What it may be, in its own unit, not 0. */
  limit: number;
  /** The price of being past it by as much as the limit itself, in units of the loss, ≥ 0. */
  weight: number;
};

/** The trial fails as `infeasible` where the second metric is past `limit`. */
export type Constraint = {
  /** The second metric. */
  metric: string;
  /** What it may be, in its own unit. */
  limit: number;
};

/** One decision: its name and the names of its choices. */
export type Position = {
  /** The name, e.g. `1<-0`; unique in its space. 1 to 100 bytes without comma, white space or control character. */
  name: string;
  /** The names of the choices, 1 to 256 of them, no two alike. As for the name, but single spaces may stand inside. */
  choices: readonly string[];
};

/**
 * Positions that a user wrote down. Text form: the names of the choices with commas between and nothing else.
 *
 * A choice may have single spaces inside, as in `conv 3x3`; the name of a position has none.
 */
export type Custom = {
  /** The L positions, in order. */
  positions: readonly Position[];
};

/**
 * A row of layers that a user wrote down, such as the blocks of a mobile network with kernel and expansion of each.
 *
 * Positions come in the order of the file, layer by layer: `LAYER.POSITION`. A layer that is repeated counts its copies,
 * `block1.kernel`, `block1.expansion`, `block2.kernel`, …; one without a name is `layer` with its place in the whole row.
 * Positions are an array and not a table of its names, since the order of a table's keys is lost in TOML and, for keys
 * such as `3`, in JavaScript.
 *
 * Text form: `/` between the choices of a layer and `,` between layers, in the order of the positions: `3/6,5/3,5/6,wide`.
 * So no choice has a `/` or a `,` in its name.
 */
export type Layers = {
  /** The layers, in order. */
  layers: readonly Layer[];
};

/** One layer, or several that are alike. */
export type Layer = {
  /** The name; no two layers of the row may come to have the same. A word without `.` or `,`. */
  name?: string;
  /** How often the layer stands in the row, one copy after the other, each with choices of its own; at least once. */
  repeat?: number;
  /** What can be chosen in the layer, at least one. */
  positions: readonly Position[];
};

/**
 * L positions, each with the characters that may stand there. Text form: the characters one after the other.
 *
 * Whatever a table writes as one character a position, such as `421211`, is an architecture of such a space, and is
 * written back as it was found.
 */
export type Characters = {
  /** The characters of each position, in the order of its choices, no two alike. */
  characters: readonly string[];
};

/** What is measured where. */
export type GradientSpec = {
  /** What can be chosen. */
  space: SpaceSpec;
  /** What is minimised. */
  objective: ObjectiveSpec;
  /** The metric that the loss is made of; the first of the objective where none is named. */
  metric?: string;
  /** The estimators, options behind a colon. */
  estimators: readonly string[];
  /** The temperatures of those that have one and do not name theirs; their own where there are none here. */
  temperatures?: readonly number[];
  /** Where all randomness comes from. */
  seed?: number;
  /** The logits of the policy, one row of choices after the other; the uniform policy where there are none. */
  logits?: readonly number[];
};

/** What came of the draws of an estimator. */
export type GradientRow = {
  /** The estimator as it was named, options included. */
  estimator: string;
  /** Its temperature; null for one that has none. */
  temperature: number | null;
  /** Why it is biased on this objective, as it says itself; null where it says that it is not. */
  claims_bias: string | null;
  /** How many draws there were. */
  draws: number;
  /** Their mean, in units of the loss, `[A]`. */
  gradient: readonly number[];
  /** ‖mean − exact‖, not corrected for the noise of the mean. */
  bias_norm: number;
  /** An interval that has the norm of the bias with 95 %; it begins at 0 where there may be none. */
  bias_ci: readonly [number, number];
  /**
   * The largest distance between an entry of the mean and of the exact gradient, in standard errors; null for infinitely
   * many, where an entry that does not vary is off.
   */
  deviations: number | null;
  /** The trace of the covariance of one draw. */
  variance: number;
  /** An interval that has it with 95 %. */
  variance_ci: readonly [number, number];
  /** The mean of ‖draw − exact‖². */
  mse: number;
  /** An interval that has it with 95 %. */
  mse_ci: readonly [number, number];
  /** The cosine between mean and exact gradient; null where one of them is 0. */
  cosine: number | null;
  /** Points that were asked for one draw, hard and soft ones together. */
  evaluations: number;
  /** Soft points among them. */
  soft_evaluations: number;
  /** Time of one draw, answers included; null where no clock was at hand. */
  microseconds: number | null;
};
