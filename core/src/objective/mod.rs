//! What is minimised: an [`Objective`] answers a [`Trial`] with values of named metrics, and one [`Scalarisation`] turns
//! them into the loss.

pub mod cached;
pub mod chain;
mod device;
mod elimination;
pub mod function;
mod metric;
pub mod nk;
mod relaxation;
mod scalarisation;
mod spec;
mod standing;
pub mod supernet;
pub mod table;
pub mod toy;
mod training;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};

pub use device::DeviceName;
pub use metric::{Direction, Metric};
pub(crate) use relaxation::MOST_CORNERS;
pub use relaxation::{Relaxation, multilinear};
pub use scalarisation::{Constraint, Judged, Penalty, Scalarisation, ScalarisationSpec, WeightedProduct};
pub use spec::{ObjectiveError, ObjectiveSpec};
pub use standing::Standing;
pub use training::Training;

use crate::space::{Architecture, Space};

/// The number of a trial in its run: 0 for the first that was asked.
pub type TrialId = u64;

/// What is asked about: a network that exists, or a weighted mixture of networks.
#[derive(Debug, Clone, PartialEq)]
pub enum Point {
    /// A network that exists.
    Hard(Architecture),
    /// A point of the relaxed space.
    Soft(Mixture),
}

/// A point of the relaxed space, or slopes at one: a row of K_l numbers for each position, one row after the other as in
/// the logits of a categorical policy, `[Σ K_l]`. The row of a point lies on the (K_l − 1)-simplex.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture(pub Vec<f64>);

/// What is wanted of the objective at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// The values of f.
    #[default]
    Evaluate,
    /// That the objective improves its shared weights w, and the policy beside them, for the epoch that the fidelity names; the
    /// point is what was derived before.
    Train,
}

impl Purpose {
    /// Whether it is the one that needs no mention.
    pub fn is_evaluate(&self) -> bool {
        *self == Self::Evaluate
    }

    /// As it stands in a log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Evaluate => "evaluate",
            Self::Train => "train",
        }
    }
}

/// What was measured in an epoch of a search that trains a supernet, by name.
pub type Instruments = BTreeMap<String, f64>;

/// What came of a trial of [`Purpose::Train`].
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What would be derived now.
    pub architecture: Architecture,
    /// The parameters of the policy, `[A]`.
    pub policy: Vec<f64>,
    /// What was measured.
    pub instruments: Instruments,
}

/// How much work an answer is to be given, in the objective's own unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fidelity {
    /// Epochs of training.
    pub epochs: u32,
}

/// A question to an objective.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Its number in the run.
    pub id: TrialId,
    /// What is asked about.
    pub point: Point,
    /// What is wanted.
    pub purpose: Purpose,
    /// How much work it is to be given; `None` leaves it to the objective.
    pub fidelity: Option<Fidelity>,
    /// For whatever the objective draws that is to differ from trial to trial.
    pub seed: u64,
}

impl Trial {
    /// The question what f is at `architecture`.
    pub fn evaluate(id: TrialId, architecture: Architecture, seed: u64) -> Self {
        Self { id, point: Point::Hard(architecture), purpose: Purpose::Evaluate, fidelity: None, seed }
    }

    /// The same question at so many epochs of training; `None` leaves the work to the objective.
    pub fn with_epochs(self, epochs: Option<u32>) -> Self {
        Self { fidelity: epochs.map(|epochs| Fidelity { epochs }), ..self }
    }

    /// The epochs of training that it asks for, if it names any.
    pub fn epochs(&self) -> Option<u32> {
        self.fidelity.map(|fidelity| fidelity.epochs)
    }

    /// The architecture asked about, unless the point is a mixture.
    pub fn architecture(&self) -> Option<&Architecture> {
        match &self.point {
            Point::Hard(architecture) => Some(architecture),
            Point::Soft(_) => None,
        }
    }

    /// The mixture asked about, if the point is one.
    pub fn mixture(&self) -> Option<&Mixture> {
        match &self.point {
            Point::Hard(_) => None,
            Point::Soft(mixture) => Some(mixture),
        }
    }
}

impl Mixture {
    /// The architecture with the largest share at each position; the first among equals.
    ///
    /// # Panics
    /// If the mixture is not of the space.
    pub fn largest(&self, space: &Space) -> Architecture {
        space.largest(&self.0)
    }
}

/// What an objective says to a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// One value for each of [`Objective::metrics`], in that order, in the unit stated there.
    pub values: Vec<f64>,
    /// ∂value/∂point for a soft point, of the metric that the search looks at.
    pub gradient: Option<Mixture>,
    /// What the answer cost.
    pub cost: Cost,
    /// What came of the training that was wanted.
    pub progress: Option<Progress>,
}

impl Answer {
    /// An answer that cost nothing.
    pub fn free(values: Vec<f64>) -> Self {
        Self { values, gradient: None, cost: Cost::default(), progress: None }
    }
}

/// What an answer cost.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Seconds that the answer took, or would have taken where a table simulates it.
    pub seconds: f64,
    /// Whether a clock measured the seconds: those differ from run to run and stay out of the digest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub measured: bool,
}

/// Why a trial has no answer. The text is part of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{kind}: {message}")]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// What kind of failure it was.
    pub kind: FailureKind,
    /// What went wrong, in words.
    pub message: String,
}

