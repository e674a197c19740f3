//! What both objects are made of: images, the training of a specification, a seed.

use bilevel::network::{self, Split};
use bilevel::objective::Training;
use bilevel::space::{Architecture, Cells, Space};
use wasm_bindgen::JsError;

/// The space that networks are built for.
pub(crate) fn space() -> Space {
    Space::named("nas-bench-201").expect("it is a space")
}

/// Its cells.
pub(crate) fn cells() -> Result<Cells, JsError> {
    Cells::of(&space()).map_err(|reason| JsError::new(&reason))
}

/// An architecture of it.
pub(crate) fn architecture(text: &str) -> Result<Architecture, JsError> {
    Ok(space().parse(text)?)
}

/// A training as JSON text, as the objective `digits` has it, on the device of this module.
pub(crate) fn training(text: &str) -> Result<Training, JsError> {
    let training: Training =
        serde_json::from_str(text).map_err(|error| JsError::new(&format!("objective `digits`: {error}")))?;
    let here = network::devices();
    if !here.contains(&training.device) {
        let here: Vec<String> = here.iter().map(ToString::to_string).collect();
        let message = format!("this module trains on {}, not on {}", here.join(", "), training.device);
        return Err(JsError::new(&message));
    }
    Ok(training)
}

/// A seed, which is text since JavaScript's numbers do not hold 64 bits.
pub(crate) fn seed(text: &str) -> Result<u64, JsError> {
    text.parse().map_err(|_| JsError::new(&format!("a seed is a number from 0 to {}, got `{text}`", u64::MAX)))
}

/// The digits, divided.
pub(crate) fn split(training: &Training, seed: u64) -> Result<Split, JsError> {
    Ok(Split::new(&network::digits(), training, seed)?)
}
