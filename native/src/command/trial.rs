//! `bilevel trial < trial.json > outcome.json`: answer one trial, in a process of its own.

use std::io::{BufRead, Read};
use std::thread;

use bilevel::objective::{self, Trial};
use bilevel::run::SCHEMA_VERSION;
use clap::Args;

use crate::exit::{Error, Exit};
use crate::objectives::{self, Source};
use crate::trial::{OutcomeDocument, Question};
use crate::workers::timed;
use crate::{derived, document};

/// The longest question, in bytes: a specification with a space of one's own, and an architecture.
const LONGEST: u64 = 64 << 20;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// End when standard input ends: the question is its first line, and whoever asks holds it open
    #[arg(long)]
    attached: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let question = read(arguments.attached)?;
    let Question { schema_version, mut spec, data, id, architecture, seed, epochs } =
        serde_json::from_str(&question)
            .map_err(|error| Error::usage(format!("standard input is no question: {error}")))?;
    if schema_version > SCHEMA_VERSION {
        let message = format!("schema_version {schema_version} is newer than {SCHEMA_VERSION}; use a newer bilevel");
        return Err(Error::usage(message));
    }
    spec = spec.checked().map_err(|error| Error::usage(error.to_string()))?;
    // Whoever asks knows who else is on the device, and has made room: what is free here now says nothing more.
    let source = Source { copies: Some(1), device_memory: Some(u64::MAX), ..Source::at(data) };
    if spec.searcher.trains_a_supernet() {
        let name = spec.searcher.name();
        return Err(Error::usage(format!(
            "searcher `{name}` trains a supernet, which is no trial of its own; run `bilevel search`"
        )));
    }
    let mut opened = objectives::open(&mut spec, &source)?;
    let space = derived::space_of(&spec)?;
    let architecture = space.parse(&architecture).map_err(|error| Error::usage(error.to_string()))?;
    let trial = Trial::evaluate(id, architecture, seed).with_epochs(epochs);
    let objective = opened.objectives[0].as_mut();
    let answer = if objective.answers().slow { timed(objective, &trial) } else { objective::answer(objective, &trial) };
    let outcome = OutcomeDocument::new(id, &opened.metrics, answer);
    document::print(&serde_json::to_string(&outcome).expect("an outcome has string keys and finite numbers"))?;
    Ok(Exit::Done)
}

fn read(attached: bool) -> Result<String, Error> {
    let failed = |error: std::io::Error| Error::usage(format!("cannot read standard input: {error}"));
    let mut text = String::new();
    let input = std::io::stdin();
    if !attached {
        input.lock().take(LONGEST).read_to_string(&mut text).map_err(failed)?;
        return Ok(text);
    }
    input.lock().take(LONGEST).read_line(&mut text).map_err(failed)?;
    thread::spawn(|| {
        // Nothing more is expected: input that ends means that nobody waits for the outcome.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        std::process::exit(Exit::Interrupted as i32);
    });
    Ok(text)
}
