//! The published results, from files that JavaScript has.

use std::cell::RefCell;

use bilevel::objective::table::{self, Table};
use bilevel::run::RunSpec;
use bilevel::space::Space;
use wasm_bindgen::prelude::*;

/// How many tables are kept: a page looks at few metrics, from many seeds.
const MOST_TABLES: usize = 8;

/// The metric that a table was made for, and its options.
type Metrics = (Option<String>, table::Options);

/// The published results of NAS-Bench-201, as many of their files as were read.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Results {
    results: table::Results,
    /// Tables that were made: one takes some milliseconds, which are more than most runs.
    tables: RefCell<Vec<(Metrics, Table)>>,
}

#[wasm_bindgen]
impl Results {
    /// None of them.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one file in.
    ///
    /// # Errors
    /// An `Error` that says what is wrong with the file.
    pub fn read(&mut self, file: &[u8]) -> Result<(), JsError> {
        self.results.read(file).map_err(|reason| JsError::new(&reason))
    }

    /// The values of a metric in the order of the space, in its unit; NaN where there is none.
    ///
    /// # Errors
    /// An `Error` if there is no such metric, or its file was not read.
    pub fn values(&self, metric: &str) -> Result<Vec<f64>, JsError> {
        self.results.values(metric).map_err(|reason| JsError::new(&reason))
    }

    /// The table of these metrics; `space` is one that it was made for before, or it is made now.
    pub(crate) fn table(&self, space: &Space, metric: Option<&str>, options: &table::Options) -> Result<Table, String> {
        let metrics = (metric.map(str::to_owned), options.clone());
        let mut tables = self.tables.borrow_mut();
        let known = tables.iter().find(|(known, table)| *known == metrics && table.space().spec() == space.spec());
        if let Some((_, table)) = known {
            return Ok(table.clone());
        }
        let table = self.results.table(space, metric, options)?;
        if tables.len() == MOST_TABLES {
            tables.remove(0);
        }
        tables.push((metrics, table.clone()));
        Ok(table)
    }

    pub(crate) fn inner(&self) -> &table::Results {
        &self.results
    }
}

/// The files of results that a run of this specification (JSON text) needs, by their names in the package.
///
/// # Errors
/// An `Error` if the specification cannot be read, or names a metric that is not there.
#[wasm_bindgen(js_name = filesOfRun)]
pub fn files_of_run(spec: &str) -> Result<Vec<String>, JsError> {
    let spec = RunSpec::from_json(spec)?;
    Ok(spec.objective.files(spec.metric.as_deref())?)
}

/// The files that [`Results::values`] of this metric needs: one, or none where it follows from the cell.
///
/// # Errors
/// An `Error` if there is no such metric.
#[wasm_bindgen(js_name = filesOfMetric)]
pub fn files_of_metric(metric: &str) -> Result<Vec<String>, JsError> {
    table::Results::files_of_values(metric).map_err(|reason| JsError::new(&reason))
}
