//! What every searcher keeps: the protocol of ask and tell with many trials in flight and failures among them.

use std::collections::BTreeSet;

use super::{Verdict, ensure, of_chain};
use crate::estimator::{EstimatorSpec, Reply};
use crate::numeric::Moments;
use crate::objective::chain::{Chain, Options};
use crate::objective::function::Function;
use crate::objective::{
    Direction, Failure, FailureKind, Metric, Mixture, ObjectiveSpec, Point, Trial, TrialId, answer,
};
use crate::random::Stream;
use crate::search::{Outcome, Searcher, SearcherSpec, Seen};
use crate::space::{Architecture, Custom, Position, Space, SpaceSpec};

/// Every searcher by its default.
pub fn subjects() -> Vec<SearcherSpec> {
    SearcherSpec::iter().collect()
}

fn named(name: &str) -> Result<Space, String> {
    Space::named(name).map_err(|error| error.to_string())
}

/// Of two spaces the first that the searcher takes: some take binary choices only.
fn taken(spec: &SearcherSpec, names: [&str; 2]) -> Result<Space, String> {
    let first = named(names[0])?;
    if spec.build(&first, 0).is_ok() { Ok(first) } else { named(names[1]) }
}

/// 15,625 architectures, or 16,384 of binary choices.
fn room(spec: &SearcherSpec) -> Result<Space, String> {
    taken(spec, ["sequence:6x5", "sequence:14x2"])
}

/// A searcher in a harness that watches every rule of the protocol.
struct Watched {
    searcher: Box<dyn Searcher>,
    space: Space,
    asked: Vec<Trial>,
    open: BTreeSet<TrialId>,
    distinct: BTreeSet<Architecture>,
    best: Option<Seen>,
}

impl Watched {
    fn new(spec: &SearcherSpec, space: &Space, seed: u64) -> Result<Self, String> {
        let (searcher, space) = (spec.build(space, seed)?, space.clone());
        let (open, distinct) = (BTreeSet::new(), BTreeSet::new());
        Ok(Self { searcher, space, asked: Vec::new(), open, distinct, best: None })
    }

    /// Asks once; false if there was nothing to ask.
    fn ask(&mut self) -> Result<bool, String> {
        let Some(trial) = self.searcher.ask() else {
            let all = self.space.size_up_to(self.distinct.len() as u64).is_some();
            ensure!(all || !self.open.is_empty(), "nothing is asked, nothing is open, and the space is not exhausted");
            return Ok(false);
        };
        let id = self.asked.len() as TrialId;
        ensure!(trial.id == id, "trial {id} is numbered {}", trial.id);
        match &trial.point {
            Point::Hard(h) => {
                ensure!(self.space.contains(h), "trial {id} asks for {h:?}, which is outside");
                self.distinct.insert(h.clone());
            }
            Point::Soft(Mixture(p)) => {
                ensure!(p.len() == self.space.choices_in_all(), "trial {id} asks for {} shares", p.len());
                for l in 0..self.space.length() {
                    let row = &p[self.space.offset(l)..self.space.offset(l + 1)];
                    let sound = row.iter().all(|p| *p >= 0.0) && (row.iter().sum::<f64>() - 1.0).abs() < 1e-12;
                    ensure!(sound, "trial {id} asks for the shares {row:?}");
                }
            }
        }
        self.open.insert(id);
        self.asked.push(trial);
        Ok(true)
    }

    /// Tells the answer to an open trial, or that it failed, and compares the recommendation with what was told.
    fn tell(&mut self, id: TrialId, reply: Option<Reply>) -> Verdict {
        self.open.remove(&id);
        let outcome = match (reply, self.asked[id as usize].architecture().cloned()) {
            (Some(reply), None) => Outcome::Told(reply),
            (Some(reply), Some(architecture)) => {
                let loss = reply.loss;
                let told = Seen { id, architecture, epochs: self.asked[id as usize].epochs(), loss };
                // Said anew, and not by `Standing`, which is what searchers decide by.
                let rank = |seen: &Seen| (-i64::from(seen.epochs.unwrap_or(u32::MAX)), seen.loss, seen.id);
                if self.best.as_ref().is_none_or(|best| rank(&told) < rank(best)) {
                    self.best = Some(told);
                }
                Outcome::Told(reply)
            }
            (None, _) => Outcome::Failed(Failure::new(FailureKind::Failed, "by order of the law")),
        };
        self.searcher.tell(id, &outcome);
        let recommendation = self.searcher.recommend();
        ensure!(recommendation.best == self.best, "best is {:?}, told was {:?}", recommendation.best, self.best);
        let outside = recommendation.mode.filter(|mode| !self.space.contains(mode));
        ensure!(outside.is_none(), "the mode {outside:?} is outside");
        Ok(())
    }

