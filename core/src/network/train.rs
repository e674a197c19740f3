//! Training by gradient descent: SGD with Nesterov momentum, a learning rate that falls along a cosine, no augmentation.
//!
//! A function of (blueprint, training images, training, seed): weights and batches come from streams of their own, so
//! that the same candidate gets the same bits alone and beside others in other threads.

use burn::module::Module;
use burn::optim::decay::WeightDecayConfig;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, ModuleOptimizer, SgdConfig};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};

use super::blueprint::{Blueprint, BlueprintError};
use super::body::Network;
use super::layers::Phase;
use super::split::{Normalisation, Part, Split};
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
    let blueprint = Blueprint::new(architecture, training, split.shape(), split.classes().len())?;
    let (network, steps) = run(&blueprint, training, split.train(), split.normalisation(), seed, watch)?;
    Ok(Trained::new(blueprint, split.normalisation().clone(), split.classes().to_vec(), network, steps))
}

/// The trained network, on a device that records no gradients, and the number of steps.
fn run(
    blueprint: &Blueprint,
    training: &Training,
    part: &Part,
    normalisation: &Normalisation,
    seed: u64,
    watch: &dyn Watch,
) -> Result<(Network, u64), TrainError> {
    // Named, not `Device::default()`: what the default is depends on the features of the whole build.
    let device = Device::flex().autodiff();
    let mut network = Network::new(blueprint, seed, &device);
    let mut optimiser = optimiser(training);
    let steps_an_epoch = batches(part.len(), training.batch_size).count();
    let steps = steps_an_epoch * training.epochs as usize;
    let mut steps_done = 0;
    for number in 1..=training.epochs {
        let mut order: Vec<usize> = (0..part.len()).collect();
        Stream::new(seed, "batches", u64::from(number)).shuffle(&mut order);
        let mut losses = numeric::Moments::default();
        for (step, range) in batches(part.len(), training.batch_size).enumerate() {
            if watch.stop() {
                return Err(TrainError::Stopped { epoch: number });
            }
            let images = &order[range];
            let logits = network.forward(batch(part, images, blueprint, normalisation, &device), Phase::Train);
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
        watch.epoch(Epoch { number, of: training.epochs, loss: losses.mean() });
    }
    Ok((network.valid(), steps_done as u64))
}

fn optimiser(training: &Training) -> ModuleOptimizer {
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

/// The batches of an epoch, as ranges of its order. A last batch of one image is left out: it has no variance.
fn batches(images: usize, size: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..images).step_by(size).map(move |from| from..images.min(from + size)).filter(|range| range.len() > 1)
}

/// `[batch, channels, height, width]`, normalised.
pub(super) fn batch(
    part: &Part,
    images: &[usize],
    blueprint: &Blueprint,
    normalisation: &Normalisation,
    device: &Device,
) -> Tensor<4> {
    let shape = blueprint.shape;
    let mut values = Vec::with_capacity(images.len() * shape.values());
    images.iter().for_each(|image| normalisation.write(part.pixels(*image), &mut values));
    Tensor::from_data(TensorData::new(values, [images.len(), shape.channels, shape.height, shape.width]), device)
}

/// The mean over the batch of `−ln softmax(logits)[label]`, in nats; logits `[batch, classes]`.
fn cross_entropy(logits: Tensor<2>, part: &Part, images: &[usize]) -> Tensor<1> {
    let [batch, classes] = logits.dims();
    let mut right = vec![0f32; batch * classes];
    for (row, image) in images.iter().enumerate() {
        right[row * classes + usize::from(part.labels()[*image])] = 1.0;
    }
    let right = Tensor::from_data(TensorData::new(right, [batch, classes]), &logits.device());
    (log_softmax(logits, 1) * right).sum() / -(batch as f32)
}
