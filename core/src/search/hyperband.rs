//! Hyperband: successive halving from every rung, because nobody knows how much a little training says.
//!
//! # Source
//! Li et al. 2018, algorithm 1: s_max = ⌊log_η(R / r)⌋ and brackets s = s_max..0, of ⌈(s_max + 1) η^s / (s + 1)⌉ candidates
//! that begin with R η^−s epochs, so that all brackets cost about the same.
//! # Differs from the source
//! Epochs are whole, rounded down, and the least of them is an option (the source takes it for the unit). After the last
//! bracket it begins again with the first.

use super::rung::Options;
use super::successive_halving::{Stage, SuccessiveHalving, bracket};
use crate::random::Stream;
use crate::space::Space;

/// All brackets, the one with the most candidates first.
///
/// # Errors
/// If an option is out of range.
pub fn brackets(options: &Options) -> Result<Vec<Vec<Stage>>, String> {
    let epochs = options.epochs()?;
    let most = epochs.len() - 1;
    let of = |s: usize| {
        let candidates = ((most + 1) * (options.eta as usize).pow(s as u32)).div_ceil(s + 1);
        bracket(candidates, options.eta, &epochs[most - s..])
    };
    Ok((0..=most).rev().map(of).collect())
}

/// Hyperband over `space`.
///
/// # Errors
/// If an option is out of range.
pub fn build(options: &Options, space: &Space, seed: u64) -> Result<SuccessiveHalving, String> {
    Ok(SuccessiveHalving::new(brackets(options)?, space, Stream::new(seed, "hyperband", 0), seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Li et al. 2018, table 1: R = 81, η = 3.
    #[test]
    fn the_brackets_are_those_of_the_paper() {
        let brackets = brackets(&Options { max_epochs: Some(81), ..Options::default() }).unwrap();
        let pairs: Vec<Vec<(usize, u32)>> = brackets
            .iter()
            .map(|bracket| bracket.iter().map(|stage| (stage.candidates, stage.epochs)).collect())
            .collect();
        let table = [
            vec![(81, 1), (27, 3), (9, 9), (3, 27), (1, 81)],
            vec![(34, 3), (11, 9), (3, 27), (1, 81)],
            vec![(15, 9), (5, 27), (1, 81)],
            vec![(8, 27), (2, 81)],
            vec![(5, 81)],
        ];
        assert_eq!(pairs, table);
    }
}
