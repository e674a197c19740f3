//! NVIL: each position has a learned baseline that knows the choices before it.

use serde::{Deserialize, Serialize};

use super::baseline::{Baseline, RunningBaseline};
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, independent, state};
use crate::numeric;
use crate::objective::{Point, Relaxation};
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// Options of [`Nvil`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The step of the learned baselines, as a share of what they are off by, in (0, 1].
    pub baseline_rate: f64,
    /// The decay of the running mean and variance of the losses, in [0, 1).
    pub decay: f64,
    /// Whether the signal is divided by its running standard deviation where that exceeds 1, as in the source: that scales
    /// the gradient, which is then biased.
    pub normalise: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { baseline_rate: 0.02, decay: 0.8, normalise: false }
    }
}

/// `ĝ = Σ_l (f(h) − c − c_l(h_1..h_{l−1})) ∇_α log p_l(h_l)`, h ~ p, c a running mean and c_l linear in the choices before l.
///
/// A baseline that does not depend on h_l takes nothing from the mean, since E[∇ log p_l(h_l)] = 0 given the rest.
///
/// # Source
/// Mnih and Gregor 2014, algorithm 1, with the local signals of its section 2.3.
/// # Differs from the source
/// There is no input for the baselines to see but the earlier choices, and they are linear. The variance is divided out only
/// on request.
/// # Cost
/// One hard point. Memory of the plan: p, `[A]`.
#[derive(Debug, Clone)]
pub struct Nvil {
    space: Space,
    options: Options,
    mean: RunningBaseline,
    square: RunningBaseline,
    /// The weight of each earlier choice, `[L][Σ K of the positions before]`.
    weights: Vec<Vec<f64>>,
    ready: Ready,
}

impl Nvil {
    /// # Errors
    /// If an option is out of range.
    pub fn new(options: &Options, space: &Space) -> Result<Self, String> {
        let Options { baseline_rate, decay, normalise: _ } = *options;
        if !(baseline_rate > 0.0 && baseline_rate <= 1.0) {
            return Err(format!("baseline_rate must be in (0, 1], got {baseline_rate}; try 0.02"));
        }
        let running = RunningBaseline::new(Baseline::DebiasedEma, decay)?;
        let weights = (0..space.length()).map(|l| vec![0.0; space.offset(l)]).collect();
        let (mean, square) = (running.clone(), running);
        Ok(Self { space: space.clone(), options: options.clone(), mean, square, weights, ready: Ready::default() })
    }
}

impl Estimator for Nvil {
    fn bias(&self, _: Option<Relaxation>) -> Bias {
        if self.options.normalise {
            Bias::Biased("the signal is divided by its standard deviation where that exceeds 1")
        } else {
            Bias::Unbiased
        }
    }

    fn needs(&self) -> Needs {
        Needs::INDEPENDENT
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let memory = independent(policy).all_probabilities().to_vec();
        Plan { points: vec![Point::Hard(policy.sample(random))], memory }
    }

    /// The first loss only sets the running mean.
    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let ([Point::Hard(h)], [Some(reply)]) = (plan.points.as_slice(), replies) else { return };
        let known = self.mean.value().zip(self.square.value());
        let centred = reply.loss - known.map_or(reply.loss, |(mean, _)| mean);
        self.mean.update(reply.loss);
        self.square.update(centred * centred);
        let Some((_, variance)) = known else { return };
        let scale = if self.options.normalise { numeric::sqrt(variance).max(1.0) } else { 1.0 };
        let chosen: Vec<usize> =
            h.choices().iter().enumerate().map(|(l, k)| self.space.offset(l) + usize::from(*k)).collect();
        let into = self.ready.start(plan.memory.len());
        for (l, weights) in self.weights.iter_mut().enumerate() {
            let before = &chosen[..l];
            let signal = centred - before.iter().map(|i| weights[*i]).sum::<f64>();
            let row = self.space.offset(l)..self.space.offset(l + 1);
            into[row.clone()].iter_mut().zip(&plan.memory[row]).for_each(|(sum, p)| *sum = -signal / scale * p);
            into[chosen[l]] += signal / scale;
            // A step of least squares, by as much of the error as the rate says, however many choices share it.
            let step = self.options.baseline_rate * signal / before.len().max(1) as f64;
            before.iter().for_each(|i| weights[*i] += step);
        }
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("nvil": mean, square, weights; ready);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_out_of_range_say_which() {
        let space = Space::named("sequence:2x2").unwrap();
        let error = Nvil::new(&Options { baseline_rate: 0.0, ..Options::default() }, &space).unwrap_err();
        assert_eq!(error, "baseline_rate must be in (0, 1], got 0; try 0.02");
    }
}
