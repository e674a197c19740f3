//! Estimators of the outer gradient `∇_α E_{h ~ p_α}[f(h)]`, one file each.
//!
//! An estimator says which points it wants answered ([`Estimator::plan`]), takes the answers in
//! ([`Estimator::learn`]) and gives gradients out ([`Estimator::gradient`]): one for a plain estimator, several for one
//! that reuses its answers, such as PPO. The gradient is of a loss, so that descent goes against it.

pub mod arm;
mod baseline;
mod binary;
pub mod concrete;
pub mod dirichlet;
pub mod disarm;
pub mod exact;
mod gumbel;
pub mod gumbel_rao;
pub mod indecater;
pub mod lax;
pub mod muprop;
pub mod nvil;
pub mod ppo;
pub mod rebar;
pub mod reinforce;
pub mod reinmax;
pub mod relax;
pub mod rloo;
mod schedule;
mod simplex;
pub mod softmax;
pub mod straight_through;
mod surrogate;
pub mod unordered_set;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use arm::Arm;
pub use baseline::{Baseline, BaselineUpdate};
pub use concrete::Concrete;
pub use dirichlet::Dirichlet;
pub use disarm::DisArm;
pub use exact::Exact;
pub use gumbel_rao::GumbelRao;
pub use indecater::IndeCateR;
pub use lax::Lax;
pub use muprop::MuProp;
pub use nvil::Nvil;
pub use ppo::Ppo;
pub use rebar::Rebar;
pub use reinforce::Reinforce;
pub use reinmax::ReinMax;
pub use relax::Relax;
pub use rloo::Rloo;
#[cfg(feature = "network")]
pub(crate) use simplex::add_back;
#[cfg(feature = "supernet")]
pub(crate) use simplex::corner;
pub use softmax::Softmax;
pub use straight_through::StraightThrough;
pub use unordered_set::UnorderedSet;

use crate::objective::{Mixture, Point, Relaxation};
use crate::policy::{Categorical, Policy};
use crate::random::Stream;
use crate::space::Space;
#[cfg(feature = "checkpoint")]
use crate::state::State;
use crate::state::state;

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

/// What an estimator asks of policy and objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Whether its plans have soft points, so that the objective has to answer those.
    pub soft: bool,
    /// Whether the policy has to have independent positions ([`Policy::as_categorical`]).
    pub independent: bool,
}

impl Needs {
    /// Independent positions.
    const INDEPENDENT: Self = Self { soft: false, independent: true };
    /// Independent positions, and an objective that answers mixtures.
    const SOFT: Self = Self { soft: true, independent: true };
}

/// A way to estimate `∇_α E_{h ~ p_α}[f(h)]` from answers.
pub trait Estimator: fmt::Debug + Send {
    /// Whether the mean of its estimates is the gradient, for an objective that extends its losses to mixtures in this way;
    /// `None` for one that does not.
    fn bias(&self, relaxation: Option<Relaxation>) -> Bias;

    /// What it asks of policy and objective. Plans are only drawn from policies that have it.
    fn needs(&self) -> Needs;

    /// Draws the points that it wants answered next.
    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan;

    /// Takes in the answers to a plan, one for each of its points; `None` where the trial failed.
    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]);

    /// Writes the next gradient of the loss into `gradient`, `[A]`, and returns true; false where there is none until
    /// more is learned. The caller moves the policy between two calls.
    fn gradient(&mut self, policy: &dyn Policy, random: &mut Stream, gradient: &mut [f64]) -> bool;

    /// All that has changed of it since it was built, as JSON. A plan that is open is not its own: whoever drew it keeps it.
    #[cfg(feature = "checkpoint")]
    fn state(&self) -> serde_json::Value;

    /// Becomes what the state is of: an estimator that was built of the same options and space, for such a policy.
    ///
    /// # Errors
    /// If it is no state of such a one: what is wrong. Then nothing has changed.
    #[cfg(feature = "checkpoint")]
    fn restore(&mut self, policy: &dyn Policy, state: serde_json::Value) -> Result<(), String>;
}