/// The kinds of failure that a run tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum FailureKind {
    /// A value was not a finite number.
    NotFinite,
    /// The objective panicked.
    Panicked,
    /// The objective has no answer for this point, e.g. a table without the row.
    Missing,
    /// The values break a constraint of the run.
    Infeasible,
    /// The process that worked on it ended before it had an answer.
    Crashed,
    /// The objective said itself that it failed.
    Failed,
}

impl Failure {
    /// A failure of `kind` with its words.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

/// What an objective can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answers {
    /// Whether it answers hard points.
    pub hard: bool,
    /// How it extends its values to soft points, where it answers those, with a gradient.
    pub soft: Option<Relaxation>,
    /// Whether it has weights of its own that [`Purpose::Train`] improves.
    pub train: bool,
    /// Whether an answer takes so long that several should be worked on at once.
    pub slow: bool,
}

/// What is known of an objective without a search, in the metric that the search looks at and in the unit of that metric.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Known {
    /// The value of the best architecture.
    pub optimum: Option<f64>,
    /// The mean value over uniform draws of the space, those without an answer left out.
    pub mean: Option<f64>,
}

/// What is minimised over a space.
pub trait Objective: fmt::Debug + Send {
    /// What it measures, in the order of [`Answer::values`]; never empty.
    fn metrics(&self) -> &[Metric];

    /// What it can answer.
    fn answers(&self) -> Answers;

    /// Answers one trial.
    ///
    /// # Errors
    /// A [`Failure`] where there is no answer. Call it through [`answer`], which also catches panics and refuses values
    /// that are no numbers.
    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure>;

    /// What is known of it: nothing, unless it says otherwise. Up to rounding in the last digits.
    ///
    /// Computed anew at each call, which may take as long as reading the whole of a table.
    fn known(&self) -> Known {
        Known::default()
    }

    /// `E[f(h)]` of the metric that the search looks at for independent h_l ~ p_l, and its slopes in p, where there is a
    /// shorter way than to ask about every architecture; `None` unless it says otherwise.
    fn expectation(&self, mixture: &Mixture) -> Option<(f64, Mixture)> {
        let _ = mixture;
        None
    }
}

/// Asks `objective` about `trial` and lets nothing but a sound answer or a [`Failure`] through: a panic is caught, and
/// a value that is not finite, or a wrong number of values, is a failure.
///
/// # Errors
/// The failure of the trial.
pub fn answer(objective: &mut dyn Objective, trial: &Trial) -> Result<Answer, Failure> {
    // An objective that panicked may be left with broken invariants; every one of ours is a look-up or builds its
    // network anew, so that the next trial does not see them.
    let answer = caught(|| objective.answer(trial))?;
    sound(objective.metrics(), trial, answer)
}

/// What `work` gives, and a failure where it panics.
///
/// # Errors
/// That of `work`, or that it panicked.
pub fn caught<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(Failure::new(FailureKind::Panicked, panic_text(panic.as_ref()))))
}

/// The same answer to `trial`, if it has one finite value for each metric, a cost that is one, for a mixture as many finite
/// slopes as that has shares, and for a training finite numbers of its progress.
///
/// # Errors
/// The failure of the trial, if not.
pub fn sound(metrics: &[Metric], trial: &Trial, answer: Answer) -> Result<Answer, Failure> {
    if answer.values.len() != metrics.len() {
        let message = format!("{} values given for {} metrics", answer.values.len(), metrics.len());
        return Err(Failure::new(FailureKind::Failed, message));
    }
    for (metric, value) in metrics.iter().zip(&answer.values) {
        if !value.is_finite() {
            return Err(Failure::new(FailureKind::NotFinite, format!("{} is {value}", metric.name)));
        }
    }
    if let Some(Mixture(shares)) = trial.mixture() {
        let slopes = answer.gradient.as_ref().map_or(&[][..], |Mixture(slopes)| slopes);
        if slopes.len() != shares.len() {
            let message = format!("{} slopes given for {} shares", slopes.len(), shares.len());
            return Err(Failure::new(FailureKind::Failed, message));
        }
        if let Some(slope) = slopes.iter().find(|slope| !slope.is_finite()) {
            return Err(Failure::new(FailureKind::NotFinite, format!("a slope is {slope}")));
        }
    }
    // A build that trains no supernet asks for none.
    if cfg!(feature = "supernet") && trial.purpose == Purpose::Train {
        let numbers =
            answer.progress.as_ref().map(|progress| progress.policy.iter().chain(progress.instruments.values()));
        let Some(mut numbers) = numbers else {
            return Err(Failure::new(FailureKind::Failed, "nothing is said of the training"));
        };
        if let Some(number) = numbers.find(|number| !number.is_finite()) {
            return Err(Failure::new(FailureKind::NotFinite, format!("a parameter or an instrument is {number}")));
        }
    }
    if !(answer.cost.seconds.is_finite() && answer.cost.seconds >= 0.0) {
        let message = format!("the cost is {} seconds", answer.cost.seconds);
        return Err(Failure::new(FailureKind::NotFinite, message));
    }
    Ok(answer)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without words").chars().take(1000).collect()
}
