//! Local search: go to the best neighbour until none is better, then start again elsewhere.

use std::collections::BTreeMap;

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
    At { loss: f64, neighbours: Vec<Architecture>, next: usize },
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
        for _ in 0..100 {
            let draw = self.space.sample(&mut self.random);
            if !self.known.contains_key(&draw) {
                return Some(draw);
            }
        }
        // A hundred repeats in a row: most of the space is known, so it is not much larger than this memory.
        if self.space.size_up_to(self.known.len() as u64).is_some() {
            return None;
        }
        self.space.enumerate().find(|h| !self.known.contains_key(h))
    }

    fn stand_at(&mut self, architecture: &Architecture, loss: f64) {
        let mut neighbours: Vec<Architecture> = self.space.neighbours(architecture).collect();
        self.random.shuffle(&mut neighbours);
        self.centre = Centre::At { loss, neighbours, next: 0 };
    }

    fn first_neighbour_better_than(&self, loss: f64, neighbours: &[Architecture]) -> Option<(Architecture, f64)> {
        let losses = neighbours.iter().filter_map(|h| Some((h, self.known.get(h).copied()??)));
        let better = losses.filter(|(_, other)| *other < loss);
        let chosen = match self.step {
            Move::FirstImprovement => better.into_iter().next(),
            Move::BestImprovement => better.min_by(|a, b| a.1.total_cmp(&b.1)),
        };
        chosen.map(|(h, loss)| (h.clone(), loss))
    }
}

impl Searcher for Local {
    fn ask(&mut self) -> Option<Trial> {
        loop {
            match &mut self.centre {
                Centre::Unset => {
                    let start = self.unknown()?;
                    self.centre = Centre::Asked(start.clone());
                    self.known.insert(start.clone(), None);
                    return Some(self.incumbent.ask(start));
                }
                Centre::Asked(_) => return None,
                Centre::At { loss, neighbours, next, .. } => {
                    let (loss, seen) = (*loss, *next);
                    if self.step == Move::FirstImprovement {
                        let looked_at = neighbours[..seen].to_vec();
                        if let Some((better, loss)) = self.first_neighbour_better_than(loss, &looked_at) {
                            self.stand_at(&better, loss);
                            continue;
                        }
                    }
                    let Centre::At { neighbours, next, .. } = &mut self.centre else { unreachable!("matched above") };
                    if let Some(neighbour) = neighbours.get(*next).cloned() {
                        *next += 1;
                        if self.known.contains_key(&neighbour) {
                            continue;
                        }
                        self.known.insert(neighbour.clone(), None);
                        return Some(self.incumbent.ask(neighbour));
                    }
                    if neighbours.iter().any(|h| self.known.get(h) == Some(&None)) {
                        return None;
                    }
                    let around = neighbours.clone();
                    match self.first_neighbour_better_than(loss, &around) {
                        Some((better, loss)) => self.stand_at(&better, loss),
                        None => self.centre = Centre::Unset,
                    }
                }
            }
        }
    }

    fn tell(&mut self, id: TrialId, outcome: &Outcome) {
        let (architecture, loss) = self.incumbent.tell(id, outcome);
        let loss = loss.unwrap_or(f64::INFINITY);
        self.known.insert(architecture.clone(), Some(loss));
        if matches!(&self.centre, Centre::Asked(start) if *start == architecture) {
            self.stand_at(&architecture, loss);
        }
    }

    fn recommend(&self) -> Recommendation {
        self.incumbent.recommend()
    }
}
