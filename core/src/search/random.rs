//! Random search: every trial drawn uniformly, whatever was told.

use serde::{Deserialize, Serialize};

use super::incumbent::Incumbent;
use super::{Outcome, Recommendation, Searcher};
use crate::objective::{Trial, TrialId};
use crate::random::Stream;
use crate::space::Space;

/// Options of [`RandomSearch`]: none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {}

/// Draws with replacement, so that trials are independent.
///
/// # Source
/// Bergstra and Bengio 2012; for architectures, Li and Talwalkar 2019.
#[derive(Debug)]
pub struct RandomSearch {
    space: Space,
    random: Stream,
    incumbent: Incumbent,
}

impl RandomSearch {
    /// A random search over `space`.
    pub fn new(_: &Options, space: &Space, seed: u64) -> Self {
        let random = Stream::new(seed, "random search", 0);
        Self { space: space.clone(), random, incumbent: Incumbent::new(seed) }
    }
}

impl Searcher for RandomSearch {
    fn ask(&mut self) -> Option<Trial> {
        let architecture = self.space.sample(&mut self.random);
        Some(self.incumbent.ask(architecture))
    }

    fn tell(&mut self, id: TrialId, outcome: &Outcome) {
        self.incumbent.tell(id, outcome);
    }

    fn recommend(&self) -> Recommendation {
        self.incumbent.recommend()
    }
}
