//! What an edge of a cell does, and what makes an input of a cell one of its nodes.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::factorised::FactorisedReduction;
use super::layers::{BatchNorm, Normalised, Phase};
use super::pool::Pool;
use super::separable::Depthwise;
use super::state::Slot;
use super::style::Style;
use crate::space::Operation;

/// One operation with its tensors.
#[allow(clippy::large_enum_variant, reason = "the tensors of all of them are elsewhere")]
#[derive(Module, Debug)]
pub(super) enum Layer {
    /// Zeros, or the input as it is.
    Free(Free),
    Halved(FactorisedReduction),
    Pool(Pool),
    Normalised(Normalised),
    /// One after the other.
    Depthwise(Vec<Depthwise>),
}

/// What has no tensors.
#[derive(Module, Debug)]
pub(super) struct Free {
    zeros: bool,
}

impl Layer {
    /// `operation` of `channels` channels in a cell with `inputs` inputs.
    pub(super) fn new(
        operation: Operation,
        channels: usize,
        stride: usize,
        inputs: usize,
        style: Style,
        device: &Device,
    ) -> Self {
        let pool = |largest| {
            // With one input a pool is the bare one of NAS-Bench-201.
            let norm = inputs == 2 && style.pools_are_normalised;
            Pool::new(largest, stride, norm.then(|| BatchNorm::with_affine(channels, style.affine, device)))
        };
        match operation {
            Operation::None => Self::Free(Free { zeros: true }),
            Operation::Skip if stride == 1 => Self::Free(Free { zeros: false }),
            Operation::Skip => Self::Halved(FactorisedReduction::new(channels, channels, style, device)),
            Operation::AveragePool => Self::Pool(pool(false)),
            Operation::MaxPool => Self::Pool(pool(true)),
            Operation::Convolution { kernel } => {
                Self::Normalised(Normalised::new(channels, channels, kernel, stride, style, device))
            }
            Operation::Separable { kernel } => {
                let unit = |stride| Depthwise::new(channels, kernel, stride, 1, style, device);
                Self::Depthwise(vec![unit(stride), unit(1)])
            }
            Operation::Dilated { kernel } => {
                Self::Depthwise(vec![Depthwise::new(channels, kernel, stride, 2, style, device)])
            }
        }
    }

    /// Nothing for one that gives zeros.
    pub(super) fn forward(&mut self, input: Tensor<4>, phase: Phase) -> Option<Tensor<4>> {
        match self {
            Self::Free(Free { zeros: true }) => None,
            Self::Free(_) => Some(input),
            Self::Halved(layer) => Some(layer.forward(input, phase)),
            Self::Pool(layer) => Some(layer.forward(input, phase)),
            Self::Normalised(layer) => Some(layer.forward(input, phase)),
            Self::Depthwise(layers) => Some(layers.iter_mut().fold(input, |input, layer| layer.forward(input, phase))),
        }
    }

    /// Whether it gives zeros whatever it is given.
    pub(super) fn gives_zeros(&self) -> bool {
        matches!(self, Self::Free(Free { zeros: true }))
    }

    pub(super) fn slots<'a>(&'a mut self, name: &str, slots: &mut Vec<Slot<'a>>) {
        match self {
            Self::Free(_) => {}
            Self::Halved(layer) => layer.slots(name, slots),
            Self::Pool(layer) => layer.slots(name, slots),
            Self::Normalised(layer) => layer.slots(name, slots),
            // A sequence of the authors has four modules for each of them.
            Self::Depthwise(layers) => {
                layers.iter_mut().enumerate().for_each(|(number, layer)| layer.slots(name, 4 * number + 1, slots));
            }
        }
    }
}
