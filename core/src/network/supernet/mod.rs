//! A frozen supernet as an objective: every path in a table, every mixture computed, with slopes.

mod kept;

use std::sync::Arc;

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

use super::batch::{batch, batches, cross_entropy};
use super::blueprint::Blueprint;
use super::body::Network;
use super::device;
use super::images::Images;
use super::layers::Phase;
use super::mix::Mix;
use super::reading::{read, wait};
use super::split::{Part, Split};
use super::style::Style;
use super::train::{Epoch, TrainError, Watch};
use super::trained::{Score, rows};
use super::trainer::{cosine, optimiser};
pub use kept::Kept;

use crate::objective::supernet::Options;
use crate::objective::{
    Answer, Answers, Failure, FailureKind, Known, Metric, Mixture, Objective, Point, Relaxation, Training, Trial,
    multilinear,
};
use crate::random::Stream;
use crate::space::nas_bench_201::{EDGES, OPERATIONS};
use crate::space::{Architecture, Cells, Space};

/// Trained weights, the images that losses are means of, and the loss of every path on them.
///
/// Batch normalisation takes the statistics of the images at hand, whichever path or mixture they come by: running ones would
/// be those of no network in particular.
#[derive(Debug, Clone)]
pub struct Supernet {
    options: Options,
    split: Split,
    blueprint: Blueprint,
    network: Network,
    images: Tensor<4>,
    paths: Arc<Vec<[f64; 2]>>,
    metrics: [Metric; 2],
}

/// What came of making one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Made {
    /// The index of the path of least loss.
    pub best: u64,
    /// The held-out images.
    pub images: usize,
    /// How it classifies the held-out images, which took no part in training nor in the choice.
    pub held_out: Score,
}

/// Told how far the table is, in paths.
pub trait Progress: Watch {
    /// So many of all paths have their loss.
    fn paths(&self, done: usize, of: usize) {
        let _ = (done, of);
    }
}

impl Progress for () {}

impl Supernet {
    /// Trains the weights on `images` and evaluates every path.
    ///
    /// # Errors
    /// If an option is out of range, the images cannot be divided, or training diverges or is stopped.
    pub fn make(options: &Options, images: &Images, progress: &dyn Progress) -> Result<Self, TrainError> {
        let mut supernet = Self::untrained(options, images)?;
        supernet.network = wait(supernet.train(progress))?;
        let paths: Vec<[usize; EDGES.len()]> = all_paths().collect();
        let mut table = Vec::with_capacity(paths.len());
        for path in &paths {
            if progress.stop() {
                return Err(TrainError::Stopped { epoch: options.epochs });
            }
            let score = supernet.score(&Mix::Path(path.to_vec()), supernet.split.validation(), &supernet.images);
            table.push([score.loss, score.accuracy]);
            progress.paths(table.len(), paths.len());
        }
        supernet.paths = Arc::new(table);
        Ok(supernet)
    }

    /// The same from the bytes that [`Kept::to_safetensors`] gave; `images` are those that it was made with.
    ///
    /// # Errors
    /// If an option is out of range, the images cannot be divided, or these are not its weights and losses.
    pub fn restored(options: &Options, images: &Images, bytes: &[u8]) -> Result<Self, String> {
        let mut supernet = Self::untrained(options, images).map_err(|error| error.to_string())?;
        let mut slots = supernet.network.slots();
        let names: Vec<String> = slots.iter().map(|slot| slot.name.clone()).collect();
        let kept = Kept::from_safetensors(bytes, options, &names)?;
        let count = all_paths().count();
        if kept.paths.len() != count || kept.paths.iter().flatten().any(|value| !value.is_finite()) {
            return Err(format!("{} paths have a loss and an accuracy, and there are {count}", kept.paths.len()));
        }
        for (slot, (name, values)) in slots.iter_mut().zip(kept.tensors) {
            let count: usize = slot.shape().iter().product();
            if values.len() != count || values.iter().any(|value| !value.is_finite()) {
                return Err(format!("tensor `{name}` has not {count} finite values"));
            }
            slot.set(values);
        }
        drop(slots);
        supernet.network = supernet.network.no_grad();
        supernet.paths = Arc::new(kept.paths);
        Ok(supernet)
    }

