//! Replay: ask every trial of a log anew and compare.

use super::{Difference, Digest, Line, Run, RunError, Tolerance};
use crate::objective::{Answer, Cost, Failure, Judged, Purpose};

/// A log that is compared line by line with what a fresh run asks and an objective answers anew.
///
/// Each line is judged by itself, and the searcher goes on with what the log says, as it does on resume. Where an edit
/// changes what the searcher learns, what it asks later differs too, and the comparison ends there.
#[derive(Debug)]
pub struct Replay {
    run: Run,
    digest: Digest,
    tolerance: Tolerance,
    largest: Tolerance,
}

impl Replay {
    /// The replay of a log of the run that `run` is before its first trial; values and loss may differ by `tolerance`.
    pub fn new(run: Run, tolerance: Tolerance) -> Self {
        Self { run, digest: Digest::start(), tolerance, largest: Tolerance::EXACT }
    }

    /// The share by which the values of two answers were apart at most so far, also beyond the tolerance.
    pub fn largest(&self) -> Tolerance {
        self.largest
    }

    /// Compares the next line with `answer`, which the objective gave anew to the line's point at the line's
    /// epochs.
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
        let progress = answer.as_ref().ok().and_then(|answer| answer.progress.clone());
        if cfg!(feature = "supernet")
            && let (Some(progress), Purpose::Train) = (progress, logged.purpose)
        {
            expected.architecture = self.run.space.format(&progress.architecture);
            (expected.policy, expected.instruments) = (Some(progress.policy), progress.instruments);
        }
        match self.run.scalarisation.judge(answer) {
            Ok(Judged { loss, values, slopes }) => {
                expected.loss = Some(loss);
                expected.slopes = slopes.map(|slopes| slopes.0);
                let names = self.run.metrics.iter().map(|metric| metric.name.clone());
                expected.values = names.zip(values).collect();
                expected.failure = None;
            }
            Err(failure) => {
                expected.values.clear();
                (expected.loss, expected.slopes, expected.failure) = (None, None, Some(failure));
                (expected.policy, expected.instruments) = (None, Default::default());
            }
        }
        expected.digest = self.digest.after(logged);
        for (name, value) in &expected.values {
            let apart = logged.values.get(name).map_or(Tolerance::EXACT, |logged| Tolerance::apart(*value, *logged));
            self.largest = if apart > self.largest { apart } else { self.largest };
        }
        let mut differences = Difference::between(logged, &expected, self.tolerance);
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
