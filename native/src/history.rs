//! What a run looked like as it went: for the screen and the report.

use bilevel::figure::curve::Point;
use bilevel::run::{Line, Run};

/// The most snapshots of the policy that are kept; beyond it every other one is dropped.
const MOST_SNAPSHOTS: usize = 80;

/// The policy after so many told trials, as marginal probabilities `[L][K_l]`.
pub(crate) type Snapshot = (u64, Vec<Vec<f64>>);

/// Points and snapshots, collected line by line.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) points: Vec<Point>,
    pub(crate) snapshots: Vec<Snapshot>,
    /// A snapshot after every so many trials.
    every: u64,
}

impl History {
    pub(crate) fn new(run: &Run) -> Self {
        let snapshots = run.policy().map(|policy| (0, policy.marginals())).into_iter().collect();
        Self { points: Vec::new(), snapshots, every: 1 }
    }

    /// Takes in the line that `run` just told.
    pub(crate) fn record(&mut self, run: &Run, line: &Line) {
        self.points.push(Point { id: line.id, value: line.values.get(&run.metric().name).copied() });
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
