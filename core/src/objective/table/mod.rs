//! Results that are known already, looked up.

mod builder;
mod columns;
mod nas_bench_201;
mod options;
#[cfg(test)]
mod published;
mod results;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use builder::{Builder, Census};
pub use options::Options;
pub use results::Results;

use super::{
    Answer, Answers, Cost, Direction, Failure, FailureKind, Known, MOST_CORNERS, Metric, Mixture, Objective, Point,
    Purpose, Relaxation, Trial, multilinear,
};
use crate::space::{Architecture, Space};

/// The most values that a table may have: rows times metrics.
pub const MOST_VALUES: u64 = 100_000_000;

/// A table of values for architectures of a space, answered by look-up. Cheap to clone.
///
/// ```
/// use bilevel::objective::table::Table;
/// use bilevel::space::Space;
/// let space = Space::named("nas-bench-201").unwrap();
/// let table = Table::nas_bench_201(&space, Some("cifar10/val200"), &[]).unwrap();
/// let (best, accuracy) = table.optimum().unwrap();
/// assert_eq!(
///     space.format(&best),
///     "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|"
/// );
/// assert!((accuracy - 91.6067).abs() < 5e-5);
/// ```
#[derive(Clone)]
pub struct Table(Arc<Inner>);

struct Inner {
    space: Space,
    metrics: Vec<Metric>,
    places: Places,
    /// `[rows][metrics]`; NaN where there is no value.
    values: Vec<f64>,
    /// What an answer costs, in seconds, `[rows]`; empty where that is not known.
    costs: Vec<f64>,
    /// The metric that [`Table::optimum`] looks at.
    chosen: usize,
    /// The one number of epochs that the values belong to, where it is known.
    epochs: Option<u32>,
}

/// Which row an architecture has.
#[derive(Clone)]
enum Places {
    /// Row i is the i-th of [`Space::enumerate`].
    Enumerated,
    /// By the index in the enumeration; [`NO_ROW`] where there is none.
    Dense(Vec<u32>),
    /// For spaces that are much larger than their table.
    Sparse(BTreeMap<Architecture, u32>),
}

const NO_ROW: u32 = u32::MAX;

