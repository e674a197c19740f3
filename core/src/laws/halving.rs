//! What every searcher with rungs keeps: who goes on, to how many epochs, and that it pays.

use std::collections::{BTreeMap, VecDeque};

use super::{Verdict, ensure};
use crate::estimator::Reply;
use crate::numeric::Moments;
use crate::objective::chain::{Chain, Options};
use crate::objective::{Failure, FailureKind, Trial, TrialId};
use crate::random::Stream;
use crate::search::{Outcome, SearcherSpec, hyperband};
use crate::space::{Architecture, Space};

/// Every searcher with rungs by its default, and with more rungs, other fractions and other beginnings.
pub fn subjects() -> Vec<SearcherSpec> {
    let mut subjects = super::searcher::subjects();
    subjects.retain(|spec| spec.rungs().is_some());
    let words = [
        "successive-halving:max_epochs=27,candidates=50",
        "successive-halving:eta=2,min_epochs=2,max_epochs=16,candidates=7",
        "hyperband:max_epochs=81",
        "hyperband:eta=2,max_epochs=10",
        "asha:max_epochs=81",
        "asha:eta=2,min_epochs=3,max_epochs=100",
    ];
    subjects.extend(words.iter().filter_map(|words| crate::run::parse(words).ok()));
    subjects
}

/// What has to be asked next.
#[derive(Debug, Clone, PartialEq)]
enum Expected {
    /// A candidate that was not asked before, at so many epochs.
    Fresh(u32),
    /// This very candidate, at so many epochs.
    Again(Architecture, u32),
    /// Nothing before something is told.
    Nothing,
}

/// One who was told on a rung; the loss is infinite if it failed.
#[derive(Debug, Clone)]
struct Told {
    loss: f64,
    id: TrialId,
    architecture: Architecture,
    promoted: bool,
}

/// The papers' rules by sorting everything each time.
#[derive(Debug)]
struct Rules {
    eta: usize,
    epochs: Vec<u32>,
    /// The planned (n_i, r_i) of each bracket in turn; `None` for the rules that never wait.
    brackets: Option<Vec<Vec<(usize, u32)>>>,
    /// By rung, or of the rung that is waited for.
    told: Vec<Vec<Told>>,
    open: BTreeMap<TrialId, usize>,
    /// What is still to be asked on the rung that is waited for, and which it is.
    queue: VecDeque<Expected>,
    place: (usize, usize),
}

impl Rules {
    fn new(spec: &SearcherSpec) -> Result<Self, String> {
        let rungs = spec.rungs().ok_or("it has no rungs")?;
        let (eta, epochs) = (rungs.eta as usize, rungs.epochs()?);
        let brackets = match spec {
            SearcherSpec::SuccessiveHalving(options) => {
                let first = options.candidates.unwrap_or(eta.pow(epochs.len() as u32 - 1));
                let of = |(i, epochs): (usize, &u32)| ((first / eta.pow(i as u32)).max(1), *epochs);
                Some(vec![epochs.iter().enumerate().map(of).collect()])
            }
            SearcherSpec::Hyperband(options) => {
                let brackets = hyperband::brackets(options)?;
                let pairs = |stage: &crate::search::successive_halving::Stage| (stage.candidates, stage.epochs);
                Some(brackets.iter().map(|bracket| bracket.iter().map(pairs).collect()).collect())
            }
            _ => None,
        };
        let told = vec![Vec::new(); epochs.len()];
        // Before the first: the end of the last bracket.
        let place = brackets.as_ref().map_or((0, 0), |brackets| (brackets.len() - 1, usize::MAX - 1));
        Ok(Self { eta, epochs, brackets, told, open: BTreeMap::new(), queue: VecDeque::new(), place })
    }

    /// The best of `told`, as many as `count`, without those who failed.
    fn best(told: &mut [Told], count: usize) -> impl Iterator<Item = &mut Told> {
        told.sort_by(|a, b| a.loss.total_cmp(&b.loss).then(a.id.cmp(&b.id)));
        told.iter_mut().take(count).filter(|told| told.loss.is_finite())
    }

