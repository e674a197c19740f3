//! What is measured: a searcher that asks and is told, without an objective worth the name; and how ratios are told.

use bilevel::estimator::Reply;
use bilevel::numeric::{self, Moments};
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

/// Student's t, 97.5 %, by degrees of freedom from 1 on.
const STUDENT: [f64; 9] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/// The mean of values, and the ends of its 95 % interval by Student's t. For 2 to 10 of them; of more, the interval is a little too
/// wide.
pub fn interval(values: &[f64]) -> [f64; 3] {
    let mut moments = Moments::default();
    values.iter().for_each(|value| moments.push(*value));
    let freedom = values.len().saturating_sub(1).clamp(1, STUDENT.len());
    let half = STUDENT[freedom - 1] * moments.standard_error();
    [moments.mean(), moments.mean() - half, moments.mean() + half]
}

/// The geometric mean of ratios whose natural logarithms these are, and the ends of its [`interval`].
pub fn ratio(logarithms: &[f64]) -> [f64; 3] {
    interval(logarithms).map(numeric::exp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_have_their_textbook_interval() {
        // Mean 1, deviation 1, so a standard error of 1/√3, and t = 4.303 at two degrees of freedom.
        let half = 4.303 / 3.0_f64.sqrt();
        for (got, want) in ratio(&[0.0, 1.0, 2.0]).into_iter().zip([1.0, 1.0 - half, 1.0 + half]) {
            assert!((got.ln() - want).abs() < 1e-12, "{got}");
        }
        assert_eq!(ratio(&[0.0; 10]), [1.0; 3]);
    }
}
