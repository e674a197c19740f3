//! What every run keeps: its log is all that it is. Resume, replay and the order of answers are held to it.

use std::ops::ControlFlow;

use super::{Verdict, ensure};
use crate::objective::chain::{Chain, Options};
use crate::objective::{
    Answer, Answers, Direction, Failure, FailureKind, Metric, Mixture, Objective, ObjectiveSpec, Point, Purpose,
    Scalarisation, Trial,
};
use crate::random::Stream;
use crate::run::{
    self, Budget, Line, Order, Replay, Run, RunError, RunSpec, SCHEMA_VERSION, Step, Stop, Summary, Tolerance,
};
use crate::search::SearcherSpec;
use crate::space::{Space, SpaceSpec};

/// Told trials of each run.
const TRIALS: u64 = 70;

/// Every searcher by its default, one at a time and with more in flight than a plan has points, in both orders.
pub fn subjects() -> Vec<RunSpec> {
    let windows = [(1, Order::Asked), (4, Order::Asked), (64, Order::Asked), (16, Order::Arrival)];
    let of_searcher =
        |searcher: SearcherSpec| windows.map(|(in_flight, order)| spec(searcher.clone(), in_flight, order));
    SearcherSpec::iter().flat_map(of_searcher).collect()
}

fn spec(searcher: SearcherSpec, in_flight: usize, order: Order) -> RunSpec {
    // Some take binary choices only.
    let takes = |name: &str| Space::named(name).is_ok_and(|space| searcher.build(&space, 0).is_ok());
    let space = if takes("sequence:5x4") { "sequence:5x4" } else { "sequence:9x2" };
    RunSpec {
        schema_version: SCHEMA_VERSION,
        space: space.parse().unwrap_or(SpaceSpec::NasBench201(Default::default())),
        objective: ObjectiveSpec::Chain(Options::default()),
        metric: None,
        searcher,
        budget: Budget::trials(TRIALS),
        seed: 3,
        in_flight: Some(in_flight),
        order,
        retrain: None,
        data_sha256: None,
        scalarisation: None,
        front: Vec::new(),
    }
}

/// Answers by a chain; about a sixth of the architectures fail, always the same ones, and every sixth mixture. What is asked at fewer epochs has a
/// lower loss, so that an answer to another fidelity shows, and a best that is none. Counts its calls.
#[derive(Debug)]
struct Answering {
    chain: Chain,
    metrics: Vec<Metric>,
    calls: u64,
}

impl Answering {
    fn new(space: &Space) -> Result<Self, String> {
        Ok(Self { chain: Chain::random(space, &Options::default())?, metrics: Self::measured(), calls: 0 })
    }

    fn measured() -> Vec<Metric> {
        vec![Metric::new("loss", "", Direction::Minimise), Metric::new("depth", "", Direction::Maximise)]
    }
}

impl Objective for Answering {
    fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    fn answers(&self) -> Answers {
        Answers { hard: true, soft: self.chain.answers().soft, ..Answers::default() }
    }

    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure> {
        self.calls += 1;
        let h = match &trial.point {
            Point::Hard(h) => h,
            Point::Soft(_) if trial.id % 6 == 5 => {
                return Err(Failure::new(FailureKind::Failed, "a sixth mixture"));
            }
            Point::Soft(Mixture(p)) => {
                let (loss, slopes) = self.chain.relaxed(p);
                return Ok(Answer { gradient: Some(Mixture(slopes)), ..Answer::free(vec![loss, p[0]]) });
            }
        };
        let early = trial.epochs().map_or(0.0, |epochs| 10.0 / f64::from(epochs));
        let depth = h.choices().iter().map(|k| u32::from(*k)).sum::<u32>();
        if depth % 6 == 5 {
            return Err(Failure::new(FailureKind::Failed, format!("depth {depth}")));
        }
        Ok(Answer::free(vec![self.chain.loss(h) - early, depth.into()]))
    }
}

/// A run on its way to the end, answered in an order that `shuffle` decides.
fn finish(run: &mut Run, answering: &mut Answering, shuffle: &mut Stream) -> (Vec<Line>, Summary) {
    let (mut lines, mut waiting) = (Vec::new(), Vec::new());
    loop {
        match run.step(0.0) {
            Step::Ask(trial) => waiting.push(trial),
            Step::Told(line) => lines.push(line),
            Step::Wait => {
                let trial: Trial = waiting.swap_remove(shuffle.below(waiting.len()));
                let answer = answering.answer(&trial);
                run.answer(trial.id, answer);
            }
            Step::Finished(stop) => return (lines, run.summary(stop)),
        }
    }
}

