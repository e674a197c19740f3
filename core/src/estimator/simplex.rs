//! Rows of the simplex, one for each position: into it by softmax, and with slopes back out of it.

use std::ops::Range;

use crate::numeric;
use crate::space::{Architecture, Space};

/// Where the row of each position stands among all choices.
pub(super) fn rows(space: &Space) -> impl Iterator<Item = Range<usize>> + '_ {
    (0..space.length()).map(|l| space.offset(l)..space.offset(l + 1))
}

/// `softmax(logits / temperature)` of each row, `[Σ K_l]`.
pub(super) fn softmax(space: &Space, logits: &[f64], temperature: f64) -> Vec<f64> {
    let scaled: Vec<f64> = logits.iter().map(|logit| logit / temperature).collect();
    let mut p = vec![0.0; logits.len()];
    for row in rows(space) {
        numeric::softmax(&scaled[row.clone()], &mut p[row]);
    }
    p
}

/// `into += weight · J(y) · slopes`, J(y) = diag(y) − y yᵀ of each row: slopes in y become slopes in the logits that y is
/// the softmax of.
pub(crate) fn add_back(space: &Space, y: &[f64], slopes: &[f64], weight: f64, into: &mut [f64]) {
    for row in rows(space) {
        let mean: f64 = y[row.clone()].iter().zip(&slopes[row.clone()]).map(|(y, slope)| y * slope).sum();
        for i in row {
            into[i] += weight * y[i] * (slopes[i] - mean);
        }
    }
}

/// `into += weight · (h − p)`: the score of h under independent rows p.
pub(super) fn add_score(space: &Space, h: &[u8], p: &[f64], weight: f64, into: &mut [f64]) {
    into.iter_mut().zip(p).for_each(|(sum, p)| *sum -= weight * p);
    for (l, k) in h.iter().enumerate() {
        into[space.offset(l) + usize::from(*k)] += weight;
    }
}

/// The corner of an architecture, `[Σ K_l]`.
pub(crate) fn corner(space: &Space, architecture: &Architecture) -> Vec<f64> {
    let mut corner = vec![0.0; space.choices_in_all()];
    for (l, k) in architecture.choices().iter().enumerate() {
        corner[space.offset(l) + usize::from(*k)] = 1.0;
    }
    corner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_that_of_differences() {
        let space = Space::named("sequence:2x3").unwrap();
        let logits = [0.3, -1.0, 0.8, 2.0, 0.0, -0.5];
        let slopes = [1.0, -2.0, 0.5, 0.7, 3.0, -1.0];
        let value = |logits: &[f64]| -> f64 {
            softmax(&space, logits, 0.7).iter().zip(&slopes).map(|(y, slope)| y * slope).sum()
        };
        let mut got = [0.0; 6];
        add_back(&space, &softmax(&space, &logits, 0.7), &slopes, 1.0 / 0.7, &mut got);
        for (i, got) in got.iter().enumerate() {
            let at = |step: f64| {
                let mut moved = logits;
                moved[i] += step;
                value(&moved)
            };
            assert!((got - (at(1e-5) - at(-1e-5)) / 2e-5).abs() < 1e-9, "{i}");
        }
    }
}
