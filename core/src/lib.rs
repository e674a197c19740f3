//! Neural architecture search as one bi-level problem.
//!
//! The outer problem is `min over architectures h of f(z; h)`, where `z` are weights that an inner loop trained for `h`.
//! It is bounded by `min over α of E_{h ~ p_α}[f(h)]`, and everything in this crate is about following that expectation
//! downhill: a [`policy`] `p_α` over a [`space`], an [`estimator`] that says which points it wants answered, an
//! [`objective`] that answers them, and a [`search`]er that turns answers into the next question. A [`run`] carries
//! questions and answers, keeps them as a log, and can be resumed and replayed from that log alone. Where weights are settled by
//! gradients, [`mod@bilevel`] has the derivative of the outer loss through them.
//!
//! The crate has no clock, no file and no global state, and its controllers give the same bits natively and in
//! WebAssembly: every transcendental function goes through [`numeric`], every random number through [`random`].
//!
//! ```
//! use bilevel::run::{self, RunSpec};
//!
//! let spec: RunSpec = serde_json::from_str(r#"{
//!     "space": "nas-bench-201",
//!     "objective": "table",
//!     "metric": "cifar10/val200",
//!     "searcher": "reinforce",
//!     "budget": {"trials": 50},
//!     "seed": 7
//! }"#).unwrap();
//! let summary = run::to_end(&spec).unwrap();
//! assert_eq!(summary.trials, 50);
//! ```

pub mod bilevel;
pub mod estimator;
pub mod figure;
pub mod gradient;
#[cfg(feature = "laws")]
pub mod laws;
mod named;
#[cfg(feature = "network")]
pub mod network;
pub mod numeric;
pub mod objective;
pub mod optimiser;
pub mod policy;
pub mod random;
pub mod run;
pub mod search;
pub mod space;
pub mod state;
