//! `bilevel report DIR`: make the derived files again.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::derived::Files;
use crate::directory::RunDirectory;
use crate::document;
use crate::exit::{Error, Exit};
use crate::history::History;
use crate::objectives::Source;
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
    let log = directory.existing_log()?;
    let metrics = objectives::metrics(&spec)?;
    let mut history = History::new(&session::fresh(&log, &spec, &metrics)?);
    let (run, _) = session::feed(&log, &spec, &metrics, |run, line| history.record(run, line))?;
    let source = Source::at(RunDirectory::data_path_in(&arguments.directory));
    let stop = session::ended(session::feed(&log, &spec, &metrics, |_, _| ())?.0, &spec, &source)?;
    let summary = run.summary(stop);
    let comparison = retrain::kept(&directory, &spec, &summary.digest.to_string());
    let session = Session { run, history, stop };
    let comparison = comparison.as_ref();
    Files { directory: &directory, spec: &spec, session: &session, summary: &summary, comparison }.write()?;
    let report = directory.path().join("report.html").display().to_string();
    if arguments.json {
        document::print_versioned(&json!({"report": report}))?;
    } else {
        document::print(&report)?;
    }
    Ok(Exit::Done)
}
