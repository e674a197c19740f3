//! Searches that train a supernet while they search: what they are made of, their options, and when they end.
//!
//! The published methods are [`Method`]s: names for a few lines of options.

mod method;
mod searcher;
mod watch;

use serde::{Deserialize, Serialize};

pub use method::Method;
pub use searcher::SupernetSearch;
#[cfg(feature = "network")]
pub(crate) use searcher::{derive, policy};
pub use watch::{Alarm, EarlyStopping, EigenvalueRule, SkipRule, alarmed};

use crate::bilevel::Hypergradient;
use crate::bilevel::first_order;
use crate::estimator::{EstimatorSpec, softmax};
use crate::named;
use crate::optimiser;
use crate::policy::PolicySpec;
use crate::space::Cells;

/// What the weights of a supernet are trained at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeightsAt {
    /// The mixture of all operations with the probabilities of the policy (DARTS).
    #[default]
    Mean,
    /// The first point that the estimator asks about: its noisy mixture, or the path that it draws.
    Plan,
    /// The path of an architecture drawn from the policy.
    Policy,
    /// The path of an architecture drawn uniformly.
    Uniform,
}

/// What batch normalisation does when the path of an architecture is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchNormPolicy {
    /// Normalises with statistics that are gathered anew along that path, over training images.
    #[default]
    Recalibrated,
    /// Normalises with the statistics of the images at hand.
    Batch,
}

/// Options of a search that trains a supernet. While it trains, norms take the statistics of the batch and neither scale nor
/// shift.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The estimator of the gradient by which the policy moves, and its options. A temperature with a final one falls to that
    /// over the whole search.
    #[serde(deserialize_with = "named::deserialize")]
    pub estimator: EstimatorSpec,
    /// How the slopes of mixtures count that weights move along with the policy.
    #[serde(deserialize_with = "named::deserialize")]
    pub hypergradient: Hypergradient,
    /// What the weights are trained at.
    pub weights_at: WeightsAt,
    /// Whether policy and weights learn from the same training images (SNAS) and not the policy from validation images.
    pub single_level: bool,
    /// The policy; the categorical one where none is named.
    #[serde(skip_serializing_if = "PolicySpec::is_default")]
    pub policy: PolicySpec,
    /// How far Adam moves the policy, in (0, 100].
    pub learning_rate: f64,
    /// Adam's decay of the mean of gradients, in [0, 1).
    pub beta1: f64,
    /// What Adam adds to the root of the mean square, in (0, 1].
    #[serde(skip_serializing_if = "is_adams")]
    pub epsilon: f64,
    /// L2 penalty on the parameters of the policy, ≥ 0.
    pub decay: f64,
    /// Steps of the policy in an epoch, after those of the weights; one before each step of the weights where it is not given. At
    /// most 100,000; with 0 it stays as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_steps: Option<u32>,
    /// The share of the epochs in which the policy stays as it is, in [0, 1).
    pub warm_up: f64,
    /// K: 1 / K of the channels pass through the operations of an edge (PC-DARTS). 1 to 16.
    pub partial_channels: usize,
    /// Whether the edges into a node have weights of their own beside those of their operations (PC-DARTS).
    pub edge_weights: bool,
    /// Whether of a corner of the mixtures only the operations that it is made of are run, and others have no slope (GDAS).
    pub sampled_slopes: bool,
    /// η: the loss is made larger by η times the share of the supernet's multiply-adds that a point has (SNAS). ≥ 0.
    pub cost_weight: f64,
    /// Architectures drawn from the policy at the end, all judged with the shared weights; 0 takes the derived one alone. At most
    /// 10,000.
    pub candidates: u32,
    /// Whether those are drawn uniformly and not from the policy.
    pub uniform_candidates: bool,
    /// What norms do when a path is judged.
    pub batch_norm: BatchNormPolicy,
    /// What happens when the derived architecture is about to consist of shortcuts.
    pub alarm: Alarm,
    /// When it ends before its epochs do.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "named::deserialize_option")]
    pub early_stopping: Option<EarlyStopping>,
    /// Epochs of the supernet; those of the objective where they are not given. 1 to 1000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<u32>,
}

