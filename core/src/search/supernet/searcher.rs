//! The searcher: epochs of training one after the other, then the architectures that came of them.

use std::collections::{BTreeSet, VecDeque};

use super::watch::alarmed;
use super::{Alarm, Options};
use crate::estimator::corner;
use crate::objective::{Instruments, Progress, Purpose, Trial, TrialId};
use crate::policy::Policy;
use crate::random::Stream;
use crate::search::incumbent::Incumbent;
use crate::search::{Outcome, Recommendation, Searcher};
use crate::space::{Architecture, Cells, Space};

/// Asks an objective to train its shared weights epoch by epoch, together with a policy that the objective keeps beside them, and
/// at the end what the architectures that come of it are worth with those weights.
///
/// A trial of [`Purpose::Train`] names the epoch, from 1, and is answered with a [`Progress`]. One trial is in flight at a time.
/// The last trials ask about architectures: the derived one, and candidates that are drawn from the policy, if any are wanted.
#[derive(Debug)]
pub struct SupernetSearch {
    options: Options,
    space: Space,
    cells: Cells,
    seed: u64,
    policy: Box<dyn Policy>,
    incumbent: Incumbent,
    /// Of every epoch that ended: the derived architecture and what was measured.
    derived: Vec<Architecture>,
    epochs: Vec<Instruments>,
    /// The architecture that a rule keeps, where it ended the training.
    kept: Option<Architecture>,
    /// What is to be judged; nothing while it trains.
    candidates: Option<VecDeque<Architecture>>,
    notices: Vec<String>,
    /// The epoch that is being trained.
    training: Option<TrialId>,
    in_flight: bool,
}

impl SupernetSearch {
    /// The search over `space`.
    ///
    /// # Errors
    /// If an option is out of range, or the space describes no cells.
    pub fn new(options: &Options, space: &Space, seed: u64) -> Result<Self, String> {
        options.check()?;
        let cells = Cells::of(space)?;
        options.suits(&cells)?;
        let policy = policy(options, &cells, seed)?;
        Ok(Self {
            options: options.clone(),
            space: space.clone(),
            cells,
            seed,
            policy,
            incumbent: Incumbent::new(seed),
            derived: Vec::new(),
            epochs: Vec::new(),
            kept: None,
            candidates: None,
            notices: Vec::new(),
            training: None,
            in_flight: false,
        })
    }

    /// What would be taken now.
    fn architecture(&self) -> Architecture {
        let last = || self.derived.last().cloned();
        self.kept.clone().or_else(last).unwrap_or_else(|| derive(&self.cells, self.policy.as_ref()))
    }

    fn most_epochs(&self) -> usize {
        self.options.epochs.unwrap_or(1) as usize
    }

    /// Takes the epoch in that has ended, and looks whether it was the last.
    fn progressed(&mut self, progress: &Progress) {
        let parameters = self.policy.parameters().len();
        if progress.policy.len() == parameters {
            self.policy.update(&mut |to| to.copy_from_slice(&progress.policy));
        }
        self.derived.push(progress.architecture.clone());
        self.epochs.push(progress.instruments.clone());
        let stands_still = self.options.policy_steps == Some(0);
        if self.options.alarm != Alarm::Off
            && !stands_still
            && self.notices.is_empty()
            && let Some((mut notice, in_order)) = alarmed(&self.epochs, self.options.frozen() as usize)
        {
            match (self.options.alarm, in_order) {
                (Alarm::Stop, 0) => notice += "; it was so from the start, so that there is nothing to go back to",
                (Alarm::Stop, _) => {
                    notice += &format!("; the training ends, with the architecture of epoch {in_order}");
                    self.keep(in_order);
                }
                _ => {}
            }
            self.notices.push(notice);
        }
        let ends = self.options.early_stopping.as_ref().and_then(|rule| rule.ends_with(&self.epochs));
        if let (Some(epoch), None) = (ends, &self.kept) {
            let now = self.epochs.len();
            let words = "the rule of early_stopping ends the training, with the architecture of epoch";
            self.notices.push(format!("early stopping: epoch {now}: {words} {epoch}"));
            self.keep(epoch);
        }
    }

    /// Ends the training with the architecture of an earlier epoch, from 1.
    fn keep(&mut self, epoch: usize) {
        self.kept = self.derived.get(epoch - 1).cloned();
    }

