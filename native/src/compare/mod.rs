//! Many runs of several searchers side by side, on all cores, without a log.

pub(crate) mod pairs;
pub(crate) mod report;
pub(crate) mod row;
pub(crate) mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bilevel::objective::{Metric, Objective, Scalarisation, Standing};
use bilevel::run::{self, RunSpec};
use bilevel::search::SearcherSpec;
use bilevel::space::Space;

use self::target::Target;
use crate::exit::{Error, Exit};
use crate::session;

/// What is to be compared.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Space, objective, metric, budget and window of every run, and the first seed.
    pub(crate) spec: RunSpec,
    pub(crate) space: Space,
    /// What the objective measures.
    pub(crate) metrics: Vec<Metric>,
    pub(crate) scalarisation: Scalarisation,
    /// The searchers, each with the text that named it.
    pub(crate) searchers: Vec<(String, SearcherSpec)>,
    /// Runs of each searcher, with the seeds that follow the first.
    pub(crate) seeds: usize,
    /// What ends a run early.
    pub(crate) target: Option<Target>,
    /// Whether each seed has a landscape of its own, the same for all searchers.
    pub(crate) landscapes: bool,
    /// Which metrics are reported of the best.
    pub(crate) report: Vec<usize>,
}

/// One run of one searcher.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OneRun {
    /// Told trials.
    pub(crate) trials: u64,
    /// Of the best, the reported metrics; none where no trial succeeded.
    pub(crate) report: Option<Vec<f64>>,
    /// Distinct architectures until the target was reached.
    pub(crate) hit: Option<u64>,
    /// Every improvement of the search metric: after how many trials, and its value.
    pub(crate) improvements: Vec<(u64, f64)>,
    /// Epochs that its networks were trained, each up to the most that was asked of it; none where nothing is trained.
    pub(crate) epochs: Option<u64>,
}

/// All runs, `[searcher][seed]`: the same whatever the number of `objectives`, each of which works on its own thread.
pub(crate) fn run(plan: &Plan, objectives: Vec<Box<dyn Objective>>) -> Result<Vec<Vec<OneRun>>, Error> {
    let count = plan.searchers.len() * plan.seeds;
    // Once for all runs: a table is read to its end for it.
    let target = match objectives.first() {
        Some(objective) if !plan.landscapes => plan.loss_of_target(objective.as_ref())?,
        _ => None,
    };
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<OneRun, Error>>>> = (0..count).map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for mut objective in objectives {
            let (next, results) = (&next, &results);
            scope.spawn(move || {
                loop {
                    let job = next.fetch_add(1, Ordering::Relaxed);
                    if job >= count {
                        return;
                    }
                    // Seed by seed, so that slow searchers do not all stand at the end.
                    let (seed, searcher) = (job / plan.searchers.len(), job % plan.searchers.len());
                    if session::interrupted() {
                        return;
                    }
                    let outcome = one(plan, searcher, seed as u64, objective.as_mut(), target);
                    let place = &results[searcher * plan.seeds + seed];
                    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
                }
            });
        }
    });
    if session::interrupted() {
        return Err(Error::new(
            Exit::Interrupted,
            "interrupted; a comparison keeps no log, so that it begins anew next time",
        ));
    }
    let results = results.into_iter().map(|place| {
        let outcome = place.into_inner().unwrap_or_else(PoisonError::into_inner);
        outcome.expect("every job was taken, and every thread ended well")
    });
    let runs: Vec<OneRun> = results.collect::<Result<_, _>>()?;
    Ok(runs.chunks(plan.seeds).map(<[OneRun]>::to_vec).collect())
}

/// One run; it ends at the loss `target`, unless it has a landscape of its own.
fn one(
    plan: &Plan,
    searcher: usize,
    seed: u64,
    objective: &mut dyn Objective,
    target: Option<f64>,
) -> Result<OneRun, Error> {
    let mut landscape = plan.landscape(seed)?;
    let (objective, target) = match &mut landscape {
        Some(landscape) => {
            let target = plan.loss_of_target(landscape.as_ref())?;
            (landscape.as_mut(), target)
        }
        None => (objective, target),
    };
    let (text, spec) = &plan.searchers[searcher];
    let searcher = spec.build(&plan.space, plan.spec.seed + seed);
    let mut searcher = searcher.map_err(|reason| Error::usage(format!("searcher `{text}`: {reason}")))?;
    let (mut trials, mut best, mut improvements, mut hit) = (0, None::<Standing>, Vec::new(), None);
    let mut distinct = BTreeSet::new();
    // What was trained counts once: a candidate goes on from its weights, and is not trained again for a repeat.
    let (whole, mut trained) = (plan.spec.objective.training().map(|training| training.epochs), BTreeMap::new());
    let go_on = || if session::interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let watch = |told: &run::Told<'_>| {
        trials += 1;
        // A mixture is nothing that could be taken, nor reached.
        let Some(architecture) = told.architecture else { return go_on() };
        if target.is_some() && !distinct.contains(architecture) {
            distinct.insert(architecture.clone());
        }
        if let Some(whole) = whole {
            let epochs = trained.entry(architecture.clone()).or_insert(0);
            *epochs = told.epochs.unwrap_or(whole).max(*epochs);
        }
        let Some(loss) = told.loss else { return ControlFlow::Continue(()) };
        let standing = Standing::new(told.epochs, loss, trials);
        if best.is_none_or(|best| standing < best) {
            best = Some(standing);
            improvements.push((trials, told.values[plan.scalarisation.metric()]));
            if target.is_some_and(|target| loss <= target) {
                hit = Some(distinct.len() as u64);
                return ControlFlow::Break(());
            }
        }
        go_on()
    };
    let in_flight = plan.spec.in_flight();
    let bare = run::bare(searcher.as_mut(), objective, &plan.scalarisation, &plan.spec.budget, in_flight, watch);
    let report = bare.best.map(|(_, values)| plan.report.iter().map(|metric| values[*metric]).collect());
    let epochs = whole.map(|_| trained.into_values().map(u64::from).sum());
    Ok(OneRun { trials: bare.trials, report, hit, improvements, epochs })
}