fn fresh(spec: &RunSpec) -> Result<(Run, Answering), String> {
    let run = Run::new(spec, &Answering::measured()).map_err(|error| error.to_string())?;
    let answering = Answering::new(run.space())?;
    Ok((run, answering))
}

fn whole(spec: &RunSpec, seed: u64) -> Result<(Vec<Line>, Summary), String> {
    let (mut run, mut answering) = fresh(spec)?;
    Ok(finish(&mut run, &mut answering, &mut Stream::new(seed, "order of answers", 0)))
}

/// Told in order of asking, a run does not depend on which answer came first; its best is that of least loss among those
/// with the most epochs.
///
/// # Errors
/// If its log does.
pub fn the_order_of_answers_does_not_matter(spec: &RunSpec) -> Verdict {
    if spec.order == Order::Arrival {
        return Ok(());
    }
    let (lines, summary) = whole(spec, 0)?;
    ensure!(summary.trials == TRIALS, "{} trials told of {TRIALS}", summary.trials);
    ensure!(summary.failed > 0, "no trial failed: the law is not tried");
    let networks = || lines.iter().filter(|line| line.mixture.is_none());
    let most = networks().filter(|line| line.failure.is_none()).map(|line| line.epochs).max().flatten();
    let full = networks().filter(|line| line.epochs == most);
    let losses = full.filter_map(|line| Some((line.loss?, line.id)));
    let least = losses.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let best = summary.best.as_ref().map(|best| (best.loss, best.id));
    ensure!(
        best == least && summary.best.as_ref().is_some_and(|best| best.epochs == most),
        "{best:?} is called the best, and {least:?} at {most:?} epochs is"
    );
    for seed in 1..4 {
        ensure!(whole(spec, seed)? == (lines.clone(), summary.clone()), "order {seed} of answers gives another log");
    }
    Ok(())
}

/// Every beginning of a log is taken up to the same end, and no told trial is answered again.
///
/// # Errors
/// If a cut changes the rest of the log or its digest, or the objective is called for a trial that the log holds.
pub fn a_log_cut_anywhere_is_resumed(spec: &RunSpec) -> Verdict {
    let (lines, summary) = whole(spec, 0)?;
    for cut in 0..=lines.len() {
        let (mut run, mut answering) = fresh(spec)?;
        for line in &lines[..cut] {
            run.feed(line).map_err(|error| format!("cut at {cut}: {error}"))?;
        }
        // Those that came after the cut arrive in another order, which only the order of arrival may show.
        let (rest, end) = finish(&mut run, &mut answering, &mut Stream::new(cut as u64, "order of answers", 0));
        ensure!(answering.calls == TRIALS - cut as u64, "cut at {cut}: {} calls", answering.calls);
        ensure!(end.trials == TRIALS && end.stop_reason == Stop::Trials, "cut at {cut}: ends as {end:?}");
        if spec.order == Order::Asked {
            ensure!(rest == lines[cut..], "cut at {cut}: the log goes on otherwise");
            ensure!(end == summary, "cut at {cut}: {end:?}");
        }
        let log: Vec<&Line> = lines[..cut].iter().chain(&rest).collect();
        feed_all(spec, &log).map_err(|error| format!("cut at {cut}, the whole log: {error}"))?;
    }
    Ok(())
}

fn feed_all(spec: &RunSpec, log: &[&Line]) -> Verdict {
    let (mut run, _) = fresh(spec)?;
    log.iter().try_for_each(|line| run.feed(line)).map_err(|error| error.to_string())
}

