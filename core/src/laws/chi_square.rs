//! Pearson's χ² test of counts against probabilities.

use super::{Verdict, ensure};
use crate::numeric;

/// Standard deviations of a threshold.
pub(super) const DEVIATIONS: f64 = 4.0;

/// The value that χ² with `freedom` degrees exceeds with the probability of [`DEVIATIONS`] standard deviations of a
/// normal variable (Wilson and Hilferty 1931).
pub(super) fn limit(freedom: usize) -> f64 {
    let variance = 2.0 / (9.0 * freedom as f64);
    let root = 1.0 - variance + DEVIATIONS * numeric::sqrt(variance);
    freedom as f64 * root * root * root
}

/// Ensures that `counts` are a sample of `probabilities`. Cells where fewer than 5 are expected count as one.
pub(super) fn fits(counts: &[u64], probabilities: &[f64]) -> Verdict {
    let total = counts.iter().sum::<u64>() as f64;
    let (mut chi, mut cells, mut rare) = (0.0, 0, (0.0, 0.0));
    let mut add = |count: f64, expected: f64| {
        chi += (count - expected) * (count - expected) / expected;
        cells += 1;
    };
    for (cell, (count, p)) in counts.iter().zip(probabilities).enumerate() {
        let (count, expected) = (*count as f64, total * p);
        ensure!(expected > 0.0 || count == 0.0, "cell {cell} has probability {p} and was drawn {count} times");
        if expected < 5.0 {
            rare = (rare.0 + count, rare.1 + expected);
        } else {
            add(count, expected);
        }
    }
    if rare.1 > 0.0 {
        add(rare.0, rare.1);
    }
    if cells > 1 {
        let limit = limit(cells - 1);
        ensure!(chi <= limit, "χ² = {chi:.1} with {} degrees of freedom, the limit is {limit:.1}", cells - 1);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_the_tables() {
        // χ² beyond 4 standard deviations, one-sided p = 3.167e-5. For even degrees it has a closed form, e.g. −2 ln p for
        // 2; for 1 it is z² of the two-sided p. The approximation is off by a tenth at 1 and by less with more.
        for (freedom, exact) in [(1, 17.3), (2, 20.72), (12, 42.13), (100, 166.81)] {
            assert!((limit(freedom) / exact - 1.0).abs() < 0.1, "{freedom}: {}", limit(freedom));
        }
    }

    #[test]
    fn a_loaded_die_is_noticed() {
        let fair = [1.0 / 6.0; 6];
        assert_eq!(fits(&[990, 1010, 1005, 995, 1020, 980], &fair), Ok(()));
        assert!(fits(&[900, 1010, 1005, 995, 1020, 1200], &fair).is_err());
        assert!(fits(&[10, 1], &[1.0, 0.0]).is_err());
    }
}
