//! Conformance suites, one per trait: what every space, policy, estimator, searcher and objective has to keep.
//!
//! A law is a function of a subject that gives a [`Verdict`]; the subjects of a suite come from the enum that users
//! name them by, so that a new variant is tested by being one. `core/tests/laws.rs` holds all laws to all subjects.
//!
//! Statistical laws draw from fixed streams, so that a verdict never changes from run to run. Their thresholds are those
//! of 4 standard deviations: a sound implementation with another seed fails one test in about 16,000.

mod chi_square;
pub mod estimator;
pub mod golden;
pub mod halving;
pub mod objective;
pub mod policy;
pub mod preset;
pub mod run;
pub mod searcher;
pub mod space;
#[cfg(feature = "checkpoint")]
pub mod state;
mod unbiased;

use std::fmt::Debug;

use crate::estimator::Reply;
use crate::objective::chain::Chain;
use crate::objective::{Mixture, Point};

/// Nothing, or in words what breaks the law.
pub type Verdict = Result<(), String>;

/// Holds `law` to each of `subjects`; the words name the subject that breaks it.
///
/// # Errors
/// If one of them does.
pub fn hold<S: Debug>(subjects: impl IntoIterator<Item = S>, law: impl Fn(&S) -> Verdict) -> Verdict {
    subjects.into_iter().try_for_each(|subject| law(&subject).map_err(|words| format!("{subject:?}: {words}")))
}

/// The verdict against whoever does not keep a condition: words with values.
macro_rules! ensure {
    ($condition:expr, $($words:tt)+) => {
        // Matched, not negated, so that a comparison with NaN breaks the law.
        match $condition {
            true => {}
            false => return Err(format!($($words)+)),
        }
    };
}
use ensure;

/// What a chain says to a point.
fn of_chain(chain: &Chain, point: &Point) -> Reply {
    match point {
        Point::Hard(h) => Reply { loss: chain.loss(h), gradient: None },
        Point::Soft(Mixture(p)) => {
            let (loss, slopes) = chain.relaxed(p);
            Reply { loss, gradient: Some(Mixture(slopes)) }
        }
    }
}

/// Ensures that two numbers agree within `tolerance`, relative to the larger one where that exceeds 1.
fn close(what: &str, got: f64, want: f64, tolerance: f64) -> Verdict {
    let scale = got.abs().max(want.abs()).max(1.0);
    ensure!((got - want).abs() <= tolerance * scale, "{what}: got {got}, want {want}");
    Ok(())
}
