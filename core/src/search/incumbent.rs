//! What every searcher keeps: the numbers and architectures of open trials, and the best seen.

use std::collections::{BTreeMap, BTreeSet};

use super::{Outcome, Recommendation};
use crate::objective::{Mixture, Point, Purpose, Standing, Trial, TrialId};
use crate::random::member_seed;
use crate::space::Architecture;

/// A trial that succeeded.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Its number.
    pub id: TrialId,
    /// What was asked.
    pub architecture: Architecture,
    /// The epochs that were asked for, if the searcher named any.
    pub epochs: Option<u32>,
    /// Its loss.
    pub loss: f64,
}

impl Seen {
    /// What decides between it and another.
    pub fn standing(&self) -> Standing {
        Standing::new(self.epochs, self.loss, self.id)
    }
}

/// Numbers trials as they are asked, holds them while they are open, and keeps the best.
#[derive(Debug, Clone)]
pub(super) struct Incumbent {
    seed: u64,
    asked: TrialId,
    open: BTreeMap<TrialId, Open>,
    /// Open trials that ask about mixtures, which are nothing to recommend.
    mixtures: BTreeSet<TrialId>,
    best: Option<Seen>,
}

/// What was asked and is not told yet.
#[derive(Debug, Clone)]
struct Open {
    architecture: Architecture,
    epochs: Option<u32>,
}

impl Incumbent {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, asked: 0, open: BTreeMap::new(), mixtures: BTreeSet::new(), best: None }
    }

    /// The trial that asks for the loss of `architecture`, the work left to the objective.
    pub(super) fn ask(&mut self, architecture: Architecture) -> Trial {
        self.ask_at(architecture, None)
    }

    /// The trial that asks for the loss of `architecture` after so many epochs.
    pub(super) fn ask_at(&mut self, architecture: Architecture, epochs: Option<u32>) -> Trial {
        let id = self.asked;
        self.asked += 1;
        self.open.insert(id, Open { architecture: architecture.clone(), epochs });
        Trial::evaluate(id, architecture, member_seed(self.seed, id)).with_epochs(epochs)
    }

    /// The trial that asks for the loss of a mixture.
    pub(super) fn ask_mixture(&mut self, mixture: Mixture) -> Trial {
        let (id, purpose) = (self.asked, Purpose::Evaluate);
        self.asked += 1;
        self.mixtures.insert(id);
        Trial { id, point: Point::Soft(mixture), purpose, fidelity: None, seed: member_seed(self.seed, id) }
    }

    /// Closes an open trial that asked for something else than a loss.
    #[cfg(feature = "supernet")]
    pub(super) fn forget(&mut self, id: TrialId) {
        self.open.remove(&id);
    }

    /// Closes an open trial of either kind.
    #[track_caller]
    pub(super) fn close(&mut self, id: TrialId, outcome: &Outcome) {
        if !self.mixtures.remove(&id) {
            self.tell(id, outcome);
        }
    }

    /// Closes an open trial and gives its architecture back with its loss, if it has one.
    #[track_caller]
    pub(super) fn tell(&mut self, id: TrialId, outcome: &Outcome) -> (Architecture, Option<f64>) {
        let Open { architecture, epochs } = self.open.remove(&id).unwrap_or_else(|| panic!("trial {id} is not open"));
        let loss = outcome.reply().map(|reply| reply.loss);
        if let Some(loss) = loss {
            // Among equals the first asked wins, whatever the order of telling.
            let standing = Standing::new(epochs, loss, id);
            if self.best.as_ref().is_none_or(|best| standing < best.standing()) {
                self.best = Some(Seen { id, architecture: architecture.clone(), epochs, loss });
            }
        }
        (architecture, loss)
    }

    pub(super) fn recommend(&self) -> Recommendation {
        Recommendation { best: self.best.clone(), mode: None }
    }
}
