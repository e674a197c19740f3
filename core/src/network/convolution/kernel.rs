//! ReLU and convolution of planes in memory, and their gradients, eight images at a time.
//!
//! For kernel offsets κ and stride s, with zeros around the input,
//! `y[o, p] = Σ_i Σ_κ w[o, i, κ] · max(0, x[i, s p + κ])`. The gradient by x is the same sum over the gradient by y, spread
//! s apart, with the kernel turned round; the gradient by w is `Σ_p dy[o, p] · max(0, x[i, s p + κ])`.
//!
//! Every value is a sum in one order, whatever the number of threads.

#![allow(
    clippy::needless_range_loop,
    reason = "loops of a fixed length over arrays are what becomes vector instructions"
)]

use macerator::{AutoArch, Simd, WithSimd};

use super::super::spread::spread;
use super::lanes::{Grid, LANES, Lane, transposed};

/// What is convolved with what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// Rows of the input.
    pub(super) height: usize,
    /// Columns of the input.
    pub(super) width: usize,
    pub(super) stride: usize,
    /// Whether negative inputs count as 0.
    pub(super) rectify: bool,
}

impl Size {
    /// Sides of the output.
    pub(super) fn sides(&self) -> [usize; 2] {
        [self.height.div_ceil(self.stride), self.width.div_ceil(self.stride)]
    }

    /// Values of eight images before and after.
    fn eight(&self) -> [usize; 2] {
        let [height, width] = self.sides();
        [LANES * self.inputs * self.height * self.width, LANES * self.outputs * height * width]
    }

    /// The grid of the input; pixels of the output lie `stride` apart on it.
    fn grid<const K: usize>(&self, channels: usize) -> Grid {
        Grid { height: self.height, width: self.width, margin: K / 2, channels }
    }
}

/// How many outputs are summed at once: 8 keep a processor busy, 4 waste less where 8 do not divide them.
fn block(outputs: usize) -> usize {
    if outputs.is_multiple_of(8) { 8 } else { 4 }
}

/// `[block of outputs][kernel][input][output]` of the weights that `at` gives for (output, input, offset).
fn blocks<const K: usize>(outputs: usize, inputs: usize, at: impl Fn(usize, usize, usize) -> f32) -> Vec<f32> {
    let block = block(outputs);
    let mut weights = Vec::with_capacity(outputs.next_multiple_of(block) * K * K * inputs);
    for first in (0..outputs).step_by(block) {
        for offset in 0..K * K {
            for input in 0..inputs {
                weights.extend((first..first + block).map(|o| if o < outputs { at(o, input, offset) } else { 0.0 }));
            }
        }
    }
    weights
}

/// y of x, `[image][input][pixel]`, and w, `[output][input][offset]` with K × K offsets.
pub(super) fn forward<const K: usize>(size: Size, x: &[f32], w: &[f32]) -> Vec<f32> {
    let [of_x, of_y] = size.eight();
    let weights = blocks::<K>(size.outputs, size.inputs, |o, i, k| w[(o * size.inputs + i) * K * K + k]);
    let mut y = vec![0.0; x.len() / (of_x / LANES) * (of_y / LANES)];
    let pieces: Vec<_> = y.chunks_mut(of_y).zip(x.chunks(of_x)).collect();
    let multiplications = x.len() * K * K * size.outputs;
    spread(pieces, multiplications, |(y, x)| AutoArch::new().dispatch(Forward::<K> { size, x, weights: &weights, y }));
    y
}

/// The gradients by x and by w, of `dy`, each where it is wanted.
pub(super) fn backward<const K: usize>(
    size: Size,
    x: &[f32],
    w: &[f32],
    dy: &[f32],
    [wants_dx, wants_dw]: [bool; 2],
) -> (Vec<f32>, Vec<f32>) {
    let [of_x, of_y] = size.eight();
    let weights = blocks::<K>(size.inputs, size.outputs, |i, o, k| w[(o * size.inputs + i) * K * K + K * K - 1 - k]);
    let mut dx = if wants_dx { vec![0.0; x.len()] } else { Vec::new() };
    let mut chunks: Vec<&mut [f32]> = dx.chunks_mut(of_x).collect();
    chunks.resize_with(x.len().div_ceil(of_x), Default::default);
    let pieces: Vec<_> = chunks.into_iter().zip(x.chunks(of_x)).zip(dy.chunks(of_y)).collect();
    let multiplications = 2 * x.len() * K * K * size.outputs;
    let parts = spread(pieces, multiplications, |((dx, x), dy)| {
        AutoArch::new().dispatch(Backward::<K> { size, x, dy, weights: &weights, dx, wants_dw })
    });
    let mut dw = vec![0.0; w.len()];
    for part in parts {
        dw.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
    }
    (dx, dw)
}

