//! The trials that were told, parted at a quantile of their losses, and how often each choice is in either part.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::numeric;
use crate::objective::TrialId;
use crate::space::{Architecture, Space};

/// A trial that succeeded, ordered by its loss; among equals the first asked is the better.
#[derive(Debug)]
struct Told {
    loss: f64,
    id: TrialId,
    architecture: Architecture,
}

impl Ord for Told {
    fn cmp(&self, other: &Self) -> Ordering {
        self.loss.total_cmp(&other.loss).then(self.id.cmp(&other.id))
    }
}

impl PartialOrd for Told {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Told {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Told {}

/// The ⌈γ n⌉ best of n trials are good, all others are bad.
///
/// Every trial counts at each of its choices, and only counts are asked for. One more trial moves at most one other
/// across the boundary, so that two heaps find it: O(log n) a trial, whatever the order of telling.
#[derive(Debug)]
pub(super) struct Groups {
    space: Space,
    gamma: f64,
    prior_weight: f64,
    /// The good, the worst of them on top.
    good: BinaryHeap<Told>,
    /// The bad that have a loss, the best of them on top.
    bad: BinaryHeap<Reverse<Told>>,
    /// How often each choice is in good and in bad trials, `[Σ K_l]` by [`Space::offset`].
    counts: Vec<[u32; 2]>,
    /// Of each position the running sum of good + w over its choices, `[Σ K_l]`.
    cumulative: Vec<f64>,
    /// ln((good + w) / (bad + w)) of the counts of each choice, `[Σ K_l]`.
    scores: Vec<f64>,
}

/// Which of the two counts of a choice.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Good = 0,
    Bad = 1,
}

impl Groups {
    pub(super) fn new(space: &Space, gamma: f64, prior_weight: f64) -> Self {
        let choices = space.choices_in_all();
        let prior = (0..space.length()).flat_map(|l| (1..=space.choices(l)).map(|k| k as f64 * prior_weight));
        Self {
            space: space.clone(),
            gamma,
            prior_weight,
            good: BinaryHeap::new(),
            bad: BinaryHeap::new(),
            counts: vec![[0; 2]; choices],
            cumulative: prior.collect(),
            scores: vec![0.0; choices],
        }
    }

    /// How many trials have a loss.
    pub(super) fn told(&self) -> usize {
        self.good.len() + self.bad.len()
    }

    /// Takes in a trial that succeeded.
    pub(super) fn insert(&mut self, id: TrialId, architecture: Architecture, loss: f64) {
        // −0 and 0 are one loss, and the order of all numbers would part them.
        let told = Told { loss: loss + 0.0, id, architecture };
        if self.good.peek().is_some_and(|worst| told < *worst) {
            self.count(&told.architecture, Part::Good, 1);
            self.good.push(told);
        } else {
            self.count(&told.architecture, Part::Bad, 1);
            self.bad.push(Reverse(told));
        }
        let wanted = (self.gamma * self.told() as f64).ceil() as usize;
        if self.good.len() > wanted {
            let worst = self.good.pop().expect("more than some are good");
            self.count(&worst.architecture, Part::Good, -1);
            self.count(&worst.architecture, Part::Bad, 1);
            self.bad.push(Reverse(worst));
        } else if self.good.len() < wanted {
            let Reverse(best) = self.bad.pop().expect("fewer are wanted than were told");
            self.count(&best.architecture, Part::Bad, -1);
            self.count(&best.architecture, Part::Good, 1);
            self.good.push(best);
        }
    }

    /// Counts an architecture among the bad that has no loss: its trial is open, or failed.
    pub(super) fn shun(&mut self, architecture: &Architecture) {
        self.count(architecture, Part::Bad, 1);
    }

    /// Takes back what [`Groups::shun`] did.
    pub(super) fn pardon(&mut self, architecture: &Architecture) {
        self.count(architecture, Part::Bad, -1);
    }

    fn count(&mut self, architecture: &Architecture, part: Part, change: i32) {
        for (l, k) in architecture.choices().iter().enumerate() {
            let start = self.space.offset(l);
            let index = start + usize::from(*k);
            let counts = &mut self.counts[index];
            counts[part as usize] = counts[part as usize].wrapping_add_signed(change);
            let [good, bad] = counts.map(|count| f64::from(count) + self.prior_weight);
            self.scores[index] = numeric::ln(good / bad);
            if part == Part::Good {
                let mut sum = 0.0;
                for choice in start..start + self.space.choices(l) {
                    sum += f64::from(self.counts[choice][Part::Good as usize]) + self.prior_weight;
                    self.cumulative[choice] = sum;
                }
            }
        }
    }

