//! The layers: convolution, batch normalisation and linear map, with the tensors that PyTorch's have.

use burn::module::{Module, Param};
use burn::tensor::module::{batch_norm, conv2d};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor};

use super::batch_norm::normalised;
use super::convolution::convolution;
use super::device::is_processor;
use super::state::{Held, Slot, Start};
use super::style::Style;
use crate::objective::supernet::Activation;

/// What batch normalisation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Normalises with the statistics of the batch and moves its running statistics towards them.
    Train,
    /// Normalises with its running statistics.
    Evaluate,
    /// Normalises with the statistics of the batch, the `batch`-th from 1, and makes its running statistics their mean so far.
    Recalibrate {
        /// Which batch it is, from 1.
        batch: u32,
    },
}

/// A convolution without bias whose padding keeps the sides, but for the stride.
#[derive(Module, Debug)]
pub(super) struct Convolution {
    /// `[outputs, inputs, kernel, kernel]`.
    weight: Param<Tensor<4>>,
    stride: usize,
}

impl Convolution {
    pub(super) fn new(inputs: usize, outputs: usize, kernel: usize, stride: usize, device: &Device) -> Self {
        Self { weight: Param::from_tensor(Tensor::zeros([outputs, inputs, kernel, kernel], device)), stride }
    }

    /// `[batch, inputs, height, width]` to `[batch, outputs, ⌈height / stride⌉, ⌈width / stride⌉]`.
    pub(super) fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        convolution(input, self.weight.val(), self.stride, None)
    }

    /// The same after `activation`.
    fn forward_activated(&self, input: Tensor<4>, activation: Activation) -> Tensor<4> {
        convolution(input, self.weight.val(), self.stride, Some(activation))
    }

    pub(super) fn slots<'a>(&'a mut self, name: &str, slots: &mut Vec<Slot<'a>>) {
        let [_, inputs, kernel, _] = self.weight.val().dims();
        let start = Start::Uniform { inputs: inputs * kernel * kernel };
        slots.push(Slot { name: format!("{name}.weight"), start, held: Held::Four(&mut self.weight) });
    }
}

/// Batch normalisation with scale, shift and running statistics, as `torch.nn.BatchNorm2d`.
///
/// burn's own moves its running variance towards the biased variance of a batch; this one takes the unbiased, as
/// PyTorch does, so that weights can be exchanged.
#[derive(Module, Debug)]
pub(super) struct BatchNorm {
    /// The scale; 1 where there is none.
    weight: Option<Param<Tensor<1>>>,
    /// The shift; 0 where there is none.
    bias: Option<Param<Tensor<1>>>,
    running_mean: Tensor<1>,
    running_variance: Tensor<1>,
}

/// Added to the variance, as PyTorch's default.
const EPSILON: f64 = 1e-5;
/// The share that a batch has in the running statistics, as PyTorch's default.
const MOMENTUM: f64 = 0.1;

impl BatchNorm {
    /// With scale and shift.
    pub(super) fn new(channels: usize, device: &Device) -> Self {
        Self::with_affine(channels, true, device)
    }

    /// With scale and shift or without.
    pub(super) fn with_affine(channels: usize, affine: bool, device: &Device) -> Self {
        let plain = device.clone().without_autodiff();
        Self {
            weight: affine.then(|| Param::from_tensor(Tensor::ones([channels], device))),
            bias: affine.then(|| Param::from_tensor(Tensor::zeros([channels], device))),
            running_mean: Tensor::zeros([channels], &plain),
            running_variance: Tensor::ones([channels], &plain),
        }
    }

    /// `[batch, channels, height, width]` to the same.
    pub(super) fn forward(&mut self, input: Tensor<4>, phase: Phase) -> Tensor<4> {
        let [batch, channels, height, width] = input.dims();
        let one = || Tensor::ones([channels], &input.device());
        let weight = self.weight.as_ref().map_or_else(one, Param::val);
        let bias = self.bias.as_ref().map_or_else(|| one().zeros_like(), Param::val);
        let momentum = match phase {
            Phase::Train => MOMENTUM,
            Phase::Recalibrate { batch } => 1.0 / f64::from(batch),
            Phase::Evaluate => {
                let (mean, variance) = (self.running_mean.clone(), self.running_variance.clone());
                return batch_norm(input, weight, bias, mean, variance, EPSILON);
            }
        };
        let count = (batch * height * width) as f64;
        let (output, mean, variance) = normalised(input, weight, bias, EPSILON);
        let unbiased = variance * (count / (count - 1.0).max(1.0));
        self.running_mean = self.running_mean.clone() * (1.0 - momentum) + mean * momentum;
        self.running_variance = self.running_variance.clone() * (1.0 - momentum) + unbiased * momentum;
        output
    }

    pub(super) fn slots<'a>(&'a mut self, name: &str, slots: &mut Vec<Slot<'a>>) {
        let Self { weight, bias, running_mean, running_variance } = self;
        let mut push = |tensor, start, held| slots.push(Slot { name: format!("{name}.{tensor}"), start, held });
        if let (Some(weight), Some(bias)) = (weight, bias) {
            push("weight", Start::One, Held::One(weight));
            push("bias", Start::Zero, Held::One(bias));
        }
        push("running_mean", Start::Zero, Held::Statistic(running_mean));
        push("running_var", Start::One, Held::Statistic(running_variance));
    }
}

/// Activation, convolution, batch normalisation: with ReLU the benchmark's `ReLUConvBN`.
#[derive(Module, Debug)]
pub(super) struct Normalised {
    #[module(skip)]
    activation: Activation,
    convolution: Convolution,
    norm: BatchNorm,
}

