//! All that a run is, in one TOML or JSON document.

use serde::{Deserialize, Serialize};

use super::Budget;
use crate::named;
use crate::objective::{ObjectiveSpec, ScalarisationSpec};
use crate::search::SearcherSpec;
use crate::space::SpaceSpec;

/// The version of `spec.json`, `trials.jsonl` and every `--json` document that this code reads and writes.
pub const SCHEMA_VERSION: u32 = 1;

/// Trials of a run that names no limit.
const DEFAULT_TRIALS: u64 = 100;

/// The most trials in flight.
pub const MOST_IN_FLIGHT: usize = 1024;

/// The largest seed: the largest integer that JavaScript and JSON keep exactly, 2⁵³ − 1.
pub const LARGEST_SEED: u64 = (1 << 53) - 1;

/// A run is a function of this and of what its objective answers.
///
/// ```
/// use bilevel::run::RunSpec;
/// let spec = RunSpec::from_toml(r#"
///     space = "nas-bench-201"
///     objective = "table"
///     metric = "cifar10/val200"
///     searcher = "evolution:population=20"
///     budget.trials = 100
///     seed = 7
/// "#).unwrap();
/// assert_eq!(spec.searcher.name(), "evolution");
/// assert_eq!(RunSpec::from_json(&spec.to_json()).unwrap(), spec.resolved());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunSpec {
    /// The version of this document.
    #[serde(default = "schema_version")]
    pub schema_version: u32,
    /// What can be chosen.
    pub space: SpaceSpec,
    /// What is minimised.
    #[serde(deserialize_with = "named::deserialize")]
    pub objective: ObjectiveSpec,
    /// The metric that the search looks at; the objective's first where none is named.
    #[serde(default, alias = "search_metric", skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// How a second metric enters the loss; where there is none, the loss is the search metric.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "named::deserialize_option")]
    pub scalarisation: Option<ScalarisationSpec>,
    /// The metrics whose Pareto front is kept: none, or two and more. With a scalarisation its two where none are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub front: Vec<String>,
    /// Who decides what to ask.
    #[serde(deserialize_with = "named::deserialize")]
    pub searcher: SearcherSpec,
    /// When it ends; 100 trials where nothing is named.
    #[serde(default)]
    pub budget: Budget,
    /// Where all randomness comes from, at most 2⁵³ − 1.
    #[serde(default = "seed")]
    pub seed: u64,
    /// The most trials that are asked and not told; 1 for objectives that look up and 4 for those that train.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<usize>,
    /// In which order answers are told.
    #[serde(default)]
    pub order: Order,
    /// Whether the winner is trained again and tested, where networks are trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retrain: Option<Retrain>,
    /// SHA-256 of the images that networks are trained on, or of the file of a table, so that a run knows its data again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_sha256: Option<String>,
}

/// In which order answers are told to the searcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// As they were asked: the run does not depend on which answer came first.
    #[default]
    Asked,
    /// As they arrive: no answer waits, and the log still says all.
    Arrival,
}

/// The comparison after a search: the winner from several seeds against random architectures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retrain {
    /// How many seeds of the winner, and how many random architectures; 2 to 100.
    pub seeds: usize,
    /// Epochs for each network, the same for all, 1 to 1000; those of the search where none are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<u32>,
}

impl Default for Retrain {
    fn default() -> Self {
        Self { seeds: 5, epochs: None }
    }
}

fn schema_version() -> u32 {
    SCHEMA_VERSION
}

fn seed() -> u64 {
    7
}

/// Why a specification is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// It was made by a later version.
    #[error("schema_version {0} is newer than {SCHEMA_VERSION}, which this bilevel reads; use a newer bilevel")]
    Newer(u32),
    /// It cannot be read, or a value is out of range.
    #[error("{0}")]
    Invalid(String),
}

impl RunSpec {
    /// The specification in a JSON document.
    ///
    /// # Errors
    /// If it cannot be read, with line and column; if it is of a later version; if a value is out of range.
    pub fn from_json(text: &str) -> Result<Self, SpecError> {
        let version =
            serde_json::from_str::<serde_json::Value>(text).ok().and_then(|value| value["schema_version"].as_u64());
        refuse_newer(version)?;
        serde_json::from_str::<Self>(text).map_err(|error| SpecError::Invalid(error.to_string()))?.checked()
    }

