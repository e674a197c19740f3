//! Several estimators on one scene, as a user names them.

use serde::{Deserialize, Serialize};

use super::{Measurement, Row, Scene};
use crate::estimator::EstimatorSpec;
use crate::named;
use crate::objective::{ObjectiveSpec, Point};
use crate::space::SpaceSpec;

/// What is measured where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradientSpec {
    /// What can be chosen.
    pub space: SpaceSpec,
    /// What is minimised.
    #[serde(deserialize_with = "named::deserialize")]
    pub objective: ObjectiveSpec,
    /// The metric that the loss is made of; the first of the objective where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// The estimators, options behind a colon.
    pub estimators: Vec<String>,
    /// The temperatures of those that have one and do not name theirs; their own where there are none here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub temperatures: Vec<f64>,
    /// Where all randomness comes from.
    #[serde(default)]
    pub seed: u64,
    /// The logits of the policy, one row of choices after the other; the uniform policy where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logits: Option<Vec<f64>>,
}

/// Whether an estimator's name says its temperature.
pub fn names_temperature(name: &str) -> bool {
    named::table_of_words(name).is_ok_and(|table| table.get("temperature").is_some())
}

/// At which of `temperatures` an estimator is measured: at none of them (its own) if it has no temperature or names it.
pub fn temperatures_of(name: &str, spec: &EstimatorSpec, temperatures: &[f64]) -> Vec<Option<f64>> {
    if temperatures.is_empty() || spec.temperature().is_none() || names_temperature(name) {
        vec![None]
    } else {
        temperatures.iter().copied().map(Some).collect()
    }
}

/// Measurements side by side, in the order of the estimators and, for each, of the temperatures.
#[derive(Debug)]
pub struct Bench {
    scene: Scene,
    measurements: Vec<Measurement>,
}

impl Bench {
    /// The estimators of `spec` on `scene`, whose policy is moved to the logits of `spec`.
    ///
    /// # Errors
    /// If a name or an option is unknown or out of range, or an estimator does not suit the scene.
    pub fn new(spec: &GradientSpec, mut scene: Scene) -> Result<Self, String> {
        if let Some(logits) = &spec.logits {
            scene.set_logits(logits)?;
        }
        let mut measurements = Vec::new();
        for name in &spec.estimators {
            let named = |reason: String| format!("estimator `{name}`: {reason}");
            let estimator: EstimatorSpec = named::parse(name).map_err(named)?;
            for temperature in temperatures_of(name, &estimator, &spec.temperatures) {
                let measurement = Measurement::new(&scene, name, &estimator, temperature, spec.seed);
                measurements.push(measurement.map_err(named)?);
            }
        }
        Ok(Self { scene, measurements })
    }

    /// The scene.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// The measurements, in their order.
    pub fn measurements(&self) -> &[Measurement] {
        &self.measurements
    }

    /// So many more draws of a measurement.
    ///
    /// # Errors
    /// If there is no such measurement, or a draw gives no gradient.
    pub fn draw(&mut self, measurement: usize, count: u64) -> Result<(), String> {
        let (it, scene) = self.at(measurement)?;
        it.draw_several(scene, count)
    }

    /// One more draw of a measurement, `[A]`, which counts as any other.
    ///
    /// # Errors
    /// As [`Self::draw`].
    pub fn one(&mut self, measurement: usize) -> Result<Vec<f64>, String> {
        let (it, scene) = self.at(measurement)?;
        it.draw(scene).map(<[f64]>::to_vec)
    }

    /// The same with the points that it asked for.
    ///
    /// # Errors
    /// As [`Self::draw`].
    pub fn observe(&mut self, measurement: usize) -> Result<(Vec<Point>, Vec<f64>), String> {
        let (it, scene) = self.at(measurement)?;
        it.observe(scene).map(|(points, gradient)| (points, gradient.to_vec()))
    }

    fn at(&mut self, measurement: usize) -> Result<(&mut Measurement, &mut Scene), String> {
        let it = self.measurements.get_mut(measurement).ok_or_else(|| none(measurement))?;
        Ok((it, &mut self.scene))
    }

    /// What came of a measurement so far; nothing below two draws.
    ///
    /// # Errors
    /// If there is no such measurement.
    pub fn row(&self, measurement: usize) -> Result<Option<Row>, String> {
        self.measurements.get(measurement).map(|it| it.row(None)).ok_or_else(|| none(measurement))
    }
}

fn none(measurement: usize) -> String {
    format!("there is no measurement {measurement}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::Scalarisation;
    use crate::space::Space;

    fn bench(json: &str) -> Result<Bench, String> {
        let spec: GradientSpec = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let space = Space::new(spec.space.clone()).map_err(|error| error.to_string())?;
        let objective = spec.objective.open(&space, None).map_err(|error| error.to_string())?;
        let scalarisation = Scalarisation::of_metric(objective.metrics(), None)?;
        Bench::new(&spec, Scene::new(&space, objective, scalarisation)?)
    }

    #[test]
    fn only_those_with_a_temperature_of_nobodys_naming_are_swept() {
        let json = r#"{"space": "sequence:2x3", "objective": "chain:bend=1", "temperatures": [0.1, 1],
            "estimators": ["rebar", "concrete", "concrete:temperature=0.5,final_temperature=0.1"], "logits": [0,1,2,3,4,5]}"#;
        let mut bench = bench(json).unwrap();
        let mut temperatures = Vec::new();
        for measurement in 0..bench.measurements().len() {
            assert_eq!(bench.row(measurement).unwrap(), None);
            bench.draw(measurement, 3).unwrap();
            assert_eq!(bench.one(measurement).unwrap().len(), 6);
            let (points, gradient) = bench.observe(measurement).unwrap();
            assert_eq!((points.len(), gradient.len()), (if measurement == 0 { 4 } else { 1 }, 6));
            let row = bench.row(measurement).unwrap().unwrap();
            assert_eq!((row.draws, row.temperature), (5, bench.measurements()[measurement].temperature()));
            temperatures.push(row.temperature);
        }
        assert_eq!(temperatures, [None, Some(0.1), Some(1.0), Some(0.5)]);
        assert_eq!(bench.draw(4, 1).unwrap_err(), "there is no measurement 4");
    }

    #[test]
    fn what_is_wrong_names_the_estimator() {
        for (estimator, words) in [
            ("concrte", "estimator `concrte`: unknown variant `concrte`"),
            ("arm", "estimator `arm`: arm is for binary choices"),
            ("rloo:samples=1", "estimator `rloo:samples=1`: samples must be in 2..=10000, got 1"),
        ] {
            let json = format!(r#"{{"space": "sequence:2x3", "objective": "chain", "estimators": ["{estimator}"]}}"#);
            let error = bench(&json).unwrap_err();
            assert!(error.starts_with(words), "{error}");
        }
    }
}
