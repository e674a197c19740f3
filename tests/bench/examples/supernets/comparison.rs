//! Every method on one data set, beside searches that train networks one by one and cost the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::cell::Benchmark;
use crate::cost::Trials;
use crate::rank::spearman;
use crate::row::{Kept, Key, Row};
use crate::setting::Setting;
use crate::supernet::{Supernet, judge};
use crate::words::{accuracy, differences, interval_of, interval_of_rank, mean_of, number, range_of};

/// What trains networks one by one.
const BASELINES: [&str; 2] = ["random", "reinforce"];
/// The architecture that a search ended with, and that with which `alarm=stop` ends it where the alarm goes off.
pub(crate) const LAST: &str = "last";
const STOPPED: &str = "alarm=stop";
/// How many cells are drawn and trained without any search, for each seed, and how they are called.
const UNSEARCHED: usize = 5;
const CELL: &str = "cell ";

/// A data set and the methods that are compared on it.
#[derive(Debug)]
pub(crate) struct Comparison {
    pub(crate) setting: Setting,
    pub(crate) methods: &'static [&'static str],
}

impl Comparison {
    /// Runs what is missing up to so many seeds; lines are kept as they come.
    pub(crate) fn measure(&self, seeds: u64, kept: &mut Kept, benchmark: &Benchmark) -> Result<(), String> {
        for seed in 1..=seeds {
            for method in self.methods {
                let supernet = Supernet::of(&self.setting, method, seed)?;
                let mut rows = vec![supernet.ended(self.key(method, seed, LAST))?];
                if let Some((_, before)) = supernet.alarm().filter(|(_, before)| *before > 0) {
                    rows.push(supernet.after(self.key(method, seed, STOPPED), before)?);
                }
                rows.iter_mut().try_for_each(|row| judge(row, &self.setting, benchmark))?;
                kept.take(rows)?;
            }
            for baseline in BASELINES {
                let run = self.setting.baseline(baseline, seed)?;
                let trials = Trials::new(&run.lines()?, run.seconds);
                let mut rows = self.at_the_same_cost(baseline, seed, &trials)?;
                if baseline == BASELINES[0] {
                    rows.extend(self.unsearched(seed, &trials, benchmark)?);
                }
                rows.iter_mut().try_for_each(|row| judge(row, &self.setting, benchmark))?;
                kept.take(rows)?;
            }
        }
        Ok(())
    }

    /// For each method what one that trains networks one by one has found when it has cost as much, from the same seed.
    fn at_the_same_cost(&self, baseline: &str, seed: u64, trials: &Trials) -> Result<Vec<Row>, String> {
        let row = |method: &&str| {
            let seconds = Supernet::of(&self.setting, method, seed)?.seconds();
            let (count, best) = trials.best_within(seconds).ok_or("all trials of a search failed")?;
            let key = self.key(baseline, seed, &beside(method));
            let mut row = Row::new(key, self.setting.trial_epochs, &best.architecture);
            row.note("trials", count as f64);
            row.note("seconds", trials.until(count));
            row.note("shared", best.accuracy.unwrap_or(f64::NAN));
            Ok(row)
        };
        self.methods.iter().map(row).collect()
    }

    /// The first cells that random search drew and that pass anything on: what is found without a search.
    fn unsearched(&self, seed: u64, trials: &Trials, benchmark: &Benchmark) -> Result<Vec<Row>, String> {
        let mut rows = Vec::new();
        for architecture in trials.architectures() {
            if rows.len() < UNSEARCHED && benchmark.verdict(&benchmark.parse(architecture)?)?.connected {
                let key = self.key(BASELINES[0], seed, &format!("{CELL}{}", rows.len() + 1));
                rows.push(Row::new(key, self.setting.trial_epochs, architecture));
            }
        }
        Ok(rows)
    }

    /// Over all architectures that any search found, each once: how what is known of a cell goes with the test.
    pub(crate) fn agreement(&self, kept: &Kept) -> String {
        let mut cells: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        kept.part(self.setting.name).for_each(|row| cells.entry(&row.architecture).or_default().push(row));
        let mut text =
            format!("| of {} cells | Spearman's ρ with the child's test accuracy |\n|---|---|\n", cells.len());
        for (number, name) in OF_A_CELL {
            let pairs = cells.values().filter_map(|rows| Some((mean_of(rows, number)?, mean_of(rows, "test")?)));
            let pairs: Vec<(f64, f64)> = pairs.collect();
            let shown = spearman(&pairs).map(|rho| interval_of_rank(rho, pairs.len()));
            let _ = writeln!(text, "| {name} | {} |", shown.unwrap_or_else(|| "–".into()));
        }
        text
    }

    fn key(&self, searcher: &str, seed: u64, pick: &str) -> Key {
        let part = self.setting.name.to_owned();
        Key { part, searcher: searcher.into(), seed, pick: pick.into() }
    }

