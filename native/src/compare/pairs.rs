//! Whether one searcher is better than another: every pair, with an interval, a test and an effect size.

use serde::Serialize;

use super::row::Row;
use super::{OneRun, Plan};
use crate::statistics::{Difference, welch, welch_p};

/// Two searchers by one reported metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Pair {
    /// The first.
    pub(crate) a: String,
    /// The second.
    pub(crate) b: String,
    /// The reported metric.
    pub(crate) metric: String,
    /// Mean of a less mean of b, with its 95 % interval (Welch).
    pub(crate) difference: Difference,
    /// The p-value of Welch's test, multiplied for all pairs of this metric as Holm 1979 does.
    pub(crate) p: f64,
    /// The probability that a run of a has a larger value than one of b, ties counted half.
    pub(crate) superiority: f64,
}

/// All pairs by every reported metric; none of a searcher with fewer than two results.
pub(crate) fn pairs(plan: &Plan, rows: &[Row], runs: &[Vec<OneRun>]) -> Vec<Pair> {
    let mut all = Vec::new();
    for (place, metric) in plan.report.iter().enumerate() {
        let values: Vec<Vec<f64>> =
            runs.iter().map(|runs| runs.iter().filter_map(|run| Some(run.report.as_ref()?[place])).collect()).collect();
        let mut pairs = Vec::new();
        for (i, a) in values.iter().enumerate() {
            for (j, b) in values.iter().enumerate().skip(i + 1) {
                if a.len() > 1 && b.len() > 1 {
                    pairs.push(Pair {
                        a: rows[i].searcher.clone(),
                        b: rows[j].searcher.clone(),
                        metric: plan.metrics[*metric].name.clone(),
                        difference: welch(a, b),
                        p: welch_p(a, b),
                        superiority: superiority(a, b),
                    });
                }
            }
        }
        holm(&mut pairs);
        all.extend(pairs);
    }
    all
}

/// The least p by the number of pairs, the next by one less, and so on, never less than the one before.
fn holm(pairs: &mut [Pair]) {
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_by(|i, j| pairs[*i].p.total_cmp(&pairs[*j].p));
    let mut before: f64 = 0.0;
    for (rank, index) in order.into_iter().enumerate() {
        before = before.max(pairs[index].p * (pairs.len() - rank) as f64).min(1.0);
        pairs[index].p = before;
    }
}

/// U / (n·m) of Mann and Whitney 1947, by sorting.
fn superiority(a: &[f64], b: &[f64]) -> f64 {
    let mut sorted = b.to_vec();
    sorted.sort_by(f64::total_cmp);
    let wins = |x: &f64| {
        let below = sorted.partition_point(|y| y < x);
        let ties = sorted.partition_point(|y| y <= x) - below;
        below as f64 + 0.5 * ties as f64
    };
    a.iter().map(wins).sum::<f64>() / (a.len() * b.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn superiority_counts_ties_half() {
        assert_eq!(superiority(&[2.0, 3.0], &[1.0, 2.0]), 0.875);
        assert_eq!(superiority(&[1.0], &[1.0]), 0.5);
    }

    #[test]
    fn holm_multiplies_step_by_step() {
        let pair = |p| Pair {
            a: String::new(),
            b: String::new(),
            metric: String::new(),
            difference: Difference { mean: 0.0, low: 0.0, high: 0.0 },
            p,
            superiority: 0.5,
        };
        let mut pairs = [0.04, 0.01, 0.03].map(pair);
        holm(&mut pairs);
        let adjusted = pairs.map(|pair| pair.p);
        assert!(adjusted.iter().zip([0.06, 0.03, 0.06]).all(|(a, b)| (a - b).abs() < 1e-12), "{adjusted:?}");
    }
}
