//! A table of the user's own: a CSV file, gzipped or not, with architectures, results and perhaps costs.

mod space;

use std::path::Path;

use bilevel::objective::table::{Builder, Census, Options, Table};
use bilevel::space::{Space, SpaceSpec};
use csv::StringRecord;

use super::{DataError, file};
use space::Words;

/// What a cell says that has no number.
const MISSING: [&str; 7] = ["", "nan", "na", "n/a", "null", "none", "-"];

/// A table that was read.
#[derive(Debug)]
pub(crate) struct OwnTable {
    pub(crate) table: Table,
    pub(crate) census: Census,
    /// The space that was named, or the one that its architectures are of.
    pub(crate) space: SpaceSpec,
    /// SHA-256 of the file, unpacked.
    pub(crate) sha256: String,
}

/// Reads the table at `path`, whose search metric is the column `search`; over `space`, or over the space that its
/// architectures show where none is named.
///
/// # Errors
/// If the file cannot be read, lacks a column, or has a cell that cannot be: which line, which column, what to do.
pub(crate) fn load(
    path: &Path,
    options: &Options,
    search: &str,
    space: Option<&SpaceSpec>,
) -> Result<OwnTable, DataError> {
    let packed = path.extension().is_some_and(|extension| extension == "gz");
    let bytes = file::read(path, packed)?;
    let sha256 = file::fingerprint(&bytes);
    let read = || -> Result<OwnTable, String> {
        let rows = Rows::read(&bytes, options, search)?;
        let spec = match space {
            Some(spec) => spec.clone(),
            None => rows.words.space(&rows.lines)?,
        };
        let space = Space::new(spec.clone()).map_err(|error| error.to_string())?;
        let mut builder = Builder::new(&space, options.metrics(search))?;
        for (row, text) in rows.words.texts().enumerate() {
            let h = space.parse(&text).map_err(|error| format!("line {}: {error}", rows.lines[row]))?;
            let values = &rows.values[row * rows.width..][..rows.width];
            builder.push(h, values, rows.costs.get(row).copied())?;
        }
        let (table, census) = builder.finish()?;
        Ok(OwnTable { table, census, space: spec, sha256 })
    };
    read().map_err(|reason| DataError::at(path, reason))
}

/// The named columns of a file.
struct Rows {
    words: Words,
    /// `[rows][width]`, NaN where there is no number.
    values: Vec<f64>,
    width: usize,
    /// In seconds, `[rows]`; empty where no cost column is named.
    costs: Vec<f64>,
    /// The line of the file that each row starts at.
    lines: Vec<u64>,
}

impl Rows {
    fn read(bytes: &[u8], options: &Options, search: &str) -> Result<Self, String> {
        // A byte order mark would be part of the first column's name.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
        let header = reader.headers().map_err(|error| of_csv(&error))?.clone();
        let column = |name: &str| find(&header, name);
        let words = match &options.arch_column {
            Some(name) => vec![column(name)?],
            None => options.arch_columns.iter().map(|name| column(name)).collect::<Result<_, _>>()?,
        };
        let metrics = options.metrics(search);
        let values = metrics.iter().map(|metric| column(&metric.name)).collect::<Result<Vec<_>, _>>()?;
        let cost = options.cost_column.as_deref().map(column).transpose()?;
        let names = if options.arch_column.is_some() { Vec::new() } else { options.arch_columns.clone() };
        let mut rows = Self {
            words: Words::new(names),
            values: Vec::new(),
            width: values.len(),
            costs: Vec::new(),
            lines: Vec::new(),
        };
        let mut record = StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| of_csv(&error))? {
            let line = record.position().map_or(0, csv::Position::line);
            let cell = |index: usize| {
                number(&record[index]).ok_or_else(|| {
                    let (name, shown) = (&header[index], record[index].chars().take(40).collect::<String>());
                    format!(
                        "line {line}, column `{name}`: `{shown}` is no number; leave the cell empty where there is none"
                    )
                })
            };
            rows.words
                .push(words.iter().map(|index| &record[*index]))
                .map_err(|reason| format!("line {line}: {reason}"))?;
            for index in &values {
                rows.values.push(cell(*index)?);
            }
            if let Some(index) = cost {
                rows.costs.push(
                    cost_of(cell(index)?, &rows.values[rows.values.len() - rows.width..]).ok_or_else(|| {
                        format!("line {line}: the row has results and no cost in `{}`", &header[index])
                    })? * options.cost_scale,
                );
            }
            rows.lines.push(line);
        }
        Ok(rows)
    }
}

/// The cost of a row; a row that lacks a result is never paid for, and may lack its cost too.
fn cost_of(cost: f64, values: &[f64]) -> Option<f64> {
    match cost.is_nan() {
        false => Some(cost),
        true => values.iter().any(|value| value.is_nan()).then_some(0.0),
    }
}

