//! The published results of NAS-Bench-201 (Dong and Yang, ICLR 2020), file by file, from whoever has the files.
//!
//! They are in `core/data/nas_bench_201`, 280 kB in all: one file for each measure of each data set, so that a page that
//! searches one data set loads no other. [`Results::embedded`] has them all in the program; a program that never calls it
//! does not carry them. Where they come from and how precise they are: `core/data/README.md`.

use std::sync::OnceLock;

use super::columns::{Column, unpack};
use crate::objective::Metric;
use crate::space::nas_bench_201::DataSet;

/// The cells of the space, in its order: the rows of every file.
pub(super) const CELLS: usize = 15_625;

/// One file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum File {
    /// The validation accuracies of the runs.
    Accuracy(DataSet),
    Latency(DataSet),
    /// Seconds of training on CIFAR-10; those of the other two are multiples.
    Seconds,
}

impl File {
    pub(super) fn name(self) -> String {
        match self {
            Self::Accuracy(data_set) => format!("nas_bench_201/{}_accuracy.bin", data_set.name()),
            Self::Latency(data_set) => format!("nas_bench_201/{}_latency.bin", data_set.name()),
            Self::Seconds => "nas_bench_201/seconds.bin".into(),
        }
    }
}

/// The published results, as many of their files as were read.
///
/// ```
/// use bilevel::objective::table::{Options, Results};
/// use bilevel::space::Space;
/// let mut results = Results::default();
/// let space = Space::named("nas-bench-201").unwrap();
/// for name in Results::files(Some("cifar10/val200"), &Options::default()).unwrap() {
///     results.read(&std::fs::read(format!("data/{name}")).unwrap()).unwrap();
/// }
/// assert!(results.table(&space, Some("cifar10/val200"), &Options::default()).is_ok());
/// assert!(results.table(&space, Some("cifar100/val200"), &Options::default()).is_err(), "nobody read its files");
/// ```
#[derive(Debug, Default)]
pub struct Results {
    columns: Vec<Column>,
}

impl Results {
    /// All of them, from bytes in the program, unpacked once a process.
    ///
    /// # Errors
    /// If the bytes are damaged.
    pub fn embedded() -> Result<&'static Self, String> {
        // A constant, though not one that the compiler could work out.
        static RESULTS: OnceLock<Result<Results, String>> = OnceLock::new();
        let results = RESULTS.get_or_init(|| {
            let files: [&[u8]; 7] = [
                include_bytes!("../../../data/nas_bench_201/cifar10_accuracy.bin"),
                include_bytes!("../../../data/nas_bench_201/cifar10_latency.bin"),
                include_bytes!("../../../data/nas_bench_201/cifar100_accuracy.bin"),
                include_bytes!("../../../data/nas_bench_201/cifar100_latency.bin"),
                include_bytes!("../../../data/nas_bench_201/imagenet16-120_accuracy.bin"),
                include_bytes!("../../../data/nas_bench_201/imagenet16-120_latency.bin"),
                include_bytes!("../../../data/nas_bench_201/seconds.bin"),
            ];
            let mut results = Self::default();
            files.into_iter().try_for_each(|file| results.read(file)).map(|()| results)
        });
        results.as_ref().map_err(|error| format!("the built-in table is damaged: {error}"))
    }

    /// Takes one file in; one that is in already changes nothing.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn read(&mut self, file: &[u8]) -> Result<(), String> {
        for column in unpack(file, CELLS)? {
            if self.columns.iter().all(|known| known.name != column.name) {
                self.columns.push(column);
            }
        }
        Ok(())
    }

    /// The column of a metric, which is one of `file`.
    pub(super) fn column(&self, file: File, metric: &Metric) -> Result<&Column, String> {
        let found = self.columns.iter().find(|column| column.name == metric.name && column.unit == metric.unit);
        found.ok_or_else(|| format!("`{}` is in the file {}, which has not been read", metric.name, file.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Table};
    use super::*;
    use crate::space::Space;

    fn file(name: &str) -> Vec<u8> {
        std::fs::read(format!("data/{name}")).unwrap()
    }

    #[test]
    fn what_was_read_in_files_is_what_is_embedded() {
        let space = Space::named("nas-bench-201").unwrap();
        let mut results = Results::default();
        let names = Results::files(Some("cifar100/val200"), &Options::default()).unwrap();
        let data_set = ["accuracy", "latency"].map(|measure| format!("nas_bench_201/cifar100_{measure}.bin"));
        assert_eq!(names, [&data_set[..], &["nas_bench_201/seconds.bin".into()]].concat());
        names.iter().chain(&names).for_each(|name| results.read(&file(name)).unwrap());
        assert_eq!(results.columns.len(), 5, "a file that is read twice counts once");
        let ours = results.table(&space, Some("cifar100/val200"), &Options::default()).unwrap();
        let embedded =
            Results::embedded().unwrap().table(&space, Some("cifar100/val200"), &Options::default()).unwrap();
        for cell in space.enumerate().step_by(97) {
            assert_eq!(ours.values(&cell).unwrap(), embedded.values(&cell).unwrap());
        }
    }

    #[test]
    fn accuracies_need_their_file_alone() {
        let mut results = Results::default();
        results.read(&file("nas_bench_201/cifar10_accuracy.bin")).unwrap();
        assert_eq!(Results::files_of_values("cifar10/val200").unwrap(), ["nas_bench_201/cifar10_accuracy.bin"]);
        assert!(Results::files_of_values("cifar10/flops").unwrap().is_empty());
        let accuracies = results.values("cifar10/val200").unwrap();
        let best = accuracies.iter().copied().reduce(f64::max).unwrap();
        assert!(accuracies.len() == CELLS && (best - 91.6067).abs() < 5e-5, "{best}");
        let error = results.table(&Space::named("nas-bench-201").unwrap(), None, &Options::default()).unwrap_err();
        assert_eq!(
            error,
            "`cifar10/latency` is in the file nas_bench_201/cifar10_latency.bin, which has not been read"
        );
    }

    #[test]
    fn a_table_of_what_is_searched_needs_one_file_and_costs_nothing() {
        let only = Options { searched_only: true, ..Options::default() };
        assert_eq!(Results::files(None, &only).unwrap(), ["nas_bench_201/cifar10_accuracy.bin"]);
        let mut results = Results::default();
        results.read(&file("nas_bench_201/cifar10_accuracy.bin")).unwrap();
        let space = Space::named("nas-bench-201").unwrap();
        let (table, whole) =
            (results.table(&space, None, &only).unwrap(), Table::nas_bench_201(&space, None, &[]).unwrap());
        for cell in space.enumerate().step_by(97) {
            assert_eq!(*table.values(&cell).unwrap(), whole.values(&cell).unwrap()[..1]);
        }
        let trial = crate::objective::Trial::evaluate(0, space.enumerate().next().unwrap(), 0);
        assert_eq!(crate::objective::answer(&mut table.clone(), &trial).unwrap().cost, Default::default());
        assert!(!only.has_costs());
    }

    #[test]
    fn reported_metrics_bring_their_files_and_nothing_twice() {
        let report = ["cifar10/val200_seed888", "cifar100/val200", "cifar100/train_seconds"].map(String::from);
        let names = ["cifar10_accuracy", "cifar10_latency", "seconds", "cifar100_accuracy"];
        let names = names.map(|name| format!("nas_bench_201/{name}.bin"));
        assert_eq!(Results::files(None, &Options::reporting(&report)).unwrap(), names);
        assert!(
            Results::files(Some("cifar10/test200"), &Options::default()).unwrap_err().starts_with("there is no metric")
        );
    }
}
