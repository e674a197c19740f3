//! Results that are known already, looked up.

mod columns;
mod nas_bench_201;
#[cfg(test)]
mod published;

use std::fmt;

use super::{Answer, Answers, Cost, Direction, Failure, FailureKind, Metric, Objective, Point, Purpose, Trial};
use crate::space::{Architecture, Space};

/// The most values that a table may have: architectures times metrics.
pub const MOST_VALUES: u64 = 10_000_000;

/// A table of values for every architecture of a space, answered by look-up.
///
/// ```
/// use bilevel::objective::table::Table;
/// use bilevel::space::Space;
/// let space = Space::named("nas-bench-201").unwrap();
/// let table = Table::nas_bench_201(&space, Some("cifar10/val200")).unwrap();
/// let (best, accuracy) = table.optimum();
/// assert_eq!(
///     space.format(&best),
///     "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|"
/// );
/// assert!((accuracy - 91.6067).abs() < 5e-5);
/// ```
#[derive(Clone)]
pub struct Table {
    space: Space,
    metrics: Vec<Metric>,
    /// `[architectures][metrics]`, in the order of [`Space::enumerate`]; NaN where there is no value.
    values: Vec<f64>,
    /// The metric that [`Table::optimum`] looks at.
    chosen: usize,
    /// The metric that is also the cost of an answer, in seconds.
    seconds: Option<usize>,
    /// The one number of epochs that the values belong to.
    epochs: Option<u32>,
}

impl Table {
    /// A table of one's own: `rows` is `[architectures][metrics]` in the order of [`Space::enumerate`], NaN for a value
    /// that is missing. An answer costs nothing; the optimum is that of the first metric.
    ///
    /// # Errors
    /// If the shapes do not fit, a value is infinite, no row is complete, or the table would have more than
    /// [`MOST_VALUES`] values.
    pub fn from_values(space: &Space, metrics: Vec<Metric>, rows: Vec<Vec<f64>>) -> Result<Self, String> {
        if metrics.is_empty() {
            return Err("a table needs at least one metric".into());
        }
        let most = MOST_VALUES / metrics.len() as u64;
        let size = space.size_up_to(most).ok_or_else(|| {
            let (size, count) = (space.size(), metrics.len());
            format!("{size} architectures with {count} values each are too many for a table; {MOST_VALUES} values fit")
        })?;
        if rows.len() as u64 != size {
            return Err(format!("the space has {size} architectures and the table {} rows; give one each", rows.len()));
        }
        for (h, row) in space.enumerate().zip(&rows) {
            if row.len() != metrics.len() {
                let (got, wanted) = (row.len(), metrics.len());
                return Err(format!("row `{}` has {got} values for {wanted} metrics", space.format(&h)));
            }
            if let Some(index) = row.iter().position(|value| value.is_infinite()) {
                let (name, value) = (&metrics[index].name, row[index]);
                return Err(format!("row `{}`: {name} is {value}; write NaN for a missing value", space.format(&h)));
            }
        }
        if !rows.iter().any(|row| row.iter().all(|value| value.is_finite())) {
            return Err("no row of the table is complete; a row needs a number for every metric".into());
        }
        let values = rows.into_iter().flatten().collect();
        Ok(Self { space: space.clone(), metrics, values, chosen: 0, seconds: None, epochs: None })
    }

    /// The values of `architecture`, one for each metric.
    ///
    /// # Errors
    /// [`FailureKind::Missing`] if the space lacks it, or its row lacks a value.
    pub fn values(&self, architecture: &Architecture) -> Result<&[f64], Failure> {
        let index = self.space.index(architecture).ok_or_else(|| {
            Failure::new(FailureKind::Missing, format!("{architecture:?} is not of the table's space"))
        })?;
        let row = self.row(index as usize);
        match row.iter().position(|value| value.is_nan()) {
            None => Ok(row),
            Some(metric) => {
                let (name, text) = (&self.metrics[metric].name, self.space.format(architecture));
                Err(Failure::new(FailureKind::Missing, format!("the table has no {name} for `{text}`")))
            }
        }
    }

    /// The architecture with the best value of the metric that the table was opened for, and that value; the first
    /// among equals in the order of the space. Rows that lack a value do not count. Reads the whole table.
    pub fn optimum(&self) -> (Architecture, f64) {
        let mut best: Option<(usize, f64)> = None;
        for index in 0..self.values.len() / self.metrics.len() {
            let row = self.row(index);
            let value = row[self.chosen];
            let better = best.is_none_or(|(_, best)| match self.metrics[self.chosen].direction {
                Direction::Maximise => value > best,
                Direction::Minimise => value < best,
            });
            if better && row.iter().all(|value| value.is_finite()) {
                best = Some((index, value));
            }
        }
        let (index, value) = best.expect("a table is made with at least one complete row");
        let architecture = self.space.at_index(index as u64).expect("a table has as many rows as its space");
        (architecture, value)
    }

    fn row(&self, index: usize) -> &[f64] {
        let width = self.metrics.len();
        &self.values[index * width..][..width]
    }
}

