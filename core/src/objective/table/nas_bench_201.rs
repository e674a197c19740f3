//! The metrics of NAS-Bench-201 (Dong and Yang, ICLR 2020), and the table of those that a search looks at and reports.

use std::sync::Arc;

use super::columns::Column;
use super::results::{CELLS, File};
use super::{Inner, Options, Places, Results, Table};
use crate::objective::{Direction, Metric};
use crate::space::nas_bench_201::{DataSet, size};
use crate::space::{Architecture, NasBench201, Space, SpaceSpec};

const EPOCHS: u32 = 200;
/// The seeds that the benchmark trained with; 7,456 cells lack the last.
const SEEDS: [&str; 3] = ["777", "888", "999"];
const DEFAULT: &str = "cifar10/val200";

/// What is known of a cell on a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// Validation accuracy after 200 epochs, the mean over the seeds there are.
    Accuracy,
    Latency,
    Parameters,
    Flops,
    /// Seconds of training for 200 epochs.
    TrainSeconds,
    /// Validation accuracy after 200 epochs, from the seed of that index.
    SeedAccuracy(usize),
}

/// The metrics of a table, in its order.
const ALWAYS: [Measure; 5] =
    [Measure::Accuracy, Measure::Latency, Measure::Parameters, Measure::Flops, Measure::TrainSeconds];

impl Measure {
    fn metric(self, data_set: DataSet) -> Metric {
        let (name, unit, direction) = match self {
            Self::Accuracy => ("val200".into(), "%", Direction::Maximise),
            Self::Latency => ("latency".into(), "ms", Direction::Minimise),
            Self::Parameters => ("parameters".into(), "", Direction::Minimise),
            Self::Flops => ("flops".into(), "", Direction::Minimise),
            Self::TrainSeconds => ("train_seconds".into(), "s", Direction::Minimise),
            Self::SeedAccuracy(index) => (format!("val200_seed{}", SEEDS[index]), "%", Direction::Maximise),
        };
        Metric::new(format!("{}/{name}", data_set.name()), unit, direction)
    }

    /// The file that it is read from, unless it follows from the cell.
    fn file(self, data_set: DataSet) -> Option<File> {
        match self {
            Self::Accuracy | Self::SeedAccuracy(_) => Some(File::Accuracy(data_set)),
            Self::Latency => Some(File::Latency(data_set)),
            Self::Parameters | Self::Flops => None,
            Self::TrainSeconds => Some(File::Seconds),
        }
    }
}

impl Table {
    /// The table of [`Results::table`] from the results that are built in.
    ///
    /// # Errors
    /// As [`Results::table`].
    pub fn nas_bench_201(space: &Space, metric: Option<&str>, report: &[String]) -> Result<Self, String> {
        Results::embedded()?.table(space, metric, &Options::reporting(report))
    }
}

