//! How sure a difference of two means is.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

/// A difference of means with its interval of 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Difference {
    /// Mean of the first sample less mean of the second.
    pub(crate) mean: f64,
    /// Lower end.
    pub(crate) low: f64,
    /// Upper end.
    pub(crate) high: f64,
}

/// Mean and unbiased variance; at least two values.
pub(crate) fn moments(values: &[f64]) -> (f64, f64) {
    let mut moments = bilevel::numeric::Moments::default();
    values.iter().for_each(|value| moments.push(*value));
    (moments.mean(), moments.variance())
}

/// The difference of two means, its variance, and the degrees of freedom of Student's t for it (Welch 1947: unequal
/// variances). Both samples have at least two values.
fn welch_parts(a: &[f64], b: &[f64]) -> (f64, f64, f64) {
    let ((mean_a, variance_a), (mean_b, variance_b)) = (moments(a), moments(b));
    let (share_a, share_b) = (variance_a / a.len() as f64, variance_b / b.len() as f64);
    let variance = share_a + share_b;
    let freedom =
        variance * variance / (share_a * share_a / (a.len() - 1) as f64 + share_b * share_b / (b.len() - 1) as f64);
    (mean_a - mean_b, variance, freedom)
}

/// mean(a) − mean(b) with Welch's interval. Both samples have at least two values.
pub(crate) fn welch(a: &[f64], b: &[f64]) -> Difference {
    let (mean, variance, freedom) = welch_parts(a, b);
    if variance == 0.0 {
        return Difference { mean, low: mean, high: mean };
    }
    let half = StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(0.975)) * variance.sqrt();
    Difference { mean, low: mean - half, high: mean + half }
}

/// The two-sided p-value of Welch's test that the means are equal. Both samples have at least two values.
pub(crate) fn welch_p(a: &[f64], b: &[f64]) -> f64 {
    let (mean, variance, freedom) = welch_parts(a, b);
    if variance == 0.0 {
        return if mean == 0.0 { 1.0 } else { 0.0 };
    }
    let t = mean.abs() / variance.sqrt();
    StudentsT::new(0.0, 1.0, freedom).map_or(1.0, |student| 2.0 * student.cdf(-t))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn welch_matches_a_worked_example() {
        // By hand: means 3 and 1, both variances 2.5 and 5 values, so se = 1, freedom = 8, t = 2.306004.
        let d = welch(&[1.0, 2.0, 3.0, 4.0, 5.0], &[-1.0, 0.0, 1.0, 2.0, 3.0]);
        assert!((d.mean - 2.0).abs() < 1e-12);
        assert!((d.high - 4.306_004).abs() < 1e-5, "{d:?}");
        assert!((d.low + 0.306_004).abs() < 1e-5, "{d:?}");
        // t = 2 with 8 degrees of freedom: 0.08051623 by the tables.
        assert!((welch_p(&[1.0, 2.0, 3.0, 4.0, 5.0], &[-1.0, 0.0, 1.0, 2.0, 3.0]) - 0.080_516).abs() < 1e-5);
    }

    #[test]
    fn without_any_spread_the_interval_is_a_point() {
        assert_eq!(welch(&[1.0, 1.0], &[0.5, 0.5]), Difference { mean: 0.5, low: 0.5, high: 0.5 });
        assert_eq!((welch_p(&[1.0, 1.0], &[0.5, 0.5]), welch_p(&[1.0, 1.0], &[1.0, 1.0])), (0.0, 1.0));
    }
}
