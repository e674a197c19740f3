//! Several metrics become one loss: the only place where they do, and where a sign is flipped.

use serde::{Deserialize, Serialize};

use super::{Answer, Direction, Failure, FailureKind, Metric, Mixture};
use crate::numeric;

/// How a second metric enters the loss beside the one that the search looks at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(tag = "name", rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum ScalarisationSpec {
    /// The search metric times a power of the second over its target.
    WeightedProduct(WeightedProduct),
    /// A price for every bit that the second is past its limit.
    Penalty(Penalty),
    /// A trial whose second metric is past its limit fails.
    Constraint(Constraint),
}

/// Reward `v · (c / target)^w`, with w = `exponent_below` where c ≤ target, else `exponent_above`.
///
/// # Source
/// Tan et al. 2019 (MnasNet), equations 2 and 3, with their soft constraint α = β = −0.07 as default; α = 0, β = −1 is their
/// hard one.
/// # Differs from the source
/// A search metric that is to be small is divided by the power. A second metric that is to be large enters as target / c.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightedProduct {
    /// The second metric, c.
    pub metric: String,
    /// What it should be, in its own unit, > 0.
    pub target: f64,
    /// α, the exponent on the good side of the target.
    #[serde(default = "soft")]
    pub exponent_below: f64,
    /// β, the exponent on the other side.
    #[serde(default = "soft")]
    pub exponent_above: f64,
}

fn soft() -> f64 {
    -0.07
}

/// Loss + `weight` · the share by which the second metric is past `limit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Penalty {
    /// The second metric.
    pub metric: String,
    /// What it may be, in its own unit, not 0.
    pub limit: f64,
    /// The price of being past it by as much as the limit itself, in units of the loss, ≥ 0.
    pub weight: f64,
}

/// The trial fails as `infeasible` where the second metric is past `limit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    /// The second metric.
    pub metric: String,
    /// What it may be, in its own unit.
    pub limit: f64,
}

/// What an answer is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The loss.
    pub loss: f64,
    /// The value of every metric.
    pub values: Vec<f64>,
    /// ∂value/∂point of the metric that the search looks at, for a soft point.
    pub slopes: Option<Mixture>,
}

/// Turns the values of a trial into the one loss that is minimised.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalarisation {
    index: usize,
    direction: Direction,
    second: Option<Second>,
}

/// The second metric of a scalarisation.
#[derive(Debug, Clone, PartialEq)]
struct Second {
    index: usize,
    direction: Direction,
    spec: ScalarisationSpec,
}

impl Scalarisation {
    /// The loss is the metric called `name`, or the first where no name is given: its value if smaller is better, else its
    /// negative; never rescaled.
    ///
    /// # Errors
    /// If there is no such metric: the names that there are.
    pub fn of_metric(metrics: &[Metric], name: Option<&str>) -> Result<Self, String> {
        Self::of(metrics, name, None)
    }

    /// The same with a second metric.
    ///
    /// # Errors
    /// If there is no such metric, the two are the same, or a number is out of range.
    pub fn of(metrics: &[Metric], name: Option<&str>, spec: Option<&ScalarisationSpec>) -> Result<Self, String> {
        let index = name.map_or(Ok(0), |name| Metric::find(metrics, name))?;
        let direction = metrics.get(index).ok_or("this objective has no metric")?.direction;
        let second = spec.map(|spec| Second::new(metrics, index, spec)).transpose();
        let second = second.map_err(|reason| format!("scalarisation: {reason}"))?;
        Ok(Self { index, direction, second })
    }

    /// The loss of `values`.
    ///
    /// # Errors
    /// A failure where the values break a constraint, or have no loss.
    pub fn loss(&self, values: &[f64]) -> Result<f64, Failure> {
        let value = values[self.index];
        match &self.second {
            None => Ok(self.of_value(value)),
            Some(second) => {
                let loss = second.loss(self, value, values[second.index])?;
                let wild = || Failure::new(FailureKind::NotFinite, format!("the loss is {loss}"));
                if loss.is_finite() { Ok(loss) } else { Err(wild()) }
            }
        }
    }

    /// The loss of an answer, with its values and slopes.
    ///
    /// # Errors
    /// The failure that there was instead of an answer, or that of its values.
    pub fn judge(&self, answer: Result<Answer, Failure>) -> Result<Judged, Failure> {
        let Answer { values, gradient, cost: _, progress: _ } = answer?;
        Ok(Judged { loss: self.loss(&values)?, values, slopes: gradient })
    }

