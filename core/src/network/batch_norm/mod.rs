//! Batch normalisation with the statistics of the batch, as one operation with a gradient of its own, on the CPU.
//!
//! burn composes it of reductions and broadcasts, each of which goes through memory once more. Other devices get burn's own.

mod kernel;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::module::batch_norm_train;
use burn::tensor::{Device, Tensor, TensorData};

/// `[batch, channels, height, width]` normalised, scaled and shifted, with mean and biased variance of each channel on a
/// device that records no gradients.
pub(super) fn normalised(
    input: Tensor<4>,
    scale: Tensor<1>,
    shift: Tensor<1>,
    epsilon: f64,
) -> (Tensor<4>, Tensor<1>, Tensor<1>) {
    type Recorded = Autodiff<Flex>;
    let recorded = (
        input.clone().try_into_primitive::<Recorded>(),
        scale.clone().try_into_primitive::<Recorded>(),
        shift.clone().try_into_primitive::<Recorded>(),
    );
    let (Ok(input), Ok(scale), Ok(shift)) = recorded else {
        let result = batch_norm_train(input, scale, shift, epsilon);
        return (result.output, result.mean.inner(), result.variance.inner());
    };
    let (input, of_input) = input.into_parts();
    let (scale, of_scale) = scale.into_parts();
    let (shift, of_shift) = shift.into_parts();
    let (input, scale, shift) = (input.to_contiguous(), scale.to_contiguous(), shift.to_contiguous());

    let (channels, x) = (input.layout().shape()[1], input.storage::<f32>());
    let pixels = input.layout().shape()[2] * input.layout().shape()[3];
    let (mean, variance) = kernel::statistics(x, channels, pixels);
    let inverse = |variance: &f32| (1.0 / (f64::from(*variance) + epsilon).sqrt()) as f32;
    let of_channel = scale.storage::<f32>().iter().zip(mean.iter().zip(&variance));
    let of_channel: Vec<[f32; 3]> = of_channel.map(|(scale, (mean, v))| [*scale, *mean, inverse(v)]).collect();
    let lines = of_channel.iter().zip(shift.storage::<f32>());
    let lines = lines.map(|([scale, mean, inverse], shift)| (scale * inverse, shift - scale * inverse * mean));
    let output = kernel::affine(x, pixels, &lines.collect::<Vec<_>>());
    let output = FlexTensor::from_data(TensorData::new(output, input.layout().shape().to_vec()));

    let operation = BatchNorm.prepare::<NoCheckpointing>([of_input, of_scale, of_shift]).compute_bound().stateful();
    let output = match operation {
        OpsKind::Tracked(prepared) => prepared.finish((input, of_channel), output),
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    };
    let statistic = |values: Vec<f32>| Tensor::from_data(TensorData::new(values, [channels]), &Device::flex());
    (Tensor::from_primitive::<Recorded>(output), statistic(mean), statistic(variance))
}

#[derive(Debug)]
struct BatchNorm;

impl Backward<Flex, 3> for BatchNorm {
    /// Input, and of each channel scale, mean and `1 / √(variance + ε)`.
    type State = (FlexTensor, Vec<[f32; 3]>);

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (input, of_channel) = ops.state;
        let mut gradient = gradients.consume::<Flex>(&ops.node).to_contiguous();
        let pixels = input.layout().shape()[2] * input.layout().shape()[3];
        let (scale, shift) = kernel::backward(input.storage(), gradient.storage_mut(), pixels, &of_channel);
        let [of_input, of_scale, of_shift] = ops.parents;
        if let Some(input) = of_input {
            gradients.register::<Flex>(input.id, gradient);
        }
        for (node, values) in [(of_scale, scale), (of_shift, shift)] {
            if let Some(node) = node {
                let shape = [values.len()];
                gradients.register::<Flex>(node.id, FlexTensor::from_data(TensorData::new(values, shape)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tensors::{apart, normal};
    use super::*;

    #[test]
    fn values_and_gradients_are_those_of_burns_own() {
        let device = Device::flex().autodiff();
        for shape in [[2, 1, 1, 1], [9, 3, 5, 4], [64, 8, 8, 8], [5, 6, 2, 2], [3, 2, 17, 16]] {
            let input = normal("input", shape, &device);
            let (scale, shift) = (normal("scale", [shape[1]], &device), normal("shift", [shape[1]], &device));
            let by = normal("by", shape, &device);
            let theirs = batch_norm_train(input.clone(), scale.clone(), shift.clone(), 1e-5);
            let (ours, mean, variance) = normalised(input.clone(), scale.clone(), shift.clone(), 1e-5);
            assert!(apart(mean, theirs.mean.inner()) < 1e-5, "{shape:?}");
            assert!(apart(variance, theirs.variance.inner()) < 1e-5, "{shape:?}");
            assert!(apart(ours.clone(), theirs.output.clone()) < 1e-5, "{shape:?}");
            let (ours, theirs) = ((ours * by.clone()).sum().backward(), (theirs.output * by).sum().backward());
            // Of two values each is normalised to ±1, and the gradient is what is left by rounding.
            if shape != [2, 1, 1, 1] {
                assert!(apart(input.grad(&ours).unwrap(), input.grad(&theirs).unwrap()) < 1e-5, "{shape:?}");
            }
            for tensor in [&scale, &shift] {
                assert!(apart(tensor.grad(&ours).unwrap(), tensor.grad(&theirs).unwrap()) < 1e-5, "{shape:?}");
            }
        }
    }
}
