//! The three products of a matrix by rows, in an order of operations that is written down, so that a compiler can put
//! neighbours side by side in a register and the bits are the same whether it does or not.

/// `sums += Σ_j inputs_j · rows_j`; `rows` is `[inputs, sums]`.
pub(super) fn add_weighted_rows(rows: &[f64], inputs: &[f64], sums: &mut [f64]) {
    let width = sums.len();
    // Four rows at a time: the sums are read and written a quarter as often, which is most of the time of a step.
    let (mut blocks, mut quads) = (rows.chunks_exact(4 * width), inputs.chunks_exact(4));
    for (block, x) in blocks.by_ref().zip(quads.by_ref()) {
        let (ab, cd) = block.split_at(2 * width);
        let ((a, b), (c, d)) = (ab.split_at(width), cd.split_at(width));
        for ((((sum, a), b), c), d) in sums.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *sum += (x[0] * a + x[1] * b) + (x[2] * c + x[3] * d);
        }
    }
    for (row, x) in blocks.remainder().chunks_exact(width).zip(quads.remainder()) {
        add_scaled(*x, row, sums);
    }
}

/// `sums += x · row`.
pub(super) fn add_scaled(x: f64, row: &[f64], sums: &mut [f64]) {
    for (sum, w) in sums.iter_mut().zip(row) {
        *sum += x * w;
    }
}

/// `Σ_i a_i b_i`, in eight sums that are added at the end.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (mut left, mut right) = (a.chunks_exact(8), b.chunks_exact(8));
    for (a, b) in left.by_ref().zip(right.by_ref()) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(a, b)| a * b).sum();
    ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7])) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_match_the_definition_for_every_remainder() {
        for n in 1..20 {
            let inputs: Vec<f64> = (0..n).map(|j| f64::from(j) - 3.0).collect();
            let rows: Vec<f64> = (0..3 * n).map(|i| f64::from(i * i % 11)).collect();
            let mut sums = [1.0, 2.0, 3.0];
            add_weighted_rows(&rows, &inputs, &mut sums);
            for (i, sum) in sums.iter().enumerate() {
                let want: f64 = inputs.iter().zip(rows.chunks(3)).map(|(x, row)| x * row[i]).sum();
                assert_eq!(*sum, want + i as f64 + 1.0, "{n} inputs, column {i}");
            }
            let want: f64 = inputs.iter().zip(&rows).map(|(a, b)| a * b).sum();
            assert_eq!(dot(&inputs, &rows[..inputs.len()]), want);
        }
    }
}
