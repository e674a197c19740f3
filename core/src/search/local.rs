//! Local search: go to the best neighbour until none is better, then start again elsewhere.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::incumbent::Incumbent;
use super::{Outcome, Recommendation, Searcher};
use crate::objective::{Trial, TrialId};
use crate::random::Stream;
use crate::space::{Architecture, Space};

/// When to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Move {
    /// To the best neighbour, once all are known.
    #[default]
    BestImprovement,
    /// To the first neighbour that is better.
    FirstImprovement,
}

/// Options of [`Local`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// When to move.
    pub step: Move,
}

/// Hill climbing with restarts on the graph of architectures that differ at one position. No architecture is asked
/// twice; what is known already is looked up in its memory.
///
/// # Source
/// White, Nolen and Savani 2021, algorithm 1 (best improvement; restarts from a random architecture).
/// # Differs from the source
/// A failed trial counts as infinitely bad.
/// # Cost
/// Memory grows with the number of trials.
#[derive(Debug)]
pub struct Local {
    space: Space,
    step: Move,
    random: Stream,
    incumbent: Incumbent,
    /// Everything asked; `None` while its trial is open.
    known: BTreeMap<Architecture, Option<f64>>,
    centre: Centre,
}

/// Where the search stands.
#[derive(Debug)]
enum Centre {
    /// Nowhere: a start is to be drawn.
    Unset,
    /// A start was asked and is not told.
    Asked(Architecture),
    /// At an architecture of known loss, looking around.
    At(Surroundings),
}

/// An architecture and what is known of its neighbours.
#[derive(Debug)]
struct Surroundings {
    architecture: Architecture,
    loss: f64,
    /// Neighbours that nobody asked yet, in the order in which they will be.
    unasked: VecDeque<Architecture>,
    /// How many neighbours are asked and not told.
    open: usize,
    /// The best neighbour known that is better than the centre; the first known among equals.
    better: Option<(Architecture, f64)>,
}

impl Surroundings {
    fn learn(&mut self, neighbour: &Architecture, loss: f64) {
        let bound = self.better.as_ref().map_or(self.loss, |(_, loss)| *loss);
        if loss < bound {
            self.better = Some((neighbour.clone(), loss));
        }
    }

    fn is_neighbour(&self, other: &Architecture) -> bool {
        let pairs = self.architecture.choices().iter().zip(other.choices());
        pairs.filter(|(here, there)| here != there).count() == 1
    }
}

impl Local {
    /// A local search over `space`.
    pub fn new(options: &Options, space: &Space, seed: u64) -> Self {
        Self {
            space: space.clone(),
            step: options.step,
            random: Stream::new(seed, "local search", 0),
            incumbent: Incumbent::new(seed),
            known: BTreeMap::new(),
            centre: Centre::Unset,
        }
    }

    /// An architecture that was not asked yet: random draws first, then the first unknown of the enumeration.
    fn unknown(&mut self) -> Option<Architecture> {
        // No more architectures than this memory holds: all are known, and no draw is spent on finding that out.
        if self.space.size_up_to(self.known.len() as u64).is_some() {
            return None;
        }
        for _ in 0..100 {
            let draw = self.space.sample(&mut self.random);
            if !self.known.contains_key(&draw) {
                return Some(draw);
            }
        }
        self.space.enumerate().find(|h| !self.known.contains_key(h))
    }

    fn stand_at(&mut self, architecture: Architecture, loss: f64) {
        let mut neighbours: Vec<Architecture> = self.space.neighbours(&architecture).collect();
        self.random.shuffle(&mut neighbours);
        let mut around = Surroundings { architecture, loss, unasked: VecDeque::new(), open: 0, better: None };
        for neighbour in neighbours {
            match self.known.get(&neighbour) {
                Some(Some(loss)) => around.learn(&neighbour, *loss),
                Some(None) => around.open += 1,
                None => around.unasked.push_back(neighbour),
            }
        }
        self.centre = Centre::At(around);
    }

    /// Moves as long as there is reason to; every move lowers the loss, so it ends.
    fn settle(&mut self) {
        while let Centre::At(around) = &mut self.centre {
            let all_known = around.unasked.is_empty() && around.open == 0;
            if !all_known && (self.step == Move::BestImprovement || around.better.is_none()) {
                return;
            }
            match around.better.take() {
                Some((better, loss)) => self.stand_at(better, loss),
                None => self.centre = Centre::Unset,
            }
        }
    }
}

impl Searcher for Local {
    fn ask(&mut self) -> Option<Trial> {
        let next = match &mut self.centre {
            Centre::Unset => {
                let start = self.unknown()?;
                self.centre = Centre::Asked(start.clone());
                start
            }
            Centre::Asked(_) => return None,
            Centre::At(around) => {
                let next = around.unasked.pop_front()?;
                around.open += 1;
                next
            }
        };
        self.known.insert(next.clone(), None);
        Some(self.incumbent.ask(next))
    }

    fn tell(&mut self, id: TrialId, outcome: &Outcome) {
        let (architecture, loss) = self.incumbent.tell(id, outcome);
        let loss = loss.unwrap_or(f64::INFINITY);
        self.known.insert(architecture.clone(), Some(loss));
        match &mut self.centre {
            Centre::Asked(start) if *start == architecture => self.stand_at(architecture, loss),
            Centre::At(around) if around.is_neighbour(&architecture) => {
                around.open -= 1;
                around.learn(&architecture, loss);
            }
            _ => {}
        }
        self.settle();
    }

    fn recommend(&self) -> Recommendation {
        self.incumbent.recommend()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::Reply;

    /// Walks to the end of the space; the loss is the sum of the choices, so that the only optimum is 0,0,0.
    fn walk(step: Move) -> Vec<f64> {
        let space = Space::named("sequence:3x4").unwrap();
        let mut local = Local::new(&Options { step }, &space, 5);
        let mut losses = Vec::new();
        while let Some(trial) = local.ask() {
            let loss = trial.architecture().unwrap().choices().iter().map(|k| f64::from(*k)).sum();
            losses.push(loss);
            local.tell(trial.id, &Outcome::Told(Reply { loss, gradient: None }));
        }
        losses
    }

    #[test]
    fn it_asks_nothing_twice_and_ends_with_the_space() {
        for step in [Move::BestImprovement, Move::FirstImprovement] {
            assert_eq!(walk(step).len(), 64, "{step:?}");
        }
    }

    #[test]
    fn on_a_slope_it_reaches_the_optimum_within_its_neighbourhoods() {
        // 9 neighbours each, at most 3 moves to the optimum, and the start.
        for step in [Move::BestImprovement, Move::FirstImprovement] {
            let to_optimum = walk(step).iter().position(|loss| *loss == 0.0).unwrap();
            assert!(to_optimum < 1 + 9 * 4, "{step:?}: {to_optimum}");
        }
    }
}