    fn expects(&mut self) -> Expected {
        let Some(brackets) = &self.brackets else {
            for place in (0..self.epochs.len() - 1).rev() {
                let count = self.told[place].len() / self.eta;
                if let Some(best) = Self::best(&mut self.told[place], count).find(|told| !told.promoted) {
                    best.promoted = true;
                    return Expected::Again(best.architecture.clone(), self.epochs[place + 1]);
                }
            }
            return Expected::Fresh(self.epochs[0]);
        };
        if self.queue.is_empty() && self.open.is_empty() {
            let mut told = std::mem::take(&mut self.told[0]);
            let (bracket, rung) = (self.place.0, self.place.1 + 1);
            if let Some((count, epochs)) = brackets[bracket].get(rung) {
                let again = |told: &mut Told| Expected::Again(told.architecture.clone(), *epochs);
                self.queue.extend(Self::best(&mut told, *count).map(again));
            }
            self.place = (bracket, rung);
            if self.queue.is_empty() {
                self.place = ((bracket + 1) % brackets.len(), 0);
                let (count, epochs) = brackets[self.place.0][0];
                self.queue.extend((0..count).map(|_| Expected::Fresh(epochs)));
            }
        }
        self.queue.pop_front().unwrap_or(Expected::Nothing)
    }

    fn asked(&mut self, trial: &Trial) {
        let place = self.epochs.iter().position(|epochs| Some(*epochs) == trial.epochs()).unwrap_or(0);
        self.open.insert(trial.id, if self.brackets.is_some() { 0 } else { place });
    }

    fn told(&mut self, id: TrialId, architecture: Architecture, loss: f64) {
        if let Some(place) = self.open.remove(&id) {
            self.told[place].push(Told { loss, id, architecture, promoted: false });
        }
    }
}

/// A loss with ties, and a little chance.
fn loss_of(trial: &Trial, chance: &mut Stream) -> f64 {
    let sum: u32 = trial.architecture().map_or(0, |h| h.choices().iter().map(|k| u32::from(*k)).sum());
    f64::from(sum / 2) + chance.below(3) as f64
}

/// Up to 64 in flight, told in random order, some or nearly all of them failing: who is asked next, at how many epochs,
/// and when nobody is, follows from the rule of the paper.
///
/// # Errors
/// If something else is asked.
pub fn only_the_best_go_on(spec: &SearcherSpec) -> Verdict {
    let space = Space::named("sequence:40x3").map_err(|error| error.to_string())?;
    let mut again = 0;
    for (seed, in_flight, failing) in [(0, 64, 0.2), (1, 64, 0.0), (2, 5, 0.4), (3, 1, 0.1), (4, 64, 0.97)] {
        let mut searcher = spec.build(&space, seed)?;
        let mut rules = Rules::new(spec)?;
        let mut chance = Stream::new(seed, "laws of halving", 0);
        let (mut asked, mut open) = (0, Vec::<Trial>::new());
        while asked < 700 {
            let mut waits = open.len() >= in_flight;
            if !waits {
                let (expected, trial) = (rules.expects(), searcher.ask());
                match (&expected, &trial) {
                    (Expected::Fresh(epochs), Some(trial)) if trial.epochs() == Some(*epochs) => {}
                    (Expected::Again(h, epochs), Some(trial))
                        if trial.epochs() == Some(*epochs) && trial.architecture() == Some(h) =>
                    {
                        again += 1;
                    }
                    (Expected::Nothing, None) => {}
                    _ => {
                        return Err(format!("run {seed}, trial {asked}: {trial:?} is asked, by the rule {expected:?}"));
                    }
                }
                waits = trial.is_none();
                ensure!(!waits || !open.is_empty(), "run {seed}: nothing is asked and nothing is open");
                if let Some(trial) = trial {
                    rules.asked(&trial);
                    open.push(trial);
                    asked += 1;
                }
            }
            if waits || chance.unit() < 0.3 {
                let trial = open.swap_remove(chance.below(open.len()));
                let failed = chance.unit() < failing;
                let loss = if failed { f64::INFINITY } else { loss_of(&trial, &mut chance) };
                let failure = || Outcome::Failed(Failure::new(FailureKind::Failed, "by order of the law"));
                let told = || Outcome::Told(Reply { loss, gradient: None });
                searcher.tell(trial.id, &if failed { failure() } else { told() });
                let architecture = trial.architecture().ok_or("a mixture was asked for")?.clone();
                rules.told(trial.id, architecture, loss);
            }
        }
    }
    ensure!(again > 100, "{again} candidates went on: the law is not tried");
    Ok(())
}

