//! Is a more accurate gradient a better search? Gradients that are biased, from the roughest to the dearest, and gradients that are not,
//! from the noisiest on; everything else as it is.

use std::fmt::Write as _;

use crate::cell::Benchmark;
use crate::comparison::LAST;
use crate::rank::spearman;
use crate::row::{Kept, Key, Row};
use crate::setting::Setting;
use crate::supernet::{Supernet, judge};
use crate::words::{accuracy, differences, interval_of, interval_of_ranks, loss, mean_of, number};

/// Searchers that differ in how their gradient is estimated.
#[derive(Debug)]
pub(crate) struct Gradients {
    /// The runs are those of the comparison with the same setting, where that has them.
    pub(crate) setting: Setting,
    pub(crate) families: &'static [Family],
}

/// Searchers whose weights learn at the same points.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) name: &'static str,
    /// The loss that they descend, as an instrument.
    pub(crate) descended: &'static str,
    /// From the least accurate gradient to the most.
    pub(crate) ordered: &'static [&'static str],
    /// Others, which have no place in that order.
    pub(crate) beside: &'static [&'static str],
}

/// What is looked at, beside the loss that is descended: the name of the number, and whether more of it is better.
const OUTCOMES: [(&str, bool); 2] = [("derived_loss", false), ("test", true)];

/// The lines of this part of the study.
pub(crate) const PART: &str = "gradients";

impl Gradients {
    /// Runs what is missing up to so many seeds; lines are kept as they come.
    pub(crate) fn measure(&self, seeds: u64, kept: &mut Kept, benchmark: &Benchmark) -> Result<(), String> {
        for seed in 1..=seeds {
            for searcher in self.families.iter().flat_map(|family| family.ordered.iter().chain(family.beside)) {
                let supernet = Supernet::of(&self.setting, searcher, seed)?;
                let key = Key { part: PART.into(), searcher: (*searcher).into(), seed, pick: LAST.into() };
                let mut row = supernet.ended(key)?;
                judge(&mut row, &self.setting, benchmark)?;
                kept.take(vec![row])?;
            }
        }
        Ok(())
    }

    fn rows<'a>(kept: &'a Kept, searcher: &str) -> Vec<&'a Row> {
        kept.part(PART).filter(|row| row.key.searcher == searcher).collect()
    }

    /// A line for each searcher.
    pub(crate) fn outcomes(&self, kept: &Kept) -> String {
        let mut text = "| searcher | seeds | search, CPU s | loss of the mixture, nats | of draws | derived, shared weights | child's test accuracy, % | less that of the first of its kind | NAS-Bench-201's table, % | collapsed |\n|---|---|---|---|---|---|---|---|---|---|\n".to_owned();
        for family in self.families {
            let first = family.ordered.first().map_or_else(Vec::new, |first| Self::rows(kept, first));
            for searcher in family.ordered.iter().chain(family.beside) {
                let rows = Self::rows(kept, searcher);
                if rows.is_empty() {
                    continue;
                }
                let _ = writeln!(
                    text,
                    "| `{searcher}` | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                    rows.len(),
                    number(mean_of(&rows, "seconds"), 0),
                    loss(&rows, "relaxed_loss"),
                    loss(&rows, "expected_loss"),
                    loss(&rows, "derived_loss"),
                    accuracy(&rows, "test"),
                    interval_of(&differences(&rows, &first, "test"), 1),
                    accuracy(&rows, "table"),
                    rows.iter().filter(|row| row.get("collapsed") == Some(1.0)).count(),
                );
            }
        }
        text
    }

    /// A line for each family: how the order of accuracy goes with that of what comes out, better being more.
    pub(crate) fn order(&self, kept: &Kept) -> String {
        let mut text = "| gradients, from the least accurate to the most | loss that is descended | derived, shared weights | child's test accuracy | NAS-Bench-201's table |\n|---|---|---|---|---|\n".to_owned();
        for family in self.families {
            let _ = write!(text, "| {} |", family.name);
            for (outcome, more) in [(family.descended, false)].into_iter().chain(OUTCOMES).chain([("table", true)]) {
                let _ = write!(text, " {} |", interval_of_ranks(&correlations(family, kept, outcome, more)));
            }
            text.push('\n');
        }
        text
    }
}

/// Spearman's ρ between the place in the order and the outcome, a number for each seed that every searcher of the order has.
fn correlations(family: &Family, kept: &Kept, outcome: &str, more_is_better: bool) -> Vec<f64> {
    let all: Vec<Vec<&Row>> = family.ordered.iter().map(|searcher| Gradients::rows(kept, searcher)).collect();
    let Some(first) = all.first() else { return Vec::new() };
    let of = |seed: u64| {
        let pairs = all.iter().enumerate().map(|(place, rows)| {
            let value = rows.iter().find(|row| row.key.seed == seed)?.get(outcome)?;
            Some((place as f64, if more_is_better { value } else { -value }))
        });
        spearman(&pairs.collect::<Option<Vec<_>>>()?)
    };
    first.iter().filter_map(|row| of(row.key.seed)).collect()
}

/// A searcher in the room beside a plot.
pub(crate) fn short(searcher: &str) -> String {
    let (name, options) = searcher.split_once(':').unwrap_or((searcher, ""));
    let option = |wanted: &str| options.split(',').find_map(|option| option.strip_prefix(wanted)?.strip_prefix('='));
    match (option("hypergradient"), option("estimator.samples")) {
        (Some(way), _) => way.into(),
        (None, Some(samples)) => format!("{}, {samples} paths", name.trim_end_matches("-supernet")),
        (None, None) => searcher.into(),
    }
}
