//! DARTS, second order: through one step of the inner optimiser.

use serde::{Deserialize, Serialize};

use super::asked::Asked;
use super::{Estimate, HypergradientError, InnerProblem, InnerStep, Level, check_epsilon, plus};

/// Options of [`super::Hypergradient::Unrolled`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// How far its difference steps to either side, as a distance in w, in [1e-12, 100].
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

/// g = ∇_x L_val(w', x) − ξ [∇_x L_train(w + εv, x) − ∇_x L_train(w − εv, x)] / 2ε,
/// w' = w − ξ(momentum·velocity + ∇_w L_train + weight_decay·w), v = ∇_w L_val(w', x), ε = epsilon / ‖v‖.
///
/// The derivative of L_val(w'(x), x) by x, up to the difference: momentum and decay do not depend on x. A problem that knows its
/// mixed products is asked for that one instead.
///
/// # Source
/// Liu, Simonyan and Yang 2019 (DARTS), equations (7) and (8); the step as in quark0/darts, cnn/architect.py.
/// # Cost
/// Four evaluations.
pub(super) async fn estimate<P: InnerProblem>(
    options: &Options,
    mut asked: Asked<'_, P>,
    inner: &InnerStep<'_>,
) -> Result<Estimate, HypergradientError<P::Error>> {
    let train = asked.gradients(Level::Train, asked.weights).await?;
    let rate = inner.learning_rate;
    let mut stepped = plus(asked.weights, -rate, &plus(&train.weights, inner.weight_decay, asked.weights));
    if !inner.velocity.is_empty() {
        stepped = plus(&stepped, -rate * inner.momentum, inner.velocity);
    }
    let validation = asked.gradients(Level::Validation, &stepped).await?;
    let v = validation.weights.clone();
    asked.less_mixed(validation, rate, &v, options.epsilon).await
}
