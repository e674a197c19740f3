//! A supernet that is trained while it is searched: its weights and a policy learn in turn, epoch by epoch.

mod checkpoint;
mod descent;
mod epoch;
mod inner;
mod instruments;
mod judge;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, OnceLock};

use burn::module::Module;
use burn::tensor::Tensor;

use super::batch::batch;
use super::blueprint::{Blueprint, BlueprintError};
use super::body::Network;
use super::device;
use super::mix::Mix;
use super::reading::{Lost, wait};
use super::split::{Part, Split};
use super::style::Style;
use super::train::{TrainError, Watch};
use crate::bilevel::{Hypergradient, exact};
use crate::estimator::{Estimator, Reply};
use crate::objective::{
    Answer, Answers, Failure, FailureKind, Metric, Mixture, Objective, Point, Progress, Purpose, Training, Trial,
};
use crate::optimiser::Adam;
use crate::policy::{Categorical, Policy};
use crate::search::supernet::{self, Options};
use crate::space::{Architecture, Cells, Space};
use descent::Descent;
use inner::Batch;
use instruments::indices;

/// The objective of a search that trains a supernet.
///
/// A trial of [`Purpose::Train`] at epoch e trains up to that epoch and is answered with how far it has come; one of
/// [`Purpose::Evaluate`] with what a path is worth with the weights after the epoch that it names. Every answer is a function of
/// (options, training, split, seed) and of the trial: streams are named by epoch and step, so that a search that was interrupted goes
/// on from [`Self::checkpoint`] to the same bits, and one that is asked about an earlier epoch begins anew.
///
/// # Cost
/// For an epoch, a pass forward and back for each batch, and as many for each point of the policy's plans; a hypergradient of second
/// order takes four more. Along paths and corners of the mixtures only the chosen operations run.
pub struct SharedWeights {
    options: Options,
    training: Training,
    cells: Cells,
    blueprint: Blueprint,
    split: Split,
    seed: u64,
    metrics: Arc<[Metric]>,
    watch: Arc<dyn Watch>,
    /// The share of the multiply-adds of each operation on its edge, `[Σ K]` of the edges.
    prices: Vec<f64>,
    learner: Option<Learner>,
    /// The answer to the last epoch.
    last: Option<Answer>,
    /// What a checkpoint is of, once it was asked for: all images go into it.
    fingerprint: OnceLock<String>,
}

/// What learns.
#[derive(Debug)]
struct Learner {
    /// Epochs that have ended.
    epoch: u32,
    network: Network,
    descent: Descent,
    policy: Box<dyn Policy>,
    estimator: Box<dyn Estimator>,
    optimiser: Adam,
    /// Steps of the policy without a finite answer.
    missed: u32,
}

impl SharedWeights {
    /// A search over `space` as `options` say, with the supernet that `training` sizes and trains.
    ///
    /// # Errors
    /// If an option or the training is out of range, the space describes no cells, the supernet takes too much memory, or there is
    /// no such device.
    pub fn new(
        space: &Space,
        options: &Options,
        training: &Training,
        split: Split,
        seed: u64,
    ) -> Result<Self, TrainError> {
        let refused = |reason: String| TrainError::Blueprint(BlueprintError::Training(reason));
        let cells = Cells::of(space).map_err(|reason| TrainError::Blueprint(BlueprintError::Space(reason)))?;
        let options = Options { epochs: Some(options.epochs.unwrap_or(training.epochs)), ..options.clone() };
        options.check().and_then(|()| options.suits(&cells)).map_err(refused)?;
        let style = Style { share_of_channels: options.partial_channels, ..Style::SEARCHED };
        let blueprint = Blueprint::supernet(&cells, style, training, split.shape(), split.classes().len())?;
        let weights = blueprint.parameters();
        if matches!(options.hypergradient, Hypergradient::Exact(_)) && weights > exact::MOST_WEIGHTS as u64 {
            let most = exact::MOST_WEIGHTS;
            let words = format!(
                "hypergradient `exact` takes up to {most} weights, and this supernet has {weights}; take conjugate-gradient"
            );
            return Err(refused(words));
        }
        let images = split.validation().len();
        if images < 2 && !options.single_level {
            let words = format!("its policy learns from two validation images and more, and there are {images}");
            return Err(refused(words));
        }
        let prices = blueprint.prices();
        let (training, metrics) = (training.clone(), Training::metrics().into());
        let watch: Arc<dyn Watch> = Arc::new(());
        let shared = Self {
            options,
            training,
            cells,
            blueprint,
            split,
            seed,
            metrics,
            watch,
            prices,
            learner: None,
            last: None,
            fingerprint: OnceLock::new(),
        };
        Blueprint::fits(shared.step_bytes())?;
        // Whatever can be wrong with its parts is said now.
        shared.begin()?;
        Ok(shared)
    }

