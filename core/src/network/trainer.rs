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
use super::blueprint::Blueprint;
use super::body::Network;
use super::device;
use super::layers::Phase;
use super::reading::read;
use super::split::Split;
use super::train::{Epoch, TrainError, Watch};
use super::trained::Trained;
use super::weights::{self, WeightsError};
use crate::numeric;
use crate::objective::Training;
use crate::random::Stream;
use crate::space::{Architecture, Cells};

/// A training on its way: weights, the state of the optimiser, and how far it has come.
///
/// After e epochs it stands where every training of this schedule stands after e epochs, whether it went there in one
/// go or not: the learning rate follows the cosine that ends with `training.epochs`, and the batches of an epoch are drawn
/// from a stream of its own.
///
/// Differs from a training with e epochs of its own, whose cosine ends there: what has come e epochs of the way still
/// learns fast, and its values are to be compared with those of others after e epochs of this schedule alone.
pub struct Trainer {
    blueprint: Blueprint,
    training: Training,
    split: Split,
    seed: u64,
    /// On a device that records gradients.
    network: Network,
    optimiser: ModuleOptimizer,
    /// Epochs that have ended.
    epochs: u32,
    /// Steps that were made, of all epochs.
    steps: usize,
    /// The images of the epoch that has begun, in the order that they are seen.
    order: Vec<usize>,
    /// The losses of that epoch.
    losses: numeric::Moments,
}

/// A step that was made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Its epoch, from 1.
    pub epoch: u32,
    /// Which of the epoch it was, from 1.
    pub number: usize,
    /// The steps of an epoch.
    pub of: usize,
    /// The cross-entropy of its images before the step, in nats.
    pub loss: f64,
    /// How far it went.
    pub learning_rate: f64,
    /// The epoch, where it ended with this step.
    pub ended: Option<Epoch>,
}

impl Trainer {
    /// The training of `architecture`, of the space of `cells`, on the training part of `split`, before its first step.
    ///
    /// # Errors
    /// If the network cannot be built, or there is no such device.
    pub fn new(
        cells: &Cells,
        architecture: &Architecture,
        training: &Training,
        split: &Split,
        seed: u64,
    ) -> Result<Self, TrainError> {
        let blueprint = Blueprint::new(cells, architecture, training, split.shape(), split.classes().len())?;
        let network = Network::new(&blueprint, seed, &device::of(training.device)?.autodiff());
        let (optimiser, order, losses) = (optimiser(training), Vec::new(), numeric::Moments::default());
        let (training, split) = (training.clone(), split.clone());
        Ok(Self { blueprint, training, split, seed, network, optimiser, epochs: 0, steps: 0, order, losses })
    }

    /// The same with the weights that [`Trained::to_safetensors`] kept after `epochs` epochs, to go on from there. The
    /// velocities of the optimiser were not kept and start at 0, so that the bits are not those of an undisturbed training.
    ///
    /// # Errors
    /// If these are no weights, or those of another network.
    pub fn restored(self, weights: &[u8], epochs: u32) -> Result<Self, WeightsError> {
        let kept = weights::read(weights, &self.network.device())?;
        if kept.blueprint != self.blueprint {
            return Err(WeightsError::Header("it describes another network".into()));
        }
        let steps = self.steps_of_an_epoch() * epochs as usize;
        Ok(Self { network: kept.network, epochs, steps, ..self })
    }

    /// What its network consists of.
    pub fn blueprint(&self) -> &Blueprint {
        &self.blueprint
    }

    /// How many epochs it has behind it.
    pub fn epochs(&self) -> u32 {
        self.epochs
    }

    /// The steps of an epoch.
    pub fn steps_of_an_epoch(&self) -> usize {
        batches(self.split.train().len(), self.training.batch_size).count()
    }

    /// The bytes of its weights and of as many velocities.
    pub(super) fn bytes(&self) -> u64 {
        2 * 4 * self.blueprint.parameters()
    }

    /// The same after one more step. Whoever trains stops after the last epoch: the cosine that ended there would rise again.
    ///
    /// # Errors
    /// If the loss is no number, or the device was lost.
    pub async fn step(self) -> Result<(Self, Step), TrainError> {
        let Self { blueprint, training, split, seed, mut network, mut optimiser, epochs, steps, mut order, mut losses } =
            self;
        let (part, device, epoch) = (split.train(), network.device(), epochs + 1);
        let of = batches(part.len(), training.batch_size).count();
        let before = steps - of * epochs as usize;
        if before == 0 {
            order = (0..part.len()).collect();
            Stream::new(seed, "batches", u64::from(epoch)).shuffle(&mut order);
            losses = numeric::Moments::default();
        }
        let range =
            batches(part.len(), training.batch_size).nth(before).expect("an epoch has no more steps than batches");
        let images = &order[range];
        let logits = network.forward(batch(part, images, &blueprint, split.normalisation(), &device), Phase::Train);
        let loss = cross_entropy(logits, part, images);
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        let rate = cosine(training.learning_rate, steps, of * training.epochs as usize);
        network = optimiser.step(rate, network, gradients);
        // Read when all is on its way: a GPU need not wait for it.
        let value = read(loss).await?.first().copied().unwrap_or(f32::NAN);
        let number = before + 1;
        if !value.is_finite() {
            return Err(TrainError::Diverged { epoch, step: number, loss: value.to_string() });
        }
        losses.push(f64::from(value));
        let ended = (number == of).then(|| Epoch { number: epoch, of: training.epochs, loss: losses.mean() });
        let step = Step { epoch, number, of, loss: f64::from(value), learning_rate: rate, ended };
        let epochs = epochs + u32::from(ended.is_some());
        let steps = steps + 1;
        Ok((Self { blueprint, training, split, seed, network, optimiser, epochs, steps, order, losses }, step))
    }

