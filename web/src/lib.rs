//! bilevel in WebAssembly: types and transport, no search logic.
//!
//! Documents cross the boundary as JSON text. `serde-wasm-bindgen` would save the text, but it looks up the fields that it
//! knows and thereby ignores `deny_unknown_fields`: a misspelt option would be taken for its default. This way the browser
//! refuses what the terminal refuses, in the same words; and a line of a log keeps its bytes, which decide whether numbers
//! read back to the same bits. The TypeScript in `web/ts` has an object on its side of the boundary.

mod document;
pub mod figures;
pub mod gradient;
pub mod names;
mod objective;
pub mod replay;
pub mod results;
pub mod run;

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

/// The golden values as this target computes them, as JSON text; see `tests/golden`.
///
/// # Errors
/// An `Error` that names the entry that could not be computed.
#[cfg(feature = "laws")]
#[wasm_bindgen]
pub fn golden() -> Result<String, JsError> {
    document::write(&bilevel::laws::golden::entries().map_err(|reason| JsError::new(&reason))?)
}
