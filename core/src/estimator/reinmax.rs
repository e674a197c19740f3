//! ReinMax: straight-through of second order.

use serde::{Deserialize, Serialize};

use super::schedule;
use super::simplex::{self, add_back, corner};
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, independent};
use crate::objective::{Mixture, Point, Relaxation};
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// Options of [`ReinMax`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// τ of the softmax that the draw is averaged with, in [0.01, 1000]; its authors advise 1 or more.
    pub temperature: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { temperature: 1.0 }
    }
}

/// `ĝ = 2 J(π) g_b − ½ J(p) g_b`, π = ½ (softmax(α / τ) + b), g_b the slopes at the corner of b ~ p.
///
/// At τ = 1 it is exact where f is quadratic between the choices of a position, as Heun's method is.
///
/// # Source
/// Liu et al. 2023, equation (4) and algorithm 1; microsoft/ReinMax.
/// # Cost
/// One soft point, at a corner. Memory of the plan: p and π, `[2][A]`.
#[derive(Debug, Clone)]
pub struct ReinMax {
    space: Space,
    temperature: f64,
    ready: Ready,
}

impl ReinMax {
    /// # Errors
    /// If the temperature is out of range.
    pub fn new(options: &Options, space: &Space) -> Result<Self, String> {
        schedule::check("temperature", options.temperature)?;
        Ok(Self { space: space.clone(), temperature: options.temperature, ready: Ready::default() })
    }
}

impl Estimator for ReinMax {
    fn bias(&self, relaxation: Option<Relaxation>) -> Bias {
        match relaxation {
            Some(Relaxation::Multilinear) if self.temperature == 1.0 => Bias::Unbiased,
            Some(Relaxation::Multilinear) => Bias::Biased("at another temperature than 1 its two halves do not add up"),
            _ => Bias::Biased("it takes f to be quadratic between the choices of a position"),
        }
    }

    fn needs(&self) -> Needs {
        Needs::SOFT
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let b = corner(&self.space, &policy.sample(random));
        let policy = independent(policy);
        let mut memory = policy.all_probabilities().to_vec();
        let tempered = simplex::softmax(&self.space, policy.parameters(), self.temperature);
        memory.extend(tempered.iter().zip(&b).map(|(p, b)| 0.5 * (p + b)));
        Plan { points: vec![Point::Soft(Mixture(b))], memory }
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let Some([slopes]) = super::slopes(replies) else { return };
        let (p, halfway) = plan.memory.split_at(plan.memory.len() / 2);
        let into = self.ready.start(p.len());
        add_back(&self.space, halfway, slopes, 2.0, into);
        add_back(&self.space, p, slopes, -0.5, into);
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }
}