    fn rows<'a>(&'a self, kept: &'a Kept, searcher: &'a str, pick: &str) -> Vec<&'a Row> {
        let pick = pick.to_owned();
        let of = move |row: &&Row| row.key.searcher == searcher && row.key.pick == pick;
        kept.part(self.setting.name).filter(of).collect()
    }

    /// How good what they find is: a line for each method.
    pub(crate) fn found(&self, kept: &Kept) -> String {
        let mut text =
            "| searcher | seeds | search, CPU s | child's test accuracy, % | random search | REINFORCE | less random search | NAS-Bench-201's table, % |\n|---|---|---|---|---|---|---|---|\n".to_owned();
        for method in self.methods {
            let rows = self.rows(kept, method, LAST);
            if rows.is_empty() {
                continue;
            }
            let beside = BASELINES.map(|baseline| self.rows(kept, baseline, &beside(method)));
            let [random, reinforce] = beside.each_ref().map(|rows| {
                let trials = mean_of(rows, "trials").map_or_else(String::new, |trials| format!(" ({trials:.0})"));
                format!("{}{trials}", accuracy(rows, "test"))
            });
            let _ = writeln!(
                text,
                "| `{method}` | {} | {} | {} | {random} | {reinforce} | {} | {} |",
                rows.len(),
                number(mean_of(&rows, "seconds"), 0),
                accuracy(&rows, "test"),
                interval_of(&differences(&rows, &beside[0], "test"), 1),
                range_of(&rows, "table"),
            );
        }
        let cells = self.cells(kept);
        if !cells.is_empty() {
            let (test, table) = (accuracy(&cells, "test"), range_of(&cells, "table"));
            let _ = writeln!(text, "| {} random cells | | 0 | {test} | | | | {table} |", cells.len());
        }
        text
    }

    /// Those that were drawn and trained without a search.
    pub(crate) fn cells<'a>(&'a self, kept: &'a Kept) -> Vec<&'a Row> {
        kept.part(self.setting.name).filter(|row| row.key.pick.starts_with(CELL)).collect()
    }

    /// What becomes of policy and supernet: a line for each method.
    pub(crate) fn ended(&self, kept: &Kept) -> String {
        let mut text = "| searcher | discretisation gap, nats | derived less expected loss, nats | shared weights, % | entropy, nats | skip \
                        share | skips |\n|---|---|---|---|---|---|---|\n"
            .to_owned();
        for method in self.methods {
            let rows = self.rows(kept, method, LAST);
            if rows.is_empty() {
                continue;
            }
            let beyond = rows.iter().filter_map(|row| Some(row.get("derived_loss")? - row.get("expected_loss")?));
            let beyond: Vec<f64> = beyond.collect();
            let _ = writeln!(
                text,
                "| `{method}` | {} | {} | {} | {} | {} | {} |",
                number(mean_of(&rows, "discretisation_gap"), 2),
                number((!beyond.is_empty()).then(|| beyond.iter().sum::<f64>() / beyond.len() as f64), 2),
                number(mean_of(&rows, "shared"), 1),
                number(mean_of(&rows, "entropy"), 1),
                number(mean_of(&rows, "skip_share"), 2),
                number(mean_of(&rows, "derived_skips"), 1),
            );
        }
        text
    }

    /// What the alarm says and what it would change: a line for each method, and one for all.
    pub(crate) fn alarms(&self, kept: &Kept) -> String {
        let mut text = "| searcher | collapsed | alarm | collapsed with `alarm=stop` | child's test accuracy with it, less without | \
                        NAS-Bench-201's table, less without |\n|---|---|---|---|---|---|\n"
            .to_owned();
        let (mut all, mut all_kept) = (Vec::new(), Vec::new());
        for method in self.methods {
            let rows = self.rows(kept, method, LAST);
            let stopped = self.rows(kept, method, STOPPED);
            // Where the alarm keeps an earlier epoch, what it keeps counts.
            let instead = |seed: u64| stopped.iter().find(|row| row.key.seed == seed).copied();
            let after: Vec<&Row> = rows.iter().map(|row| instead(row.key.seed).unwrap_or(row)).collect();
            if !rows.is_empty() {
                let _ = writeln!(text, "| `{method}` {}", alarm(&rows, &after));
            }
            all.extend(rows);
            all_kept.extend(after);
        }
        if !all.is_empty() {
            let _ = writeln!(text, "| all {}", alarm(&all, &all_kept));
        }
        text
    }
}

/// The entries of a line about the alarm: searches to their end, and with `alarm=stop`, in the same order.
fn alarm(rows: &[&Row], after: &[&Row]) -> String {
    let collapsed = |rows: &[&Row]| rows.iter().filter(|row| row.get("collapsed") == Some(1.0)).count();
    let less = |name: &str| -> Vec<f64> {
        let pairs = rows.iter().zip(after);
        pairs.filter_map(|(row, after)| Some(after.get(name)? - row.get(name)?)).collect()
    };
    format!(
        "| {} of {} | {} | {} | {} | {} |",
        collapsed(rows),
        rows.len(),
        rows.iter().filter(|row| row.get("alarm").is_some()).count(),
        collapsed(after),
        interval_of(&less("test"), 1),
        interval_of(&less("table"), 1),
    )
}

/// The name of a number and what it is.
const OF_A_CELL: [(&str, &str); 2] =
    [("table", "accuracy by NAS-Bench-201's table"), ("weights", "operations with weights that the output depends on")];

/// The architecture that a search has found when it has cost what `method` does.
pub(crate) fn beside(method: &str) -> String {
    format!("at the cost of {method}")
}
