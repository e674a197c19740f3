//! The commands, one file each.

mod compare;
mod completions;
mod devices;
mod gradient;
mod machine;
mod replay;
mod report;
mod resume;
mod search;
mod show;
mod spaces;
mod subject;
mod trial;

use clap::Subcommand;

use crate::exit::{Error, Exit};

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Search for an architecture; without any option, networks for the optical digits
    Search(Box<search::Arguments>),
    /// Run several searchers from many seeds and compare what they find
    Compare(Box<compare::Arguments>),
    /// Measure estimators of the gradient beside the exact one: bias, variance and error at a policy
    Gradient(Box<gradient::Arguments>),
    /// Go on with a run, or repeat the document of a finished one
    Resume(resume::Arguments),
    /// Ask every trial of a run anew and compare
    Replay(replay::Arguments),
    /// Make the derived files of a run again: report, tables, best
    Report(report::Arguments),
    /// Show an architecture, or the best of a run, as text, SVG, DOT or JSON
    Show(show::Arguments),
    /// List the spaces, objectives and searchers that there are
    Spaces(spaces::Arguments),
    /// List the devices that networks can be trained on, and check that they compute what the processor does
    Devices(devices::Arguments),
    /// Answer one trial: a question on standard input, its outcome on standard output
    Trial(trial::Arguments),
    /// Print the completions of a shell
    Completions(completions::Arguments),
}

impl Command {
    pub(crate) fn run(self) -> Result<Exit, Error> {
        match self {
            Self::Search(arguments) => search::run(&arguments),
            Self::Compare(arguments) => compare::run(&arguments),
            Self::Gradient(arguments) => gradient::run(&arguments),
            Self::Resume(arguments) => resume::run(&arguments),
            Self::Replay(arguments) => replay::run(&arguments),
            Self::Report(arguments) => report::run(&arguments),
            Self::Show(arguments) => show::run(&arguments),
            Self::Spaces(arguments) => spaces::run(&arguments),
            Self::Devices(arguments) => devices::run(&arguments),
            Self::Trial(arguments) => trial::run(&arguments),
            Self::Completions(arguments) => completions::run(&arguments),
        }
    }
}
