//! A search that trains a supernet: the run and what answers it, in one place, since weights and policy stay beside each other.

use std::cell::RefCell;

use bilevel::network::SharedWeights;
use bilevel::objective::{Objective, Purpose, Trial, sound};
use bilevel::run::{Line, Run, RunSpec, Step, Stop};
use bilevel::space::Space;
use serde_json::json;
use wasm_bindgen::prelude::*;

use crate::data;

/// Such a search, epoch by epoch.
#[wasm_bindgen]
#[derive(Debug)]
pub struct SupernetRun {
    /// Not there while a step is on its way.
    parts: RefCell<Option<Parts>>,
    spec: RunSpec,
}

#[derive(Debug)]
struct Parts {
    run: Run,
    shared: SharedWeights,
    /// Lines of epochs that were fed and are to be trained again, the next one last.
    fed: Vec<Line>,
}

/// How far a logit of the first epoch may be from that of a log: programs round otherwise, and other searches begin elsewhere.
const SAME_SEARCH: f64 = 0.05;

/// A line that was told, and what is known after it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct ToldLine {
    line: String,
    improved: bool,
    policy: Vec<f64>,
    notices: Vec<String>,
}

#[wasm_bindgen]
impl ToldLine {
    /// The line as `trials.jsonl` has it, with its line break.
    #[wasm_bindgen(getter)]
    pub fn line(&self) -> String {
        self.line.clone()
    }

    /// Whether it is the best architecture so far.
    #[wasm_bindgen(getter)]
    pub fn improved(&self) -> bool {
        self.improved
    }

    /// The probability of each choice at each position of the policy, one position after the other.
    #[wasm_bindgen(getter)]
    pub fn policy(&self) -> Vec<f64> {
        self.policy.clone()
    }

    /// What the search has said so far, such as its alarm.
    #[wasm_bindgen(getter)]
    pub fn notices(&self) -> Vec<String> {
        self.notices.clone()
    }
}

#[wasm_bindgen]
impl SupernetRun {
    /// The search of a specification (JSON text) whose searcher trains a supernet and whose objective is `digits`, before its
    /// first epoch.
    ///
    /// # Errors
    /// An `Error` with the words of the core, if the specification cannot be read or met.
    #[wasm_bindgen(constructor)]
    pub fn new(spec: &str) -> Result<Self, JsError> {
        let spec = RunSpec::from_json(spec)?;
        let training = spec.objective.training().ok_or_else(|| JsError::new("a supernet is trained on `digits`"))?;
        let training = data::training(&serde_json::to_string(training)?)?;
        let options = spec.searcher.supernet().ok_or_else(|| JsError::new("this searcher trains no supernet"))?;
        let space = Space::new(spec.space.clone())?;
        let split = data::split(&training, spec.seed)?;
        let shared = SharedWeights::new(&space, options, &training, split, spec.seed)?;
        let run = Run::new(&spec, shared.metrics())?;
        Ok(Self { parts: RefCell::new(Some(Parts { run, shared, fed: Vec::new() })), spec })
    }

    /// What `spec.json` of this run has, every default written out.
    pub fn spec(&self) -> String {
        self.spec.to_json()
    }

    /// The positions of its space and of its policy, the metrics, the epochs, and what the supernet weighs: a JSON table.
    ///
    /// # Errors
    /// An `Error` while a step is on its way.
    pub fn about(&self) -> Result<String, JsError> {
        self.with(|Parts { run, shared, .. }| {
            let positions = run.space().positions();
            let policy = run.policy().map_or(positions, |policy| policy.space().positions());
            let about = json!({
                "positions": positions,
                "metrics": run.metrics(),
                "metric": run.metric(),
                "trains": null,
                "supernet": {
                    "positions": policy,
                    "epochs": shared.epochs(),
                    "parameters": shared.blueprint().parameters(),
                    "bytes": shared.step_bytes(),
                },
            });
            about.to_string()
        })
    }

    /// The policy before the first epoch; as in [`ToldLine::policy`].
    ///
    /// # Errors
    /// As [`Self::about`].
    pub fn policy(&self) -> Result<Vec<f64>, JsError> {
        self.with(|parts| marginals(&parts.run))
    }

    /// The next line: an epoch of the supernet, or an architecture that was judged at its end. Nothing when the search is over.
    ///
    /// # Errors
    /// An `Error` if the device was lost: then this is of no more use, and another goes on from the checkpoint.
    pub async fn step(&self) -> Result<Option<ToldLine>, JsError> {
        let Parts { mut run, mut shared, fed } = self.parts.borrow_mut().take().ok_or_else(busy)?;
        let told = loop {
            // Such a search has no budget of seconds.
            match run.step(0.0) {
                Step::Ask(trial) => {
                    let answer = shared.answer_async(&trial).await?;
                    run.answer(trial.id, answer.and_then(|answer| sound(shared.metrics(), &trial, answer)));
                }
                Step::Told(line) => break Some(told(&run, &line)?),
                Step::Wait | Step::Finished(_) => break None,
            }
        };
        self.parts.replace(Some(Parts { run, shared, fed }));
        Ok(told)
    }

