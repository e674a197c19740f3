//! What is measured: a searcher that asks and is told, without an objective worth the name.

use bilevel::estimator::Reply;
use bilevel::search::{Outcome, SearcherSpec};
use bilevel::space::Space;

/// Asks and tells `trials` trials on 6 positions with 5 choices, the space of NAS-Bench-201; gives the best loss, so that
/// nothing is optimised away. The loss is a sum over the choices, which costs a few nanoseconds.
///
/// # Panics
/// If the searcher has nothing to ask.
pub fn ask_and_tell(searcher: &SearcherSpec, trials: u64) -> f64 {
    let space = Space::named("sequence:6x5").expect("a ready-made space");
    let mut searcher = searcher.build(&space, 7).expect("default options are in range");
    for _ in 0..trials {
        let trial = searcher.ask().expect("these searchers ask for ever");
        let choices = trial.architecture().expect("an architecture").choices();
        let loss = choices.iter().enumerate().map(|(l, k)| f64::from(*k) * (l as f64 - 2.3)).sum();
        searcher.tell(trial.id, &Outcome::Told(Reply { loss, gradient: None }));
    }
    searcher.recommend().best.map_or(f64::NAN, |best| best.loss)
}
