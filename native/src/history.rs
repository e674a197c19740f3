//! What a run looked like as it went: for the report.

use bilevel::figure::curve::Point;
use bilevel::objective::Standing;
use bilevel::run::{Line, Run};

/// The most snapshots of the policy that are kept; beyond it every other one is dropped.
const MOST_SNAPSHOTS: usize = 80;

/// How many of the best trials are kept.
const MOST_BEST: usize = 20;

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
    /// A snapshot after every so many trials.
    every: u64,
}

impl History {
    pub(crate) fn new(run: &Run) -> Self {
        let snapshots = run.policy().map(|policy| (0, policy.marginals())).into_iter().collect();
        Self { points: Vec::new(), snapshots, best: Vec::new(), every: 1 }
    }

    /// Takes in the line that `run` just told.
    pub(crate) fn record(&mut self, run: &Run, line: &Line) {
        let value = line.values.get(&run.metric().name).copied();
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