    /// Keeps up to `in_flight` trials open and tells one of them, drawn at random, until `trials` were asked or nothing
    /// more is; then tells the rest.
    fn run(
        &mut self,
        trials: usize,
        in_flight: usize,
        order: &mut Stream,
        mut reply: impl FnMut(&Trial) -> Option<Reply>,
    ) -> Verdict {
        loop {
            while self.open.len() < in_flight && self.asked.len() < trials && self.ask()? {}
            if self.open.is_empty() {
                return Ok(());
            }
            let drawn = self.open.iter().nth(order.below(self.open.len())).copied();
            let id = drawn.ok_or("below(n) is an index of n open trials")?;
            let reply = reply(&self.asked[id as usize]);
            self.tell(id, reply)?;
        }
    }
}

/// A loss with many ties, so that the order among equals matters; for mixtures the same without rounding.
fn coarse(space: &Space, trial: &Trial) -> Reply {
    match &trial.point {
        Point::Hard(h) => {
            let sum = h.choices().iter().map(|k| u32::from(*k)).sum::<u32>();
            Reply { loss: f64::from(sum / 3), gradient: None }
        }
        Point::Soft(Mixture(p)) => {
            let slopes: Vec<f64> =
                (0..space.length()).flat_map(|l| (0..space.choices(l)).map(|k| k as f64 / 3.0)).collect();
            let loss = p.iter().zip(&slopes).map(|(p, slope)| p * slope).sum();
            Reply { loss, gradient: Some(Mixture(slopes)) }
        }
    }
}

/// 64 in flight, told in random order, a fifth of them failing: numbers are consecutive, every ask is in the space,
/// none is lost, and the recommendation is the best told of those with the most epochs, the first asked among equals.
///
/// # Errors
/// If one of these is broken.
pub fn nothing_is_lost_with_many_in_flight(spec: &SearcherSpec) -> Verdict {
    let names = ["sequence:6x5", "nas-bench-201", "sequence:40x3", "sequence:3x4", "sequence:14x2"];
    let takes = |name: &&str| named(name).is_ok_and(|space| spec.build(&space, 0).is_ok());
    for (index, name) in names.into_iter().filter(takes).enumerate() {
        for seed in 0..5 {
            let mut watched = Watched::new(spec, &named(name)?, seed)?;
            let mut order = Stream::new(seed, "laws of searchers: order", index as u64);
            let mut fails = Stream::new(seed, "laws of searchers: failures", index as u64);
            let space = watched.space.clone();
            let reply = |trial: &Trial| (fails.unit() >= 0.2).then(|| coarse(&space, trial));
            watched.run(1000, 64, &mut order, reply).map_err(|words| format!("{name}, seed {seed}: {words}"))?;
            let all = watched.space.size_up_to(watched.distinct.len() as u64).is_some();
            ensure!(watched.asked.len() == 1000 || all, "{name}: it stopped after {} trials", watched.asked.len());
        }
    }
    Ok(())
}

/// Whether it draws anything: the gradient of DARTS does not.
fn draws(spec: &SearcherSpec) -> bool {
    let SearcherSpec::PolicyGradient(options) = spec else { return true };
    !matches!(options.estimator, EstimatorSpec::Softmax(_))
}

/// The same seed asks the same, another seed something else.
///
/// # Errors
/// If not.
pub fn a_searcher_is_a_function_of_its_seed(spec: &SearcherSpec) -> Verdict {
    let asks = |seed: u64| -> Result<Vec<Trial>, String> {
        let space = room(spec)?;
        let mut watched = Watched::new(spec, &space, seed)?;
        let mut order = Stream::new(0, "laws of searchers: seeds", 0);
        watched.run(400, 7, &mut order, |trial| Some(coarse(&space, trial)))?;
        Ok(watched.asked)
    };
    let architectures = |trials: &[Trial]| trials.iter().map(|trial| trial.point.clone()).collect::<Vec<_>>();
    let (first, again, other) = (asks(1)?, asks(1)?, asks(2)?);
    let differ = first.iter().zip(&again).position(|(a, b)| a != b);
    ensure!(first == again, "seed 1 twice, and trial {differ:?} differs");
    ensure!(!draws(spec) || architectures(&first) != architectures(&other), "seeds 1 and 2 ask the same architectures");
    ensure!(first.iter().zip(&other).all(|(a, b)| a.seed != b.seed), "seeds 1 and 2 share the seed of a trial");
    let seeds: BTreeSet<u64> = first.iter().map(|trial| trial.seed).collect();
    ensure!(seeds.len() == first.len(), "two trials of a run share a seed");
    Ok(())
}

