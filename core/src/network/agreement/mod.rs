//! Whether a device computes what the processor does: the first steps of a training on both, from the same weights.

mod parts;

use burn::optim::GradientsParams;
use burn::tensor::{Device, Gradients};
use serde::Serialize;

use super::batch::{batch, cross_entropy};
use super::blueprint::{Blueprint, BlueprintError};
use super::body::Network;
use super::device::{self, DeviceError};
use super::layers::Phase;
use super::split::Split;
use super::trainer::optimiser;
use crate::objective::{DeviceName, Training};
use crate::space::{Architecture, Cells};
pub use parts::{PartDifference, part_differences};

/// Steps that are compared.
const STEPS: usize = 3;

/// The largest differences between a device and the processor over the first three steps of a training.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Agreement {
    /// Of a logit.
    pub logits: f64,
    /// Of the loss, in nats.
    pub loss: f64,
    /// Of the gradient in all weights: the norm of the difference over the norm on the processor.
    pub gradient: f64,
}

impl Agreement {
    /// What f32 in another order may differ by: 1e-4 in logits and loss, 1e-3 of the gradient's norm.
    pub const TOLERANCE: Self = Self { logits: 1e-4, loss: 1e-4, gradient: 1e-3 };

    /// Whether all differences are within [`Agreement::TOLERANCE`].
    pub fn holds(&self) -> bool {
        let most = Self::TOLERANCE;
        self.logits <= most.logits && self.loss <= most.loss && self.gradient <= most.gradient
    }
}

/// Why two devices were not compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgreementError {
    /// The device is not there.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The network cannot be built.
    #[error(transparent)]
    Blueprint(#[from] BlueprintError),
    /// There are too few training images for a batch.
    #[error("{images} training images are fewer than the {batch_size} of a batch")]
    Images {
        /// Images there are.
        images: usize,
        /// Images of a batch.
        batch_size: usize,
    },
}

/// What one device gave in one step.
struct Step {
    logits: Vec<f32>,
    loss: f32,
    gradient: Vec<f32>,
}

/// Trains the network of `architecture` for three steps of `training` on the processor and on `name`, and compares logits,
/// loss and gradient of each.
///
/// # Errors
/// If the device is not there, or the network cannot be trained on `split`.
pub fn agreement(
    name: DeviceName,
    cells: &Cells,
    architecture: &Architecture,
    training: &Training,
    split: &Split,
    seed: u64,
) -> Result<Agreement, AgreementError> {
    device::probe(name)?;
    let blueprint = Blueprint::new(cells, architecture, training, split.shape(), split.classes().len())?;
    let (images, batch_size) = (split.train().len(), training.batch_size);
    if images < batch_size {
        return Err(AgreementError::Images { images, batch_size });
    }
    let here = steps(&blueprint, training, split, seed, device::of(DeviceName::Cpu)?);
    let there = steps(&blueprint, training, split, seed, device::of(name)?);
    let mut most = Agreement::default();
    for (here, there) in here.iter().zip(&there) {
        let apart = |a: &f32, b: &f32| f64::from(*a) - f64::from(*b);
        let logits = here.logits.iter().zip(&there.logits).map(|(a, b)| apart(a, b).abs());
        most.logits = worse(most.logits, logits.fold(0.0, worse));
        most.loss = worse(most.loss, apart(&here.loss, &there.loss).abs());
        most.gradient = worse(most.gradient, relative(&here.gradient, &there.gradient));
    }
    Ok(most)
}

/// The norm of the difference over the norm of the first; infinity where they have not as many numbers.
fn relative(here: &[f32], there: &[f32]) -> f64 {
    let squares = |values: &mut dyn Iterator<Item = f64>| crate::numeric::sqrt(values.map(|x| x * x).sum());
    let apart = |(a, b): (&f32, &f32)| f64::from(*a) - f64::from(*b);
    let norm = squares(&mut here.iter().map(|x| f64::from(*x)));
    let difference = squares(&mut here.iter().zip(there).map(apart));
    match (here.len() == there.len(), norm > 0.0) {
        (false, _) => f64::INFINITY,
        (true, false) => difference,
        (true, true) => difference / norm,
    }
}

/// The larger of two, and infinity where one is no number: `max` would pass over it.
fn worse(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::INFINITY } else { a.max(b) }
}

fn steps(blueprint: &Blueprint, training: &Training, split: &Split, seed: u64, device: Device) -> Vec<Step> {
    let device = device.autodiff();
    let mut network = Network::new(blueprint, seed, &device);
    let mut optimiser = optimiser(training);
    let images: Vec<usize> = (0..training.batch_size).collect();
    let mut steps = Vec::with_capacity(STEPS);
    for _ in 0..STEPS {
        let input = batch(split.train(), &images, blueprint, split.normalisation(), &device);
        let logits = network.forward(input, Phase::Train);
        let loss = cross_entropy(logits.clone(), split.train(), &images);
        let gradients = loss.backward();
        steps.push(Step {
            logits: logits.into_data().try_to_vec().expect("logits are of f32"),
            loss: loss.into_scalar::<f32>(),
            gradient: flat(&mut network, &gradients),
        });
        let gradients = GradientsParams::from_grads(gradients, &network);
        network = optimiser.step(training.learning_rate, network, gradients);
    }
    steps
}

/// The gradients of all trained tensors, one after the other in the order of the `state_dict`.
fn flat(network: &mut Network, gradients: &Gradients) -> Vec<f32> {
    network.slots().iter().filter_map(|slot| slot.gradient(gradients)).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::super::digits::digits;
    use super::super::tensors::nas_bench_201;
    use super::*;

    #[test]
    fn the_processor_agrees_with_itself_to_the_bit() {
        let training = Training { channels: 2, batch_size: 8, ..Training::default() };
        let split = Split::new(&digits(), &training, 1).unwrap();
        let cell = Architecture::new([1, 2, 3, 4, 3, 2]);
        let agreement = agreement(DeviceName::Cpu, &nas_bench_201(), &cell, &training, &split, 3).unwrap();
        assert_eq!(agreement, Agreement::default());
        assert!(agreement.holds());
        let wrong = Agreement { gradient: 2e-3, ..agreement };
        assert!(!wrong.holds());
        assert!(worse(0.0, f64::NAN).is_infinite(), "a device that gives no number does not agree");
    }

    #[test]
    fn steps_have_a_gradient_of_every_weight_and_move() {
        let training = Training { channels: 2, batch_size: 8, ..Training::default() };
        let split = Split::new(&digits(), &training, 1).unwrap();
        let cell = Architecture::new([3; 6]);
        let blueprint =
            Blueprint::new(&nas_bench_201(), &cell, &training, split.shape(), split.classes().len()).unwrap();
        let steps = steps(&blueprint, &training, &split, 3, Device::flex());
        assert_eq!(steps[0].gradient.len() as u64, blueprint.parameters());
        assert!(steps[2].loss < steps[0].loss, "the same batch three times");
    }
}