    /// Draws a choice at each position from the density of the good, ∝ count + w, and gives ln(l/g) of all of them but
    /// for a constant of the space. `unit` is uniform on [0, 1).
    pub(super) fn draw(&self, choices: &mut [u8], mut unit: impl FnMut() -> f64) -> f64 {
        let mut score = 0.0;
        for (l, choice) in choices.iter_mut().enumerate() {
            let start = self.space.offset(l);
            let cumulative = &self.cumulative[start..][..self.space.choices(l)];
            let last = cumulative.len() - 1;
            let bound = unit() * cumulative[last];
            // Counted to the end and not up to the first: no branch to mispredict. The last is what remains.
            let k = cumulative[..last].iter().filter(|sum| **sum <= bound).count();
            score += self.scores[start + k];
            *choice = k as u8;
        }
        score
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    /// The counts by the definition: all sorted, the first ⌈γ n⌉ good.
    fn by_sorting(space: &Space, gamma: f64, trials: &[(f64, Architecture)]) -> Vec<[u32; 2]> {
        let mut order: Vec<usize> = (0..trials.len()).collect();
        order.sort_by(|a, b| trials[*a].0.total_cmp(&trials[*b].0).then(a.cmp(b)));
        let good = (gamma * trials.len() as f64).ceil() as usize;
        let mut counts = vec![[0; 2]; space.choices_in_all()];
        for (rank, trial) in order.into_iter().enumerate() {
            for (l, k) in trials[trial].1.choices().iter().enumerate() {
                counts[space.offset(l) + usize::from(*k)][usize::from(rank >= good)] += 1;
            }
        }
        counts
    }

    #[test]
    fn the_heaps_agree_with_sorting_in_any_order_of_telling() {
        let space = Space::named("sequence:4x3").unwrap();
        let mut random = Stream::new(1, "groups", 0);
        for gamma in [0.01, 0.1, 0.5, 0.99] {
            // Few losses, so that most trials tie.
            let trials: Vec<_> = (0..200).map(|_| (random.below(9) as f64, space.sample(&mut random))).collect();
            let mut order: Vec<usize> = (0..trials.len()).collect();
            random.shuffle(&mut order);
            let mut groups = Groups::new(&space, gamma, 1.0);
            for (told, trial) in order.iter().enumerate() {
                let (loss, architecture) = trials[*trial].clone();
                groups.insert(*trial as TrialId, architecture, loss);
                let wanted = (gamma * (told + 1) as f64).ceil() as usize;
                assert_eq!((groups.good.len(), groups.told()), (wanted, told + 1), "γ = {gamma}");
            }
            assert_eq!(groups.counts, by_sorting(&space, gamma, &trials), "γ = {gamma}");
        }
    }

    #[test]
    fn draws_and_scores_follow_the_counts() {
        let space = Space::named("sequence:1x3").unwrap();
        let mut groups = Groups::new(&space, 0.5, 1.0);
        for (id, (choice, loss)) in [(0, 1.0), (0, 2.0), (1, 3.0), (2, 4.0)].into_iter().enumerate() {
            groups.insert(id as TrialId, Architecture::new([choice]), loss);
        }
        groups.shun(&Architecture::new([1]));
        assert_eq!(groups.counts, [[2, 0], [0, 2], [0, 1]]);
        // Good: 2 + 1, 0 + 1, 0 + 1 of 5.
        for (unit, choice, ratio) in
            [(0.0, 0, 3.0), (0.59, 0, 3.0), (0.61, 1, 1.0 / 3.0), (0.79, 1, 1.0 / 3.0), (0.81, 2, 0.5), (0.99, 2, 0.5)]
        {
            let mut drawn = [9];
            let score = groups.draw(&mut drawn, || unit);
            assert_eq!(drawn[0], choice, "{unit}");
            assert!((score - numeric::ln(ratio)).abs() < 1e-15, "{unit}");
        }
        groups.pardon(&Architecture::new([1]));
        assert_eq!(groups.counts, [[2, 0], [0, 1], [0, 1]]);
    }

    #[test]
    fn both_zeros_are_one_loss() {
        let space = Space::named("sequence:1x2").unwrap();
        let mut groups = Groups::new(&space, 0.5, 1.0);
        groups.insert(0, Architecture::new([0]), 0.0);
        groups.insert(1, Architecture::new([1]), -0.0);
        assert_eq!(groups.counts, [[1, 0], [0, 1]]);
    }
}
