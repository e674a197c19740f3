//! Never work for the same answer twice: a memory around an objective whose answers depend on the architecture alone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Answer, Answers, Failure, Known, Metric, Objective, Purpose, Trial};
use crate::space::Architecture;

/// What several [`Cached`] objectives know together.
pub type Memory = Arc<Mutex<BTreeMap<Architecture, Vec<f64>>>>;

/// An objective that answers a repeated architecture from memory, at no cost.
///
/// Fit for objectives whose answer is a function of the architecture, so that remembering changes no result.
#[derive(Debug)]
pub struct Cached<O> {
    objective: O,
    memory: Memory,
}

impl<O: Objective> Cached<O> {
    /// `objective` with a memory that others may share.
    pub fn new(objective: O, memory: Memory) -> Self {
        Self { objective, memory }
    }
}

/// Puts an answer that a log holds into `memory`.
pub fn remember(memory: &Memory, architecture: Architecture, values: Vec<f64>) {
    memory.lock().unwrap_or_else(PoisonError::into_inner).insert(architecture, values);
}

impl<O: Objective> Objective for Cached<O> {
    fn metrics(&self) -> &[Metric] {
        self.objective.metrics()
    }

    fn answers(&self) -> Answers {
        self.objective.answers()
    }

    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure> {
        let (Some(architecture), Purpose::Evaluate, None) = (trial.architecture(), trial.purpose, trial.fidelity)
        else {
            return self.objective.answer(trial);
        };
        let known = self.memory.lock().unwrap_or_else(PoisonError::into_inner).get(architecture).cloned();
        if let Some(values) = known {
            return Ok(Answer::free(values));
        }
        let answer = self.objective.answer(trial)?;
        remember(&self.memory, architecture.clone(), answer.values.clone());
        Ok(answer)
    }

    fn known(&self) -> Known {
        self.objective.known()
    }
}

#[cfg(test)]
mod tests {
    use super::super::chain::Chain;
    use super::super::function::Function;
    use super::super::{Direction, answer};
    use super::*;

    #[test]
    fn a_repeat_is_not_computed_again_and_a_failure_is() {
        let mut calls = 0;
        let function = Function::new(vec![Metric::new("n", "", Direction::Maximise)], move |h: &Architecture| {
            calls += 1;
            if h.choices() == [1] { Err("no".into()) } else { Ok(vec![f64::from(calls)]) }
        });
        let mut cached = Cached::new(function, Memory::default());
        let mut ask = |k: u8| answer(&mut cached, &Trial::evaluate(0, Architecture::new([k]), 0)).map(|a| a.values[0]);
        assert_eq!(ask(0), Ok(1.0));
        assert_eq!(ask(0), Ok(1.0));
        assert!(ask(1).is_err());
        assert!(ask(1).is_err());
        assert_eq!(ask(2), Ok(4.0));
    }

    #[test]
    fn what_is_known_passes_through() {
        let chain = Chain::new(vec![vec![1.0, 3.0]], vec![]).unwrap();
        let known = Known { optimum: Some(1.0), mean: Some(2.0) };
        assert_eq!(Cached::new(chain, Memory::default()).known(), known);
    }
}