    /// The architecture that a draw of the policy stands for: itself, or what is derived from the corner that it is.
    fn of_policy(&self, draw: &Architecture) -> Architecture {
        if self.policy.space() == &self.space {
            return draw.clone();
        }
        let choices = self.cells.choices();
        // Weights of edges follow those of operations.
        let path = Architecture::new(&draw.choices()[..choices.length()]);
        self.cells.derive(&corner(choices, &path))
    }

    /// The architectures that are judged at the end, each once: the derived one, if the policy moves at all, and candidates.
    fn drawn(&self) -> VecDeque<Architecture> {
        let moves = self.options.policy_steps != Some(0);
        let mut drawn: VecDeque<Architecture> = moves.then(|| self.architecture()).into_iter().collect();
        let mut seen: BTreeSet<Architecture> = drawn.iter().cloned().collect();
        let mut random = Stream::new(self.seed, "candidates", 0);
        for _ in 0..self.options.candidates {
            let candidate = if self.options.uniform_candidates {
                self.space.sample(&mut random)
            } else {
                self.of_policy(&self.policy.sample(&mut random))
            };
            if seen.insert(candidate.clone()) {
                drawn.push_back(candidate);
            }
        }
        drawn
    }
}

/// The policy of a search of `cells` in its starting state.
pub(crate) fn policy(options: &Options, cells: &Cells, seed: u64) -> Result<Box<dyn Policy>, String> {
    let space = match (options.over_edges(), options.edge_weights) {
        (false, _) => cells.space().clone(),
        (true, false) => cells.choices().clone(),
        (true, true) => cells.with_edge_weights()?,
    };
    let mut policy = options.policy.build(&space, &mut Stream::new(seed, "policy", 0))?;
    if policy.as_categorical().is_some() {
        // As DARTS has it: of equal choices the first would be derived, on every edge the same.
        let mut random = Stream::new(seed, "initial logits", 0);
        policy.update(&mut |logits| logits.iter_mut().for_each(|logit| *logit = 1e-3 * random.normal()));
    }
    Ok(policy)
}

/// The architecture that a policy of such a search is made into.
pub(crate) fn derive(cells: &Cells, policy: &dyn Policy) -> Architecture {
    match policy.as_categorical() {
        Some(categorical) if policy.space() != cells.space() || cells.space() == cells.choices() => {
            cells.derive(&cells.weighted(categorical.all_probabilities()))
        }
        _ => policy.mode(),
    }
}

impl Searcher for SupernetSearch {
    fn ask(&mut self) -> Option<Trial> {
        if self.in_flight {
            return None;
        }
        let done = self.epochs.len();
        if self.kept.is_none() && done < self.most_epochs() {
            let trial = self.incumbent.ask_at(self.architecture(), Some(done as u32 + 1));
            (self.in_flight, self.training) = (true, Some(trial.id));
            return Some(Trial { purpose: Purpose::Train, ..trial });
        }
        if self.candidates.is_none() {
            self.candidates = Some(self.drawn());
        }
        let next = self.candidates.as_mut().and_then(VecDeque::pop_front)?;
        self.in_flight = true;
        Some(self.incumbent.ask_at(next, Some(done as u32)))
    }

    fn tell(&mut self, id: TrialId, outcome: &Outcome) {
        self.in_flight = false;
        if self.training.take() != Some(id) {
            self.incumbent.tell(id, outcome);
            return;
        }
        // An epoch is no answer about an architecture.
        self.incumbent.forget(id);
        match outcome {
            Outcome::Progressed(progress) => self.progressed(progress),
            // Weights that diverged do not come back: what was derived before is judged, if anything was.
            Outcome::Told(_) | Outcome::Failed(_) => {
                self.kept = Some(self.architecture());
                if self.derived.is_empty() {
                    self.candidates = Some(VecDeque::new());
                }
            }
        }
    }

    fn recommend(&self) -> Recommendation {
        Recommendation { mode: Some(self.architecture()), ..self.incumbent.recommend() }
    }

    fn policy(&self) -> Option<&dyn Policy> {
        Some(self.policy.as_ref())
    }

    fn notices(&self) -> &[String] {
        &self.notices
    }
}
