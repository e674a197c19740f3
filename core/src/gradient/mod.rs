//! The bench of gradients: estimators at one policy, beside the exact gradient there.
//!
//! A [`Scene`] is an objective and a policy whose exact gradient is known; a [`Measurement`] draws an estimator on it again and
//! again and says what its draws are worth. There is no searcher and no step: the policy stays where it is.

mod bench;
mod measurement;
mod relaxation;
mod scene;
mod statistics;
mod trajectory;

pub use bench::{Bench, GradientSpec, names_temperature, temperatures_of};
pub use measurement::{Measurement, Row};
pub use relaxation::{AtRadius, Curvature, Gaps, gaps};
pub use scene::Scene;
pub use statistics::{Draws, Estimate, Moments};
pub use trajectory::{trajectory, trajectory_of};
