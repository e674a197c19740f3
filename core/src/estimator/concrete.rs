//! Gumbel-softmax, the concrete relaxation: the loss of a noisy mixture, differentiated through its noise.

use serde::{Deserialize, Serialize};

use super::gumbel::Perturbed;
use super::schedule::Schedule;
use super::simplex::add_back;
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, independent, state};
use crate::objective::{Mixture, Point, Relaxation};
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// Options of [`Concrete`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// τ, in [0.01, 1000]: the lower, the closer the mixtures are to architectures and the larger is the variance.
    pub temperature: f64,
    /// τ after `anneal` plans, on a straight line from `temperature`; that of all plans where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_temperature: Option<f64>,
    /// After how many plans the temperature is the final one; 1 to 1,000,000,000.
    pub anneal: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { temperature: 1.0, final_temperature: None, anneal: 1000 }
    }
}

/// `ĝ = ∇_α f(y)`, y = softmax((α + G) / τ), G = −log(−log u): `J(y) ∂f/∂y / τ`.
///
/// For two choices it is the binary concrete σ((φ + log u − log(1 − u)) / τ), φ the difference of the logits: a difference
/// of two Gumbel variables is logistic.
///
/// # Source
/// Maddison, Mnih and Teh 2017, section 3; Jang, Gu and Poole 2017, equation (2); for architectures Xie et al. 2019 (SNAS).
/// # Cost
/// One soft point. Memory of the plan: τ.
#[derive(Debug, Clone)]
pub struct Concrete {
    space: Space,
    schedule: Schedule,
    ready: Ready,
}

impl Concrete {
    /// # Errors
    /// If an option is out of range.
    pub fn new(options: &Options, space: &Space) -> Result<Self, String> {
        let Options { temperature, final_temperature, anneal } = *options;
        let schedule = Schedule::new(temperature, final_temperature, anneal)?;
        Ok(Self { space: space.clone(), schedule, ready: Ready::default() })
    }
}

impl Estimator for Concrete {
    fn bias(&self, _: Option<Relaxation>) -> Bias {
        Bias::Biased(
            "its mixtures are not architectures, whose share in them is not their probability unless τ is near 0",
        )
    }

    fn needs(&self) -> Needs {
        Needs::SOFT
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let temperature = self.schedule.next();
        let y = Perturbed::draw(independent(policy), random).relaxed(&self.space, temperature);
        Plan { points: vec![Point::Soft(Mixture(y))], memory: vec![temperature] }
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let [Point::Soft(Mixture(y))] = plan.points.as_slice() else { return };
        let Some([slopes]) = super::slopes(replies) else { return };
        add_back(&self.space, y, slopes, 1.0 / plan.memory[0], self.ready.start(y.len()));
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("concrete": schedule; ready);
}
