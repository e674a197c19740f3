//! MuProp: the gradient of DARTS, and the score function for what it leaves out.

use serde::{Deserialize, Serialize};

use super::simplex::{add_back, add_score};
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, independent, state};
use crate::objective::{Mixture, Point, Relaxation};
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// Options of [`MuProp`]: none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {}

/// `ĝ = [f(b) − f(p) − ∂f/∂p · (b − p)] ∇_α log p(b) + J(p) ∂f/∂p`, b ~ p.
///
/// The second term is the gradient of DARTS ([`Softmax`](super::Softmax)); the first has the mean of its error, so that this
/// is *DARTS made unbiased*.
///
/// # Source
/// Gu, Levine, Sutskever and Mnih 2016, equation (5), with the mean of the policy for the mean-field point.
/// # Cost
/// One hard and one soft point. Memory of the plan: none beside the points.
#[derive(Debug, Clone)]
pub struct MuProp {
    space: Space,
    ready: Ready,
}

impl MuProp {
    /// The estimator over `space`.
    pub fn new(_: &Options, space: &Space) -> Self {
        Self { space: space.clone(), ready: Ready::default() }
    }
}

impl Estimator for MuProp {
    fn bias(&self, _: Option<Relaxation>) -> Bias {
        Bias::Unbiased
    }

    fn needs(&self) -> Needs {
        Needs::SOFT
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let p = independent(policy).all_probabilities().to_vec();
        Plan { points: vec![Point::Hard(policy.sample(random)), Point::Soft(Mixture(p))], memory: Vec::new() }
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let [Point::Hard(b), Point::Soft(Mixture(p))] = plan.points.as_slice() else { return };
        let [Some(hard), Some(Reply { loss: mean, gradient: Some(Mixture(slopes)) })] = replies else { return };
        let along: f64 = p.iter().zip(slopes).map(|(p, slope)| p * slope).sum();
        let chosen: f64 =
            b.choices().iter().enumerate().map(|(l, k)| slopes[self.space.offset(l) + usize::from(*k)]).sum();
        let into = self.ready.start(p.len());
        add_score(&self.space, b.choices(), p, hard.loss - mean - (chosen - along), into);
        add_back(&self.space, p, slopes, 1.0, into);
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("muprop": ; ready);
}