impl Normalised {
    pub(super) fn new(
        inputs: usize,
        outputs: usize,
        kernel: usize,
        stride: usize,
        style: Style,
        device: &Device,
    ) -> Self {
        let convolution = Convolution::new(inputs, outputs, kernel, stride, device);
        let norm = BatchNorm::with_affine(outputs, style.affine, device);
        Self { activation: style.activation, convolution, norm }
    }

    pub(super) fn forward(&mut self, input: Tensor<4>, phase: Phase) -> Tensor<4> {
        self.norm.forward(self.convolution.forward_activated(input, self.activation), phase)
    }

    pub(super) fn slots<'a>(&'a mut self, name: &str, slots: &mut Vec<Slot<'a>>) {
        self.convolution.slots(&format!("{name}.op.1"), slots);
        self.norm.slots(&format!("{name}.op.2"), slots);
    }
}

fn product(input: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    input.matmul(weight.transpose()) + bias.unsqueeze()
}

/// The same as a convolution of images of one pixel. On NVIDIA's cards burn multiplies matrices in TF32, which has 10 bits behind the
/// point, and convolves in f32: with such products the first gradient of a network was off by 3 % (`docs/devices.md`).
fn product_of_pixels(input: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    let ([batch, inputs], [outputs, _]) = (input.dims(), weight.dims());
    let (images, kernels) = (input.reshape([batch, inputs, 1, 1]), weight.reshape([outputs, inputs, 1, 1]));
    conv2d(images, kernels, Some(bias), ConvOptions::new([1, 1], [0, 0], [1, 1], 1)).reshape([batch, outputs])
}

/// `x Wᵀ + b`, as `torch.nn.Linear`.
#[derive(Module, Debug)]
pub(super) struct Linear {
    /// `[outputs, inputs]`.
    weight: Param<Tensor<2>>,
    /// `[outputs]`.
    bias: Param<Tensor<1>>,
}

impl Linear {
    pub(super) fn new(inputs: usize, outputs: usize, device: &Device) -> Self {
        let weight = Param::from_tensor(Tensor::zeros([outputs, inputs], device));
        Self { weight, bias: Param::from_tensor(Tensor::zeros([outputs], device)) }
    }

    /// The device that it lives on.
    pub(super) fn device(&self) -> Device {
        self.weight.val().device()
    }

    /// `[batch, inputs]` to `[batch, outputs]`.
    pub(super) fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        let (weight, bias) = (self.weight.val(), self.bias.val());
        if is_processor(&input.device()) {
            product(input, weight, bias)
        } else {
            product_of_pixels(input, weight, bias)
        }
    }

    pub(super) fn slots<'a>(&'a mut self, name: &str, slots: &mut Vec<Slot<'a>>) {
        let start = Start::Uniform { inputs: self.weight.val().dims()[1] };
        slots.push(Slot { name: format!("{name}.weight"), start, held: Held::Two(&mut self.weight) });
        slots.push(Slot { name: format!("{name}.bias"), start, held: Held::One(&mut self.bias) });
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::super::tensors::{apart, normal};
    use super::*;

    #[test]
    fn a_product_is_a_convolution_of_pixels() {
        let device = Device::flex().autodiff();
        let given = |of: &dyn Fn(Tensor<2>, Tensor<2>, Tensor<1>) -> Tensor<2>| {
            let (input, weight) = (normal("input", [5, 7], &device), normal("weight", [3, 7], &device));
            let bias = normal("bias", [3], &device);
            let output = of(input.clone(), weight.clone(), bias.clone());
            let gradients = (output.clone() * normal("by", [5, 3], &device)).sum().backward();
            let of_bias = bias.grad(&gradients).unwrap().reshape([1, 3]);
            [output.inner(), input.grad(&gradients).unwrap(), weight.grad(&gradients).unwrap(), of_bias]
        };
        for (one, other) in given(&product).into_iter().zip(given(&product_of_pixels)) {
            assert_eq!(one.dims(), other.dims());
            assert!(apart(one, other) < 1e-5);
        }
    }

    #[test]
    fn running_statistics_move_a_tenth_towards_the_unbiased_ones_of_the_batch() {
        let device = Device::flex().autodiff();
        let mut norm = BatchNorm::new(1, &device);
        let values = Tensor::from_data(TensorData::new(vec![1f32, 2.0, 3.0, 6.0], [2, 1, 1, 2]), &device);
        let output = norm.forward(values.clone(), Phase::Train).inner().into_data().try_to_vec::<f32>().unwrap();
        // Mean 3, squared deviations 4 + 1 + 0 + 9: biased variance 14/4, unbiased 14/3.
        let scale = (3.5f32 + 1e-5).sqrt();
        for (got, x) in output.iter().zip([1f32, 2.0, 3.0, 6.0]) {
            assert!((got - (x - 3.0) / scale).abs() < 1e-5, "{output:?}");
        }
        let statistics = |norm: &BatchNorm| {
            let of = |tensor: &Tensor<1>| tensor.clone().into_data().try_to_vec::<f32>().unwrap()[0];
            (of(&norm.running_mean), of(&norm.running_variance))
        };
        let (mean, variance) = statistics(&norm);
        assert!((mean - 0.3).abs() < 1e-6 && (variance - (0.9 + 0.1 * 14.0 / 3.0)).abs() < 1e-6, "{mean} {variance}");
        let mut norm = norm.valid();
        let output = norm.forward(values.inner(), Phase::Evaluate).into_data().try_to_vec::<f32>().unwrap();
        assert!((output[0] - (1.0 - mean) / (variance + 1e-5).sqrt()).abs() < 1e-5, "{output:?}");
        assert_eq!(statistics(&norm), (mean, variance));
    }
}