    /// The same after `epochs` epochs of the schedule, if it has not come further.
    ///
    /// # Errors
    /// If it diverges, is stopped, or the device is lost.
    pub async fn go_on(mut self, epochs: u32, watch: &dyn Watch) -> Result<Self, TrainError> {
        while self.epochs < epochs {
            if watch.stop() {
                return Err(TrainError::Stopped { epoch: self.epochs + 1 });
            }
            let (next, step) = self.step().await?;
            if let Some(epoch) = step.ended {
                watch.epoch(Epoch { of: epochs, ..epoch });
            }
            self = next;
        }
        Ok(self)
    }

    /// The network as it is now, on a device that records no gradients.
    pub fn trained(&self) -> Trained {
        let (blueprint, network) = (self.blueprint.clone(), self.network.valid());
        let (normalisation, classes) = (self.split.normalisation().clone(), self.split.classes().to_vec());
        Trained::new(blueprint, normalisation, classes, network, self.steps as u64)
    }
}

impl fmt::Debug for Trainer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Trainer");
        debug.field("blueprint", &self.blueprint).field("seed", &self.seed);
        debug.field("epochs", &self.epochs).field("steps", &self.steps).finish_non_exhaustive()
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
pub(super) fn cosine(start: f64, done: usize, steps: usize) -> f64 {
    start / 2.0 * (1.0 + numeric::cos(std::f64::consts::PI * done as f64 / steps as f64))
}

#[cfg(test)]
mod tests {
    use super::super::digits::digits;
    use super::super::reading::wait;
    use super::super::tensors::nas_bench_201;
    use super::super::train::train;
    use super::*;

    fn small() -> Training {
        Training { channels: 2, epochs: 2, train_images: Some(150), ..Training::default() }
    }

    fn cell(choices: [u8; 6]) -> Architecture {
        Architecture::new(choices)
    }

    #[test]
    fn a_training_that_goes_on_is_the_one_in_one_go() {
        let training = Training { epochs: 4, ..small() };
        let split = Split::new(&digits(), &training, 1).unwrap();
        for choices in [[3; 6], [3, 2, 1, 4, 0, 3], [0; 6]] {
            let begin = || Trainer::new(&nas_bench_201(), &cell(choices), &training, &split, 9).unwrap();
            let at = |trainer: Trainer, epochs| wait(trainer.go_on(epochs, &())).unwrap();
            let weights = |trainer: &Trainer| trainer.trained().to_safetensors();
            let one = at(begin(), 1);
            assert!(weights(&one) == weights(&at(begin(), 1)));
            let three = at(one, 3);
            assert!(weights(&three) == weights(&at(begin(), 3)), "{choices:?} after 3 epochs");
            // It goes on in another thread, as with several workers.
            #[allow(clippy::disallowed_methods, reason = "a candidate may come back to another worker")]
            let four = std::thread::scope(|scope| scope.spawn(|| at(three, 4)).join().unwrap());
            let whole = train(&nas_bench_201(), &cell(choices), &training, &split, 9, &()).unwrap().to_safetensors();
            assert!(weights(&four) == whole, "{choices:?} at the end");
            // A schedule of its own ends with a small learning rate, and elsewhere.
            let own =
                train(&nas_bench_201(), &cell(choices), &Training { epochs: 3, ..training.clone() }, &split, 9, &())
                    .unwrap();
            assert!(own.to_safetensors() != weights(&at(begin(), 3)));
        }
    }

    /// Without its momentum it goes another way, but from where it was and not from the start.
    #[test]
    fn restored_weights_are_those_that_were_kept() {
        let training = Training { epochs: 3, ..small() };
        let split = Split::new(&digits(), &training, 1).unwrap();
        let begin = |choices| Trainer::new(&nas_bench_201(), &cell(choices), &training, &split, 9).unwrap();
        let one = wait(begin([3; 6]).go_on(1, &())).unwrap();
        let kept = one.trained().to_safetensors();
        let restored = begin([3; 6]).restored(&kept, 1).unwrap();
        assert!(restored.trained().to_safetensors() == kept);
        let (after, step) = wait(restored.step()).unwrap();
        let (_, undisturbed) = wait(one.step()).unwrap();
        // The same weights and the same images.
        assert_eq!(step, undisturbed);
        assert_eq!((step.epoch, step.number, step.of, after.epochs()), (2, 1, 3, 1));
        let error = begin([2; 6]).restored(&kept, 1).unwrap_err().to_string();
        assert!(error.contains("it describes another network"), "{error}");
    }

    #[test]
    fn the_learning_rate_falls_from_the_start_to_0() {
        assert_eq!(cosine(0.1, 0, 100), 0.1);
        assert!((cosine(0.1, 50, 100) - 0.05).abs() < 1e-15);
        assert!(cosine(0.1, 99, 100) < 1e-4);
    }
}
