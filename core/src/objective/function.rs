//! A function as an objective.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Answer, Answers, Direction, Failure, FailureKind, Metric, Objective, Trial};
use crate::space::Architecture;

/// The most metrics of a function.
const MOST_METRICS: usize = 100;

/// What a specification says of a function: what it measures. The function itself is with whoever runs the specification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// What it measures, 1 to 100, each name once; one `loss` without a unit, to be minimised, where nothing is named.
    pub metrics: Vec<Metric>,
}

impl Default for Options {
    fn default() -> Self {
        Self { metrics: vec![Metric::new("loss", "", Direction::Minimise)] }
    }
}

impl Options {
    /// Checks the metrics.
    ///
    /// # Errors
    /// If there are none or too many, or a name is empty or stands twice.
    pub fn check(&self) -> Result<(), String> {
        let Self { metrics } = self;
        if !(1..=MOST_METRICS).contains(&metrics.len()) {
            return Err(format!("a function has 1 to {MOST_METRICS} metrics, got {}", metrics.len()));
        }
        for (place, metric) in metrics.iter().enumerate() {
            let name = &metric.name;
            if name.is_empty() || metrics[..place].iter().any(|earlier| earlier.name == *name) {
                return Err(format!(
                    "every metric of a function has a name of its own, got `{name}` for metric {place}"
                ));
            }
        }
        Ok(())
    }
}

/// An objective from a function of the architecture that gives one value for each metric, or says why not.
///
/// ```
/// use bilevel::objective::{self, Direction, Metric, Trial, function::Function};
/// use bilevel::space::Space;
/// let space = Space::named("sequence:3x2").unwrap();
/// let metric = Metric::new("ones", "", Direction::Maximise);
/// let mut ones = Function::new(vec![metric], |h| Ok(vec![h.choices().iter().map(|k| f64::from(*k)).sum()]));
/// let trial = Trial::evaluate(0, space.parse("1,0,1").unwrap(), 0);
/// assert_eq!(objective::answer(&mut ones, &trial).unwrap().values, [2.0]);
/// ```
pub struct Function<F> {
    metrics: Vec<Metric>,
    function: F,
}

impl<F: FnMut(&Architecture) -> Result<Vec<f64>, String> + Send> Function<F> {
    /// The objective that asks `function` and measures `metrics`.
    pub fn new(metrics: Vec<Metric>, function: F) -> Self {
        Self { metrics, function }
    }
}

impl<F: FnMut(&Architecture) -> Result<Vec<f64>, String> + Send> Objective for Function<F> {
    fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    fn answers(&self) -> Answers {
        Answers { hard: true, ..Answers::default() }
    }

    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure> {
        let Some(architecture) = trial.architecture() else {
            return Err(Failure::new(FailureKind::Missing, "a function answers hard points only"));
        };
        let values = (self.function)(architecture).map_err(|reason| Failure::new(FailureKind::Failed, reason))?;
        Ok(Answer::free(values))
    }
}

impl<F> fmt::Debug for Function<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { metrics, function: _ } = self;
        f.debug_struct("Function").field("metrics", metrics).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Direction, answer};
    use super::*;

    fn ask(value: impl FnMut(&Architecture) -> Result<Vec<f64>, String> + Send) -> String {
        let mut function = Function::new(vec![Metric::new("score", "", Direction::Maximise)], value);
        answer(&mut function, &Trial::evaluate(0, Architecture::new([0u8]), 0)).unwrap_err().to_string()
    }

    #[test]
    fn metrics_have_names_of_their_own() {
        let check = |names: &[&str]| {
            let metrics = names.iter().map(|name| Metric::new(*name, "", Direction::Minimise)).collect();
            Options { metrics }.check().map_err(|reason| reason.split(',').next_back().unwrap_or_default().to_owned())
        };
        assert_eq!(check(&["loss", "size"]), Ok(()));
        assert_eq!(Options::default().check(), Ok(()));
        assert_eq!(check(&["loss", "loss"]), Err(" got `loss` for metric 1".into()));
        assert_eq!(check(&[""]), Err(" got `` for metric 0".into()));
        assert_eq!(check(&[]), Err(" got 0".into()));
        assert_eq!(check(&["a"; 101]), Err(" got 101".into()));
    }

    #[test]
    fn what_goes_wrong_is_a_failure_with_words() {
        assert_eq!(ask(|_| Ok(vec![f64::NAN])), "not-finite: score is NaN");
        assert_eq!(ask(|_| Ok(vec![])), "failed: 0 values given for 1 metrics");
        assert_eq!(ask(|_| Err("out of memory".into())), "failed: out of memory");
        assert_eq!(ask(|_| panic!("broken {}", 7)), "panicked: broken 7");
    }
}
