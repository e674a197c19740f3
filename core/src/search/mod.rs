//! Searchers: what to ask next. A [`Searcher`] is asked for trials and told outcomes, in any order, any number in flight.

pub mod asha;
pub mod evolution;
pub mod hyperband;
mod incumbent;
pub mod local;
pub mod policy_gradient;
mod preset;
pub mod random;
pub mod rung;
pub mod successive_halving;
#[cfg(feature = "supernet")]
pub mod supernet;
pub mod tpe;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::{EnumMessage, IntoEnumIterator};

pub use asha::Asha;
pub use evolution::Evolution;
pub use incumbent::Seen;
pub use local::{Local, Move};
pub use policy_gradient::PolicyGradient;
pub use preset::Preset;
pub use random::RandomSearch;
pub use successive_halving::SuccessiveHalving;
#[cfg(feature = "supernet")]
pub use supernet::SupernetSearch;
pub use tpe::Tpe;

use crate::estimator::{EstimatorSpec, Reply};
use crate::named;
use crate::objective::{Failure, ObjectiveSpec, Progress, Trial, TrialId};
use crate::policy::Policy;
use crate::space::{Architecture, Space};

/// What became of a trial.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It was answered.
    Told(Reply),
    /// The training that it asked for was done.
    Progressed(Progress),
    /// It was not.
    Failed(Failure),
}

impl Outcome {
    /// The reply, if there is one.
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Self::Told(reply) => Some(reply),
            Self::Progressed(_) | Self::Failed(_) => None,
        }
    }
}

/// What a searcher would take now.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// The best trial so far: that of least loss among those with the most epochs, the first asked among equals
    /// ([`Standing`](crate::objective::Standing)). `None` while none has succeeded.
    pub best: Option<Seen>,
    /// The most probable architecture of its policy, where it has one.
    pub mode: Option<Architecture>,
}

/// Decides what to ask next from what it was told. It minimises the loss.
///
/// A searcher is a function of its specification, its seed and the interleaving of asks and tells; it has no clock and
/// no other randomness. Trials are numbered by the order of asking, from 0.
pub trait Searcher: fmt::Debug + Send {
    /// The next trial; `None` if there is nothing to ask until something is told.
    fn ask(&mut self) -> Option<Trial>;

    /// Tells what became of a trial that was asked and not told yet.
    ///
    /// # Panics
    /// If no such trial is open: a bug of the caller.
    fn tell(&mut self, id: TrialId, outcome: &Outcome);

    /// The best seen so far.
    fn recommend(&self) -> Recommendation;

    /// Its policy, for those who watch.
    fn policy(&self) -> Option<&dyn Policy> {
        None
    }

    /// What those who watch should know, oldest first: nothing, unless it says otherwise.
    fn notices(&self) -> &[String] {
        &[]
    }
}

/// Every searcher that a user can name: those of this list, every estimator, and the name of a [`Preset`], which is read as
/// the searcher that it stands for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, strum::EnumMessage, strum::IntoStaticStr)]
#[serde(tag = "name", rename_all = "kebab-case", remote = "Self")]
#[strum(serialize_all = "kebab-case")]
pub enum SearcherSpec {
    /// Uniform sampling: the baseline that others have to beat.
    Random(random::Options),
    /// Regularised evolution: mutate the best of a sample, retire the oldest.
    Evolution(evolution::Options),
    /// Local search: move to the best neighbour, restart where none is better.
    Local(local::Options),
    /// The tree-structured Parzen estimator: draw like the good trials, prefer what the bad ones are not.
    Tpe(tpe::Options),
    /// A policy that follows the gradient of an estimator, by the name of that.
    #[serde(skip)]
    PolicyGradient(policy_gradient::Options),
    /// Successive halving: train many a little, go on with the best of them, and again.
    SuccessiveHalving(successive_halving::Options),
    /// Hyperband: successive halving from every rung in turn.
    Hyperband(rung::Options),
    /// ASHA: successive halving that never waits for a rung to be full.
    Asha(rung::Options),
    /// Train one network that holds all architectures, and a policy beside its weights.
    #[cfg(feature = "supernet")]
    Supernet(supernet::Options),
}

