//! Never work for the same answer twice: a memory around an objective whose answers depend on the architecture and the
//! fidelity alone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Answer, Answers, Failure, Known, Metric, Mixture, Objective, Purpose, Trial};
use crate::space::Architecture;

/// What several [`Cached`] objectives know together: values by architecture and epochs, as the trial named them.
pub type Memory = Arc<Mutex<BTreeMap<(Architecture, Option<u32>), Vec<f64>>>>;

/// An objective that answers a repeated architecture at a repeated fidelity from memory, at no cost.
///
/// Fit for objectives whose answer is a function of architecture and fidelity, so that remembering changes no result.
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
pub fn remember(memory: &Memory, architecture: Architecture, epochs: Option<u32>, values: Vec<f64>) {
    memory.lock().unwrap_or_else(PoisonError::into_inner).insert((architecture, epochs), values);
}

impl<O: Objective> Objective for Cached<O> {
    fn metrics(&self) -> &[Metric] {
        self.objective.metrics()
    }

    fn answers(&self) -> Answers {
        self.objective.answers()
    }

    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure> {
        let (Some(architecture), Purpose::Evaluate) = (trial.architecture(), trial.purpose) else {
            return self.objective.answer(trial);
        };
        let question = (architecture.clone(), trial.epochs());
        let known = self.memory.lock().unwrap_or_else(PoisonError::into_inner).get(&question).cloned();
        if let Some(values) = known {
            return Ok(Answer::free(values));
        }
        let answer = self.objective.answer(trial)?;
        remember(&self.memory, question.0, question.1, answer.values.clone());
        Ok(answer)
    }

    fn known(&self) -> Known {
        self.objective.known()
    }

    fn expectation(&self, mixture: &Mixture) -> Option<(f64, Mixture)> {
        self.objective.expectation(mixture)
    }
}

#[cfg(test)]
mod tests {
    use super::super::chain::Chain;
    use super::super::function::Function;
    use super::super::{Direction, answer};
    use super::*;

    /// Answers with the number of its calls; the architecture 1 fails.
    fn counting() -> impl Objective {
        let mut calls = 0;
        Function::new(vec![Metric::new("n", "", Direction::Maximise)], move |h: &Architecture| {
            calls += 1;
            if h.choices() == [1] { Err("no".into()) } else { Ok(vec![f64::from(calls)]) }
        })
    }

    #[test]
    fn a_repeat_is_not_computed_again_and_a_failure_is() {
        let mut cached = Cached::new(counting(), Memory::default());
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

    #[test]
    fn each_fidelity_has_an_answer_of_its_own() {
        let memory = Memory::default();
        remember(&memory, Architecture::new([0u8]), Some(9), vec![90.0]);
        let mut cached = Cached::new(counting(), memory);
        let trial = Trial::evaluate(0, Architecture::new([0u8]), 0);
        let mut ask = |epochs| answer(&mut cached, &trial.clone().with_epochs(epochs)).map(|a| a.values[0]);
        let asked = [Some(1), Some(3), None, Some(1), Some(3), None, Some(9)].map(|epochs| ask(epochs).unwrap());
        assert_eq!(asked, [1.0, 2.0, 3.0, 1.0, 2.0, 3.0, 90.0]);
    }
}
