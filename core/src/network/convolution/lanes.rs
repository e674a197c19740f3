//! Eight images side by side: a value of the same channel and pixel of each is one vector of the processor.

/// Images side by side.
pub(super) const LANES: usize = 8;
/// A value of each.
pub(super) type Lane = [f32; LANES];

/// A grid of pixels that eight images are laid on: `[row][column][channel]`, with `margin` columns of zeros on both sides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) margin: usize,
    pub(super) channels: usize,
}

impl Grid {
    /// Where the channels of a column of a row begin; column 0 is the first of the left margin.
    #[inline(always)]
    pub(super) fn at(&self, row: usize, column: usize) -> usize {
        (row * (self.width + 2 * self.margin) + column) * self.channels
    }

    /// Lays `images`, `[image][channel][pixel]` with at most eight images, on the grid: pixel (i, j) at (step · i, step · j)
    /// and zeros between. `rectify` makes negative values 0.
    #[inline(always)]
    pub(super) fn lay(&self, images: &[f32], channels: usize, step: usize, rectify: bool) -> Vec<Lane> {
        let mut laid = vec![[0.0; LANES]; self.at(self.height, 0)];
        let width = self.width.div_ceil(step);
        let pixels = self.height.div_ceil(step) * width;
        for channel in 0..channels {
            let (mut row, mut column) = (0, 0);
            for from in (0..pixels).step_by(LANES) {
                let count = LANES.min(pixels - from);
                let mut block = [[0.0; LANES]; LANES];
                for (values, image) in block.iter_mut().zip(images.chunks_exact(channels * pixels)) {
                    let source = &image[channel * pixels + from..][..count];
                    match <&Lane>::try_from(source) {
                        Ok(eight) => *values = *eight,
                        Err(_) => values[..count].copy_from_slice(source),
                    }
                }
                for mut values in transposed(&block).into_iter().take(count) {
                    if rectify {
                        // What is not a number stays so, and the training is found to diverge.
                        values = values.map(|value| if value < 0.0 { 0.0 } else { value });
                    }
                    laid[self.at(step * row, self.margin + step * column) + channel] = values;
                    column += 1;
                    if column == width {
                        (row, column) = (row + 1, 0);
                    }
                }
            }
        }
        laid
    }
}

/// Rows become columns. Written as the three rounds of shuffles that processors have.
#[inline(always)]
pub(super) fn transposed(rows: &[Lane; LANES]) -> [Lane; LANES] {
    let pair = |a: Lane, b: Lane| {
        ([a[0], b[0], a[1], b[1], a[4], b[4], a[5], b[5]], [a[2], b[2], a[3], b[3], a[6], b[6], a[7], b[7]])
    };
    let four = |a: Lane, b: Lane| {
        ([a[0], a[1], b[0], b[1], a[4], a[5], b[4], b[5]], [a[2], a[3], b[2], b[3], a[6], a[7], b[6], b[7]])
    };
    let eight = |a: Lane, b: Lane| {
        ([a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]], [a[4], a[5], a[6], a[7], b[4], b[5], b[6], b[7]])
    };
    let [a, b, c, d, e, f, g, h] = *rows;
    let ((a, b), (c, d), (e, f), (g, h)) = (pair(a, b), pair(c, d), pair(e, f), pair(g, h));
    let ((a, c), (b, d), (e, g), (f, h)) = (four(a, c), four(b, d), four(e, g), four(f, h));
    // a: columns 0 and 4 of the first four rows, c: 1 and 5, b: 2 and 6, d: 3 and 7.
    let ((a, e), (c, g), (b, f), (d, h)) = (eight(a, e), eight(c, g), eight(b, f), eight(d, h));
    [a, c, b, d, e, g, f, h]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_columns() {
        let rows = std::array::from_fn(|row| std::array::from_fn(|column| (10 * row + column) as f32));
        let columns = transposed(&rows);
        for row in 0..LANES {
            for column in 0..LANES {
                assert_eq!(columns[column][row], rows[row][column]);
            }
        }
    }
}