    fn untrained(options: &Options, images: &Images) -> Result<Self, TrainError> {
        let training =
            options.training().map_err(|reason| TrainError::Blueprint(super::BlueprintError::Training(reason)))?;
        let split = Split::new(images, &training, options.weights)
            .map_err(|error| TrainError::Blueprint(super::BlueprintError::Training(error.to_string())))?;
        let space = Space::named("nas-bench-201").expect("nas-bench-201 is a space");
        let cells = Cells::of(&space).expect("it describes a cell");
        let style = Style { activation: options.activation, ..Style::PUBLISHED };
        let blueprint = Blueprint::supernet(&cells, style, &training, split.shape(), split.classes().len())?;
        Blueprint::fits(blueprint.training_bytes(training.batch_size, training.device))?;
        let device = device::of(training.device)?.autodiff();
        let network = Network::new(&blueprint, options.weights, &device);
        let all: Vec<usize> = (0..split.validation().len()).collect();
        let images = batch(split.validation(), &all, &blueprint, split.normalisation(), &device);
        let (paths, metrics) = (Arc::new(Vec::new()), Options::metrics());
        Ok(Self { options: options.clone(), split, blueprint, network, images, paths, metrics })
    }

    /// Trained weights: each step on a path drawn uniformly, or on a mixture uniform on the simplices, in turn.
    async fn train(&self, watch: &dyn Progress) -> Result<Network, TrainError> {
        let Self { options, split, blueprint, .. } = self;
        let training: Training = options.training().unwrap_or_default();
        let (mut network, mut optimiser) = (self.network.clone(), optimiser(&training));
        let (part, device) = (split.train(), network.device());
        let mut draws = Stream::new(options.weights, "supernet paths", 0);
        let of = batches(part.len(), training.batch_size).count();
        let mut taken = 0;
        for epoch in 1..=training.epochs {
            let mut order: Vec<usize> = (0..part.len()).collect();
            Stream::new(options.weights, "batches", u64::from(epoch)).shuffle(&mut order);
            let mut losses = crate::numeric::Moments::default();
            for range in batches(part.len(), training.batch_size) {
                if watch.stop() {
                    return Err(TrainError::Stopped { epoch });
                }
                let mix = if taken % 2 == 0 { path(&mut draws) } else { shares(&mut draws, &device) };
                let images = &order[range];
                let input = batch(part, images, blueprint, split.normalisation(), &device);
                let loss = cross_entropy(network.forward_mixed(input, &mix, Phase::Train), part, images);
                let gradients = GradientsParams::from_grads(loss.backward(), &network);
                network = optimiser.step(
                    cosine(training.learning_rate, taken, of * training.epochs as usize),
                    network,
                    gradients,
                );
                let value = read(loss).await?.first().copied().unwrap_or(f32::NAN);
                if !value.is_finite() {
                    return Err(TrainError::Diverged { epoch, step: taken % of + 1, loss: value.to_string() });
                }
                losses.push(f64::from(value));
                taken += 1;
            }
            watch.epoch(Epoch { number: epoch, of: training.epochs, loss: losses.mean() });
        }
        Ok(network.no_grad())
    }

    /// Weights and losses, to be kept.
    ///
    /// # Panics
    /// Never: the processor is not lost.
    pub fn kept(&self) -> Kept {
        let mut network = self.network.clone();
        let values = |slot: super::state::Slot<'_>| {
            let values = wait(slot.values()).unwrap_or_else(|lost| panic!("{lost}"));
            (slot.name, values)
        };
        Kept { tensors: network.slots().into_iter().map(values).collect(), paths: self.paths.as_ref().clone() }
    }

    /// How the path of least validation loss classifies the held-out images.
    pub fn made(&self) -> Made {
        let least = |best: usize, place: usize| if self.paths[place][0] < self.paths[best][0] { place } else { best };
        let best = (0..self.paths.len()).fold(0, least);
        let path = all_paths().nth(best).expect("a place among the paths");
        let held_out = self.split.test_after_the_choice_is_made();
        let all: Vec<usize> = (0..held_out.len()).collect();
        let images = batch(held_out, &all, &self.blueprint, self.split.normalisation(), &self.network.device());
        Made {
            best: best as u64,
            images: held_out.len(),
            held_out: self.score(&Mix::Path(path.to_vec()), held_out, &images),
        }
    }

    fn score(&self, mix: &Mix, part: &Part, images: &Tensor<4>) -> Score {
        // A forward pass moves running statistics, which nobody looks at here.
        let mut network = self.network.clone();
        let logits = network.forward_mixed(images.clone(), mix, Phase::Train);
        let classes = self.split.classes().len();
        let values = wait(read(logits)).unwrap_or_else(|lost| panic!("{lost}"));
        Score::of(&rows(&values, classes), part.labels())
    }

    /// Loss, accuracy and the slopes of the loss at shares of the operations.
    fn mixed(&self, shares: &[f64]) -> Result<Answer, Failure> {
        let failed = |lost: super::Lost| Failure::new(FailureKind::Failed, lost.to_string());
        let values: Vec<f32> = shares.iter().map(|share| *share as f32).collect();
        let shape = [values.len()];
        let leaf = Tensor::from_data(TensorData::new(values, shape), &self.network.device()).require_grad();
        let mut network = self.network.clone();
        let logits = network.forward_mixed(self.images.clone(), &Mix::Shares(leaf.clone()), Phase::Train);
        let part = self.split.validation();
        let all: Vec<usize> = (0..part.len()).collect();
        let gradients = cross_entropy(logits.clone(), part, &all).backward();
        let slopes =
            leaf.grad(&gradients).ok_or_else(|| Failure::new(FailureKind::Failed, "the loss has no slopes"))?;
        let slopes = wait(read(slopes)).map_err(failed)?;
        let logits = wait(read(logits)).map_err(failed)?;
        let rows = rows(&logits, self.split.classes().len());
        let Score { loss, accuracy, .. } = Score::of(&rows, part.labels());
        let gradient = Some(Mixture(slopes.into_iter().map(f64::from).collect()));
        Ok(Answer { gradient, ..Answer::free(vec![loss, accuracy]) })
    }
}

