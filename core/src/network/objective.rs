//! f(z(h); h) by real training: weights on the training images, values on the validation images.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::blueprint::{Blueprint, BlueprintError};
use super::kept::{Kept, MOST_BYTES};
use super::reading::wait;
use super::split::Split;
use super::train::Watch;
use super::trained::Score;
use super::trainer::Trainer;
use crate::objective::{Answer, Answers, Failure, FailureKind, Metric, Objective};
use crate::objective::{Purpose, Training, Trial};
use crate::space::{Architecture, Cells, Space};

/// An objective that trains the network it is asked about.
///
/// An answer is a function of (architecture, epochs, training, split, seed) and of nothing else: every candidate starts
/// from the same seed, so that all see the same batches in the same order, and a repeated architecture gets the same
/// answer. [`Cached`](crate::objective::cached::Cached) may remember it. Cheap to clone: the images are shared.
///
/// A trial of e epochs is answered after the first e epochs of the schedule that ends with [`Training::epochs`]: a prefix
/// of the full training, and not a training with e epochs of its own, whose learning rate would have fallen to 0. A candidate
/// that is asked again at more epochs goes on from its weights, the state of its optimiser and its number of steps, which
/// gives the bits of a training in one go. All clones share what they have begun, up to 512 MiB of weights and velocities;
/// beyond that the oldest is dropped, and trained from the beginning if it is asked again.
///
/// # Cost
/// For an answer the epochs that the candidate has not had. The seconds of the answer are left at 0: the core has no clock.
#[derive(Clone)]
pub struct TrainedNetwork {
    cells: Cells,
    training: Training,
    split: Split,
    seed: u64,
    metrics: Arc<[Metric]>,
    watch: Arc<dyn Watch>,
    begun: Arc<Mutex<Kept>>,
}

