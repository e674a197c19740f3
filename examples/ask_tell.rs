//! How does one drive a search from one's own loop?
//!
//! Three calls: ask for a trial, answer it in any way, tell. Here evolution looks for the lowest point of a chain, a
//! landscape of 7²⁰ architectures whose optimum is known by dynamic programming.
#![allow(clippy::print_stdout, reason = "an example tells its story")]

use bilevel::estimator::Reply;
use bilevel::objective::chain::{Chain, Options};
use bilevel::search::{Outcome, SearcherSpec};
use bilevel::space::Space;

fn main() {
    let space = Space::named("sequence:20x7").expect("a ready-made space");
    let chain = Chain::random(&space, &Options::default()).expect("options in range");
    let spec: SearcherSpec = bilevel::run::parse("evolution:population=30,sample=10").expect("a searcher");
    let mut searcher = spec.build(&space, 7).expect("options in range");

    for _ in 0..3000 {
        let trial = searcher.ask().expect("evolution asks for ever");
        let architecture = trial.architecture().expect("an architecture");
        let loss = chain.loss(architecture);
        searcher.tell(trial.id, &Outcome::Told(Reply { loss, gradient: None }));
    }

    let best = searcher.recommend().best.expect("3000 trials succeeded");
    let (_, optimum) = chain.optimum();
    println!("{} architectures, 3000 asked", space.size());
    println!("found   {:.3}  {}", best.loss, space.format(&best.architecture));
    println!("optimum {optimum:.3}");
    assert!(best.loss < 0.8 * optimum, "within a fifth of the optimum, which is negative");
}