impl Results {
    /// The files that [`Results::table`] reads for such metrics, by their names in `core/data`.
    ///
    /// # Errors
    /// If there is no such metric.
    pub fn files(metric: Option<&str>, options: &Options) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        for (data_set, measure) in columns(metric, options)? {
            let name = measure.file(data_set).map(File::name);
            names.extend(name.filter(|name| !names.contains(name)));
        }
        Ok(names)
    }

    /// The files that [`Results::values`] reads for a metric: one, or none where it follows from the cell.
    ///
    /// # Errors
    /// If there is no such metric.
    pub fn files_of_values(metric: &str) -> Result<Vec<String>, String> {
        let (data_set, measure) = find(metric)?;
        Ok(measure.file(data_set).map(File::name).into_iter().collect())
    }

    /// The values of a metric, `[15,625]` in the order of the space, in its unit; NaN where there is none. Accuracies need
    /// the file with the accuracies of their data set alone.
    ///
    /// # Errors
    /// If there is no such metric, or its file was not read.
    pub fn values(&self, metric: &str) -> Result<Vec<f64>, String> {
        let (data_set, measure) = find(metric)?;
        let space = Space::new(SpaceSpec::NasBench201(NasBench201)).expect("the space is ready-made");
        let value = Value::of(self, data_set, measure)?;
        Ok(space.enumerate().enumerate().map(|(row, cell)| value.at(row, &cell)).collect())
    }

    /// The published results of NAS-Bench-201 on one data set, that of `metric`, which the search looks at; `cifar10/val200`
    /// where none is named. Those of `report_metrics` stand behind them, of whichever data set they are; with `searched_only`
    /// there is nothing else.
    ///
    /// The data sets are `cifar10`, `cifar100` and `imagenet16-120`. Each has the metrics
    /// - `val200`: validation accuracy after 200 epochs, in %, the mean over the benchmark's seeds, which are 3 for 8,169
    ///   cells and 2 for the rest; exact. On CIFAR-10 the networks were trained on half of the training images, and
    ///   validated on the other half;
    /// - `latency`: as the benchmark's authors measured it, in ms, to 0.0001 ms;
    /// - `parameters` and `flops`: see [`size`];
    /// - `train_seconds`: training for all 200 epochs, in s, to 0.01 s on CIFAR-10; per image the same on all three data
    ///   sets. It is also what an answer costs;
    /// - `val200_seed777`, `val200_seed888`, `val200_seed999`: the accuracy of one run, in the table only if it is
    ///   named. 7,456 cells lack seed 999, and asking for them fails.
    ///
    /// # Errors
    /// If the space is another, there is no such metric, or a file that it needs was not read.
    pub fn table(&self, space: &Space, metric: Option<&str>, options: &Options) -> Result<Table, String> {
        let SpaceSpec::NasBench201(_) = space.spec() else {
            return Err(format!(
                "it has the results of the space `nas-bench-201`, and the space is `{}`; search `nas-bench-201`, or take \
                 the objective `chain`, which any space has",
                space.spec()
            ));
        };
        let (data_set, measure) = find(metric.unwrap_or(DEFAULT))?;
        let columns = columns(metric, options)?;
        let mut values = vec![0.0; CELLS * columns.len()];
        for (column, (data_set, measure)) in columns.iter().enumerate() {
            let value = Value::of(self, *data_set, *measure)?;
            let places = values.iter_mut().skip(column).step_by(columns.len());
            for ((place, cell), row) in places.zip(space.enumerate()).zip(0..) {
                *place = value.at(row, &cell);
            }
        }
        let place = |wanted| columns.iter().position(|column| *column == wanted);
        let seconds = if options.has_costs() { place((data_set, Measure::TrainSeconds)) } else { None };
        let costs = seconds.map(|seconds| values.iter().skip(seconds).step_by(columns.len()).copied().collect());
        let inner = Inner {
            space: space.clone(),
            metrics: columns.iter().map(|(data_set, measure)| measure.metric(*data_set)).collect(),
            places: Places::Enumerated,
            costs: costs.unwrap_or_default(),
            chosen: place((data_set, measure)).expect("it was put among them"),
            values,
            epochs: Some(EPOCHS),
        };
        Ok(Table(Arc::new(inner)))
    }
}

/// The columns of a table, in its order: those of one data set, then what else is looked at or reported.
fn columns(metric: Option<&str>, options: &Options) -> Result<Vec<(DataSet, Measure)>, String> {
    let (data_set, measure) = find(metric.unwrap_or(DEFAULT))?;
    let always: &[Measure] = if options.searched_only { &[] } else { &ALWAYS };
    let mut columns: Vec<_> = always.iter().map(|measure| (data_set, *measure)).collect();
    for wanted in [Ok((data_set, measure))].into_iter().chain(options.report_metrics.iter().map(|name| find(name))) {
        let wanted = wanted?;
        if !columns.contains(&wanted) {
            columns.push(wanted);
        }
    }
    Ok(columns)
}

/// The data set and the measure of a metric's name.
fn find(wanted: &str) -> Result<(DataSet, Measure), String> {
    let measures: Vec<Measure> = ALWAYS.into_iter().chain((0..SEEDS.len()).map(Measure::SeedAccuracy)).collect();
    let mut names = Vec::new();
    for data_set in DataSet::ALL {
        for measure in &measures {
            let name = measure.metric(data_set).name;
            if name == wanted {
                return Ok((data_set, *measure));
            }
            names.push(name);
        }
    }
    let shown: String = wanted.chars().take(100).collect();
    Err(format!("there is no metric `{shown}`; the table has {}", names.join(", ")))
}

