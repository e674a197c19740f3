//! DARTS, first order: the weights are taken to stand still.

use serde::{Deserialize, Serialize};

use super::asked::Asked;
use super::{Estimate, HypergradientError, InnerProblem, Level};

/// Options of [`super::Hypergradient::FirstOrder`]: none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {}

/// g = ∇_x L_val(w, x).
///
/// # Source
/// Liu, Simonyan and Yang 2019 (DARTS), section 2.3, ξ = 0.
/// # Cost
/// One evaluation.
pub(super) async fn estimate<P: InnerProblem>(
    mut asked: Asked<'_, P>,
) -> Result<Estimate, HypergradientError<P::Error>> {
    let validation = asked.gradients(Level::Validation, asked.weights).await?;
    Ok(asked.estimate(validation.loss, validation.outer))
}
