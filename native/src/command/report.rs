//! `bilevel report DIR`: make the derived files again.

use std::path::PathBuf;

use bilevel::run::{SCHEMA_VERSION, Stop};
use clap::Args;
use serde_json::json;

use crate::derived::Files;
use crate::directory::RunDirectory;
use crate::document;
use crate::exit::{Error, Exit};
use crate::history::History;
use crate::session::Session;
use crate::{objectives, retrain, session};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The run directory
    directory: PathBuf,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let (directory, spec) = RunDirectory::open(&arguments.directory)?;
    let metrics = objectives::metrics(&spec)?;
    let mut history = None;
    let (run, _) = session::feed(&directory.log(), &spec, &metrics, |run, line| {
        history.get_or_insert_with(|| History::new(run)).record(run, line);
    })?;
    let history = history.unwrap_or_else(|| History::new(&run));
    let comparison = retrain::kept(&directory, &spec, &run.summary(Stop::Interrupted).digest.to_string());
    let session = Session { run, history, stop: Stop::Interrupted };
    Files { directory: &directory, spec: &spec, session: &session, comparison: comparison.as_ref() }.write()?;
    let report = directory.path().join("report.html").display().to_string();
    if arguments.json {
        document::print_json(&json!({"schema_version": SCHEMA_VERSION, "report": report}))?;
    } else {
        document::print(&report)?;
    }
    Ok(Exit::Done)
}