/// The column called `name`.
fn find(header: &StringRecord, name: &str) -> Result<usize, String> {
    let mut places = header.iter().enumerate().filter(|(_, column)| *column == name).map(|(place, _)| place);
    match (places.next(), places.next()) {
        (Some(place), None) => Ok(place),
        (Some(_), Some(_)) => Err(format!("the column `{name}` stands twice; rename one of them")),
        (None, _) => {
            let known: Vec<String> = header.iter().take(60).map(|column| format!("`{column}`")).collect();
            let more = if header.len() > 60 { ", …" } else { "" };
            Err(format!("there is no column `{name}`; the file has {}{more}", known.join(", ")))
        }
    }
}

/// The number of a cell, NaN where it has none; `None` for anything else.
fn number(cell: &str) -> Option<f64> {
    let cell = cell.trim();
    if MISSING.iter().any(|missing| cell.eq_ignore_ascii_case(missing)) {
        return Some(f64::NAN);
    }
    cell.parse().ok()
}

/// The words of the CSV reader, with the line.
fn of_csv(error: &csv::Error) -> String {
    let line = error.position().map_or_else(String::new, |position| format!("line {}: ", position.line()));
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{line}{len} cells where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => format!("{line}not UTF-8 text"),
        _ => format!("{line}{error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn options(text: &str) -> Options {
        serde_json::from_str(text).unwrap()
    }

    fn read(text: &str, options: &Options, space: Option<&str>) -> Result<OwnTable, String> {
        let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let space = space.map(|space| space.parse().unwrap());
        let loaded = load(file.path(), options, "val", space.as_ref());
        loaded.map_err(|error| error.to_string().split_once("`: ").unwrap().1.to_owned())
    }

    fn formats(own: &OwnTable) -> Vec<String> {
        let space = Space::new(own.space.clone()).unwrap();
        space.enumerate().filter(|h| own.table.values(h).is_ok()).map(|h| space.format(&h)).collect()
    }

    #[test]
    fn words_of_characters_keep_their_leading_zeros() {
        let options = options(r#"{"arch_column": "code", "cost_column": "min", "cost_scale": 60}"#);
        let own = read("code,val,min\n001,3.5,1\n210,nan,\n011,4,2\n", &options, None).unwrap();
        assert_eq!(own.space.to_string(), "words of 3 characters");
        assert_eq!(formats(&own), ["001", "011"]);
        assert_eq!((own.census.architectures, own.census.incomplete, own.census.absent.as_str()), (3, 1, "5"));
    }

    #[test]
    fn columns_with_odd_names_are_positions() {
        let options = options(r#"{"arch_columns": ["kernel, size", "10"]}"#);
        let own = read("10,\"kernel, size\",val\nb c,3,1\na,10,2\n", &options, None).unwrap();
        assert_eq!(formats(&own), ["3,b c", "10,a"], "numbers stand in their order");
        let space = Space::new(own.space).unwrap();
        assert_eq!(space.positions()[0].name, "kernel, size");
        let error = read("10,\"kernel, size\",val\n\"b,c\",3,1\n", &options, None).unwrap_err();
        assert!(error.starts_with("position 2 of the space: a choice of `10` \"b,c\" has a comma"), "{error}");
    }

    #[test]
    fn a_named_space_is_taken_at_its_word() {
        let options = options(r#"{"arch_column": "h"}"#);
        let own = read("h,val\n\"0,1\",3\n\"1,1\",2\n", &options, Some("sequence:2x3")).unwrap();
        assert_eq!(formats(&own), ["0,1", "1,1"]);
        assert_eq!(own.census.absent, "7");
        let error = read("h,val\n\"0,1\",3\n\"1,4\",2\n", &options, Some("sequence:2x3")).unwrap_err();
        assert_eq!(
            error,
            "line 3: architecture `1,4`, column 3: `4` is no choice of position `1`; it has `0`, `1`, `2`"
        );
    }

    #[test]
    fn what_cannot_be_says_which_line_and_column() {
        let options = options(r#"{"arch_column": "h", "cost_column": "s"}"#);
        for (text, message) in [
            ("h,s\n01,3\n", "there is no column `val`; the file has `h`, `s`"),
            ("h,val,val,s\n", "the column `val` stands twice; rename one of them"),
            (
                "h,val,s\n01,abc,1\n",
                "line 2, column `val`: `abc` is no number; leave the cell empty where there is none",
            ),
            ("h,val,s\n01,1\n", "line 2: 2 cells where the header has 3"),
            ("h,val,s\n01,1,\n", "line 2: the row has results and no cost in `s`"),
            (
                "h,val,s\n01,1,1\n011,1,1\n",
                "line 3: `011` has 3 characters and the rows before it 2, so that it cannot be one character a position; name the space by --space",
            ),
            ("h,val,s\n,1,1\n", "line 2: the architecture is empty"),
            (
                "h,val,s\n01,1,1\n01,2,1\n",
                "rows 1 and 2 are both `01` and disagree in val: 1 and 2; keep one row, or their mean",
            ),
            ("h,val,s\n", "the table has no rows"),
            ("", "there is no column `h`; the file has "),
        ] {
            assert_eq!(read(text, &options, None).unwrap_err(), message, "{text}");
        }
    }
}
