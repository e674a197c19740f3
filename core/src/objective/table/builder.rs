//! A table of one's own, row by row.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Inner, MOST_VALUES, NO_ROW, Places, Table};
use crate::objective::Metric;
use crate::space::{Architecture, Space};

/// The largest space whose table has an index for every architecture, at 4 bytes each; beyond it only rows have one.
const LARGEST_DENSE: u64 = 1 << 24;

/// Takes the rows of a table in any order, and keeps apart what is repeated, incomplete or absent.
///
/// ```
/// use bilevel::objective::table::Builder;
/// use bilevel::objective::{Direction, Metric};
/// use bilevel::space::Space;
/// let space = Space::named("sequence:1x3").unwrap();
/// let mut rows = Builder::new(&space, vec![Metric::new("accuracy", "%", Direction::Maximise)]).unwrap();
/// rows.push(space.parse("0").unwrap(), &[71.0], None).unwrap();
/// rows.push(space.parse("2").unwrap(), &[64.0], None).unwrap();
/// let (table, census) = rows.finish().unwrap();
/// assert_eq!(table.optimum().unwrap().1, 71.0);
/// assert_eq!((census.rows, census.architectures, census.absent.as_str()), (2, 2, "1"));
/// ```
#[derive(Debug)]
pub struct Builder {
    space: Space,
    metrics: Vec<Metric>,
    places: Places,
    values: Vec<f64>,
    costs: Vec<f64>,
    /// Which row each was, from 1, `[rows kept]`.
    numbers: Vec<u64>,
    rows: u64,
}

/// What the rows of a table were.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Census {
    /// Rows read.
    pub rows: u64,
    /// Architectures that have a row.
    pub architectures: u64,
    /// Rows that say again what an earlier one said.
    pub repeated: u64,
    /// Architectures whose row lacks a value.
    pub incomplete: u64,
    /// Architectures of the space without a row: a whole number in words of JSON, since it may pass 2⁶⁴.
    pub absent: String,
}

