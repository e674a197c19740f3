//! Named metrics with unit and direction.

use serde::{Deserialize, Serialize};

/// Whether larger or smaller values are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Larger is better, e.g. accuracy.
    Maximise,
    /// Smaller is better, e.g. latency.
    Minimise,
}

/// One thing that an objective measures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// The name, e.g. `cifar10/val200`.
    pub name: String,
    /// The unit, e.g. `%`, `s`; empty for a bare number.
    pub unit: String,
    /// Whether larger or smaller is better.
    pub direction: Direction,
}

impl Metric {
    /// A metric from its three parts.
    pub fn new(name: impl Into<String>, unit: impl Into<String>, direction: Direction) -> Self {
        Self { name: name.into(), unit: unit.into(), direction }
    }

    /// Which of `metrics` is called `name`.
    ///
    /// # Errors
    /// If none is: the names that there are.
    pub fn find(metrics: &[Self], name: &str) -> Result<usize, String> {
        metrics.iter().position(|metric| metric.name == name).ok_or_else(|| {
            let known: Vec<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
            format!("there is no metric `{name}`; this objective has {}", known.join(", "))
        })
    }
}
