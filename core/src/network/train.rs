//! Training by gradient descent: SGD with Nesterov momentum, a learning rate that falls along a cosine, no augmentation.
//!
//! A function of (blueprint, training images, training, seed): weights and batches come from streams of their own, so
//! that the same candidate gets the same bits alone and beside others in other threads.

use std::fmt;

use burn::module::Module;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, ModuleOptimizer, SgdConfig};

use super::batch::{batch, batches, cross_entropy};
use super::blueprint::{Blueprint, BlueprintError};
use super::body::Network;
use super::device::{self, DeviceError};
use super::layers::Phase;
use super::split::Split;
use super::trained::Trained;
use crate::numeric;
use crate::objective::Training;
use crate::random::Stream;
use crate::space::Architecture;

/// Why a network was not trained to the end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// It cannot be built.
    #[error(transparent)]
    Blueprint(#[from] BlueprintError),
    /// The device is not there.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The loss left the finite numbers.
    #[error("training diverged: the loss is {loss} in epoch {epoch}, step {step}; try a smaller learning_rate")]
    Diverged {
        /// The epoch, from 1.
        epoch: u32,
        /// The step of the epoch, from 1.
        step: usize,
        /// What the loss was, in words: `NaN` or `inf`.
        loss: String,
    },
    /// [`Watch::stop`] said so.
    #[error("training was stopped in epoch {epoch}")]
    Stopped {
        /// The epoch, from 1.
        epoch: u32,
    },
}

/// An epoch that has ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epoch {
    /// Which, from 1.
    pub number: u32,
    /// How many there will be.
    pub of: u32,
    /// The mean cross-entropy of its steps, in nats.
    pub loss: f64,
}

/// Who looks on while a network trains, and may stop it. It changes no number.
pub trait Watch: Send + Sync {
    /// Asked before every step: whether to stop.
    fn stop(&self) -> bool {
        false
    }

    /// Told after every epoch.
    fn epoch(&self, epoch: Epoch) {
        let _ = epoch;
    }
}

/// Nobody looks on.
impl Watch for () {}

/// Trains the network of `architecture` on the training part of `split`, and on nothing else of it.
///
/// # Errors
/// If the network cannot be built, diverges or is stopped.
pub fn train(
    architecture: &Architecture,
    training: &Training,
    split: &Split,
    seed: u64,
    watch: &dyn Watch,
) -> Result<Trained, TrainError> {
    let begun = Begun::new(architecture, training, split, seed)?;
    Ok(begun.go_on(training.epochs, training, split, seed, watch)?.trained(split))
}

/// A training on its way: weights, the state of the optimiser, and how far it has come.
///
/// After e epochs it stands where every training of this schedule stands after e epochs, whether it went there in one
/// go or not: the learning rate follows the cosine that ends with `training.epochs`, and the batches of an epoch are drawn
/// from a stream of its own.
///
/// Differs from a training with e epochs of its own, whose cosine ends there: what has come e epochs of the way still
/// learns fast, and its values are to be compared with those of others after e epochs of this schedule alone.
pub(super) struct Begun {
    blueprint: Blueprint,
    /// On a device that records gradients.
    network: Network,
    optimiser: ModuleOptimizer,
    epochs: u32,
    steps: usize,
}

impl Begun {
    /// The training of `architecture` before its first step.
    ///
    /// # Errors
    /// If the network cannot be built.
    pub(super) fn new(
        architecture: &Architecture,
        training: &Training,
        split: &Split,
        seed: u64,
    ) -> Result<Self, TrainError> {
        let blueprint = Blueprint::new(architecture, training, split.shape(), split.classes().len())?;
        let network = Network::new(&blueprint, seed, &device::of(training.device)?.autodiff());
        Ok(Self { blueprint, network, optimiser: optimiser(training), epochs: 0, steps: 0 })
    }

    /// How many epochs it has behind it.
    pub(super) fn epochs(&self) -> u32 {
        self.epochs
    }

    /// The bytes of its weights and of as many velocities.
    pub(super) fn bytes(&self) -> u64 {
        2 * 4 * self.blueprint.parameters()
    }

