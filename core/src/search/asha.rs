//! ASHA: successive halving without waiting. Whoever is among the best of its rung so far goes on.

use std::collections::BTreeMap;

use super::incumbent::Incumbent;
use super::rung::{Options, Rung};
use super::{Outcome, Recommendation, Searcher};
use crate::objective::{Trial, TrialId};
use crate::random::Stream;
use crate::space::Space;

/// Asynchronous successive halving. Asked for a trial, it looks from the highest rung down for a candidate among the best
/// 1/η of those who were told there that has not gone on; if there is none, it draws a fresh one for the lowest rung.
///
/// # Source
/// Li et al. 2020, algorithm 2.
/// # Differs from the source
/// The early-stopping rate s is 0; rungs end at R also where R is not r η^s (see [`Options::epochs`]). A failed trial counts
/// among those who were told on its rung, as the worst.
/// # Cost
/// Memory grows with the number of trials.
#[derive(Debug)]
pub struct Asha {
    space: Space,
    random: Stream,
    incumbent: Incumbent,
    eta: usize,
    /// Of every rung, the lowest first.
    epochs: Vec<u32>,
    /// All but the highest, from which nobody goes on.
    rungs: Vec<Rung>,
    /// On which rung each open trial is.
    open: BTreeMap<TrialId, usize>,
}

impl Asha {
    /// ASHA over `space`.
    ///
    /// # Errors
    /// If an option is out of range.
    pub fn new(options: &Options, space: &Space, seed: u64) -> Result<Self, String> {
        let epochs = options.epochs()?;
        Ok(Self {
            space: space.clone(),
            random: Stream::new(seed, "asha", 0),
            incumbent: Incumbent::new(seed),
            eta: options.eta as usize,
            rungs: epochs[1..].iter().map(|_| Rung::default()).collect(),
            epochs,
            open: BTreeMap::new(),
        })
    }
}

impl Searcher for Asha {
    fn ask(&mut self) -> Option<Trial> {
        let promoted = self.rungs.iter_mut().enumerate().rev().find_map(|(place, rung)| {
            let best = rung.told() / self.eta;
            Some((place + 1, rung.promote(best)?))
        });
        let (place, candidate) = promoted.unwrap_or_else(|| (0, self.space.sample(&mut self.random)));
        let trial = self.incumbent.ask_at(candidate, Some(self.epochs[place]));
        self.open.insert(trial.id, place);
        Some(trial)
    }

    fn tell(&mut self, id: TrialId, outcome: &Outcome) {
        let (architecture, loss) = self.incumbent.tell(id, outcome);
        let place = self.open.remove(&id).expect("every trial that is open is on a rung");
        if let Some(rung) = self.rungs.get_mut(place) {
            rung.tell(id, architecture, loss);
        }
    }

    fn recommend(&self) -> Recommendation {
        self.incumbent.recommend()
    }
}
