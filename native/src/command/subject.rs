//! What is searched, and by which measure: the options that `search` and `compare` share.

use std::path::{Path, PathBuf};

use bilevel::objective::{DeviceName, ObjectiveSpec, table};
use bilevel::run::RunSpec;
use bilevel::space::SpaceSpec;
use clap::Args;
use strum::IntoEnumIterator;

use crate::directory;
use crate::exit::Error;
use crate::objectives::Source;
use crate::spec_file::SpecFile;

#[derive(Debug, Args)]
pub(super) struct Subject {
    /// What can be chosen: a name of `bilevel spaces`, or a .toml or .json file with `positions` or `layers`
    #[arg(long, value_name = "SPACE")]
    space: Option<String>,
    #[arg(long, value_name = "NAME[:KEY=VALUE,…]", help = names("What is minimised", ObjectiveSpec::iter().map(|o| o.name())))]
    objective: Option<String>,
    /// The folder of the images, for objectives that train on a folder
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// A table of your own, .csv or .csv.gz: one row an architecture; the space is seen from it unless --space names it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "objective"])]
    table: Option<PathBuf>,
    /// The table's column with the whole architecture
    #[arg(long, value_name = "COLUMN", conflicts_with = "arch_columns")]
    arch_column: Option<String>,
    /// The table's columns with the choice at each position, e.g. A,B,C; a name with a comma in quotes: A,"B, inner",C
    #[arg(long, value_name = "COLUMNS", value_parser = columns)]
    arch_columns: Option<Columns>,
    /// The table's column with what an answer costs
    #[arg(long, value_name = "COLUMN")]
    cost_column: Option<String>,
    /// Seconds for each unit of the cost column
    #[arg(long, value_name = "F")]
    cost_scale: Option<f64>,
    /// Smaller values of the table are better
    #[arg(long)]
    minimise: bool,
    /// The metric that the search looks at, e.g. cifar10/val200, or a column of the table
    #[arg(long = "search-metric", alias = "metric", value_name = "METRIC")]
    search_metric: Option<String>,
    /// A second metric in the loss: weighted-product:metric=M,target=T, penalty:metric=M,limit=T,weight=W or
    /// constraint:metric=M,limit=T
    #[arg(long, value_name = "NAME:KEY=VALUE,…")]
    scalarisation: Option<String>,
    /// A metric that is reported of the best; may be repeated
    #[arg(long = "report-metric", value_name = "METRIC")]
    report_metrics: Vec<String>,
    /// Epochs for each candidate network, or of the supernet
    #[arg(long)]
    epochs: Option<u32>,
    /// Where networks are trained: cpu, vulkan, vulkan:N, cuda or cuda:N; `bilevel devices` lists those of this build
    #[arg(long)]
    device: Option<DeviceName>,
    /// Where all randomness comes from
    #[arg(long)]
    seed: Option<u64>,
    /// The most trials asked and not told; with it and the seed a run is the same anywhere
    #[arg(long, value_name = "K")]
    in_flight: Option<usize>,
}

/// Names of columns. A type of its own, since a `Vec` would be an option that is repeated.
#[derive(Debug, Clone)]
struct Columns(Vec<String>);

/// Names as the head of a table has them: divided by commas, and quoted where one is part of a name.
fn columns(text: &str) -> Result<Columns, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let record = reader.records().next().and_then(Result::ok).ok_or("one name or more, divided by commas")?;
    Ok(Columns(record.iter().map(str::to_owned).collect()))
}

/// A help text with the names that there are, so that it follows from the enum.
pub(super) fn names(what: &str, names: impl Iterator<Item = &'static str>) -> String {
    format!("{what}: {}; options stand behind a colon", names.collect::<Vec<_>>().join(", "))
}

