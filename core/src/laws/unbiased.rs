//! The test of a mean vector: is the mean of many estimates the vector that it should be?

use super::chi_square::{self, DEVIATIONS};
use super::{Verdict, ensure};
use crate::numeric;

/// Estimates of one vector, gathered in blocks: what is correlated within a block does not count as independent.
#[derive(Debug)]
pub(super) struct Estimates {
    block: usize,
    /// Sum of the block that is being filled, and how many are in it.
    open: (Vec<f64>, usize),
    /// Means of the full blocks, `[blocks][A]`.
    means: Vec<Vec<f64>>,
}

impl Estimates {
    /// No estimates of a vector of `length` yet; `block` of them make one block.
    pub(super) fn new(length: usize, block: usize) -> Self {
        Self { block, open: (vec![0.0; length], 0), means: Vec::new() }
    }

    pub(super) fn push(&mut self, estimate: &[f64]) {
        self.open.0.iter_mut().zip(estimate).for_each(|(sum, x)| *sum += x);
        self.open.1 += 1;
        if self.open.1 == self.block {
            self.means.push(self.open.0.iter().map(|sum| sum / self.block as f64).collect());
            self.open.0.fill(0.0);
            self.open.1 = 0;
        }
    }

    pub(super) fn blocks(&self) -> usize {
        self.means.len()
    }

    /// Ensures that each coordinate of the mean is within 4 standard errors of `want`, and that Hotelling's T² over all
    /// of them, which is χ² for many blocks, is within its limit too.
    ///
    /// # Source
    /// Hotelling 1931. Directions without variance (the score of a softmax sums to 0) are left out by pivoted Cholesky
    /// decomposition; in those the mean has to be right within rounding.
    pub(super) fn agree_with(&self, want: &[f64]) -> Verdict {
        let n = self.means.len() as f64;
        ensure!(n >= 10.0 * want.len() as f64, "{n} blocks are too few for {} coordinates", want.len());
        let mean: Vec<f64> = (0..want.len()).map(|i| self.means.iter().map(|row| row[i]).sum::<f64>() / n).collect();
        let covariance = |i: usize, j: usize| {
            let products = self.means.iter().map(|row| (row[i] - mean[i]) * (row[j] - mean[j]));
            products.sum::<f64>() / (n - 1.0) / n
        };
        let mut c: Vec<Vec<f64>> =
            (0..want.len()).map(|i| (0..want.len()).map(|j| covariance(i, j)).collect()).collect();
        let mut distance: Vec<f64> = mean.iter().zip(want).map(|(got, want)| got - want).collect();
        let rounding = 1e-10 * want.iter().fold(1.0, |largest, x| x.abs().max(largest));
        for i in 0..want.len() {
            let allowed = DEVIATIONS * numeric::sqrt(c[i][i]) + rounding;
            ensure!(
                distance[i].abs() <= allowed,
                "coordinate {i}: mean {} of {n} blocks, want {} ± {allowed}",
                mean[i],
                want[i]
            );
        }
        let (mut t, mut rank) = (0.0, 0);
        let floor = 1e-9 * (0..want.len()).map(|i| c[i][i]).fold(0.0, f64::max) + 1e-28;
        let mut left: Vec<usize> = (0..want.len()).collect();
        while let Some(place) = (0..left.len()).max_by(|a, b| c[left[*a]][left[*a]].total_cmp(&c[left[*b]][left[*b]])) {
            let pivot = left.swap_remove(place);
            if c[pivot][pivot] <= floor {
                let allowed = DEVIATIONS * numeric::sqrt(floor) + rounding;
                let mut rest = left.iter().chain([&pivot]);
                let wrong = rest.find(|i| distance[**i].abs() > allowed);
                ensure!(wrong.is_none(), "a direction without variance is off by {distance:?}");
                break;
            }
            // The part of the distance along the pivot is measured, then taken out of what is left.
            t += distance[pivot] * distance[pivot] / c[pivot][pivot];
            rank += 1;
            for &i in &left {
                let share = c[i][pivot] / c[pivot][pivot];
                distance[i] -= share * distance[pivot];
                for &j in &left {
                    let along = share * c[pivot][j];
                    c[i][j] -= along;
                }
            }
        }
        if rank > 0 {
            let limit = chi_square::limit(rank);
            ensure!(t <= limit, "T² = {t:.1} over {rank} directions, the limit is {limit:.1}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    fn estimates(shift: f64) -> Estimates {
        let mut random = Stream::new(1, "unbiased", 0);
        let mut estimates = Estimates::new(3, 10);
        for _ in 0..5000 {
            let (x, y) = (random.normal(), random.normal());
            // The third coordinate is the negative sum of the others, as in a softmax.
            estimates.push(&[x + shift, x + 0.1 * y - shift, -2.0 * x - 0.1 * y]);
        }
        estimates
    }

    #[test]
    fn a_right_mean_passes_and_a_shift_is_found_even_where_no_coordinate_shows_it() {
        assert_eq!(estimates(0.0).agree_with(&[0.0; 3]), Ok(()));
        // Standard errors are 0.014: the shift is less than 4 of them in each coordinate, but not in x − y.
        let words = estimates(0.02).agree_with(&[0.0; 3]).unwrap_err();
        assert!(words.starts_with("T²"), "{words}");
        let words = estimates(0.2).agree_with(&[0.0; 3]).unwrap_err();
        assert!(words.starts_with("coordinate 0"), "{words}");
    }
}
