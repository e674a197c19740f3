//! The inverse Hessian as a power series.

use serde::{Deserialize, Serialize};

use super::asked::Asked;
use super::{Estimate, HypergradientError, InnerProblem, InnerStep, Level, check_epsilon, plus, within};

/// Options of [`super::Hypergradient::Neumann`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// K, the number of terms, 1 to 10,000.
    pub terms: u32,
    /// γ, in [1e-9, 1000]; the inner learning rate where it is not given. The series converges for γ < 2 / λ, λ being the largest
    /// curvature of the inner loss.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<f64>,
    /// How far its differences step to either side, as a distance in w, in [1e-12, 100].
    pub epsilon: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { terms: 5, step: None, epsilon: 0.01 }
    }
}

impl Options {
    pub(super) fn check(&self) -> Result<(), String> {
        let Self { terms, step, epsilon } = *self;
        if !(1..=10_000).contains(&terms) {
            return Err(format!("terms must be in [1, 10000], got {terms}; try 5"));
        }
        step.map_or(Ok(()), |step| within("step", step, 1e-9, 1000.0, 0.025))?;
        check_epsilon(epsilon)
    }
}

/// g = ∇_x L_val − ∇²_xw L_train · γ Σ_{j < K} (I − γ∇²_ww L_train)ʲ ∇_w L_val, all at w.
///
/// It is also what K steps of gradient descent with the rate γ give when unrolled at a w that has settled. K = 1 with γ = ξ is the
/// correction of DARTS, taken at w where DARTS has w' (Lorraine, Vicol and Duvenaud 2020, section 4); a few terms on a batch are
/// iDARTS (Zhang et al. 2021).
///
/// # Source
/// Lorraine, Vicol and Duvenaud 2020, algorithm 3.
/// # Differs from the source
/// It is counted in terms, and not in iterations after the first of them.
/// # Cost
/// 2K + 1 evaluations.
pub(super) async fn estimate<P: InnerProblem>(
    options: &Options,
    mut asked: Asked<'_, P>,
    inner: &InnerStep<'_>,
) -> Result<Estimate, HypergradientError<P::Error>> {
    let step = options.step.unwrap_or(inner.learning_rate);
    let validation = asked.gradients(Level::Validation, asked.weights).await?;
    let mut term = validation.weights.clone();
    let mut sum = term.clone();
    for number in 1..options.terms {
        let product = asked.hessian_vector(&term, options.epsilon, inner.weight_decay).await?;
        term = plus(&term, -step, &product);
        sum = plus(&sum, 1.0, &term);
        // Not only infinite: its square, which a difference divides by, has to be a number as well.
        if !super::dot(&sum, &sum).is_finite() {
            return Err(HypergradientError::Diverged { term: number });
        }
    }
    asked.less_mixed(validation, step, &sum, options.epsilon).await
}