/// A run without a log asks and is told what one with a log is, and ends with the same best.
///
/// # Errors
/// At the first trial that differs.
pub fn a_bare_run_is_the_same_run(spec: &RunSpec) -> Verdict {
    if spec.order == Order::Arrival {
        return Ok(());
    }
    let (lines, summary) = whole(spec, 0)?;
    let (run, mut answering) = fresh(spec)?;
    let scalarisation = Scalarisation::of_metric(&Answering::measured(), None)?;
    let mut searcher = spec.searcher.build(run.space(), spec.seed)?;
    let mut told = Vec::new();
    let bare = run::bare(searcher.as_mut(), &mut answering, &scalarisation, &spec.budget, spec.in_flight(), |trial| {
        told.push((trial.architecture.map(|h| run.space().format(h)), trial.loss));
        ControlFlow::Continue(())
    });
    for (number, (line, (text, loss))) in lines.iter().zip(&told).enumerate() {
        let logged = line.mixture.is_none().then(|| line.architecture.clone());
        ensure!((&logged, &line.loss) == (text, loss), "trial {number}: {line:?}, and {text:?} {loss:?}");
    }
    ensure!(bare.trials == summary.trials && bare.stop == Some(summary.stop_reason), "{bare:?} and {summary:?}");
    let best = summary.best.ok_or("no trial succeeded")?;
    let (loss, values) = bare.best.ok_or("no bare trial succeeded")?;
    let named: Vec<f64> = Answering::measured().iter().map(|metric| best.values[&metric.name]).collect();
    ensure!(best.loss == loss && named == values, "the best is {best:?}, and {loss} {values:?}");
    Ok(())
}

/// A way to edit a line, by the name of what it edits.
type Edit = (&'static str, fn(&mut Line));

const EDITS: [Edit; 12] = [
    ("id", |line| line.id += 1),
    ("asked", |line| line.asked += 1),
    ("architecture", |line| {
        let last = if line.architecture.ends_with('0') { "1" } else { "0" };
        line.architecture.replace_range(line.architecture.len() - 1.., last);
    }),
    ("mixture", |line| line.mixture.iter_mut().flatten().for_each(|share| *share += 1e-9)),
    ("number of slopes", |line| {
        line.slopes.as_mut().and_then(Vec::pop);
    }),
    ("slopes", |line| line.slopes.iter_mut().flatten().for_each(|slope| *slope += 1e-9)),
    ("epochs", |line| line.epochs = Some(line.epochs.map_or(9, |epochs| epochs + 1))),
    ("value", |line| line.values.values_mut().for_each(|value| *value += 1e-9)),
    ("value and loss", |line| {
        line.values.values_mut().for_each(|value| *value += 1e-9);
        line.loss = line.loss.map(|loss| loss + 1e-9);
    }),
    ("loss", |line| line.loss = line.loss.map(|loss| loss + 1e-9)),
    ("cost", |line| line.cost.seconds += 1.0),
    ("failure", |line| {
        if let Some(failure) = &mut line.failure {
            failure.message.push('!');
        }
    }),
];

/// Replay finds nothing in a true log, and any edited field of any line, also where the digests were made anew.
///
/// # Errors
/// If it does not.
pub fn replay_finds_every_edit(spec: &RunSpec) -> Verdict {
    let (lines, _) = whole(spec, 0)?;
    ensure!(!differs(spec, &lines)?, "a difference is found in a true log");
    for place in [0, 1, 17, lines.len() - 1] {
        for (name, edit) in EDITS {
            for digests_anew in [false, true] {
                let mut edited = lines.clone();
                edit(&mut edited[place]);
                if edited == lines {
                    continue;
                }
                if digests_anew {
                    let mut digest = run::Digest::start();
                    for line in &mut edited {
                        digest = digest.after(line);
                        line.digest = digest;
                    }
                }
                ensure!(differs(spec, &edited)?, "line {place}: an edited {name} is not found ({digests_anew})");
            }
        }
    }
    Ok(())
}

/// Whether replay finds a difference.
fn differs(spec: &RunSpec, log: &[Line]) -> Result<bool, String> {
    let (run, mut answering) = fresh(spec)?;
    let space = run.space().clone();
    let mut replay = Replay::new(run, Tolerance::EXACT);
    for line in log {
        let Ok(point) = line.point(&space) else { return Ok(true) };
        let trial = Trial { id: line.id, point, purpose: Purpose::Evaluate, fidelity: None, seed: 0 };
        let answer = answering.answer(&trial.with_epochs(line.epochs));
        match replay.compare(line, answer) {
            Ok(differences) if differences.is_empty() => {}
            Ok(_) | Err(RunError::Difference { .. }) => return Ok(true),
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(false)
}
