//! What a way has asked of its problem: shapes and numbers checked, evaluations counted.

use super::{Estimate, Gradients, HypergradientError, InnerProblem, Level};

/// A problem at weights `[W]` and outer parameters `[A]`, and how often it was asked.
pub(super) struct Asked<'a, P> {
    problem: &'a mut P,
    pub(super) weights: &'a [f64],
    outer: &'a [f64],
    evaluations: u32,
}

/// What a product with second derivatives counts as.
const PRODUCT: u32 = 2;

impl<'a, P: InnerProblem> Asked<'a, P> {
    pub(super) fn new(problem: &'a mut P, weights: &'a [f64], outer: &'a [f64]) -> Self {
        Self { problem, weights, outer, evaluations: 0 }
    }

    /// The loss and its gradients at weights of the way's choice.
    pub(super) async fn gradients(
        &mut self,
        level: Level,
        weights: &[f64],
    ) -> Result<Gradients, HypergradientError<P::Error>> {
        self.evaluations = self.evaluations.saturating_add(1);
        let answer = self.problem.gradients(level, weights, self.outer).await.map_err(HypergradientError::Problem)?;
        finite(&[answer.loss], 1)?;
        finite(&answer.weights, self.weights.len())?;
        finite(&answer.outer, self.outer.len())?;
        Ok(answer)
    }

    /// (∇²_ww L_train + weight_decay) v, `[W]`.
    pub(super) async fn hessian_vector(
        &mut self,
        direction: &[f64],
        epsilon: f64,
        weight_decay: f64,
    ) -> Result<Vec<f64>, HypergradientError<P::Error>> {
        self.evaluations = self.evaluations.saturating_add(PRODUCT);
        let answer = self.problem.hessian_vector(self.weights, self.outer, direction, epsilon).await;
        let answer = answer.map_err(HypergradientError::Problem)?;
        finite(&answer, self.weights.len())?;
        Ok(super::plus(&answer, weight_decay, direction))
    }

    /// The estimate ∇_x L_val − scale·(∇²_xw L_train) q, `validation` having the first term.
    pub(super) async fn less_mixed(
        mut self,
        validation: Gradients,
        scale: f64,
        q: &[f64],
        epsilon: f64,
    ) -> Result<Estimate, HypergradientError<P::Error>> {
        self.evaluations = self.evaluations.saturating_add(PRODUCT);
        let mixed = self.problem.mixed_vector(self.weights, self.outer, q, epsilon).await;
        let mixed = mixed.map_err(HypergradientError::Problem)?;
        finite(&mixed, self.outer.len())?;
        let gradient = super::plus(&validation.outer, -scale, &mixed);
        Ok(self.estimate(validation.loss, gradient))
    }

    /// The estimate with what it has cost.
    pub(super) fn estimate(self, loss: f64, gradient: Vec<f64>) -> Estimate {
        Estimate { loss, gradient, evaluations: self.evaluations, negative_curvature: None }
    }
}

fn finite<E>(numbers: &[f64], wanted: usize) -> Result<(), HypergradientError<E>> {
    if numbers.len() != wanted {
        return Err(HypergradientError::Lengths { wanted, got: numbers.len() });
    }
    if numbers.iter().all(|number| number.is_finite()) { Ok(()) } else { Err(HypergradientError::NotFinite) }
}
