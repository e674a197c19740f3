//! `bilevel show`: an architecture, or the best of a run, as a picture or text.

use std::path::Path;

use bilevel::figure;
use bilevel::run::{RunSpec, Stop};
use bilevel::space::{Architecture, Space};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::exit::{Error, Exit};
use crate::{derived, directory, document, objectives, session};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// An architecture as text, or a run directory
    what: String,
    /// The space of the text; a run knows its own
    #[arg(long, default_value = "nas-bench-201")]
    space: String,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The same as --format json
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    /// A drawing for the terminal
    Text,
    /// A picture
    Svg,
    /// A graph for Graphviz
    Dot,
    /// A document
    Json,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let path = Path::new(&arguments.what);
    let (space, architecture) = if path.is_dir() {
        best_of(path)?
    } else {
        let space = super::subject::space(&arguments.space)?;
        let space = Space::new(space).map_err(|error| Error::usage(error.to_string()))?;
        let architecture = space.parse(&arguments.what).map_err(|error| Error::usage(error.to_string()))?;
        (space, architecture)
    };
    let format = if arguments.json { Format::Json } else { arguments.format };
    match format {
        Format::Text => document::print(figure::cell::text(&space, &architecture).trim_end())?,
        Format::Svg => document::print(figure::cell::svg(&space, &architecture).trim_end())?,
        Format::Dot => document::print(figure::cell::dot(&space, &architecture).trim_end())?,
        Format::Json => {
            let chosen = space.positions().iter().zip(architecture.choices());
            let chosen: serde_json::Map<_, _> = chosen
                .map(|(position, choice)| {
                    (position.name.clone(), position.choices[usize::from(*choice)].clone().into())
                })
                .collect();
            document::print_versioned(&json!({
                    "space": space.spec(),
                "architecture": space.format(&architecture),
                "choices": chosen,
            }))?;
        }
    }
    Ok(Exit::Done)
}

/// The best of the run at `path`, as its log says.
fn best_of(path: &Path) -> Result<(Space, Architecture), Error> {
    let spec: RunSpec = directory::read_spec(path)?;
    let metrics = objectives::metrics(&spec)?;
    let (run, _) = session::feed(&path.join("trials.jsonl"), &spec, &metrics, |_, _| ())?;
    let best = run.summary(Stop::Interrupted).best;
    let best =
        best.ok_or_else(|| Error::new(Exit::Failed, format!("{} has no trial that succeeded", path.display())))?;
    let space = derived::space_of(&spec)?;
    let architecture = space.parse(&best.architecture).map_err(|error| Error::new(Exit::Damaged, error.to_string()))?;
    Ok((space, architecture))
}
