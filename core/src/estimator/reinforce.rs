//! REINFORCE: the score function times loss minus baseline.

use serde::{Deserialize, Serialize};

use super::baseline::RunningBaseline;
use super::{Baseline, Bias, Estimator, Plan, Reply, sample_with_scores};
use crate::policy::Policy;
use crate::random::Stream;

/// Options of [`Reinforce`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// What is taken from the loss.
    pub baseline: Baseline,
    /// The decay d of the baseline's running mean, in [0, 1).
    pub decay: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { baseline: Baseline::default(), decay: 0.9 }
    }
}

/// ĝ = (f(h) − b) · ∇_α log p_α(h), h ~ p_α.
///
/// # Source
/// Williams 1992, equation (4), for a loss instead of a reward.
/// # Differs from the source
/// With a debiased baseline the first answer only sets the baseline and gives no gradient.
/// # Cost
/// One evaluation of f for one gradient. Memory of the plan: the score, `[A]`.
#[derive(Debug, Clone)]
pub struct Reinforce {
    baseline: RunningBaseline,
    /// The estimate that waits to be fetched.
    ready: Option<Vec<f64>>,
}

impl Reinforce {
    /// # Errors
    /// If the decay is out of range.
    pub fn new(options: &Options) -> Result<Self, String> {
        Ok(Self { baseline: RunningBaseline::new(options.baseline, options.decay)?, ready: None })
    }
}

impl Estimator for Reinforce {
    fn bias(&self) -> Bias {
        Bias::Unbiased
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        sample_with_scores(policy, random, 1)
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let Some(reply) = &replies[0] else { return };
        self.ready = self.baseline.value().map(|baseline| {
            let advantage = reply.loss - baseline;
            let mut estimate = plan.memory;
            estimate.iter_mut().for_each(|score| *score *= advantage);
            estimate
        });
        self.baseline.update(reply.loss);
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        let Some(estimate) = self.ready.take() else { return false };
        gradient.copy_from_slice(&estimate);
        true
    }
}
