//! A run that JavaScript steps.

use bilevel::objective::{Failure, FailureKind};
use bilevel::run::{self, Line, RunSpec, Step, Stop};
use bilevel::space::Space;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

use crate::document;
use crate::objective::{Answerer, measured, question, trains};
use crate::results::Results;

/// A run in progress.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Run {
    run: run::Run,
    answerer: Answerer,
    spec: RunSpec,
}

/// What came of some steps.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Steps {
    lines: String,
    improved: Vec<u32>,
    questions: Vec<Value>,
    finished: bool,
}

#[wasm_bindgen]
impl Steps {
    /// The lines that were told, as `trials.jsonl` has them, each with its line break.
    #[wasm_bindgen(getter)]
    pub fn lines(&self) -> String {
        self.lines.clone()
    }

    /// Which of the lines, from 0, were the best so far when they were told.
    #[wasm_bindgen(getter)]
    pub fn improved(&self) -> Vec<u32> {
        self.improved.clone()
    }

    /// The trials that somebody outside has to answer: a JSON list.
    ///
    /// # Errors
    /// None that can be reached.
    pub fn questions(&self) -> Result<String, JsError> {
        document::write(&self.questions)
    }

    /// Whether the run is over.
    #[wasm_bindgen(getter)]
    pub fn finished(&self) -> bool {
        self.finished
    }
}

#[wasm_bindgen]
impl Run {
    /// The run of a specification (JSON text) before its first trial. `results` has the files that it needs.
    ///
    /// # Errors
    /// An `Error` with the words of the core, if the specification cannot be read or met.
    #[wasm_bindgen(constructor)]
    pub fn new(spec: &str, results: &Results) -> Result<Self, JsError> {
        let spec = RunSpec::from_json(spec)?;
        let space = Space::new(spec.space.clone())?;
        let answerer = Answerer::of(&spec, &space, results)?;
        let run = run::Run::new(&spec, answerer.metrics())?;
        Ok(Self { run, answerer, spec })
    }

    /// What `spec.json` of this run has, every default written out.
    pub fn spec(&self) -> String {
        self.spec.to_json()
    }

    /// The positions of its space, the metrics of its objective, and what its networks are trained by: a JSON table.
    ///
    /// # Errors
    /// None that can be reached.
    pub fn about(&self) -> Result<String, JsError> {
        document::write(&json!({
            "positions": self.run.space().positions(),
            "metrics": self.run.metrics(),
            "metric": self.run.metric(),
            "trains": trains(&self.spec),
        }))
    }

    /// Steps until `most` trials are told, or all there is to do is to wait for answers, or the run is over. `elapsed` is the
    /// wall time in seconds since the run began.
    ///
    /// # Errors
    /// None that can be reached.
    pub fn step(&mut self, most: u32, elapsed: f64) -> Result<Steps, JsError> {
        let mut steps = Steps::default();
        let mut told = 0;
        while told < most {
            match self.run.step(elapsed) {
                Step::Ask(trial) => match self.answerer.answer(&trial) {
                    Some(answer) => self.run.answer(trial.id, answer),
                    None => steps.questions.push(question(self.run.space(), &trial)),
                },
                Step::Told(line) => {
                    if self.is_best(&line) {
                        steps.improved.push(told);
                    }
                    steps.lines.push_str(&document::write(&line)?);
                    steps.lines.push('\n');
                    told += 1;
                }
                Step::Wait => break,
                Step::Finished(_) => {
                    steps.finished = true;
                    break;
                }
            }
        }
        Ok(steps)
    }

    fn is_best(&self, line: &Line) -> bool {
        self.run.best().is_some_and(|best| best.id == line.id)
    }

    /// Gives the values that were measured, in the order of the metrics, and the seconds that it took where that is a cost. An
    /// answer to a trial that is not in flight is dropped.
    pub fn answer(&mut self, id: u32, values: Vec<f64>, seconds: Option<f64>) {
        self.run.answer(id.into(), Ok(measured(values, seconds)));
    }

    /// Says that there is no answer, and why.
    pub fn fail(&mut self, id: u32, reason: &str) {
        self.run.answer(id.into(), Err(failed(reason)));
    }

    /// Takes a line of a log in, as if its trial had been asked and answered just now; whether it was the best so far.
    ///
    /// # Errors
    /// An `Error` if it is no line, or not what this run would have asked or told.
    pub fn feed(&mut self, line: &str) -> Result<bool, JsError> {
        let line: Line = read_line(line, self.run.told() + 1)?;
        self.run.feed(&line)?;
        Ok(self.is_best(&line))
    }

    /// How many trials are told.
    #[wasm_bindgen(getter)]
    pub fn told(&self) -> f64 {
        self.run.told() as f64
    }

    /// The document of `bilevel search --json`, as JSON text: what came of the run so far.
    ///
    /// # Errors
    /// None that can be reached.
    pub fn summary(&self) -> Result<String, JsError> {
        document::write(&self.run.summary(Stop::Interrupted))
    }

    /// The probability of each choice at each position, one position after the other; nothing where the searcher has no
    /// policy.
    pub fn policy(&self) -> Option<Vec<f64>> {
        self.run.policy().map(|policy| policy.marginals().concat())
    }
}

/// The failure that a function said.
pub(crate) fn failed(reason: &str) -> Failure {
    Failure::new(FailureKind::Failed, reason.chars().take(1000).collect::<String>())
}

/// The line of a log that has this number.
pub(crate) fn read_line(text: &str, number: u64) -> Result<Line, JsError> {
    serde_json::from_str(text).map_err(|error| {
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or(&why);
        JsError::new(&format!("line {number} of the log: not a line of a log ({why})"))
    })
}