impl Builder {
    /// A table without rows. The search looks at the first of `metrics`.
    ///
    /// # Errors
    /// If there is no metric.
    pub fn new(space: &Space, metrics: Vec<Metric>) -> Result<Self, String> {
        if metrics.is_empty() {
            return Err("a table needs at least one metric".into());
        }
        let places = match space.size_up_to(LARGEST_DENSE) {
            Some(size) => Places::Dense(vec![NO_ROW; size as usize]),
            None => Places::Sparse(BTreeMap::new()),
        };
        let (values, costs, numbers) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { space: space.clone(), metrics, places, values, costs, numbers, rows: 0 })
    }

    /// Takes the next row: one value for each metric, NaN for one that is missing, and what an answer costs in seconds.
    /// Rows have costs all or none.
    ///
    /// # Errors
    /// If the space lacks the architecture, a number is out of range, the table gets too large, or an earlier row says
    /// otherwise of the same architecture.
    pub fn push(&mut self, architecture: Architecture, values: &[f64], cost: Option<f64>) -> Result<(), String> {
        self.rows += 1;
        let number = self.rows;
        if !self.space.contains(&architecture) {
            return Err(format!("row {number}: {architecture:?} is not of the space"));
        }
        self.check(number, values, cost)?;
        let kept = self.numbers.len();
        let earlier = match &mut self.places {
            Places::Enumerated => unreachable!("a builder starts with one of the other two"),
            Places::Dense(rows) => {
                let index = self.space.index(&architecture).expect("a dense space has an index for all it contains");
                let place = &mut rows[index as usize];
                if *place == NO_ROW {
                    *place = kept as u32;
                    None
                } else {
                    Some(*place)
                }
            }
            Places::Sparse(rows) => match rows.get(&architecture) {
                Some(place) => Some(*place),
                None => {
                    rows.insert(architecture.clone(), kept as u32);
                    None
                }
            },
        };
        match earlier {
            Some(place) => self.compare(place as usize, &architecture, values, cost),
            None => {
                self.values.extend_from_slice(values);
                self.costs.extend(cost);
                self.numbers.push(number);
                Ok(())
            }
        }
    }

    fn check(&self, number: u64, values: &[f64], cost: Option<f64>) -> Result<(), String> {
        if values.len() != self.metrics.len() {
            return Err(format!("row {number} has {} values for {} metrics", values.len(), self.metrics.len()));
        }
        if let Some(index) = values.iter().position(|value| value.is_infinite()) {
            let (name, value) = (&self.metrics[index].name, values[index]);
            return Err(format!("row {number}: {name} is {value}; leave it empty where there is no value"));
        }
        if let Some(cost) = cost
            && !(cost.is_finite() && cost >= 0.0)
        {
            return Err(format!("row {number}: the cost is {cost}; it must be finite and ≥ 0"));
        }
        if cost.is_some() != (self.costs.len() == self.numbers.len()) && !self.numbers.is_empty() {
            return Err(format!("row {number}: either every row has a cost or none"));
        }
        if (self.values.len() + values.len()) as u64 > MOST_VALUES || self.numbers.len() as u64 >= u64::from(NO_ROW) {
            return Err(format!("row {number}: a table may have {MOST_VALUES} values, rows times metrics"));
        }
        Ok(())
    }

    /// Whether a row says what the row at `place` said of the same architecture.
    fn compare(&self, place: usize, h: &Architecture, values: &[f64], cost: Option<f64>) -> Result<(), String> {
        let width = self.metrics.len();
        let before = &self.values[place * width..][..width];
        let names = self.metrics.iter().map(|metric| metric.name.as_str()).chain(["the cost"]);
        let before = before.iter().chain(self.costs.get(place));
        for (name, (before, now)) in names.zip(before.zip(values.iter().chain(&cost))) {
            if before != now && !(before.is_nan() && now.is_nan()) {
                let said = |value: &f64| if value.is_nan() { "nothing".into() } else { value.to_string() };
                return Err(format!(
                    "rows {} and {} are both `{}` and disagree in {name}: {} and {}; keep one row, or their mean",
                    self.numbers[place],
                    self.rows,
                    self.space.format(h),
                    said(before),
                    said(now)
                ));
            }
        }
        Ok(())
    }

    /// The table, and what its rows were.
    ///
    /// # Errors
    /// If no row has a value for every metric.
    pub fn finish(self) -> Result<(Table, Census), String> {
        let Self { space, metrics, places, values, costs, numbers, rows } = self;
        let architectures = numbers.len() as u64;
        let incomplete =
            values.chunks(metrics.len()).filter(|row| row.iter().any(|value| value.is_nan())).count() as u64;
        if incomplete == architectures {
            let names: Vec<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
            return Err(format!("none of the {rows} rows of the table has a number for each of {}", names.join(", ")));
        }
        let absent = (space.size() - architectures).to_string();
        let census = Census { rows, architectures, repeated: rows - architectures, incomplete, absent };
        Ok((Table(Arc::new(Inner { space, metrics, places, values, costs, chosen: 0, epochs: None })), census))
    }
}

