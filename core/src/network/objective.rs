//! f(z(h); h) by real training: weights on the training images, values on the validation images.

use std::fmt;
use std::sync::Arc;

use super::blueprint::{Blueprint, BlueprintError};
use super::split::Split;
use super::train::{Watch, train};
use crate::objective::{Answer, Answers, Cost, Direction, Failure, FailureKind, Metric, Objective};
use crate::objective::{Purpose, Training, Trial};
use crate::space::{Architecture, Space};

/// An objective that trains the network it is asked about.
///
/// An answer is a function of (architecture, training, split, seed) and of nothing else: every candidate starts from
/// the same seed, so that all see the same batches in the same order, and a repeated architecture gets the same
/// answer. [`Cached`](crate::objective::cached::Cached) may remember it. Cheap to clone: the images are shared.
///
/// # Cost
/// One training an answer. The seconds of the answer are left at 0: the core has no clock.
#[derive(Clone)]
pub struct TrainedNetwork {
    training: Training,
    split: Arc<Split>,
    seed: u64,
    metrics: Arc<[Metric]>,
    watch: Arc<dyn Watch>,
}

impl TrainedNetwork {
    /// An objective over `space`, which has to be NAS-Bench-201's.
    ///
    /// # Errors
    /// If the space is another, the training is out of range, or the images have a size that no network takes.
    pub fn new(space: &Space, training: &Training, split: Arc<Split>, seed: u64) -> Result<Self, BlueprintError> {
        if Some(space) != Space::named("nas-bench-201").ok().as_ref() {
            return Err(BlueprintError::Space(space.spec().to_string()));
        }
        // Whatever can be wrong with the network of one cell is wrong with that of every cell, and is said now.
        let first = Architecture::new(vec![0; space.length()]);
        Blueprint::new(&first, training, split.shape(), split.classes().len())?;
        let metrics = [
            Metric::new("validation_accuracy", "%", Direction::Maximise),
            Metric::new("validation_loss", "nats", Direction::Minimise),
            Metric::new("parameters", "", Direction::Minimise),
            Metric::new("flops", "", Direction::Minimise),
        ];
        Ok(Self { training: training.clone(), split, seed, metrics: metrics.into(), watch: Arc::new(()) })
    }

    /// The same, with somebody who looks on and may stop a training: the trial then fails.
    pub fn with_watch(self, watch: Arc<dyn Watch>) -> Self {
        Self { watch, ..self }
    }

    /// How the networks are trained.
    pub fn training(&self) -> &Training {
        &self.training
    }

    /// The images.
    pub fn split(&self) -> &Arc<Split> {
        &self.split
    }
}

impl Objective for TrainedNetwork {
    /// `validation_accuracy` (%), `validation_loss` (nats), `parameters`, and `flops`: multiply-adds for one image, as
    /// NAS-Bench-201 counts them.
    fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    fn answers(&self) -> Answers {
        Answers { hard: true, slow: true, ..Answers::default() }
    }

    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure> {
        let fail = |message: String| Failure::new(FailureKind::Failed, message);
        let (Some(architecture), Purpose::Evaluate) = (trial.architecture(), trial.purpose) else {
            return Err(Failure::new(FailureKind::Missing, "only networks that exist are trained, each on its own"));
        };
        let epochs = trial.fidelity.map_or(self.training.epochs, |fidelity| fidelity.epochs);
        let training = Training { epochs, ..self.training.clone() };
        let trained = train(architecture, &training, &self.split, self.seed, self.watch.as_ref());
        let trained = trained.map_err(|error| fail(error.to_string()))?;
        let score = trained.score(self.split.validation());
        let blueprint = trained.blueprint();
        let (parameters, flops) = (blueprint.parameters() as f64, blueprint.multiply_adds() as f64);
        Ok(Answer {
            values: vec![score.accuracy, score.loss, parameters, flops],
            gradient: None,
            cost: Cost::default(),
        })
    }
}

impl fmt::Debug for TrainedNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { training, split, seed, metrics: _, watch: _ } = self;
        let images = [split.train().len(), split.validation().len()];
        let mut debug = f.debug_struct("TrainedNetwork");
        debug.field("training", training).field("images", &images).field("seed", seed).finish_non_exhaustive()
    }
}
