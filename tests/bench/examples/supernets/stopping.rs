//! When to stop: what is derived from a long search after each epoch, trained and tested, beside what could be measured then.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use bilevel::search::supernet::{EarlyStopping, EigenvalueRule, SkipRule};

use crate::cell::Benchmark;
use crate::rank::spearman;
use crate::row::{Kept, Key, Row};
use crate::setting::Setting;
use crate::supernet::{Supernet, judge};
use crate::words::{accuracy, differences, interval_of, interval_of_ranks, mean_of, number};

/// A long search with these searchers.
#[derive(Debug)]
pub(crate) struct Stopping {
    pub(crate) setting: Setting,
    pub(crate) searchers: &'static [&'static str],
    /// The epochs whose architectures are trained and tested, ascending; the last is that of the search.
    pub(crate) epochs: &'static [usize],
}

/// What could have ended it, by its name in the table.
pub(crate) const RULES: [&str; 3] = ["early_stopping=eigenvalue", "early_stopping=skips", "alarm=stop"];

/// Epochs at which everything could be ended without looking.
const ALWAYS: [usize; 3] = [5, 10, 20];

/// What is held against the child's accuracy: the name of the instrument, and how it is called here.
const SIGNS: [(&str, &str); 7] = [
    ("generalisation_gap", "generalisation gap"),
    ("eigenvalue", "eigenvalue"),
    ("skip_share", "skip share"),
    ("discretisation_gap", "discretisation gap"),
    ("relaxed_loss", "relaxed loss"),
    ("derived_loss", "derived loss"),
    ("shared", "accuracy with shared weights"),
];

impl Stopping {
    /// Runs what is missing up to so many seeds; lines are kept as they come.
    pub(crate) fn measure(&self, seeds: u64, kept: &mut Kept, benchmark: &Benchmark) -> Result<(), String> {
        for seed in 1..=seeds {
            for searcher in self.searchers {
                let supernet = Supernet::of(&self.setting, searcher, seed)?;
                let mut rows = Vec::new();
                for epoch in self.epochs {
                    rows.push(supernet.after(self.key(searcher, seed, &of_epoch(*epoch)), *epoch)?);
                }
                for rule in RULES {
                    let ended = self.ended_by(&supernet, rule);
                    let mut row = supernet
                        .after(self.key(searcher, seed, rule), ended.map_or(supernet.length(), |(_, kept)| kept))?;
                    row.note("ended", ended.map_or(f64::NAN, |(at, _)| at as f64));
                    rows.push(row);
                }
                rows.iter_mut().try_for_each(|row| judge(row, &self.setting, benchmark))?;
                kept.take(rows)?;
            }
        }
        Ok(())
    }

    /// The epoch at which a rule ends the search, and the one that it keeps.
    fn ended_by(&self, supernet: &Supernet, rule: &str) -> Option<(usize, usize)> {
        match rule {
            "early_stopping=eigenvalue" => supernet.ended_by(&EarlyStopping::Eigenvalue(EigenvalueRule::default())),
            "early_stopping=skips" => supernet.ended_by(&EarlyStopping::Skips(SkipRule::default())),
            _ => supernet.alarm().filter(|(_, kept)| *kept > 0),
        }
    }

    fn key(&self, searcher: &str, seed: u64, pick: &str) -> Key {
        Key { part: self.setting.name.into(), searcher: searcher.into(), seed, pick: pick.into() }
    }

