//! REINFORCE: the score function times loss minus baseline.

use serde::{Deserialize, Serialize};

use super::baseline::RunningBaseline;
use super::{Baseline, BaselineUpdate, Bias, Estimator, Needs, Plan, Ready, Reply, sample_with_scores, state};
use crate::objective::{Point, Relaxation};
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
    /// When the running mean takes a loss in: `after` its advantage is formed, or `before`, which is biased.
    pub baseline_update: BaselineUpdate,
    /// k, the architectures whose estimates are averaged to one gradient, in 1..=10000.
    pub samples: usize,
    /// w, the weight of the entropy that is added to the reward, in units of the loss per nat.
    pub entropy: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            baseline: Baseline::default(),
            decay: 0.9,
            baseline_update: BaselineUpdate::default(),
            samples: 1,
            entropy: 0.0,
        }
    }
}

/// `ĝ = 1/k · Σ_i (f_i − b) · ∇_α log p_α(h_i)`, h_i ~ p_α, `f_i = f(h_i) + w·log p_α(h_i)`.
///
/// The mean is `∇_α [ E[f] − w·H(p_α) ]`, since `∇H = −E[log p ∇log p]`: the entropy enters as a number beside the loss, as
/// in ENAS, which costs nothing and asks the policy for no gradient of its entropy.
///
/// # Source
/// Williams 1992, equation (4), for a loss instead of a reward; the mean over k as in Zoph and Le 2017, section 3.2.
/// # Differs from the source
/// With a debiased baseline the first plan only sets the baseline and gives no gradient. All answers of a plan have one
/// baseline, that of the answers before it, unless `baseline_update` is `before`: then each counts before its advantage.
/// Failed trials are left out of the mean.
/// # Cost
/// k evaluations of f for one gradient. Memory of the plan: the scores, `[k][A]`, and with an entropy log p, `[k]`.
#[derive(Debug, Clone)]
pub struct Reinforce {
    options: Options,
    baseline: RunningBaseline,
    ready: Ready,
}

impl Reinforce {
    /// # Errors
    /// If an option is out of range.
    pub fn new(options: &Options) -> Result<Self, String> {
        let Options { baseline, decay, baseline_update, samples, entropy } = *options;
        if !(1..=10_000).contains(&samples) {
            return Err(format!("samples must be in 1..=10000, got {samples}; try 1"));
        }
        if !(entropy.is_finite() && entropy >= 0.0) {
            return Err(format!("entropy must be finite and ≥ 0, got {entropy}; try 0"));
        }
        if baseline_update == BaselineUpdate::Before && decay == 0.0 {
            return Err(
                "decay must be in (0, 1) with baseline_update `before`, got 0, which leaves no advantage; try 0.9"
                    .into(),
            );
        }
        let baseline = RunningBaseline::new(baseline, decay)?;
        Ok(Self { options: options.clone(), baseline, ready: Ready::default() })
    }
}

impl Estimator for Reinforce {
    fn bias(&self, _: Option<Relaxation>) -> Bias {
        match (self.options.baseline_update, self.options.baseline) {
            (BaselineUpdate::After, _) | (_, Baseline::None) => Bias::Unbiased,
            (BaselineUpdate::Before, Baseline::Ema | Baseline::DebiasedEma) => {
                Bias::Biased("the baseline holds a share of the very loss that it is taken from")
            }
        }
    }

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let mut plan = sample_with_scores(policy, random, self.options.samples);
        if self.options.entropy > 0.0 {
            let log_probability = |point: &Point| match point {
                Point::Hard(h) => policy.log_probability(h),
                Point::Soft(_) => unreachable!("hard points were drawn just above"),
            };
            plan.memory.extend(plan.points.iter().map(log_probability));
        }
        plan
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let Options { baseline_update, samples, entropy, .. } = self.options;
        let of_entropy = if entropy > 0.0 { samples } else { 0 };
        let (scores, log_probabilities) = plan.memory.split_at(plan.memory.len() - of_entropy);
        let parameters = scores.len() / samples;
        let before_all = self.baseline.value();
        let answered = replies.iter().flatten().count() as f64;
        let (into, mut any) = (self.ready.start(parameters), false);
        for (i, (reply, score)) in replies.iter().zip(scores.chunks_exact(parameters)).enumerate() {
            let Some(reply) = reply else { continue };
            let loss = reply.loss + log_probabilities.get(i).map_or(0.0, |log_probability| entropy * log_probability);
            self.baseline.update(loss);
            let baseline = match baseline_update {
                BaselineUpdate::After => before_all,
                BaselineUpdate::Before => self.baseline.value(),
            };
            let Some(baseline) = baseline else { continue };
            let weight = (loss - baseline) / answered;
            into.iter_mut().zip(score).for_each(|(sum, score)| *sum += weight * score);
            any = true;
        }
        if !any {
            self.ready = Ready::default();
        }
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("reinforce": baseline; ready);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_out_of_range_say_which() {
        let default = Options::default;
        for (options, message) in [
            (Options { samples: 0, ..default() }, "samples must be in 1..=10000, got 0; try 1"),
            (Options { entropy: f64::NAN, ..default() }, "entropy must be finite and ≥ 0, got NaN; try 0"),
            (
                Options { decay: 0.0, baseline_update: BaselineUpdate::Before, ..default() },
                "decay must be in (0, 1) with baseline_update `before`, got 0, which leaves no advantage; try 0.9",
            ),
        ] {
            assert_eq!(Reinforce::new(&options).unwrap_err(), message);
        }
    }
}
