//! `bilevel spaces`: what there is to name.

use bilevel::objective::ObjectiveSpec;
use bilevel::search::supernet::Method;
use bilevel::search::{Preset, SearcherSpec};
use bilevel::space::{Space, SpaceSpec};
use clap::Args;
use serde_json::json;
use strum::{EnumMessage, IntoEnumIterator};

use crate::document;
use crate::exit::{Error, Exit};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// A name and one sentence about it.
type Row = (String, &'static str);

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let spaces: Vec<Row> = SpaceSpec::iter().map(|spec| (spec.kind().into(), sentence(&spec))).collect();
    let objectives: Vec<Row> = ObjectiveSpec::iter().map(|spec| (spec.name().into(), sentence(&spec))).collect();
    let searchers: Vec<Row> = SearcherSpec::iter().map(|spec| (spec.name().into(), spec.about())).collect();
    let presets: Vec<Row> = Preset::iter().map(|preset| (preset.name().into(), preset.about())).collect();
    let methods: Vec<Row> = Method::iter().map(|method| (method.name().into(), method.about())).collect();
    if arguments.json {
        let rows = |rows: &[Row]| -> Vec<_> {
            rows.iter().map(|(name, about)| json!({"name": name, "about": about})).collect()
        };
        document::print_versioned(&json!({
            "spaces": rows(&spaces),
            "objectives": rows(&objectives),
            "searchers": rows(&searchers),
            "presets": rows(&presets),
            "methods": rows(&methods),
        }))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    let titles = ["Spaces", "Objectives", "Searchers", "Presets of searchers", "Searchers that train a supernet"];
    for (title, rows) in titles.into_iter().zip([spaces, objectives, searchers, presets, methods]) {
        text += &format!("{}\n", console::style(title).bold());
        for (name, about) in rows {
            text += &format!("  {name:<18} {about}\n");
        }
        text += "\n";
    }
    let cell = Space::named("nas-bench-201").expect("a ready-made space");
    text += &format!(
        "nas-bench-201 has {} architectures, sequence:20x7 has {}.\n",
        cell.size(),
        Space::named("sequence:20x7").expect("a ready-made space").size()
    );
    text += "Options stand behind a colon: --searcher evolution:population=20,sample=5";
    document::print(&text)?;
    Ok(Exit::Done)
}

/// The first line of a variant's documentation.
fn sentence(spec: &impl EnumMessage) -> &'static str {
    spec.get_documentation().unwrap_or_default()
}
