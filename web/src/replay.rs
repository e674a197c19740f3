//! A replay that JavaScript steps: every trial of a log asked anew, and compared.

use bilevel::objective::{Purpose, Trial};
use bilevel::random::member_seed;
use bilevel::run::{self, Line, RunError, RunSpec, Tolerance};
use bilevel::space::Space;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use crate::document;
use crate::objective::{Answerer, measured, question, trains};
use crate::results::Results;
use crate::run::{failed, read_line};

/// A replay in progress.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Replay {
    replay: run::Replay,
    answerer: Answerer,
    space: Space,
    seed: u64,
    tolerance: Tolerance,
    trains: Option<Value>,
    next: Option<(Line, Trial)>,
    lines: u64,
}

#[wasm_bindgen]
impl Replay {
    /// The replay of a log of this specification (JSON text). Values and loss may differ by a share of the larger, 0 to 1.
    ///
    /// # Errors
    /// An `Error` with the words of the core, if the specification cannot be read or met or the tolerance is no share.
    #[wasm_bindgen(constructor)]
    pub fn new(spec: &str, results: &Results, tolerance: f64) -> Result<Self, JsError> {
        let spec = RunSpec::from_json(spec)?;
        let space = Space::new(spec.space.clone())?;
        let answerer = Answerer::of(&spec, &space, results)?;
        let tolerance = Tolerance::new(tolerance).map_err(|reason| JsError::new(&reason))?;
        let run = run::Run::new(&spec, answerer.metrics())?;
        let replay = run::Replay::new(run, tolerance);
        let trains = trains(&spec);
        Ok(Self { replay, answerer, space, seed: spec.seed, tolerance, trains, next: None, lines: 0 })
    }

    /// The metrics of the objective, and what its networks are trained by: a JSON table.
    ///
    /// # Errors
    /// None that can be reached.
    pub fn about(&self) -> Result<String, JsError> {
        document::write(&json!({"metrics": self.answerer.metrics(), "trains": self.trains}))
    }

    /// Takes the next line; the question that a function has to answer, as JSON text, or nothing where it is looked up.
    ///
    /// # Errors
    /// An `Error` if it is no line, or its architecture is none of the space.
    pub fn line(&mut self, line: &str) -> Result<Option<String>, JsError> {
        self.lines += 1;
        let line = read_line(line, self.lines)?;
        let point = line.point(&self.space);
        let point = point.map_err(|error| JsError::new(&format!("line {} of the log: {error}", self.lines)))?;
        let (seed, purpose) = (member_seed(self.seed, line.id), Purpose::Evaluate);
        let trial = Trial { id: line.id, point, purpose, fidelity: None, seed }.with_epochs(line.epochs);
        let question = match self.answerer {
            Answerer::LooksUp(_) => None,
            Answerer::Asked(_) if trial.mixture().is_some() => {
                let message = format!("line {} of the log is a mixture, which nobody here answers", self.lines);
                return Err(JsError::new(&message));
            }
            Answerer::Asked(_) => Some(question(&self.space, &trial)),
        };
        self.next = Some((line, trial));
        question.map(|question| document::write(&question)).transpose()
    }

    /// Compares the line with the answer: that of the objective, or the `values` that somebody outside measured, in `seconds`
    /// where that is a cost, or why there are none. Gives
    /// `{"differences": […], "goes_on": …}` as JSON text: from where it does not go on, the log says nothing about this run.
    ///
    /// # Errors
    /// An `Error` if no line was taken.
    pub fn compare(
        &mut self,
        values: Option<Vec<f64>>,
        seconds: Option<f64>,
        failure: Option<String>,
    ) -> Result<String, JsError> {
        let (line, trial) = self.next.take().ok_or_else(|| JsError::new("`line` comes before `compare`"))?;
        let answer = self.answerer.answer(&trial).unwrap_or_else(|| match (values, failure) {
            (_, Some(reason)) => Err(failed(&reason)),
            (values, None) => bilevel::objective::sound(
                self.answerer.metrics(),
                &trial,
                measured(values.unwrap_or_default(), seconds),
            ),
        });
        let (differences, goes_on) = match self.replay.compare(&line, answer) {
            Ok(differences) => (differences, true),
            Err(RunError::Difference { difference, .. }) => (vec![difference], false),
            Err(error) => return Err(error.into()),
        };
        let differences: Vec<_> = differences
            .iter()
            .map(|difference| {
                json!({
                    "line": self.lines, "field": difference.field,
                    "expected": difference.expected, "logged": difference.logged,
                })
            })
            .collect();
        document::write(&json!({"differences": differences, "goes_on": goes_on}))
    }

    /// By which share values differed at most.
    #[wasm_bindgen(getter)]
    pub fn largest(&self) -> f64 {
        self.replay.largest().share()
    }

    /// By which share they may.
    #[wasm_bindgen(getter)]
    pub fn tolerance(&self) -> f64 {
        self.tolerance.share()
    }
}
