//! A supernet that was trained, as its log has it: what could be derived after each epoch, and what rules over the log say of that.

use bilevel::objective::Instruments;
use bilevel::run::Line;
use bilevel::search::supernet::{Alarm, EarlyStopping, Options, alarmed};

use crate::cell::Benchmark;
use crate::program::Run;
use crate::row::{Key, Row};
use crate::setting::Setting;

/// The epochs of a search.
#[derive(Debug)]
pub(crate) struct Supernet {
    options: Options,
    epochs: Vec<Line>,
    run: Run,
}

impl Supernet {
    /// Trains it, if that was not done.
    pub(crate) fn of(setting: &Setting, searcher: &str, seed: u64) -> Result<Self, String> {
        let run = setting.supernet(searcher, seed)?;
        let epochs = run.lines()?.into_iter().filter(|line| !line.purpose.is_evaluate()).collect();
        Ok(Self { options: run.supernet()?, epochs, run })
    }

    /// What the search ended with, from 1: the last epoch, and the architecture that was best in the end.
    pub(crate) fn ended(&self, key: Key) -> Result<Row, String> {
        let best = self.run.document.best.as_ref().ok_or("a search ended with nothing")?;
        let mut row = self.row(key, self.epochs.len(), &best.architecture)?;
        row.note("seconds", self.run.seconds);
        if let Some(accuracy) = best.values.get("validation_accuracy") {
            row.note("shared", *accuracy);
        }
        Ok(row)
    }

    /// What would have been derived after epoch `epoch`, from 1.
    pub(crate) fn after(&self, key: Key, epoch: usize) -> Result<Row, String> {
        let line = self.epochs.get(epoch - 1).ok_or("an epoch is missing in a log")?;
        let mut row = self.row(key, epoch, &line.architecture)?;
        if let Some(accuracy) = line.values.get("validation_accuracy") {
            row.note("shared", *accuracy);
        }
        Ok(row)
    }

    fn row(&self, key: Key, epoch: usize, architecture: &str) -> Result<Row, String> {
        let line = self.epochs.get(epoch - 1).ok_or("an epoch is missing in a log")?;
        let mut row = Row::new(key, epoch as u32, architecture);
        line.instruments.iter().for_each(|(name, value)| row.note(name, *value));
        if let Some((at, _)) = self.alarm() {
            row.note("alarm", at as f64);
        }
        row.note("seconds", self.run.seconds * epoch as f64 / self.epochs.len() as f64);
        Ok(row)
    }

    /// Processor time of the whole search.
    pub(crate) fn seconds(&self) -> f64 {
        self.run.seconds
    }

    pub(crate) fn length(&self) -> usize {
        self.epochs.len()
    }

    fn instruments(&self) -> Vec<Instruments> {
        self.epochs.iter().map(|line| line.instruments.clone()).collect()
    }

    /// The epoch at which the alarm went off, and the one that `alarm=stop` would have kept, 0 where it was so from the start. A policy
    /// that stands still has no alarm.
    pub(crate) fn alarm(&self) -> Option<(usize, usize)> {
        let (all, frozen) = (self.instruments(), self.options.frozen() as usize);
        if self.options.alarm == Alarm::Off || self.options.policy_steps == Some(0) {
            return None;
        }
        (1..=all.len()).find_map(|now| alarmed(&all[..now], frozen).map(|(_, kept)| (now, kept)))
    }

    /// The epoch at which `rule` would have ended it, and the one that it would have kept.
    pub(crate) fn ended_by(&self, rule: &EarlyStopping) -> Option<(usize, usize)> {
        let all = self.instruments();
        (1..=all.len()).find_map(|now| rule.ends_with(&all[..now]).map(|kept| (now, kept)))
    }
}

/// Says of the architecture of a row what the benchmark does, and what its children had in the test.
pub(crate) fn judge(row: &mut Row, setting: &Setting, benchmark: &Benchmark) -> Result<(), String> {
    let verdict = benchmark.verdict(&benchmark.parse(&row.architecture)?)?;
    let tested = setting.tested(benchmark, &row.architecture, row.key.seed)?;
    row.note("table", verdict.table);
    row.note("weights", verdict.weights as f64);
    row.note("derived_skips", verdict.skips as f64);
    row.note("collapsed", f64::from(u8::from(verdict.collapsed())));
    row.note("test", tested.iter().sum::<f64>() / tested.len() as f64);
    row.note("children", tested.len() as f64);
    Ok(())
}
