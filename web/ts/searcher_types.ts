/**
 * How a searcher is named. Made by `cargo xtask types` from the Rust types and their documentation: not to be edited.
 */

import type { Words } from "./core_types.js";

/** Every searcher that a user can name; the name of a `Preset` is read as the searcher that it stands for. */
export type SearcherSpec =
  | Words<"random" | "evolution" | "local" | "tpe" | "reinforce" | "rloo" | "ppo" | "successive-halving" | "hyperband" | "asha" | Preset>
  | { name: Preset; [option: string]: unknown }
  /** Uniform sampling: the baseline that others have to beat. */
  | ({ name: "random" } & RandomOptions)
  /** Regularised evolution: mutate the best of a sample, retire the oldest. */
  | ({ name: "evolution" } & EvolutionOptions)
  /** Local search: move to the best neighbour, restart where none is better. */
  | ({ name: "local" } & LocalOptions)
  /** The tree-structured Parzen estimator: draw like the good trials, prefer what the bad ones are not. */
  | ({ name: "tpe" } & TpeOptions)
  /** A policy that learns by the score function with a running baseline. */
  | ({ name: "reinforce" } & PolicyGradientOptions<ReinforceOptions>)
  /** A policy that learns by the score function, each batch its own baseline. */
  | ({ name: "rloo" } & PolicyGradientOptions<RlooOptions>)
  /** A policy that learns by clipped probability ratios, several steps for each batch. */
  | ({ name: "ppo" } & PolicyGradientOptions<PpoOptions>)
  /** Successive halving: train many a little, go on with the best of them, and again. */
  | ({ name: "successive-halving" } & SuccessiveHalvingOptions)
  /** Hyperband: successive halving from every rung in turn. */
  | ({ name: "hyperband" } & RungOptions)
  /** ASHA: successive halving that never waits for a rung to be full. */
  | ({ name: "asha" } & RungOptions);

/**
 * A published searcher by name.
 *
 * It stands wherever a searcher is named, with options that win over its own: `enas`, `enas:lr=0.01`,
 * `enas:policy.hidden=32`, `{"name": "enas", "policy": {"hidden": 32}}`. What is read is the ordinary `SearcherSpec`,
 * so that a written specification holds every value and does not depend on the preset. A table for `policy` without a
 * name refines the preset's policy; a name begins anew.
 *
 * # Differs from the sources
 * All of them: our loss takes the place of 1 − reward in the objective's own unit. The sources' rewards lie in \[0, 1\];
 * for a loss in percent, the weights of entropy count for a hundredth and `epsilon` and `clip_norm` are reached a
 * hundred times later. The spaces are ours, so that a controller has one embedding and one softmax for each position.
 * What else differs is said for each.
 */
export type Preset = "zoph2017" | "nasnet" | "enas" | "nats-reinforce" | "nekrasov-ppo";

/** Options of `RandomSearch`: none. */
export type RandomOptions = {};

/** Options of `Evolution`. The defaults are those of NATS-Bench (Dong et al. 2021). */
export type EvolutionOptions = {
  /** P, how many of the last trials are alive; 1 to 1,000,000. */
  population?: number;
  /** S, how many are drawn, with replacement, to find a parent; 1 to 1,000,000. */
  sample?: number;
};

/** Options of `Local`. */
export type LocalOptions = {
  /** When to move. */
  step?: Move;
};

/** When to move. */
export type Move = "best-improvement" | "first-improvement";

/** Options of `Tpe`. */
export type TpeOptions = {
  /** γ, the share of the trials that are good, in (0, 1). Less of it searches closer to the best. */
  gamma?: number;
  /** How many architectures are drawn, to ask the most promising; 1 to 10,000. Fewer repeat less. */
  candidates?: number;
  /** How many trials have to succeed before anything is learned from them; 0 to 1,000,000. */
  startup?: number;
  /** w, how many times each choice counts as seen beforehand, in both groups; in (0, 1000]. More of it explores more. */
  prior_weight?: number;
};

/** Options of a policy-gradient searcher: those of its three parts, side by side but for the policy's, which have a table. */
export type PolicyGradientOptions<E> = OptimiserOptions & E & {
  /** The policy and its options; the categorical one where none is named. */
  policy?: PolicySpec;
};

