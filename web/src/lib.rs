//! bilevel in WebAssembly: types and transport, no search logic.
//!
//! Documents cross the boundary as JSON text, on either side of it an object. `serde-wasm-bindgen` would save the text,
//! but it looks up the fields that it knows and thereby ignores `deny_unknown_fields`: a misspelt option would be taken
//! for its default. This way the browser refuses what the terminal refuses, in the same words.

use bilevel::figure;
use bilevel::objective::ObjectiveSpec;
use bilevel::run::{self, RunSpec};
use bilevel::search::SearcherSpec;
use bilevel::space::Space;
use js_sys::JSON;
use strum::IntoEnumIterator;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// `console.error`.
    #[wasm_bindgen(js_namespace = console)]
    fn error(text: &str);
}

/// Has the words of a panic written to the console: it is a bug, and the trap that JavaScript sees says nothing.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| error(&panic.to_string())));
}

/// The version of this package.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

/// Runs a specification, an object or its JSON text, to its end; the objective is one that looks up. Gives the document
/// that `bilevel search --json` writes: `best`, `trials`, `digest`, `stop_reason` and so on.
///
/// It does not return before the run is over, so that a long one belongs in a Worker.
///
/// # Errors
/// An `Error` with the words of the core, if the specification cannot be read or met.
#[wasm_bindgen]
pub fn run(spec: &JsValue) -> Result<JsValue, JsError> {
    let spec = RunSpec::from_json(&text_of(spec)?).map_err(JsError::from)?;
    object_of(&run::to_end(&spec)?)
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

/// The picture of an architecture as SVG text. `space` is a name such as `nas-bench-201`, the architecture its text.
///
/// # Errors
/// An `Error` if there is no such space, or the text is none of its architectures.
#[wasm_bindgen]
pub fn cell(space: &str, architecture: &str) -> Result<String, JsError> {
    let space = Space::named(space)?;
    Ok(figure::cell::svg(&space, &space.parse(architecture)?))
}

/// The golden values as this target computes them; see `tests/golden`.
///
/// # Errors
/// An `Error` that names the entry that could not be computed.
#[cfg(feature = "laws")]
#[wasm_bindgen]
pub fn golden() -> Result<JsValue, JsError> {
    object_of(&bilevel::laws::golden::entries().map_err(|reason| JsError::new(&reason))?)
}

/// The JSON text of an object, or the text itself.
fn text_of(document: &JsValue) -> Result<String, JsError> {
    if let Some(text) = document.as_string() {
        return Ok(text);
    }
    // Cycles and BigInts make it throw; `undefined` and functions have no text.
    let text = JSON::stringify(document).ok().and_then(|text| text.as_string());
    text.ok_or_else(|| JsError::new("a specification is an object of plain values, or its JSON text"))
}

/// The object of a document.
fn object_of(document: &impl serde::Serialize) -> Result<JsValue, JsError> {
    JSON::parse(&serde_json::to_string(document)?).map_err(|_| JsError::new("JSON.parse refused our own document"))
}
