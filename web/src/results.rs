//! The published results, from files that JavaScript has.

use bilevel::objective::table;
use bilevel::run::RunSpec;
use wasm_bindgen::prelude::*;

/// The published results of NAS-Bench-201, as many of their files as were read.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Results(table::Results);

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
        self.0.read(file).map_err(|reason| JsError::new(&reason))
    }

    /// The values of a metric in the order of the space, in its unit; NaN where there is none.
    ///
    /// # Errors
    /// An `Error` if there is no such metric, or its file was not read.
    pub fn values(&self, metric: &str) -> Result<Vec<f64>, JsError> {
        self.0.values(metric).map_err(|reason| JsError::new(&reason))
    }

    pub(crate) fn inner(&self) -> &table::Results {
        &self.0
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
