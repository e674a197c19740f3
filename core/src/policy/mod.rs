//! A policy p_α(h): a distribution over the architectures of a space, with parameters α to learn.

mod categorical;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use categorical::Categorical;

use crate::random::Stream;
use crate::space::{Architecture, Space};

/// A distribution over architectures whose logarithm has a gradient in its A parameters.
pub trait Policy: fmt::Debug + Send {
    /// The space that it is a distribution over.
    fn space(&self) -> &Space;

    /// The parameters α, `[A]`.
    fn parameters(&self) -> &[f64];

    /// Changes the parameters in place; what the policy derives from them is brought up to date afterwards.
    fn update(&mut self, change: &mut dyn FnMut(&mut [f64]));

    /// Draws h ~ p_α.
    fn sample(&self, random: &mut Stream) -> Architecture;

    /// log p_α(h), in nats.
    fn log_probability(&self, architecture: &Architecture) -> f64;

    /// `gradient += weight · ∇_α log p_α(h)`, `[A]`: the score.
    fn add_score(&self, architecture: &Architecture, weight: f64, gradient: &mut [f64]);

    /// H(p_α) in nats.
    fn entropy(&self) -> f64;

    /// `gradient += weight · ∇_α H(p_α)`, `[A]`.
    fn add_entropy_gradient(&self, weight: f64, gradient: &mut [f64]);

    /// The probability of each choice at each position, `[L][K_l]`.
    fn marginals(&self) -> Vec<Vec<f64>>;

    /// The most probable architecture.
    fn mode(&self) -> Architecture;

    /// A copy that goes its own way.
    fn boxed_clone(&self) -> Box<dyn Policy>;
}

/// Every kind of policy that a user can name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, strum::EnumIter, strum::IntoStaticStr)]
#[serde(tag = "name", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum PolicySpec {
    /// Independent softmax logits for each position.
    #[default]
    Categorical,
}

impl PolicySpec {
    /// The policy over `space` in its starting state. Randomness in the start, if the kind has any, comes from `random`.
    pub fn build(&self, space: &Space, _random: &mut Stream) -> Box<dyn Policy> {
        match self {
            Self::Categorical => Box::new(Categorical::new(space.clone())),
        }
    }
}
