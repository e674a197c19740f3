//! Gradient descent of shared weights: plain momentum, gradients no longer than a limit.
//!
//! burn's optimiser keeps its velocities to itself; here the step ahead of a hypergradient needs them, and so does a checkpoint.
//! Its gradient clipping is by tensor, and this one by all of them.

use burn::tensor::{Gradients, Tensor};

use super::super::body::Network;
use super::super::reading::{Lost, read};
use super::super::total::total;
use crate::objective::Training;

/// The longest gradient of all weights together, as DARTS has it.
const LONGEST: f64 = 5.0;

/// The velocities of all trained tensors of a network, in the order of its slots; nothing where a tensor had no gradient yet.
#[derive(Debug, Clone)]
pub(super) struct Descent {
    velocities: Vec<Option<Tensor<1>>>,
    momentum: f64,
    weight_decay: f64,
}

impl Descent {
    pub(super) fn new(network: &mut Network, training: &Training) -> Self {
        let count = network.slots().iter().filter(|slot| slot.is_trained()).count();
        let Training { momentum, weight_decay, .. } = *training;
        Self { velocities: vec![None; count], momentum, weight_decay }
    }

    /// `v ← momentum · v + gradient + weight_decay · w`, `w ← w − rate · v`. A tensor without a gradient stays as it is: its
    /// operation did not run.
    pub(super) fn step(&mut self, network: &mut Network, gradients: &Gradients, rate: f64) {
        let mut slots = network.slots();
        let trained = slots.iter_mut().filter(|slot| slot.is_trained());
        let of_trained: Vec<_> = trained.map(|slot| (slot.flat_gradient(gradients), slot)).collect();
        let squares = of_trained.iter().filter_map(|(gradient, _)| gradient.clone());
        let squares = squares.map(|gradient| total(gradient.clone() * gradient)).reduce(|sum, square| sum + square);
        // On the device, so that a GPU need not be waited for.
        let Some(shortened) = squares.map(|squares| squares.sqrt().clamp_min(LONGEST).recip() * LONGEST) else {
            return;
        };
        for ((gradient, slot), velocity) in of_trained.into_iter().zip(&mut self.velocities) {
            let Some(gradient) = gradient else { continue };
            let weights = slot.flat();
            let pull = gradient * shortened.clone() + weights.clone() * self.weight_decay;
            let moved = match velocity.take() {
                Some(velocity) => velocity * self.momentum + pull,
                None => pull,
            };
            slot.set_flat(weights - moved.clone() * rate);
            *velocity = Some(moved);
        }
    }

    /// All velocities, one after the other; zeros where there is none yet.
    pub(super) async fn values(&self, network: &mut Network) -> Result<Vec<Vec<f32>>, Lost> {
        let mut all = Vec::with_capacity(self.velocities.len());
        for (slot, velocity) in network.slots().iter().filter(|slot| slot.is_trained()).zip(&self.velocities) {
            all.push(match velocity {
                Some(velocity) => read(velocity.clone()).await?,
                None => vec![0.0; slot.shape().iter().product()],
            });
        }
        Ok(all)
    }

    /// Takes velocities in, in the order of [`Self::values`]. One of zeros is as good as none.
    pub(super) fn restore(&mut self, velocities: Vec<Tensor<1>>) {
        self.velocities = velocities.into_iter().map(Some).collect();
    }
}
