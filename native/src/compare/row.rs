//! What a comparison says of one searcher.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{OneRun, Plan};
use crate::statistics::moments;

/// The row of one searcher.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Row {
    /// As it was named, options included.
    pub(crate) searcher: String,
    /// Its runs.
    pub(crate) seeds: usize,
    /// Told trials of a run.
    pub(crate) trials: MeanStd,
    /// Epochs that the networks of a run were trained, all together, where networks are trained: searchers that ask for few
    /// epochs are cheaper by the trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) epochs: Option<MeanStd>,
    /// By name, the reported metrics of the best of each run, over the runs in which a trial succeeded.
    pub(crate) report: BTreeMap<String, Spread>,
    /// Runs in which no trial succeeded, where there are any.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) without_result: usize,
    /// The share of runs that reached the target, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hit_rate: Option<f64>,
    /// Distinct architectures until then, over the runs that did; null where none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trials_to_target: Option<Option<Quartiles>>,
}

/// A mean and the standard deviation of the sample (n − 1).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct MeanStd {
    pub(crate) mean: f64,
    pub(crate) std: f64,
}

/// The same with the ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Spread {
    pub(crate) mean: f64,
    pub(crate) std: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// A mean and the quartiles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Quartiles {
    pub(crate) mean: f64,
    pub(crate) median: f64,
    pub(crate) q25: f64,
    pub(crate) q75: f64,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The row of each searcher of `plan`, whose runs are `[searcher][seed]`.
pub(crate) fn rows(plan: &Plan, runs: &[Vec<OneRun>]) -> Vec<Row> {
    plan.searchers.iter().zip(runs).map(|((text, _), runs)| row(plan, text, runs)).collect()
}

fn row(plan: &Plan, searcher: &str, runs: &[OneRun]) -> Row {
    let reported =
        |place: usize| -> Vec<f64> { runs.iter().filter_map(|run| Some(run.report.as_ref()?[place])).collect() };
    let names = plan.report.iter().map(|metric| plan.metrics[*metric].name.clone());
    let report = names.enumerate().filter_map(|(place, name)| Some((name, spread(&reported(place))?)));
    let hits: Vec<f64> = runs.iter().filter_map(|run| Some(run.hit? as f64)).collect();
    let trials: Vec<f64> = runs.iter().map(|run| run.trials as f64).collect();
    let epochs: Option<Vec<f64>> = runs.iter().map(|run| run.epochs.map(|epochs| epochs as f64)).collect();
    Row {
        searcher: searcher.into(),
        seeds: runs.len(),
        trials: MeanStd::of(&trials),
        epochs: epochs.map(|epochs| MeanStd::of(&epochs)),
        report: report.collect(),
        without_result: runs.iter().filter(|run| run.report.is_none()).count(),
        hit_rate: plan.target.map(|_| hits.len() as f64 / runs.len() as f64),
        trials_to_target: plan.target.map(|_| quartiles(&hits)),
    }
}

impl MeanStd {
    /// Of one value the deviation is 0.
    fn of(values: &[f64]) -> Self {
        let (mean, variance) = moments(values);
        Self { mean, std: if values.len() < 2 { 0.0 } else { variance.sqrt() } }
    }
}

impl fmt::Display for MeanStd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} ± {:.0}", self.mean, self.std)
    }
}

fn spread(values: &[f64]) -> Option<Spread> {
    let min = values.iter().copied().reduce(f64::min)?;
    let max = values.iter().copied().reduce(f64::max)?;
    let MeanStd { mean, std } = MeanStd::of(values);
    Some(Spread { mean, std, min, max })
}

/// None of no value.
fn quartiles(values: &[f64]) -> Option<Quartiles> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share| quantile(&sorted, share);
    Some(Quartiles { mean: moments(values).0, median: at(0.5)?, q25: at(0.25)?, q75: at(0.75)? })
}

/// The quantile of sorted values with linear interpolation between neighbours (Hyndman and Fan 1996, type 7).
pub(crate) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * (sorted.len().checked_sub(1)?) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    let above = sorted.get(below + 1).copied().unwrap_or(sorted[below]);
    Some(sorted[below] + part * (above - sorted[below]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        let values = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(
            [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| quantile(&values, share).unwrap()),
            [1.0, 1.75, 3.0, 5.0, 8.0]
        );
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[3.0], 0.75), Some(3.0));
    }

    #[test]
    fn a_single_value_has_no_deviation() {
        assert_eq!(spread(&[2.0]), Some(Spread { mean: 2.0, std: 0.0, min: 2.0, max: 2.0 }));
        let Spread { mean, std, min, max } = spread(&[1.0, 3.0]).unwrap();
        assert_eq!((mean, min, max), (2.0, 1.0, 3.0));
        assert!((std - 2f64.sqrt()).abs() < 1e-12, "the sample's, n − 1");
        assert_eq!(spread(&[]), None);
        assert_eq!(quartiles(&[]), None);
    }
}
