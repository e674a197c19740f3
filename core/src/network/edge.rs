//! An edge of a cell: the operations that it holds, and the one or the sum that it gives.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::blueprint::EdgePlan;
use super::layer::Layer;
use super::layers::Phase;
use super::mix::Mix;
use super::pool::largest2;
use super::state::Slot;
use super::style::Style;
use crate::space::Operation;

/// An edge where it stands in its cell.
#[derive(Module, Debug)]
pub(super) struct Edge {
    pub(super) to: usize,
    pub(super) from: usize,
    /// Its place among the edges of all kinds of cells.
    pub(super) position: usize,
    /// Where its shares begin.
    pub(super) offset: usize,
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

    /// Whether its operation of that number gives zeros whatever it is given. Along a path such an edge is none: also where a part of
    /// the channels would go by its operations, since the network that is derived has no edge there.
    pub(super) fn gives_zeros(&self, choice: usize) -> bool {
        self.layers[choice].gives_zeros()
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
                Some(Mix::weighted(layer.forward(part.clone(), phase)?, shares, offset + choice))
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
        let rest = if self.stride == 1 { rest } else { largest2(rest) };
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
