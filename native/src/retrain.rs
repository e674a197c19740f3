//! The comparison after a search: the winner from several seeds against random architectures, at equal epochs, on test
//! images that nothing has touched before. Random ones are drawn uniformly among the cells that connect input to output.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use bilevel::network::{Trained, train};
use bilevel::objective::{self, Failure, FailureKind, Training};
use bilevel::random::{Stream, member_seed};
use bilevel::run::{Retrain, RunSpec};
use bilevel::space::{Architecture, Cells};
use serde::{Deserialize, Serialize};

use crate::directory::RunDirectory;
use crate::exit::{Error, Exit};
use crate::objectives::{Networks, workers};
use crate::screen::{Screen, epochs_words};
use crate::session::{self, UntilInterrupted};
use crate::statistics::{self, Difference};

/// The file that keeps a comparison, so that a finished run need not train again to repeat its document.
const FILE: &str = "retrain.json";

/// What came of it. Accuracies are of test images, in per cent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Comparison {
    /// Epochs of every network.
    pub(crate) epochs: u32,
    /// Test images of every accuracy.
    pub(crate) test_images: usize,
    /// The winner, once for each seed.
    pub(crate) winner: Group,
    /// The random architectures, each once.
    pub(crate) random: Group,
    /// Mean of the winner less mean of the random architectures, with its interval of 95 % confidence (Welch).
    pub(crate) difference: Difference,
}

/// Networks and their test accuracies, in the same order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) architectures: Vec<String>,
    /// In per cent.
    pub(crate) test_accuracy: Vec<f64>,
    /// In per cent.
    pub(crate) mean: f64,
    /// Networks that could not be trained, each with its reason; they have no accuracy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) failed: Vec<String>,
}

impl Group {
    fn with_mean(self) -> Self {
        Self { mean: statistics::moments(&self.test_accuracy).0, ..self }
    }

    /// Whether it can be a group of `count` networks.
    fn is_sound(&self, count: usize) -> bool {
        let trained = self.test_accuracy.len();
        let values = self.test_accuracy.iter().all(|accuracy| (0.0..=100.0).contains(accuracy));
        trained >= 2 && trained + self.failed.len() == count && self.architectures.len() == trained && values
    }
}

impl Comparison {
    /// The outcome in words, honest about noise.
    pub(crate) fn verdict(&self) -> String {
        let Difference { mean, low, high } = self.difference;
        let interval = format!("{mean:+.2} percentage points, 95 % interval {low:+.2} to {high:+.2}");
        let seeds = self.winner.test_accuracy.len();
        if low > 0.0 {
            format!("the winner is better than random architectures: {interval}")
        } else if high < 0.0 {
            format!("the winner is worse than random architectures: {interval}")
        } else {
            format!("within noise: {interval}; {seeds} networks each do not tell them apart")
        }
    }
}

/// Draws among which there have to be enough random architectures that are connected.
const MOST_DRAWS: usize = 100_000;

/// One network to train.
struct Job {
    architecture: Architecture,
    seed: u64,
}

/// The comparison for `winner`, from its file if it was made for this very log, else by training. Writes the weights of
/// the winner's first seed. `None` if it was interrupted.
pub(crate) fn compare(
    directory: &RunDirectory,
    spec: &RunSpec,
    networks: &Networks,
    winner: &str,
    digest: &str,
    screen: &mut Screen,
) -> Result<Option<Comparison>, Error> {
    let (Some(retrain), Some(training)) = (&spec.retrain, spec.objective.training()) else { return Ok(None) };
    if let Some(comparison) = kept(directory, spec, digest) {
        return Ok(Some(comparison));
    }
    let (cells, space) = (&networks.cells, networks.cells.space());
    let epochs = retrain.epochs.unwrap_or(training.epochs);
    let training = Training { epochs, ..training.clone() };
    let jobs = jobs(cells, winner, retrain.seeds, spec.seed)?;
    screen.line(&format!(
        "comparing: the winner from {0} seeds and {0} random architectures, {1} each",
        retrain.seeds,
        epochs_words(epochs)
    ));
    let done = train_all(&jobs, &training, networks, workers(spec.in_flight()), screen);
    if session::interrupted() {
        return Ok(None);
    }
    let split = &networks.split;
    let mut groups = [Group::default(), Group::default()];
    let mut weights = None;
    // All are trained: the choice is made, and each network now sees the test images once.
    for (index, (job, trained)) in jobs.iter().zip(done).enumerate() {
        let group = &mut groups[index / retrain.seeds];
        let text = space.format(&job.architecture);
        match trained {
            Ok(trained) => {
                group.architectures.push(text);
                group.test_accuracy.push(trained.score(split.test_after_the_choice_is_made()).accuracy);
                weights.get_or_insert_with(|| trained.to_safetensors());
            }
            Err(error) => group.failed.push(format!("{text}: {error}")),
        }
    }
    let [winner, random] = groups;
    if winner.test_accuracy.len() < 2 || random.test_accuracy.len() < 2 {
        let reason = winner.failed.iter().chain(&random.failed).next().map_or("", String::as_str);
        let message = format!("the comparison needs two trained networks on each side, and {reason}");
        return Err(Error::new(Exit::Failed, message));
    }
    if let Some(weights) = weights {
        directory.write("weights/winner.safetensors", &weights)?;
    }
    let comparison = Comparison {
        epochs,
        test_images: split.test_images(),
        difference: statistics::welch(&winner.test_accuracy, &random.test_accuracy),
        winner: winner.with_mean(),
        random: random.with_mean(),
    };
    let kept = Kept { digest: digest.into(), retrain: retrain.clone(), comparison };
    let text = serde_json::to_string_pretty(&kept).expect("string keys and finite numbers");
    directory.write(FILE, text.as_bytes())?;
    Ok(Some(kept.comparison))
}