impl std::fmt::Debug for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Enumerated => f.write_str("Enumerated"),
            Self::Dense(rows) => write!(f, "Dense({})", rows.len()),
            Self::Sparse(rows) => write!(f, "Sparse({})", rows.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::{Direction, Objective, Trial};

    fn metrics() -> Vec<Metric> {
        ["loss", "size"].map(|name| Metric::new(name, "", Direction::Minimise)).into()
    }

    /// The table of rows in a space, architectures as text.
    fn table(space: &str, rows: &[(&str, [f64; 2], Option<f64>)]) -> Result<(Table, Census), String> {
        let space = Space::named(space).unwrap();
        let mut builder = Builder::new(&space, metrics())?;
        for (text, values, cost) in rows {
            builder.push(space.parse(text).unwrap(), values, *cost)?;
        }
        builder.finish()
    }

    #[test]
    fn repeated_incomplete_and_absent_are_told_apart() {
        let nan = f64::NAN;
        let rows = [
            ("0,1", [3.0, 1.0], None),
            ("1,1", [1.0, nan], None),
            ("0,1", [3.0, 1.0], None),
            ("1,1", [1.0, nan], None),
        ];
        for (space, absent) in [("sequence:2x2", "2"), ("sequence:2x3", "7")] {
            let (mut table, census) = table(space, &rows).unwrap();
            let Census { rows, architectures, repeated, incomplete, .. } = census;
            assert_eq!((rows, architectures, repeated, incomplete), (4, 2, 2, 1));
            assert_eq!(census.absent, absent);
            let space = Space::named(space).unwrap();
            let said = |table: &mut Table, text| {
                table.answer(&Trial::evaluate(0, space.parse(text).unwrap(), 0)).map_err(|failure| failure.message)
            };
            assert_eq!(said(&mut table, "1,1").unwrap_err(), "the row of `1,1` has no size");
            assert_eq!(said(&mut table, "1,0").unwrap_err(), "the table has no row for `1,0`");
            assert_eq!(table.optimum().unwrap(), (space.parse("0,1").unwrap(), 3.0), "1,1 is better and incomplete");
        }
    }

    #[test]
    fn a_large_space_has_rows_as_well() {
        let text = ["6"; 20].join(",");
        let (table, census) = table("sequence:20x7", &[(&text, [3.0, 1.0], Some(2.0))]).unwrap();
        assert_eq!(census.absent, "79792266297612000");
        let space = Space::named("sequence:20x7").unwrap();
        assert_eq!(table.values(&space.parse(&text).unwrap()).unwrap(), [3.0, 1.0]);
        let other = space.at_index(0).unwrap();
        assert!(table.values(&other).unwrap_err().message.starts_with("the table has no row for `0,0,"));
        assert_eq!(table.optimum().unwrap().1, 3.0);
    }

    #[test]
    fn rows_that_cannot_be_are_refused_with_their_number() {
        let good = ("0,1", [3.0, 1.0], None);
        for (rows, message) in [
            (
                vec![good, ("0,1", [4.0, 1.0], None)],
                "rows 1 and 2 are both `0,1` and disagree in loss: 3 and 4; keep one row, or their mean",
            ),
            (
                vec![good, ("0,1", [3.0, f64::NAN], None)],
                "rows 1 and 2 are both `0,1` and disagree in size: 1 and nothing; keep one row, or their mean",
            ),
            (
                vec![("0,1", [3.0, 1.0], Some(1.0)), ("0,1", [3.0, 1.0], Some(2.0))],
                "rows 1 and 2 are both `0,1` and disagree in the cost: 1 and 2; keep one row, or their mean",
            ),
            (vec![("0,1", [f64::INFINITY, 1.0], None)], "row 1: loss is inf; leave it empty where there is no value"),
            (vec![("0,1", [3.0, 1.0], Some(-1.0))], "row 1: the cost is -1; it must be finite and ≥ 0"),
            (vec![good, ("1,1", [3.0, 1.0], Some(1.0))], "row 2: either every row has a cost or none"),
            (
                vec![("0,1", [f64::NAN, 1.0], None)],
                "none of the 1 rows of the table has a number for each of loss, size",
            ),
            (vec![], "none of the 0 rows of the table has a number for each of loss, size"),
        ] {
            assert_eq!(table("sequence:2x2", &rows).unwrap_err(), message);
        }
        let space = Space::named("sequence:2x2").unwrap();
        let mut builder = Builder::new(&space, metrics()).unwrap();
        assert!(
            builder.push(Architecture::new([2, 0]), &[1.0, 1.0], None).unwrap_err().ends_with("is not of the space")
        );
        assert_eq!(
            builder.push(Architecture::new([1, 0]), &[1.0], None).unwrap_err(),
            "row 2 has 1 values for 2 metrics"
        );
        assert_eq!(Builder::new(&space, vec![]).unwrap_err(), "a table needs at least one metric");
    }
}