impl TrainedNetwork {
    /// An objective over `space`, which has to describe cells: see [`Cells::of`].
    ///
    /// # Errors
    /// If the space describes no cells, the training is out of range, or the images have a size that no network takes.
    pub fn new(space: &Space, training: &Training, split: Split, seed: u64) -> Result<Self, BlueprintError> {
        let cells = Cells::of(space).map_err(BlueprintError::Space)?;
        // Whatever can be wrong with the network of one cell is wrong with that of every cell, and is said now.
        let first = Architecture::new(vec![0; space.length()]);
        Blueprint::new(&cells, &first, training, split.shape(), split.classes().len())?;
        let (metrics, begun) = (Training::metrics().into(), Arc::new(Mutex::new(Kept::new(MOST_BYTES))));
        Ok(Self { cells, training: training.clone(), split, seed, metrics, watch: Arc::new(()), begun })
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
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// The answer to a trial, where nothing may wait: in a browser.
    ///
    /// # Errors
    /// As [`Objective::answer`].
    pub async fn answer_async(&self, trial: &Trial) -> Result<Answer, Failure> {
        let fail = |message: String| Failure::new(FailureKind::Failed, message);
        let (Some(architecture), Purpose::Evaluate) = (trial.architecture(), trial.purpose) else {
            return Err(Failure::new(FailureKind::Missing, "only networks that exist are trained, each on its own"));
        };
        let all = self.training.epochs;
        let epochs = trial.epochs().unwrap_or(all);
        if !(1..=all).contains(&epochs) {
            return Err(fail(format!("{epochs} epochs are asked for, and the training has {all}; ask for 1 to {all}")));
        }
        let (split, watch) = (&self.split, self.watch.as_ref());
        let trainer = self.begun.lock().unwrap_or_else(PoisonError::into_inner).take(architecture, epochs);
        let trainer =
            trainer.map_or_else(|| Trainer::new(&self.cells, architecture, &self.training, split, self.seed), Ok);
        let trainer = trainer.map_err(|error| fail(error.to_string()))?;
        let trainer = trainer.go_on(epochs, watch).await.map_err(|error| fail(error.to_string()))?;
        let trained = trainer.trained();
        // What has had all epochs is asked at no more of them.
        if epochs < all {
            self.begun.lock().unwrap_or_else(PoisonError::into_inner).keep(architecture, trainer);
        }
        let part = self.split.validation();
        let logits = trained.logits_async(part).await.map_err(|lost| fail(lost.to_string()))?;
        let score = Score::of(&logits, part.labels());
        let blueprint = trained.blueprint();
        let (parameters, flops) = (blueprint.parameters() as f64, blueprint.multiply_adds() as f64);
        Ok(Answer::free(vec![score.accuracy, score.loss, parameters, flops]))
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
        wait(self.answer_async(trial))
    }
}

impl fmt::Debug for TrainedNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cells: _, training, split, seed, metrics: _, watch: _, begun: _ } = self;
        let images = [split.train().len(), split.validation().len()];
        let mut debug = f.debug_struct("TrainedNetwork");
        debug.field("training", training).field("images", &images).field("seed", seed).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::digits::digits;
    use super::*;
    use crate::objective::{Point, answer};

    fn objective(seed: u64) -> TrainedNetwork {
        let training = Training { channels: 2, epochs: 2, train_images: Some(150), ..Training::default() };
        let split = Split::new(&digits(), &training, 1).unwrap();
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
        let mut at = |epochs| answer(&mut objective, &trial.clone().with_epochs(Some(epochs)));
        assert_eq!(at(2).unwrap(), full);
        assert_ne!(at(1).unwrap(), full);
        for (epochs, words) in [(0, "0 epochs are asked for"), (3, "3 epochs are asked for")] {
            let failure = at(epochs).unwrap_err().to_string();
            assert_eq!(failure, format!("failed: {words}, and the training has 2; ask for 1 to 2"));
        }
    }

    /// Counts the epochs that are trained.
    #[derive(Default)]
    struct Count(std::sync::atomic::AtomicU32);

    impl Watch for Count {
        fn epoch(&self, _: super::super::train::Epoch) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    }

    #[test]
    fn a_candidate_goes_on_where_it_stood_whoever_asks_and_its_answers_stay_the_same() {
        let training = Training { channels: 2, epochs: 4, train_images: Some(150), ..Training::default() };
        let split = Split::new(&digits(), &training, 1).unwrap();
        let fresh =
            || TrainedNetwork::new(&Space::named("nas-bench-201").unwrap(), &training, split.clone(), 4).unwrap();
        let trial = |k: u8, epochs| Trial::evaluate(0, Architecture::new([3, k, 1, 2, 4, 3]), 0).with_epochs(epochs);
        let count = Arc::new(Count::default());
        let mut one = fresh().with_watch(count.clone());
        let mut worker = one.clone();
        // (cell, epochs, epochs that it takes); the last cell is asked at fewer epochs than it had.
        let asked = [
            (0, Some(1), 1),
            (1, Some(1), 1),
            (0, Some(3), 2),
            (1, Some(3), 2),
            (0, Some(4), 1),
            (1, None, 1),
            (0, Some(4), 4),
            (2, Some(3), 3),
            (2, Some(1), 1),
            (2, Some(4), 1),
        ];
        for (index, (k, epochs, takes)) in asked.into_iter().enumerate() {
            let before = count.0.load(std::sync::atomic::Ordering::SeqCst);
            let worker = if index % 2 == 0 { &mut one } else { &mut worker };
            let got = answer(worker, &trial(k, epochs)).unwrap();
            assert_eq!(got, answer(&mut fresh(), &trial(k, epochs)).unwrap(), "cell {k} at {epochs:?}");
            let took = count.0.load(std::sync::atomic::Ordering::SeqCst) - before;
            assert_eq!(took, takes, "cell {k} at {epochs:?}");
        }
    }

    #[test]
    fn what_it_does_not_answer_is_a_failure_in_words() {
        let mut objective = objective(4);
        let wrong = Trial::evaluate(0, Architecture::new([9; 6]), 0);
        assert_eq!(answer(&mut objective, &wrong).unwrap_err().kind, FailureKind::Failed);
        let soft = Point::Soft(crate::objective::Mixture(vec![0.2; 30]));
        let soft = Trial { point: soft, ..Trial::evaluate(0, Architecture::new([3; 6]), 0) };
        assert_eq!(answer(&mut objective, &soft).unwrap_err().kind, FailureKind::Missing);
        let space = Space::named("sequence:6x5").unwrap();
        let error = TrainedNetwork::new(&space, objective.training(), objective.split().clone(), 1).unwrap_err();
        let wanted = "networks are built for the spaces nas-bench-201, darts and dense-20x7, and for a file of edges and operations, \
                      and this is sequence:6x5; choose one of those";
        assert_eq!(error.to_string(), wanted);
    }
}