    /// The same, with somebody who looks on and may stop an epoch: the trial then fails.
    pub fn with_watch(self, watch: Arc<dyn Watch>) -> Self {
        Self { watch, ..self }
    }

    /// What the supernet consists of.
    pub fn blueprint(&self) -> &Blueprint {
        &self.blueprint
    }

    /// About the memory that a step takes at its peak, in bytes: of mixtures where any are asked about, else of paths, of which
    /// the largest is taken.
    pub fn step_bytes(&self) -> u64 {
        let Training { batch_size, device, .. } = self.training;
        if self.options.asks_about_mixtures() {
            self.blueprint.training_bytes(batch_size, device)
        } else {
            // A pass for slopes alone keeps what operations gave, and not what came before the first share: in sum no more than one for
            // weights alone.
            let both = self.options.sampled_slopes && self.options.single_level;
            self.blueprint.path_bytes(batch_size, device, both)
        }
    }

    /// Epochs of the whole search.
    pub fn epochs(&self) -> u32 {
        self.options.epochs.unwrap_or(1)
    }

    /// Policy and weights from before the first epoch.
    fn begin(&self) -> Result<Learner, TrainError> {
        let refused = |reason: String| TrainError::Blueprint(BlueprintError::Training(reason));
        let device = device::of(self.training.device)?.autodiff();
        let mut network = Network::new(&self.blueprint, self.seed, &device);
        let descent = Descent::new(&mut network, &self.training);
        let policy = supernet::policy(&self.options, &self.cells, self.seed).map_err(refused)?;
        let steps = super::batch::batches(self.split.train().len(), self.training.batch_size).count();
        let estimator = self.options.estimator.annealed_over(self.plans(steps));
        let estimator = estimator.build(policy.space()).map_err(refused)?;
        if estimator.needs().independent && policy.as_categorical().is_none() {
            return Err(refused("the estimator needs the categorical policy; leave `policy` away".into()));
        }
        let optimiser = Adam::new(&self.options.optimiser(), policy.parameters().len()).map_err(refused)?;
        Ok(Learner { epoch: 0, network, descent, policy, estimator, optimiser, missed: 0 })
    }

    /// The plans of a whole search, over which a temperature falls.
    fn plans(&self, steps: usize) -> u32 {
        let epochs = u64::from(self.epochs());
        let of_policy = u64::from(self.options.policy_steps.unwrap_or(steps as u32));
        let moved = epochs - u64::from(self.options.frozen());
        let of_weights = u64::from(self.options.weights_at == supernet::WeightsAt::Plan) * epochs * steps as u64;
        let plans = if self.options.single_level { epochs * steps as u64 } else { moved * of_policy + of_weights };
        u32::try_from(plans).unwrap_or(u32::MAX).clamp(1, 1_000_000_000)
    }

    /// Images as the supernet takes them.
    fn input(&self, part: &Part, images: &[usize], network: &Network) -> Tensor<4> {
        batch(part, images, &self.blueprint, self.split.normalisation(), &network.device())
    }

    /// The same with what they are of.
    fn batch<'a>(&self, part: &'a Part, images: &'a [usize], network: &Network) -> Batch<'a> {
        Batch { part, images, input: self.input(part, images, network) }
    }

    /// The operation of each edge that a draw of a policy stands for.
    fn path_of(&self, policy: &dyn Policy, draw: &Architecture) -> Vec<usize> {
        if policy.space() == self.cells.space() {
            return indices(&self.cells.path(draw));
        }
        // Weights of edges follow those of operations, and a path has none.
        indices(draw).into_iter().take(self.cells.choices().length()).collect()
    }

