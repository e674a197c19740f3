//! The table that the study keeps: a line for each architecture that came of a run, with all that tables and plots are made from.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// What is measured, in the order of the columns. An entry is empty where it is not known.
///
/// - `seconds`: processor time of the search up to here; `trials`: networks that it trained one by one;
/// - `test`: mean test accuracy in % of networks trained from fresh weights, and `children`, how many;
/// - `shared`: validation accuracy in % with the weights of the supernet, or of the search's own training;
/// - `train_loss` to `eigenvalue`: instruments of the epoch, see docs/supernets.md;
/// - `table`: accuracy in % by NAS-Bench-201's table; `weights`: operations with weights that the output depends on;
/// - `collapsed`: 1 where nothing in the cell learns;
/// - `alarm`: the epoch at which the alarm went off; `ended`: that at which the rule would have ended the search that the architecture is
///   picked by.
pub(crate) const NUMBERS: [&str; 20] = [
    "seconds",
    "trials",
    "test",
    "children",
    "shared",
    "train_loss",
    "relaxed_loss",
    "expected_loss",
    "derived_loss",
    "discretisation_gap",
    "generalisation_gap",
    "entropy",
    "skip_share",
    "derived_skips",
    "eigenvalue",
    "table",
    "weights",
    "collapsed",
    "alarm",
    "ended",
];

/// What names a line: the part of the study, the searcher as the command has it, the seed, and which of the architectures of that
/// run it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) part: String,
    pub(crate) searcher: String,
    pub(crate) seed: u64,
    pub(crate) pick: String,
}

/// A line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) key: Key,
    /// The epoch of the supernet that it is of; of networks trained one by one, their epochs.
    pub(crate) epoch: u32,
    pub(crate) architecture: String,
    numbers: BTreeMap<&'static str, f64>,
}

impl Row {
    pub(crate) fn new(key: Key, epoch: u32, architecture: &str) -> Self {
        Self { key, epoch, architecture: architecture.into(), numbers: BTreeMap::new() }
    }

    /// Takes in the entry `name`, if it is one of [`NUMBERS`].
    pub(crate) fn note(&mut self, name: &str, value: f64) {
        if let Some(name) = NUMBERS.into_iter().find(|known| *known == name).filter(|_| value.is_finite()) {
            self.numbers.insert(name, value);
        }
    }

    /// The entry `name`.
    pub(crate) fn get(&self, name: &str) -> Option<f64> {
        self.numbers.get(name).copied()
    }

    fn write(&self, text: &mut String) {
        let Self { key: Key { part, searcher, seed, pick }, epoch, architecture, numbers } = self;
        // The commas between options would end the column.
        let searcher = searcher.replace(',', " ");
        let _ = write!(text, "{part},{searcher},{seed},{pick},{epoch},{architecture}");
        for name in NUMBERS {
            let _ = write!(text, ",{}", numbers.get(name).map_or_else(String::new, |value| rounded(*value)));
        }
        text.push('\n');
    }

    fn read(line: &str) -> Option<Self> {
        let mut fields = line.split(',');
        let mut next = || fields.next();
        let (part, searcher, seed) = (next()?.into(), next()?.replace(' ', ","), next()?.parse().ok()?);
        let key = Key { part, searcher, seed, pick: next()?.into() };
        let mut row = Self::new(key, next()?.parse().ok()?, next()?);
        for name in NUMBERS {
            match next()? {
                "" => {}
                number => row.note(name, number.parse().ok()?),
            }
        }
        next().is_none().then_some(row)
    }
}

/// With five digits behind the point.
fn rounded(value: f64) -> String {
    let text = format!("{value:.5}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

/// The file with all lines.
#[derive(Debug)]
pub(crate) struct Kept {
    path: PathBuf,
    rows: BTreeMap<Key, Row>,
}

impl Kept {
    /// What `path` has; nothing where there is no such file.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(path).unwrap_or_default();
        let mut rows = BTreeMap::new();
        for (number, line) in text.lines().enumerate().skip(1) {
            let row = Row::read(line).ok_or_else(|| format!("{}:{}: no line of it", path.display(), number + 1))?;
            rows.insert(row.key.clone(), row);
        }
        Ok(Self { path: path.to_owned(), rows })
    }

    /// Takes lines in, over those with the same key, and writes the file. They are read back as the file has them.
    pub(crate) fn take(&mut self, rows: Vec<Row>) -> Result<(), String> {
        self.rows.extend(rows.into_iter().map(|row| (row.key.clone(), row)));
        fs::write(&self.path, self.text()).map_err(|error| format!("{}: {error}", self.path.display()))?;
        *self = Self::read(&self.path)?;
        Ok(())
    }

    fn text(&self) -> String {
        let mut text = format!("part,searcher,seed,pick,epoch,architecture,{}\n", NUMBERS.join(","));
        self.rows.values().for_each(|row| row.write(&mut text));
        text
    }

    /// The lines of a part, in the order of their keys.
    pub(crate) fn part<'a>(&'a self, part: &'a str) -> impl Iterator<Item = &'a Row> + Clone {
        self.rows.values().filter(move |row| row.key.part == part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let key = Key { part: "digits".into(), searcher: "darts-v2:a=1,b=2".into(), seed: 3, pick: "last".into() };
        let mut row = Row::new(key, 20, "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|");
        for (name, value) in [("test", 91.25), ("eigenvalue", -0.0625), ("alarm", f64::NAN), ("nothing", 1.0)] {
            row.note(name, value);
        }
        let mut text = String::new();
        row.write(&mut text);
        assert_eq!(Row::read(text.trim_end()), Some(row.clone()));
        assert_eq!((row.get("test"), row.get("alarm"), row.get("trials")), (Some(91.25), None, None));
        for damaged in [format!("{},", text.trim_end()), text.replace("91.25", "many"), "digits".into()] {
            assert_eq!(Row::read(&damaged), None, "{damaged}");
        }
    }

    #[test]
    fn numbers_are_short_and_keep_their_sign() {
        assert_eq!([91.25, 0.12345678, -0.5, 12345.0].map(rounded), ["91.25", "0.12346", "-0.5", "12345"]);
    }
}
