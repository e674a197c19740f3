//! A run without a log: the same questions, answers and end, and nothing kept but what a comparison counts.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use super::{Budget, MOST_TRIALS, Stop};
use crate::estimator::Reply;
use crate::objective::{self, Judged, Objective, Scalarisation, Standing};
use crate::search::{Outcome, Searcher};
use crate::space::Architecture;

/// A told trial as it goes by.
#[derive(Debug)]
pub struct Told<'a> {
    /// The architecture that was asked about; `None` for a mixture.
    pub architecture: Option<&'a Architecture>,
    /// At how many epochs, where that was said.
    pub epochs: Option<u32>,
    /// The loss; `None` where the trial failed.
    pub loss: Option<f64>,
    /// The value of every metric; none where the trial failed.
    pub values: &'a [f64],
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Bare {
    /// Told trials, failed ones among them.
    pub trials: u64,
    /// The loss and the values of the told trial that stands best.
    pub best: Option<(f64, Vec<f64>)>,
    /// Why it ended; `None` where `watch` ended it.
    pub stop: Option<Stop>,
}

/// Runs `searcher` on `objective` to the end of `budget`, or until `watch`, which sees every told trial, breaks it off.
///
/// It asks and tells as [`Run`](super::Run) does with [`Order::Asked`](super::Order::Asked), at about a microsecond a
/// trial on a table. The wall time of a budget is not looked at: there is no clock here.
pub fn bare(
    searcher: &mut dyn Searcher,
    objective: &mut dyn Objective,
    scalarisation: &Scalarisation,
    budget: &Budget,
    in_flight: usize,
    mut watch: impl FnMut(&Told<'_>) -> ControlFlow<()>,
) -> Bare {
    let most = budget.trials.unwrap_or(MOST_TRIALS);
    let (mut asked, mut seconds) = (0, 0.0);
    let mut open = VecDeque::with_capacity(in_flight);
    let mut best: Option<(Standing, f64, Vec<f64>)> = None;
    let mut trials = 0;
    let stop = loop {
        while open.len() < in_flight && asked < most {
            let Some(trial) = searcher.ask() else { break };
            asked += 1;
            let answer = objective::answer(objective, &trial);
            open.push_back((trial, answer));
        }
        let Some((trial, answer)) = open.pop_front() else {
            break Some(if asked >= most { Stop::Trials } else { Stop::Exhausted });
        };
        seconds += answer.as_ref().map_or(0.0, |answer| answer.cost.seconds);
        if budget.simulated_seconds.is_some_and(|limit| seconds > limit) {
            break Some(Stop::SimulatedSeconds);
        }
        let (id, architecture) = (trial.id, trial.architecture());
        let (outcome, values) = match scalarisation.judge(answer) {
            Ok(Judged { loss, values, slopes }) => {
                let standing = Standing::new(trial.epochs(), loss, id);
                // Nobody can take a mixture away.
                if architecture.is_some() && best.as_ref().is_none_or(|(least, _, _)| standing < *least) {
                    best = Some((standing, loss, values.clone()));
                }
                let gradient = slopes.and_then(|slopes| scalarisation.slopes(slopes));
                (Outcome::Told(Reply { loss, gradient }), values)
            }
            Err(failure) => (Outcome::Failed(failure), Vec::new()),
        };
        searcher.tell(id, &outcome);
        trials += 1;
        let loss = outcome.reply().map(|reply| reply.loss);
        if watch(&Told { architecture, epochs: trial.epochs(), loss, values: &values }).is_break() {
            break None;
        }
    };
    Bare { trials, best: best.map(|(_, loss, values)| (loss, values)), stop }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{self, RunSpec};

    fn table_run(budget: &str) -> (RunSpec, Box<dyn Objective>, Scalarisation) {
        let text = format!(
            r#"{{"space": "nas-bench-201", "objective": "table", "searcher": "evolution", "budget": {budget}}}"#
        );
        let spec = RunSpec::from_json(&text).unwrap();
        let space = crate::space::Space::new(spec.space.clone()).unwrap();
        let objective = spec.objective.open(&space, None).unwrap();
        let scalarisation = Scalarisation::of_metric(objective.metrics(), None).unwrap();
        (spec, objective, scalarisation)
    }

    fn go(
        spec: &RunSpec,
        objective: &mut dyn Objective,
        scalarisation: &Scalarisation,
        in_flight: usize,
        most: u64,
    ) -> Bare {
        let space = crate::space::Space::new(spec.space.clone()).unwrap();
        let mut searcher = spec.searcher.build(&space, spec.seed).unwrap();
        let mut seen = 0;
        bare(searcher.as_mut(), objective, scalarisation, &spec.budget, in_flight, |_| {
            seen += 1;
            if seen == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    }

    #[test]
    fn simulated_seconds_end_it_where_they_end_a_run_with_a_log() {
        for in_flight in [1, 5] {
            let (mut spec, mut objective, scalarisation) = table_run(r#"{"simulated_seconds": 100000}"#);
            spec.in_flight = Some(in_flight);
            let summary = run::to_end(&spec).unwrap();
            let bare = go(&spec, objective.as_mut(), &scalarisation, in_flight, u64::MAX);
            assert_eq!((bare.trials, bare.stop), (summary.trials, Some(Stop::SimulatedSeconds)));
            assert_eq!(bare.best.map(|best| best.0), summary.best.map(|best| best.loss));
        }
    }

    #[test]
    fn whoever_watches_may_break_it_off() {
        let (spec, mut objective, scalarisation) = table_run(r#"{"trials": 50}"#);
        let bare = go(&spec, objective.as_mut(), &scalarisation, 1, 7);
        assert_eq!((bare.trials, bare.stop), (7, None));
        assert_eq!(go(&spec, objective.as_mut(), &scalarisation, 1, u64::MAX).stop, Some(Stop::Trials));
    }
}
