//! One network, trained step by step before somebody's eyes.

use std::cell::RefCell;

use bilevel::network::{self, Score, Split, TrainError};
use bilevel::numeric;
use serde_json::json;
use wasm_bindgen::prelude::*;

use crate::data;

/// A network in training.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Trainer {
    /// Not there while a step is on its way, and after the training has failed.
    trainer: RefCell<Option<network::Trainer>>,
    split: Split,
    parameters: f64,
    flops: f64,
    epochs: u32,
    steps: u32,
}

/// How a network classifies the validation images.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Judgement {
    score: Score,
    classes: Vec<u16>,
    probabilities: Vec<f64>,
}

#[wasm_bindgen]
impl Judgement {
    /// The share that is right, in %.
    #[wasm_bindgen(getter)]
    pub fn accuracy(&self) -> f64 {
        self.score.accuracy
    }

    /// The mean cross-entropy, in nats.
    #[wasm_bindgen(getter)]
    pub fn loss(&self) -> f64 {
        self.score.loss
    }

    /// The class that the network takes each image for.
    #[wasm_bindgen(getter)]
    pub fn classes(&self) -> Vec<u16> {
        self.classes.clone()
    }

    /// The probability that it gives to that class.
    #[wasm_bindgen(getter)]
    pub fn probabilities(&self) -> Vec<f64> {
        self.probabilities.clone()
    }
}

#[wasm_bindgen]
impl Trainer {
    /// The training of an architecture (text of nas-bench-201) before its first step; the rest as in `Networks`.
    ///
    /// # Errors
    /// An `Error` with the words of the core, if there is no such network or training.
    #[wasm_bindgen(constructor)]
    pub fn new(architecture: &str, training: &str, seed: &str) -> Result<Self, JsError> {
        let (training, seed) = (data::training(training)?, data::seed(seed)?);
        let split = data::split(&training, seed)?;
        let architecture = data::architecture(architecture)?;
        let trainer = network::Trainer::new(&data::cells()?, &architecture, &training, &split, seed)?;
        let blueprint = trainer.blueprint();
        let (parameters, flops) = (blueprint.parameters() as f64, blueprint.multiply_adds() as f64);
        let (epochs, steps) = (training.epochs, trainer.steps_of_an_epoch() as u32);
        Ok(Self { trainer: RefCell::new(Some(trainer)), split, parameters, flops, epochs, steps })
    }

    /// Its trainable weights.
    #[wasm_bindgen(getter)]
    pub fn parameters(&self) -> f64 {
        self.parameters
    }

    /// Its multiply-adds for one image.
    #[wasm_bindgen(getter)]
    pub fn flops(&self) -> f64 {
        self.flops
    }

    /// The epochs of the training.
    #[wasm_bindgen(getter)]
    pub fn epochs(&self) -> u32 {
        self.epochs
    }

    /// The steps of an epoch.
    #[wasm_bindgen(getter)]
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// The pixels of the validation images, 0 to 255, `[image][row][column]`.
    #[wasm_bindgen(getter)]
    pub fn pixels(&self) -> Vec<u8> {
        let part = self.split.validation();
        (0..part.len()).flat_map(|image| part.pixels(image)).copied().collect()
    }

    /// The class of each validation image.
    #[wasm_bindgen(getter)]
    pub fn labels(&self) -> Vec<u16> {
        self.split.validation().labels().to_vec()
    }

    /// One step. Gives `{"epoch", "number", "of", "loss", "learning_rate", "ended"}` as JSON text, `ended` being the mean loss
    /// of the epoch that ended with it; or `{"diverged": …}` with the words of the core, after which there are no more.
    ///
    /// # Errors
    /// An `Error` if the device was lost, or the training is over.
    pub async fn step(&self) -> Result<String, JsError> {
        let trainer = self.take()?;
        let document = match trainer.step().await {
            Ok((trainer, step)) => {
                self.trainer.replace(Some(trainer));
                json!({
                    "epoch": step.epoch, "number": step.number, "of": step.of, "loss": step.loss,
                    "learning_rate": step.learning_rate, "ended": step.ended.map(|epoch| epoch.loss),
                })
            }
            Err(error @ TrainError::Diverged { .. }) => json!({"diverged": error.to_string()}),
            Err(error) => return Err(error.into()),
        };
        Ok(document.to_string())
    }

    /// How it classifies the validation images as it is now.
    ///
    /// # Errors
    /// As [`Trainer::step`].
    pub async fn judge(&self) -> Result<Judgement, JsError> {
        let trained = self.borrowed(network::Trainer::trained)?;
        let mut logits = trained.logits_async(self.split.validation()).await?;
        let score = Score::of(&logits, self.split.validation().labels());
        let most = |logits: &mut Vec<f64>| {
            let class = numeric::argmax(logits);
            numeric::log_softmax(logits);
            (class as u16, numeric::exp(logits[class]))
        };
        let (classes, probabilities) = logits.iter_mut().map(most).unzip();
        Ok(Judgement { score, classes, probabilities })
    }

    /// The weights as they are now: a file of safetensors, which PyTorch loads.
    ///
    /// # Errors
    /// As [`Trainer::step`].
    pub async fn weights(&self) -> Result<Vec<u8>, JsError> {
        Ok(self.borrowed(network::Trainer::trained)?.to_safetensors_async().await?)
    }

    /// Goes on from weights that were kept after `epochs` epochs.
    ///
    /// # Errors
    /// An `Error` if these are no weights of this network.
    pub fn restore(&self, weights: &[u8], epochs: u32) -> Result<(), JsError> {
        let restored = self.take()?.restored(weights, epochs)?;
        self.trainer.replace(Some(restored));
        Ok(())
    }

    fn take(&self) -> Result<network::Trainer, JsError> {
        self.trainer.borrow_mut().take().ok_or_else(over)
    }

    fn borrowed<T>(&self, of: impl FnOnce(&network::Trainer) -> T) -> Result<T, JsError> {
        self.trainer.borrow().as_ref().map(of).ok_or_else(over)
    }
}

fn over() -> JsError {
    JsError::new("this training is over, or a step of it is on its way")
}
