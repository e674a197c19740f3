//! `bilevel search`: from a specification to a network.

use std::path::{Path, PathBuf};

use bilevel::objective::ObjectiveSpec;
use bilevel::run::{Budget, Order, Retrain, RunSpec, SCHEMA_VERSION};
use bilevel::search::{Preset, SearcherSpec};
use bilevel::space::{Custom, SpaceSpec};
use clap::Args;
use strum::IntoEnumIterator;

use crate::directory::{self, RunDirectory};
use crate::exit::{Error, Exit};
use crate::{derived, objectives, session};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A specification, TOML or JSON; options on the command line win over it
    spec: Option<PathBuf>,
    /// What can be chosen: nas-bench-201, sequence:LxK, or a .toml or .json file with `positions`
    #[arg(long, value_name = "SPACE")]
    space: Option<String>,
    #[arg(long, value_name = "NAME[:KEY=VALUE,…]", help = names("What is minimised", ObjectiveSpec::iter().map(|o| o.name())))]
    objective: Option<String>,
    /// The folder of the images, for objectives that train on a folder
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// The metric that the search looks at, e.g. cifar10/val200
    #[arg(long)]
    metric: Option<String>,
    #[arg(long, value_name = "NAME[:KEY=VALUE,…]", help = names("Who decides what to ask", SearcherSpec::iter().map(|s| s.name()).chain(Preset::iter().map(Preset::name))))]
    searcher: Option<String>,
    /// End after so many trials
    #[arg(long)]
    trials: Option<u64>,
    /// End before a table's simulated seconds pass this
    #[arg(long, value_name = "SECONDS")]
    simulated_seconds: Option<f64>,
    /// End after so many seconds of wall time
    #[arg(long, value_name = "SECONDS")]
    wall_seconds: Option<f64>,
    /// Epochs for each candidate network
    #[arg(long)]
    epochs: Option<u32>,
    /// Where all randomness comes from
    #[arg(long)]
    seed: Option<u64>,
    /// The most trials asked and not told; with it and the seed a run is the same anywhere
    #[arg(long, value_name = "K")]
    in_flight: Option<usize>,
    /// In which order answers are told: asked (the same run on any machine) or arrival (no answer waits)
    #[arg(long, value_name = "ORDER")]
    order: Option<String>,
    /// Epochs for each network of the final comparison
    #[arg(long, value_name = "N")]
    retrain_epochs: Option<u32>,
    /// Leave the final comparison out
    #[arg(long)]
    no_retrain: bool,
    /// The run directory; the next number in runs/ where none is named
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON document; progress goes to standard error
    #[arg(long)]
    json: bool,
}

/// A help text with the names that there are, so that it follows from the enum.
fn names(what: &str, names: impl Iterator<Item = &'static str>) -> String {
    format!("{what}: {}; options stand behind a colon", names.collect::<Vec<_>>().join(", "))
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let mut spec = arguments.specification()?;
    let mut opened = objectives::open(&mut spec, arguments.data.as_deref())?;
    // Made before the directory, so that a specification that cannot run leaves nothing behind.
    bilevel::run::Run::new(&spec, &opened.metrics).map_err(|error| Error::usage(error.to_string()))?;
    let directory = RunDirectory::create(arguments.out.as_deref(), &spec)?;
    directory.remember_data_path(arguments.data.as_deref())?;
    session::watch_for_interrupts()?;
    let session = session::go_on(&directory, &spec, &mut opened)?;
    derived::finish(&directory, &spec, &opened, session, arguments.json)
}

impl Arguments {
    /// The file, if there is one, with the options over it.
    fn specification(&self) -> Result<RunSpec, Error> {
        let mut spec = match &self.spec {
            Some(path) => read(path)?,
            None => main_job(),
        };
        if let Some(text) = &self.space {
            spec.space = space(text)?;
        }
        if let Some(text) = &self.objective {
            spec.objective = named("objective", text)?;
        }
        if let Some(text) = &self.searcher {
            spec.searcher = named("searcher", text)?;
        }
        if let Some(text) = &self.order {
            spec.order = serde_json::from_value(text.as_str().into())
                .map_err(|_| Error::usage(format!("--order is `asked` or `arrival`, got `{text}`")))?;
        }
        if let Some(epochs) = self.epochs {
            let name = spec.objective.name();
            let message = format!("--epochs is for objectives that train; `{name}` looks up");
            spec.objective.training_mut().ok_or_else(|| Error::usage(message))?.epochs = epochs;
        }
        spec.budget = Budget {
            trials: self.trials.or(spec.budget.trials),
            simulated_seconds: self.simulated_seconds.or(spec.budget.simulated_seconds),
            wall_seconds: self.wall_seconds.or(spec.budget.wall_seconds),
        };
        spec.metric = self.metric.clone().or(spec.metric);
        spec.seed = self.seed.unwrap_or(spec.seed);
        spec.in_flight = self.in_flight.or(spec.in_flight);
        spec.retrain = self.retrain(&spec)?;
        // Written out, so that the run does not change with the defaults of a later version.
        Ok(spec.checked().map_err(|error| Error::usage(error.to_string()))?.resolved())
    }

    fn retrain(&self, spec: &RunSpec) -> Result<Option<Retrain>, Error> {
        if spec.objective.training().is_none() {
            return match self.retrain_epochs {
                Some(_) => Err(Error::usage("--retrain-epochs is for objectives that train")),
                None => Ok(None),
            };
        }
        if self.no_retrain {
            return Ok(None);
        }
        let mut retrain = spec.retrain.clone().unwrap_or_default();
        retrain.epochs = self.retrain_epochs.or(retrain.epochs);
        Ok(Some(retrain))
    }
}

/// The run of `bilevel search` without any option.
fn main_job() -> RunSpec {
    RunSpec {
        schema_version: SCHEMA_VERSION,
        space: SpaceSpec::NasBench201(Default::default()),
        objective: ObjectiveSpec::Digits(Default::default()),
        metric: None,
        searcher: SearcherSpec::Reinforce(Default::default()),
        budget: Budget::default(),
        seed: 7,
        in_flight: None,
        order: Order::Asked,
        retrain: None,
        data_sha256: None,
    }
}

fn read(path: &Path) -> Result<RunSpec, Error> {
    let text = directory::read_text(path)?;
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    let spec = if is_json { RunSpec::from_json(&text) } else { RunSpec::from_toml(&text) };
    spec.map_err(|error| Error::usage(format!("{}: {error}", path.display())))
}

/// A name, or a file with `positions`.
pub(super) fn space(text: &str) -> Result<SpaceSpec, Error> {
    let path = Path::new(text);
    let extension = path.extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
    let custom: Result<Custom, String> = match extension {
        "json" => serde_json::from_str(&directory::read_text(path)?).map_err(|error| error.to_string()),
        "toml" => toml::from_str(&directory::read_text(path)?).map_err(|error| error.to_string()),
        _ => return text.parse().map_err(|error: bilevel::space::SpaceError| Error::usage(error.to_string())),
    };
    let spec = custom.map(SpaceSpec::Custom).map_err(|error| Error::usage(format!("{text}: {}", error.trim_end())))?;
    bilevel::space::Space::new(spec.clone()).map_err(|error| Error::usage(format!("{text}: {error}")))?;
    Ok(spec)
}

fn named<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, Error> {
    bilevel::run::parse(text).map_err(|reason| Error::usage(format!("--{what} {text}: {reason}")))
}
