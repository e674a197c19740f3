//! Half the sides without losing a pixel: one convolution on the even ones, one on those beside them.

use burn::module::Module;
use burn::tensor::activation::{relu, silu};
use burn::tensor::{Device, Tensor};

use super::layers::{BatchNorm, Convolution, Phase};
use super::state::Slot;
use super::style::Style;
use crate::objective::supernet::Activation;

/// The authors' `FactorizedReduce`: activation, two 1 × 1 convolutions with a stride of 2, the second one pixel further along
/// both sides, each with half of the channels, and batch normalisation of both.
///
/// # Differs from the source
/// Odd sides and odd numbers of channels are taken too: what lies beyond the image is 0, and the first convolution has the
/// channel more.
#[derive(Module, Debug)]
pub(super) struct FactorisedReduction {
    #[module(skip)]
    activation: Activation,
    even: Convolution,
    /// None for a single channel.
    odd: Option<Convolution>,
    norm: BatchNorm,
}

impl FactorisedReduction {
    pub(super) fn new(inputs: usize, outputs: usize, style: Style, device: &Device) -> Self {
        Self {
            activation: style.activation,
            even: Convolution::new(inputs, outputs - outputs / 2, 1, 2, device),
            odd: (outputs > 1).then(|| Convolution::new(inputs, outputs / 2, 1, 2, device)),
            norm: BatchNorm::with_affine(outputs, style.affine, device),
        }
    }

    /// `[batch, inputs, height, width]` to `[batch, outputs, ⌈height / 2⌉, ⌈width / 2⌉]`.
    pub(super) fn forward(&mut self, input: Tensor<4>, phase: Phase) -> Tensor<4> {
        let input = match self.activation {
            Activation::Relu => relu(input),
            Activation::Silu => silu(input),
        };
        let mut parts = vec![self.even.forward(input.clone())];
        parts.extend(self.odd.as_ref().map(|odd| odd.forward(shifted(shifted(input, 2), 3))));
        self.norm.forward(Tensor::cat(parts, 1), phase)
    }

    pub(super) fn slots<'a>(&'a mut self, name: &str, slots: &mut Vec<Slot<'a>>) {
        self.even.slots(&format!("{name}.conv_1"), slots);
        if let Some(odd) = &mut self.odd {
            odd.slots(&format!("{name}.conv_2"), slots);
        }
        self.norm.slots(&format!("{name}.bn"), slots);
    }
}

/// Every pixel takes the place of the one before it along `axis`; zeros come last.
fn shifted(tensor: Tensor<4>, axis: usize) -> Tensor<4> {
    let side = tensor.dims()[axis];
    if side == 1 {
        return tensor.zeros_like();
    }
    let zeros = tensor.clone().narrow(axis, 0, 1).zeros_like();
    Tensor::cat(vec![tensor.narrow(axis, 1, side - 1), zeros], axis)
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;

    #[test]
    fn shifting_loses_the_first_pixels() {
        let values: Vec<f32> = (1..=6).map(|x| x as f32).collect();
        let image = Tensor::<4>::from_data(TensorData::new(values, [1, 1, 2, 3]), &Device::flex());
        let read = |tensor: Tensor<4>| tensor.into_data().try_to_vec::<f32>().unwrap();
        assert_eq!(read(shifted(image.clone(), 2)), [4.0, 5.0, 6.0, 0.0, 0.0, 0.0]);
        assert_eq!(read(shifted(image, 3)), [2.0, 3.0, 0.0, 5.0, 6.0, 0.0]);
    }

    #[test]
    fn any_number_of_channels_and_any_side_is_halved() {
        let device = Device::flex();
        for (channels, height, width) in [(1, 8usize, 8usize), (2, 7, 7), (3, 5, 8), (4, 1, 1)] {
            let mut layer = FactorisedReduction::new(2, channels, Style::SEARCHED, &device);
            let output = layer.forward(Tensor::ones([3, 2, height, width], &device), Phase::Train);
            assert_eq!(output.dims(), [3, channels, height.div_ceil(2), width.div_ceil(2)]);
        }
    }
}