/// As Adam has it by default.
const EPSILON: f64 = 1e-8;

fn is_adams(epsilon: &f64) -> bool {
    *epsilon == EPSILON
}

impl Default for Options {
    fn default() -> Self {
        Self {
            estimator: EstimatorSpec::Softmax(softmax::Options::default()),
            hypergradient: Hypergradient::FirstOrder(first_order::Options {}),
            weights_at: WeightsAt::Mean,
            single_level: false,
            policy: PolicySpec::default(),
            learning_rate: 0.1,
            beta1: 0.5,
            epsilon: EPSILON,
            decay: 1e-3,
            policy_steps: None,
            warm_up: 0.0,
            partial_channels: 1,
            edge_weights: false,
            sampled_slopes: false,
            cost_weight: 0.0,
            candidates: 0,
            uniform_candidates: false,
            batch_norm: BatchNormPolicy::Recalibrated,
            alarm: Alarm::Warn,
            early_stopping: None,
            epochs: None,
        }
    }
}

impl Options {
    /// Checks every range, and that the parts go together.
    ///
    /// # Errors
    /// Which option is not right, and what would be.
    pub fn check(&self) -> Result<(), String> {
        self.hypergradient.check().map_err(|reason| format!("hypergradient: {reason}"))?;
        optimiser::Adam::new(&self.optimiser(), 0)?;
        let needs = self.estimator.needs().map_err(|reason| format!("estimator: {reason}"))?;
        let estimator = self.estimator.name();
        if let EstimatorSpec::Exact(_) = self.estimator {
            return Err("estimator `exact` asks about every architecture for each step; take another".into());
        }
        let within = |name: &str, value: f64, most: f64, good: &str| {
            let inside = value >= 0.0 && value <= most;
            if inside { Ok(()) } else { Err(format!("{name} must be in [0, {most}], got {value}; try {good}")) }
        };
        within("decay", self.decay, 1000.0, "0.001")?;
        within("cost_weight", self.cost_weight, 1000.0, "0.1")?;
        if !(0.0..1.0).contains(&self.warm_up) {
            return Err(format!("warm_up must be in [0, 1), got {}; try 0.3", self.warm_up));
        }
        let whole = |name: &str, value: u64, least: u64, most: u64| {
            let inside = (least..=most).contains(&value);
            if inside { Ok(()) } else { Err(format!("{name} must be in {least}..={most}, got {value}")) }
        };
        whole("partial_channels", self.partial_channels as u64, 1, 16)?;
        whole("candidates", self.candidates.into(), 0, 10_000)?;
        whole("policy_steps", self.policy_steps.unwrap_or(1).into(), 0, 100_000)?;
        whole("epochs", self.epochs.unwrap_or(1).into(), 1, 1000)?;
        self.early_stopping.as_ref().map_or(Ok(()), EarlyStopping::check)?;
        if self.sampled_slopes {
            // Of a corner there is one operation on each edge, and of no other anything is known.
            if self.edge_weights {
                return Err("sampled_slopes leave weights of edges without slopes; take one of the two".into());
            }
            if !matches!(self.hypergradient, Hypergradient::FirstOrder(_)) {
                return Err(
                    "sampled_slopes go with hypergradient `first-order` alone: others need all operations".into()
                );
            }
        }
        if self.policy_steps == Some(0) && self.candidates == 0 {
            return Err("a policy that stands still derives nothing; give it candidates".into());
        }
        if !needs.soft {
            for (name, set) in [("edge_weights", self.edge_weights), ("sampled_slopes", self.sampled_slopes)] {
                if set {
                    return Err(format!(
                        "{name} is for estimators that ask about mixtures, and `{estimator}` does not"
                    ));
                }
            }
            if !matches!(self.hypergradient, Hypergradient::FirstOrder(_)) {
                return Err(format!(
                    "hypergradient `{}` is of the slopes of mixtures, and estimator `{estimator}` asks for none",
                    self.hypergradient.name()
                ));
            }
        }
        if needs.independent && !self.policy.is_default() {
            return Err(format!("estimator `{estimator}` needs the categorical policy; leave `policy` away"));
        }
        if self.weights_at == WeightsAt::Mean && !self.policy.is_default() {
            return Err("weights_at = \"mean\" needs the categorical policy; take \"policy\"".into());
        }
        if self.single_level && self.weights_at != WeightsAt::Plan {
            return Err("single_level learns both from one pass; it needs weights_at = \"plan\"".into());
        }
        if self.single_level && !matches!(self.hypergradient, Hypergradient::FirstOrder(_)) {
            return Err("single_level has no inner problem; leave `hypergradient` away".into());
        }
        Ok(())
    }

