//! Batch normalisation of planes in memory, `[image][channel][pixel]`, and its gradients.
//!
//! `y = γ (x − μ) / √(σ² + ε) + β` with the mean μ and the biased variance σ² of a channel over all images and pixels, and
//! with `x̂ = (x − μ) / √(σ² + ε)` and means over the same,
//! `dx = γ / √(σ² + ε) · (dy − mean(dy) − x̂ mean(dy x̂))`, `dγ = Σ dy x̂`, `dβ = Σ dy` (Ioffe and Szegedy 2015).
//!
//! A plane is summed in f32 and the planes of a channel in f64, in one order, whatever the number of threads.

use macerator::AutoArch;

use super::super::spread::spread;

/// A value takes as long as so many multiplications of a convolution: it comes from memory.
const COST: usize = 16;
/// Partial sums of a plane.
const LANES: usize = 16;

/// Mean and biased variance of each channel.
pub(super) fn statistics(x: &[f32], channels: usize, pixels: usize) -> (Vec<f32>, Vec<f32>) {
    let of_planes = planes(x, pixels, |_, x| {
        let mean = sum(x, x, |x, _| x) / pixels as f32;
        (mean, sum(x, x, |x, _| (x - mean) * (x - mean)))
    });
    let images = (of_planes.len() / channels) as f64;
    let of_channel = |channel: usize| {
        let of_planes =
            || of_planes.iter().skip(channel).step_by(channels).map(|(m, s)| (f64::from(*m), f64::from(*s)));
        let mean = of_planes().map(|(mean, _)| mean).sum::<f64>() / images;
        let squares: f64 =
            of_planes().map(|(of_plane, s)| s + pixels as f64 * (of_plane - mean) * (of_plane - mean)).sum();
        (mean as f32, (squares / (images * pixels as f64)) as f32)
    };
    (0..channels).map(of_channel).unzip()
}

/// `y = a x + b` with a and b of its channel.
pub(super) fn affine(x: &[f32], pixels: usize, of_channel: &[(f32, f32)]) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    let image = pixels * of_channel.len();
    let pieces: Vec<_> = y.chunks_mut(image).zip(x.chunks(image)).collect();
    spread(pieces, COST * x.len(), |(y, x)| {
        AutoArch::new().dispatch(|| {
            for ((y, x), (a, b)) in y.chunks_exact_mut(pixels).zip(x.chunks_exact(pixels)).zip(of_channel) {
                y.iter_mut().zip(x).for_each(|(y, x)| *y = a * x + b);
            }
        });
    });
    y
}

/// The gradients by γ and β of `dy`, which becomes the gradient by x; `of_channel` has γ, μ and `1 / √(σ² + ε)`.
pub(super) fn backward(x: &[f32], dy: &mut [f32], pixels: usize, of_channel: &[[f32; 3]]) -> (Vec<f32>, Vec<f32>) {
    let channels = of_channel.len();
    let count = (x.len() / channels) as f64;
    let of_planes = planes(dy, pixels, |plane, dy| {
        let [_, mean, inverse] = of_channel[plane % channels];
        let x = &x[plane * pixels..][..pixels];
        (sum(dy, x, |dy, x| dy * ((x - mean) * inverse)), sum(dy, x, |dy, _| dy))
    });
    let of_gradients = |channel: usize| {
        let of_planes = of_planes.iter().skip(channel).step_by(channels);
        of_planes.fold((0.0, 0.0), |(g, b), (scale, shift)| (g + f64::from(*scale), b + f64::from(*shift)))
    };
    let sums: Vec<(f64, f64)> = (0..channels).map(of_gradients).collect();
    let pieces: Vec<_> = dy.chunks_mut(pixels * channels).zip(x.chunks(pixels * channels)).collect();
    spread(pieces, COST * x.len(), |(dy, x)| {
        AutoArch::new().dispatch(|| {
            let planes = dy.chunks_exact_mut(pixels).zip(x.chunks_exact(pixels));
            for ((dy, x), ([scale, mean, inverse], (by_scale, by_shift))) in planes.zip(of_channel.iter().zip(&sums)) {
                let (tilt, level) = ((by_scale / count) as f32 * inverse, (by_shift / count) as f32);
                let scale = scale * inverse;
                dy.iter_mut().zip(x).for_each(|(dy, x)| *dy = scale * (*dy - level - tilt * (x - mean)));
            }
        });
    });
    sums.into_iter().map(|(scale, shift)| (scale as f32, shift as f32)).unzip()
}

/// Two sums of each plane.
fn planes(values: &[f32], pixels: usize, of: impl Fn(usize, &[f32]) -> (f32, f32) + Sync) -> Vec<(f32, f32)> {
    let few = 16_384_usize.div_ceil(pixels);
    let pieces: Vec<_> = values.chunks(few * pixels).enumerate().collect();
    let sums = spread(pieces, COST * values.len(), |(index, values)| -> Vec<(f32, f32)> {
        AutoArch::new().dispatch(|| {
            values.chunks_exact(pixels).enumerate().map(|(plane, values)| of(index * few + plane, values)).collect()
        })
    });
    sums.concat()
}

/// The sum of `of` the values of two planes, in `LANES` partial sums: a processor adds several values at once.
#[inline(always)]
fn sum(one: &[f32], other: &[f32], of: impl Fn(f32, f32) -> f32) -> f32 {
    let ((ones, one), (others, other)) = (one.as_chunks::<LANES>(), other.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (one, other) in ones.iter().zip(others) {
        for lane in 0..LANES {
            sums[lane] += of(one[lane], other[lane]);
        }
    }
    let rest: f32 = one.iter().zip(other).map(|(one, other)| of(*one, *other)).sum();
    sums.iter().sum::<f32>() + rest
}