    /// ∂loss/∂point from ∂value/∂point of the search metric; `None` with a second metric, whose slopes nobody has.
    pub fn slopes(&self, mut of_value: Mixture) -> Option<Mixture> {
        let sign = self.of_value(1.0);
        of_value.0.iter_mut().for_each(|slope| *slope *= sign);
        self.second.is_none().then_some(of_value)
    }

    /// The loss of a value of the search metric alone.
    pub fn of_value(&self, value: f64) -> f64 {
        match self.direction {
            Direction::Minimise => value,
            Direction::Maximise => -value,
        }
    }

    /// The index of the metric that the search looks at.
    pub fn metric(&self) -> usize {
        self.index
    }

    /// The index of the second metric, if there is one.
    pub fn second(&self) -> Option<usize> {
        self.second.as_ref().map(|second| second.index)
    }
}

impl Second {
    fn new(metrics: &[Metric], first: usize, spec: &ScalarisationSpec) -> Result<Self, String> {
        let finite = |name: &str, value: f64| {
            if value.is_finite() { Ok(()) } else { Err(format!("{name} must be finite, got {value}")) }
        };
        let metric = match spec {
            ScalarisationSpec::WeightedProduct(WeightedProduct { metric, target, exponent_below, exponent_above }) => {
                finite("exponent_below", *exponent_below)?;
                finite("exponent_above", *exponent_above)?;
                if !(target.is_finite() && *target > 0.0) {
                    return Err(format!("target must be finite and > 0, got {target}"));
                }
                metric
            }
            ScalarisationSpec::Penalty(Penalty { metric, limit, weight }) => {
                if !limit.is_finite() || *limit == 0.0 {
                    return Err(format!("limit must be finite and not 0, got {limit}"));
                }
                if !(weight.is_finite() && *weight >= 0.0) {
                    return Err(format!("weight must be finite and ≥ 0, got {weight}"));
                }
                metric
            }
            ScalarisationSpec::Constraint(Constraint { metric, limit }) => {
                finite("limit", *limit)?;
                metric
            }
        };
        let index = Metric::find(metrics, metric)?;
        if index == first {
            return Err(format!("its metric `{metric}` is the one that the search looks at; name another"));
        }
        Ok(Self { index, direction: metrics[index].direction, spec: spec.clone() })
    }

