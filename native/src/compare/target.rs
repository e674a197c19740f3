//! When a searcher has found what it was sent for.

use std::fmt;
use std::str::FromStr;

use bilevel::objective::{Known, Scalarisation};

/// What ends a run of a comparison early.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Target {
    /// The best value that there is.
    Optimum,
    /// A share of the way from the mean of the space to the optimum, in (0, 1].
    Share(f64),
    /// A value of the search metric.
    Value(f64),
}

/// How far a loss may be from the optimum and still be it: sums in another order differ in their last bits.
const ROUNDING: f64 = 1e-9;

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Optimum => f.write_str("optimum"),
            Self::Share(share) => write!(f, "{}%", 100.0 * share),
            Self::Value(value) => value.fmt(f),
        }
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("a target is `optimum`, a share such as `90%`, or a value of the search metric, got `{text}`");
        if text == "optimum" {
            return Ok(Self::Optimum);
        }
        match text.strip_suffix('%') {
            Some(share) => {
                let share = share.trim().parse::<f64>().map_err(|_| wrong())? / 100.0;
                if share > 0.0 && share <= 1.0 { Ok(Self::Share(share)) } else { Err(wrong()) }
            }
            None => text.parse().ok().filter(|value: &f64| value.is_finite()).map(Self::Value).ok_or_else(wrong),
        }
    }
}

impl Target {
    /// The loss that reaches it; `known` are values of the search metric.
    ///
    /// # Errors
    /// If what it is relative to is not known of the objective.
    pub(crate) fn loss(self, known: Known, scalarisation: &Scalarisation) -> Result<f64, String> {
        let unknown = |what: &str| {
            format!("the {what} of this objective is not known; name a value of the search metric as --target")
        };
        let optimum = || known.optimum.ok_or_else(|| unknown("optimum"));
        let value = match self {
            Self::Optimum => optimum()?,
            Self::Share(share) => {
                let (optimum, mean) = (optimum()?, known.mean.ok_or_else(|| unknown("mean"))?);
                mean + share * (optimum - mean)
            }
            Self::Value(value) => value,
        };
        let loss = scalarisation.of_value(value);
        Ok(loss + ROUNDING * loss.abs().max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bilevel::objective::{Direction, Metric};

    #[test]
    fn targets_read_and_become_losses() {
        let metrics = [Metric::new("accuracy", "%", Direction::Maximise)];
        let maximise = Scalarisation::of_metric(&metrics, None).unwrap();
        let known = Known { optimum: Some(94.0), mean: Some(80.0) };
        let loss = |text: &str| text.parse::<Target>().unwrap().loss(known, &maximise).unwrap();
        for (text, wanted) in [("optimum", -94.0), ("50%", -87.0), ("91.5", -91.5)] {
            assert!((loss(text) - wanted).abs() < 1e-6 && loss(text) > wanted, "{text}: {}", loss(text));
        }
        for text in ["optimum", "90%", "91.5"] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
        }
        for text in ["best", "0%", "101%", "nan", "inf", ""] {
            assert!(text.parse::<Target>().unwrap_err().starts_with("a target is `optimum`"), "{text}");
        }
        let error = Target::Optimum.loss(Known::default(), &maximise).unwrap_err();
        assert!(error.starts_with("the optimum of this objective is not known"), "{error}");
    }
}
