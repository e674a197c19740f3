//! Where two lines of a log differ, and by how much numbers may.

use std::fmt;

use serde::Serialize;

use super::Line;
use crate::objective::Failure;

/// By which share of the larger of two numbers they may be apart and still count as the same: 0 is to the last bit, which
/// the processor keeps, and a GPU that adds in another order each time does not.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize)]
pub struct Tolerance(f64);

impl Tolerance {
    /// To the last bit.
    pub const EXACT: Self = Self(0.0);

    /// A share from 0 to 1.
    ///
    /// # Errors
    /// If it is none.
    pub fn new(share: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&share) {
            Ok(Self(share))
        } else {
            Err(format!("a tolerance is a share from 0 to 1, e.g. 0.05 for 5 %, got {share}"))
        }
    }

    /// By which share two numbers are apart: 0 for the same, at most 1, as for opposite signs or one that is 0.
    pub fn apart(a: f64, b: f64) -> Self {
        let most = a.abs().max(b.abs());
        Self(if most == 0.0 { 0.0 } else { ((a - b).abs() / most).min(1.0) })
    }

    /// Whether two numbers count as the same.
    pub fn holds(self, a: f64, b: f64) -> bool {
        a.to_bits() == b.to_bits() || (self > Self::EXACT && Self::apart(a, b) <= self)
    }

    /// The share.
    pub fn share(self) -> f64 {
        self.0
    }
}

/// One field of a line that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field.
    pub field: String,
    /// What it should be.
    pub expected: String,
    /// What the log says.
    pub logged: String,
}

impl Difference {
    pub(super) fn new(field: &str, expected: impl fmt::Display, logged: impl fmt::Display) -> Self {
        Self { field: field.into(), expected: expected.to_string(), logged: logged.to_string() }
    }

    /// Every field in which `logged` differs from what it should be, the digest last. Seconds that a clock measured may
    /// differ, and values and loss by `tolerance`.
    pub(super) fn between(logged: &Line, expected: &Line, tolerance: Tolerance) -> Vec<Self> {
        let Line { id, asked, architecture, epochs, values, loss, cost, failure, elapsed: _, digest } = logged;
        let text = |number: Option<f64>| number.map_or("null".into(), |number| number.to_string());
        let same = |expected: Option<f64>, logged: Option<f64>| match (expected, logged) {
            (Some(expected), Some(logged)) => tolerance.holds(expected, logged),
            (expected, logged) => expected.is_none() && logged.is_none(),
        };
        let mut differences = Vec::new();
        let mut compare = |field: &str, expected: String, logged: String| {
            if expected != logged {
                differences.push(Self { field: field.into(), expected, logged });
            }
        };
        compare("id", expected.id.to_string(), id.to_string());
        compare("asked", expected.asked.to_string(), asked.to_string());
        compare("architecture", expected.architecture.clone(), architecture.clone());
        compare("epochs", epochs_text(expected.epochs), epochs_text(*epochs));
        let names: std::collections::BTreeSet<&String> = values.keys().chain(expected.values.keys()).collect();
        for name in names {
            let (wanted, value) = (expected.values.get(name).copied(), values.get(name).copied());
            if !same(wanted, value) {
                compare(&format!("values.{name}"), text(wanted), text(value));
            }
        }
        if !same(expected.loss, *loss) {
            compare("loss", text(expected.loss), text(*loss));
        }
        compare("cost.measured", expected.cost.measured.to_string(), cost.measured.to_string());
        if !(expected.cost.measured && cost.measured) {
            compare("cost.seconds", expected.cost.seconds.to_string(), cost.seconds.to_string());
        }
        let words = |failure: &Option<Failure>| failure.as_ref().map_or("none".into(), ToString::to_string);
        compare("failure", words(&expected.failure), words(failure));
        compare("digest", expected.digest.to_string(), digest.to_string());
        differences
    }
}

/// Epochs as a difference names them.
pub(super) fn epochs_text(epochs: Option<u32>) -> String {
    epochs.map_or("none".into(), |epochs| epochs.to_string())
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, expected, logged } = self;
        write!(f, "{field} should be {expected}, and the log has {logged}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_apart_by_a_share_of_the_larger() {
        let apart = |a, b| Tolerance::apart(a, b).share();
        assert_eq!([apart(2.0, 2.0), apart(0.0, -0.0), apart(90.0, 100.0), apart(-100.0, -90.0)], [0.0, 0.0, 0.1, 0.1]);
        assert_eq!([apart(0.0, 1e-9), apart(-1.0, 1.0)], [1.0, 1.0]);
        let five = Tolerance::new(0.05).unwrap();
        assert_eq!([five.holds(96.0, 100.0), five.holds(94.0, 100.0), five.holds(f64::NAN, 1.0)], [true, false, false]);
        let exact = |a, b| Tolerance::EXACT.holds(a, b);
        assert_eq!([exact(1.0, 1.0), exact(1.0, 1.0 + f64::EPSILON), exact(0.0, -0.0)], [true, false, false]);
        assert_eq!(Tolerance::new(1.5).unwrap_err(), "a tolerance is a share from 0 to 1, e.g. 0.05 for 5 %, got 1.5");
        assert!(Tolerance::new(f64::NAN).is_err());
    }
}
