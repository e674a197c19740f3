//! `bilevel completions SHELL`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::document;
use crate::exit::{Error, Exit};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Which shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut crate::Arguments::command(), "bilevel", &mut script);
    document::print(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Done)
}