/// By hand, so that an estimator or a preset may stand wherever a searcher is named.
impl<'de> Deserialize<'de> for SearcherSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        named::words_or_table(deserializer, |table| {
            let table = preset::resolved(table)?;
            let is_it = |spec: &EstimatorSpec| table["name"] == spec.name();
            if estimators().any(|spec| is_it(&spec)) {
                serde_json::from_value(table).map(Self::PolicyGradient)
            } else {
                Self::deserialize(table)
            }
        })
    }
}

impl Serialize for SearcherSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::PolicyGradient(options) => options.serialize(serializer),
            _ => Self::serialize(self, serializer),
        }
    }
}

/// The estimators that are searchers too: all but the one that asks about the whole space for each step.
fn estimators() -> impl Iterator<Item = EstimatorSpec> {
    EstimatorSpec::iter().filter(|spec| !matches!(spec, EstimatorSpec::Exact(_)))
}

impl SearcherSpec {
    /// All of them that ask about architectures or mixtures, by their defaults: those that train a supernet are the
    /// [`supernet::Method`]s.
    pub fn iter() -> impl Iterator<Item = Self> {
        let before = [
            Self::Random(random::Options::default()),
            Self::Evolution(evolution::Options::default()),
            Self::Local(local::Options::default()),
            Self::Tpe(tpe::Options::default()),
        ];
        let after = [
            Self::SuccessiveHalving(successive_halving::Options::default()),
            Self::Hyperband(rung::Options::default()),
            Self::Asha(rung::Options::default()),
        ];
        let policies = estimators().map(|estimator| Self::PolicyGradient(policy_gradient::Options::of(estimator)));
        before.into_iter().chain(policies).chain(after)
    }

