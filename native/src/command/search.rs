//! `bilevel search`: from a specification to a network.

use std::path::PathBuf;

use bilevel::run::{Budget, Retrain, RunSpec};
use bilevel::search::supernet::Method;
use bilevel::search::{Preset, SearcherSpec};
use clap::Args;
use strum::IntoEnumIterator;

use super::machine::Machine;
use super::subject::{Subject, named, names};
use crate::directory::RunDirectory;
use crate::document;
use crate::exit::{Error, Exit};
use crate::objectives::Source;
use crate::spec_file::SpecFile;
use crate::{derived, objectives, session};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A specification, TOML or JSON; options on the command line win over it
    spec: Option<PathBuf>,
    #[command(flatten)]
    subject: Subject,
    #[arg(long, value_name = "NAME[:KEY=VALUE,…]", help = names("Who decides what to ask", searchers()))]
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
    /// Keep the Pareto front of these metrics; with a scalarisation its two where none are named
    #[arg(long, value_name = "METRICS", value_delimiter = ',')]
    front: Vec<String>,
    /// In which order answers are told: asked (the same run on any machine) or arrival (no answer waits)
    #[arg(long, value_name = "ORDER")]
    order: Option<String>,
    /// Epochs for each network of the final comparison
    #[arg(long, value_name = "N")]
    retrain_epochs: Option<u32>,
    #[command(flatten)]
    machine: Machine,
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

/// Everything that decides what to ask, by name.
fn searchers() -> impl Iterator<Item = &'static str> {
    let ordinary = SearcherSpec::iter().map(|searcher| searcher.name());
    ordinary.chain(Preset::iter().map(Preset::name)).chain(Method::iter().map(Method::name))
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let (mut spec, source) = arguments.specification()?;
    let source = arguments.machine.apply(source);
    let mut opened = objectives::open(&mut spec, &source)?;
    opened.suits(&spec.searcher)?;
    // Made before the directory, so that a specification that cannot run leaves nothing behind.
    bilevel::run::Run::new(&spec, &opened.metrics).map_err(|error| Error::usage(error.to_string()))?;
    let directory = RunDirectory::create(arguments.out.as_deref(), &spec)?;
    directory.remember_data_path(source.data.as_deref())?;
    if let Some(census) = &opened.census {
        document::note(&document::of_census(census));
    }
    session::watch_for_interrupts()?;
    let session = session::go_on(&directory, &spec, &mut opened)?;
    derived::finish(&directory, &spec, &opened, session, arguments.json)
}

impl Arguments {
    /// The file, if there is one, with the options over it.
    fn specification(&self) -> Result<(RunSpec, Source), Error> {
        let file = match &self.spec {
            Some(path) => SpecFile::read(path)?,
            None => SpecFile::main_job(),
        };
        let (mut spec, source) = self.subject.apply(file)?;
        if let Some(text) = &self.searcher {
            spec.searcher = named("searcher", text)?;
            // What a specification has is that of its own searcher, written out.
            spec.in_flight = self.subject.in_flight();
        }
        if let Some(text) = &self.order {
            spec.order = serde_json::from_value(text.as_str().into())
                .map_err(|_| Error::usage(format!("--order is `asked` or `arrival`, got `{text}`")))?;
        }
        if !self.front.is_empty() {
            spec.front.clone_from(&self.front);
        }
        spec.budget = Budget {
            trials: self.trials.or(spec.budget.trials),
            simulated_seconds: self.simulated_seconds.or(spec.budget.simulated_seconds),
            wall_seconds: self.wall_seconds.or(spec.budget.wall_seconds),
        };
        spec.retrain = self.retrain(&spec)?;
        // Written out, so that the run does not change with the defaults of a later version.
        let spec = spec.checked().map_err(|error| Error::usage(error.to_string()))?.resolved();
        Ok((spec, source))
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
