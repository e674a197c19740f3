//! Hypergradients: how the validation loss moves with outer parameters x when weights w that an inner loss settles move along.
//!
//! With w*(x) = argmin_w L_train(w, x), by the implicit function theorem,
//!
//! `d/dx L_val(w*(x), x) = ∇_x L_val − (∇²_xw L_train) [∇²_ww L_train]⁻¹ ∇_w L_val`,
//!
//! ∇²_xw being `[A][W]`. The ways to it, one file each, differ in what they put in the place of the inverse. They ask an
//! [`InnerProblem`] for gradients and, where it knows them, for products with its second derivatives; a quadratic and a
//! logistic regression, whose every term is known, are here to hold them to the truth.
//!
//! ```
//! use bilevel::bilevel::{Form, Hypergradient, InnerStep, Quadratic, ready};
//!
//! // L_train = (w − x)²/2 and L_val = (w − 3)²/2: w* = x, so that the hypergradient at x = 1 is 1 − 3.
//! let train = Form { matrix: vec![1.0, -1.0, -1.0, 1.0], linear: vec![0.0, 0.0], constant: 0.0 };
//! let validation = Form { matrix: vec![1.0, 0.0, 0.0, 0.0], linear: vec![-3.0, 0.0], constant: 4.5 };
//! let mut problem = Quadratic::new(1, train, validation).unwrap();
//! let way: Hypergradient = serde_json::from_str(r#"{"name": "neumann", "terms": 100}"#).unwrap();
//! let estimate = ready(way.estimate(&mut problem, &[1.0], &[1.0], &InnerStep::sgd(0.1))).unwrap();
//! assert!((estimate.gradient[0] + 2.0).abs() < 1e-4);
//! ```

mod asked;
pub mod conjugate_gradient;
mod dense;
mod difference;
mod eigenvalue;
mod error;
pub mod exact;
pub mod first_order;
mod logistic;
pub mod neumann;
mod quadratic;
mod ready;
pub mod unrolled;

use std::future::Future;

use serde::{Deserialize, Serialize};

use asked::Asked;
pub use difference::ByDifferences;
pub use eigenvalue::largest_eigenvalue;
pub use error::HypergradientError;
pub use logistic::LogisticRegression;
pub use quadratic::{Form, Quadratic};
pub use ready::ready;

/// Which of the two losses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The inner loss, which settles the weights.
    Train,
    /// The outer loss, which judges them.
    Validation,
}

/// A loss and its gradients.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradients {
    /// The loss.
    pub loss: f64,
    /// ∂loss/∂w, `[W]`.
    pub weights: Vec<f64>,
    /// ∂loss/∂x at these weights, `[A]`.
    pub outer: Vec<f64>,
}

/// Weights w, `[W]`, that an inner loss L_train(w, x) settles beside outer parameters x, `[A]` (for a supernet: the shares of its
/// operations), judged by L_val(w, x).
///
/// Answers are awaited, since the GPU of a browser gives them later; [`ready`] is for problems that always have them.
pub trait InnerProblem {
    /// Why it has no answer; [`std::convert::Infallible`] for one that always has.
    type Error;

    /// The loss at (w, x) and its gradients. The same question has the same answer until the caller changes the problem: between
    /// the two ends of a difference there is no new batch.
    fn gradients(
        &mut self,
        level: Level,
        weights: &[f64],
        outer: &[f64],
    ) -> impl Future<Output = Result<Gradients, Self::Error>>;

    /// ∇²_ww L_train(w, x) v, `[W]`: by the central difference of the gradients over w ± epsilon·v/‖v‖, unless it is known better.
    fn hessian_vector(
        &mut self,
        weights: &[f64],
        outer: &[f64],
        direction: &[f64],
        epsilon: f64,
    ) -> impl Future<Output = Result<Vec<f64>, Self::Error>> {
        async move { Ok(difference::central(self, weights, outer, direction, epsilon).await?.weights) }
    }

    /// ∇²_xw L_train(w, x) v, `[A]`: likewise.
    fn mixed_vector(
        &mut self,
        weights: &[f64],
        outer: &[f64],
        direction: &[f64],
        epsilon: f64,
    ) -> impl Future<Output = Result<Vec<f64>, Self::Error>> {
        async move { Ok(difference::central(self, weights, outer, direction, epsilon).await?.outer) }
    }
}

/// The step that the inner optimiser takes next: w' = w − learning_rate·(momentum·velocity + ∇_w L_train + weight_decay·w).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InnerStep<'a> {
    /// ξ, in [0, 1000].
    pub learning_rate: f64,
    /// In [0, 1).
    pub momentum: f64,
    /// What the optimiser has gathered, `[W]`; empty for nothing yet.
    pub velocity: &'a [f64],
    /// In [0, 1000]. The ways that invert the Hessian count ½·weight_decay·‖w‖² to the inner loss, since the weights settle where
    /// the gradient of the sum is 0.
    pub weight_decay: f64,
}