/// If every trial fails there is no recommendation, no panic and no end of asking.
///
/// # Errors
/// If not.
pub fn failures_only_are_survived(spec: &SearcherSpec) -> Verdict {
    for in_flight in [1, 16] {
        let mut watched = Watched::new(spec, &room(spec)?, 3)?;
        watched.run(500, in_flight, &mut Stream::new(0, "laws of searchers: all fail", 0), |_| None)?;
        ensure!(watched.asked.len() == 500, "it stopped asking after {}", watched.asked.len());
        ensure!(watched.searcher.recommend().best.is_none(), "nothing succeeded, and something is recommended");
    }
    Ok(())
}

/// On spaces with little or nothing to choose it neither panics nor stops before all is asked; having stopped with
/// nothing open, it stays so.
///
/// # Errors
/// If not.
pub fn small_spaces_are_searched_to_their_end(spec: &SearcherSpec) -> Verdict {
    let single = |name: &str| Position { name: name.into(), choices: vec!["only".into()] };
    let only = SpaceSpec::Custom(Custom { positions: vec![single("a"), single("b"), single("c")] });
    let spaces = ["sequence:1x1", "sequence:1x4", "sequence:2x3", "sequence:5x2"].map(named);
    let customs = [only, SpaceSpec::Custom(Custom::default())];
    let customs = customs.map(|spec| Space::new(spec).map_err(|error| error.to_string()));
    for (index, space) in spaces.into_iter().chain(customs).enumerate() {
        let space = space?;
        if spec.build(&space, 4).is_err() {
            continue;
        }
        for (in_flight, failing) in [(1, 0.0), (3, 0.3), (64, 0.0), (64, 1.0)] {
            let mut watched = Watched::new(spec, &space, 4)?;
            let mut order = Stream::new(4, "laws of searchers: small", index as u64);
            let mut fails = Stream::new(4, "laws of searchers: small, failures", index as u64);
            let reply = |trial: &Trial| (fails.unit() >= failing).then(|| coarse(&space, trial));
            watched.run(300, in_flight, &mut order, reply).map_err(|words| format!("{space:?}: {words}"))?;
            if watched.asked.len() < 300 {
                for _ in 0..3 {
                    ensure!(!watched.ask()?, "{space:?}: it had stopped and asks again");
                }
            }
        }
    }
    Ok(())
}

/// An objective that gives NaN, infinities, panics and refusals reaches the searcher as failures only.
///
/// # Errors
/// If not.
pub fn no_nan_is_told(spec: &SearcherSpec) -> Verdict {
    // A function answers architectures, and whatever answers mixtures is ours.
    if spec.suits(&ObjectiveSpec::Function(Default::default())).is_err() {
        return Ok(());
    }
    let metric = Metric::new("loss", "", Direction::Minimise);
    let mut poisoned = Function::new(vec![metric], |h: &Architecture| match h.choices()[0] {
        0 => Ok(vec![f64::NAN]),
        1 => Ok(vec![f64::NEG_INFINITY]),
        2 => Err("no".into()),
        k => Ok(vec![f64::from(k) + f64::from(h.choices()[1])]),
    });
    let space = named("sequence:6x5")?;
    if spec.build(&space, 5).is_err() {
        return Ok(());
    }
    let mut watched = Watched::new(spec, &space, 5)?;
    let mut order = Stream::new(5, "laws of searchers: NaN", 0);
    let mut let_through = None;
    watched.run(400, 8, &mut order, |trial| {
        let value = answer(&mut poisoned, trial).ok()?.values[0];
        let_through = let_through.or((!value.is_finite()).then_some(value));
        Some(Reply { loss: value, gradient: None })
    })?;
    ensure!(let_through.is_none(), "{let_through:?} was told as a loss");
    let best = watched.searcher.recommend().best.ok_or("nothing is recommended")?;
    ensure!(best.loss.is_finite() && best.architecture.choices()[0] > 2, "{best:?} is recommended");
    Ok(())
}

/// A specification survives JSON and TOML; an option that does not exist is refused by name.
///
/// # Errors
/// If not.
pub fn specifications_round_trip(spec: &SearcherSpec) -> Verdict {
    let json = serde_json::to_value(spec).map_err(|error| error.to_string())?;
    let toml = toml::to_string(spec).map_err(|error| error.to_string())?;
    ensure!(json["name"] == spec.name(), "it is called {} and writes {json}", spec.name());
    let from_json = serde_json::from_value::<SearcherSpec>(json.clone()).map_err(|e| format!("{e} in {json}"))?;
    let from_toml = toml::from_str::<SearcherSpec>(&toml).map_err(|e| format!("{e} in {toml}"))?;
    ensure!(from_json == *spec && from_toml == *spec, "it comes back as {from_json:?} and {from_toml:?}");
    let bare = serde_json::from_value::<SearcherSpec>(serde_json::json!({"name": spec.name()}));
    ensure!(bare.as_ref().is_ok_and(|bare| bare == spec), "its name alone gives {bare:?}, not the default");
    let mut misspelt = json;
    misspelt["populatoin"] = 3.into();
    let words = serde_json::from_value::<SearcherSpec>(misspelt).map_or_else(|e| e.to_string(), |_| "accepted".into());
    ensure!(words.contains("populatoin"), "a misspelt option is answered with: {words}");
    Ok(())
}