struct Forward<'a, const K: usize> {
    size: Size,
    x: &'a [f32],
    weights: &'a [f32],
    y: &'a mut [f32],
}

impl<const K: usize> WithSimd for Forward<'_, K> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self) {
        let Self { size, x, weights, y } = self;
        let grid = size.grid::<K>(size.inputs);
        let laid = grid.lay(x, size.inputs, 1, size.rectify);
        let sums = Sums { grid, laid: &laid, stride: size.stride, outputs: size.outputs };
        sums.write::<K, S>(weights, y);
    }
}

struct Backward<'a, const K: usize> {
    size: Size,
    x: &'a [f32],
    dy: &'a [f32],
    weights: &'a [f32],
    /// Empty where it is not wanted.
    dx: &'a mut [f32],
    wants_dw: bool,
}

impl<const K: usize> WithSimd for Backward<'_, K> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self) -> Vec<f32> {
        let Self { size, x, dy, weights, dx, wants_dw } = self;
        if !dx.is_empty() {
            let grid = size.grid::<K>(size.outputs);
            let laid = grid.lay(dy, size.outputs, size.stride, false);
            let sums = Sums { grid, laid: &laid, stride: 1, outputs: size.inputs };
            sums.write::<K, S>(weights, dx);
            if size.rectify {
                dx.iter_mut().zip(x).for_each(|(dx, x)| *dx = if *x <= 0.0 { 0.0 } else { *dx });
            }
        }
        if !wants_dw {
            return Vec::new();
        }
        match fused::<S>() {
            true => correlation::<K, true>(size, x, dy),
            false => correlation::<K, false>(size, x, dy),
        }
    }
}

/// Whether the processor multiplies and adds at once; elsewhere that would be a call of a function.
#[inline(always)]
fn fused<S: Simd>() -> bool {
    S::lanes32() > 4 || cfg!(target_arch = "aarch64")
}

#[allow(clippy::disallowed_methods, reason = "networks promise their bits on one machine alone, as burn's products do")]
#[inline(always)]
fn multiply_add<const FUSED: bool>(a: f32, b: f32, sum: f32) -> f32 {
    if FUSED { a.mul_add(b, sum) } else { a * b + sum }
}

/// Weighted sums around each pixel of a grid.
struct Sums<'a> {
    grid: Grid,
    laid: &'a [Lane],
    stride: usize,
    outputs: usize,
}

