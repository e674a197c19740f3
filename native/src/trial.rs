//! One trial in a process of its own: the two documents that pass between it and whoever asks, and the asking side.
//!
//! `bilevel trial < trial.json > outcome.json` is the seam at which a cluster's engine can stand: whatever carries the one
//! file there and the other back will do. docs/trial.md describes both.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use bilevel::objective::{Answer, Answers, Cost, Failure, FailureKind, Metric, Objective, Purpose, Trial, TrialId};
use bilevel::run::{RunSpec, SCHEMA_VERSION};
use bilevel::space::Space;
use serde::{Deserialize, Serialize};

/// A question: all that is needed to answer one trial, and nothing that depends on another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// The version of this document.
    pub(crate) schema_version: u32,
    /// The run that the trial belongs to, with every default written out.
    pub(crate) spec: RunSpec,
    /// Where the images or the table are, if they are not built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<PathBuf>,
    /// The number of the trial.
    pub(crate) id: TrialId,
    /// The architecture as text.
    pub(crate) architecture: String,
    /// For whatever the objective draws that is to differ from trial to trial.
    pub(crate) seed: u64,
    /// Epochs, where they are not those of the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) epochs: Option<u32>,
}

/// An answer: values, or a failure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutcomeDocument {
    /// The version of this document.
    pub(crate) schema_version: u32,
    /// The number of the trial.
    pub(crate) id: TrialId,
    /// The values by name of metric; empty for a failed trial.
    pub(crate) values: BTreeMap<String, f64>,
    /// What the answer cost.
    pub(crate) cost: Cost,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<Failure>,
}

impl OutcomeDocument {
    /// The document of an answer.
    pub(crate) fn new(id: TrialId, metrics: &[Metric], answer: Result<Answer, Failure>) -> Self {
        let (values, cost, failure) = match answer {
            Ok(answer) => {
                let names = metrics.iter().map(|metric| metric.name.clone());
                (names.zip(answer.values).collect(), answer.cost, None)
            }
            Err(failure) => (BTreeMap::new(), Cost::default(), Some(failure)),
        };
        Self { schema_version: SCHEMA_VERSION, id, values, cost, failure }
    }

    /// The answer of a document.
    fn answer(self, id: TrialId, metrics: &[Metric]) -> Result<Answer, Failure> {
        let wrong = |what: String| Failure::new(FailureKind::Crashed, what);
        if self.id != id {
            return Err(wrong(format!("the outcome is of trial {}, not of {id}", self.id)));
        }
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let value = |metric: &Metric| {
            self.values.get(&metric.name).copied().ok_or_else(|| wrong(format!("the outcome has no {}", metric.name)))
        };
        let values = metrics.iter().map(value).collect::<Result<_, _>>()?;
        Ok(Answer { cost: self.cost, ..Answer::free(values) })
    }
}

/// An objective whose every trial is answered by a process of its own, so that a crash or a kill for want of memory
/// costs that trial and no more.
#[derive(Debug, Clone)]
pub(crate) struct ChildProcess {
    space: Space,
    spec: RunSpec,
    data: Option<PathBuf>,
    metrics: Vec<Metric>,
}

impl ChildProcess {
    /// For the trials of `spec`, whose objective has `metrics` and whose data is at `data`.
    pub(crate) fn new(space: &Space, spec: &RunSpec, data: Option<PathBuf>, metrics: &[Metric]) -> Self {
        Self { space: space.clone(), spec: spec.clone(), data, metrics: metrics.to_vec() }
    }

    fn ask(&self, question: &Question) -> Result<OutcomeDocument, String> {
        let program = std::env::current_exe().map_err(|error| format!("this program cannot be found: {error}"))?;
        let mut command = Command::new(program);
        command.args(["trial", "--attached"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: Ctrl-C is for this process, which ends its children by ending.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|error| format!("its process cannot start: {error}"))?;
        // Kept open until the child has ended: a child that is attached ends when its input does.
        let mut input = child.stdin.take().ok_or("its process has no input")?;
        let mut text = serde_json::to_vec(question).map_err(|error| error.to_string())?;
        text.push(b'\n');
        // A child that ended before it read says why below.
        let _ = input.write_all(&text).and_then(|()| input.flush());
        let output = child.wait_with_output().map_err(|error| format!("its process cannot be waited for: {error}"))?;
        drop(input);
        if output.status.success() {
            return serde_json::from_slice(&output.stdout)
                .map_err(|error| format!("its outcome cannot be read: {error}"));
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.trim().lines().last().map_or_else(String::new, |line| {
            format!(": {}", line.chars().filter(|c| !c.is_control()).take(300).collect::<String>())
        });
        Err(format!("its process ended by {}{last}", output.status))
    }
}

impl Objective for ChildProcess {
    fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    fn answers(&self) -> Answers {
        Answers { hard: true, slow: true, ..Answers::default() }
    }

    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure> {
        let (Some(architecture), Purpose::Evaluate) = (trial.architecture(), trial.purpose) else {
            return Err(Failure::new(FailureKind::Missing, "a process answers networks that exist, each on its own"));
        };
        let question = Question {
            schema_version: SCHEMA_VERSION,
            spec: self.spec.clone(),
            data: self.data.clone(),
            id: trial.id,
            architecture: self.space.format(architecture),
            seed: trial.seed,
            epochs: trial.epochs(),
        };
        let outcome = self.ask(&question).map_err(|what| Failure::new(FailureKind::Crashed, what))?;
        outcome.answer(trial.id, &self.metrics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bilevel::objective::Direction;

    #[test]
    fn an_answer_comes_back_as_it_went() {
        let metrics = ["a", "b"].map(|name| Metric::new(name, "", Direction::Maximise));
        let answers = [
            Ok(Answer { cost: Cost { seconds: 3.0, measured: true }, ..Answer::free(vec![1.5, -2.0]) }),
            Err(Failure::new(FailureKind::NotFinite, "a is NaN")),
        ];
        for answer in answers {
            let text = serde_json::to_string(&OutcomeDocument::new(4, &metrics, answer.clone())).unwrap();
            let read: OutcomeDocument = serde_json::from_str(&text).unwrap();
            assert_eq!(read.clone().answer(4, &metrics), answer);
            assert_eq!(read.answer(5, &metrics).unwrap_err().kind, FailureKind::Crashed);
        }
        let lacking = OutcomeDocument::new(4, &metrics[..1], Ok(Answer::free(vec![1.0])));
        assert_eq!(lacking.answer(4, &metrics).unwrap_err().message, "the outcome has no b");
    }
}