    /// Those of the policy's Adam.
    pub fn optimiser(&self) -> optimiser::Options {
        let Self { learning_rate, beta1, epsilon, .. } = *self;
        optimiser::Options { learning_rate, beta1, epsilon, ..optimiser::Options::default() }
    }

    /// Epochs in which the policy stays as it is.
    pub fn frozen(&self) -> u32 {
        (self.warm_up * f64::from(self.epochs.unwrap_or(1))) as u32
    }

    /// Whether the policy is over the edges of `cells` with all their operations, and not over the space itself: wherever
    /// mixtures are asked about.
    pub fn over_edges(&self) -> bool {
        self.weights_at == WeightsAt::Mean || self.estimator.needs().is_ok_and(|needs| needs.soft)
    }

    /// Whether mixtures of all operations are run, and not paths and corners alone.
    pub fn asks_about_mixtures(&self) -> bool {
        self.over_edges() && !self.sampled_slopes
    }

    /// Checks that the cells of a space can be searched so.
    ///
    /// # Errors
    /// What does not go together.
    pub fn suits(&self, cells: &Cells) -> Result<(), String> {
        if self.edge_weights && cells.kinds().iter().all(|cell| cell.edges.len() == cell.nodes - cell.inputs) {
            return Err(
                "edge_weights has nothing to weigh where every node has one edge; give it edge_weights=false".into()
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::named::parse;
    use crate::search::SearcherSpec;

    fn options(text: &str) -> Result<Options, String> {
        match parse::<SearcherSpec>(text)? {
            SearcherSpec::Supernet(options) => options.check().map(|()| options),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn parts_that_do_not_go_together_are_refused_in_words() {
        for (text, words) in [
            ("darts-v1:learning_rate=0", "learning_rate must be in (0, 100], got 0; try 0.1"),
            ("darts-v1:warm_up=1", "warm_up must be in [0, 1), got 1; try 0.3"),
            (
                "darts-v1:estimator=reinforce,edge_weights=true",
                "edge_weights is for estimators that ask about mixtures",
            ),
            ("darts-v2:estimator=reinforce", "hypergradient `unrolled` is of the slopes of mixtures"),
            ("darts-v1:policy=lstm", "estimator `softmax` needs the categorical policy"),
            ("darts-v1:single_level=true", "single_level learns both from one pass"),
            ("darts-v1:estimator=exact", "estimator `exact` asks about every architecture"),
            ("darts-v1:early_stopping=never", "unknown variant `never`"),
            ("gdas:edge_weights=true", "sampled_slopes leave weights of edges without slopes"),
            ("gdas:hypergradient=unrolled", "sampled_slopes go with hypergradient `first-order` alone"),
            ("rsps:candidates=0", "a policy that stands still derives nothing"),
            ("supernet:partial_channels=0", "partial_channels must be in 1..=16, got 0"),
        ] {
            let error = options(text).unwrap_err();
            assert!(error.starts_with(words), "{text}: {error}");
        }
    }

    #[test]
    fn the_warm_up_is_a_share_of_the_epochs() {
        let frozen = |epochs| Options { warm_up: 0.3, epochs: Some(epochs), ..Options::default() }.frozen();
        assert_eq!([1, 10, 50].map(frozen), [0, 3, 15]);
    }
}