impl Objective for Table {
    fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    fn answers(&self) -> Answers {
        Answers { hard: true, ..Answers::default() }
    }

    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure> {
        let missing = |message: String| Err(Failure::new(FailureKind::Missing, message));
        let Point::Hard(architecture) = &trial.point else {
            return missing("a table answers architectures, not mixtures of them".into());
        };
        if trial.purpose == Purpose::Train {
            return missing("a table has no weights to train".into());
        }
        if let (Some(known), Some(asked)) = (self.epochs, trial.fidelity)
            && known != asked.epochs
        {
            return missing(format!("the table has results after {known} epochs, none after {}", asked.epochs));
        }
        let values = self.values(architecture)?.to_vec();
        let seconds = self.seconds.map_or(0.0, |metric| values[metric]);
        Ok(Answer { values, gradient: None, cost: Cost { seconds, measured: false } })
    }

    fn known(&self) -> super::Known {
        let rows = self.values.chunks_exact(self.metrics.len());
        let complete = rows.filter(|row| row.iter().all(|value| value.is_finite()));
        let (sum, count) = complete.fold((0.0, 0.0), |(sum, count), row| (sum + row[self.chosen], count + 1.0));
        super::Known { optimum: Some(self.optimum().1), mean: Some(sum / count) }
    }
}

impl fmt::Debug for Table {
    /// All but the values, which are counted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { space, metrics, values, chosen, seconds, epochs } = self;
        f.debug_struct("Table")
            .field("space", space)
            .field("metrics", metrics)
            .field("values", &values.len())
            .field("chosen", chosen)
            .field("seconds", seconds)
            .field("epochs", epochs)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::{Fidelity, Known, Mixture};

    fn two() -> Vec<Metric> {
        vec![Metric::new("loss", "", Direction::Minimise), Metric::new("accuracy", "%", Direction::Maximise)]
    }

    /// A table over the four architectures 0,0 0,1 1,0 1,1; the second lacks its accuracy.
    fn small() -> Table {
        let space = Space::named("sequence:2x2").unwrap();
        let rows = vec![vec![3.0, 10.0], vec![1.0, f64::NAN], vec![2.0, 20.0], vec![2.0, 30.0]];
        Table::from_values(&space, two(), rows).unwrap()
    }

    #[test]
    fn answers_are_the_rows() {
        let mut table = small();
        let answer = table.answer(&Trial::evaluate(0, Architecture::new([1, 0]), 0)).unwrap();
        assert_eq!(answer, Answer::free(vec![2.0, 20.0]));
        assert_eq!(table.optimum(), (Architecture::new([1, 0]), 2.0));
        assert_eq!(table.known(), Known { optimum: Some(2.0), mean: Some(7.0 / 3.0) });
        table.chosen = 1;
        assert_eq!(table.optimum(), (Architecture::new([1, 1]), 30.0));
        assert_eq!(table.known(), Known { optimum: Some(30.0), mean: Some(20.0) });
    }

    #[test]
    fn what_is_not_in_the_table_is_missing() {
        let mut table = small();
        table.epochs = Some(200);
        let hard = |h: &[u8]| Trial::evaluate(0, Architecture::new(h), 0);
        let twelve = Some(Fidelity { epochs: 12 });
        for (trial, message) in [
            (hard(&[0, 1]), "the table has no accuracy for `0,1`"),
            (hard(&[0, 2]), "Architecture([0, 2]) is not of the table's space"),
            (hard(&[0]), "Architecture([0]) is not of the table's space"),
            (Trial { purpose: Purpose::Train, ..hard(&[0, 0]) }, "a table has no weights to train"),
            (Trial { fidelity: twelve, ..hard(&[0, 0]) }, "the table has results after 200 epochs, none after 12"),
            (
                Trial { point: Point::Soft(Mixture(vec![vec![0.5; 2]; 2])), ..hard(&[0, 0]) },
                "a table answers architectures, not mixtures of them",
            ),
        ] {
            assert_eq!(table.answer(&trial).unwrap_err(), Failure::new(FailureKind::Missing, message));
        }
    }

    #[test]
    fn a_table_that_cannot_be_is_refused() {
        let space = Space::named("sequence:1x2").unwrap();
        let large = Space::named("sequence:20x7").unwrap();
        for (space, metrics, rows, message) in [
            (&space, vec![], vec![], "a table needs at least one metric"),
            (
                &large,
                two(),
                vec![],
                "79792266297612001 architectures with 2 values each are too many for a table; 10000000 values fit",
            ),
            (&space, two(), vec![], "the space has 2 architectures and the table 0 rows; give one each"),
            (&space, two(), vec![vec![1.0, 2.0], vec![1.0]], "row `1` has 1 values for 2 metrics"),
            (
                &space,
                two(),
                vec![vec![1.0, 2.0], vec![1.0, f64::INFINITY]],
                "row `1`: accuracy is inf; write NaN for a missing value",
            ),
            (
                &space,
                two(),
                vec![vec![1.0, f64::NAN], vec![f64::NAN, 1.0]],
                "no row of the table is complete; a row needs a number for every metric",
            ),
        ] {
            assert_eq!(Table::from_values(space, metrics, rows).unwrap_err(), message);
        }
    }
}