    /// The same after `epochs` epochs of the schedule. `training`, `split` and `seed` are those that it began with.
    ///
    /// # Errors
    /// If it diverges or is stopped.
    pub(super) fn go_on(
        self,
        epochs: u32,
        training: &Training,
        split: &Split,
        seed: u64,
        watch: &dyn Watch,
    ) -> Result<Self, TrainError> {
        let Self { blueprint, mut network, mut optimiser, epochs: done, steps: mut steps_done } = self;
        let (part, normalisation) = (split.train(), split.normalisation());
        let device = device::of(training.device)?.autodiff();
        let steps = batches(part.len(), training.batch_size).count() * training.epochs as usize;
        for number in done + 1..=epochs {
            let mut order: Vec<usize> = (0..part.len()).collect();
            Stream::new(seed, "batches", u64::from(number)).shuffle(&mut order);
            let mut losses = numeric::Moments::default();
            for (step, range) in batches(part.len(), training.batch_size).enumerate() {
                if watch.stop() {
                    return Err(TrainError::Stopped { epoch: number });
                }
                let images = &order[range];
                let logits = network.forward(batch(part, images, &blueprint, normalisation, &device), Phase::Train);
                let loss = cross_entropy(logits, part, images);
                let value = loss.clone().into_scalar::<f32>();
                if !value.is_finite() {
                    return Err(TrainError::Diverged { epoch: number, step: step + 1, loss: value.to_string() });
                }
                losses.push(f64::from(value));
                let gradients = GradientsParams::from_grads(loss.backward(), &network);
                let rate = cosine(training.learning_rate, steps_done, steps);
                network = optimiser.step(rate, network, gradients);
                steps_done += 1;
            }
            watch.epoch(Epoch { number, of: epochs, loss: losses.mean() });
        }
        Ok(Self { blueprint, network, optimiser, epochs: done.max(epochs), steps: steps_done })
    }

    /// The network as it is now, on a device that records no gradients.
    pub(super) fn trained(&self, split: &Split) -> Trained {
        let (blueprint, network) = (self.blueprint.clone(), self.network.valid());
        let (normalisation, classes) = (split.normalisation().clone(), split.classes().to_vec());
        Trained::new(blueprint, normalisation, classes, network, self.steps as u64)
    }
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { blueprint, network: _, optimiser: _, epochs, steps } = self;
        let mut debug = f.debug_struct("Begun");
        debug.field("blueprint", blueprint).field("epochs", epochs).field("steps", steps).finish_non_exhaustive()
    }
}

pub(super) fn optimiser(training: &Training) -> ModuleOptimizer {
    // burn dampens by 0.1 unless told otherwise; PyTorch and the benchmark do not.
    let momentum = MomentumConfig::new().with_momentum(training.momentum).with_dampening(0.0).with_nesterov(true);
    let decay = (training.weight_decay > 0.0).then(|| WeightDecayConfig::new(training.weight_decay as f32));
    SgdConfig::new().with_momentum(Some(momentum)).with_weight_decay(decay).init()
}

