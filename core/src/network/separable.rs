//! Convolutions of each channel for itself, followed by one over the channels: those of DARTS.

use burn::module::{Module, Param};
use burn::tensor::activation::{relu, silu};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor};

use super::convolution::grouped;
use super::layers::{BatchNorm, Convolution, Phase};
use super::state::{Held, Slot, Start};
use super::style::Style;
use crate::objective::supernet::Activation;

/// Activation, convolution of each channel, 1 × 1 convolution, batch normalisation: the authors' `DilConv`; two of them, the
/// first with the stride, are their `SepConv`.
#[derive(Module, Debug)]
pub(super) struct Depthwise {
    #[module(skip)]
    activation: Activation,
    /// `[channels, 1, kernel, kernel]`.
    weight: Param<Tensor<4>>,
    stride: usize,
    dilation: usize,
    pointwise: Convolution,
    norm: BatchNorm,
}

impl Depthwise {
    pub(super) fn new(
        channels: usize,
        kernel: usize,
        stride: usize,
        dilation: usize,
        style: Style,
        device: &Device,
    ) -> Self {
        Self {
            activation: style.activation,
            weight: Param::from_tensor(Tensor::zeros([channels, 1, kernel, kernel], device)),
            stride,
            dilation,
            pointwise: Convolution::new(channels, channels, 1, 1, device),
            norm: BatchNorm::with_affine(channels, style.affine, device),
        }
    }

    /// `[batch, channels, height, width]` to `[batch, channels, ⌈height / stride⌉, ⌈width / stride⌉]`.
    pub(super) fn forward(&mut self, input: Tensor<4>, phase: Phase) -> Tensor<4> {
        let input = match self.activation {
            Activation::Relu => relu(input),
            Activation::Silu => silu(input),
        };
        let [channels, _, kernel, _] = self.weight.val().dims();
        let padding = kernel / 2 * self.dilation;
        let options = ConvOptions::new([self.stride; 2], [padding; 2], [self.dilation; 2], channels);
        let each = grouped(input, self.weight.val(), options);
        self.norm.forward(self.pointwise.forward(each), phase)
    }

    /// Its tensors stand at `first`, `first + 1` and `first + 2` of the authors' sequence.
    pub(super) fn slots<'a>(&'a mut self, name: &str, first: usize, slots: &mut Vec<Slot<'a>>) {
        let [_, _, kernel, _] = self.weight.val().dims();
        let start = Start::Uniform { inputs: kernel * kernel };
        slots.push(Slot { name: format!("{name}.op.{first}.weight"), start, held: Held::Four(&mut self.weight) });
        self.pointwise.slots(&format!("{name}.op.{}", first + 1), slots);
        self.norm.slots(&format!("{name}.op.{}", first + 2), slots);
    }
}
