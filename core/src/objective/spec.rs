//! How a user names an objective.

use serde::{Deserialize, Serialize};

use super::Objective;
use super::chain::{self, Chain};
use super::function;
use super::nk::{self, Nk};
use super::supernet;
use super::table;
use super::toy::{self, Toy};
use super::training::Training;
use crate::space::{Space, SpaceSpec};

/// Every kind of objective that a user can name.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, strum::EnumIter, strum::EnumMessage, strum::IntoStaticStr,
)]
#[serde(tag = "name", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ObjectiveSpec {
    /// Results that are known: those of NAS-Bench-201, built in, or a table of your own by --table.
    Table(table::Options),
    /// A random landscape with a known optimum, for any space.
    Chain(chain::Options),
    /// Kauffman's NK landscape, as rugged as wanted, for any space.
    Nk(nk::Options),
    /// The toy of RELAX: the better of two choices is hardly better.
    Toy(toy::Options),
    /// A network with every operation on every edge, trained once on the optical digits, its weights then fixed.
    Supernet(supernet::Options),
    /// A function of your own program, in Rust or in JavaScript; this says what it measures.
    Function(function::Options),
    /// A network trained on the optical digits, 1,797 images of 8 × 8; they are built in.
    Digits(Training),
    /// A network trained on Fashion-MNIST, 70,000 images of 28 × 28.
    FashionMnist(Training),
    /// A network trained on MNIST, 70,000 images of 28 × 28.
    Mnist(Training),
    /// A network trained on CIFAR-10, 60,000 images of 32 × 32 in colour.
    Cifar10(Training),
    /// A network trained on your own images: a folder with one folder of PNG or JPEG images for each class.
    Folder(Training),
}

/// Why an objective cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("objective `{objective}`: {reason}")]
pub struct ObjectiveError {
    /// Its name.
    pub objective: &'static str,
    /// What was wrong and what would be right.
    pub reason: String,
}

impl ObjectiveSpec {
    /// The name that a user knows it by.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Whether its answers are looked up or computed here, at once: it trains nothing, and is not somebody's function.
    pub fn looks_up(&self) -> bool {
        match self {
            Self::Table(_) | Self::Chain(_) | Self::Nk(_) | Self::Toy(_) => true,
            Self::Function(_) | Self::Supernet(_) => false,
            Self::Digits(_) | Self::FashionMnist(_) | Self::Mnist(_) | Self::Cifar10(_) | Self::Folder(_) => false,
        }
    }

    /// Whether it is of a kind that answers mixtures of architectures too.
    pub fn relaxes(&self) -> bool {
        matches!(self, Self::Table(_) | Self::Chain(_) | Self::Toy(_) | Self::Supernet(_))
    }

    /// How the networks are trained, where there are any.
    pub fn training(&self) -> Option<&Training> {
        match self {
            Self::Table(_) | Self::Chain(_) | Self::Nk(_) | Self::Toy(_) | Self::Function(_) => None,
            Self::Supernet(_) => None,
            Self::Digits(training)
            | Self::FashionMnist(training)
            | Self::Mnist(training)
            | Self::Cifar10(training)
            | Self::Folder(training) => Some(training),
        }
    }

    /// The same, to be changed.
    pub fn training_mut(&mut self) -> Option<&mut Training> {
        match self {
            Self::Table(_) | Self::Chain(_) | Self::Nk(_) | Self::Toy(_) | Self::Function(_) => None,
            Self::Supernet(_) => None,
            Self::Digits(training)
            | Self::FashionMnist(training)
            | Self::Mnist(training)
            | Self::Cifar10(training)
            | Self::Folder(training) => Some(training),
        }
    }

    /// The space that it is meant for where none is named, if it is not the usual one.
    pub fn home(&self) -> Option<SpaceSpec> {
        match self {
            Self::Toy(_) => "sequence:1x2".parse().ok(),
            _ => None,
        }
    }

    /// Which landscape it draws, where it draws one; to be changed.
    pub fn landscape_mut(&mut self) -> Option<&mut u64> {
        match self {
            Self::Chain(options) => Some(&mut options.landscape),
            Self::Nk(options) => Some(&mut options.landscape),
            _ => None,
        }
    }

    /// The objective over `space`, where it is one that looks up; one that trains needs images, which
    /// `network::TrainedNetwork` takes. `metric` is the one that the search looks at, if one is named.
    ///
    /// # Errors
    /// If it does not fit the space, or trains.
    pub fn open(&self, space: &Space, metric: Option<&str>) -> Result<Box<dyn Objective>, ObjectiveError> {
        self.open_with(space, metric, table::Results::embedded)
    }

    /// The same with the published results from whoever has them, where the objective is their table.
    ///
    /// # Errors
    /// As [`Self::open`], or if a file of the results was not read.
    pub fn open_with<'a>(
        &self,
        space: &Space,
        metric: Option<&str>,
        results: impl FnOnce() -> Result<&'a table::Results, String>,
    ) -> Result<Box<dyn Objective>, ObjectiveError> {
        let fail = |reason: String| ObjectiveError { objective: self.name(), reason };
        match self {
            Self::Table(options) if options.is_own() => {
                Err(fail("its rows are in a file, and this build or place has none".into()))
            }
            Self::Table(options) => {
                let table = results().and_then(|results| results.table(space, metric, options));
                Ok(Box::new(table.map_err(fail)?))
            }
            Self::Chain(options) => Ok(Box::new(Chain::random(space, options).map_err(fail)?)),
            Self::Nk(options) => Ok(Box::new(Nk::new(space, options).map_err(fail)?)),
            Self::Toy(options) => Ok(Box::new(Toy::new(space, options).map_err(fail)?)),
            Self::Function(_) => Err(fail(
                "its answers come from a function, and this place has none; run it where the function is".into(),
            )),
            Self::Supernet(_) => {
                Err(fail("its weights and losses are in a file, and this build or place has none".into()))
            }
            _ => Err(fail("it trains networks, and this build or place has no images for it".into())),
        }
    }

    /// The files of the published results that [`Self::open_with`] reads, by their names in `core/data`; none for an
    /// objective that is not their table.
    ///
    /// # Errors
    /// If there is no such metric.
    pub fn files(&self, metric: Option<&str>) -> Result<Vec<String>, ObjectiveError> {
        match self {
            Self::Table(options) if !options.is_own() => table::Results::files(metric, options)
                .map_err(|reason| ObjectiveError { objective: self.name(), reason }),
            _ => Ok(Vec::new()),
        }
    }
}
