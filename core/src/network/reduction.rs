//! The residual block that halves the sides between the stages of NAS-Bench-201.

use burn::module::Module;
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Device, Tensor};

use super::layers::{Convolution, Normalised, Phase};
use super::state::Slot;
use super::style::Style;

/// Two convolutions beside an average and a 1 × 1 convolution: halves the sides and doubles the channels.
#[derive(Module, Debug)]
pub(super) struct Reduction {
    first: Normalised,
    second: Normalised,
    shortcut: Convolution,
}

impl Reduction {
    /// Outside of cells norms always scale and shift.
    pub(super) fn new(inputs: usize, style: Style, device: &Device) -> Self {
        let (outputs, style) = (2 * inputs, Style { affine: true, ..style });
        Self {
            first: Normalised::new(inputs, outputs, 3, 2, style, device),
            second: Normalised::new(outputs, outputs, 3, 1, style, device),
            shortcut: Convolution::new(inputs, outputs, 1, 1, device),
        }
    }

    /// `[batch, inputs, height, width]` to `[batch, 2 inputs, ⌈height / 2⌉, ⌈width / 2⌉]`.
    pub(super) fn forward(&mut self, input: Tensor<4>, phase: Phase) -> Tensor<4> {
        let residual = self.shortcut.forward(halved(input.clone()));
        let first = self.first.forward(input, phase);
        residual + self.second.forward(first, phase)
    }

    pub(super) fn slots<'a>(&'a mut self, name: &str, slots: &mut Vec<Slot<'a>>) {
        self.first.slots(&format!("{name}.conv_a"), slots);
        self.second.slots(&format!("{name}.conv_b"), slots);
        self.shortcut.slots(&format!("{name}.downsample.1"), slots);
    }
}

/// The mean of every 2 × 2 pixels; of an odd side the last row or column stands for itself, where the benchmark's code,
/// made for sides of 16 and 32, would have no place to put it.
fn halved(input: Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = input.dims();
    let repeated = |tensor: Tensor<4>, axis: usize, side: usize| match side % 2 {
        0 => tensor,
        _ => Tensor::cat(vec![tensor.clone(), tensor.narrow(axis, side - 1, 1)], axis),
    };
    let even = repeated(repeated(input, 2, height), 3, width);
    avg_pool2d(even, AvgPoolOptions::new([2, 2]).with_stride([2, 2]))
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;

    #[test]
    fn halving_an_odd_side_keeps_its_last_pixels() {
        let device = Device::flex();
        let image: Vec<f32> = (0..9).map(|x| x as f32).collect();
        let input = Tensor::<4>::from_data(TensorData::new(image, [1, 1, 3, 3]), &device);
        let output = halved(input);
        assert_eq!(output.dims(), [1, 1, 2, 2]);
        assert_eq!(output.into_data().try_to_vec::<f32>().unwrap(), [2.0, 3.5, 6.5, 8.0]);
    }
}
