/**
 * How a searcher is named. Made by `cargo xtask types` from the Rust types and their documentation: not to be edited.
 */

import type { Words } from "./core_types.js";

/** An estimator of the gradient of a policy. */
export type EstimatorSpec =
  | Words<"reinforce" | "rloo" | "ppo" | "softmax" | "concrete" | "straight-through" | "reinmax" | "gumbel-rao" | "dirichlet" | "unordered-set" | "rebar" | "relax" | "lax" | "muprop" | "arm" | "disarm" | "indecater" | "nvil">
  | ({ name: "reinforce" } & ReinforceOptions)
  | ({ name: "rloo" } & RlooOptions)
  | ({ name: "ppo" } & PpoOptions)
  | ({ name: "softmax" } & SoftmaxOptions)
  | ({ name: "concrete" } & ConcreteOptions)
  | ({ name: "straight-through" } & StraightThroughOptions)
  | ({ name: "reinmax" } & ReinMaxOptions)
  | ({ name: "gumbel-rao" } & GumbelRaoOptions)
  | ({ name: "dirichlet" } & DirichletOptions)
  | ({ name: "unordered-set" } & UnorderedSetOptions)
  | ({ name: "rebar" } & RebarOptions)
  | ({ name: "relax" } & RelaxOptions)
  | ({ name: "lax" } & LaxOptions)
  | ({ name: "muprop" } & MuPropOptions)
  | ({ name: "arm" } & ArmOptions)
  | ({ name: "disarm" } & DisArmOptions)
  | ({ name: "indecater" } & IndeCateROptions)
  | ({ name: "nvil" } & NvilOptions);

/**
 * Every searcher that a user can name: those of this list, every estimator, and the name of a `Preset`, which is read as
 * the searcher that it stands for.
 */
export type SearcherSpec =
  | Words<"random" | "evolution" | "local" | "tpe" | "reinforce" | "rloo" | "ppo" | "softmax" | "concrete" | "straight-through" | "reinmax" | "gumbel-rao" | "dirichlet" | "unordered-set" | "rebar" | "relax" | "lax" | "muprop" | "arm" | "disarm" | "indecater" | "nvil" | "successive-halving" | "hyperband" | "asha" | "supernet" | Preset | Method>
  | { name: Preset | Method; [option: string]: unknown }
  /** Uniform sampling: the baseline that others have to beat. */
  | ({ name: "random" } & RandomOptions)
  /** Regularised evolution: mutate the best of a sample, retire the oldest. */
  | ({ name: "evolution" } & EvolutionOptions)
  /** Local search: move to the best neighbour, restart where none is better. */
  | ({ name: "local" } & LocalOptions)
  /** The tree-structured Parzen estimator: draw like the good trials, prefer what the bad ones are not. */
  | ({ name: "tpe" } & TpeOptions)
  /** The score function times loss minus baseline, one sample at a time. */
  | ({ name: "reinforce" } & ReinforceOptions & PolicyGradientOptions)
  /** REINFORCE with the other samples of the batch as baseline. */
  | ({ name: "rloo" } & RlooOptions & PolicyGradientOptions)
  /** Clipped probability ratios, several steps for one batch. */
  | ({ name: "ppo" } & PpoOptions & PolicyGradientOptions)
  /** DARTS: the loss of the mean mixture in place of the mean loss. */
  | ({ name: "softmax" } & SoftmaxOptions & PolicyGradientOptions)
  /** Gumbel-softmax (SNAS): a noisy mixture, differentiated through its noise. */
  | ({ name: "concrete" } & ConcreteOptions & PolicyGradientOptions)
  /** A hard choice forward, the softmax backward. */
  | ({ name: "straight-through" } & StraightThroughOptions & PolicyGradientOptions)
  /** Straight-through of second order. */
  | ({ name: "reinmax" } & ReinMaxOptions & PolicyGradientOptions)
  /** Straight-through Gumbel-softmax (GDAS), averaged over the noise that leads to the same choice. */
  | ({ name: "gumbel-rao" } & GumbelRaoOptions & PolicyGradientOptions)
  /** DrNAS: mixtures drawn from a Dirichlet distribution. */
  | ({ name: "dirichlet" } & DirichletOptions & PolicyGradientOptions)
  /** Samples without replacement, each with a share of the weight and the others as its baseline. */
  | ({ name: "unordered-set" } & UnorderedSetOptions & PolicyGradientOptions)
  /** The score function, less a relaxed loss whose gradient is put back. */
  | ({ name: "rebar" } & RebarOptions & PolicyGradientOptions)
  /** The score function, less a learned loss whose gradient is put back. */
  | ({ name: "relax" } & RelaxOptions & PolicyGradientOptions)
  /** The score function, less a learned function of the noise behind the choice. */
  | ({ name: "lax" } & LaxOptions & PolicyGradientOptions)
  /** DARTS made unbiased: the score function for what a linear loss leaves out. */
  | ({ name: "muprop" } & MuPropOptions & PolicyGradientOptions)
  /** Binary choices: the difference between a draw and its mirror image. */
  | ({ name: "arm" } & ArmOptions & PolicyGradientOptions)
  /** Binary choices: ARM with its noise summed out. */
  | ({ name: "disarm" } & DisArmOptions & PolicyGradientOptions)
  /** One draw, and every change of one of its choices. */
  | ({ name: "indecater" } & IndeCateROptions & PolicyGradientOptions)
  /** The score function with a learned baseline for each position, which knows the choices before it. */
  | ({ name: "nvil" } & NvilOptions & PolicyGradientOptions)
  /** Successive halving: train many a little, go on with the best of them, and again. */
  | ({ name: "successive-halving" } & SuccessiveHalvingOptions)
  /** Hyperband: successive halving from every rung in turn. */
  | ({ name: "hyperband" } & RungOptions)
  /** ASHA: successive halving that never waits for a rung to be full. */
  | ({ name: "asha" } & RungOptions)
  /** Train one network that holds all architectures, and a policy beside its weights. */
  | ({ name: "supernet" } & SupernetSearchOptions);

