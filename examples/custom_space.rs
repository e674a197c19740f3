//! What does a space of one's own take?
//!
//! A TOML table with positions. Each has its own choices; here a small image classifier is to be configured, and the
//! number of its weights is to come close to a budget.
#![allow(clippy::print_stdout, reason = "an example tells its story")]

use bilevel::objective::{Direction, Metric, function::Function};
use bilevel::run::{self, Run, RunSpec};
use bilevel::space::{Architecture, Space};

const SPEC: &str = r#"
objective = "chain"    # stands in for ours, which is a function
searcher = "local"
budget.trials = 60

[[space.positions]]
name = "kernel"
choices = ["1", "3", "5", "7"]
[[space.positions]]
name = "channels"
choices = ["8", "16", "24", "32", "48"]
[[space.positions]]
name = "layers"
choices = ["2", "3", "4", "5", "6", "7", "8"]
"#;

const BUDGET: f64 = 100_000.0;

fn weights(space: &Space, architecture: &Architecture) -> f64 {
    let chosen = |l: usize| -> f64 {
        let name = &space.positions()[l].choices[usize::from(architecture.choices()[l])];
        name.parse().expect("every choice is a number")
    };
    let (kernel, channels, layers) = (chosen(0), chosen(1), chosen(2));
    kernel * kernel * channels * channels * layers
}

fn main() {
    let spec = RunSpec::from_toml(SPEC).expect("a specification");
    let space = Space::new(spec.space.clone()).expect("a space");
    let metrics = vec![Metric::new("distance", "weights", Direction::Minimise)];
    let of = space.clone();
    let mut objective = Function::new(metrics.clone(), move |h| Ok(vec![(weights(&of, h) - BUDGET).abs()]));
    let mut run = Run::new(&spec, &metrics).expect("the specification fits");
    let summary = run::with(&mut run, &mut objective, |_| ());

    let best = summary.best.expect("no trial fails");
    let least = space.enumerate().map(|h| (weights(&space, &h) - BUDGET).abs()).fold(f64::INFINITY, f64::min);
    println!("{} of {} configurations asked", summary.trials, space.size());
    println!("found   {} with {} weights too many or too few", best.architecture, best.loss);
    println!("optimum {least}");
    assert!(best.loss - least <= 0.05 * BUDGET, "within 5 % of the budget of the best there is");
}
