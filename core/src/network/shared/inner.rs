//! A supernet as an inner problem: its weights settle the loss of a training batch, a validation batch judges them.

use burn::tensor::{Gradients as Recorded, Tensor, TensorData};

use super::super::batch::cross_entropy;
use super::super::body::Network;
use super::super::layers::Phase;
use super::super::mix::Mix;
use super::super::reading::{Lost, read};
use super::super::split::Part;
use crate::bilevel::{Gradients, InnerProblem, Level};

/// Images of a batch on their device, with their places in their part.
#[derive(Debug, Clone)]
pub(super) struct Batch<'a> {
    pub(super) part: &'a Part,
    pub(super) images: &'a [usize],
    pub(super) input: Tensor<4>,
}

/// A loss that was computed, with the shares that it has slopes in.
pub(super) struct Passed {
    pub(super) loss: Tensor<1>,
    pub(super) gradients: Recorded,
    /// The shares, if any.
    pub(super) leaf: Option<Tensor<1>>,
}

impl Passed {
    /// The loss.
    pub(super) async fn loss(&self) -> Result<f64, Lost> {
        Ok(f64::from(read(self.loss.clone()).await?.first().copied().unwrap_or(f32::NAN)))
    }

    /// Its slopes in the shares, `[shares]`; 0 for those that it does not depend on.
    pub(super) async fn slopes(&self) -> Result<Vec<f64>, Lost> {
        let Some(leaf) = &self.leaf else { return Ok(Vec::new()) };
        match leaf.grad(&self.gradients) {
            None => Ok(vec![0.0; leaf.dims()[0]]),
            Some(slopes) => Ok(read(slopes).await?.into_iter().map(f64::from).collect()),
        }
    }
}

/// Shares as a tensor whose gradient is recorded.
pub(super) fn leaf(shares: &[f64], network: &Network) -> Tensor<1> {
    let values: Vec<f32> = shares.iter().map(|share| *share as f32).collect();
    let shape = [values.len()];
    Tensor::from_data(TensorData::new(values, shape), &network.device()).require_grad()
}

/// The loss of `batch` by the way of `mix`, and its gradients; norms take the statistics of the batch.
pub(super) fn pass(network: &Network, batch: &Batch<'_>, mix: &Mix) -> Passed {
    // Running statistics move in a copy that is thrown away: a search judges by others.
    let logits = network.clone().forward_mixed(batch.input.clone(), mix, Phase::Train);
    let loss = cross_entropy(logits, batch.part, batch.images);
    let leaf = match mix {
        Mix::Path(_) => None,
        Mix::Corner(_, shares) | Mix::Shares(shares) => Some(shares.clone()),
    };
    Passed { gradients: loss.backward(), loss, leaf }
}

/// The two losses of a supernet on one batch each.
#[derive(Debug)]
pub(super) struct OnBatches<'a> {
    pub(super) network: Network,
    pub(super) train: &'a Batch<'a>,
    pub(super) validation: &'a Batch<'a>,
}

/// The trained weights of a network, one tensor after the other, `[W]`.
pub(super) async fn weights(network: &mut Network) -> Result<Vec<f64>, Lost> {
    let mut all = Vec::new();
    for slot in network.slots().iter().filter(|slot| slot.is_trained()) {
        all.extend(slot.values().await?.into_iter().map(f64::from));
    }
    Ok(all)
}

impl InnerProblem for OnBatches<'_> {
    type Error = Lost;

    /// Values of f32: a difference over less than some 1e-3 of the weights is mostly their rounding.
    async fn gradients(&mut self, level: Level, weights: &[f64], outer: &[f64]) -> Result<Gradients, Lost> {
        let mut from = 0;
        for slot in self.network.slots().iter_mut().filter(|slot| slot.is_trained()) {
            let count: usize = slot.shape().iter().product();
            slot.set(weights[from..from + count].iter().map(|weight| *weight as f32).collect());
            from += count;
        }
        let batch = match level {
            Level::Train => self.train,
            Level::Validation => self.validation,
        };
        let passed = pass(&self.network, batch, &Mix::Shares(leaf(outer, &self.network)));
        let mut of_weights = Vec::with_capacity(weights.len());
        for slot in self.network.slots().iter().filter(|slot| slot.is_trained()) {
            match slot.flat_gradient(&passed.gradients) {
                Some(gradient) => of_weights.extend(read(gradient).await?.into_iter().map(f64::from)),
                None => of_weights.resize(of_weights.len() + slot.shape().iter().product::<usize>(), 0.0),
            }
        }
        Ok(Gradients { loss: passed.loss().await?, weights: of_weights, outer: passed.slopes().await? })
    }
}
