//! DARTS, first order: the loss of the mean mixture in place of the mean loss.

use serde::{Deserialize, Serialize};

use super::simplex::add_back;
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, independent, state};
use crate::objective::{Mixture, Point, Relaxation};
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// Options of [`Softmax`]: none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {}

/// `ĝ = ∇_α f(softmax(α)) = J(p) ∂f/∂p`.
///
/// # Source
/// Liu, Simonyan and Yang 2019 (DARTS), equation (2), with the weights as they are.
/// # Cost
/// One soft point; no variance but that of the objective.
#[derive(Debug, Clone)]
pub struct Softmax {
    space: Space,
    ready: Ready,
}

impl Softmax {
    /// The estimator over `space`.
    pub fn new(_: &Options, space: &Space) -> Self {
        Self { space: space.clone(), ready: Ready::default() }
    }
}

impl Estimator for Softmax {
    fn bias(&self, relaxation: Option<Relaxation>) -> Bias {
        match relaxation {
            Some(Relaxation::Multilinear) => Bias::Unbiased,
            _ => Bias::Biased("it is the gradient of the loss of a mixture, not of the mean loss of architectures"),
        }
    }

    fn needs(&self) -> Needs {
        Needs::SOFT
    }

    fn plan(&mut self, policy: &dyn Policy, _: &mut Stream) -> Plan {
        let p = independent(policy).all_probabilities().to_vec();
        Plan { points: vec![Point::Soft(Mixture(p))], memory: Vec::new() }
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let [Point::Soft(Mixture(p))] = plan.points.as_slice() else { return };
        let Some([slopes]) = super::slopes(replies) else { return };
        add_back(&self.space, p, slopes, 1.0, self.ready.start(p.len()));
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("softmax": ; ready);
}
