//! Replay: ask every trial of a log anew and compare.

use std::fmt;

use super::{Digest, Line, Run, RunError};
use crate::objective::{Answer, Cost, Failure};

/// One field of a line that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field.
    pub field: String,
    /// What it should be.
    pub expected: String,
    /// What the log says.
    pub logged: String,
}

impl Difference {
    pub(super) fn new(field: &str, expected: impl fmt::Display, logged: impl fmt::Display) -> Self {
        Self { field: field.into(), expected: expected.to_string(), logged: logged.to_string() }
    }

    /// Every field in which `logged` differs from what it should be, the digest last. Seconds that a clock measured may
    /// differ.
    pub(super) fn between(logged: &Line, expected: &Line) -> Vec<Self> {
        let Line { id, asked, architecture, epochs, values, loss, cost, failure, elapsed: _, digest } = logged;
        let text = |number: &Option<f64>| number.map_or("null".into(), |number| number.to_string());
        let mut differences = Vec::new();
        let mut compare = |field: &str, expected: String, logged: String| {
            if expected != logged {
                differences.push(Self { field: field.into(), expected, logged });
            }
        };
        compare("id", expected.id.to_string(), id.to_string());
        compare("asked", expected.asked.to_string(), asked.to_string());
        compare("architecture", expected.architecture.clone(), architecture.clone());
        compare("epochs", epochs_text(expected.epochs), epochs_text(*epochs));
        let names: std::collections::BTreeSet<&String> = values.keys().chain(expected.values.keys()).collect();
        for name in names {
            let value = |values: &std::collections::BTreeMap<String, f64>| text(&values.get(name).copied());
            compare(&format!("values.{name}"), value(&expected.values), value(values));
        }
        compare("loss", text(&expected.loss), text(loss));
        compare("cost.measured", expected.cost.measured.to_string(), cost.measured.to_string());
        if !(expected.cost.measured && cost.measured) {
            compare("cost.seconds", expected.cost.seconds.to_string(), cost.seconds.to_string());
        }
        let words = |failure: &Option<Failure>| failure.as_ref().map_or("none".into(), ToString::to_string);
        compare("failure", words(&expected.failure), words(failure));
        compare("digest", expected.digest.to_string(), digest.to_string());
        differences
    }
}

/// Epochs as a difference names them.
pub(super) fn epochs_text(epochs: Option<u32>) -> String {
    epochs.map_or("none".into(), |epochs| epochs.to_string())
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, expected, logged } = self;
        write!(f, "{field} should be {expected}, and the log has {logged}")
    }
}

/// A log that is compared line by line with what a fresh run asks and an objective answers anew.
///
/// Each line is judged by itself, and the searcher goes on with what the log says, as it does on resume. Where an edit
/// changes what the searcher learns, what it asks later differs too, and the comparison ends there.
#[derive(Debug)]
pub struct Replay {
    run: Run,
    digest: Digest,
}

impl Replay {
    /// The replay of a log of the run that `run` is before its first trial.
    pub fn new(run: Run) -> Self {
        Self { run, digest: Digest::start() }
    }

    /// Compares the next line with `answer`, which the objective gave anew to the line's architecture at the
    /// line's epochs.
    ///
    /// # Errors
    /// If the searcher would have asked something else: from there on the log says nothing about this run.
    pub fn compare(&mut self, logged: &Line, answer: Result<Answer, Failure>) -> Result<Vec<Difference>, RunError> {
        let mut expected = Line { digest: self.digest, ..logged.clone() };
        expected.cost = match &answer {
            // A clock measures something else each time; the flag itself is compared.
            Ok(answer) if answer.cost.measured && logged.cost.measured => logged.cost,
            Ok(answer) => answer.cost,
            Err(_) => Cost::default(),
        };
        match self.run.scalarisation.judge(answer) {
            Ok((loss, values)) => {
                expected.loss = Some(loss);
                let names = self.run.metrics.iter().map(|metric| metric.name.clone());
                expected.values = names.zip(values).collect();
                expected.failure = None;
            }
            Err(failure) => {
                expected.values.clear();
                (expected.loss, expected.failure) = (None, Some(failure));
            }
        }
        expected.digest = self.digest.after(logged);
        let mut differences = Difference::between(logged, &expected);
        self.digest = logged.digest;

        // The searcher is told what the log says, by the same rules as on resume but for the digest, judged above.
        let told = Line { digest: self.run.digest.after(logged), ..logged.clone() };
        match self.run.feed(&told) {
            Ok(()) => Ok(differences),
            // A loss that does not follow from the values is in the list already, and was told as it follows.
            Err(RunError::Difference { difference, .. }) if differences.contains(&difference) => Ok(differences),
            Err(RunError::Difference { difference, .. }) if difference.field == "loss" => {
                differences.push(difference);
                Ok(differences)
            }
            Err(error) => Err(error),
        }
    }
}
