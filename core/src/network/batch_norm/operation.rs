//! The operation as burn records it.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::{Device, Tensor, TensorData};

use super::kernel;

/// The normalised, with mean and biased variance, of tensors on the processor whose gradients are recorded; nothing where
/// they lie elsewhere.
pub(super) fn normalised(
    input: &Tensor<4>,
    scale: &Tensor<1>,
    shift: &Tensor<1>,
    epsilon: f64,
) -> Option<(Tensor<4>, Tensor<1>, Tensor<1>)> {
    type Recorded = Autodiff<Flex>;
    let recorded = (
        input.clone().try_into_primitive::<Recorded>(),
        scale.clone().try_into_primitive::<Recorded>(),
        shift.clone().try_into_primitive::<Recorded>(),
    );
    let (Ok(input), Ok(scale), Ok(shift)) = recorded else { return None };
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
    Some((Tensor::from_primitive::<Recorded>(output), statistic(mean), statistic(variance)))
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
