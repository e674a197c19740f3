//! REINFORCE leave-one-out: each sample's baseline is the mean of the others.

use serde::{Deserialize, Serialize};

use super::{Bias, Estimator, Needs, Plan, Ready, Reply, sample_with_scores, state};
use crate::objective::Relaxation;
use crate::policy::Policy;
use crate::random::Stream;

/// Options of [`Rloo`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// k, the number of samples of a batch; at least 2.
    pub samples: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { samples: 4 }
    }
}

/// ĝ = 1/(k − 1) · Σ_i (f(h_i) − f̄) · ∇_α log p_α(h_i), h_i ~ p_α independent, f̄ the mean of the k losses.
///
/// # Source
/// Kool, van Hoof and Welling 2019, equation (8).
/// # Differs from the source
/// Failed trials are left out; with fewer than two left there is no estimate.
/// # Cost
/// k evaluations of f for one gradient. Memory of the plan: the scores, `[k][A]`.
#[derive(Debug, Clone)]
pub struct Rloo {
    samples: usize,
    ready: Ready,
}

impl Rloo {
    /// # Errors
    /// If there are fewer than two samples, or more than 10,000.
    pub fn new(options: &Options) -> Result<Self, String> {
        match options.samples {
            samples @ 2..=10_000 => Ok(Self { samples, ready: Ready::default() }),
            other => Err(format!("samples must be in 2..=10000, got {other}; try 4")),
        }
    }
}

impl Estimator for Rloo {
    fn bias(&self, _: Option<Relaxation>) -> Bias {
        Bias::Unbiased
    }

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        sample_with_scores(policy, random, self.samples)
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let losses: Vec<f64> = replies.iter().flatten().map(|reply| reply.loss).collect();
        if losses.len() < 2 {
            return;
        }
        let mean = losses.iter().sum::<f64>() / losses.len() as f64;
        let parameters = plan.memory.len() / plan.points.len();
        let estimate = self.ready.start(parameters);
        for (reply, score) in replies.iter().zip(plan.memory.chunks_exact(parameters)) {
            let Some(reply) = reply else { continue };
            let weight = (reply.loss - mean) / (losses.len() - 1) as f64;
            estimate.iter_mut().zip(score).for_each(|(sum, score)| *sum += weight * score);
        }
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("rloo": ; ready);
}
