//! The command line of bilevel: real architecture searches on this machine. One file a command.

mod command;
mod compare;
mod data;
mod derived;
mod device;
mod device_memory;
mod directory;
mod document;
mod exit;
mod gradient;
mod history;
mod log;
mod named_list;
mod objectives;
mod page;
mod report;
mod retrain;
mod screen;
mod session;
mod shared_weights;
mod spec_file;
mod statistics;
mod supernets;
mod trial;
mod workers;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::command::Command;
use crate::exit::{Error, Exit};

/// Neural architecture search: a controller designs networks, each candidate is really trained.
#[derive(Debug, Parser)]
#[command(name = "bilevel", version, after_help = Exit::HELP, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    // Asked for before clap has spoken, since an error of the command line is a document too.
    let json = std::env::args_os().skip(1).take_while(|argument| argument != "--").any(|argument| argument == "--json");
    let exit = match Arguments::try_parse() {
        Ok(arguments) => arguments.command.run().unwrap_or_else(|error| fail(&error, json)),
        Err(error) if json && error.use_stderr() => fail(&Error::usage(error.to_string().trim_end()), json),
        Err(error) => {
            let _ = error.print();
            if error.use_stderr() { Exit::Usage } else { Exit::Done }
        }
    };
    ExitCode::from(exit as u8)
}

/// Says what went wrong, as a document where one was asked for. Where nobody can be told, the exit code still tells.
fn fail(error: &Error, json: bool) -> Exit {
    if json {
        let _ = document::print_versioned(&document::of_error(error));
    } else {
        // What a user typed may stand in the message: a terminal is to show it, not to obey it.
        let shown = |c: char| if c.is_control() && c != '\n' { c.escape_default().collect() } else { c.to_string() };
        let message: String = error.to_string().chars().map(shown).collect();
        let _ = writeln!(std::io::stderr(), "{} {message}", console::style("error:").for_stderr().red().bold());
    }
    error.exit
}
