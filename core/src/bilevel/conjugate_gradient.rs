//! The inverse Hessian by conjugate gradients.

use serde::{Deserialize, Serialize};

use super::asked::Asked;
use super::{Estimate, HypergradientError, InnerProblem, InnerStep, Level, check_epsilon, dot, plus, within};

/// Options of [`super::Hypergradient::ConjugateGradient`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The most iterations, 1 to 10,000.
    pub iterations: u32,
    /// What is added to every curvature, in [0, 1e6]: the inverse stays bounded where the inner loss is flat, at the price of a bias.
    pub damping: f64,
    /// How far its differences step to either side, as a distance in w, in [1e-12, 100].
    pub epsilon: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { iterations: 10, damping: 0.0, epsilon: 0.01 }
    }
}

impl Options {
    pub(super) fn check(&self) -> Result<(), String> {
        let Self { iterations, damping, epsilon } = *self;
        if !(1..=10_000).contains(&iterations) {
            return Err(format!("iterations must be in [1, 10000], got {iterations}; try 10"));
        }
        within("damping", damping, 0.0, 1e6, 0.01)?;
        check_epsilon(epsilon)
    }
}

/// It stops where ‖r‖² is at most so much of ‖∇_w L_val‖²: a relative residual of 1e-12.
const SETTLED: f64 = 1e-24;

/// g = ∇_x L_val − ∇²_xw L_train q, q being that of so many iterations on (∇²_ww L_train + damping) q = ∇_w L_val, from q = 0.
///
/// A direction along which the inner loss does not curve upwards ends it: there the iteration has no meaning, and q stays what it was
/// (0 in the first iteration, which leaves the gradient of first order).
///
/// # Source
/// Hestenes and Stiefel 1952; as a hypergradient Pedregosa 2016, and Rajeswaran et al. 2019, section 3.
/// # Cost
/// Two evaluations an iteration, and three.
pub(super) async fn estimate<P: InnerProblem>(
    options: &Options,
    mut asked: Asked<'_, P>,
    inner: &InnerStep<'_>,
) -> Result<Estimate, HypergradientError<P::Error>> {
    let validation = asked.gradients(Level::Validation, asked.weights).await?;
    let mut residual = validation.weights.clone();
    let mut solution = vec![0.0; residual.len()];
    let mut direction = residual.clone();
    let mut square = dot(&residual, &residual);
    let (enough, mut negative_curvature) = (SETTLED * square, None);
    for _ in 0..options.iterations {
        if square <= enough {
            break;
        }
        let product = asked.hessian_vector(&direction, options.epsilon, inner.weight_decay + options.damping).await?;
        let curvature = dot(&direction, &product);
        if curvature <= 0.0 {
            negative_curvature = Some(curvature / dot(&direction, &direction));
            break;
        }
        let step = square / curvature;
        solution = plus(&solution, step, &direction);
        residual = plus(&residual, -step, &product);
        let before = std::mem::replace(&mut square, dot(&residual, &residual));
        direction = plus(&residual, square / before, &direction);
    }
    let estimate = asked.less_mixed(validation, 1.0, &solution, options.epsilon).await?;
    Ok(Estimate { negative_curvature, ..estimate })
}
