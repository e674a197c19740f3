//! The pools of a cell: the mean or the largest of the 3 × 3 pixels around each.

use burn::module::Module;
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Device, Tensor, TensorData};

use super::device::is_processor;
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
        let pooled =
            if self.largest { with_stride(largest3(input), self.stride) } else { average3(input, self.stride) };
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

/// The mean over the pixels that exist of the 3 × 3 around each. On the processor burn's pool takes as long as a convolution; what is
/// taken there gives the same (`tests` below compare).
fn average3(input: Tensor<4>, stride: usize) -> Tensor<4> {
    if is_processor(&input.device()) {
        return with_stride(banded(input), stride);
    }
    let options = AvgPoolOptions::new([3, 3]).with_stride([stride; 2]).with_padding([1, 1]);
    avg_pool2d(input, options.with_count_include_pad(false))
}

/// The mean along rows, then along columns, each a product with a band matrix.
fn banded(input: Tensor<4>) -> Tensor<4> {
    let [batch, channels, height, width] = input.dims();
    let device = input.device();
    let planes = batch * channels;
    let rows = input.reshape([planes * height, width]).matmul(band(width, &device));
    let columns = rows.reshape([planes, height, width]).swap_dims(1, 2).reshape([planes * width, height]);
    let both = columns.matmul(band(height, &device)).reshape([planes, width, height]).swap_dims(1, 2);
    both.reshape([batch, channels, height, width])
}

/// The largest of the pixels that exist of the 3 × 3 around each: along rows, then along columns. At the border a pixel stands for
/// the one that is missing, which changes no maximum. burn's pool gives the same, takes as long as a convolution, and is compiled
/// for every type of number.
fn largest3(input: Tensor<4>) -> Tensor<4> {
    [2, 3].into_iter().fold(input, |input, axis| {
        let side = input.dims()[axis];
        if side == 1 {
            return input;
        }
        let (first, last) = (input.clone().narrow(axis, 0, 1), input.clone().narrow(axis, side - 1, 1));
        let before = Tensor::cat(vec![first, input.clone().narrow(axis, 0, side - 1)], axis);
        let behind = Tensor::cat(vec![input.clone().narrow(axis, 1, side - 1), last], axis);
        input.max_pair(before).max_pair(behind)
    })
}

/// The largest of every 2 × 2 pixels, `[batch, channels, ⌈height / 2⌉, ⌈width / 2⌉]`.
pub(super) fn largest2(input: Tensor<4>) -> Tensor<4> {
    [2, 3].into_iter().fold(input, |input, axis| {
        let [even, odd] = pairs(input, axis);
        even.max_pair(odd)
    })
}

/// Every pixel, or every other one along both sides, the first one first.
fn with_stride(input: Tensor<4>, stride: usize) -> Tensor<4> {
    if stride == 1 {
        return input;
    }
    [2, 3].into_iter().fold(input, |input, axis| {
        let [even, _] = pairs(input, axis);
        even
    })
}

/// The pixels at even and at odd places along `axis`; of an odd side the last one stands for its missing neighbour.
fn pairs(input: Tensor<4>, axis: usize) -> [Tensor<4>; 2] {
    let side = input.dims()[axis];
    let even = match side % 2 {
        0 => input,
        _ => Tensor::cat(vec![input.clone(), input.narrow(axis, side - 1, 1)], axis),
    };
    let dims = even.dims();
    // The pair becomes an axis of its own behind the one that it is taken from.
    let (before, behind): (usize, usize) = (dims[..axis].iter().product(), dims[axis + 1..].iter().product());
    let paired = even.reshape([before, dims[axis] / 2, 2, behind]);
    let mut shape = dims;
    shape[axis] /= 2;
    [0, 1].map(|place| paired.clone().narrow(2, place, 1).reshape(shape))
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
    use burn::tensor::module::max_pool2d;
    use burn::tensor::ops::MaxPoolOptions;

    use super::super::tensors::{apart, normal};
    use super::*;

    /// Values and gradients of two pools that are to be the same.
    fn compare(
        height: usize,
        width: usize,
        ours: &dyn Fn(Tensor<4>) -> Tensor<4>,
        theirs: &dyn Fn(Tensor<4>) -> Tensor<4>,
    ) {
        let device = Device::flex().autodiff();
        let run = |pool: &dyn Fn(Tensor<4>) -> Tensor<4>| {
            let input = normal("input", [2, 3, height, width], &device);
            let output = pool(input.clone());
            let gradients = (output.clone() * normal("weights", output.dims(), &device)).sum().backward();
            (output.inner(), input.grad(&gradients).unwrap())
        };
        let (ours, theirs) = (run(ours), run(theirs));
        assert!(apart(ours.0, theirs.0) < 1e-5, "{height} × {width}");
        assert!(apart(ours.1, theirs.1) < 1e-5, "{height} × {width}");
    }

    #[test]
    fn pools_are_those_of_burn_and_so_are_their_gradients() {
        for [height, width] in [[1, 1], [2, 2], [4, 8], [7, 3], [5, 1]] {
            for stride in [1, 2] {
                let average = AvgPoolOptions::new([3, 3]).with_stride([stride; 2]).with_padding([1, 1]);
                let average = average.with_count_include_pad(false);
                let largest = MaxPoolOptions::new([3, 3]).with_stride([stride; 2]).with_padding([1, 1]);
                let ours = |largest: bool| {
                    move |input: Tensor<4>| Pool::new(largest, stride, None).forward(input, Phase::Train)
                };
                compare(height, width, &ours(false), &|input| avg_pool2d(input, average.clone()));
                compare(height, width, &ours(true), &|input| max_pool2d(input, largest.clone()));
            }
            let two = MaxPoolOptions::new([2, 2]).with_stride([2, 2]).with_ceil_mode(true);
            compare(height, width, &largest2, &|input| max_pool2d(input, two.clone()));
        }
    }
}
