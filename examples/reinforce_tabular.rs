//! Does a policy gradient find the best cell of NAS-Bench-201?
//!
//! The published results of all 15,625 cells are a table, so that a search of 500 trials takes a millisecond and the
//! optimum is known. REINFORCE and random search look for the best validation accuracy on CIFAR-10, over 20 seeds.
#![allow(clippy::print_stdout, reason = "an example tells its story")]

use bilevel::numeric::Moments;
use bilevel::objective::table::Table;
use bilevel::run::{self, RunSpec};
use bilevel::space::Space;

fn main() {
    let space = Space::named("nas-bench-201").expect("a ready-made space");
    let (_, optimum) = Table::nas_bench_201(&space, Some("cifar10/val200"), &[])
        .expect("a built-in table")
        .optimum()
        .expect("it has rows");

    let mean_of_best = |searcher: &str| {
        let mut best = Moments::default();
        for seed in 0..20 {
            let spec = format!(
                r#"{{"space": "nas-bench-201", "objective": "table", "metric": "cifar10/val200",
                    "searcher": "{searcher}", "budget": {{"trials": 500}}, "seed": {seed}}}"#
            );
            let spec = RunSpec::from_json(&spec).expect("a specification");
            let summary = run::to_end(&spec).expect("a table answers");
            best.push(-summary.best.expect("every cell has a row").loss);
        }
        best
    };
    let (random, reinforce) = (mean_of_best("random"), mean_of_best("reinforce"));
    println!("best of 500 trials, mean of 20 seeds, validation accuracy in %");
    println!("random    {:.2} ± {:.2}", random.mean(), random.standard_error());
    println!("reinforce {:.2} ± {:.2}", reinforce.mean(), reinforce.standard_error());
    println!("optimum   {optimum:.2}");
    assert!(optimum - reinforce.mean() < 0.5, "within half a point of the optimum");
}
