//! Products with second derivatives by central differences of gradients.

use std::future::Future;

use super::{Gradients, InnerProblem, Level, dot, plus};
use crate::numeric;

/// (∇L_train(w + r v) − ∇L_train(w − r v)) / 2r, r = epsilon / ‖v‖: ∇²_ww L v in `weights`, ∇²_xw L v in `outer`, and in `loss`
/// ∇_w L · v. All 0 for v = 0, and then nothing is asked.
///
/// # Source
/// Liu, Simonyan and Yang 2019 (DARTS), equation (8), where epsilon = 0.01.
/// # Cost
/// Two evaluations. Its error is of the order epsilon² plus round-off / epsilon where the loss has three derivatives; where it has
/// kinks see docs/hypergradients.md.
pub(super) async fn central<P: InnerProblem + ?Sized>(
    problem: &mut P,
    weights: &[f64],
    outer: &[f64],
    direction: &[f64],
    epsilon: f64,
) -> Result<Gradients, P::Error> {
    let norm = numeric::sqrt(dot(direction, direction));
    if norm == 0.0 {
        return Ok(Gradients { loss: 0.0, weights: vec![0.0; weights.len()], outer: vec![0.0; outer.len()] });
    }
    let radius = epsilon / norm;
    let above = problem.gradients(Level::Train, &plus(weights, radius, direction), outer).await?;
    let below = problem.gradients(Level::Train, &plus(weights, -radius, direction), outer).await?;
    let slope = |above: &f64, below: &f64| (above - below) / (2.0 * radius);
    let slopes = |above: &[f64], below: &[f64]| above.iter().zip(below).map(|(a, b)| slope(a, b)).collect();
    Ok(Gradients {
        loss: slope(&above.loss, &below.loss),
        weights: slopes(&above.weights, &below.weights),
        outer: slopes(&above.outer, &below.outer),
    })
}

/// The same problem with nothing known of it but its gradients: products with its second derivatives are differences.
#[derive(Debug, Clone)]
pub struct ByDifferences<P>(
    /// The problem.
    pub P,
);

impl<P: InnerProblem> InnerProblem for ByDifferences<P> {
    type Error = P::Error;

    fn gradients(
        &mut self,
        level: Level,
        weights: &[f64],
        outer: &[f64],
    ) -> impl Future<Output = Result<Gradients, P::Error>> {
        self.0.gradients(level, weights, outer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilevel::{LogisticRegression, ready};
    use crate::random::Stream;

    /// The largest error of both products, over the largest entry.
    fn error(epsilon: f64) -> f64 {
        let mut random = Stream::new(7, "difference", 0);
        let mut draw = |count| (0..count).map(|_| random.normal()).collect::<Vec<f64>>();
        let (w, x, v) = (draw(6), draw(6), draw(6));
        let mut problem = LogisticRegression::synthetic(6, 40, 7).unwrap();
        let exact = [
            ready(problem.hessian_vector(&w, &x, &v, epsilon)).unwrap(),
            ready(problem.mixed_vector(&w, &x, &v, epsilon)).unwrap(),
        ];
        let mut blind = ByDifferences(problem);
        let got = [
            ready(blind.hessian_vector(&w, &x, &v, epsilon)).unwrap(),
            ready(blind.mixed_vector(&w, &x, &v, epsilon)).unwrap(),
        ];
        let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, |a: f64, b| a.max(b.abs()));
        let off = largest(&mut got.iter().flatten().zip(exact.iter().flatten()).map(|(got, exact)| got - exact));
        off / largest(&mut exact.iter().flatten().copied())
    }

    #[test]
    fn the_error_falls_as_the_square_of_epsilon_until_round_off() {
        for epsilon in [0.3, 0.1, 0.03, 0.01, 1e-3] {
            let slope = numeric::ln(error(epsilon) / error(epsilon / 2.0)) / numeric::ln(2.0);
            assert!((slope - 2.0).abs() < 0.05, "{epsilon}: {slope}");
        }
        assert!(error(1e-5) < 1e-9, "{}", error(1e-5));
        // Round-off: ten times the error for a tenth of epsilon.
        assert!(error(1e-9) > 1e3 * error(1e-5), "{} {}", error(1e-9), error(1e-5));
    }

    #[test]
    fn no_direction_has_no_product_and_costs_nothing() {
        struct Silent;
        impl InnerProblem for Silent {
            type Error = &'static str;

            async fn gradients(&mut self, _: Level, _: &[f64], _: &[f64]) -> Result<Gradients, &'static str> {
                Err("it was asked")
            }
        }
        assert_eq!(ready(Silent.mixed_vector(&[1.0], &[1.0, 2.0], &[0.0], 0.01)), Ok(vec![0.0, 0.0]));
        assert_eq!(ready(Silent.hessian_vector(&[1.0], &[1.0], &[1e-3], 0.01)), Err("it was asked"));
    }
}
