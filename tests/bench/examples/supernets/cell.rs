//! A cell of NAS-Bench-201: what the benchmark's own table says of it, and whether anything in it learns.

use bilevel::numeric::Moments;
use bilevel::objective::table::Table;
use bilevel::space::{Architecture, Cells, Operation, Space};

/// The accuracies of the table that cells are looked up in.
const METRIC: &str = "cifar10/val200";

/// The cells of NAS-Bench-201 with their table.
#[derive(Debug)]
pub(crate) struct Benchmark {
    space: Space,
    cells: Cells,
    table: Table,
}

/// What can be said of a cell without training it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict {
    /// Validation accuracy on CIFAR-10 after 200 epochs, by the table, in %.
    pub(crate) table: f64,
    /// Operations with weights on edges that the output depends on.
    pub(crate) weights: usize,
    /// Skips on edges that the output depends on.
    pub(crate) skips: usize,
    /// Whether anything of the input reaches the output.
    pub(crate) connected: bool,
}

impl Verdict {
    /// Nothing in the cell learns: no operation with weights lies on an edge that the output depends on, or nothing reaches the output.
    /// The network is its stem, its reductions and its head.
    pub(crate) fn collapsed(&self) -> bool {
        self.weights == 0 || !self.connected
    }
}

/// The whole table beside which a cell stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whole {
    pub(crate) mean: f64,
    pub(crate) median: f64,
    pub(crate) best: f64,
    /// That of the cell of nothing but skips, which DARTS ends with in the literature.
    pub(crate) all_skips: f64,
}

impl Benchmark {
    pub(crate) fn new() -> Result<Self, String> {
        let space = Space::named("nas-bench-201").map_err(|error| error.to_string())?;
        let (cells, table) = (Cells::of(&space)?, Table::nas_bench_201(&space, Some(METRIC), &[])?);
        Ok(Self { space, cells, table })
    }

    pub(crate) fn parse(&self, text: &str) -> Result<Architecture, String> {
        self.space.parse(text).map_err(|error| error.to_string())
    }

    /// Its number in the enumeration of the space: a short name.
    pub(crate) fn index(&self, architecture: &Architecture) -> u64 {
        self.space.index(architecture).unwrap_or_default()
    }

    /// Each edge by name with the operation on it.
    pub(crate) fn edges(&self, architecture: &Architecture) -> Vec<(&str, &str)> {
        let positions = self.space.positions().iter().zip(architecture.choices());
        positions
            .map(|(position, choice)| (position.name.as_str(), position.choices[usize::from(*choice)].as_str()))
            .collect()
    }

    pub(crate) fn verdict(&self, architecture: &Architecture) -> Result<Verdict, String> {
        let path = self.cells.path(architecture);
        let edges = self.cells.edges().zip(path.choices()).zip(self.cells.needed(&path));
        let needed = edges.filter(|(_, needed)| *needed);
        let operations: Vec<Operation> =
            needed.map(|(((_, edge), choice), _)| edge.operations[usize::from(*choice)]).collect();
        Ok(Verdict {
            table: self.accuracy(architecture)?,
            weights: operations.iter().filter(|operation| operation.has_weights()).count(),
            skips: operations.iter().filter(|operation| **operation == Operation::Skip).count(),
            connected: self.cells.is_connected(&path),
        })
    }

    fn accuracy(&self, architecture: &Architecture) -> Result<f64, String> {
        // The accuracy is the first of its metrics.
        self.table.values(architecture).map(|values| values[0]).map_err(|failure| failure.message)
    }

    pub(crate) fn whole(&self) -> Result<Whole, String> {
        let mut all = self.space.enumerate().map(|cell| self.accuracy(&cell)).collect::<Result<Vec<f64>, _>>()?;
        let mut moments = Moments::default();
        all.iter().for_each(|value| moments.push(*value));
        all.sort_by(f64::total_cmp);
        let skips = "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|skip_connect~1|skip_connect~2|";
        Ok(Whole {
            mean: moments.mean(),
            median: all[all.len() / 2],
            best: all[all.len() - 1],
            all_skips: self.accuracy(&self.parse(skips)?)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str) -> Verdict {
        let cells = Benchmark::new().unwrap();
        cells.verdict(&cells.parse(text).unwrap()).unwrap()
    }

    #[test]
    fn a_cell_has_collapsed_where_no_weight_lies_on_the_way_to_its_output() {
        let skips = "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|skip_connect~1|skip_connect~2|";
        assert_eq!((verdict(skips).weights, verdict(skips).skips, verdict(skips).connected), (0, 6, true));
        assert!(verdict(skips).collapsed());
        // A convolution into node 1, from which nothing goes on.
        let beside = "|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|none~1|avg_pool_3x3~2|";
        assert_eq!((verdict(beside).weights, verdict(beside).collapsed()), (0, true));
        // A convolution of zeros.
        let nothing = "|none~0|+|none~0|none~1|+|none~0|nor_conv_3x3~1|none~2|";
        assert_eq!((verdict(nothing).connected, verdict(nothing).collapsed()), (false, true));
        assert!(!verdict("|none~0|+|none~0|none~1|+|nor_conv_1x1~0|none~1|none~2|").collapsed());
    }

    #[test]
    fn the_table_is_that_of_cifar10() {
        let best = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|";
        assert!((verdict(best).table - 91.6067).abs() < 5e-5);
        let whole = Benchmark::new().unwrap().whole().unwrap();
        assert!(whole.mean < whole.median && whole.median < whole.best && (whole.best - 91.6067).abs() < 5e-5);
    }
}