    /// The specification in a TOML document.
    ///
    /// # Errors
    /// As [`RunSpec::from_json`].
    pub fn from_toml(text: &str) -> Result<Self, SpecError> {
        let version = toml::from_str::<toml::Table>(text).ok();
        refuse_newer(version.and_then(|table| u64::try_from(table.get("schema_version")?.as_integer()?).ok()))?;
        toml::from_str::<Self>(text).map_err(|error| SpecError::Invalid(error.to_string().trim_end().into()))?.checked()
    }

    /// The document with every default written out, as `spec.json` holds it.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(&self.resolved()).expect("a specification has string keys and finite numbers")
            + "\n"
    }

    /// The same run with every default written out.
    pub fn resolved(&self) -> Self {
        let mut spec = self.clone();
        // A search that trains a supernet ends with its epochs.
        if spec.budget.is_empty() && !self.searcher.trains_a_supernet() {
            spec.budget = Budget::trials(DEFAULT_TRIALS);
        }
        spec.in_flight = Some(self.in_flight());
        spec.searcher = self.searcher.resolved(&self.objective);
        if let (Some(retrain), Some(training)) = (&mut spec.retrain, self.objective.training()) {
            retrain.epochs.get_or_insert(training.epochs);
        }
        spec
    }

    /// The most trials that are asked and not told.
    pub fn in_flight(&self) -> usize {
        let one_network_at_once = self.searcher.trains_a_supernet() || self.objective.training().is_none();
        self.in_flight.unwrap_or(if one_network_at_once { 1 } else { 4 })
    }

    /// The same, if every value is in its range.
    ///
    /// # Errors
    /// Which one is not.
    pub fn checked(self) -> Result<Self, SpecError> {
        refuse_newer(Some(self.schema_version.into()))?;
        let whole = |name: &str, value: u64, least: u64, most: u64| {
            let inside = (least..=most).contains(&value);
            if inside { Ok(()) } else { Err(format!("{name} must be in {least}..={most}, got {value}")) }
        };
        let check = || {
            self.budget.check()?;
            whole("seed", self.seed, 0, LARGEST_SEED)?;
            whole("in_flight", self.in_flight() as u64, 1, MOST_IN_FLIGHT as u64)?;
            let has_costs = matches!(&self.objective, ObjectiveSpec::Table(table) if table.has_costs());
            if self.budget.simulated_seconds.is_some() && !has_costs {
                return Err(
                    "budget.simulated_seconds is for the objective `table`, whose trials have them where it is \
                            built in or has a cost_column; name budget.trials or budget.wall_seconds"
                        .into(),
                );
            }
            if let ObjectiveSpec::Table(table) = &self.objective {
                table.check(self.metric.as_deref()).map_err(|reason| format!("objective: {reason}"))?;
            }
            if let ObjectiveSpec::Function(function) = &self.objective {
                function.check().map_err(|reason| format!("objective: {reason}"))?;
            }
            if let Some(training) = self.objective.training() {
                training.check().map_err(|reason| format!("objective: {reason}"))?;
            }
            self.searcher.suits(&self.objective)?;
            if self.searcher.trains_a_supernet() && self.in_flight() != 1 {
                let (name, got) = (self.searcher.name(), self.in_flight());
                return Err(format!(
                    "searcher `{name}` trains one supernet, an epoch at a time; in_flight must be 1, got {got}"
                ));
            }
            if self.searcher.trains_a_supernet() && !self.budget.is_empty() {
                let name = self.searcher.name();
                return Err(format!(
                    "searcher `{name}` ends with its epochs; leave the budget away and give it epochs"
                ));
            }
            let loss = ["validation_accuracy", "validation_loss"];
            if self.searcher.trains_a_supernet() && self.metric.as_deref().is_some_and(|it| !loss.contains(&it)) {
                let name = self.searcher.name();
                return Err(format!(
                    "searcher `{name}` follows the cross-entropy; its metric is one of {}",
                    loss.join(", ")
                ));
            }
            self.scalarisation.as_ref().map_or(Ok(()), |_| self.searcher.suits_scalarisation())?;
            if let Some(Retrain { seeds, epochs }) = self.retrain {
                whole("retrain.seeds", seeds as u64, 2, 100)?;
                whole("retrain.epochs", epochs.unwrap_or(1).into(), 1, 1000)?;
            }
            Ok(())
        };
        check().map_err(SpecError::Invalid)?;
        Ok(self)
    }
}