/// The comparison that was made for this very log, if it is there. Its means and their difference are formed anew.
pub(crate) fn kept(directory: &RunDirectory, spec: &RunSpec, digest: &str) -> Option<Comparison> {
    let kept: Kept = serde_json::from_str(&directory.read(FILE)?).ok()?;
    let Comparison { winner, random, epochs, test_images, difference: _ } = kept.comparison;
    let sound = winner.is_sound(kept.retrain.seeds) && random.is_sound(kept.retrain.seeds);
    if kept.digest != digest || spec.retrain.as_ref() != Some(&kept.retrain) || !sound {
        return None;
    }
    let difference = statistics::welch(&winner.test_accuracy, &random.test_accuracy);
    Some(Comparison { epochs, test_images, difference, winner: winner.with_mean(), random: random.with_mean() })
}

/// A comparison and what it was made for.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    digest: String,
    retrain: Retrain,
    comparison: Comparison,
}

/// The winner from each seed, then as many random architectures. Seed i is the same for both groups.
fn jobs(cells: &Cells, winner: &str, seeds: usize, seed: u64) -> Result<Vec<Job>, Error> {
    let space = cells.space();
    let winner = space.parse(winner).map_err(|error| Error::new(Exit::Failed, error.to_string()))?;
    // Not the seed of the search, from which the winner was chosen.
    let seed_of = |index: usize| member_seed(seed ^ 0x7265_7472_6169_6e00, index as u64);
    let mut random = Stream::new(seed, "random architectures of the comparison", 0);
    let again = (0..seeds).map(|index| Job { architecture: winner.clone(), seed: seed_of(index) });
    let mut jobs: Vec<Job> = again.collect();
    // A cell that passes nothing from input to output guesses; beating it would say nothing.
    let mut drawn = (0..MOST_DRAWS).map(|_| space.sample(&mut random));
    let mut sample = || drawn.find(|architecture| cells.is_connected(&cells.path(architecture)));
    for index in 0..seeds {
        let architecture = sample().ok_or_else(|| {
            let message = format!(
                "of {MOST_DRAWS} random architectures fewer than {seeds} pass anything from input to output; the \
                                   winner has nothing to be compared with (--no-retrain leaves the comparison out)"
            );
            Error::new(Exit::Failed, message)
        })?;
        jobs.push(Job { architecture, seed: seed_of(index) });
    }
    Ok(jobs)
}

type Done = Result<Trained, Failure>;

/// Trains one, when the device has room for it.
fn trained(job: &Job, training: &Training, networks: &Networks) -> Done {
    let failed = |reason: String| Failure::new(FailureKind::Failed, reason);
    let Networks { cells, split, device_memory } = networks;
    let _room = device_memory.room(cells, &job.architecture, training, split).map_err(failed)?;
    train(cells, &job.architecture, training, split, job.seed, &UntilInterrupted)
        .map_err(|error| failed(error.to_string()))
}

/// Trains all, `threads` at once; the results are in the order of the jobs and do not depend on `threads`.
fn train_all(jobs: &[Job], training: &Training, networks: &Networks, threads: usize, screen: &mut Screen) -> Vec<Done> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Option<Done>>> = Mutex::new(jobs.iter().map(|_| None).collect());
    let screen = Mutex::new(screen);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::SeqCst);
            let Some(job) = jobs.get(index) else { return };
            let trained = objective::caught(|| trained(job, training, networks));
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done[index] = Some(trained);
            let count = done.iter().flatten().count();
            let mut screen = screen.lock().unwrap_or_else(PoisonError::into_inner);
            screen.progress(&format!("comparing: {count} of {} networks trained", jobs.len()));
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads.min(jobs.len()) {
            scope.spawn(work);
        }
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.into_iter().map(|trained| trained.expect("every job was taken by a thread")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison(low: f64, high: f64) -> Comparison {
        let group = Group { test_accuracy: vec![1.0; 5], ..Group::default() };
        let difference = Difference { mean: (low + high) / 2.0, low, high };
        Comparison { epochs: 1, test_images: 1, winner: group.clone(), random: group, difference }
    }

    #[test]
    fn an_interval_around_0_is_called_noise() {
        assert!(comparison(-1.0, 3.0).verdict().starts_with("within noise: +1.00 percentage points"));
        assert!(comparison(1.0, 3.0).verdict().starts_with("the winner is better"));
        assert!(comparison(-3.0, -1.0).verdict().starts_with("the winner is worse"));
    }
}
