//! Dense systems of linear equations.

/// A pivot below so much of the largest entry counts as 0.
const SINGULAR: f64 = 1e-13;

/// y with M y = b, M being `[n][n]`: Gaussian elimination with partial pivoting (Golub and Van Loan 2013, section 3.4). `None` where
/// M is singular, or so close to it that nothing of y would be known.
pub(super) fn solve(mut matrix: Vec<f64>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let size = b.len();
    let largest = matrix.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));
    for k in 0..size {
        let pivot = (k..size).max_by(|i, j| matrix[i * size + k].abs().total_cmp(&matrix[j * size + k].abs()))?;
        let height = matrix[pivot * size + k].abs();
        if height.is_nan() || height <= SINGULAR * largest {
            return None;
        }
        if pivot != k {
            let (above, below) = matrix.split_at_mut(pivot * size);
            above[k * size..(k + 1) * size].swap_with_slice(&mut below[..size]);
            b.swap(k, pivot);
        }
        let (above, below) = matrix.split_at_mut((k + 1) * size);
        let row = &above[k * size..];
        for (i, other) in below.chunks_mut(size).enumerate() {
            let factor = other[k] / row[k];
            other[k..].iter_mut().zip(&row[k..]).for_each(|(entry, above)| *entry -= factor * above);
            b[k + 1 + i] -= factor * b[k];
        }
    }
    for k in (0..size).rev() {
        let row = &matrix[k * size..(k + 1) * size];
        b[k] = (b[k] - super::dot(&row[k + 1..], &b[k + 1..])) / row[k];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn solutions_solve() {
        for size in [1, 2, 7, 40] {
            let mut random = Stream::new(7, "dense", size as u64);
            let matrix: Vec<f64> = (0..size * size).map(|_| random.normal()).collect();
            let b: Vec<f64> = (0..size).map(|_| random.normal()).collect();
            let y = solve(matrix.clone(), b.clone()).unwrap();
            for (row, b) in matrix.chunks(size).zip(&b) {
                assert!((super::super::dot(row, &y) - b).abs() < 1e-10, "{size}");
            }
        }
        // The first pivot is 0: rows have to be exchanged.
        assert_eq!(solve(vec![0.0, 2.0, 1.0, 0.0], vec![6.0, 5.0]), Some(vec![5.0, 3.0]));
        assert_eq!(solve(vec![], vec![]), Some(vec![]));
    }

    #[test]
    fn what_is_singular_is_refused() {
        assert_eq!(solve(vec![1.0, 2.0, 2.0, 4.0], vec![1.0, 2.0]), None);
        assert_eq!(solve(vec![0.0], vec![0.0]), None);
        assert_eq!(solve(vec![f64::NAN], vec![1.0]), None);
        // 0.1 · 3 is not 0.3: the last pivot is round-off and not 0.
        assert_eq!(solve(vec![0.1, 0.3, 0.3, 0.3 * 3.0], vec![1.0, 2.0]), None);
    }
}
