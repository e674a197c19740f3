//! The cell that is searched, and the residual block that halves the sides between stages.

use burn::module::Module;
use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{Device, Tensor, TensorData};

use super::blueprint::{Operation, Operations, needed};
use super::layers::{Convolution, Normalised, Phase};
use super::state::Slot;
use crate::objective::supernet::Activation;
use crate::space::nas_bench_201::EDGES;

/// An edge of a cell.
#[derive(Module, Debug)]
struct Edge {
    /// Set for convolutions.
    convolution: Option<Normalised>,
    #[module(skip)]
    operation: Operation,
    /// Whether the cell's output depends on it.
    needed: bool,
}

impl Edge {
    /// The operation of `input`, where `None` is zeros.
    fn forward(&mut self, input: Option<&Tensor<4>>, like: &Tensor<4>, phase: Phase) -> Option<Tensor<4>> {
        if !self.needed {
            return None;
        }
        match (self.operation, &mut self.convolution) {
            (Operation::Convolution { .. }, Some(convolution)) => {
                // Zeros are not zeros any more after it: batch normalisation adds its shift.
                Some(convolution.forward(input.cloned().unwrap_or_else(|| like.zeros_like()), phase))
            }
            (Operation::Skip, _) => input.cloned(),
            (Operation::AveragePool, _) => input.cloned().map(average3),
            (Operation::None | Operation::Convolution { .. }, _) => None,
        }
    }
}

/// The mean over the pixels that exist of the 3 × 3 around each: along rows, then along columns, each a product with a
/// band matrix. burn's pool gives the same and takes as long as a convolution (`tests` below compare).
pub(super) fn average3(input: Tensor<4>) -> Tensor<4> {
    let [batch, channels, height, width] = input.dims();
    let device = input.device();
    let planes = batch * channels;
    let rows = input.reshape([planes * height, width]).matmul(band(width, &device));
    let columns = rows.reshape([planes, height, width]).swap_dims(1, 2).reshape([planes * width, height]);
    let both = columns.matmul(band(height, &device)).reshape([planes, width, height]).swap_dims(1, 2);
    both.reshape([batch, channels, height, width])
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

/// A cell: node 0 is the input, node i the sum of its edges from nodes j < i, node 3 the output.
#[derive(Module, Debug)]
pub(super) struct Cell {
    edges: Vec<Edge>,
}

impl Cell {
    pub(super) fn new(operations: &Operations, channels: usize, device: &Device) -> Self {
        let edge = |(operation, needed): (&Operation, bool)| {
            let convolution = match operation {
                Operation::Convolution { kernel } => Some(Normalised::new(channels, channels, *kernel, 1, device)),
                Operation::None | Operation::Skip | Operation::AveragePool => None,
            };
            Edge { convolution, operation: *operation, needed }
        };
        Self { edges: operations.iter().zip(needed(operations)).map(edge).collect() }
    }

    /// `[batch, channels, height, width]` to the same; zeros where no edge reaches the output.
    pub(super) fn forward(&mut self, input: Tensor<4>, phase: Phase) -> Tensor<4> {
        let mut nodes = [Some(input.clone()), None, None, None];
        for (edge, (to, from)) in self.edges.iter_mut().zip(EDGES) {
            let value = edge.forward(nodes[from].as_ref(), &input, phase);
            nodes[to] = match (nodes[to].take(), value) {
                (Some(sum), Some(value)) => Some(sum + value),
                (sum, value) => sum.or(value),
            };
        }
        let [_, _, _, output] = nodes;
        output.unwrap_or_else(|| input.zeros_like())
    }

    pub(super) fn slots<'a>(&'a mut self, name: &str, slots: &mut Vec<Slot<'a>>) {
        for (index, edge) in self.edges.iter_mut().enumerate() {
            if let Some(convolution) = &mut edge.convolution {
                convolution.slots(&format!("{name}.layers.{index}"), slots);
            }
        }
    }
}

/// Two convolutions beside an average and a 1 × 1 convolution: halves the sides and doubles the channels.
#[derive(Module, Debug)]
pub(super) struct Reduction {
    first: Normalised,
    second: Normalised,
    shortcut: Convolution,
}

impl Reduction {
    pub(super) fn new(inputs: usize, activation: Activation, device: &Device) -> Self {
        let outputs = 2 * inputs;
        let layer = |inputs, stride| Normalised::new(inputs, outputs, 3, stride, device).with_activation(activation);
        Self {
            first: layer(inputs, 2),
            second: layer(outputs, 1),
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
    use super::*;
    use crate::random::Stream;

    #[test]
    fn halving_an_odd_side_keeps_its_last_pixels() {
        let device = Device::flex();
        let image: Vec<f32> = (0..9).map(|x| x as f32).collect();
        let input = Tensor::<4>::from_data(TensorData::new(image, [1, 1, 3, 3]), &device);
        let output = halved(input);
        assert_eq!(output.dims(), [1, 1, 2, 2]);
        assert_eq!(output.into_data().try_to_vec::<f32>().unwrap(), [2.0, 3.5, 6.5, 8.0]);
    }

    #[test]
    fn the_average_is_that_of_burns_pool_and_so_is_its_gradient() {
        let device = Device::flex().autodiff();
        let options = AvgPoolOptions::new([3, 3]).with_stride([1, 1]).with_padding([1, 1]);
        let options = options.with_count_include_pad(false);
        for [height, width] in [[1, 1], [2, 2], [4, 8], [7, 3]] {
            let shape = [2, 3, height, width];
            let wave = |name: &str| {
                let mut stream = Stream::new(1, name, 0);
                (0..6 * height * width).map(|_| stream.normal() as f32).collect::<Vec<f32>>()
            };
            let plane = |values| Tensor::<4>::from_data(TensorData::new(values, shape), &device);
            let run = |pool: &dyn Fn(Tensor<4>) -> Tensor<4>| {
                let input = plane(wave("input")).require_grad();
                let output = pool(input.clone());
                let gradients = (output.clone() * plane(wave("weights"))).sum().backward();
                let values = |tensor: Tensor<4>| tensor.into_data().try_to_vec::<f32>().unwrap();
                [values(output.inner()), values(input.grad(&gradients).unwrap())].concat()
            };
            let (ours, theirs) = (run(&average3), run(&|input| avg_pool2d(input, options.clone())));
            assert!(ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-5), "{height} × {width}");
        }
    }
}
