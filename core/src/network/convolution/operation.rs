//! The operation as burn records it.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::{Tensor, TensorData};

use super::kernel::{self, Size};

/// ReLU, if wanted, and convolution of tensors that lie on the processor; nothing where they lie elsewhere.
pub(super) fn convolution(input: &Tensor<4>, weight: &Tensor<4>, stride: usize, rectify: bool) -> Option<Tensor<4>> {
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
        return Some(Tensor::from_primitive::<Recorded>(match operation {
            OpsKind::Tracked(prepared) => prepared.finish((input, weight), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }));
    }
    let plain = (input.clone().try_into_primitive::<Flex>(), weight.clone().try_into_primitive::<Flex>());
    let (Ok(input), Ok(weight)) = plain else { return None };
    Some(Tensor::from_primitive::<Flex>(Convolution { size, side }.forward(&input, &weight)))
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
        let wanted = [of_input.is_some(), of_weight.is_some()];
        let (dx, dw) = backward(size, x.storage(), w.storage(), dy.storage(), wanted);
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
