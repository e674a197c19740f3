//! Straight-through: a hard choice forward, the softmax backward.

use serde::{Deserialize, Serialize};

use super::simplex::{add_back, corner};
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, independent, state};
use crate::objective::{Mixture, Point, Relaxation};
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// Options of [`StraightThrough`]: none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {}

/// `ĝ = J(p) ∂f/∂p` with the slopes at the corner of a draw b ~ p.
///
/// The one that goes back through the noise of its draw as well, at a temperature, as in GDAS (Dong and Yang 2019), is
/// `gumbel-rao` with one sample.
///
/// # Source
/// Bengio, Léonard and Courville 2013, section 4, for more than two choices.
/// # Cost
/// One soft point, at a corner. Memory of the plan: p, `[A]`.
#[derive(Debug, Clone)]
pub struct StraightThrough {
    space: Space,
    ready: Ready,
}

impl StraightThrough {
    /// The estimator over `space`.
    pub fn new(_: &Options, space: &Space) -> Self {
        Self { space: space.clone(), ready: Ready::default() }
    }
}

impl Estimator for StraightThrough {
    fn bias(&self, relaxation: Option<Relaxation>) -> Bias {
        match relaxation {
            Some(Relaxation::Multilinear) => Bias::Unbiased,
            _ => {
                Bias::Biased("slopes at a corner say nothing of the corners beside it unless f is linear between them")
            }
        }
    }

    fn needs(&self) -> Needs {
        Needs::SOFT
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let b = corner(&self.space, &policy.sample(random));
        Plan { points: vec![Point::Soft(Mixture(b))], memory: independent(policy).all_probabilities().to_vec() }
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let Some([slopes]) = super::slopes(replies) else { return };
        add_back(&self.space, &plan.memory, slopes, 1.0, self.ready.start(plan.memory.len()));
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("straight-through": ; ready);
}