impl InnerStep<'_> {
    /// A step of plain gradient descent.
    pub fn sgd(learning_rate: f64) -> Self {
        Self { learning_rate, momentum: 0.0, velocity: &[], weight_decay: 0.0 }
    }

    fn check(&self) -> Result<(), String> {
        let Self { learning_rate, momentum, velocity: _, weight_decay } = *self;
        within("learning_rate", learning_rate, 0.0, 1000.0, 0.025)?;
        within("weight_decay", weight_decay, 0.0, 1000.0, 0.0003)?;
        if !(0.0..1.0).contains(&momentum) {
            return Err(format!("momentum must be in [0, 1), got {momentum}; try 0.9"));
        }
        Ok(())
    }
}

/// An estimate of the hypergradient.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// The validation loss at the weights where its gradient was taken: w, or w' for [`Hypergradient::Unrolled`].
    pub loss: f64,
    /// d/dx L_val, `[A]`.
    pub gradient: Vec<f64>,
    /// What it cost in gradient evaluations; a product with second derivatives counts as two, which is what a difference takes.
    pub evaluations: u32,
    /// pᵀHp/‖p‖² of a direction p along which the inner loss curves downwards, where conjugate gradients met one: they stopped
    /// there with what they had.
    pub negative_curvature: Option<f64>,
}

/// Every way to the hypergradient that a user can name.
///
/// iDARTS (Zhang et al. 2021) is `neumann` with a few terms on a batch: what is random about it is the problem's.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, strum::EnumIter, strum::EnumMessage, strum::IntoStaticStr,
)]
#[serde(tag = "name", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Hypergradient {
    /// DARTS, first order: as if the weights stood still.
    FirstOrder(first_order::Options),
    /// DARTS, second order: through one step of the inner optimiser.
    Unrolled(unrolled::Options),
    /// The inverse Hessian as a power series; with a few terms iDARTS.
    Neumann(neumann::Options),
    /// The inverse Hessian by conjugate gradients.
    ConjugateGradient(conjugate_gradient::Options),
    /// The Hessian itself, column by column, for up to 2000 weights.
    Exact(exact::Options),
}

impl Hypergradient {
    /// The name that a user knows it by.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Whether its options are in range.
    ///
    /// # Errors
    /// If not: what would be right.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::FirstOrder(first_order::Options {}) => Ok(()),
            Self::Unrolled(options) => options.check(),
            Self::Neumann(options) => options.check(),
            Self::ConjugateGradient(options) => options.check(),
            Self::Exact(options) => options.check(),
        }
    }

    /// The estimate at weights `[W]` and outer parameters `[A]`; neither is changed.
    ///
    /// # Errors
    /// If an option is out of range, the problem has no answer or not a finite one, or there is nothing that inverts its Hessian.
    pub async fn estimate<P: InnerProblem>(
        &self,
        problem: &mut P,
        weights: &[f64],
        outer: &[f64],
        inner: &InnerStep<'_>,
    ) -> Result<Estimate, HypergradientError<P::Error>> {
        self.check().and_then(|()| inner.check()).map_err(HypergradientError::Options)?;
        if ![0, weights.len()].contains(&inner.velocity.len()) {
            return Err(HypergradientError::Lengths { wanted: weights.len(), got: inner.velocity.len() });
        }
        let asked = Asked::new(problem, weights, outer);
        match self {
            Self::FirstOrder(_) => first_order::estimate(asked).await,
            Self::Unrolled(options) => unrolled::estimate(options, asked, inner).await,
            Self::Neumann(options) => neumann::estimate(options, asked, inner).await,
            Self::ConjugateGradient(options) => conjugate_gradient::estimate(options, asked, inner).await,
            Self::Exact(options) => exact::estimate(options, asked, inner).await,
        }
    }
}

/// Whether `low ≤ value ≤ high`; if not, what would be right.
fn within(name: &str, value: f64, low: f64, high: f64, good: f64) -> Result<(), String> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    Err(format!("{name} must be in [{low}, {high}], got {value}; try {good}"))
}

/// The same for `epsilon`, how far a finite difference steps to either side, as a distance in w.
fn check_epsilon(epsilon: f64) -> Result<(), String> {
    within("epsilon", epsilon, 1e-12, 100.0, 0.01)
}

/// Σ a b.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// a + scale·b.
fn plus(a: &[f64], scale: f64, b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + scale * b).collect()
}

#[cfg(test)]
mod tests;