/**
 * A published searcher by name.
 *
 * It stands wherever a searcher is named, with options that win over its own: `enas`, `enas:lr=0.01`,
 * `nasnet:policy.hidden=32`, `{"name": "nasnet", "policy": {"hidden": 32}}`. What is read is the ordinary `SearcherSpec`,
 * so that a written specification holds every value and does not depend on the preset. A table for `policy` without a
 * name refines the preset's policy; a name begins anew.
 *
 * # Differs from the sources
 * All of them: our loss takes the place of 1 − reward in the objective's own unit. The sources' rewards lie in \[0, 1\];
 * for a loss in percent, the weights of entropy count for a hundredth and `epsilon` and `clip_norm` are reached a
 * hundred times later. The spaces are ours, so that a controller has one embedding and one softmax for each position.
 * What else differs is said for each.
 */
export type Preset = "zoph2017" | "nasnet" | "enas-controller" | "nats-reinforce" | "nekrasov-ppo";

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

/**
 * Options of a policy-gradient searcher: those of its three parts, side by side but for the policy's, which have a table. It
 * is named by its estimator.
 */
export type PolicyGradientOptions = OptimiserOptions & {
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

/**
 * Options of a search that trains a supernet. While it trains, norms take the statistics of the batch and neither scale nor
 * shift.
 */
export type SupernetSearchOptions = {
  /**
   * The estimator of the gradient by which the policy moves, and its options. A temperature with a final one falls to that
   * over the whole search.
   */
  estimator?: EstimatorSpec;
  /** How the slopes of mixtures count that weights move along with the policy. */
  hypergradient?: Hypergradient;
  /** What the weights are trained at. */
  weights_at?: WeightsAt;
  /** Whether policy and weights learn from the same training images (SNAS) and not the policy from validation images. */
  single_level?: boolean;
  /** The policy; the categorical one where none is named. */
  policy?: PolicySpec;
  /** How far Adam moves the policy, in (0, 100]. */
  learning_rate?: number;
  /** Adam's decay of the mean of gradients, in [0, 1). */
  beta1?: number;
  /** What Adam adds to the root of the mean square, in (0, 1]. */
  epsilon?: number;
  /** L2 penalty on the parameters of the policy, ≥ 0. */
  decay?: number;
  /**
   * Steps of the policy in an epoch, after those of the weights; one before each step of the weights where it is not given. At
   * most 100,000; with 0 it stays as it is.
   */
  policy_steps?: number;
  /** The share of the epochs in which the policy stays as it is, in [0, 1). */
  warm_up?: number;
  /** K: 1 / K of the channels pass through the operations of an edge (PC-DARTS). 1 to 16. */
  partial_channels?: number;
  /** Whether the edges into a node have weights of their own beside those of their operations (PC-DARTS). */
  edge_weights?: boolean;
  /** Whether of a corner of the mixtures only the operations that it is made of are run, and others have no slope (GDAS). */
  sampled_slopes?: boolean;
  /** η: the loss is made larger by η times the share of the supernet's multiply-adds that a point has (SNAS). ≥ 0. */
  cost_weight?: number;
  /**
   * Architectures drawn from the policy at the end, all judged with the shared weights; 0 takes the derived one alone. At most
   * 10,000.
   */
  candidates?: number;
  /** Whether those are drawn uniformly and not from the policy. */
  uniform_candidates?: boolean;
  /** What norms do when a path is judged. */
  batch_norm?: BatchNormPolicy;
  /** What happens when the derived architecture is about to consist of shortcuts. */
  alarm?: Alarm;
  /** When it ends before its epochs do. */
  early_stopping?: EarlyStopping;
  /** Epochs of the supernet; those of the objective where they are not given. 1 to 1000. */
  epochs?: number;
};

/** What the weights of a supernet are trained at. */
export type WeightsAt = "mean" | "plan" | "policy" | "uniform";

/** What batch normalisation does when the path of an architecture is judged. */
export type BatchNormPolicy = "recalibrated" | "batch";

/**
 * A published search that trains a supernet, or one of the estimators of this crate put to that.
 *
 * It stands wherever a searcher is named, with options that win over its own: `darts-v2`, `gdas:learning_rate=0.003`.
 *
 * # Differs from the sources
 * The learning rates of their policies (3e-4 to 6e-4) are for some 20,000 steps; ours are for some hundred. Ranges of epochs are
 * shares of the search. Where a controller's reward was the accuracy of a batch, ours is its loss. Images are not augmented. The weights are trained as the objective says, along a cosine that ends at
 * 0, by plain momentum, with gradients no longer than 5.
 */
export type Method = "darts-v1" | "darts-v2" | "idarts" | "snas" | "gdas" | "pc-darts" | "drnas" | "enas" | "rsps" | "reinforce-supernet" | "rebar-supernet" | "relax-supernet" | "muprop-supernet";

/** What happens when the derived architecture is about to consist of shortcuts. */
export type Alarm = "off" | "warn" | "stop";

/** A rule by which a search ends before its epochs do. The architecture is that of an earlier epoch. */
export type EarlyStopping =
  | Words<"eigenvalue" | "skips">
  /** When the curvature in the policy's logits has grown too fast. */
  | ({ name: "eigenvalue" } & EigenvalueRule)
  /** When the derived cell has too many skips. */
  | ({ name: "skips" } & SkipRule);

/**
 * The training ends when the largest eigenvalue of the curvature in the policy's logits, averaged over `window` epochs, has grown by
 * more than `ratio` within `back` epochs; the architecture is that of before.
 *
 * # Source
 * Zela et al. 2020 (RobustDARTS), section 4.3.
 */
export type EigenvalueRule = {
  /** Above 1. */
  ratio?: number;
  /** Epochs, from 1. */
  window?: number;
  /** Epochs, from 1. */
  back?: number;
  /** The first epoch at which it may end, from 1. */
  not_before?: number;
};

/**
 * The training ends when the derived normal cell has `most` skips; the architecture is that of the last epoch that had fewer, and
 * while there is none it goes on.
 *
 * # Source
 * Liang et al. 2019 (DARTS+), criterion 1.
 * # Differs from the source
 * At the start, where the policy is undecided and its largest choices are chance, the rule waits: `not_before`.
 */
export type SkipRule = {
  /** From 1. */
  most?: number;
  /** The first epoch at which it may end, from 1. */
  not_before?: number;
};

/**
 * Every way to the hypergradient that a user can name.
 *
 * iDARTS (Zhang et al. 2021) is `neumann` with a few terms on a batch: what is random about it is the problem's.
 */
export type Hypergradient =
  | Words<"first-order" | "unrolled" | "neumann" | "conjugate-gradient" | "exact">
  /** DARTS, first order: as if the weights stood still. */
  | ({ name: "first-order" } & FirstOrderOptions)
  /** DARTS, second order: through one step of the inner optimiser. */
  | ({ name: "unrolled" } & UnrolledOptions)
  /** The inverse Hessian as a power series; with a few terms iDARTS. */
  | ({ name: "neumann" } & NeumannOptions)
  /** The inverse Hessian by conjugate gradients. */
  | ({ name: "conjugate-gradient" } & ConjugateGradientOptions)
  /** The Hessian itself, column by column, for up to 2000 weights. */
  | ({ name: "exact" } & ExactHypergradientOptions);

/** Options of `super::Hypergradient::FirstOrder`: none. */
export type FirstOrderOptions = {};

/** Options of `super::Hypergradient::Unrolled`. */
export type UnrolledOptions = {
  /** How far its difference steps to either side, as a distance in w, in [1e-12, 100]. */
  epsilon?: number;
};

/** Options of `super::Hypergradient::Neumann`. */
export type NeumannOptions = {
  /** K, the number of terms, 1 to 10,000. */
  terms?: number;
  /**
   * γ, in [1e-9, 1000]; the inner learning rate where it is not given. The series converges for γ < 2 / λ, λ being the largest
   * curvature of the inner loss.
   */
  step?: number;
  /** How far its differences step to either side, as a distance in w, in [1e-12, 100]. */
  epsilon?: number;
};

/** Options of `super::Hypergradient::ConjugateGradient`. */
export type ConjugateGradientOptions = {
  /** The most iterations, 1 to 10,000. */
  iterations?: number;
  /** What is added to every curvature, in [0, 1e6]: the inverse stays bounded where the inner loss is flat, at the price of a bias. */
  damping?: number;
  /** How far its differences step to either side, as a distance in w, in [1e-12, 100]. */
  epsilon?: number;
};

/** Options of `super::Hypergradient::Exact`. */
export type ExactHypergradientOptions = {
  /** How far its differences step to either side, as a distance in w, in [1e-12, 100]. */
  epsilon?: number;
};

/** What the control variate is made of. */
export type ControlVariate = "network" | "relaxed-and-network";

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

/** Options of `Softmax`: none. */
export type SoftmaxOptions = {};

/** Options of `Concrete`. */
export type ConcreteOptions = {
  /** τ, in [0.01, 1000]: the lower, the closer the mixtures are to architectures and the larger is the variance. */
  temperature?: number;
  /** τ after `anneal` plans, on a straight line from `temperature`; that of all plans where it is not given. */
  final_temperature?: number;
  /** After how many plans the temperature is the final one; 1 to 1,000,000,000. */
  anneal?: number;
};

/** Options of `StraightThrough`: none. */
export type StraightThroughOptions = {};

/** Options of `ReinMax`. */
export type ReinMaxOptions = {
  /** τ of the softmax that the draw is averaged with, in [0.01, 1000]; its authors advise 1 or more. */
  temperature?: number;
};

/** Options of `GumbelRao`. */
export type GumbelRaoOptions = {
  /** τ, in [0.01, 1000]. */
  temperature?: number;
  /** τ after `anneal` plans, on a straight line from `temperature`; that of all plans where it is not given. */
  final_temperature?: number;
  /** After how many plans the temperature is the final one; 1 to 1,000,000,000. */
  anneal?: number;
  /**
   * Draws of the noise for each choice, 1 to 1000, which cost no evaluation; 1 is the plain straight-through
   * Gumbel-softmax.
   */
  samples?: number;
};

/** Options of `Dirichlet`. */
export type DirichletOptions = {
  /** s, the sum of the parameters of each position, in [0.5, 100]: the larger, the closer the mixtures are to the mean. */
  concentration?: number;
};

/** Options of `UnorderedSet`. */
export type UnorderedSetOptions = {
  /** k, the different architectures of a plan, 2 to 12; all of a space that has no more. */
  samples?: number;
};

/** Options of `Rebar`. */
export type RebarOptions = {
  /** λ to begin with, in [0.01, 1000]. */
  initial_temperature?: number;
  /** Whether λ is learned, which takes two more soft points for each gradient. */
  learn_temperature?: boolean;
  /** η to begin with: the weight of the relaxed loss, which is always learned. */
  initial_weight?: number;
  /** The step size of Adam for η and log λ, in [0, 1]; 0 leaves both as they are. */
  control_variate_rate?: number;
};

/** Options of `Relax`. */
export type RelaxOptions = {
  /** What the control variate is made of. */
  control_variate?: ControlVariate;
  /** Hidden units of the network, in 1..=256. */
  units?: number;
  /** The temperature at which the network sees z, in [0.01, 1000]. */
  surrogate_temperature?: number;
  /** The step size of Adam for its weights, in (0, 100]. */
  surrogate_rate?: number;
};

/** Options of `Lax`. */
export type LaxOptions = {
  /** Hidden units of the network, in 1..=256. */
  units?: number;
  /** The temperature at which the network sees z, in [0.01, 1000]. */
  surrogate_temperature?: number;
  /** The step size of Adam for its weights, in (0, 100]. */
  surrogate_rate?: number;
};

/** Options of `MuProp`: none. */
export type MuPropOptions = {};

/** Options of `Arm`: none. */
export type ArmOptions = {};

/** Options of `DisArm`: none. */
export type DisArmOptions = {};

/** Options of `IndeCateR`: none. */
export type IndeCateROptions = {};

/** Options of `Nvil`. */
export type NvilOptions = {
  /** The step of the learned baselines, as a share of what they are off by, in (0, 1]. */
  baseline_rate?: number;
  /** The decay of the running mean and variance of the losses, in [0, 1). */
  decay?: number;
  /**
   * Whether the signal is divided by its running standard deviation where that exceeds 1, as in the source: that scales
   * the gradient, which is then biased.
   */
  normalise?: boolean;
};
