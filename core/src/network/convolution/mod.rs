//! An activation and a convolution; ReLU and convolution as one operation with a gradient of its own, on the processor.
//!
//! burn lays every patch of an image out as a row of a matrix, forwards and twice backwards, and multiplies: for 16 channels
//! the rows cost more than the products. [`kernel`] sums where the values lie, and needs no ReLU in memory. A GPU has burn's
//! convolution with another gradient.

#[cfg(any(test, feature = "wgpu", feature = "cuda", feature = "webgpu"))]
mod gpu;
#[cfg(feature = "cpu")]
mod kernel;
#[cfg(feature = "cpu")]
mod lanes;
#[cfg(feature = "cpu")]
mod operation;

use burn::tensor::Tensor;
use burn::tensor::activation::{relu, silu};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;

use crate::objective::supernet::Activation;

/// `[batch, inputs, height, width]` by `[outputs, inputs, kernel, kernel]` to `[batch, outputs, ⌈height / stride⌉,
/// ⌈width / stride⌉]`; the kernel has a side of 1 or 3. `before` is applied to the input.
pub(super) fn convolution(input: Tensor<4>, weight: Tensor<4>, stride: usize, before: Option<Activation>) -> Tensor<4> {
    let (input, rectify) = match before {
        None => (input, false),
        Some(Activation::Relu) => (input, true),
        Some(Activation::Silu) => (silu(input), false),
    };
    #[cfg(feature = "cpu")]
    if let Some(output) = operation::convolution(&input, &weight, stride, rectify) {
        return output;
    }
    let [_, _, side, _] = weight.dims();
    let input = if rectify { relu(input) } else { input };
    grouped(input, weight, ConvOptions::new([stride, stride], [side / 2, side / 2], [1, 1], 1))
}

/// Each of `options.groups` groups of channels convolved for itself: one for all, or one for each.
pub(super) fn grouped(input: Tensor<4>, weight: Tensor<4>, options: ConvOptions<2>) -> Tensor<4> {
    #[cfg(any(feature = "wgpu", feature = "cuda", feature = "webgpu"))]
    if let Some(output) = gpu::convolution::<burn::backend::Cube>(&input, &weight, &options) {
        return output;
    }
    conv2d(input, weight, None, options)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::super::tensors::{apart, normal};
    use super::*;

    #[test]
    fn values_and_gradients_are_those_of_burns_own() {
        let device = Device::flex().autodiff();
        for [batch, inputs, outputs, height, width] in
            [[1, 1, 1, 1, 1], [9, 3, 8, 5, 4], [8, 8, 16, 8, 8], [11, 6, 5, 2, 2], [3, 4, 12, 7, 9], [2, 16, 16, 1, 3]]
        {
            let rectified = Some(Activation::Relu);
            let cases = [(3, 1, rectified), (3, 1, None), (3, 2, rectified), (1, 1, rectified), (1, 1, None)];
            for (side, stride, activation) in cases.into_iter().chain([(3, 2, Some(Activation::Silu))]) {
                let input = normal("input", [batch, inputs, height, width], &device);
                let weight = normal("weight", [outputs, inputs, side, side], &device);
                let by = normal("by", [batch, outputs, height.div_ceil(stride), width.div_ceil(stride)], &device);
                let padding = [side / 2, side / 2];
                let before = match activation {
                    None => input.clone(),
                    Some(Activation::Relu) => relu(input.clone()),
                    Some(Activation::Silu) => silu(input.clone()),
                };
                let options = ConvOptions::new([stride, stride], padding, [1, 1], 1);
                let theirs = conv2d(before, weight.clone(), None, options);
                let ours = convolution(input.clone(), weight.clone(), stride, activation);
                let plain = convolution(input.clone().inner(), weight.clone().inner(), stride, activation);
                let case = format!("{batch} {inputs} {outputs} {height} {width}, {side} {stride} {activation:?}");
                assert_eq!(apart(plain, ours.clone().inner()), 0.0, "{case}");
                assert!(apart(ours.clone(), theirs.clone()) < 1e-5, "{case}");
                let (ours, theirs) = ((ours * by.clone()).sum().backward(), (theirs * by).sum().backward());
                for tensor in [&input, &weight] {
                    let (ours, theirs) = (tensor.grad(&ours).unwrap(), tensor.grad(&theirs).unwrap());
                    assert!(apart(ours, theirs) < 1e-5, "{case}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        let device = Device::flex();
        let (input, weight) = (Tensor::full([1, 1, 1, 1], f32::NAN, &device), Tensor::ones([1, 1, 1, 1], &device));
        assert!(convolution(input, weight, 1, Some(Activation::Relu)).into_scalar::<f32>().is_nan());
    }

    #[test]
    fn the_same_bits_whatever_the_number_of_threads() {
        let device = Device::flex().autodiff();
        let input = normal("input", [50, 16, 16, 16], &device).inner();
        let weight = normal("weight", [8, 16, 3, 3], &device).inner();
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let by = |input: Tensor<4>, weight| convolution(input, weight, 1, Some(Activation::Relu));
        let alone = one.install(|| by(input.clone(), weight.clone()));
        assert_eq!(alone.into_data(), by(input, weight).into_data());
    }
}
