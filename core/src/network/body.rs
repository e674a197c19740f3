//! The whole network, from images to a logit for each class.

use burn::module::Module;
use burn::tensor::activation::{relu, silu};
use burn::tensor::{Device, Tensor};

use super::blueprint::{self, Blueprint};
use super::cell::{Cell, Reduction};
use super::layers::{BatchNorm, Convolution, Linear, Phase};
use super::mixed::{Mix, MixedCell};
use super::state::Slot;
use crate::objective::supernet::Activation;

#[allow(clippy::large_enum_variant, reason = "a network has a few blocks, and all of them are tensors elsewhere")]
#[derive(Module, Debug)]
enum Block {
    Cell(Cell),
    Mixed(MixedCell),
    Reduction(Reduction),
}

/// The benchmark's `TinyNetwork`.
#[derive(Module, Debug)]
pub(super) struct Network {
    #[module(skip)]
    activation: Activation,
    stem: Convolution,
    stem_norm: BatchNorm,
    blocks: Vec<Block>,
    last_norm: BatchNorm,
    classifier: Linear,
}

impl Network {
    /// The network of `blueprint` on `device`, with the weights from before training that `seed` names.
    pub(super) fn new(blueprint: &Blueprint, seed: u64, device: &Device) -> Self {
        Self::of_cells(blueprint, Activation::Relu, seed, device, |channels| {
            Block::Cell(Cell::new(&blueprint.operations, channels, device))
        })
    }

    /// The supernet of the size of `blueprint`, whose cells hold every operation on every edge.
    pub(super) fn mixed(blueprint: &Blueprint, activation: Activation, seed: u64, device: &Device) -> Self {
        let cell = |channels| Block::Mixed(MixedCell::new(channels, activation, device));
        Self::of_cells(blueprint, activation, seed, device, cell)
    }

    fn of_cells(
        blueprint: &Blueprint,
        activation: Activation,
        seed: u64,
        device: &Device,
        cell: impl Fn(usize) -> Block,
    ) -> Self {
        let block = |block| match block {
            blueprint::Block::Cell { channels } => cell(channels),
            blueprint::Block::Reduction { inputs } => Block::Reduction(Reduction::new(inputs, activation, device)),
        };
        let mut network = Self {
            activation,
            stem: Convolution::new(blueprint.shape.channels, blueprint.channels, 3, 1, device),
            stem_norm: BatchNorm::new(blueprint.channels, device),
            blocks: blueprint.blocks().into_iter().map(block).collect(),
            last_norm: BatchNorm::new(blueprint.features(), device),
            classifier: Linear::new(blueprint.features(), blueprint.classes, device),
        };
        network.slots().iter_mut().for_each(|slot| slot.start(seed));
        network
    }

    /// `[batch, channels, height, width]` to logits `[batch, classes]`.
    pub(super) fn forward(&mut self, images: Tensor<4>, phase: Phase) -> Tensor<2> {
        self.through(images, None, phase)
    }

    /// The same of a supernet, whose edges do what `mix` says.
    pub(super) fn forward_mixed(&mut self, images: Tensor<4>, mix: &Mix, phase: Phase) -> Tensor<2> {
        self.through(images, Some(mix), phase)
    }

    fn through(&mut self, images: Tensor<4>, mix: Option<&Mix>, phase: Phase) -> Tensor<2> {
        let mut features = self.stem_norm.forward(self.stem.forward(images), phase);
        for block in &mut self.blocks {
            features = match block {
                Block::Cell(cell) => cell.forward(features, phase),
                Block::Mixed(cell) => cell.forward(features, mix.expect("a supernet goes by a mix"), phase),
                Block::Reduction(reduction) => reduction.forward(features, phase),
            };
        }
        let features = self.last_norm.forward(features, phase);
        let features = match self.activation {
            Activation::Relu => relu(features),
            Activation::Silu => silu(features),
        };
        let [batch, channels, _, _] = features.dims();
        self.classifier.forward(features.mean_dim(3).mean_dim(2).reshape([batch, channels]))
    }

    /// The device that it lives on.
    pub(super) fn device(&self) -> Device {
        self.classifier.device()
    }

    /// Every tensor, in the order of the benchmark's `state_dict`.
    pub(super) fn slots(&mut self) -> Vec<Slot<'_>> {
        let Self { activation: _, stem, stem_norm, blocks, last_norm, classifier } = self;
        let mut slots = Vec::new();
        stem.slots("stem.0", &mut slots);
        stem_norm.slots("stem.1", &mut slots);
        for (index, block) in blocks.iter_mut().enumerate() {
            let name = format!("cells.{index}");
            match block {
                Block::Cell(cell) => cell.slots(&name, &mut slots),
                Block::Mixed(cell) => cell.slots(&name, &mut slots),
                Block::Reduction(reduction) => reduction.slots(&name, &mut slots),
            }
        }
        last_norm.slots("lastact.0", &mut slots);
        classifier.slots("classifier", &mut slots);
        slots
    }
}
