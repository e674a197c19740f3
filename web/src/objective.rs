//! Who answers the trials of a run: an objective that looks up, here, or JavaScript, which has functions and trains networks.

use bilevel::objective::{
    self, Answer, Cost, Failure, Metric, Objective, ObjectiveError, ObjectiveSpec, Training, Trial,
};
use bilevel::run::RunSpec;
use bilevel::space::Space;
use serde_json::{Value, json};
use wasm_bindgen::JsError;

use crate::results::Results;

/// One of the two.
#[derive(Debug)]
pub(crate) enum Answerer {
    LooksUp(Box<dyn Objective>),
    /// Somebody outside, who measures these: a function, or whoever trains networks.
    Asked(Vec<Metric>),
}

impl Answerer {
    /// What answers the trials of `spec`.
    pub(crate) fn of(spec: &RunSpec, space: &Space, results: &Results) -> Result<Self, JsError> {
        Ok(match &spec.objective {
            ObjectiveSpec::Function(options) => Self::Asked(options.metrics.clone()),
            ObjectiveSpec::Digits(_) => Self::Asked(Training::metrics().to_vec()),
            ObjectiveSpec::Table(options) if !options.is_own() => {
                let table = results.table(space, spec.metric.as_deref(), options);
                let fail = |reason| ObjectiveError { objective: spec.objective.name(), reason };
                Self::LooksUp(Box::new(table.map_err(fail)?))
            }
            objective => Self::LooksUp(objective.open_with(space, spec.metric.as_deref(), || Ok(results.inner()))?),
        })
    }

    pub(crate) fn metrics(&self) -> &[Metric] {
        match self {
            Self::LooksUp(objective) => objective.metrics(),
            Self::Asked(metrics) => metrics,
        }
    }

    /// The answer, where it is looked up here.
    pub(crate) fn answer(&mut self, trial: &Trial) -> Option<Result<Answer, Failure>> {
        match self {
            Self::LooksUp(objective) => Some(objective::answer(objective.as_mut(), trial)),
            Self::Asked(_) => None,
        }
    }
}

/// A trial as a question to whoever is asked. The seed is text, since JavaScript's numbers do not hold 64 bits.
pub(crate) fn question(space: &Space, trial: &Trial) -> Value {
    let architecture = trial.architecture().expect("who cannot answer mixtures is not asked about them");
    json!({
        "id": trial.id,
        "architecture": space.format(architecture),
        "choices": architecture.choices(),
        "epochs": trial.epochs(),
        "seed": trial.seed.to_string(),
    })
}

/// What the networks of a run are trained by, where it trains any: the training, with every default, and the seed as text.
pub(crate) fn trains(spec: &RunSpec) -> Option<Value> {
    let training = spec.objective.training()?;
    Some(json!({"training": training, "seed": spec.seed.to_string()}))
}

/// Values that somebody outside measured, and the seconds that it took where that is a cost.
pub(crate) fn measured(values: Vec<f64>, seconds: Option<f64>) -> Answer {
    let cost = seconds.map_or_else(Cost::default, |seconds| Cost { seconds, measured: true });
    Answer { cost, ..Answer::free(values) }
}