impl Table {
    /// The table of one value for each architecture of `space`, in the order of [`Space::enumerate`].
    ///
    /// # Errors
    /// If the space is too large to be summed up, there are not as many values, or one is not finite.
    pub fn whole(space: &Space, metric: Metric, values: Vec<f64>) -> Result<Self, String> {
        if space.size_up_to(MOST_CORNERS) != Some(values.len() as u64) {
            let (size, count) = (space.size(), values.len());
            return Err(format!(
                "there is one value for each of the {size} architectures, at most {MOST_CORNERS}; got {count}"
            ));
        }
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            let h = space.at_index(index as u64).map(|h| space.format(&h)).unwrap_or_default();
            return Err(format!("value {index}, that of `{h}`, is {}; it must be finite", values[index]));
        }
        let (space, metrics, places) = (space.clone(), vec![metric], Places::Enumerated);
        Ok(Self(Arc::new(Inner { space, metrics, places, values, costs: Vec::new(), chosen: 0, epochs: None })))
    }

    /// The space whose architectures it has values for.
    pub fn space(&self) -> &Space {
        &self.0.space
    }

    /// The values of `architecture`, one for each metric.
    ///
    /// # Errors
    /// [`FailureKind::Missing`], in different words, if the space lacks it, if the table has no row for it, or if its row
    /// lacks a value.
    pub fn values(&self, architecture: &Architecture) -> Result<&[f64], Failure> {
        self.row_of(architecture).map(|row| self.0.row(row))
    }

    /// The architecture with the best value of the metric that the table was opened for, and that value; the first row
    /// among equals. Rows that lack a value do not count. Reads the whole table.
    pub fn optimum(&self) -> Option<(Architecture, f64)> {
        let Inner { space, metrics, places, chosen, .. } = self.0.as_ref();
        let mut best: Option<(usize, f64)> = None;
        for index in 0..self.0.values.len() / metrics.len() {
            let row = self.0.row(index);
            let value = row[*chosen];
            let better = best.is_none_or(|(_, best)| match metrics[*chosen].direction {
                Direction::Maximise => value > best,
                Direction::Minimise => value < best,
            });
            if better && row.iter().all(|value| value.is_finite()) {
                best = Some((index, value));
            }
        }
        let (index, value) = best?;
        let is_it = |row: &u32| *row as usize == index;
        let architecture = match places {
            Places::Enumerated => space.at_index(index as u64),
            Places::Dense(rows) => rows.iter().position(is_it).and_then(|place| space.at_index(place as u64)),
            Places::Sparse(rows) => {
                rows.iter().find(|(_, row)| is_it(row)).map(|(architecture, _)| architecture.clone())
            }
        };
        architecture.map(|architecture| (architecture, value))
    }

    /// Whether every architecture of the space has every value, and there are few enough to be summed.
    fn is_whole(&self) -> bool {
        let Inner { space, metrics, places, values, .. } = self.0.as_ref();
        let rows = match places {
            Places::Enumerated => Some(values.len() / metrics.len()),
            Places::Dense(rows) => rows.iter().all(|row| *row != NO_ROW).then_some(rows.len()),
            Places::Sparse(_) => None,
        };
        rows.is_some_and(|rows| space.size_up_to(MOST_CORNERS) == Some(rows as u64))
            && values.iter().all(|value| value.is_finite())
    }

    /// The multilinear extension of every metric at a mixture, and the slopes of the one that the search looks at.
    ///
    /// Nobody measured what a mixture takes; it is given the mean of what its architectures take.
    fn extended(&self, mixture: &Mixture) -> Result<Answer, Failure> {
        let Inner { space, metrics, places, values, costs, chosen, .. } = self.0.as_ref();
        let missing = |message: String| Err(Failure::new(FailureKind::Missing, message));
        if mixture.0.len() != space.choices_in_all() {
            return missing("the mixture is not of the table's space".into());
        }
        let row = |index: usize| match places {
            Places::Enumerated => Some(index),
            Places::Dense(rows) => Some(rows[index]).filter(|row| *row != NO_ROW).map(|row| row as usize),
            Places::Sparse(_) => None,
        };
        if space.size_up_to(MOST_CORNERS).is_none() {
            return missing(format!("the mean of {} architectures takes too long to be summed up", space.size()));
        }
        let choices: Vec<usize> = (0..space.length()).map(|l| space.choices(l)).collect();
        let (mut means, mut gradient) = (Vec::with_capacity(metrics.len()), None);
        for metric in 0..metrics.len() {
            let value = |index| row(index).map_or(f64::NAN, |row| values[row * metrics.len() + metric]);
            let (mean, slopes) = multilinear(&choices, &mixture.0, value);
            if mean.is_nan() {
                let name = &metrics[metric].name;
                return missing(format!("some architectures have no {name}, so that a mixture of all has none either"));
            }
            means.push(mean);
            if metric == *chosen {
                gradient = Some(Mixture(slopes));
            }
        }
        let seconds = match costs.is_empty() {
            true => 0.0,
            false => multilinear(&choices, &mixture.0, |index| row(index).map_or(0.0, |row| costs[row])).0,
        };
        Ok(Answer { gradient, cost: Cost { seconds, measured: false }, ..Answer::free(means) })
    }

    fn row_of(&self, architecture: &Architecture) -> Result<usize, Failure> {
        let Inner { space, metrics, places, .. } = self.0.as_ref();
        let missing = |message: String| Failure::new(FailureKind::Missing, message);
        let row = match places {
            Places::Sparse(rows) => rows.get(architecture).map(|row| *row as usize),
            Places::Enumerated => space.index(architecture).map(|index| index as usize),
            Places::Dense(rows) => {
                let row = space.index(architecture).map(|index| rows[index as usize]);
                row.filter(|row| *row != NO_ROW).map(|row| row as usize)
            }
        };
        let Some(row) = row else {
            return Err(missing(if space.contains(architecture) {
                format!("the table has no row for `{}`", space.format(architecture))
            } else {
                format!("{architecture:?} is not of the table's space")
            }));
        };
        match self.0.row(row).iter().position(|value| value.is_nan()) {
            None => Ok(row),
            Some(metric) => {
                let (name, text) = (&metrics[metric].name, space.format(architecture));
                Err(missing(format!("the row of `{text}` has no {name}")))
            }
        }
    }
}

impl Inner {
    fn row(&self, index: usize) -> &[f64] {
        let width = self.metrics.len();
        &self.values[index * width..][..width]
    }
}

impl Objective for Table {
    fn metrics(&self) -> &[Metric] {
        &self.0.metrics
    }

    fn answers(&self) -> Answers {
        let soft = self.is_whole().then_some(Relaxation::Multilinear);
        Answers { hard: true, soft, ..Answers::default() }
    }

    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure> {
        let missing = |message: String| Err(Failure::new(FailureKind::Missing, message));
        if trial.purpose == Purpose::Train {
            return missing("a table has no weights to train".into());
        }
        if let (Some(known), Some(asked)) = (self.0.epochs, trial.fidelity)
            && known != asked.epochs
        {
            return missing(format!("the table has results after {known} epochs, none after {}", asked.epochs));
        }
        let architecture = match &trial.point {
            Point::Hard(architecture) => architecture,
            Point::Soft(mixture) => return self.extended(mixture),
        };
        let row = self.row_of(architecture)?;
        let seconds = self.0.costs.get(row).copied().unwrap_or(0.0);
        Ok(Answer { cost: Cost { seconds, measured: false }, ..Answer::free(self.0.row(row).to_vec()) })
    }

