//! `bilevel resume DIR`: go on from what the log says.

use std::path::PathBuf;

use clap::Args;

use super::machine::Machine;
use crate::directory::RunDirectory;
use crate::exit::{Error, Exit};
use crate::objectives::Source;
use crate::{derived, objectives, session};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The run directory
    directory: PathBuf,
    /// Where the images or the table are, if not where the run began
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    #[command(flatten)]
    machine: Machine,
    /// Print one JSON document; progress goes to standard error
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let (directory, mut spec) = RunDirectory::open(&arguments.directory)?;
    let data = arguments.data.clone().or_else(|| RunDirectory::data_path_in(&arguments.directory));
    let mut opened = objectives::open(&mut spec, &arguments.machine.apply(Source::at(data)))?;
    session::watch_for_interrupts()?;
    let session = session::go_on(&directory, &spec, &mut opened)?;
    derived::finish(&directory, &spec, &opened, session, arguments.json)
}
