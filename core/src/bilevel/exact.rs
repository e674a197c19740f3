//! The Hessian itself, column by column, and its inverse.

use serde::{Deserialize, Serialize};

use super::asked::Asked;
use super::{Estimate, HypergradientError, InnerProblem, InnerStep, Level, check_epsilon, dense};

/// Options of [`super::Hypergradient::Exact`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// How far its differences step to either side, as a distance in w, in [1e-12, 100].
    pub epsilon: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { epsilon: 0.01 }
    }
}

impl Options {
    pub(super) fn check(&self) -> Result<(), String> {
        check_epsilon(self.epsilon)
    }
}

/// A dense Hessian of so many weights takes 32 MB.
pub const MOST_WEIGHTS: usize = 2000;

/// g = ∇_x L_val − ∇²_xw L_train [∇²_ww L_train]⁻¹ ∇_w L_val, all at w: exact for a problem that knows its products, and up to its
/// differences otherwise.
///
/// It is the derivative of L_val(w*(x), x) only where w has settled; elsewhere it is the same formula at w.
///
/// # Cost
/// 2W + 3 evaluations, W²/2 numbers, W³/3 products.
pub(super) async fn estimate<P: InnerProblem>(
    options: &Options,
    mut asked: Asked<'_, P>,
    inner: &InnerStep<'_>,
) -> Result<Estimate, HypergradientError<P::Error>> {
    let size = asked.weights.len();
    if size > MOST_WEIGHTS {
        return Err(HypergradientError::TooManyWeights { most: MOST_WEIGHTS, got: size });
    }
    let validation = asked.gradients(Level::Validation, asked.weights).await?;
    let mut hessian = Vec::with_capacity(size * size);
    let mut unit = vec![0.0; size];
    for column in 0..size {
        unit[column] = 1.0;
        hessian.extend(asked.hessian_vector(&unit, options.epsilon, inner.weight_decay).await?);
        unit[column] = 0.0;
    }
    // A Hessian is symmetric, and what its differences are off is not: the mean with the transpose loses half of that.
    for i in 0..size {
        for j in 0..i {
            let mean = 0.5 * (hessian[i * size + j] + hessian[j * size + i]);
            (hessian[i * size + j], hessian[j * size + i]) = (mean, mean);
        }
    }
    let solution = dense::solve(hessian, validation.weights.clone()).ok_or(HypergradientError::Singular)?;
    asked.less_mixed(validation, 1.0, &solution, options.epsilon).await
}
