//! What there is to name: the document of `bilevel spaces --json`, and which searchers suit an objective.

use bilevel::objective::ObjectiveSpec;
use bilevel::run;
use bilevel::search::{Preset, SearcherSpec};
use bilevel::space::SpaceSpec;
use serde_json::{Value, json};
use strum::{EnumMessage, IntoEnumIterator};
use wasm_bindgen::prelude::*;

use crate::document;

/// Spaces, objectives, searchers and presets, each with a name and a sentence about it, as JSON text.
///
/// # Errors
/// None that can be reached.
#[wasm_bindgen]
pub fn names() -> Result<String, JsError> {
    let row = |name: &str, about: &str| json!({"name": name, "about": about});
    let spaces: Vec<Value> = SpaceSpec::iter().map(|spec| row(spec.kind(), sentence(&spec))).collect();
    let objectives: Vec<Value> = ObjectiveSpec::iter().map(|spec| row(spec.name(), sentence(&spec))).collect();
    let searchers: Vec<Value> = SearcherSpec::iter().map(|spec| row(spec.name(), spec.about())).collect();
    let presets: Vec<Value> = Preset::iter().map(|preset| row(preset.name(), preset.about())).collect();
    document::write(&json!({
        "schema_version": run::SCHEMA_VERSION,
        "spaces": spaces, "objectives": objectives, "searchers": searchers, "presets": presets,
    }))
}

/// The names of the searchers that suit an objective, e.g. `table`; of all where none is named.
///
/// # Errors
/// An `Error` if there is no such objective.
#[wasm_bindgen]
pub fn searchers(objective: Option<String>) -> Result<Vec<String>, JsError> {
    let objective = objective.map(|text| run::parse::<ObjectiveSpec>(&text)).transpose();
    let objective = objective.map_err(|reason| JsError::new(&reason))?;
    let suits = |searcher: &SearcherSpec| objective.as_ref().is_none_or(|objective| searcher.suits(objective).is_ok());
    Ok(SearcherSpec::iter().filter(suits).map(|searcher| searcher.name().to_owned()).collect())
}

/// The first line of a variant's documentation.
fn sentence(spec: &impl EnumMessage) -> &'static str {
    spec.get_documentation().unwrap_or_default()
}
