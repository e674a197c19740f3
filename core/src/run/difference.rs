//! Where two lines of a log differ, and by how much numbers may.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use super::Line;

/// By which share of the larger of two numbers they may be apart and still count as the same: 0 is to the last bit, which
/// the processor keeps, and a GPU does not promise.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize)]
pub struct Tolerance(f64);

impl Tolerance {
    /// To the last bit.
    pub const EXACT: Self = Self(0.0);
    /// 5 %, for devices that may add in another order each time: training carries the last bits further.
    pub const GPU: Self = Self(0.05);

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
    pub(super) fn new(field: impl fmt::Display, expected: impl fmt::Display, logged: impl fmt::Display) -> Self {
        Self { field: field.to_string(), expected: expected.to_string(), logged: logged.to_string() }
    }

    /// Every field in which `logged` differs from what it should be, the digest last. Seconds that a clock measured may
    /// differ, and values and loss by `tolerance`.
    pub(super) fn between(logged: &Line, expected: &Line, tolerance: Tolerance) -> Vec<Self> {
        let Line { id, asked, architecture, mixture, slopes, epochs, values, loss, cost, failure, .. } = logged;
        let Line { purpose, policy, instruments, elapsed: _, digest, .. } = logged;
        let mut differences = Vec::new();
        // A text is made where there is a difference and not before: resume compares every line of a log.
        let mut compare =
            |field: &dyn fmt::Display, same: bool, expected: &dyn fmt::Display, logged: &dyn fmt::Display| {
                if !same {
                    differences.push(Self::new(field, expected, logged));
                }
            };
        let same = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => tolerance.holds(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        let text = |number: Option<f64>| Or(number, "null");
        compare(&"id", expected.id == *id, &expected.id, id);
        compare(&"asked", expected.asked == *asked, &expected.asked, asked);
        compare(&"architecture", expected.architecture == *architecture, &expected.architecture, architecture);
        let of_lines = [
            ("mixture", &expected.mixture, mixture),
            ("slopes", &expected.slopes, slopes),
            ("policy", &expected.policy, policy),
        ];
        for (field, expected, logged) in of_lines {
            let alike = match (expected, logged) {
                (Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| tolerance.holds(*a, *b)),
                (a, b) => a.is_none() && b.is_none(),
            };
            compare(&field, alike, &numbers_text(expected.as_deref()), &numbers_text(logged.as_deref()));
        }
        compare(&"epochs", expected.epochs == *epochs, &epochs_text(expected.epochs), &epochs_text(*epochs));
        for (kind, expected, logged) in
            [("values", &expected.values, values), ("instruments", &expected.instruments, instruments)]
        {
            let names: BTreeSet<&String> = logged.keys().chain(expected.keys()).collect();
            for name in names {
                let (expected, logged) = (expected.get(name).copied(), logged.get(name).copied());
                compare(&format_args!("{kind}.{name}"), same(expected, logged), &text(expected), &text(logged));
            }
        }
        compare(&"purpose", expected.purpose == *purpose, &expected.purpose.name(), &purpose.name());
        compare(&"loss", same(expected.loss, *loss), &text(expected.loss), &text(*loss));
        let (seconds, measured) = (expected.cost.seconds, expected.cost.measured);
        compare(&"cost.measured", measured == cost.measured, &measured, &cost.measured);
        if !(measured && cost.measured) {
            compare(&"cost.seconds", Tolerance::EXACT.holds(seconds, cost.seconds), &seconds, &cost.seconds);
        }
        let (wanted, failed) = (Or(expected.failure.as_ref(), "none"), Or(failure.as_ref(), "none"));
        compare(&"failure", expected.failure == *failure, &wanted, &failed);
        compare(&"digest", expected.digest == *digest, &expected.digest, digest);
        differences
    }
}

/// Epochs as a difference names them.
pub(super) fn epochs_text(epochs: Option<u32>) -> impl fmt::Display {
    Or(epochs, "none")
}

/// Numbers of a mixture as a difference names them.
pub(super) fn numbers_text(numbers: Option<&[f64]>) -> impl fmt::Display {
    Or(numbers.map(Numbers), "none")
}

struct Numbers<'a>(&'a [f64]);

impl fmt::Display for Numbers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// A value, or a word where there is none.
struct Or<T>(Option<T>, &'static str);

impl<T: fmt::Display> fmt::Display for Or<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str(self.1),
        }
    }
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