/// The least loss of `trials` trials on `chain`, one in flight.
fn best_of(spec: &SearcherSpec, space: &Space, chain: &Chain, seed: u64, trials: usize) -> Result<f64, String> {
    let mut watched = Watched::new(spec, space, seed)?;
    let reply = |trial: &Trial| Some(of_chain(chain, &trial.point));
    watched.run(trials, 1, &mut Stream::new(seed, "laws of searchers: one in flight", 0), reply)?;
    watched.best.map(|best| best.loss).ok_or_else(|| "nothing was told".into())
}

/// 300 trials on a chain of 6 × 5 find something better than the mean of the space by twice its standard deviation.
///
/// # Errors
/// If one of 5 seeds does not.
pub fn it_finds_something_good(spec: &SearcherSpec) -> Verdict {
    let space = room(spec)?;
    for seed in 0..5 {
        let chain = Chain::random(&space, &Options { landscape: seed, ..Options::default() })?;
        let mut all = Moments::default();
        space.enumerate().for_each(|h| all.push(chain.loss(&h)));
        let good = all.mean() - 2.0 * crate::numeric::sqrt(all.variance());
        let best = best_of(spec, &space, &chain, seed, 300)?;
        ensure!(best < good, "seed {seed}: the best loss is {best:.3}, the mean {:.3}, good is {good:.3}", all.mean());
    }
    Ok(())
}

/// How a searcher does beside random search: mean and standard error, over 20 landscapes of 10 × 5 with a seed each, of
/// the loss that random search finds in 500 trials minus the loss that `spec` finds.
///
/// # Errors
/// If the searcher breaks the protocol.
pub fn gain_over_random(spec: &SearcherSpec) -> Result<(f64, f64), String> {
    let space = taken(spec, ["sequence:10x5", "sequence:23x2"])?;
    let random = SearcherSpec::Random(crate::search::random::Options::default());
    let mut gain = Moments::default();
    for seed in 0..20 {
        let chain = Chain::random(&space, &Options { landscape: seed, ..Options::default() })?;
        let best = |spec: &SearcherSpec| best_of(spec, &space, &chain, seed, 500);
        gain.push(best(&random)? - best(spec)?);
    }
    Ok((gain.mean(), gain.standard_error()))
}

/// Every searcher but random search itself finds more than random search does, by 4 standard errors.
///
/// Those that ask at several numbers of epochs are left out here: counted in trials they are random searches, and counted
/// in epochs `halving::it_beats_random_search_of_equal_epochs` holds them to the same.
///
/// # Errors
/// If not, or if random search differs from itself.
pub fn it_beats_random_search(spec: &SearcherSpec) -> Verdict {
    if spec.rungs().is_some() {
        return Ok(());
    }
    let (gain, error) = gain_over_random(spec)?;
    match spec {
        SearcherSpec::Random(_) => ensure!(gain == 0.0, "random search gains {gain} over itself"),
        _ => ensure!(gain > 4.0 * error, "the gain over random search is {gain:.3} ± {error:.3}"),
    }
    Ok(())
}

/// No architecture is worth more for having been asked with others: with one in flight, what is asked depends on the
/// losses that were told and on nothing else, so that equal losses give equal searches.
///
/// # Errors
/// If a gradient beside the loss, or a second searcher beside the first, changes what is asked.
pub fn two_searchers_share_nothing(spec: &SearcherSpec) -> Verdict {
    let space = room(spec)?;
    let mut alone = Watched::new(spec, &space, 6)?;
    let mut order = Stream::new(6, "laws of searchers: alone", 0);
    alone.run(200, 1, &mut order, |trial| Some(coarse(&space, trial)))?;
    let mut pair = [Watched::new(spec, &space, 6)?, Watched::new(spec, &space, 7)?];
    for id in 0..200 {
        for watched in &mut pair {
            if watched.ask()? {
                let reply = coarse(&space, &watched.asked[id as usize]);
                watched.tell(id, Some(reply))?;
            }
        }
    }
    ensure!(pair[0].asked == alone.asked, "a second searcher beside it changes what it asks");
    Ok(())
}
