//! Estimators of the outer gradient `∇_α E_{h ~ p_α}[f(h)]`, one file each.
//!
//! An estimator says which points it wants answered ([`Estimator::plan`]), takes the answers in
//! ([`Estimator::learn`]) and gives gradients out ([`Estimator::gradient`]): one for a plain estimator, several for one
//! that reuses its answers, such as PPO. The gradient is of a loss, so that descent goes against it.

mod baseline;
pub mod exact;
pub mod ppo;
pub mod reinforce;
pub mod rloo;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use baseline::{Baseline, BaselineUpdate};
pub use exact::Exact;
pub use ppo::Ppo;
pub use reinforce::Reinforce;
pub use rloo::Rloo;

use crate::objective::{Mixture, Point};
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// Whether the mean of the estimates is the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// It is; the laws hold it to that.
    Unbiased,
    /// It is not, and this is why.
    Biased(&'static str),
}

/// The points that an estimator wants answered, and what it needs to use the answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The points, in the order in which they are to be asked; never empty.
    pub points: Vec<Point>,
    /// What the estimator keeps with them, in its own layout (see the estimator): computed when the points are drawn,
    /// so that an answer that comes late is used with the parameters that its point was drawn from.
    pub memory: Vec<f64>,
}

/// The answer to one point of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The loss at the point.
    pub loss: f64,
    /// ∂loss/∂point, for a soft point.
    pub gradient: Option<Mixture>,
}

/// A way to estimate `∇_α E_{h ~ p_α}[f(h)]` from answers.
pub trait Estimator: fmt::Debug + Send {
    /// Whether the mean of its estimates is the gradient.
    fn bias(&self) -> Bias;

    /// Draws the points that it wants answered next.
    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan;

    /// Takes in the answers to a plan, one for each of its points; `None` where the trial failed.
    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]);

    /// Writes the next gradient of the loss into `gradient`, `[A]`, and returns true; false where there is none until
    /// more is learned. The caller moves the policy between two calls.
    fn gradient(&mut self, policy: &dyn Policy, random: &mut Stream, gradient: &mut [f64]) -> bool;
}

/// Every estimator that a user can name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, strum::EnumIter, strum::IntoStaticStr)]
#[serde(tag = "name", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum EstimatorSpec {
    /// The gradient itself, by enumeration of the space.
    Exact(exact::Options),
    /// The score function times loss minus baseline, one sample at a time.
    Reinforce(reinforce::Options),
    /// REINFORCE with the other samples of the batch as baseline.
    Rloo(rloo::Options),
    /// Clipped probability ratios, several steps for one batch.
    Ppo(ppo::Options),
}

impl EstimatorSpec {
    /// The estimator over `space` in its starting state.
    ///
    /// # Errors
    /// If an option is out of range, or the space is too large for it: what would be right.
    pub fn build(&self, space: &Space) -> Result<Box<dyn Estimator>, String> {
        Ok(match self {
            Self::Exact(options) => Box::new(Exact::new(options, space)?),
            Self::Reinforce(options) => Box::new(Reinforce::new(options)?),
            Self::Rloo(options) => Box::new(Rloo::new(options)?),
            Self::Ppo(options) => Box::new(Ppo::new(options)?),
        })
    }
}

/// Draws `count` architectures and keeps the score of each, `[count][A]`, as the memory of the plan.
fn sample_with_scores(policy: &dyn Policy, random: &mut Stream, count: usize) -> Plan {
    let parameters = policy.parameters().len();
    let (mut points, mut memory) = (Vec::with_capacity(count), Vec::with_capacity(count * parameters));
    for _ in 0..count {
        let architecture = policy.sample(random);
        let start = memory.len();
        memory.resize(start + parameters, 0.0);
        policy.add_score(&architecture, 1.0, &mut memory[start..]);
        points.push(Point::Hard(architecture));
    }
    Plan { points, memory }
}
