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

/// mean(a) − mean(b) with Welch's interval (Welch 1947: unequal variances, Student's t with fractional degrees of
/// freedom). Both samples have at least two values.
pub(crate) fn welch(a: &[f64], b: &[f64]) -> Difference {
    let ((mean_a, variance_a), (mean_b, variance_b)) = (moments(a), moments(b));
    let (share_a, share_b) = (variance_a / a.len() as f64, variance_b / b.len() as f64);
    let (mean, variance) = (mean_a - mean_b, share_a + share_b);
    if variance == 0.0 {
        return Difference { mean, low: mean, high: mean };
    }
    let freedom =
        variance * variance / (share_a * share_a / (a.len() - 1) as f64 + share_b * share_b / (b.len() - 1) as f64);
    let half = StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(0.975)) * variance.sqrt();
    Difference { mean, low: mean - half, high: mean + half }
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
    }

    #[test]
    fn without_any_spread_the_interval_is_a_point() {
        assert_eq!(welch(&[1.0, 1.0], &[0.5, 0.5]), Difference { mean: 0.5, low: 0.5, high: 0.5 });
    }
}