    /// Trains the next epoch of the lines that were fed again, where there is no checkpoint; false when none is left.
    ///
    /// # Errors
    /// As [`Self::step`], and if what it gives is not what the log says of it: the log is of another search.
    pub async fn relearn(&self) -> Result<bool, JsError> {
        let mut parts = self.parts.borrow_mut().take().ok_or_else(busy)?;
        if let Some(line) = parts.fed.pop() {
            let architecture = parts.run.space().parse(&line.architecture)?;
            let trial = Trial::evaluate(line.id, architecture, 0).with_epochs(line.epochs);
            let answer = parts.shared.answer_async(&Trial { purpose: Purpose::Train, ..trial }).await?;
            let progress = answer.ok().and_then(|answer| answer.progress);
            let (here, there) =
                (progress.map_or_else(Vec::new, |progress| progress.policy), line.policy.unwrap_or_default());
            let apart = here.iter().zip(&there).any(|(here, there)| (here - there).abs() > SAME_SEARCH);
            if line.epochs == Some(1) && (apart || here.len() != there.len()) {
                let words =
                    "line 1 of the log: its policy is not what the first epoch gives here; it is of another search";
                return Err(JsError::new(words));
            }
        }
        let more = !parts.fed.is_empty();
        self.parts.replace(Some(parts));
        Ok(more)
    }

    /// What it has come to, to go on from in another `SupernetRun` of the same specification: a file of safetensors. Nothing
    /// before the first epoch has ended.
    ///
    /// # Errors
    /// An `Error` if the device was lost.
    pub async fn checkpoint(&self) -> Result<Option<Vec<u8>>, JsError> {
        let parts = self.parts.borrow_mut().take().ok_or_else(busy)?;
        let bytes = parts.shared.checkpoint().await;
        self.parts.replace(Some(parts));
        Ok(bytes?)
    }

    /// Goes on from a checkpoint. The lines that were told until then are fed.
    ///
    /// # Errors
    /// An `Error` if it is a checkpoint of another search, or none.
    pub fn restore(&self, checkpoint: &[u8]) -> Result<(), JsError> {
        let restored = self.with(|parts| {
            parts.fed.clear();
            parts.shared.restore(checkpoint)
        })?;
        restored.map_err(|reason| JsError::new(&format!("checkpoint: {reason}")))
    }

    /// Takes a line of a log in, as if it had been asked and told just now. Its epoch is trained again by [`Self::relearn`].
    ///
    /// # Errors
    /// An `Error` if it is no line, or not what this run would have told.
    pub fn feed(&self, line: &str) -> Result<ToldLine, JsError> {
        self.with(|parts| {
            let line = serde_json::from_str::<Line>(line).map_err(|error| {
                let (number, why) = (parts.run.told() + 1, error.to_string());
                let why = why.split(" at line ").next().unwrap_or(&why);
                JsError::new(&format!("line {number} of the log: not a line of a log ({why})"))
            })?;
            parts.run.feed(&line)?;
            let told = told(&parts.run, &line);
            if line.policy.is_some() {
                parts.fed.insert(0, line);
            }
            told
        })?
    }

    /// The document of `bilevel search --json`, as JSON text: what came of the search so far.
    ///
    /// # Errors
    /// As [`Self::about`].
    pub fn summary(&self) -> Result<String, JsError> {
        Ok(serde_json::to_string(&self.with(|parts| parts.run.summary(Stop::Interrupted))?)?)
    }

    fn with<T>(&self, of: impl FnOnce(&mut Parts) -> T) -> Result<T, JsError> {
        self.parts.borrow_mut().as_mut().map(of).ok_or_else(busy)
    }
}

fn busy() -> JsError {
    JsError::new("a step of this search is on its way, or its device was lost")
}

fn marginals(run: &Run) -> Vec<f64> {
    run.policy().map_or_else(Vec::new, |policy| policy.marginals().concat())
}

fn told(run: &Run, line: &Line) -> Result<ToldLine, JsError> {
    let improved = run.best().is_some_and(|best| best.id == line.id);
    let (line, notices) = (format!("{}\n", serde_json::to_string(line)?), run.notices().to_vec());
    Ok(ToldLine { line, improved, policy: marginals(run), notices })
}
