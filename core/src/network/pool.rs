//! The pools of a cell: the mean or the largest of the 3 × 3 pixels around each.

use burn::module::Module;
use burn::tensor::module::{avg_pool2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, TensorData};

use super::layers::{BatchNorm, Phase};
use super::state::Slot;

/// A pool, normalised where DARTS searches.
#[derive(Module, Debug)]
pub(super) struct Pool {
    largest: bool,
    stride: usize,
    norm: Option<BatchNorm>,
}

impl Pool {
    /// The largest value or the mean; `norm` of the result, if any.
    pub(super) fn new(largest: bool, stride: usize, norm: Option<BatchNorm>) -> Self {
        Self { largest, stride, norm }
    }

    /// `[batch, channels, height, width]` to `[batch, channels, ⌈height / stride⌉, ⌈width / stride⌉]`.
    pub(super) fn forward(&mut self, input: Tensor<4>, phase: Phase) -> Tensor<4> {
        let stride = [self.stride; 2];
        let pooled = if self.largest {
            max_pool2d(input, MaxPoolOptions::new([3, 3]).with_stride(stride).with_padding([1, 1]))
        } else if self.stride == 1 {
            average3(input)
        } else {
            let options = AvgPoolOptions::new([3, 3]).with_stride(stride).with_padding([1, 1]);
            avg_pool2d(input, options.with_count_include_pad(false))
        };
        match &mut self.norm {
            None => pooled,
            Some(norm) => norm.forward(pooled, phase),
        }
    }

    pub(super) fn slots<'a>(&'a mut self, name: &str, slots: &mut Vec<Slot<'a>>) {
        if let Some(norm) = &mut self.norm {
            norm.slots(&format!("{name}.1"), slots);
        }
    }
}

/// The mean over the pixels that exist of the 3 × 3 around each: along rows, then along columns, each a product with a
/// band matrix. burn's pool gives the same and takes as long as a convolution (`tests` below compare).
fn average3(input: Tensor<4>) -> Tensor<4> {
    let [batch, channels, height, width] = input.dims();
    let device = input.device();
    let planes = batch * channels;
    let rows = input.reshape([planes * height, width]).matmul(band(width, &device));
    let columns = rows.reshape([planes, height, width]).swap_dims(1, 2).reshape([planes * width, height]);
    let both = columns.matmul(band(height, &device)).reshape([planes, width, height]).swap_dims(1, 2);
    both.reshape([batch, channels, height, width])
}

/// `[side, side]`: column i holds the weights of the mean over i − 1, i and i + 1, as far as they exist.
fn band(side: usize, device: &Device) -> Tensor<2> {
    let mut values = vec![0f32; side * side];
    for to in 0..side {
        let near = to.saturating_sub(1)..side.min(to + 2);
        let weight = 1.0 / near.len() as f32;
        near.for_each(|from| values[from * side + to] = weight);
    }
    Tensor::from_data(TensorData::new(values, [side, side]), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    #[test]
    fn the_average_is_that_of_burns_pool_and_so_is_its_gradient() {
        let device = Device::flex().autodiff();
        let options = AvgPoolOptions::new([3, 3]).with_stride([1, 1]).with_padding([1, 1]);
        let options = options.with_count_include_pad(false);
        for [height, width] in [[1, 1], [2, 2], [4, 8], [7, 3]] {
            let shape = [2, 3, height, width];
            let wave = |name: &str| {
                let mut stream = Stream::new(1, name, 0);
                (0..6 * height * width).map(|_| stream.normal() as f32).collect::<Vec<f32>>()
            };
            let plane = |values| Tensor::<4>::from_data(TensorData::new(values, shape), &device);
            let run = |pool: &dyn Fn(Tensor<4>) -> Tensor<4>| {
                let input = plane(wave("input")).require_grad();
                let output = pool(input.clone());
                let gradients = (output.clone() * plane(wave("weights"))).sum().backward();
                let values = |tensor: Tensor<4>| tensor.into_data().try_to_vec::<f32>().unwrap();
                [values(output.inner()), values(input.grad(&gradients).unwrap())].concat()
            };
            let (ours, theirs) = (run(&average3), run(&|input| avg_pool2d(input, options.clone())));
            assert!(ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-5), "{height} × {width}");
        }
    }
}
