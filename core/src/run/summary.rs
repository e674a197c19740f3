//! What came of a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Digest, Stop};
use crate::objective::{Standing, TrialId};

/// What came of a run, as `--json` documents it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The version of this document.
    pub schema_version: u32,
    /// The best of the told trials: the least loss among those with the most epochs, the first asked among equals; null
    /// while none has succeeded.
    pub best: Option<Best>,
    /// The Pareto front, where one is kept: the trials that no other dominates, best by its first metric first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub front: Option<Vec<Best>>,
    /// The most probable architecture of the searcher's policy, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Told trials, failed ones among them.
    pub trials: u64,
    /// Failed trials among them.
    pub failed: u64,
    /// What the searcher had to say of itself, oldest first: an alarm, or why it ended early.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// The digest of the log.
    pub digest: Digest,
    /// Why it ended.
    pub stop_reason: Stop,
}

/// The best of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// The number of its trial.
    pub id: TrialId,
    /// Its architecture as text.
    pub architecture: String,
    /// The epochs of training that were asked for, if the searcher named any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<u32>,
    /// Its values by name of metric.
    pub values: BTreeMap<String, f64>,
    /// Its loss.
    pub loss: f64,
}

impl Best {
    /// What decides between it and another.
    pub fn standing(&self) -> Standing {
        Standing::new(self.epochs, self.loss, self.id)
    }
}