    /// The policy, where the search runs mixtures of all operations: where it does not, nothing is measured of them either, which
    /// would take their memory.
    fn relaxed<'a>(&self, policy: &'a dyn Policy) -> Option<&'a Categorical> {
        policy.as_categorical().filter(|_| self.options.asks_about_mixtures())
    }

    /// The answer at a point with what its operations cost.
    fn priced(&self, policy: &dyn Policy, point: &Point, loss: f64, slopes: Option<Vec<f64>>) -> Reply {
        let (weight, choices) = (self.options.cost_weight, self.cells.choices());
        let cost: f64 = match point {
            Point::Soft(Mixture(shares)) => shares.iter().zip(&self.prices).map(|(share, price)| share * price).sum(),
            Point::Hard(h) => {
                let path = self.path_of(policy, h);
                path.iter().enumerate().map(|(l, k)| self.prices[choices.offset(l) + k]).sum()
            }
        };
        let gradient = slopes.map(|mut slopes| {
            slopes.iter_mut().zip(&self.prices).for_each(|(slope, price)| *slope += weight * price);
            Mixture(slopes)
        });
        Reply { loss: loss + weight * cost, gradient }
    }

    /// The answer to a trial, where nothing may wait: in a browser.
    ///
    /// # Errors
    /// If the device was lost, which says nothing about the trial; the answer itself may be a failure as [`Objective::answer`] has
    /// it.
    pub async fn answer_async(&mut self, trial: &Trial) -> Result<Result<Answer, Failure>, Lost> {
        let fail = |error: &dyn fmt::Display| Ok(Err(Failure::new(FailureKind::Failed, error.to_string())));
        let all = self.epochs();
        let epochs = trial.epochs().unwrap_or(all);
        if epochs > all || (epochs == 0 && trial.purpose == Purpose::Train) {
            return fail(&format!("epoch {epochs} is asked for, and the supernet has {all}; ask for 1 to {all}"));
        }
        match self.reach(epochs).await {
            Ok(()) => {}
            Err(TrainError::Lost(lost)) => return Err(lost),
            Err(error) => return fail(&error),
        }
        if trial.purpose == Purpose::Train {
            return self.last.clone().map_or_else(|| fail(&"no epoch was trained"), |answer| Ok(Ok(answer)));
        }
        let Some(architecture) = trial.architecture().filter(|h| self.cells.space().contains(h)) else {
            return Ok(Err(Failure::new(FailureKind::Missing, "only architectures of the space are judged")));
        };
        let Some(learner) = &self.learner else { return fail(&"nothing was trained") };
        let mix = Mix::Path(indices(&self.cells.path(architecture)));
        let (network, policy) = (learner.network.clone().no_grad(), self.options.batch_norm);
        let score = judge::judge(network, &mix, policy, &self.blueprint, &self.split, usize::MAX).await?;
        self.values(architecture, score).map_or_else(|error| fail(&error), |values| Ok(Ok(Answer::free(values))))
    }

    /// Trains until so many epochs have ended; anew where more have.
    async fn reach(&mut self, epochs: u32) -> Result<(), TrainError> {
        let kept = self.learner.take().filter(|learner| learner.epoch <= epochs);
        let mut learner = kept.map_or_else(|| self.begin(), Ok)?;
        while learner.epoch < epochs {
            let next = learner.epoch + 1;
            let watch = Arc::clone(&self.watch);
            let loss = epoch::epoch(self, &mut learner, next, watch.as_ref()).await?;
            learner.epoch = next;
            let (score, instruments) = instruments::measured(self, &learner, next, loss).await?;
            let architecture = supernet::derive(&self.cells, learner.policy.as_ref());
            let values = self.values(&architecture, score)?;
            let progress = Progress { architecture, policy: learner.policy.parameters().to_vec(), instruments };
            self.last = Some(Answer { progress: Some(progress), ..Answer::free(values) });
        }
        self.learner = Some(learner);
        Ok(())
    }

    /// The metrics of an architecture with a score.
    fn values(&self, architecture: &Architecture, score: super::Score) -> Result<Vec<f64>, TrainError> {
        let (shape, classes) = (self.split.shape(), self.split.classes().len());
        let child = Blueprint::new(&self.cells, architecture, &self.training, shape, classes)?;
        Ok(vec![score.accuracy, score.loss, child.parameters() as f64, child.multiply_adds() as f64])
    }
}

/// The choice of each position of a point that is a corner of the simplices.
fn is_corner(space: &Space, shares: &[f64]) -> Option<Vec<usize>> {
    (0..space.length())
        .map(|l| {
            let row = &shares[space.offset(l)..space.offset(l + 1)];
            let one = row.iter().position(|share| *share == 1.0)?;
            row.iter().enumerate().all(|(k, share)| k == one || *share == 0.0).then_some(one)
        })
        .collect()
}

impl fmt::Debug for SharedWeights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("SharedWeights");
        debug.field("options", &self.options).field("training", &self.training).field("seed", &self.seed);
        debug.field("epochs", &self.learner.as_ref().map(|learner| learner.epoch)).finish_non_exhaustive()
    }
}

impl Objective for SharedWeights {
    fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    fn answers(&self) -> Answers {
        Answers { hard: true, train: true, slow: true, ..Answers::default() }
    }

    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure> {
        wait(self.answer_async(trial)).unwrap_or_else(|lost| Err(Failure::new(FailureKind::Failed, lost.to_string())))
    }
}