impl Plan {
    /// The metric that the search looks at.
    pub(crate) fn metric(&self) -> &Metric {
        &self.metrics[self.scalarisation.metric()]
    }

    /// The landscape of a seed, if each has its own.
    fn landscape(&self, seed: u64) -> Result<Option<Box<dyn Objective>>, Error> {
        if !self.landscapes {
            return Ok(None);
        }
        let mut spec = self.spec.objective.clone();
        let landscape = spec.landscape_mut().ok_or_else(|| Error::usage("this objective has no landscapes"))?;
        *landscape = landscape.wrapping_add(seed);
        spec.open(&self.space, self.spec.metric.as_deref()).map(Some).map_err(|error| Error::usage(error.to_string()))
    }

    /// The loss at which a run on `objective` ends, where there is a target.
    pub(crate) fn loss_of_target(&self, objective: &dyn Objective) -> Result<Option<f64>, Error> {
        let loss = |target: Target| target.loss(objective.known(), &self.scalarisation).map_err(Error::usage);
        self.target.map(loss).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bilevel::run::Budget;

    fn plan(target: Option<Target>) -> Plan {
        let text = r#"{"space": "nas-bench-201", "objective": "table", "searcher": "random"}"#;
        let mut spec = RunSpec::from_json(text).unwrap();
        spec.budget = Budget::trials(60);
        let space = Space::new(spec.space.clone()).unwrap();
        let metrics = spec.objective.open(&space, None).unwrap().metrics().to_vec();
        let scalarisation = Scalarisation::of_metric(&metrics, None).unwrap();
        let searchers = crate::named_list::parse("searcher", "random,evolution:population=5,sample=2,local").unwrap();
        Plan { spec, space, metrics, scalarisation, searchers, seeds: 5, target, landscapes: false, report: vec![0, 3] }
    }

    fn objectives(plan: &Plan, count: usize) -> Vec<Box<dyn Objective>> {
        (0..count).map(|_| plan.spec.objective.open(&plan.space, None).unwrap()).collect()
    }

    #[test]
    fn any_number_of_threads_gives_the_same_numbers() {
        let plan = plan(None);
        let one = run(&plan, objectives(&plan, 1)).unwrap();
        assert_eq!(one, run(&plan, objectives(&plan, 3)).unwrap());
        assert_eq!((one.len(), one[0].len()), (3, 5));
        assert_ne!(one[0][0], one[0][1], "another seed is another run");
        // Nor does a searcher depend on who runs beside it.
        for (searcher, runs) in one.iter().enumerate() {
            let alone = Plan { searchers: vec![plan.searchers[searcher].clone()], ..self::plan(None) };
            assert_eq!(run(&alone, objectives(&alone, 2)).unwrap()[0], *runs);
        }
        // The best is what the improvements end with.
        assert_eq!(one[1][2].report.as_ref().unwrap()[0], one[1][2].improvements.last().unwrap().1);
    }

    #[test]
    fn a_target_ends_a_run_and_counts_distinct_architectures() {
        let plan = plan(Some(Target::Value(90.0)));
        let runs = run(&plan, objectives(&plan, 2)).unwrap();
        for run in runs.iter().flatten() {
            let reached = run.improvements.last().unwrap().1 >= 90.0;
            assert_eq!(run.hit.is_some(), reached);
            assert!(run.hit.is_none_or(|hit| hit <= run.trials));
            assert!(reached || run.trials == 60);
        }
        assert!(runs.iter().flatten().any(|run| run.hit.is_some()));
    }

    #[test]
    fn each_seed_may_have_a_landscape_of_its_own() {
        let mut plan = plan(Some(Target::Optimum));
        plan.spec =
            RunSpec::from_json(r#"{"space": "sequence:3x3", "objective": "nk", "searcher": "random"}"#).unwrap();
        plan.spec.budget = Budget::trials(2000);
        plan.space = Space::new(plan.spec.space.clone()).unwrap();
        plan.metrics = plan.spec.objective.open(&plan.space, None).unwrap().metrics().to_vec();
        plan.scalarisation = Scalarisation::of_metric(&plan.metrics, None).unwrap();
        (plan.report, plan.landscapes) = (vec![0], true);
        let runs = run(&plan, objectives(&plan, 2)).unwrap();
        assert!(runs.iter().flatten().all(|run| run.hit.is_some()), "27 architectures, 2,000 draws");
        let best = |searcher: usize, seed: usize| runs[searcher][seed].report.as_ref().unwrap()[0];
        for seed in 0..5 {
            assert!((best(0, seed) - best(2, seed)).abs() < 1e-9, "the optimum of the same landscape");
        }
        assert_ne!(best(0, 0), best(0, 1), "another landscape");
    }
}
