//! What if an objective measures several things, and some trials fail?
//!
//! An objective is a function of the architecture that gives one value for each of its metrics, or says why not. The
//! search looks at one metric; all of them are in the log. A failure, even a panic, costs its trial and nothing else.
#![allow(clippy::print_stdout, reason = "an example tells its story")]

use bilevel::objective::{Direction, Metric, function::Function};
use bilevel::run::{self, Run, RunSpec};
use bilevel::space::nas_bench_201::{DataSet, OPERATIONS, size};

const SPEC: &str = r#"{
    "space": "nas-bench-201", "objective": "table", "metric": "convolutions",
    "searcher": "reinforce", "budget": {"trials": 400}, "seed": 1
}"#;

fn main() {
    // As many 3×3 convolutions as possible in a network of at most a million weights.
    let metrics =
        vec![Metric::new("convolutions", "", Direction::Maximise), Metric::new("parameters", "", Direction::Minimise)];
    let convolution = OPERATIONS.iter().position(|name| *name == "nor_conv_3x3").expect("one of the five") as u8;
    let mut objective = Function::new(metrics.clone(), |h| {
        let parameters = size(h, DataSet::Cifar10).parameters as f64;
        if parameters > 1e6 {
            return Err(format!("{parameters} weights do not fit"));
        }
        let count = h.choices().iter().filter(|choice| **choice == convolution).count();
        Ok(vec![count as f64, parameters])
    });
    let spec = RunSpec::from_json(SPEC).expect("a specification");
    let mut run = Run::new(&spec, &metrics).expect("the specification fits");
    let mut failures = 0;
    let summary = run::with(&mut run, &mut objective, |line| failures += u64::from(line.failure.is_some()));

    let best = summary.best.expect("small networks fit");
    println!("{} trials, {failures} of them too large", summary.trials);
    println!("found   {} with {} convolutions", best.architecture, best.values["convolutions"]);
    println!("optimum 3: each has 243,040 weights beside the 73,306 of an empty cell");
    assert_eq!(failures, summary.failed);
    assert_eq!(best.values["convolutions"], 3.0);
}
