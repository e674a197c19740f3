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
        Ok(Self { training: training.clone(), split, seed, metrics: Self::measured().into(), watch: Arc::new(()) })
    }

    /// What every objective of this kind measures: `validation_accuracy` (%), `validation_loss` (nats), `parameters`, and
    /// `flops`: multiply-adds for one image, as NAS-Bench-201 counts them.
    pub fn measured() -> [Metric; 4] {
        [
            Metric::new("validation_accuracy", "%", Direction::Maximise),
            Metric::new("validation_loss", "nats", Direction::Minimise),
            Metric::new("parameters", "", Direction::Minimise),
            Metric::new("flops", "", Direction::Minimise),
        ]
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

#[cfg(test)]
mod tests {
    use super::super::digits::digits;
    use super::*;
    use crate::objective::{Fidelity, Point, answer};

    fn objective(seed: u64) -> TrainedNetwork {
        let training = Training { channels: 2, epochs: 2, train_images: Some(150), ..Training::default() };
        let split = Arc::new(Split::new(&digits(), &training, 1).unwrap());
        TrainedNetwork::new(&Space::named("nas-bench-201").unwrap(), &training, split, seed).unwrap()
    }

    #[test]
    fn an_answer_is_a_function_of_the_architecture() {
        let mut one = objective(4);
        let mut worker = one.clone();
        let trial = |id, seed| Trial::evaluate(id, Architecture::new([3, 0, 1, 2, 4, 3]), seed);
        let first = answer(&mut one, &trial(0, 0)).unwrap();
        assert_eq!(first, answer(&mut one, &trial(7, 12)).unwrap());
        assert_eq!(first, answer(&mut worker, &trial(1, 3)).unwrap());
        assert_ne!(first, answer(&mut objective(5), &trial(0, 0)).unwrap());
        // Stem 18 + 4; cells 3 × 3 twice and 1 × 1 once, each with 2 per channel; two reductions; last 16, head 90.
        let cells = |c: f64| 19.0 * c * c + 6.0 * c;
        let reduction = |c: f64| 18.0 * c * c + 36.0 * c * c + 2.0 * c * c + 8.0 * c;
        let parameters = 22.0 + cells(2.0) + reduction(2.0) + cells(4.0) + reduction(4.0) + cells(8.0) + 16.0 + 90.0;
        assert_eq!(first.values[2], parameters);
    }

    #[test]
    fn a_fidelity_decides_the_epochs() {
        let mut objective = objective(4);
        let trial = Trial::evaluate(0, Architecture::new([3; 6]), 0);
        let full = answer(&mut objective, &trial).unwrap();
        let two = Trial { fidelity: Some(Fidelity { epochs: 2 }), ..trial.clone() };
        let one = Trial { fidelity: Some(Fidelity { epochs: 1 }), ..trial };
        assert_eq!(answer(&mut objective, &two).unwrap(), full);
        assert_ne!(answer(&mut objective, &one).unwrap(), full);
    }

    #[test]
    fn what_it_does_not_answer_is_a_failure_in_words() {
        let mut objective = objective(4);
        let wrong = Trial::evaluate(0, Architecture::new([9; 6]), 0);
        assert_eq!(answer(&mut objective, &wrong).unwrap_err().kind, FailureKind::Failed);
        let none = Trial { fidelity: Some(Fidelity { epochs: 0 }), ..Trial::evaluate(0, Architecture::new([3; 6]), 0) };
        let failure = answer(&mut objective, &none).unwrap_err();
        assert_eq!(failure.to_string(), "failed: epochs must be in 1..=1000, got 0");
        let soft = Point::Soft(crate::objective::Mixture(vec![vec![0.2; 5]; 6]));
        let soft = Trial { point: soft, ..Trial::evaluate(0, Architecture::new([3; 6]), 0) };
        assert_eq!(answer(&mut objective, &soft).unwrap_err().kind, FailureKind::Missing);
        let space = Space::named("sequence:6x5").unwrap();
        let error = TrainedNetwork::new(&space, objective.training(), objective.split().clone(), 1).unwrap_err();
        let wanted =
            "networks are built for the space nas-bench-201 alone, and this is sequence:6x5; choose that space";
        assert_eq!(error.to_string(), wanted);
    }
}