    fn known(&self) -> Known {
        let Inner { metrics, values, chosen, .. } = self.0.as_ref();
        let complete = values.chunks_exact(metrics.len()).filter(|row| row.iter().all(|value| value.is_finite()));
        let (sum, count) = complete.fold((0.0, 0.0), |(sum, count), row| (sum + row[*chosen], count + 1.0));
        Known { optimum: self.optimum().map(|(_, value)| value), mean: Some(sum / count) }
    }

    fn expectation(&self, mixture: &Mixture) -> Option<(f64, Mixture)> {
        let Answer { values, gradient, .. } = self.extended(mixture).ok()?;
        Some((values[self.0.chosen], gradient?))
    }
}

impl fmt::Debug for Table {
    /// All but the rows, whose values are counted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { space, metrics, places: _, values, costs, chosen, epochs } = self.0.as_ref();
        f.debug_struct("Table")
            .field("space", space)
            .field("metrics", metrics)
            .field("values", &values.len())
            .field("costs", &costs.len())
            .field("chosen", chosen)
            .field("epochs", epochs)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::Fidelity;

    /// A table over three of the four architectures 0,0 0,1 1,0 1,1; the second lacks its accuracy.
    fn small(chosen: usize, epochs: Option<u32>) -> Table {
        let metrics =
            vec![Metric::new("loss", "", Direction::Minimise), Metric::new("accuracy", "%", Direction::Maximise)];
        Table(Arc::new(Inner {
            space: Space::named("sequence:2x2").unwrap(),
            metrics,
            places: Places::Dense(vec![2, 1, NO_ROW, 0]),
            values: vec![2.0, 30.0, 1.0, f64::NAN, 2.0, 20.0],
            costs: vec![7.0, 8.0, 9.0],
            chosen,
            epochs,
        }))
    }

    fn hard(h: &[u8]) -> Trial {
        Trial::evaluate(0, Architecture::new(h), 0)
    }

    #[test]
    fn answers_are_the_rows() {
        let answer = small(0, None).answer(&hard(&[0, 0])).unwrap();
        assert_eq!(answer.values, [2.0, 20.0]);
        assert_eq!(answer.cost, Cost { seconds: 9.0, measured: false });
        assert_eq!(small(0, None).optimum(), Some((Architecture::new([1, 1]), 2.0)));
        assert_eq!(small(1, None).optimum(), Some((Architecture::new([1, 1]), 30.0)));
        assert_eq!(small(0, None).known(), Known { optimum: Some(2.0), mean: Some(2.0) });
        assert_eq!(small(1, None).known(), Known { optimum: Some(30.0), mean: Some(25.0) });
    }

    #[test]
    fn a_whole_table_has_a_value_for_every_architecture() {
        let space = Space::named("sequence:2x2").unwrap();
        let metric = || Metric::new("loss", "", Direction::Minimise);
        let mut table = Table::whole(&space, metric(), vec![1.0, 2.0, 4.0, 8.0]).unwrap();
        assert_eq!(table.answer(&hard(&[1, 0])).unwrap().values, [4.0]);
        let soft = Trial { point: Point::Soft(Mixture(vec![0.5, 0.5, 0.25, 0.75])), ..hard(&[0, 0]) };
        assert_eq!(table.answer(&soft).unwrap().values, [0.5 * (0.25 + 1.5) + 0.5 * (1.0 + 6.0)]);
        let refused = |values: Vec<f64>| Table::whole(&space, metric(), values).unwrap_err();
        assert!(refused(vec![1.0; 3]).starts_with("there is one value for each of the 4 architectures"));
        assert_eq!(refused(vec![1.0, 2.0, f64::NAN, 4.0]), "value 2, that of `1,0`, is NaN; it must be finite");
    }

    #[test]
    fn what_is_not_in_the_table_is_missing() {
        let mut table = small(0, Some(200));
        let twelve = Some(Fidelity { epochs: 12 });
        for (trial, message) in [
            (hard(&[0, 1]), "the row of `0,1` has no accuracy"),
            (hard(&[1, 0]), "the table has no row for `1,0`"),
            (hard(&[0, 2]), "Architecture([0, 2]) is not of the table's space"),
            (hard(&[0]), "Architecture([0]) is not of the table's space"),
            (Trial { purpose: Purpose::Train, ..hard(&[0, 0]) }, "a table has no weights to train"),
            (Trial { fidelity: twelve, ..hard(&[0, 0]) }, "the table has results after 200 epochs, none after 12"),
            (
                Trial { point: Point::Soft(Mixture(vec![0.5; 4])), ..hard(&[0, 0]) },
                "some architectures have no loss, so that a mixture of all has none either",
            ),
            (
                Trial { point: Point::Soft(Mixture(vec![0.5; 3])), ..hard(&[0, 0]) },
                "the mixture is not of the table's space",
            ),
        ] {
            assert_eq!(table.answer(&trial).unwrap_err(), Failure::new(FailureKind::Missing, message));
        }
    }
}