impl Subject {
    /// Puts what was named over `file`.
    pub(super) fn apply(&self, file: SpecFile) -> Result<(RunSpec, Source), Error> {
        let SpecFile { mut spec, mut source } = file;
        if let Some(text) = &self.space {
            spec.space = space(text)?;
            source.infer_space = false;
        }
        if let Some(text) = &self.objective {
            spec.objective = named("objective", text)?;
            source.infer_space = false;
            if let (None, Some(home)) = (&self.space, spec.objective.home()) {
                spec.space = home;
            }
        }
        if let Some(path) = &self.table {
            source = Source { data: Some(path.clone()), infer_space: self.space.is_none(), ..source };
            spec.objective = ObjectiveSpec::Table(table::Options::default());
        }
        source.data = self.data.clone().or(source.data);
        spec.metric = self.search_metric.clone().or(spec.metric);
        if let Some(text) = &self.scalarisation {
            spec.scalarisation = Some(named("scalarisation", text)?);
        }
        spec.seed = self.seed.unwrap_or(spec.seed);
        spec.in_flight = self.in_flight.or(spec.in_flight);
        self.columns(&mut spec)?;
        let name = spec.objective.name();
        let looks_up = |option: &str| Error::usage(format!("{option} is for objectives that train; `{name}` looks up"));
        if let Some(epochs) = self.epochs {
            spec.objective.training_mut().ok_or_else(|| looks_up("--epochs"))?.epochs = epochs;
        }
        if let Some(device) = self.device {
            spec.objective.training_mut().ok_or_else(|| looks_up("--device"))?.device = device;
        }
        Ok((spec, source))
    }

    /// The options of a table.
    fn columns(&self, spec: &mut RunSpec) -> Result<(), Error> {
        let Self { table, arch_column, arch_columns, cost_column, cost_scale, minimise, report_metrics, .. } = self;
        let own = arch_column.is_some()
            || arch_columns.is_some()
            || cost_column.is_some()
            || cost_scale.is_some()
            || *minimise;
        let ObjectiveSpec::Table(options) = &mut spec.objective else {
            if own {
                let message =
                    "--arch-column, --arch-columns, --cost-column, --cost-scale and --minimise belong to --table FILE";
                return Err(Error::usage(message));
            }
            return Ok(());
        };
        if arch_column.is_some() {
            options.arch_columns.clear();
            options.arch_column.clone_from(arch_column);
        }
        if let Some(Columns(names)) = arch_columns {
            options.arch_column = None;
            options.arch_columns.clone_from(names);
        }
        if cost_column.is_some() {
            options.cost_column.clone_from(cost_column);
        }
        options.cost_scale = cost_scale.unwrap_or(options.cost_scale);
        options.minimise |= minimise;
        if !report_metrics.is_empty() {
            options.report_metrics.clone_from(report_metrics);
        }
        if table.is_some() && !options.is_own() {
            let message = "--table also needs --arch-column NAME, or --arch-columns A,B,… with one column a position";
            return Err(Error::usage(message));
        }
        Ok(())
    }

    /// The trials in flight, where their number was named here.
    pub(super) fn in_flight(&self) -> Option<usize> {
        self.in_flight
    }

    /// The metrics to report, where they were named here.
    pub(super) fn report_metrics(&self) -> &[String] {
        &self.report_metrics
    }
}

/// A name, or a file with `positions`, `layers` or `characters`.
pub(super) fn space(text: &str) -> Result<SpaceSpec, Error> {
    let path = Path::new(text);
    let extension = path.extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
    let custom: Result<SpaceSpec, String> = match extension {
        "json" => serde_json::from_str(&directory::read_text(path)?).map_err(|error| error.to_string()),
        "toml" => toml::from_str(&directory::read_text(path)?).map_err(|error| error.to_string()),
        _ => return text.parse().map_err(|error: bilevel::space::SpaceError| Error::usage(error.to_string())),
    };
    let spec = custom.map_err(|error| Error::usage(format!("{text}: {}", error.trim_end())))?;
    bilevel::space::Space::new(spec.clone()).map_err(|error| Error::usage(format!("{text}: {error}")))?;
    Ok(spec)
}

/// A name with options, as `parse` reads it.
pub(super) fn named<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, Error> {
    bilevel::run::parse(text).map_err(|reason| Error::usage(format!("--{what} {text}: {reason}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_may_have_a_comma_in_its_name() {
        let names = |text: &str| columns(text).map(|Columns(names)| names);
        assert_eq!(names("a,b c").unwrap(), ["a", "b c"]);
        assert_eq!(
            names("\"stem, first\",depth (#),\"a \"\"b\"\"\"").unwrap(),
            ["stem, first", "depth (#)", "a \"b\""]
        );
        assert!(names("").is_err());
    }
}
