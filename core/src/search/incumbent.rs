//! What every searcher keeps: the numbers and architectures of open trials, and the best seen.

use std::collections::BTreeMap;

use super::{Outcome, Recommendation};
use crate::objective::{Trial, TrialId};
use crate::random::member_seed;
use crate::space::Architecture;

/// A trial that succeeded.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Its number.
    pub id: TrialId,
    /// What was asked.
    pub architecture: Architecture,
    /// Its loss.
    pub loss: f64,
}

/// Numbers trials as they are asked, holds them while they are open, and keeps the best.
#[derive(Debug, Clone)]
pub(super) struct Incumbent {
    seed: u64,
    asked: TrialId,
    open: BTreeMap<TrialId, Architecture>,
    best: Option<Seen>,
}

impl Incumbent {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, asked: 0, open: BTreeMap::new(), best: None }
    }

    /// The trial that asks for the loss of `architecture`.
    pub(super) fn ask(&mut self, architecture: Architecture) -> Trial {
        let id = self.asked;
        self.asked += 1;
        self.open.insert(id, architecture.clone());
        Trial::evaluate(id, architecture, member_seed(self.seed, id))
    }

    /// Closes an open trial and gives its architecture back with its loss, if it has one.
    #[track_caller]
    pub(super) fn tell(&mut self, id: TrialId, outcome: &Outcome) -> (Architecture, Option<f64>) {
        let architecture = self.open.remove(&id).unwrap_or_else(|| panic!("trial {id} is not open"));
        let loss = outcome.reply().map(|reply| reply.loss);
        if let Some(loss) = loss {
            // Among equals the first asked wins, whatever the order of telling.
            let better = self.best.as_ref().is_none_or(|best| (loss, id) < (best.loss, best.id));
            if better {
                self.best = Some(Seen { id, architecture: architecture.clone(), loss });
            }
        }
        (architecture, loss)
    }

    pub(super) fn recommend(&self) -> Recommendation {
        Recommendation { best: self.best.clone(), mode: None }
    }
}
