//! Regularised evolution: mutate the best of a random sample, retire the oldest.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::incumbent::Incumbent;
use super::{Outcome, Recommendation, Searcher};
use crate::objective::{Trial, TrialId};
use crate::random::Stream;
use crate::space::{Architecture, Space};

/// Options of [`Evolution`]. The defaults are those of NATS-Bench (Dong et al. 2021).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// P, how many of the last trials are alive; 1 to 1,000,000.
    pub population: usize,
    /// S, how many are drawn, with replacement, to find a parent; 1 to 1,000,000.
    pub sample: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { population: 10, sample: 3 }
    }
}

/// Evolution in which age, not loss, decides who dies.
///
/// # Source
/// Real et al. 2019, algorithm 1.
/// # Differs from the source
/// Until P trials have succeeded, candidates are drawn uniformly; failed trials never join the population.
#[derive(Debug)]
pub struct Evolution {
    space: Space,
    options: Options,
    random: Stream,
    incumbent: Incumbent,
    /// The living, oldest first.
    population: VecDeque<(Architecture, f64)>,
}

impl Evolution {
    /// # Errors
    /// If an option is out of range.
    pub fn new(options: &Options, space: &Space, seed: u64) -> Result<Self, String> {
        for (name, value) in [("population", options.population), ("sample", options.sample)] {
            if !(1..=1_000_000).contains(&value) {
                return Err(format!("{name} must be in 1..=1000000, got {value}"));
            }
        }
        let random = Stream::new(seed, "evolution", 0);
        let (space, options) = (space.clone(), options.clone());
        Ok(Self { space, options, random, incumbent: Incumbent::new(seed), population: VecDeque::new() })
    }

    /// The best of S draws; the first drawn among equals.
    fn parent(&mut self) -> &Architecture {
        let mut best = self.random.below(self.population.len());
        for _ in 1..self.options.sample {
            let other = self.random.below(self.population.len());
            if self.population[other].1 < self.population[best].1 {
                best = other;
            }
        }
        &self.population[best].0
    }
}

impl Searcher for Evolution {
    fn ask(&mut self) -> Option<Trial> {
        let architecture = if self.population.len() < self.options.population {
            self.space.sample(&mut self.random)
        } else {
            let parent = self.parent().clone();
            self.space.mutate(&parent, &mut self.random)
        };
        Some(self.incumbent.ask(architecture))
    }

    fn tell(&mut self, id: TrialId, outcome: &Outcome) {
        if let (architecture, Some(loss)) = self.incumbent.tell(id, outcome) {
            self.population.push_back((architecture, loss));
            if self.population.len() > self.options.population {
                self.population.pop_front();
            }
        }
    }

    fn recommend(&self) -> Recommendation {
        self.incumbent.recommend()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::Reply;

    #[test]
    fn the_oldest_dies_even_if_it_is_the_best() {
        let space = Space::named("sequence:4x4").unwrap();
        let options = Options { population: 2, sample: 2 };
        let mut evolution = Evolution::new(&options, &space, 1).unwrap();
        for loss in [0.0, 5.0, 5.0] {
            let trial = evolution.ask().unwrap();
            evolution.tell(trial.id, &Outcome::Told(Reply { loss, gradient: None }));
        }
        assert!(evolution.population.iter().all(|(_, loss)| *loss == 5.0));
        assert_eq!(evolution.recommend().best.unwrap().id, 0);
    }

    #[test]
    fn a_population_of_0_is_refused() {
        let options = Options { population: 0, sample: 3 };
        let error = Evolution::new(&options, &Space::named("sequence:4x4").unwrap(), 1).unwrap_err();
        assert_eq!(error, "population must be in 1..=1000000, got 0");
    }
}