    pub(crate) fn rows<'a>(&'a self, kept: &'a Kept, searcher: &'a str, pick: &str) -> Vec<&'a Row> {
        let of = |row: &&Row| row.key.searcher == searcher && row.key.pick == pick;
        kept.part(self.setting.name).filter(of).collect()
    }

    /// The lines of the epochs of a searcher, in their order.
    pub(crate) fn epochs<'a>(&'a self, kept: &'a Kept, searcher: &'a str) -> Vec<(usize, Vec<&'a Row>)> {
        let rows = self.epochs.iter().map(|epoch| (*epoch, self.rows(kept, searcher, &of_epoch(*epoch))));
        rows.filter(|(_, rows)| !rows.is_empty()).collect()
    }

    /// A line for each epoch.
    pub(crate) fn by_epoch(&self, kept: &Kept, searcher: &str) -> String {
        let mut text = "| epoch | child's test accuracy, % | NAS-Bench-201's table, % | generalisation gap, nats | eigenvalue | skip share | discretisation gap, nats | derived loss, nats | collapsed |\n|---|---|---|---|---|---|---|---|---|\n".to_owned();
        for (epoch, rows) in self.epochs(kept, searcher) {
            let _ = writeln!(
                text,
                "| {epoch} | {} | {} | {} | {} | {} | {} | {} | {} of {} |",
                accuracy(&rows, "test"),
                number(mean_of(&rows, "table"), 1),
                number(mean_of(&rows, "generalisation_gap"), 3),
                number(mean_of(&rows, "eigenvalue"), 3),
                number(mean_of(&rows, "skip_share"), 2),
                number(mean_of(&rows, "discretisation_gap"), 2),
                number(mean_of(&rows, "derived_loss"), 2),
                rows.iter().filter(|row| row.get("collapsed") == Some(1.0)).count(),
                rows.len(),
            );
        }
        text
    }

    /// A line for each rule and searcher: what it would have taken, less what the last epoch gives.
    pub(crate) fn by_rule(&self, kept: &Kept) -> String {
        let mut text = "| searcher | rule | ends | keeps epoch | child's test accuracy, % | less that of the last epoch | NAS-Bench-201's table, % | less that of the last epoch |\n|---|---|---|---|---|---|---|---|\n".to_owned();
        for searcher in self.searchers {
            let last = self.rows(kept, searcher, &of_epoch(self.setting.epochs as usize));
            let rules = RULES.map(|rule| (format!("`{rule}`"), self.rows(kept, searcher, rule), true));
            let always = ALWAYS
                .map(|epoch| (format!("always epoch {epoch}"), self.rows(kept, searcher, &of_epoch(epoch)), false));
            let known = ("best of the epochs, by the test itself".to_owned(), self.best(kept, searcher), false);
            for (rule, rows, looks) in rules.into_iter().chain(always).chain([known]) {
                let ended = rows.iter().filter(|row| row.get("ended").is_some() || !looks);
                let epochs: Vec<f64> = ended.map(|row| f64::from(row.epoch)).collect();
                let mean = (!epochs.is_empty()).then(|| epochs.iter().sum::<f64>() / epochs.len() as f64);
                let ends = if looks { format!("{} of {}", epochs.len(), rows.len()) } else { String::new() };
                let _ = writeln!(
                    text,
                    "| `{searcher}` | {rule} | {ends} | {} | {} | {} | {} | {} |",
                    number(mean, 0),
                    accuracy(&rows, "test"),
                    interval_of(&differences(&rows, &last, "test"), 1),
                    number(mean_of(&rows, "table"), 1),
                    interval_of(&differences(&rows, &last, "table"), 1),
                );
            }
        }
        text
    }

    /// A line for each instrument: how its order over the epochs of a search goes with that of what the children have.
    pub(crate) fn signs(&self, kept: &Kept) -> String {
        let mut text = "| instrument |".to_owned();
        for searcher in self.searchers {
            let _ = write!(text, " `{searcher}`: with the child's test accuracy | with NAS-Bench-201's table |");
        }
        let _ = write!(text, "\n|---|{}\n", "---|---|".repeat(self.searchers.len()));
        for (sign, name) in SIGNS {
            let _ = write!(text, "| {name} |");
            for searcher in self.searchers {
                for outcome in ["test", "table"] {
                    let _ = write!(text, " {} |", interval_of_ranks(&self.correlations(kept, searcher, sign, outcome)));
                }
            }
            text.push('\n');
        }
        text
    }

    /// Spearman's ρ over the epochs of each search, one number a seed.
    fn correlations(&self, kept: &Kept, searcher: &str, sign: &str, outcome: &str) -> Vec<f64> {
        let all: Vec<&Row> = self.epochs(kept, searcher).into_iter().flat_map(|(_, rows)| rows).collect();
        let of = |seed: u64| {
            let rows = all.iter().filter(|row| row.key.seed == seed);
            let pairs: Vec<(f64, f64)> = rows.filter_map(|row| Some((row.get(sign)?, row.get(outcome)?))).collect();
            spearman(&pairs)
        };
        seeds_of(&all).into_iter().filter_map(of).collect()
    }

    /// Of each seed the line of the epoch whose child was best in the test: what no rule can know.
    fn best<'a>(&'a self, kept: &'a Kept, searcher: &'a str) -> Vec<&'a Row> {
        let all: Vec<&Row> = self.epochs(kept, searcher).into_iter().flat_map(|(_, rows)| rows).collect();
        let of = |seed: u64| {
            let same = all.iter().filter(|row| row.key.seed == seed && row.get("test").is_some()).copied();
            same.max_by(|a, b| a.get("test").partial_cmp(&b.get("test")).unwrap_or(Ordering::Equal))
        };
        seeds_of(&all).into_iter().filter_map(of).collect()
    }
}

fn seeds_of(rows: &[&Row]) -> BTreeSet<u64> {
    rows.iter().map(|row| row.key.seed).collect()
}

/// The name of an epoch's line, in the order of epochs.
fn of_epoch(epoch: usize) -> String {
    format!("epoch {epoch:03}")
}