/// What a metric is read or computed from.
enum Value<'a> {
    /// The mean over the runs there are.
    Mean([&'a Column; 3]),
    /// As the column has it, times a factor.
    Column(&'a Column, f64),
    Parameters(DataSet),
    Flops(DataSet),
}

impl<'a> Value<'a> {
    fn of(results: &'a Results, data_set: DataSet, measure: Measure) -> Result<Self, String> {
        let column = |data_set, measure: Measure| {
            let file = measure.file(data_set).expect("what follows from the cell has no column");
            results.column(file, &measure.metric(data_set))
        };
        let accuracy = |index| column(data_set, Measure::SeedAccuracy(index));
        Ok(match measure {
            Measure::Accuracy => Self::Mean([accuracy(0)?, accuracy(1)?, accuracy(2)?]),
            Measure::SeedAccuracy(_) | Measure::Latency => Self::Column(column(data_set, measure)?, 1.0),
            Measure::Parameters => Self::Parameters(data_set),
            Measure::Flops => Self::Flops(data_set),
            Measure::TrainSeconds => {
                let images = data_set.training_images() as f64 / DataSet::Cifar10.training_images() as f64;
                Self::Column(column(DataSet::Cifar10, measure)?, images)
            }
        })
    }

    fn at(&self, row: usize, cell: &Architecture) -> f64 {
        match self {
            Self::Mean(columns) => {
                // Summed as whole numbers, so that the mean is rounded once.
                let runs = columns.iter().filter_map(|column| column.numbers[row]);
                runs.clone().sum::<i64>() as f64 / (runs.count() as f64 * columns[0].per_unit)
            }
            Self::Column(column, factor) => column.value(row) * factor,
            Self::Parameters(data_set) => size(cell, *data_set).parameters as f64,
            Self::Flops(data_set) => size(cell, *data_set).flops as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::{Objective, Trial};

    fn open(metric: &str) -> (Space, Table) {
        let space = Space::named("nas-bench-201").unwrap();
        let table = Table::nas_bench_201(&space, Some(metric), &[]).unwrap();
        (space, table)
    }

    #[test]
    fn there_are_two_or_three_runs_of_every_cell() {
        let results = Results::embedded().unwrap();
        for data_set in DataSet::ALL {
            let missing = |metric: &str| {
                let values = results.values(&format!("{}/{metric}", data_set.name())).unwrap();
                values.iter().filter(|value| value.is_nan()).count()
            };
            let all = ["val200_seed777", "val200_seed888", "val200_seed999", "val200", "latency", "train_seconds"];
            assert_eq!(all.map(missing), [0, 0, 7_456, 0, 0, 0]);
        }
    }

    #[test]
    fn the_metrics_are_those_of_one_data_set() {
        let names =
            |metric: &str| open(metric).1.metrics().iter().map(|metric| metric.name.clone()).collect::<Vec<_>>();
        let five = ["val200", "latency", "parameters", "flops", "train_seconds"].map(|name| format!("cifar100/{name}"));
        assert_eq!(names("cifar100/latency"), five);
        assert_eq!(names("cifar100/val200_seed888")[5], "cifar100/val200_seed888");
        let default = Table::nas_bench_201(&Space::named("nas-bench-201").unwrap(), None, &[]).unwrap();
        assert_eq!(default.metrics()[0], Metric::new("cifar10/val200", "%", Direction::Maximise));
        let space = Space::named("nas-bench-201").unwrap();
        let report = ["cifar10/flops", "cifar100/val200", "cifar10/val200_seed777"].map(String::from);
        let mut more = Table::nas_bench_201(&space, None, &report).unwrap();
        assert_eq!(more.metrics()[5].name, "cifar100/val200");
        assert_eq!(more.metrics()[6].name, "cifar10/val200_seed777");
        let trial = Trial::evaluate(0, space.at_index(9930).unwrap(), 0);
        let mut other = open("cifar100/val200").1;
        assert_eq!(more.answer(&trial).unwrap().values[5], other.answer(&trial).unwrap().values[0]);
    }

    #[test]
    fn a_missing_run_is_named() {
        let (space, mut table) = open("cifar10/val200_seed999");
        let text = "|none~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+|nor_conv_1x1~0|avg_pool_3x3~1|skip_connect~2|";
        let failure = table.answer(&Trial::evaluate(0, space.parse(text).unwrap(), 0)).unwrap_err();
        assert_eq!(failure.to_string(), format!("missing: the row of `{text}` has no cifar10/val200_seed999"));
    }

    #[test]
    fn another_space_or_metric_is_refused() {
        let error = Table::nas_bench_201(&Space::named("sequence:6x5").unwrap(), None, &[]).unwrap_err();
        assert_eq!(
            error,
            "it has the results of the space `nas-bench-201`, and the space is `sequence:6x5`; search `nas-bench-201`, \
             or take the objective `chain`, which any space has"
        );
        let error =
            Table::nas_bench_201(&Space::named("nas-bench-201").unwrap(), Some("cifar10/test200"), &[]).unwrap_err();
        assert!(
            error.starts_with("there is no metric `cifar10/test200`; the table has cifar10/val200, cifar10/latency,"),
            "{error}"
        );
        assert!(error.ends_with("imagenet16-120/val200_seed999"), "{error}");
    }
}
