//! Successive halving: train many candidates a little, go on with the best of them, and again.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::incumbent::Incumbent;
use super::rung::{self, Rung};
use super::{Outcome, Recommendation, Searcher};
use crate::objective::{Trial, TrialId};
use crate::random::Stream;
use crate::space::{Architecture, Space};

/// The most candidates of a bracket.
const MOST_CANDIDATES: usize = 100_000;

/// Options of `successive-halving`: those of its rungs, and how many begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// η: one of so many candidates of a rung goes on, to so many times the epochs. 2 to 10.
    pub eta: u32,
    /// r, the least epochs of the lowest rung. 1 to `max_epochs`.
    pub min_epochs: u32,
    /// R, the epochs of the highest rung; those of the objective's training where none are named, 9 where it has none. 1 to
    /// 1000, and no more than the objective trains for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_epochs: Option<u32>,
    /// n, the candidates of the lowest rung; η^s where none are named, so that one of them reaches R. 1 to 100,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        let rung::Options { eta, min_epochs, max_epochs } = rung::Options::default();
        Self { eta, min_epochs, max_epochs, candidates: None }
    }
}

impl Options {
    /// Those of its rungs.
    pub fn rungs(&self) -> rung::Options {
        let Self { eta, min_epochs, max_epochs, candidates: _ } = *self;
        rung::Options { eta, min_epochs, max_epochs }
    }

    /// The searcher over `space`.
    ///
    /// # Errors
    /// If an option is out of range.
    pub fn build(&self, space: &Space, seed: u64) -> Result<SuccessiveHalving, String> {
        let epochs = self.rungs().epochs()?;
        let survivor = (self.eta as usize).pow(epochs.len() as u32 - 1);
        let candidates = self.candidates.unwrap_or(survivor);
        if !(1..=MOST_CANDIDATES).contains(&candidates) {
            return Err(format!("candidates must be in 1..={MOST_CANDIDATES}, got {candidates}"));
        }
        let random = Stream::new(seed, "successive halving", 0);
        Ok(SuccessiveHalving::new(vec![bracket(candidates, self.eta, &epochs)], space, random, seed))
    }
}

/// One rung of a bracket as it is planned: how many candidates it has if none fails, and their epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// n_i.
    pub candidates: usize,
    /// r_i.
    pub epochs: u32,
}

/// A bracket: `candidates` on the first of the rungs that have these `epochs`, ⌊n η^−i⌋ on the i-th after it, but no
/// fewer than one.
pub(super) fn bracket(candidates: usize, eta: u32, epochs: &[u32]) -> Vec<Stage> {
    let mut left = candidates;
    let mut stage = |epochs: &u32| {
        let stage = Stage { candidates: left.max(1), epochs: *epochs };
        // ⌊⌊n / η⌋ / η⌋ = ⌊n / η²⌋.
        left /= eta as usize;
        stage
    };
    epochs.iter().map(&mut stage).collect()
}

/// Brackets one after the other, and again from the first of them, each with fresh candidates drawn uniformly. On every
/// rung all are told before the best go on; meanwhile there is nothing to ask. `successive-halving` has one bracket,
/// `hyperband` several.
///
/// # Source
/// Jamieson and Talwalkar 2016, figure 3, with the fraction 1/η of Li et al. 2018 for a half.
/// # Differs from the source
/// A rung keeps at least one candidate. A failed candidate never goes on, so that rungs after many failures are smaller than
/// planned, and a bracket of which all have failed ends. After the last rung it starts anew until the run ends.
/// # Cost
/// n of its trials are on the lowest rung and less than n / (η − 1) above it. A candidate that goes on continues from its
/// weights, so that a bracket costs n_i (r_i − r_(i−1)) epochs on each rung.
#[derive(Debug)]
pub struct SuccessiveHalving {
    space: Space,
    random: Stream,
    incumbent: Incumbent,
    /// Never empty, nor is any of them.
    brackets: Vec<Vec<Stage>>,
    /// Which of them, and which rung of it.
    place: (usize, usize),
    /// Who is to be asked on this rung.
    waiting: VecDeque<Architecture>,
    /// How many of it are asked and not told.
    open: usize,
    rung: Rung,
}

impl SuccessiveHalving {
    pub(super) fn new(brackets: Vec<Vec<Stage>>, space: &Space, random: Stream, seed: u64) -> Self {
        let mut halving = Self {
            space: space.clone(),
            random,
            incumbent: Incumbent::new(seed),
            brackets,
            place: (0, 0),
            waiting: VecDeque::new(),
            open: 0,
            rung: Rung::default(),
        };
        halving.draw();
        halving
    }

    fn stage(&self) -> Stage {
        self.brackets[self.place.0][self.place.1]
    }

    /// Fresh candidates for the first rung of the bracket.
    fn draw(&mut self) {
        for _ in 0..self.stage().candidates {
            self.waiting.push_back(self.space.sample(&mut self.random));
        }
    }

    /// From a rung of which all are told to the next, or to the next bracket.
    fn climb(&mut self) {
        let mut told = std::mem::take(&mut self.rung);
        self.place.1 += 1;
        if let Some(next) = self.brackets[self.place.0].get(self.place.1) {
            self.waiting.extend((0..next.candidates).map_while(|_| told.promote(next.candidates)));
        }
        if self.waiting.is_empty() {
            self.place = ((self.place.0 + 1) % self.brackets.len(), 0);
            self.draw();
        }
    }
}

impl Searcher for SuccessiveHalving {
    fn ask(&mut self) -> Option<Trial> {
        if self.waiting.is_empty() {
            if self.open > 0 {
                return None;
            }
            self.climb();
        }
        let candidate = self.waiting.pop_front()?;
        self.open += 1;
        Some(self.incumbent.ask_at(candidate, Some(self.stage().epochs)))
    }

    fn tell(&mut self, id: TrialId, outcome: &Outcome) {
        let (architecture, loss) = self.incumbent.tell(id, outcome);
        self.open -= 1;
        self.rung.tell(id, architecture, loss);
    }

    fn recommend(&self) -> Recommendation {
        self.incumbent.recommend()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(stages: &[Stage]) -> Vec<(usize, u32)> {
        stages.iter().map(|stage| (stage.candidates, stage.epochs)).collect()
    }

    #[test]
    fn one_of_the_default_reaches_the_last_rung() {
        let space = Space::named("sequence:4x4").unwrap();
        let of = |options: Options| pairs(&options.build(&space, 1).unwrap().brackets[0]);
        assert_eq!(of(Options::default()), [(9, 1), (3, 3), (1, 9)]);
        let options = Options { candidates: Some(30), max_epochs: Some(27), ..Options::default() };
        assert_eq!(of(options), [(30, 1), (10, 3), (3, 9), (1, 27)]);
        let few = Options { candidates: Some(4), max_epochs: Some(27), ..Options::default() };
        assert_eq!(of(few), [(4, 1), (1, 3), (1, 9), (1, 27)]);
    }

    #[test]
    fn no_candidates_are_refused() {
        let options = Options { candidates: Some(0), ..Options::default() };
        let error = options.build(&Space::named("sequence:4x4").unwrap(), 1).unwrap_err();
        assert_eq!(error, "candidates must be in 1..=100000, got 0");
    }
}