/// The standard deviation of the error of a loss before the first epoch: as much as losses differ on the landscapes here,
/// so that whoever believes the lowest rung gains nothing.
const ERROR: f64 = 4.0;

/// The true loss of what is recommended once the budget of epochs is spent. What a candidate shows after e of R epochs is
/// its loss and (1 − e/R) times an error of its own; it continues from the epochs that it has had.
fn best_within(
    spec: &SearcherSpec,
    space: &Space,
    chain: &Chain,
    seed: u64,
    (most, budget): (u32, u32),
) -> Result<f64, String> {
    let mut searcher = spec.build(space, seed)?;
    let mut had: BTreeMap<Architecture, (u32, f64)> = BTreeMap::new();
    let mut spent = 0;
    loop {
        let trial = searcher.ask().ok_or("one in flight, and nothing is asked")?;
        let h = trial.architecture().ok_or("a mixture was asked for")?;
        let epochs = trial.epochs().unwrap_or(most);
        let error = ERROR * Stream::new(seed, "laws of halving: errors", trial.id).normal();
        let (had, error) = had.entry(h.clone()).or_insert((0, error));
        spent += epochs.saturating_sub(*had);
        if spent > budget {
            break;
        }
        *had = epochs.max(*had);
        let loss = chain.loss(h) + (1.0 - f64::from(epochs) / f64::from(most)) * *error;
        searcher.tell(trial.id, &Outcome::Told(Reply { loss, gradient: None }));
    }
    let best = searcher.recommend().best.ok_or("nothing is recommended")?;
    Ok(chain.loss(&best.architecture))
}

/// How a searcher with rungs does beside random search of as many epochs, enough for 30 full trainings: mean and standard
/// error, over 200 landscapes of 10 × 5 with a seed each, of the loss that random search finds minus the loss that `spec`
/// finds.
///
/// # Errors
/// If the searcher breaks the protocol.
pub fn gain_over_random(spec: &SearcherSpec) -> Result<(f64, f64), String> {
    let space = Space::named("sequence:10x5").map_err(|error| error.to_string())?;
    let random = SearcherSpec::Random(crate::search::random::Options::default());
    let most = spec.rungs().ok_or("it has no rungs")?.epochs()?.pop().ok_or("it has no rungs")?;
    let mut gain = Moments::default();
    for seed in 0..200 {
        let chain = Chain::random(&space, &Options { landscape: seed, ..Options::default() })?;
        let best = |spec: &SearcherSpec| best_within(spec, &space, &chain, seed, (most, 30 * most));
        gain.push(best(&random)? - best(spec)?);
    }
    Ok((gain.mean(), gain.standard_error()))
}

/// Under equal epochs it finds more than random search does, by 4 standard errors.
///
/// # Errors
/// If not.
pub fn it_beats_random_search_of_equal_epochs(spec: &SearcherSpec) -> Verdict {
    let (gain, error) = gain_over_random(spec)?;
    ensure!(gain > 4.0 * error, "the gain over random search is {gain:.3} ± {error:.3}");
    Ok(())
}
