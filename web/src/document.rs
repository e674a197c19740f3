//! Documents as JSON text.

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsError;

/// Reads a document; `what` it is stands in the error, in front of the words of the core.
pub(crate) fn read<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, JsError> {
    serde_json::from_str(text).map_err(|error| JsError::new(&format!("{what}: {error}")))
}

/// Writes a document.
pub(crate) fn write(document: &impl Serialize) -> Result<String, JsError> {
    Ok(serde_json::to_string(document)?)
}
