//! A specification in a file of the user's: a run, or a table with its columns and what is to be searched in it.

use std::path::{Path, PathBuf};

use bilevel::estimator::EstimatorSpec;
use bilevel::objective::ObjectiveSpec;
use bilevel::run::{Budget, Order, RunSpec, SCHEMA_VERSION};
use bilevel::search::{SearcherSpec, policy_gradient};
use bilevel::space::SpaceSpec;
use serde_json::{Map, Value};

use crate::directory;
use crate::exit::Error;
use crate::objectives::Source;

/// The options of a table that may stand at the top of a file, named as on the command line.
const COLUMNS: [&str; 7] =
    ["arch_column", "arch_columns", "report_metric", "report_metrics", "cost_column", "cost_scale", "minimise"];

/// What a file says: the run, and where its data is.
#[derive(Debug)]
pub(crate) struct SpecFile {
    pub(crate) spec: RunSpec,
    pub(crate) source: Source,
}

impl SpecFile {
    /// The run of `bilevel search` without any option.
    pub(crate) fn main_job() -> Self {
        let spec = RunSpec {
            schema_version: SCHEMA_VERSION,
            space: SpaceSpec::NasBench201(Default::default()),
            objective: ObjectiveSpec::Digits(Default::default()),
            metric: None,
            searcher: SearcherSpec::PolicyGradient(policy_gradient::Options::of(EstimatorSpec::Reinforce(
                Default::default(),
            ))),
            budget: Budget::default(),
            seed: 7,
            in_flight: None,
            order: Order::Asked,
            retrain: None,
            data_sha256: None,
            scalarisation: None,
            front: Vec::new(),
        };
        Self { spec, source: Source::default() }
    }

    /// The published results of NAS-Bench-201: what a comparison looks at unless told otherwise.
    pub(crate) fn of_table() -> Self {
        let Self { spec, source } = Self::main_job();
        Self { spec: RunSpec { objective: ObjectiveSpec::Table(Default::default()), ..spec }, source }
    }

    /// Reads a TOML or JSON file. With a key `table`, the path of a CSV file from where the specification lies, it may be
    /// written flat: `arch_column` and the other options of a table at its top, space and searcher left to be found.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let text = directory::read_text(path)?;
        let is_json = path.extension().is_some_and(|extension| extension == "json");
        let wrong = |error: &dyn std::fmt::Display| Error::usage(format!("{}: {error}", path.display()));
        let table = |text: &str| -> Option<Map<String, Value>> {
            if is_json { serde_json::from_str(text).ok() } else { toml::from_str(text).ok() }
        };
        if let Some(table) = table(&text).filter(|table| table.contains_key("table")) {
            return Self::flat(table, path).map_err(|error| wrong(&error));
        }
        let spec = if is_json { RunSpec::from_json(&text) } else { RunSpec::from_toml(&text) };
        Ok(Self { spec: spec.map_err(|error| wrong(&error))?, source: Source::default() })
    }

    fn flat(mut table: Map<String, Value>, path: &Path) -> Result<Self, String> {
        let Some(Value::String(data)) = table.remove("table") else {
            return Err("`table` is the path of a .csv or .csv.gz file".into());
        };
        let mut options = Map::new();
        options.insert("name".into(), "table".into());
        for name in COLUMNS {
            options.extend(table.remove_entry(name));
        }
        if table.insert("objective".into(), options.into()).is_some() {
            return Err("with `table` the objective is that table; leave `objective` away".into());
        }
        let infer_space = !table.contains_key("space");
        for (name, default) in [("space", "nas-bench-201"), ("searcher", "reinforce")] {
            table.entry(name).or_insert_with(|| default.into());
        }
        let spec = RunSpec::from_json(&Value::from(table).to_string()).map_err(|error| error.to_string())?;
        let data = path.parent().unwrap_or(Path::new("")).join(data);
        Ok(Self { spec, source: Source { data: Some(PathBuf::from(&data)), infer_space, ..Source::default() } })
    }
}