    /// The name that a user knows it by.
    pub fn name(&self) -> &'static str {
        match self {
            Self::PolicyGradient(options) => options.estimator.name(),
            #[cfg(feature = "supernet")]
            Self::Supernet(options) => supernet::Method::of(options).map_or("supernet", supernet::Method::name),
            _ => self.into(),
        }
    }

    /// What it is, in a sentence.
    pub fn about(&self) -> &'static str {
        let about = match self {
            Self::PolicyGradient(options) => options.estimator.get_documentation(),
            _ => self.get_documentation(),
        };
        about.unwrap_or_default()
    }

    /// The searcher over `space` in its starting state.
    ///
    /// # Errors
    /// If an option is out of range: which, and what would be right.
    pub fn build(&self, space: &Space, seed: u64) -> Result<Box<dyn Searcher>, String> {
        Ok(match self {
            Self::Random(options) => Box::new(RandomSearch::new(options, space, seed)),
            Self::Evolution(options) => Box::new(Evolution::new(options, space, seed)?),
            Self::Local(options) => Box::new(Local::new(options, space, seed)),
            Self::Tpe(options) => Box::new(Tpe::new(options, space, seed)?),
            Self::PolicyGradient(options) => Box::new(options.build(space, seed)?),
            Self::SuccessiveHalving(options) => Box::new(options.build(space, seed)?),
            Self::Hyperband(options) => Box::new(hyperband::build(options, space, seed)?),
            Self::Asha(options) => Box::new(Asha::new(options, space, seed)?),
            #[cfg(feature = "supernet")]
            Self::Supernet(options) => Box::new(SupernetSearch::new(options, space, seed)?),
        })
    }

    /// Its rungs, where it asks at several numbers of epochs.
    pub fn rungs(&self) -> Option<rung::Options> {
        match self {
            Self::Random(_) | Self::Evolution(_) | Self::Local(_) | Self::Tpe(_) | Self::PolicyGradient(_) => None,
            #[cfg(feature = "supernet")]
            Self::Supernet(_) => None,
            Self::SuccessiveHalving(options) => Some(options.rungs()),
            Self::Hyperband(options) | Self::Asha(options) => Some(options.clone()),
        }
    }

    /// The same with what it takes from the objective written out: the epochs of its highest rung, if it has rungs, or those of
    /// its supernet.
    pub fn resolved(&self, objective: &ObjectiveSpec) -> Self {
        let mut spec = self.clone();
        let most = match &mut spec {
            Self::Random(_) | Self::Evolution(_) | Self::Local(_) | Self::Tpe(_) => return spec,
            Self::PolicyGradient(_) => return spec,
            Self::SuccessiveHalving(options) => &mut options.max_epochs,
            Self::Hyperband(options) | Self::Asha(options) => &mut options.max_epochs,
            #[cfg(feature = "supernet")]
            Self::Supernet(options) => &mut options.epochs,
        };
        most.get_or_insert(objective.training().map_or(rung::DEFAULT_MAX_EPOCHS, |training| training.epochs));
        spec
    }

    /// Whether it trains a supernet.
    pub fn trains_a_supernet(&self) -> bool {
        match self {
            #[cfg(feature = "supernet")]
            Self::Supernet(_) => true,
            _ => false,
        }
    }

    /// What it trains a supernet by, if it does.
    #[cfg(feature = "supernet")]
    pub fn supernet(&self) -> Option<&supernet::Options> {
        match self {
            Self::Supernet(options) => Some(options),
            _ => None,
        }
    }

    /// Whether it asks about mixtures of architectures.
    pub fn asks_about_mixtures(&self) -> bool {
        let Self::PolicyGradient(options) = self else { return false };
        options.estimator.needs().is_ok_and(|needs| needs.soft)
    }

    /// Checks that the loss that is made of two metrics is one that this searcher can follow.
    ///
    /// # Errors
    /// If it asks about mixtures: a scalarisation has no slopes.
    pub fn suits_scalarisation(&self) -> Result<(), String> {
        if self.trains_a_supernet() {
            let name = self.name();
            return Err(format!("searcher `{name}` follows the cross-entropy alone; leave the scalarisation away"));
        }
        if self.asks_about_mixtures() {
            return Err(format!(
                "searcher `{}` follows the slopes of one metric, and a scalarisation has two; leave the scalarisation away, or \
                 take a searcher such as reinforce or relax",
                self.name()
            ));
        }
        Ok(())
    }

    /// Checks that `objective` can answer what this searcher asks.
    ///
    /// # Errors
    /// If it asks at numbers of epochs that the objective has no answer for, about mixtures where it answers none, or to train
    /// where nothing is trained.
    pub fn suits(&self, objective: &ObjectiveSpec) -> Result<(), String> {
        #[cfg(feature = "supernet")]
        if let Self::Supernet(options) = self {
            if objective.training().is_none() {
                return Err(format!(
                    "searcher `{}` trains a supernet, and `{}` has no images for it; take digits, or another objective that \
                     trains",
                    self.name(),
                    objective.name()
                ));
            }
            return options.check().map_err(|reason| format!("searcher `{}`: {reason}", self.name()));
        }
        if self.asks_about_mixtures() && !objective.relaxes() {
            return Err(format!(
                "searcher `{}` asks about mixtures of architectures, and `{}` answers architectures only; take the table, \
                 the chain or the toy, or a searcher such as reinforce or relax",
                self.name(),
                objective.name()
            ));
        }
        let Some(rungs) = self.rungs() else { return Ok(()) };
        let name = self.name();
        if let ObjectiveSpec::Table(_) = objective {
            return Err(format!(
                "searcher `{name}` asks for networks at several numbers of epochs, and a table has one; choose an \
                 objective that trains"
            ));
        }
        match (rungs.max_epochs, objective.training()) {
            (Some(most), Some(training)) if most > training.epochs => Err(format!(
                "searcher `{name}`: max_epochs is {most}, and the objective trains for {} epochs; give it no more than \
                 that, or the objective more epochs",
                training.epochs
            )),
            _ => Ok(()),
        }
    }
}
