//! A cell that holds every operation on every edge, and gives one of them or a mixture.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::blueprint::{CHOICES, Operation};
use super::cell::average3;
use super::layers::{Normalised, Phase};
use super::state::Slot;
use crate::objective::supernet::Activation;
use crate::space::nas_bench_201::EDGES;

/// What the edges of all cells do.
#[allow(clippy::large_enum_variant, reason = "there is one for each pass through a network")]
#[derive(Debug, Clone)]
pub(super) enum Mix {
    /// One operation each: the path of an architecture.
    Path([usize; EDGES.len()]),
    /// The sum of all operations with these shares, `[edges, operations]`.
    Shares(Tensor<2>),
}

#[derive(Module, Debug)]
struct MixedEdge {
    /// The convolutions among the operations, in their order.
    convolutions: Vec<Normalised>,
}

impl MixedEdge {
    fn new(channels: usize, activation: Activation, device: &Device) -> Self {
        let convolution = |operation: &Operation| match operation {
            Operation::Convolution { kernel } => {
                Some(Normalised::new(channels, channels, *kernel, 1, device).with_activation(activation))
            }
            Operation::None | Operation::Skip | Operation::AveragePool => None,
        };
        Self { convolutions: CHOICES.iter().filter_map(convolution).collect() }
    }

    /// The operation of that number, of `input`; nothing for one that gives zeros.
    fn operation(&mut self, choice: usize, input: &Tensor<4>, phase: Phase) -> Option<Tensor<4>> {
        match CHOICES[choice] {
            Operation::None => None,
            Operation::Skip => Some(input.clone()),
            Operation::AveragePool => Some(average3(input.clone())),
            Operation::Convolution { .. } => {
                let before = CHOICES[..choice].iter().filter(|it| matches!(it, Operation::Convolution { .. })).count();
                Some(self.convolutions[before].forward(input.clone(), phase))
            }
        }
    }
}

/// A cell: node 0 is the input, node i the sum of its edges from nodes j < i, node 3 the output.
#[derive(Module, Debug)]
pub(super) struct MixedCell {
    edges: Vec<MixedEdge>,
}

impl MixedCell {
    pub(super) fn new(channels: usize, activation: Activation, device: &Device) -> Self {
        Self { edges: EDGES.iter().map(|_| MixedEdge::new(channels, activation, device)).collect() }
    }

    /// `[batch, channels, height, width]` to the same. A node that nothing reaches is 0.
    pub(super) fn forward(&mut self, input: Tensor<4>, mix: &Mix, phase: Phase) -> Tensor<4> {
        let mut nodes = [Some(input.clone()), None, None, None];
        for (number, (edge, (to, from))) in self.edges.iter_mut().zip(EDGES).enumerate() {
            let source = nodes[from].clone().unwrap_or_else(|| input.zeros_like());
            let value = match mix {
                Mix::Path(choices) => edge.operation(choices[number], &source, phase),
                Mix::Shares(shares) => {
                    let weighted = (0..CHOICES.len()).filter_map(|choice| {
                        let share = shares.clone().slice([number..number + 1, choice..choice + 1]);
                        Some(edge.operation(choice, &source, phase)? * share.reshape([1, 1, 1, 1]))
                    });
                    weighted.reduce(|sum, value| sum + value)
                }
            };
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
            for (number, convolution) in edge.convolutions.iter_mut().enumerate() {
                convolution.slots(&format!("{name}.edges.{index}.{number}"), slots);
            }
        }
    }
}