fn all_paths() -> impl Iterator<Item = [usize; EDGES.len()]> {
    let space = Space::named("nas-bench-201").expect("nas-bench-201 is a space");
    let path = |h: Architecture| {
        let mut path = [0; EDGES.len()];
        path.iter_mut().zip(h.choices()).for_each(|(to, choice)| *to = usize::from(*choice));
        path
    };
    space.enumerate().map(path).collect::<Vec<_>>().into_iter()
}

fn path(draws: &mut Stream) -> Mix {
    Mix::Path(EDGES.iter().map(|_| draws.below(OPERATIONS.len())).collect())
}

/// Shares that are uniform on the simplex of each edge: exponential variables over their sum.
fn shares(draws: &mut Stream, device: &Device) -> Mix {
    let mut values = Vec::with_capacity(EDGES.len() * OPERATIONS.len());
    for _ in EDGES {
        let row: Vec<f64> = OPERATIONS.iter().map(|_| -crate::numeric::ln(draws.open_unit())).collect();
        let sum: f64 = row.iter().sum();
        values.extend(row.iter().map(|value| (value / sum) as f32));
    }
    Mix::Shares(Tensor::from_data(TensorData::new(values, [EDGES.len() * OPERATIONS.len()]), device))
}

impl Objective for Supernet {
    fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    fn answers(&self) -> Answers {
        Answers { hard: true, soft: Some(Relaxation::Nonlinear), ..Answers::default() }
    }

    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure> {
        let missing = || Failure::new(FailureKind::Missing, "the point is not of this supernet's space");
        match &trial.point {
            Point::Hard(h) => {
                let inside =
                    h.choices().len() == EDGES.len() && h.choices().iter().all(|k| usize::from(*k) < OPERATIONS.len());
                let index = h.choices().iter().fold(0, |index, k| index * OPERATIONS.len() + usize::from(*k));
                let path = self.paths.get(index).filter(|_| inside).ok_or_else(missing)?;
                Ok(Answer::free(path.to_vec()))
            }
            Point::Soft(Mixture(shares)) if shares.len() == EDGES.len() * OPERATIONS.len() => self.mixed(shares),
            Point::Soft(_) => Err(missing()),
        }
    }

    fn known(&self) -> Known {
        let losses = self.paths.iter().map(|path| path[0]);
        let mean = losses.clone().sum::<f64>() / self.paths.len() as f64;
        Known { optimum: losses.reduce(f64::min), mean: Some(mean) }
    }

