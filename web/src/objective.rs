//! Who answers the trials of a run: an objective that looks up, here, or a function, in JavaScript.

use bilevel::objective::{self, Answer, Failure, Metric, Objective, ObjectiveError, ObjectiveSpec, Trial};
use bilevel::run::RunSpec;
use bilevel::space::Space;
use serde_json::{Value, json};
use wasm_bindgen::JsError;

use crate::results::Results;

/// One of the two.
#[derive(Debug)]
pub(crate) enum Answerer {
    LooksUp(Box<dyn Objective>),
    /// A function that measures these.
    Function(Vec<Metric>),
}

impl Answerer {
    /// What answers the trials of `spec`.
    pub(crate) fn of(spec: &RunSpec, space: &Space, results: &Results) -> Result<Self, JsError> {
        Ok(match &spec.objective {
            ObjectiveSpec::Function(options) => Self::Function(options.metrics.clone()),
            ObjectiveSpec::Table(options) if !options.is_own() => {
                let table = results.table(space, spec.metric.as_deref(), &options.report_metrics);
                let fail = |reason| ObjectiveError { objective: spec.objective.name(), reason };
                Self::LooksUp(Box::new(table.map_err(fail)?))
            }
            objective => Self::LooksUp(objective.open_with(space, spec.metric.as_deref(), || Ok(results.inner()))?),
        })
    }

    pub(crate) fn metrics(&self) -> &[Metric] {
        match self {
            Self::LooksUp(objective) => objective.metrics(),
            Self::Function(metrics) => metrics,
        }
    }

    /// The answer, where it is looked up.
    pub(crate) fn answer(&mut self, trial: &Trial) -> Option<Result<Answer, Failure>> {
        match self {
            Self::LooksUp(objective) => Some(objective::answer(objective.as_mut(), trial)),
            Self::Function(_) => None,
        }
    }
}

/// A trial as a question to a function. The seed is text, since JavaScript's numbers do not hold 64 bits.
pub(crate) fn question(space: &Space, trial: &Trial) -> Value {
    let architecture = trial.architecture().expect("the searchers of a run ask hard points");
    json!({
        "id": trial.id,
        "architecture": space.format(architecture),
        "choices": architecture.choices(),
        "epochs": trial.epochs(),
        "seed": trial.seed.to_string(),
    })
}
