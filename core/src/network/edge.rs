//! An edge of a cell: the operations that it holds, and the one or the sum that it gives.

use burn::module::Module;
use burn::tensor::module::max_pool2d;
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor};

use super::blueprint::EdgePlan;
use super::factorised::FactorisedReduction;
use super::layers::{BatchNorm, Normalised, Phase};
use super::mix::Mix;
use super::pool::Pool;
use super::separable::{Depthwise, Separable};
use super::state::Slot;
use super::style::Style;
use crate::space::Operation;

#[allow(clippy::large_enum_variant, reason = "the tensors of all of them are elsewhere")]
#[derive(Module, Debug)]
enum Layer {
    /// Zeros, or the input as it is.
    Free(Free),
    Halved(FactorisedReduction),
    Pool(Pool),
    Normalised(Normalised),
    Separable(Separable),
    Dilated(Depthwise),
}

/// What has no tensors.
#[derive(Module, Debug)]
struct Free {
    zeros: bool,
}

impl Layer {
    fn new(operation: Operation, channels: usize, stride: usize, inputs: usize, style: Style, device: &Device) -> Self {
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
                Self::Separable(Separable::new(channels, kernel, stride, style, device))
            }
            Operation::Dilated { kernel } => {
                Self::Dilated(Depthwise::new(channels, kernel, stride, 2, style, device))
            }
        }
    }

    /// Nothing for one that gives zeros.
    fn forward(&mut self, input: Tensor<4>, phase: Phase) -> Option<Tensor<4>> {
        match self {
            Self::Free(Free { zeros: true }) => None,
            Self::Free(_) => Some(input),
            Self::Halved(layer) => Some(layer.forward(input, phase)),
            Self::Pool(layer) => Some(layer.forward(input, phase)),
            Self::Normalised(layer) => Some(layer.forward(input, phase)),
            Self::Separable(layer) => Some(layer.forward(input, phase)),
            Self::Dilated(layer) => Some(layer.forward(input, phase)),
        }
    }

    fn slots<'a>(&'a mut self, name: &str, slots: &mut Vec<Slot<'a>>) {
        match self {
            Self::Free(_) => {}
            Self::Halved(layer) => layer.slots(name, slots),
            Self::Pool(layer) => layer.slots(name, slots),
            Self::Normalised(layer) => layer.slots(name, slots),
            Self::Separable(layer) => layer.slots(name, slots),
            Self::Dilated(layer) => layer.slots(name, 1, slots),
        }
    }
}

/// An edge where it stands in its cell.
#[derive(Module, Debug)]
pub(super) struct Edge {
    pub(super) to: usize,
    pub(super) from: usize,
    /// Its place among the edges of all kinds of cells.
    pub(super) position: usize,
    /// Where its shares begin.
    offset: usize,
    /// Whether the output of the cell can depend on it, in a network of one architecture.
    pub(super) needed: bool,
    /// 1 / K of the channels pass through the operations.
    share_of_channels: usize,
    stride: usize,
    layers: Vec<Layer>,
}

impl Edge {
    /// The edge of `plan` at `position`, whose shares begin at `offset`, in a cell with `inputs` inputs and nodes of `channels`
    /// channels.
    pub(super) fn new(
        plan: &EdgePlan,
        [position, offset]: [usize; 2],
        inputs: usize,
        channels: usize,
        stride: usize,
        style: Style,
        device: &Device,
    ) -> Self {
        let parts = style.share_of_channels;
        let layer = |operation: &Operation| Layer::new(*operation, channels / parts, stride, inputs, style, device);
        Self {
            to: plan.to,
            from: plan.from,
            position,
            offset,
            needed: plan.needed,
            share_of_channels: parts,
            stride,
            layers: plan.operations.iter().map(layer).collect(),
        }
    }

    /// Whether its operation of that number gives zeros whatever it is given.
    pub(super) fn gives_zeros(&self, choice: usize) -> bool {
        self.share_of_channels == 1 && matches!(self.layers[choice], Layer::Free(Free { zeros: true }))
    }

    /// The operation of that number, of `input`; nothing where it gives zeros.
    pub(super) fn operation(&mut self, choice: usize, input: Tensor<4>, phase: Phase) -> Option<Tensor<4>> {
        self.in_part(input, |layers, part| layers[choice].forward(part, phase))
    }

    /// The sum of all operations of `input` with their shares.
    pub(super) fn mixture(&mut self, shares: &Tensor<1>, input: Tensor<4>, phase: Phase) -> Option<Tensor<4>> {
        let offset = self.offset;
        self.in_part(input, |layers, part| {
            let weighted = layers.iter_mut().enumerate().filter_map(|(choice, layer)| {
                Some(layer.forward(part.clone(), phase)? * Mix::share(shares, offset + choice))
            });
            weighted.reduce(|sum, value| sum + value)
        })
    }

    /// What `work` makes of the part of the channels that passes through operations, beside the rest, shuffled so that the next
    /// edge takes others.
    ///
    /// # Source
    /// Xu et al., ICLR 2020 (PC-DARTS), section 3.2: the rest is pooled where sides are halved.
    fn in_part(
        &mut self,
        input: Tensor<4>,
        work: impl FnOnce(&mut [Layer], Tensor<4>) -> Option<Tensor<4>>,
    ) -> Option<Tensor<4>> {
        let parts = self.share_of_channels;
        if parts == 1 {
            return work(&mut self.layers, input);
        }
        let channels = input.dims()[1];
        let part = channels / parts;
        let rest = input.clone().narrow(1, part, channels - part);
        let rest = if self.stride == 1 {
            rest
        } else {
            max_pool2d(rest, MaxPoolOptions::new([2, 2]).with_stride([2, 2]).with_ceil_mode(true))
        };
        let worked = work(&mut self.layers, input.narrow(1, 0, part));
        let [batch, _, height, width] = rest.dims();
        let worked = worked.unwrap_or_else(|| Tensor::zeros([batch, part, height, width], &rest.device()));
        let all = Tensor::cat(vec![worked, rest], 1).reshape([batch, parts, part, height * width]);
        Some(all.swap_dims(1, 2).reshape([batch, channels, height, width]))
    }

    /// Tensors of an edge that holds several operations are numbered among those operations that have tensors.
    pub(super) fn slots<'a>(&'a mut self, name: &str, numbered: bool, slots: &mut Vec<Slot<'a>>) {
        let mut number = 0;
        for layer in &mut self.layers {
            let before = slots.len();
            let name = if numbered { format!("{name}.{number}") } else { name.to_owned() };
            layer.slots(&name, slots);
            number += usize::from(slots.len() > before);
        }
    }
}
