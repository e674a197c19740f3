//! Rungs: the numbers of epochs that candidates climb through, and who of those on a rung goes on to the next.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::objective::{Standing, TrialId};
use crate::space::Architecture;

/// R where neither the searcher nor the objective names it: landscapes and functions answer the same at any epochs.
pub const DEFAULT_MAX_EPOCHS: u32 = 9;

/// The most epochs of a rung, as of a training.
const MOST_EPOCHS: u32 = 1000;

/// Which rungs there are: options of `hyperband` and `asha`, and a part of those of `successive-halving`.
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
}

impl Default for Options {
    fn default() -> Self {
        Self { eta: 3, min_epochs: 1, max_epochs: None }
    }
}

impl Options {
    /// The epochs of each rung, the lowest first: ⌊R η^−j⌋ for j = s..0, with s the largest for which r η^s ≤ R.
    ///
    /// # Source
    /// Li et al. 2018, algorithm 1 (r_i = R η^−(s−i)).
    /// # Differs from the source
    /// Epochs are whole, rounded down. Li et al. 2020 count from r upwards instead and may thereby end below R; where R is
    /// r η^s the two are the same.
    ///
    /// # Errors
    /// If an option is out of range.
    pub fn epochs(&self) -> Result<Vec<u32>, String> {
        let most = self.max_epochs.unwrap_or(DEFAULT_MAX_EPOCHS);
        for (name, value, least, most) in [
            ("eta", self.eta, 2, 10),
            ("max_epochs", most, 1, MOST_EPOCHS),
            ("min_epochs", self.min_epochs, 1, most.clamp(1, MOST_EPOCHS)),
        ] {
            if !(least..=most).contains(&value) {
                return Err(format!("{name} must be in {least}..={most}, got {value}"));
            }
        }
        let mut epochs = vec![most];
        let mut shrink = self.eta;
        while shrink.checked_mul(self.min_epochs).is_some_and(|least| least <= most) {
            epochs.push(most / shrink);
            shrink = shrink.saturating_mul(self.eta);
        }
        epochs.reverse();
        Ok(epochs)
    }
}

/// Those who were told on one rung.
#[derive(Debug, Default)]
pub(super) struct Rung {
    /// Who did not go on, the best first.
    staying: BTreeMap<Standing, Architecture>,
    promoted: BTreeSet<Standing>,
    failed: usize,
}

impl Rung {
    /// Takes in what became of trial `id`. A failed one counts among the told, as worse than all others.
    pub(super) fn tell(&mut self, id: TrialId, architecture: Architecture, loss: Option<f64>) {
        match loss {
            // All of a rung have the same epochs.
            Some(loss) => drop(self.staying.insert(Standing::new(None, loss, id), architecture)),
            None => self.failed += 1,
        }
    }

    /// How many were told.
    pub(super) fn told(&self) -> usize {
        self.staying.len() + self.promoted.len() + self.failed
    }

    /// Promotes the best of those who stay, if it is among the `count` best of all who were told.
    pub(super) fn promote(&mut self, count: usize) -> Option<Architecture> {
        let best = self.staying.first_entry()?;
        // Whoever is better than it was promoted before. Counted from the other end, because of those who were promoted few
        // are worse: only such as others have overtaken since.
        let overtaken = (self.promoted.len() + 1).saturating_sub(count);
        if self.promoted.range(best.key()..).take(overtaken).count() < overtaken {
            return None;
        }
        let (standing, architecture) = best.remove_entry();
        self.promoted.insert(standing);
        Some(architecture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs(eta: u32, min_epochs: u32, max_epochs: u32) -> Vec<u32> {
        Options { eta, min_epochs, max_epochs: Some(max_epochs) }.epochs().unwrap()
    }

    #[test]
    fn rungs_end_at_r_and_begin_no_lower_than_the_least() {
        assert_eq!(epochs(3, 1, 81), [1, 3, 9, 27, 81]);
        assert_eq!(epochs(4, 1, 64), [1, 4, 16, 64]);
        assert_eq!(epochs(3, 1, 4), [1, 4]);
        assert_eq!(epochs(3, 2, 200), [2, 7, 22, 66, 200]);
        assert_eq!(epochs(2, 5, 9), [9]);
        assert_eq!(epochs(10, 1, 1000), [1, 10, 100, 1000]);
        assert_eq!(epochs(7, 1, 1), [1]);
        assert_eq!(Options::default().epochs().unwrap(), [1, 3, 9]);
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        for (eta, min_epochs, max_epochs, message) in [
            (1, 1, 9, "eta must be in 2..=10, got 1"),
            (3, 0, 9, "min_epochs must be in 1..=9, got 0"),
            (3, 10, 9, "min_epochs must be in 1..=9, got 10"),
            (3, 1, 0, "max_epochs must be in 1..=1000, got 0"),
            (3, 1, 1001, "max_epochs must be in 1..=1000, got 1001"),
        ] {
            let options = Options { eta, min_epochs, max_epochs: Some(max_epochs) };
            assert_eq!(options.epochs().unwrap_err(), message);
        }
    }

    #[test]
    fn only_the_best_go_on_also_after_others_went_before_them() {
        let mut rung = Rung::default();
        let mut tell = |id: u8, loss: Option<f64>| rung.tell(id.into(), Architecture::new([id]), loss);
        (0..3).for_each(|id| tell(id, Some(5.0 - f64::from(id))));
        tell(3, None);
        assert_eq!(rung.told(), 4);
        assert_eq!(rung.promote(0), None);
        assert_eq!(rung.promote(1), Some(Architecture::new([2])));
        assert_eq!(rung.promote(1), None, "the best has gone on already");
        rung.tell(4, Architecture::new([4]), Some(1.0));
        assert_eq!(rung.promote(1), Some(Architecture::new([4])), "it overtook the one that went on");
        assert_eq!(rung.promote(2), None, "the two best went on");
        assert_eq!(rung.promote(9), Some(Architecture::new([1])));
        assert_eq!(rung.promote(9), Some(Architecture::new([0])));
        assert_eq!(rung.promote(9), None, "who failed never goes on");
        assert_eq!(rung.told(), 5);
    }
}