fn refuse_newer(version: Option<u64>) -> Result<(), SpecError> {
    match version {
        Some(version) if version > SCHEMA_VERSION.into() => {
            Err(SpecError::Newer(u32::try_from(version).unwrap_or(u32::MAX)))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"{"space": "sequence:3x4", "objective": "chain", "searcher": "random"}"#;

    #[test]
    fn defaults_are_written_out() {
        let resolved = RunSpec::from_json(SMALL).unwrap().resolved();
        assert_eq!((resolved.budget.trials, resolved.in_flight, resolved.seed), (Some(100), Some(1), 7));
        let training = RunSpec::from_json(&SMALL.replace("chain", "digits")).unwrap().resolved();
        assert_eq!((training.budget.trials, training.in_flight), (Some(100), Some(4)));
    }

    #[test]
    fn the_highest_rung_is_that_of_the_objective() {
        let resolved = |objective: &str, searcher: &str| {
            let text = SMALL.replace("chain", objective).replace("random", searcher);
            let spec = RunSpec::from_json(&text).map_err(|error| error.to_string())?.resolved();
            Ok::<_, String>(spec.searcher.rungs().and_then(|rungs| rungs.max_epochs))
        };
        for searcher in ["successive-halving", "hyperband", "asha"] {
            assert_eq!(resolved("digits:epochs=27", searcher), Ok(Some(27)));
            assert_eq!(resolved("digits:epochs=27", &format!("{searcher}:max_epochs=9")), Ok(Some(9)));
            assert_eq!(resolved("chain", searcher), Ok(Some(9)));
            let refused = resolved("digits:epochs=4", &format!("{searcher}:max_epochs=5")).unwrap_err();
            let words = format!("searcher `{searcher}`: max_epochs is 5, and the objective trains for 4 epochs");
            assert!(refused.starts_with(&words), "{refused}");
            let refused = resolved("table", searcher).unwrap_err();
            let words =
                "asks for networks at several numbers of epochs, and a table has one; choose an objective that trains";
            assert_eq!(refused, format!("searcher `{searcher}` {words}"));
        }
        assert_eq!(resolved("digits", "random"), Ok(None));
    }

    #[test]
    fn json_and_toml_say_the_same() {
        let toml = "space = 'sequence:3x4'\nobjective = 'chain'\nsearcher = {name = 'random'}\n";
        assert_eq!(RunSpec::from_toml(toml).unwrap(), RunSpec::from_json(SMALL).unwrap());
    }

    #[test]
    fn refusals_say_what_is_wrong() {
        let refuse = |from: &str, to: &str| RunSpec::from_json(&SMALL.replace(from, to)).unwrap_err().to_string();
        let misspelt = refuse("\"searcher\"", "\"trails\": 3, \"searcher\"");
        assert!(misspelt.starts_with("unknown field `trails`, expected one of"), "{misspelt}");
        assert!(misspelt.contains("at line 1 column"), "{misspelt}");
        let newer = refuse("{\"space\"", "{\"schema_version\": 2, \"space\"");
        assert_eq!(newer, "schema_version 2 is newer than 1, which this bilevel reads; use a newer bilevel");
        let none = refuse("\"chain\"", "{\"name\": \"function\", \"metrics\": []}");
        assert_eq!(none, "objective: a function has 1 to 100 metrics, got 0");
        assert_eq!(refuse("\"searcher\"", "\"in_flight\": 0, \"searcher\""), "in_flight must be in 1..=1024, got 0");
        assert_eq!(
            refuse("\"searcher\"", "\"budget\": {\"trials\": 0}, \"searcher\""),
            "budget.trials must be in 1..=1000000000, got 0"
        );
    }
}
