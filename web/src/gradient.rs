//! The bench of gradients for JavaScript, which draws as many as it has time for and reads what they are worth.

use bilevel::gradient::{self, GradientSpec, Measurement, Scene};
use bilevel::objective::table::Table;
use bilevel::objective::{Mixture, Objective, ObjectiveSpec, Point, Scalarisation, function};
use bilevel::policy::Policy;
use bilevel::space::Space;
use serde_json::json;
use wasm_bindgen::prelude::*;

use crate::document;
use crate::results::Results;

/// Estimators at one policy, beside the exact gradient.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Bench(gradient::Bench);

fn refused(reason: impl AsRef<str>) -> JsError {
    JsError::new(reason.as_ref())
}

#[wasm_bindgen]
impl Bench {
    /// The bench of a specification (JSON text). `results` has the files that its objective needs; `values` are those of a
    /// function's metric, one for each architecture in the order of the space.
    ///
    /// # Errors
    /// An `Error` with the words of the core, if the specification cannot be read or met.
    #[wasm_bindgen(constructor)]
    pub fn new(spec: &str, results: &Results, values: Option<Vec<f64>>) -> Result<Self, JsError> {
        let spec: GradientSpec = document::read("specification", spec)?;
        let space = Space::new(spec.space.clone())?;
        let metric = spec.metric.as_deref();
        let objective: Box<dyn Objective> = match &spec.objective {
            ObjectiveSpec::Function(options) => Box::new(tabulated(&space, options, values).map_err(refused)?),
            _ if values.is_some() => {
                return Err(refused("values are those of the objective `function`, which has no others"));
            }
            ObjectiveSpec::Table(options) if !options.is_own() => {
                Box::new(results.table(&space, metric, options).map_err(refused)?)
            }
            objective => objective.open_with(&space, metric, || Ok(results.inner()))?,
        };
        let scalarisation = Scalarisation::of_metric(objective.metrics(), metric).map_err(refused)?;
        let scene = Scene::new(&space, objective, scalarisation).map_err(refused)?;
        Ok(Self(gradient::Bench::new(&spec, scene).map_err(refused)?))
    }

    /// The positions of its space, logits, `E[f]`, its gradient, how the objective is relaxed, and what is measured: a JSON
    /// table.
    ///
    /// # Errors
    /// None that can be reached.
    pub fn about(&self) -> Result<String, JsError> {
        let scene = self.0.scene();
        let measurements = self.0.measurements().iter();
        let named = |it: &Measurement| json!({"estimator": it.name(), "temperature": it.temperature()});
        document::write(&json!({
            "positions": scene.policy().space().positions(),
            "logits": scene.policy().parameters(),
            "probabilities": scene.policy().all_probabilities(),
            "expectation": scene.exact().mean,
            "exact": scene.exact().gradient,
            "relaxation": scene.relaxation(),
            "measurements": measurements.map(named).collect::<Vec<_>>(),
        }))
    }

    /// So many more draws of a measurement.
    ///
    /// # Errors
    /// An `Error` if there is no such measurement, or a draw gives no gradient.
    pub fn draw(&mut self, measurement: u32, count: u32) -> Result<(), JsError> {
        self.0.draw(measurement as usize, count.into()).map_err(refused)
    }

    /// One more draw of a measurement, which counts as any other.
    ///
    /// # Errors
    /// As [`Self::draw`].
    pub fn one(&mut self, measurement: u32) -> Result<Vec<f64>, JsError> {
        self.0.one(measurement as usize).map_err(refused)
    }

    /// The same with the points that it asked for: a JSON table of `gradient` and `points`, each with `choices` or a `mixture`.
    ///
    /// # Errors
    /// As [`Self::draw`].
    pub fn observe(&mut self, measurement: u32) -> Result<String, JsError> {
        let (points, gradient) = self.0.observe(measurement as usize).map_err(refused)?;
        let points = points.iter().map(|point| match point {
            Point::Hard(h) => json!({"choices": h.choices()}),
            Point::Soft(Mixture(mixture)) => json!({"mixture": mixture}),
        });
        document::write(&json!({"gradient": gradient, "points": points.collect::<Vec<_>>()}))
    }

    /// What came of a measurement so far, as the terminal's document has it; `null` below two draws.
    ///
    /// # Errors
    /// An `Error` if there is no such measurement.
    pub fn row(&self, measurement: u32) -> Result<String, JsError> {
        document::write(&self.0.row(measurement as usize).map_err(refused)?)
    }
}

/// A function whose values are all known.
fn tabulated(space: &Space, options: &function::Options, values: Option<Vec<f64>>) -> Result<Table, String> {
    let [metric] = options.metrics.as_slice() else {
        return Err(format!("objective `function`: a bench has one metric, got {}", options.metrics.len()));
    };
    let values = values.ok_or("objective `function`: a bench needs all its values, one for each architecture")?;
    Table::whole(space, metric.clone(), values).map_err(|reason| format!("objective `function`: {reason}"))
}

/// The files of results that a bench of this specification (JSON text) needs, by their names in the package.
///
/// # Errors
/// An `Error` if the specification cannot be read, or names a metric that is not there.
#[wasm_bindgen(js_name = filesOfBench)]
pub fn files_of_bench(spec: &str) -> Result<Vec<String>, JsError> {
    let spec: GradientSpec = document::read("specification", spec)?;
    Ok(spec.objective.files(spec.metric.as_deref())?)
}
