//! Losses extended from architectures to mixtures of them.

/// How an objective that answers mixtures extends its values from the architectures to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relaxation {
    /// Linear in the row of each position, so that f(p) = E[f(h)] for independent h_l ~ p_l: no error of relaxation.
    Multilinear,
    /// Any other that agrees with the architectures at the corners.
    Nonlinear,
}

/// The largest space that is extended by summing over all of it.
pub(crate) const MOST_CORNERS: u64 = 1 << 22;

/// The multilinear extension `f(p) = Σ_h f(h) Π_l p_{l, h_l}` of values at all corners, and its slopes ∂f/∂p.
///
/// # Shapes
/// `choices` are K_l, `[L]`; `p` and the slopes are `[Σ K_l]`, position by position. `value(i)` is that of the i-th
/// architecture of [`Space::enumerate`](crate::space::Space::enumerate).
/// # Cost
/// About 2 · Π K_l · K / (K − 1) multiplications, and as many numbers of memory for all positions but the last.
pub fn multilinear(choices: &[usize], p: &[f64], value: impl Fn(usize) -> f64) -> (f64, Vec<f64>) {
    let mut rows = Vec::with_capacity(choices.len());
    let mut rest = p;
    for k in choices {
        let (row, after) = rest.split_at(*k);
        rows.push(row);
        rest = after;
    }
    // weights[l]: Π_{j < l} p_{j, h_j} of each beginning h_1..h_{l−1}.
    let mut weights = vec![vec![1.0]];
    for row in &rows[..rows.len() - 1] {
        let before = &weights[weights.len() - 1];
        weights.push(before.iter().flat_map(|weight| row.iter().map(move |p| weight * p)).collect());
    }
    let mut slopes = vec![0.0; p.len()];
    let mut end = p.len();
    // What follows each beginning, contracted from the last position on.
    let mut values: Option<Vec<f64>> = None;
    for (row, weights) in rows.iter().zip(&weights).rev() {
        let start = end - row.len();
        let mut contracted = vec![0.0; weights.len()];
        for (beginning, (sum, weight)) in contracted.iter_mut().zip(weights).enumerate() {
            for (k, p) in row.iter().enumerate() {
                let index = beginning * row.len() + k;
                let value = values.as_ref().map_or_else(|| value(index), |values| values[index]);
                *sum += p * value;
                slopes[start + k] += weight * value;
            }
        }
        values = Some(contracted);
        end = start;
    }
    (values.map_or(0.0, |values| values[0]), slopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sum_over_all_corners() {
        // Values without structure on 2 × 3 × 2.
        let value = |index: usize| ((index * 7 + 3) % 12) as f64 - 4.0;
        let p = [0.3, 0.7, 0.2, 0.5, 0.3, 0.9, 0.1];
        let brute = |p: &[f64]| -> f64 { (0..12).map(|i| value(i) * p[i / 6] * p[2 + i / 2 % 3] * p[5 + i % 2]).sum() };
        let (mean, slopes) = multilinear(&[2, 3, 2], &p, value);
        assert!((mean - brute(&p)).abs() < 1e-14);
        for (index, slope) in slopes.iter().enumerate() {
            // Linear in each coordinate, so that a difference over any distance is the slope.
            let mut moved = p;
            moved[index] += 1.0;
            assert!((brute(&moved) - brute(&p) - slope).abs() < 1e-13, "{index}");
        }
    }
}