/// Every estimator that a user can name.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, strum::EnumIter, strum::EnumMessage, strum::IntoStaticStr,
)]
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
    /// DARTS: the loss of the mean mixture in place of the mean loss.
    Softmax(softmax::Options),
    /// Gumbel-softmax (SNAS): a noisy mixture, differentiated through its noise.
    Concrete(concrete::Options),
    /// A hard choice forward, the softmax backward.
    StraightThrough(straight_through::Options),
    /// Straight-through of second order.
    #[serde(rename = "reinmax")]
    #[strum(serialize = "reinmax")]
    ReinMax(reinmax::Options),
    /// Straight-through Gumbel-softmax (GDAS), averaged over the noise that leads to the same choice.
    GumbelRao(gumbel_rao::Options),
    /// DrNAS: mixtures drawn from a Dirichlet distribution.
    Dirichlet(dirichlet::Options),
    /// Samples without replacement, each with a share of the weight and the others as its baseline.
    UnorderedSet(unordered_set::Options),
    /// The score function, less a relaxed loss whose gradient is put back.
    Rebar(rebar::Options),
    /// The score function, less a learned loss whose gradient is put back.
    Relax(relax::Options),
    /// The score function, less a learned function of the noise behind the choice.
    Lax(lax::Options),
    /// DARTS made unbiased: the score function for what a linear loss leaves out.
    #[serde(rename = "muprop")]
    #[strum(serialize = "muprop")]
    MuProp(muprop::Options),
    /// Binary choices: the difference between a draw and its mirror image.
    Arm(arm::Options),
    /// Binary choices: ARM with its noise summed out.
    #[serde(rename = "disarm")]
    #[strum(serialize = "disarm")]
    DisArm(disarm::Options),
    /// One draw, and every change of one of its choices.
    #[serde(rename = "indecater")]
    #[strum(serialize = "indecater")]
    IndeCateR(indecater::Options),
    /// The score function with a learned baseline for each position, which knows the choices before it.
    Nvil(nvil::Options),
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
            Self::Softmax(options) => Box::new(Softmax::new(options, space)),
            Self::Concrete(options) => Box::new(Concrete::new(options, space)?),
            Self::StraightThrough(options) => Box::new(StraightThrough::new(options, space)),
            Self::ReinMax(options) => Box::new(ReinMax::new(options, space)?),
            Self::GumbelRao(options) => Box::new(GumbelRao::new(options, space)?),
            Self::Dirichlet(options) => Box::new(Dirichlet::new(options, space)?),
            Self::UnorderedSet(options) => Box::new(UnorderedSet::new(options, space)?),
            Self::Rebar(options) => Box::new(Rebar::new(options, space)?),
            Self::Relax(options) => Box::new(Relax::new(options, space)?),
            Self::Lax(options) => Box::new(Lax::new(options, space)?),
            Self::MuProp(options) => Box::new(MuProp::new(options, space)),
            Self::Arm(options) => Box::new(Arm::new(options, space)?),
            Self::DisArm(options) => Box::new(DisArm::new(options, space)?),
            Self::IndeCateR(options) => Box::new(IndeCateR::new(options, space)?),
            Self::Nvil(options) => Box::new(Nvil::new(options, space)?),
        })
    }

    /// The name that a user knows it by.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// What it asks of policy and objective, over whatever space.
    ///
    /// # Errors
    /// If an option is out of range.
    pub fn needs(&self) -> Result<Needs, String> {
        // Over the smallest space with a choice, which every estimator takes.
        let space = Space::named("sequence:1x2").map_err(|error| error.to_string())?;
        Ok(self.build(&space)?.needs())
    }

    /// Its temperature, for one that has one.
    pub fn temperature(&self) -> Option<f64> {
        serde_json::to_value(self).ok()?.get("temperature")?.as_f64()
    }

    /// The same with its temperature falling over so many plans, where it has a final one.
    pub fn annealed_over(&self, plans: u32) -> Self {
        let mut options = serde_json::to_value(self).unwrap_or_default();
        if options.get("final_temperature").is_some() {
            options["anneal"] = plans.into();
        }
        serde_json::from_value(options).unwrap_or_else(|_| self.clone())
    }

    /// The same at another temperature; `None` for one that has none.
    pub fn at_temperature(&self, temperature: f64) -> Option<Self> {
        let mut options = serde_json::to_value(self).ok()?;
        *options.get_mut("temperature")? = temperature.into();
        // That one, and not a fall from it.
        options.as_object_mut()?.remove("final_temperature");
        serde_json::from_value(options).ok()
    }
}

/// The policy as the estimators that need independent positions see it.
///
/// # Panics
/// If it has none: a bug of the caller, who is to look at [`Estimator::needs`] first.
#[track_caller]
fn independent(policy: &dyn Policy) -> &Categorical {
    policy.as_categorical().expect("whoever builds an estimator looks at what it needs")
}

/// An estimate that waits to be fetched, `[A]`; empty where none does.
#[derive(Debug, Clone, Default)]
struct Ready(Vec<f64>);

impl Ready {
    /// A new estimate of `parameters` zeros, to be filled.
    fn start(&mut self, parameters: usize) -> &mut [f64] {
        self.0.clear();
        self.0.resize(parameters, 0.0);
        &mut self.0
    }

    /// Hands it out, once.
    fn give(&mut self, gradient: &mut [f64]) -> bool {
        let waits = !self.0.is_empty();
        if waits {
            gradient.copy_from_slice(&self.0);
            self.0.clear();
        }
        waits
    }

    /// Whether it can be handed to who moves this policy.
    #[cfg(feature = "checkpoint")]
    fn fits(&self, policy: &dyn Policy) -> Result<(), String> {
        match (self.0.len(), policy.parameters().len()) {
            (got, wanted) if got == 0 || got == wanted => Ok(()),
            (got, wanted) => Err(format!("it must be a list of {wanted} or of none, got {got}")),
        }
    }
}

#[cfg(feature = "checkpoint")]
impl State for Ready {
    fn state(&self) -> serde_json::Value {
        self.0.state()
    }

    fn restore(&mut self, state: serde_json::Value) -> Result<(), String> {
        self.start(state.as_array().map_or(0, Vec::len));
        self.0.restore(state)
    }
}

/// The slopes of N soft points, if all were answered.
fn slopes<const N: usize>(replies: &[Option<Reply>]) -> Option<[&[f64]; N]> {
    let slopes = replies.iter().map(|reply| reply.as_ref()?.gradient.as_ref().map(|mixture| mixture.0.as_slice()));
    slopes.collect::<Option<Vec<_>>>()?.try_into().ok()
}

/// The losses of all points, if all were answered.
fn losses(replies: &[Option<Reply>]) -> Option<Vec<f64>> {
    replies.iter().map(|reply| reply.as_ref().map(|reply| reply.loss)).collect()
}

/// Σ a b.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
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
