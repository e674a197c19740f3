//! A policy p_α(h): a distribution over the architectures of a space, with parameters α to learn.

mod categorical;
pub mod lstm;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use categorical::Categorical;
pub use lstm::Lstm;

use crate::named;
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

    /// H(p_α); whether it is exact says so of `add_entropy_gradient`, `marginals` and `mode` too.
    fn entropy(&self) -> Entropy;

    /// `gradient += weight · ∇_α H(p_α)`, `[A]`; where the entropy is an estimate, an unbiased estimate of it with draws
    /// from `random`, so that the errors of many steps cancel. Nothing is drawn where it is exact.
    fn add_entropy_gradient(&self, weight: f64, random: &mut Stream, gradient: &mut [f64]);

    /// The probability of each choice at each position, `[L][K_l]`; unbiased estimates where the entropy is one.
    fn marginals(&self) -> Vec<Vec<f64>>;

    /// The most probable architecture; where the entropy is an estimate, one that is at least as probable as a uniform
    /// policy would have it.
    fn mode(&self) -> Architecture;

    /// It as independent logits for each position, where it is that.
    fn as_categorical(&self) -> Option<&Categorical> {
        None
    }

    /// A copy that goes its own way.
    fn boxed_clone(&self) -> Box<dyn Policy>;
}

/// H(p) of a policy, in nats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Entropy {
    /// As it is, but for rounding.
    Exact(f64),
    /// The mean of draws.
    Estimate {
        /// The mean, of which H is the expectation.
        nats: f64,
        /// The standard error of the mean, from the draws themselves.
        standard_error: f64,
    },
}

impl Entropy {
    /// The number, exact or not.
    pub fn nats(self) -> f64 {
        match self {
            Self::Exact(nats) | Self::Estimate { nats, .. } => nats,
        }
    }
}

/// Draws an index with its probability.
fn draw(probabilities: &[f64], random: &mut Stream) -> u8 {
    let mut left = random.unit();
    for (choice, p) in probabilities.iter().enumerate() {
        left -= p;
        if left < 0.0 {
            return choice as u8;
        }
    }
    // Rounding can leave a crumb; it goes to the last choice that is possible at all.
    probabilities.iter().rposition(|p| *p > 0.0).unwrap_or(0) as u8
}

/// −p log p; a choice with p = 0 adds nothing to an entropy.
fn minus_p_log_p(p: f64, log_p: f64) -> f64 {
    if p > 0.0 { -p * log_p } else { 0.0 }
}

/// Every kind of policy that a user can name, as a word or as a table with `name`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, strum::EnumIter, strum::IntoStaticStr)]
#[serde(tag = "name", rename_all = "kebab-case", remote = "Self")]
#[strum(serialize_all = "kebab-case")]
pub enum PolicySpec {
    /// Independent softmax logits for each position.
    #[default]
    Categorical,
    /// A recurrent network that sees what it chose before.
    Lstm(lstm::Options),
}

/// By hand, so that a policy within a searcher's options may be a word as the searcher may.
impl<'de> Deserialize<'de> for PolicySpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        named::words_or_table(deserializer, Self::deserialize)
    }
}

impl Serialize for PolicySpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl PolicySpec {
    /// The policy over `space` in its starting state. Randomness in the start, if the kind has any, comes from `random`.
    ///
    /// # Errors
    /// If an option is out of range, or the policy would be too large for the space: what would be right.
    pub fn build(&self, space: &Space, random: &mut Stream) -> Result<Box<dyn Policy>, String> {
        Ok(match self {
            Self::Categorical => Box::new(Categorical::new(space.clone())),
            Self::Lstm(options) => Box::new(Lstm::new(options, space, random)?),
        })
    }

    /// Whether it is the kind that is meant where none is named.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
