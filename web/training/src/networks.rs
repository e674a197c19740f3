//! The objective `digits` of a search: an answer for each network that a controller asks for.

use bilevel::network::TrainedNetwork;
use bilevel::objective::{Objective, Trial, sound};
use wasm_bindgen::prelude::*;

use crate::data;

/// Who trains what a search asks for.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Networks {
    objective: TrainedNetwork,
}

#[wasm_bindgen]
impl Networks {
    /// Of a training (JSON text, the objective of a specification without its name) and the seed of the run.
    ///
    /// # Errors
    /// An `Error` with the words of the core, if the training is none or is out of range.
    #[wasm_bindgen(constructor)]
    pub fn new(training: &str, seed: &str) -> Result<Self, JsError> {
        let (training, seed) = (data::training(training)?, data::seed(seed)?);
        let split = data::split(&training, seed)?;
        Ok(Self { objective: TrainedNetwork::new(&data::space(), &training, split, seed)? })
    }

    /// The values of a network that has had `epochs` epochs, or all: in the order of the metrics of the objective.
    ///
    /// # Errors
    /// An `Error` that says why there are none: the training diverged, or the device was lost.
    pub async fn answer(&self, architecture: &str, epochs: Option<u32>) -> Result<Vec<f64>, JsError> {
        let trial = Trial::evaluate(0, data::architecture(architecture)?, 0).with_epochs(epochs);
        let answer = self.objective.answer_async(&trial).await;
        let answer = answer.and_then(|answer| sound(self.objective.metrics(), &trial, answer));
        answer.map(|answer| answer.values).map_err(|failure| JsError::new(&failure.message))
    }
}