/** Options of `Adam`. */
export type OptimiserOptions = {
  /** The step size, in (0, 100]; `lr` for short. */
  learning_rate?: number;
  /** β₁, the decay of the mean of gradients, in [0, 1); 0 follows the last gradient alone. */
  beta1?: number;
  /** ε, in (0, 1]: gradients much smaller than this, in units of the loss, move nothing. */
  epsilon?: number;
  /**
   * The longest gradient, in units of the loss: a longer one is shortened to it before the step. In (0, 10⁹]; none
   * where it is not given.
   */
  clip_norm?: number;
};

/** Options of `successive-halving`: those of its rungs, and how many begin. */
export type SuccessiveHalvingOptions = {
  /** η: one of so many candidates of a rung goes on, to so many times the epochs. 2 to 10. */
  eta?: number;
  /** r, the least epochs of the lowest rung. 1 to `max_epochs`. */
  min_epochs?: number;
  /**
   * R, the epochs of the highest rung; those of the objective's training where none are named, 9 where it has none. 1 to
   * 1000, and no more than the objective trains for.
   */
  max_epochs?: number;
  /** n, the candidates of the lowest rung; η^s where none are named, so that one of them reaches R. 1 to 100,000. */
  candidates?: number;
};

/** Which rungs there are: options of `hyperband` and `asha`, and a part of those of `successive-halving`. */
export type RungOptions = {
  /** η: one of so many candidates of a rung goes on, to so many times the epochs. 2 to 10. */
  eta?: number;
  /** r, the least epochs of the lowest rung. 1 to `max_epochs`. */
  min_epochs?: number;
  /**
   * R, the epochs of the highest rung; those of the objective's training where none are named, 9 where it has none. 1 to
   * 1000, and no more than the objective trains for.
   */
  max_epochs?: number;
};

/** Options of `Reinforce`. */
export type ReinforceOptions = {
  /** What is taken from the loss. */
  baseline?: Baseline;
  /** The decay d of the baseline's running mean, in [0, 1). */
  decay?: number;
  /** When the running mean takes a loss in: `after` its advantage is formed, or `before`, which is biased. */
  baseline_update?: BaselineUpdate;
  /** k, the architectures whose estimates are averaged to one gradient, in 1..=10000. */
  samples?: number;
  /** w, the weight of the entropy that is added to the reward, in units of the loss per nat. */
  entropy?: number;
};

/** Options of `Rloo`. */
export type RlooOptions = {
  /** k, the number of samples of a batch; at least 2. */
  samples?: number;
};

/** Options of `Ppo`. */
export type PpoOptions = {
  /** ε: the ratio of new to old probability is clipped to [1 − ε, 1 + ε]; in (0, 1). */
  clip?: number;
  /** Fresh architectures for each round of steps. */
  samples?: number;
  /** How many of the last answers a round goes through, at least `samples`; more than that replays old ones. */
  window?: number;
  /** How often a round goes through them. */
  epochs?: number;
  /** Answers for one step. */
  minibatch?: number;
  /** Weight of the entropy that is added to the reward, in units of the loss per nat. */
  entropy?: number;
  /** What is taken from the loss. */
  baseline?: Baseline;
  /** The decay of the baseline's running mean, in [0, 1). */
  decay?: number;
};

/**
 * A baseline b for the advantage f(h) − b.
 *
 * It never depends on the loss that it is taken from, so that E[b · ∇ log p] = 0 and the estimator stays unbiased; unless
 * it is asked to, see `BaselineUpdate`.
 */
export type Baseline = "none" | "ema" | "debiased-ema";

/** When a running mean takes a loss in. */
export type BaselineUpdate = "after" | "before";

/** Every kind of policy that a user can name, as a word or as a table with `name`. */
export type PolicySpec =
  | Words<"categorical" | "lstm">
  /** Independent softmax logits for each position. */
  | ({ name: "categorical" })
  /** A recurrent network that sees what it chose before. */
  | ({ name: "lstm" } & LstmOptions);

/** Options of `Lstm`. */
export type LstmOptions = {
  /** H, the units of a layer, in 1..=512. */
  hidden?: number;
  /** Layers, one on top of the other, in 1..=4. */
  layers?: number;
  /** T, by which logits are divided, in (0, 100]: above 1 the policy starts closer to uniform and learns slower. */
  temperature?: number;
  /**
   * c, in [0, 100]: logits are c·tanh(logits / T), so that no choice can be more than e²ᶜ times as probable as
   * another; 0 leaves them as they are.
   */
  tanh_constant?: number;
  /** Parameters start uniform on (−init, init); in (0, 10]. */
  init?: number;
};