    /// The loss where the search metric is `value` and the second one `second`.
    fn loss(&self, first: &Scalarisation, value: f64, second: f64) -> Result<f64, Failure> {
        // How far past a limit, in the unit of the metric; negative on the good side.
        let past = |limit: f64| match self.direction {
            Direction::Minimise => second - limit,
            Direction::Maximise => limit - second,
        };
        match &self.spec {
            ScalarisationSpec::WeightedProduct(WeightedProduct { metric, target, exponent_below, exponent_above }) => {
                if !(value > 0.0 && second > 0.0) {
                    let words = format!(
                        "a weighted product needs positive values, and there are {value} and {metric} {second}"
                    );
                    return Err(Failure::new(FailureKind::Failed, words));
                }
                let exponent = if past(*target) <= 0.0 { exponent_below } else { exponent_above };
                let ratio = match self.direction {
                    Direction::Minimise => second / target,
                    Direction::Maximise => target / second,
                };
                let power = numeric::pow(ratio, *exponent);
                Ok(first.of_value(match first.direction {
                    Direction::Maximise => value * power,
                    Direction::Minimise => value / power,
                }))
            }
            ScalarisationSpec::Penalty(Penalty { metric: _, limit, weight }) => {
                Ok(first.of_value(value) + weight * (past(*limit) / limit.abs()).max(0.0))
            }
            ScalarisationSpec::Constraint(Constraint { metric, limit }) => {
                if past(*limit) > 0.0 {
                    return Err(Failure::new(FailureKind::Infeasible, format!("{metric} is {second}, past {limit}")));
                }
                Ok(first.of_value(value))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics() -> [Metric; 3] {
        [
            Metric::new("accuracy", "%", Direction::Maximise),
            Metric::new("latency", "ms", Direction::Minimise),
            Metric::new("throughput", "1/s", Direction::Maximise),
        ]
    }

    fn loss(metric: &str, spec: &str, values: [f64; 3]) -> Result<f64, String> {
        let spec: ScalarisationSpec = serde_json::from_str(spec).map_err(|error| error.to_string())?;
        let scalarisation = Scalarisation::of(&metrics(), Some(metric), Some(&spec))?;
        scalarisation.loss(&values).map_err(|failure| failure.to_string())
    }

    #[test]
    fn the_direction_decides_the_sign() {
        assert_eq!(Scalarisation::of_metric(&metrics(), None).unwrap().loss(&[90.0, 2.0, 1.0]), Ok(-90.0));
        assert_eq!(Scalarisation::of_metric(&metrics(), Some("latency")).unwrap().loss(&[90.0, 2.0, 1.0]), Ok(2.0));
        let error = Scalarisation::of_metric(&metrics(), Some("acuracy")).unwrap_err();
        assert_eq!(error, "there is no metric `acuracy`; this objective has accuracy, latency, throughput");
    }

    #[test]
    fn the_weighted_product_is_that_of_mnasnet() {
        // Doubling the latency costs 5 % of the accuracy: 2^−0.07 = 0.9526.
        let product = r#"{"name": "weighted-product", "metric": "latency", "target": 10}"#;
        let of = |values| loss("accuracy", product, values).unwrap();
        assert_eq!(of([80.0, 10.0, 1.0]), -80.0);
        assert!((of([80.0, 20.0, 1.0]) / of([80.0, 10.0, 1.0]) - 0.952_637_998).abs() < 1e-9);
        let hard = r#"{"name": "weighted-product", "metric": "latency", "target": 10, "exponent_below": 0, "exponent_above": -1}"#;
        assert_eq!(loss("accuracy", hard, [80.0, 5.0, 1.0]), Ok(-80.0));
        assert_eq!(loss("accuracy", hard, [80.0, 20.0, 1.0]), Ok(-40.0));
        let fast = r#"{"name": "weighted-product", "metric": "throughput", "target": 10, "exponent_above": -1}"#;
        assert_eq!(loss("latency", fast, [80.0, 3.0, 5.0]), Ok(6.0), "half the throughput, twice the loss");
        assert!(loss("accuracy", product, [80.0, 0.0, 1.0]).unwrap_err().contains("needs positive values"));
    }

    #[test]
    fn penalty_and_constraint_look_at_the_bad_side_alone() {
        let penalty = r#"{"name": "penalty", "metric": "latency", "limit": 10, "weight": 4}"#;
        assert_eq!(loss("accuracy", penalty, [80.0, 9.0, 1.0]), Ok(-80.0));
        assert_eq!(loss("accuracy", penalty, [80.0, 15.0, 1.0]), Ok(-78.0));
        let least = r#"{"name": "constraint", "metric": "throughput", "limit": 3}"#;
        assert_eq!(loss("accuracy", least, [80.0, 9.0, 3.0]), Ok(-80.0));
        assert_eq!(loss("accuracy", least, [80.0, 9.0, 2.0]).unwrap_err(), "infeasible: throughput is 2, past 3");
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        for (spec, message) in [
            (
                r#"{"name": "penalty", "metric": "accuracy", "limit": 1, "weight": 1}"#,
                "scalarisation: its metric `accuracy` is the one that the search looks at; name another",
            ),
            (
                r#"{"name": "penalty", "metric": "latency", "limit": 0, "weight": 1}"#,
                "scalarisation: limit must be finite and not 0, got 0",
            ),
            (
                r#"{"name": "penalty", "metric": "latency", "limit": 1, "weight": -1}"#,
                "scalarisation: weight must be finite and ≥ 0, got -1",
            ),
            (
                r#"{"name": "weighted-product", "metric": "latency", "target": -1}"#,
                "scalarisation: target must be finite and > 0, got -1",
            ),
            (
                r#"{"name": "constraint", "metric": "size", "limit": 1}"#,
                "scalarisation: there is no metric `size`; this objective has accuracy, latency, throughput",
            ),
        ] {
            assert_eq!(loss("accuracy", spec, [1.0; 3]).unwrap_err(), message);
        }
        let error =
            loss("accuracy", r#"{"name": "constraint", "metric": "latency", "limt": 1}"#, [1.0; 3]).unwrap_err();
        assert!(error.starts_with("unknown field `limt`"), "{error}");
    }
}
