//! ReLU and convolution as one operation with a gradient of its own, on the CPU.
//!
//! burn lays every patch of an image out as a row of a matrix, forwards and twice backwards, and multiplies: for 16 channels
//! the rows cost more than the products. [`kernel`] sums where the values lie, and needs no ReLU in memory. Other devices
//! get burn's own operations.

mod kernel;
mod lanes;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::activation::relu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Tensor, TensorData};

use self::kernel::Size;

/// `[batch, inputs, height, width]` by `[outputs, inputs, kernel, kernel]` to `[batch, outputs, ⌈height / stride⌉,
/// ⌈width / stride⌉]`; the kernel has a side of 1 or 3. `rectify` puts a ReLU before it.
pub(super) fn convolution(input: Tensor<4>, weight: Tensor<4>, stride: usize, rectify: bool) -> Tensor<4> {
    let [outputs, inputs, side, _] = weight.dims();
    let [_, _, height, width] = input.dims();
    let size = Size { inputs, outputs, height, width, stride, rectify };
    type Recorded = Autodiff<Flex>;
    let recorded = (input.clone().try_into_primitive::<Recorded>(), weight.clone().try_into_primitive::<Recorded>());
    if let (Ok(input), Ok(weight)) = recorded {
        let operation = Convolution { size, side };
        let (input, of_input) = input.into_parts();
        let (weight, of_weight) = weight.into_parts();
        let output = operation.forward(&input, &weight);
        let operation = operation.prepare::<NoCheckpointing>([of_input, of_weight]).compute_bound().stateful();
        return Tensor::from_primitive::<Recorded>(match operation {
            OpsKind::Tracked(prepared) => prepared.finish((input, weight), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        });
    }
    let plain = (input.clone().try_into_primitive::<Flex>(), weight.clone().try_into_primitive::<Flex>());
    if let (Ok(input), Ok(weight)) = plain {
        return Tensor::from_primitive::<Flex>(Convolution { size, side }.forward(&input, &weight));
    }
    let input = if rectify { relu(input) } else { input };
    conv2d(input, weight, None, ConvOptions::new([stride, stride], [side / 2, side / 2], [1, 1], 1))
}

#[derive(Debug)]
struct Convolution {
    size: Size,
    side: usize,
}

impl Convolution {
    fn forward(&self, x: &FlexTensor, w: &FlexTensor) -> FlexTensor {
        let Self { size, side } = *self;
        let (x, w) = (x.to_contiguous(), w.to_contiguous());
        let images = x.layout().shape()[0];
        let y = match side {
            1 => kernel::forward::<1>(size, x.storage(), w.storage()),
            _ => kernel::forward::<3>(size, x.storage(), w.storage()),
        };
        let [height, width] = size.sides();
        FlexTensor::from_data(TensorData::new(y, [images, size.outputs, height, width]))
    }
}

impl Backward<Flex, 2> for Convolution {
    /// Input and weight.
    type State = (FlexTensor, FlexTensor);

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let Self { size, side } = self;
        let (x, w) = ops.state;
        let (x, w) = (x.to_contiguous(), w.to_contiguous());
        let dy = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let [of_input, of_weight] = ops.parents;
        let backward = match side {
            1 => kernel::backward::<1>,
            _ => kernel::backward::<3>,
        };
        let (dx, dw) = backward(size, x.storage(), w.storage(), dy.storage(), of_input.is_some());
        if let Some(input) = of_input {
            let shape = x.layout().shape().to_vec();
            gradients.register::<Flex>(input.id, FlexTensor::from_data(TensorData::new(dx, shape)));
        }
        if let Some(weight) = of_weight {
            let shape = w.layout().shape().to_vec();
            gradients.register::<Flex>(weight.id, FlexTensor::from_data(TensorData::new(dw, shape)));
        }
    }
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
            for (side, stride, rectify) in [(3, 1, true), (3, 1, false), (3, 2, true), (1, 1, true), (1, 1, false)] {
                let input = normal("input", [batch, inputs, height, width], &device);
                let weight = normal("weight", [outputs, inputs, side, side], &device);
                let by = normal("by", [batch, outputs, height.div_ceil(stride), width.div_ceil(stride)], &device);
                let padding = [side / 2, side / 2];
                let before = if rectify { relu(input.clone()) } else { input.clone() };
                let options = ConvOptions::new([stride, stride], padding, [1, 1], 1);
                let theirs = conv2d(before, weight.clone(), None, options);
                let ours = convolution(input.clone(), weight.clone(), stride, rectify);
                let plain = convolution(input.clone().inner(), weight.clone().inner(), stride, rectify);
                let case = format!("{batch} {inputs} {outputs} {height} {width}, {side} {stride} {rectify}");
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
        assert!(convolution(input, weight, 1, true).into_scalar::<f32>().is_nan());
    }

    #[test]
    fn the_same_bits_whatever_the_number_of_threads() {
        let device = Device::flex().autodiff();
        let input = normal("input", [50, 16, 16, 16], &device).inner();
        let weight = normal("weight", [8, 16, 3, 3], &device).inner();
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let alone = one.install(|| convolution(input.clone(), weight.clone(), 1, true));
        assert_eq!(alone.into_data(), convolution(input, weight, 1, true).into_data());
    }
}
