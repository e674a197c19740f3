//! The largest eigenvalue of a Hessian from gradients alone, by the method of Lanczos.

use std::future::Future;

use super::{dot, plus};
use crate::numeric;

/// The largest eigenvalue of the symmetric matrix whose products with vectors `[A]` `product` gives, from a Krylov space of
/// `steps` products that begins with `start`: no more than the largest, and close to it after a few.
///
/// # Source
/// Lanczos 1950; all vectors are made orthogonal to all before, since there are few.
/// # Errors
/// Those of `product`.
pub async fn largest_eigenvalue<E, F: Future<Output = Result<Vec<f64>, E>>>(
    start: &[f64],
    steps: usize,
    mut product: impl FnMut(Vec<f64>) -> F,
) -> Result<f64, E> {
    let (mut basis, mut diagonal, mut beside): (Vec<Vec<f64>>, Vec<f64>, Vec<f64>) = Default::default();
    let mut next = start.to_vec();
    for _ in 0..steps.min(start.len()) {
        let length = numeric::sqrt(dot(&next, &next));
        // What is left is rounding: the space holds all that the matrix makes of the start.
        if length <= 1e-12 || !length.is_finite() {
            break;
        }
        if !basis.is_empty() {
            beside.push(length);
        }
        let direction: Vec<f64> = next.iter().map(|x| x / length).collect();
        next = product(direction.clone()).await?;
        diagonal.push(dot(&direction, &next));
        basis.push(direction);
        for before in basis.iter().rev() {
            next = plus(&next, -dot(before, &next), before);
        }
    }
    Ok(of_tridiagonal(&diagonal, &beside))
}

/// The largest eigenvalue of a symmetric tridiagonal matrix, by bisection: the number of eigenvalues above x is that of the
/// positive pivots of the matrix less x (Sylvester).
fn of_tridiagonal(diagonal: &[f64], beside: &[f64]) -> f64 {
    if diagonal.is_empty() {
        return 0.0;
    }
    let off = |index: usize| beside.get(index).map_or(0.0, |x| x.abs());
    let before = |index: usize| if index == 0 { 0.0 } else { off(index - 1) };
    let circles = diagonal.iter().enumerate().map(|(index, center)| (*center, before(index) + off(index)));
    let (mut low, mut high) = circles.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (center, radius)| {
        (low.min(center - radius), high.max(center + radius))
    });
    let any_above = |x: f64| {
        let mut pivot = 1.0;
        diagonal.iter().enumerate().any(|(index, center)| {
            let coupled = if index == 0 { 0.0 } else { beside[index - 1] * beside[index - 1] / pivot };
            pivot = center - x - coupled;
            if pivot == 0.0 {
                pivot = -f64::MIN_POSITIVE;
            }
            pivot > 0.0
        })
    };
    for _ in 0..200 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if any_above(middle) { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::super::ready;
    use super::*;
    use crate::random::Stream;

    /// `matrix · v`, row by row.
    fn times(matrix: &[Vec<f64>], v: &[f64]) -> Vec<f64> {
        matrix.iter().map(|row| dot(row, v)).collect()
    }

    fn largest(matrix: &[Vec<f64>], steps: usize) -> f64 {
        let mut random = Stream::new(1, "start", 0);
        let start: Vec<f64> = matrix.iter().map(|_| random.normal()).collect();
        let product = |v: Vec<f64>| std::future::ready(Ok::<_, std::convert::Infallible>(times(matrix, &v)));
        ready(largest_eigenvalue(&start, steps, product)).unwrap_or_else(|never| match never {})
    }

    #[test]
    fn matrices_whose_eigenvalues_are_known() {
        assert!((largest(&[vec![2.0, 1.0], vec![1.0, 2.0]], 2) - 3.0).abs() < 1e-12);
        // All are below 0: the largest is the one nearest to it.
        assert!((largest(&[vec![-2.0, 1.0], vec![1.0, -2.0]], 2) + 1.0).abs() < 1e-12);
        // The second differences of n points: 2 − 2 cos(π k / (n + 1)).
        let n = 30;
        let row = |i: usize| (0..n).map(|j| [2.0, -1.0, 0.0][i.abs_diff(j).min(2)]).collect();
        let matrix: Vec<Vec<f64>> = (0..n).map(row).collect();
        let known = 2.0 - 2.0 * numeric::cos(std::f64::consts::PI * n as f64 / (n as f64 + 1.0));
        assert!((largest(&matrix, n) - known).abs() < 1e-9, "{}", largest(&matrix, n));
        // A spectrum as a Hessian has it, one large value and many small ones, is found after a few products.
        let mut random = Stream::new(2, "matrix", 0);
        let u: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let spiked = |i: usize| (0..n).map(|j| u[i] * u[j] + if i == j { 0.1 * i as f64 } else { 0.0 }).collect();
        let matrix: Vec<Vec<f64>> = (0..n).map(spiked).collect();
        let (few, all) = (largest(&matrix, 6), largest(&matrix, n));
        assert!((few - all).abs() < 0.01 * all, "{few} {all}");
        assert!(few <= all + 1e-9);
        assert_eq!(largest(&[vec![0.0; 3], vec![0.0; 3], vec![0.0; 3]], 3), 0.0);
    }
}
