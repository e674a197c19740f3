//! Named metrics with unit and direction, and the one place where they become a loss.

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
}

/// Turns the values of a trial into the one loss that is minimised. No sign is flipped anywhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalarisation {
    /// The value of one metric if smaller is better, else its negative; never rescaled.
    Metric {
        /// Which of the objective's metrics.
        index: usize,
        /// Its direction.
        direction: Direction,
    },
}

impl Scalarisation {
    /// The loss is the metric called `name`, or the first where no name is given.
    ///
    /// # Errors
    /// If there is no such metric: the names that there are.
    pub fn of_metric(metrics: &[Metric], name: Option<&str>) -> Result<Self, String> {
        let index = match name {
            None => 0,
            Some(name) => metrics.iter().position(|metric| metric.name == name).ok_or_else(|| {
                let known: Vec<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
                format!("there is no metric `{name}`; this objective has {}", known.join(", "))
            })?,
        };
        let direction = metrics.get(index).ok_or("this objective has no metric")?.direction;
        Ok(Self::Metric { index, direction })
    }

    /// The loss of `values`.
    pub fn loss(&self, values: &[f64]) -> f64 {
        match self {
            Self::Metric { index, direction: Direction::Minimise } => values[*index],
            Self::Metric { index, direction: Direction::Maximise } => -values[*index],
        }
    }

    /// The index of the metric that the search looks at.
    pub fn metric(&self) -> usize {
        match self {
            Self::Metric { index, .. } => *index,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_direction_decides_the_sign() {
        let metrics =
            [Metric::new("accuracy", "%", Direction::Maximise), Metric::new("latency", "s", Direction::Minimise)];
        assert_eq!(Scalarisation::of_metric(&metrics, None).unwrap().loss(&[90.0, 2.0]), -90.0);
        assert_eq!(Scalarisation::of_metric(&metrics, Some("latency")).unwrap().loss(&[90.0, 2.0]), 2.0);
        let error = Scalarisation::of_metric(&metrics, Some("acuracy")).unwrap_err();
        assert_eq!(error, "there is no metric `acuracy`; this objective has accuracy, latency");
    }
}
