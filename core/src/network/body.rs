//! The whole network, from images to a logit for each class.

use burn::module::Module;
use burn::tensor::activation::{relu, silu};
use burn::tensor::{Device, Tensor};

use super::blueprint::{self, Blueprint};
use super::cell::{Cell, Pass};
use super::layers::{BatchNorm, Convolution, Linear, Phase};
use super::mix::Mix;
use super::reduction::Reduction;
use super::state::Slot;
use crate::objective::supernet::Activation;

#[allow(clippy::large_enum_variant, reason = "a network has a few blocks, and all of them are tensors elsewhere")]
#[derive(Module, Debug)]
enum Block {
    Cell(Cell),
    Reduction(Reduction),
}

/// `TinyNetwork` of NAS-Bench-201 around cells with one input, `NetworkCIFAR` of DARTS without its auxiliary head around cells
/// with two.
#[derive(Module, Debug)]
pub(super) struct Network {
    #[module(skip)]
    activation: Activation,
    stem: Convolution,
    stem_norm: BatchNorm,
    blocks: Vec<Block>,
    /// Before the head, around cells with one input.
    last_norm: Option<BatchNorm>,
    classifier: Linear,
    /// Where the weights of edges begin among the shares of a supernet: behind those of the operations.
    operations: usize,
}

impl Network {
    /// The network of `blueprint` on `device`, with the weights from before training that `seed` names.
    pub(super) fn new(blueprint: &Blueprint, seed: u64, device: &Device) -> Self {
        let block = |block| match block {
            blueprint::Block::Cell(place) => Block::Cell(Cell::new(blueprint, &place, device)),
            blueprint::Block::Reduction { inputs } => Block::Reduction(Reduction::new(inputs, blueprint.style, device)),
        };
        let (stem, features) = (blueprint.stem(), blueprint.features());
        let mut network = Self {
            activation: blueprint.style.activation,
            stem: Convolution::new(blueprint.shape.channels, stem, 3, 1, device),
            stem_norm: BatchNorm::new(stem, device),
            blocks: blueprint.blocks().into_iter().map(block).collect(),
            last_norm: (blueprint.inputs() == 1).then(|| BatchNorm::new(features, device)),
            classifier: Linear::new(features, blueprint.classes, device),
            operations: blueprint.cells().choices().choices_in_all(),
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
        let edge_weights = match mix {
            Some(Mix::Shares(shares)) if shares.dims()[0] > self.operations => Some(self.operations),
            _ => None,
        };
        let pass = Pass { mix, edge_weights, phase };
        let mut newer = self.stem_norm.forward(self.stem.forward(images), phase);
        let mut older = newer.clone();
        for block in &mut self.blocks {
            let next = match block {
                Block::Cell(cell) => cell.forward(older, newer.clone(), pass),
                Block::Reduction(reduction) => reduction.forward(newer.clone(), phase),
            };
            (older, newer) = (newer, next);
        }
        if let Some(norm) = &mut self.last_norm {
            let features = norm.forward(newer, phase);
            newer = match self.activation {
                Activation::Relu => relu(features),
                Activation::Silu => silu(features),
            };
        }
        let [batch, channels, _, _] = newer.dims();
        self.classifier.forward(newer.mean_dim(3).mean_dim(2).reshape([batch, channels]))
    }

    /// The same for slopes in shares alone: gradients of weights are not computed, but for those of the classifier, so that a loss that
    /// no share moves has a gradient too, which burn insists on.
    pub(super) fn judging(self) -> Self {
        Self { classifier: self.classifier.clone(), ..self.no_grad() }
    }

    /// The device that it lives on.
    pub(super) fn device(&self) -> Device {
        self.classifier.device()
    }

    /// Every tensor, in the order of the benchmark's `state_dict`.
    pub(super) fn slots(&mut self) -> Vec<Slot<'_>> {
        let Self { activation: _, stem, stem_norm, blocks, last_norm, classifier, operations: _ } = self;
        let mut slots = Vec::new();
        stem.slots("stem.0", &mut slots);
        stem_norm.slots("stem.1", &mut slots);
        for (index, block) in blocks.iter_mut().enumerate() {
            let name = format!("cells.{index}");
            match block {
                Block::Cell(cell) => cell.slots(&name, &mut slots),
                Block::Reduction(reduction) => reduction.slots(&name, &mut slots),
            }
        }
        if let Some(norm) = last_norm {
            norm.slots("lastact.0", &mut slots);
        }
        classifier.slots("classifier", &mut slots);
        slots
    }
}