impl Sums<'_> {
    /// All outputs by their [`blocks`], to `[image][output][pixel]`.
    #[inline(always)]
    fn write<const K: usize, S: Simd>(&self, weights: &[f32], to: &mut [f32]) {
        match (block(self.outputs), fused::<S>()) {
            (8, true) => self.write_blocks::<K, 8, true>(weights, to),
            (8, false) => self.write_blocks::<K, 8, false>(weights, to),
            (_, true) => self.write_blocks::<K, 4, true>(weights, to),
            (_, false) => self.write_blocks::<K, 4, false>(weights, to),
        }
    }

    /// `J` outputs at once.
    #[inline(always)]
    fn write_blocks<const K: usize, const J: usize, const FUSED: bool>(&self, weights: &[f32], to: &mut [f32]) {
        let &Self { grid, laid, stride, outputs } = self;
        let inputs = grid.channels;
        let (height, width) = (grid.height.div_ceil(stride), grid.width.div_ceil(stride));
        let pixels = height * width;
        let (weights, _) = weights.as_chunks::<J>();
        for (block, weights) in weights.chunks_exact(K * K * inputs).enumerate() {
            let first = block * J;
            let mut tile = [[[0.0; LANES]; LANES]; J];
            for pixel in 0..pixels {
                let (row, column) = (pixel / width, pixel % width);
                let mut sums = [[0.0; LANES]; J];
                // The rows of the kernel that lie on the grid; columns have their margin.
                let top = stride * row;
                let from = (K / 2).saturating_sub(top);
                let until = K.min(grid.height + K / 2 - top);
                for offset in from..until {
                    let values = &laid[grid.at(top + offset - K / 2, stride * column)..][..K * inputs];
                    let weights = &weights[offset * K * inputs..][..K * inputs];
                    for (value, weight) in values.iter().zip(weights) {
                        for j in 0..J {
                            for lane in 0..LANES {
                                sums[j][lane] = multiply_add::<FUSED>(weight[j], value[lane], sums[j][lane]);
                            }
                        }
                    }
                }
                let place = pixel % LANES;
                for j in 0..J {
                    tile[j][place] = sums[j];
                }
                if place == LANES - 1 || pixel == pixels - 1 {
                    for (tile, output) in tile.iter().zip(first..outputs) {
                        for (values, image) in transposed(tile).iter().zip(to.chunks_exact_mut(outputs * pixels)) {
                            let to = &mut image[output * pixels + pixel - place..][..=place];
                            match <&mut Lane>::try_from(&mut *to) {
                                Ok(eight) => *eight = *values,
                                Err(_) => to.copy_from_slice(&values[..=place]),
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The gradient by the weights, `[output][input][offset]`: eight outputs by eight inputs at once, image after image.
#[inline(always)]
fn correlation<const K: usize, const FUSED: bool>(size: Size, x: &[f32], dy: &[f32]) -> Vec<f32> {
    let Size { inputs, outputs, height, stride, rectify, .. } = size;
    let grid = size.grid::<K>(1);
    let [x_values, dy_values] = size.eight().map(|values| values / LANES);
    let mut sums = vec![[[0.0; LANES]; LANES]; outputs.div_ceil(LANES) * inputs.div_ceil(LANES) * K * K];
    for (x, dy) in x.chunks_exact(x_values).zip(dy.chunks_exact(dy_values)) {
        // Here eight channels lie side by side instead of eight images.
        let laid = |values: &[f32], channels, step, rectify| -> Vec<Vec<Lane>> {
            let eight = values.chunks(LANES * values.len() / channels);
            eight.map(|values| grid.lay(values, 1, step, rectify)).collect()
        };
        let (x, dy) = (laid(x, inputs, 1, rectify), laid(dy, outputs, stride, false));
        let mut sums = sums.iter_mut();
        for dy in &dy {
            for x in &x {
                for offset in 0..K * K {
                    let (down, right) = (offset / K, offset % K);
                    let sums = sums.next().expect("one for each pair of eights and each offset");
                    // All pixels in one go, from the first to the last whose row of x exists: between the rows dy is 0.
                    let from = (K / 2).saturating_sub(down);
                    let until = height.min(height + K / 2 - down);
                    if from < until {
                        let dy = &dy[grid.at(from, K / 2)..grid.at(until, 0) - K / 2];
                        let x = &x[grid.at(from + down - K / 2, right)..][..dy.len()];
                        *sums = outer::<FUSED>(*sums, x, dy);
                    }
                }
            }
        }
    }
    let mut dw = vec![0.0; outputs * inputs * K * K];
    for (index, value) in dw.iter_mut().enumerate() {
        let (output, input, offset) = (index / (K * K) / inputs, index / (K * K) % inputs, index % (K * K));
        let eights = output / LANES * inputs.div_ceil(LANES) + input / LANES;
        *value = sums[eights * K * K + offset][output % LANES][input % LANES];
    }
    dw
}

/// `sums` and the sum of `dy ⊗ x`.
#[inline(always)]
fn outer<const FUSED: bool>(mut sums: [Lane; LANES], x: &[Lane], dy: &[Lane]) -> [Lane; LANES] {
    for (x, dy) in x.iter().zip(dy) {
        for j in 0..LANES {
            for lane in 0..LANES {
                sums[j][lane] = multiply_add::<FUSED>(dy[j], x[lane], sums[j][lane]);
            }
        }
    }
    sums
}