/// `start / 2 · (1 + cos(π · done / steps))`.
///
/// # Source
/// Loshchilov and Hutter 2017, equation 5, without restarts.
fn cosine(start: f64, done: usize, steps: usize) -> f64 {
    start / 2.0 * (1.0 + numeric::cos(std::f64::consts::PI * done as f64 / steps as f64))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::digits::digits;
    use super::*;

    fn small() -> Training {
        Training { channels: 2, epochs: 2, train_images: Some(150), ..Training::default() }
    }

    fn cell(choices: [u8; 6]) -> Architecture {
        Architecture::new(choices)
    }

    #[test]
    fn the_same_bits_alone_and_beside_others() {
        let split = Split::new(&digits(), &small(), 1).unwrap();
        let cells = [cell([3; 6]), cell([3, 2, 1, 4, 0, 3]), cell([2, 4, 4, 1, 2, 0])];
        let weights = |cell: &Architecture| train(cell, &small(), &split, 9, &()).unwrap().to_safetensors();
        let alone: Vec<Vec<u8>> = cells.iter().map(weights).collect();
        #[allow(clippy::disallowed_methods, reason = "threads beside each other are what is tested")]
        let together: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let threads: Vec<_> = cells.iter().map(|cell| scope.spawn(|| weights(cell))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(alone == together);
        assert!(alone[0] != train(&cells[0], &small(), &split, 10, &()).unwrap().to_safetensors());
    }

    #[test]
    fn a_training_that_goes_on_is_the_one_in_one_go() {
        let training = Training { epochs: 4, ..small() };
        let split = Split::new(&digits(), &training, 1).unwrap();
        for choices in [[3; 6], [3, 2, 1, 4, 0, 3], [0; 6]] {
            let begin = || Begun::new(&cell(choices), &training, &split, 9).unwrap();
            let at = |begun: Begun, epochs| begun.go_on(epochs, &training, &split, 9, &()).unwrap();
            let weights = |begun: &Begun| begun.trained(&split).to_safetensors();
            let one = at(begin(), 1);
            assert!(weights(&one) == weights(&at(begin(), 1)));
            let three = at(one, 3);
            assert!(weights(&three) == weights(&at(begin(), 3)), "{choices:?} after 3 epochs");
            // It goes on in another thread, as with several workers.
            #[allow(clippy::disallowed_methods, reason = "a candidate may come back to another worker")]
            let four = std::thread::scope(|scope| scope.spawn(|| at(three, 4)).join().unwrap());
            let whole = train(&cell(choices), &training, &split, 9, &()).unwrap().to_safetensors();
            assert!(weights(&four) == whole, "{choices:?} at the end");
            // A schedule of its own ends with a small learning rate, and elsewhere.
            let own = train(&cell(choices), &Training { epochs: 3, ..training.clone() }, &split, 9, &()).unwrap();
            assert!(own.to_safetensors() != weights(&at(begin(), 3)));
        }
    }

    #[test]
    fn training_lowers_the_loss_and_tells_every_epoch() {
        #[derive(Default)]
        struct Epochs(Mutex<Vec<Epoch>>);
        impl Watch for Epochs {
            fn epoch(&self, epoch: Epoch) {
                self.0.lock().unwrap().push(epoch);
            }
        }
        let training = Training { epochs: 4, channels: 4, train_images: None, ..small() };
        let split = Split::new(&digits(), &training, 1).unwrap();
        let epochs = Epochs::default();
        let trained = train(&cell([3, 0, 1, 1, 0, 3]), &training, &split, 9, &epochs).unwrap();
        let epochs = epochs.0.into_inner().unwrap();
        assert_eq!(
            epochs.iter().map(|epoch| (epoch.number, epoch.of)).collect::<Vec<_>>(),
            [(1, 4), (2, 4), (3, 4), (4, 4)]
        );
        assert!(epochs[3].loss < epochs[0].loss / 4.0, "{epochs:?}");
        // Chance is 10 %.
        assert!(trained.score(split.validation()).accuracy > 85.0);
    }

    /// The class is all that such a network can learn: the head sees no image.
    #[test]
    fn a_cell_without_any_operation_still_trains() {
        let split = Split::new(&digits(), &small(), 1).unwrap();
        let score = train(&cell([0; 6]), &small(), &split, 9, &()).unwrap().score(split.validation());
        assert!((score.loss - std::f64::consts::LN_10).abs() < 0.1, "{score:?}");
    }

    #[test]
    fn divergence_and_stopping_are_errors_in_words() {
        let split = Split::new(&digits(), &small(), 1).unwrap();
        let wild = Training { learning_rate: 10.0, weight_decay: 1e30, ..small() };
        let error = train(&cell([3; 6]), &wild, &split, 9, &()).unwrap_err();
        assert!(matches!(error, TrainError::Diverged { .. }), "{error}");
        assert!(error.to_string().starts_with("training diverged: the loss is "), "{error}");

        struct Stop;
        impl Watch for Stop {
            fn stop(&self) -> bool {
                true
            }
        }
        let error = train(&cell([3; 6]), &small(), &split, 9, &Stop).unwrap_err();
        assert_eq!(error.to_string(), "training was stopped in epoch 1");
    }

    #[test]
    fn the_learning_rate_falls_from_the_start_to_0() {
        assert_eq!(cosine(0.1, 0, 100), 0.1);
        assert!((cosine(0.1, 50, 100) - 0.05).abs() < 1e-15);
        assert!(cosine(0.1, 99, 100) < 1e-4);
    }
}
