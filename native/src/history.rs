//! What a run looked like as it went: for the report.

use bilevel::figure::curve::Point;
use bilevel::figure::front;
use bilevel::objective::{Instruments, Standing};
use bilevel::run::{Line, Run};

/// The most snapshots of the policy that are kept; beyond it every other one is dropped.
const MOST_SNAPSHOTS: usize = 80;

/// How many of the best trials are kept.
const MOST_BEST: usize = 20;

/// How many trials are drawn behind a Pareto front.
const MOST_PAIRS: usize = 3000;

/// One of the best trials.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Good {
    standing: Standing,
    pub(crate) id: u64,
    pub(crate) architecture: String,
    /// The epochs that were asked for, if the searcher named any.
    pub(crate) epochs: Option<u32>,
    /// The value of the search metric.
    pub(crate) value: f64,
}

/// The policy after so many told trials, as marginal probabilities `[L][K_l]`.
pub(crate) type Snapshot = (u64, Vec<Vec<f64>>);

/// Points and snapshots, collected line by line.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) points: Vec<Point>,
    pub(crate) snapshots: Vec<Snapshot>,
    /// The best trials, best first.
    pub(crate) best: Vec<Good>,
    /// The first two metrics of the front, where one is kept, of the first trials.
    pub(crate) pairs: Vec<front::Pair>,
    /// What the epochs of a supernet measured, in their order.
    pub(crate) epochs: Vec<Instruments>,
    /// A snapshot after every so many trials.
    every: u64,
}

impl History {
    pub(crate) fn new(run: &Run) -> Self {
        let snapshots = run.policy().map(|policy| (0, policy.marginals())).into_iter().collect();
        Self { points: Vec::new(), snapshots, best: Vec::new(), pairs: Vec::new(), epochs: Vec::new(), every: 1 }
    }

    /// Takes in the line that `run` just told.
    pub(crate) fn record(&mut self, run: &Run, line: &Line) {
        let value = line.values.get(&run.metric().name).copied().filter(|_| line.is_of_an_architecture());
        if !line.purpose.is_evaluate() {
            self.epochs.push(line.instruments.clone());
        }
        self.points.push(Point { id: line.id, value, epochs: line.epochs });
        if let (Some(loss), Some(value)) = (line.loss, value) {
            let standing = Standing::new(line.epochs, loss, line.id);
            let place = self.best.partition_point(|good| good.standing < standing);
            if place < MOST_BEST {
                let (id, architecture, epochs) = (line.id, line.architecture.clone(), line.epochs);
                self.best.insert(place, Good { standing, id, architecture, epochs, value });
                self.best.truncate(MOST_BEST);
            }
        }
        if let Some(([first, second, ..], _)) = run.front()
            && self.pairs.len() < MOST_PAIRS
            && line.is_of_an_architecture()
            && let (Some(a), Some(b)) = (line.values.get(&first.name), line.values.get(&second.name))
        {
            self.pairs.push([*a, *b]);
        }
        if let Some(policy) = run.policy()
            && run.told().is_multiple_of(self.every)
        {
            self.snapshots.push((run.told(), policy.marginals()));
            if self.snapshots.len() > MOST_SNAPSHOTS {
                let mut index = 0;
                self.snapshots.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.every *= 2;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bilevel::objective::Answer;
    use bilevel::run::{RunSpec, Step};

    use super::*;

    #[test]
    fn those_of_the_most_epochs_come_first_whatever_their_loss() {
        let spec = r#"{"space": "sequence:5x5", "objective": "chain", "searcher": "asha", "budget": {"trials": 20}}"#;
        let objective = bilevel::objective::Metric::new("loss", "", bilevel::objective::Direction::Minimise);
        let mut run = Run::new(&RunSpec::from_json(spec).unwrap(), &[objective]).unwrap();
        let mut history = History::new(&run);
        loop {
            match run.step(0.0) {
                // Worse with every epoch.
                Step::Ask(trial) => {
                    let loss = 100.0 * f64::from(trial.epochs().unwrap()) - trial.id as f64;
                    run.answer(trial.id, Ok(Answer::free(vec![loss])));
                }
                Step::Told(line) => history.record(&run, &line),
                Step::Wait | Step::Finished(_) => break,
            }
        }
        let epochs: Vec<u32> = history.best.iter().filter_map(|good| good.epochs).collect();
        assert!(epochs.is_sorted_by(|a, b| a >= b) && epochs.contains(&1) && epochs[0] == 9, "{epochs:?}");
        assert_eq!(history.best[0].id, run.best().unwrap().id);
    }
}
