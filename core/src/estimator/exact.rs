//! The gradient itself: by enumeration for any policy, through its marginals for a factorised one.

use serde::{Deserialize, Serialize};

use super::simplex::add_back;
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, state};
use crate::numeric;
use crate::objective::{Mixture, Point, Relaxation};
use crate::policy::{Categorical, Policy};
use crate::random::Stream;
use crate::space::{Architecture, Space};

/// The largest space that is enumerated: its architectures times the parameters of a categorical policy.
const MOST_SCORES: u64 = 1 << 22;

/// `E_{h ~ p_α}[f(h)]` and its gradient in α.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// `E[f]`.
    pub mean: f64,
    /// `∇_α E[f]`, `[A]`.
    pub gradient: Vec<f64>,
}

/// `E[f] = Σ_h p(h) f(h)` and `∇E[f] = Σ_h p(h) f(h) ∇ log p(h)`, by enumeration of the space.
///
/// # Cost
/// One evaluation of f and one score for each architecture of the space.
pub fn enumerate(policy: &dyn Policy, mut f: impl FnMut(&Architecture) -> f64) -> Expectation {
    let mut expectation = Expectation { mean: 0.0, gradient: vec![0.0; policy.parameters().len()] };
    for h in policy.space().enumerate() {
        let weighted = numeric::exp(policy.log_probability(&h)) * f(&h);
        expectation.mean += weighted;
        policy.add_score(&h, weighted, &mut expectation.gradient);
    }
    expectation
}

/// `E[f]` and `∇E[f]` under a factorised policy from `E[f]` and its slopes in the marginals, as an
/// [`Objective`](crate::objective::Objective) may know them for a space of any size: ∂p_k/∂α_j = p_k([k = j] − p_j).
pub fn independent(policy: &Categorical, (mean, slopes): (f64, Mixture)) -> Expectation {
    let mut gradient = vec![0.0; policy.parameters().len()];
    add_back(policy.space(), policy.all_probabilities(), &slopes.0, 1.0, &mut gradient);
    Expectation { mean, gradient }
}

/// Options of [`Exact`]: none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {}

/// The estimator without error: its plan is the whole space.
///
/// # Cost
/// One evaluation of f for each architecture. Memory of the plan: p(h) ∇ log p(h) of each, `[|H|][A]`.
#[derive(Debug, Clone)]
pub struct Exact {
    ready: Ready,
}

impl Exact {
    /// # Errors
    /// If the space is too large to enumerate.
    pub fn new(_: &Options, space: &Space) -> Result<Self, String> {
        match space.size_up_to(MOST_SCORES / space.choices_in_all() as u64) {
            Some(_) => Ok(Self { ready: Ready::default() }),
            None => Err(format!("exact enumerates the space, and {} architectures are too many", space.size())),
        }
    }
}

impl Estimator for Exact {
    fn bias(&self, _: Option<Relaxation>) -> Bias {
        Bias::Unbiased
    }

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn plan(&mut self, policy: &dyn Policy, _: &mut Stream) -> Plan {
        let parameters = policy.parameters().len();
        let mut plan = Plan { points: Vec::new(), memory: Vec::new() };
        for h in policy.space().enumerate() {
            let start = plan.memory.len();
            plan.memory.resize(start + parameters, 0.0);
            policy.add_score(&h, numeric::exp(policy.log_probability(&h)), &mut plan.memory[start..]);
            plan.points.push(Point::Hard(h));
        }
        plan
    }

    /// A failure leaves a hole in the sum, so that there is no gradient until a plan is answered as a whole.
    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let Some(losses) = super::losses(replies) else { return };
        let parameters = plan.memory.len() / plan.points.len();
        let sum = self.ready.start(parameters);
        for (loss, score) in losses.iter().zip(plan.memory.chunks_exact(parameters)) {
            sum.iter_mut().zip(score).for_each(|(sum, score)| *sum += loss * score);
        }
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("exact": ; ready);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bernoulli_has_its_closed_form() {
        // cases.md C10: f(b) = (b − 0.499)², logit φ of b = 1; here the two logits are (0, φ), and ∂/∂φ is the second.
        let space = Space::named("sequence:1x2").unwrap();
        for (phi, exact) in [(0.0, 5.0e-4), (1.0, 3.932_238_66e-4)] {
            let mut policy = Categorical::new(space.clone());
            policy.update(&mut |logits| logits[1] = phi);
            let f = |h: &Architecture| (f64::from(h.choices()[0]) - 0.499) * (f64::from(h.choices()[0]) - 0.499);
            let gradient = enumerate(&policy, f).gradient;
            assert!((gradient[1] - exact).abs() < 1e-12, "{gradient:?}");
            assert!((gradient[0] + exact).abs() < 1e-12, "{gradient:?}");
        }
    }

    #[test]
    fn a_space_too_large_is_refused() {
        let error = Exact::new(&Options {}, &Space::named("sequence:20x7").unwrap()).unwrap_err();
        assert_eq!(error, "exact enumerates the space, and 79792266297612001 architectures are too many");
    }
}