    fn expectation(&self, mixture: &Mixture) -> Option<(f64, Mixture)> {
        let choices = [OPERATIONS.len(); EDGES.len()];
        let (mean, slopes) = multilinear(&choices, &mixture.0, |index| self.paths[index][0]);
        Some((mean, Mixture(slopes)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::digits::digits;
    use super::*;
    use crate::objective::supernet::Activation;

    fn small() -> Supernet {
        with(Activation::Relu)
    }

    fn with(activation: Activation) -> Supernet {
        let options = Options { channels: 2, epochs: 1, images: 32, weights: 3, activation };
        let mut supernet = Supernet::untrained(&options, &digits()).unwrap();
        supernet.network = wait(supernet.train(&())).unwrap();
        supernet
    }

    #[test]
    fn a_corner_of_the_mixtures_is_its_path_and_slopes_are_differences() {
        let supernet = small();
        let part = supernet.split.validation();
        for path in [[3, 1, 2, 4, 0, 3], [0; 6], [1, 0, 0, 1, 3, 2], [4, 4, 4, 4, 4, 4]] {
            let mut corner = vec![0.0; 30];
            path.iter().enumerate().for_each(|(edge, choice)| corner[5 * edge + choice] = 1.0);
            let hard = supernet.score(&Mix::Path(path.to_vec()), part, &supernet.images);
            let soft = supernet.mixed(&corner).unwrap();
            assert!((hard.loss - soft.values[0]).abs() < 1e-4, "{path:?}: {} {}", hard.loss, soft.values[0]);
        }
        let inside = inside();
        let slopes = supernet.mixed(&inside).unwrap().gradient.unwrap().0;
        for index in [1, 7, 13, 18, 24, 29] {
            let at = |step: f64| {
                let mut moved = inside.clone();
                moved[index] += step;
                supernet.mixed(&moved).unwrap().values[0]
            };
            let difference = (at(0.02) - at(-0.02)) / 0.04;
            assert!(
                (slopes[index] - difference).abs() < 0.02 * difference.abs().max(0.3),
                "{index}: {} {difference}",
                slopes[index]
            );
        }
    }

    fn inside() -> Vec<f64> {
        (0..30).map(|i| [0.1, 0.3, 0.2, 0.25, 0.15][i % 5]).collect()
    }

    #[test]
    fn a_smooth_one_is_another_and_its_slopes_change_without_jumps() {
        let loss = |supernet: &Supernet| supernet.mixed(&inside()).unwrap().values[0];
        let [kinked, smooth] = [Activation::Relu, Activation::Silu].map(with);
        assert!((loss(&kinked) - loss(&smooth)).abs() > 1e-3);
        // The change of the slopes over a step, less twice that over half of it: of third order where there are third
        // derivatives, and for kinks as large as they are many.
        let uneven = |supernet: &Supernet| {
            let slopes = |step: f64| {
                let mut moved = inside();
                moved[13] += step;
                supernet.mixed(&moved).unwrap().gradient.unwrap().0
            };
            let [back, middle, ahead] = [-0.02, 0.0, 0.02].map(slopes);
            let second =
                back.iter().zip(&middle).zip(&ahead).map(|((back, middle), ahead)| back - 2.0 * middle + ahead);
            second.map(|x| x * x).sum::<f64>() / middle.iter().map(|x| x * x).sum::<f64>()
        };
        assert!(uneven(&smooth) < 0.5 * uneven(&kinked), "{} {}", uneven(&smooth), uneven(&kinked));
    }

    #[test]
    fn it_comes_back_as_it_was_kept() {
        let mut supernet = small();
        supernet.paths = Arc::new((0..15_625).map(|index| [f64::from(index), 50.0]).collect());
        let kept = supernet.kept();
        let bytes = kept.to_safetensors(&supernet.options);
        let mut again = Supernet::restored(&supernet.options, &digits(), &bytes).unwrap();
        assert_eq!(again.mixed(&[0.2; 30]).unwrap(), supernet.mixed(&[0.2; 30]).unwrap());
        let trial = Trial::evaluate(0, Architecture::new([0, 0, 0, 0, 1, 2]), 0);
        assert_eq!(again.answer(&trial).unwrap().values, [7.0, 50.0]);
        let refused = |options: &Options, bytes: &[u8]| Supernet::restored(options, &digits(), bytes).unwrap_err();
        let mut short = kept.clone();
        short.tensors.pop();
        assert!(refused(&supernet.options, &short.to_safetensors(&supernet.options)).ends_with("is missing"));
        let mut wild = kept;
        wild.paths[3][0] = f64::NAN;
        assert!(refused(&supernet.options, &wild.to_safetensors(&supernet.options)).contains("paths have a loss"));
        let other = Options { weights: 4, ..supernet.options.clone() };
        assert!(refused(&other, &bytes).starts_with("it was made with other options"));
        assert!(refused(&supernet.options, &bytes[..100]).starts_with("not a file of safetensors"));
    }
}
