//! A run as an event log: who asks, who tells, when it ends, and how it is taken up again from its log alone.
//!
//! A [`Run`] answers nothing itself. Its caller asks it what to do next ([`Run::step`]), gives answers back
//! ([`Run::answer`]) and keeps the [`Line`]s that come out. Natively that is a loop around threads and a file, in a
//! browser a loop around a Worker; the steps are the same.

mod bare;
mod budget;
mod difference;
mod front;
mod line;
mod replay;
mod spec;
mod summary;

use std::collections::VecDeque;

pub use crate::named::{parse, table_of_words};
pub use bare::{Bare, Told, bare};
pub use budget::{Budget, MOST_TRIALS, Stop};
pub use difference::{Difference, Tolerance};
use difference::{epochs_text, numbers_text};
use front::Front;
pub use line::{Digest, Line};
pub use replay::Replay;
pub use spec::{LARGEST_SEED, MOST_IN_FLIGHT, Order, Retrain, RunSpec, SCHEMA_VERSION, SpecError};
pub use summary::{Best, Summary};

use crate::estimator::Reply;
use crate::objective::{
    self, Answer, Cost, Failure, Judged, Metric, Mixture, Objective, Point, Progress, Purpose, Scalarisation, Standing,
    Trial, TrialId,
};
use crate::policy::Policy;
use crate::search::{Outcome, Searcher};
use crate::space::Space;

/// What the caller of a run is to do next.
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Have this trial answered; go on stepping meanwhile.
    Ask(Trial),
    /// Keep this line of the log before stepping on.
    Told(Line),
    /// Nothing until an answer comes.
    Wait,
    /// The run is over.
    Finished(Stop),
}

/// Why a run cannot start or go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The specification asks for something that is not there.
    #[error("{0}")]
    Spec(String),
    /// A line of the log is not what this run would have asked.
    #[error("line {number} of the log: {difference}")]
    Difference {
        /// The line, from 1.
        number: u64,
        /// What differs.
        difference: Difference,
    },
}

/// A trial that was asked and is not told.
#[derive(Debug)]
struct Open {
    trial: Trial,
    text: String,
    /// Whether the caller was told to have it answered.
    handed_out: bool,
    answer: Option<Result<Answer, Failure>>,
    /// What the answer cost, also where its values break a constraint and the trial fails.
    cost: Cost,
    /// When the answer came, counted in answers.
    arrival: u64,
}

/// A run in progress: searcher, budget, digest and what is in flight.
#[derive(Debug)]
pub struct Run {
    budget: Budget,
    in_flight: usize,
    order: Order,
    space: Space,
    metrics: Vec<Metric>,
    scalarisation: Scalarisation,
    searcher: Box<dyn Searcher>,
    /// Asked and not told, in order of asking.
    open: VecDeque<Open>,
    asked: u64,
    told: u64,
    failed: u64,
    arrivals: u64,
    simulated_seconds: f64,
    /// Seconds of wall time when the last trial was told.
    elapsed: f64,
    best: Option<Best>,
    front: Option<Front>,
    digest: Digest,
    stop: Option<Stop>,
}

impl Run {
    /// The run of `spec` before its first trial. `metrics` are those of the objective that will answer.
    ///
    /// # Errors
    /// If the space, the searcher or the metric of `spec` cannot be made.
    pub fn new(spec: &RunSpec, metrics: &[Metric]) -> Result<Self, RunError> {
        let spec = spec.resolved();
        let space = Space::new(spec.space.clone()).map_err(|error| RunError::Spec(error.to_string()))?;
        let scalarisation = Scalarisation::of(metrics, spec.metric.as_deref(), spec.scalarisation.as_ref());
        let scalarisation = scalarisation.map_err(RunError::Spec)?;
        let names = match scalarisation.second() {
            Some(second) if spec.front.is_empty() => {
                [scalarisation.metric(), second].map(|metric| metrics[metric].name.clone()).to_vec()
            }
            _ => spec.front.clone(),
        };
        let front = (!names.is_empty()).then(|| Front::new(metrics, &names)).transpose().map_err(RunError::Spec)?;
        let searcher = spec.searcher.build(&space, spec.seed);
        let searcher =
            searcher.map_err(|reason| RunError::Spec(format!("searcher `{}`: {reason}", spec.searcher.name())))?;
        Ok(Self {
            in_flight: spec.in_flight(),
            budget: spec.budget,
            order: spec.order,
            space,
            metrics: metrics.to_vec(),
            scalarisation,
            searcher,
            open: VecDeque::new(),
            asked: 0,
            told: 0,
            failed: 0,
            arrivals: 0,
            simulated_seconds: 0.0,
            elapsed: 0.0,
            best: None,
            front,
            digest: Digest::start(),
            stop: None,
        })
    }

    /// What to do next. `elapsed` is the wall time in seconds since the run began; the run has no clock of its own.
    ///
    /// The window of trials in flight is always filled before an answer is told, so that with [`Order::Asked`] the log
    /// is a function of the specification and of the answers, whichever of them came first.
    pub fn step(&mut self, elapsed: f64) -> Step {
        if let Some(stop) = self.stop {
            return Step::Finished(stop);
        }
        if let Some(open) = self.open.iter_mut().find(|open| !open.handed_out) {
            open.handed_out = true;
            return Step::Ask(open.trial.clone());
        }
        // By the last told trial, whose time stands in the log: a resumed run knows as well as this one that it is over.
        let over = self.budget.wall_seconds.is_some_and(|limit| self.elapsed >= limit);
        if !over && self.ask() {
            let open = self.open.back_mut().expect("asked just now");
            open.handed_out = true;
            return Step::Ask(open.trial.clone());
        }
        if let Some(place) = self.next_to_tell() {
            return match self.tell(place, elapsed) {
                Some(line) => Step::Told(line),
                None => Step::Finished(self.finish(Stop::SimulatedSeconds)),
            };
        }
        if !self.open.is_empty() {
            return Step::Wait;
        }
        let spent = self.asked >= self.most_trials();
        let stop = if spent {
            Stop::Trials
        } else if over {
            Stop::WallSeconds
        } else {
            Stop::Exhausted
        };
        Step::Finished(self.finish(stop))
    }

    fn finish(&mut self, stop: Stop) -> Stop {
        self.open.clear();
        *self.stop.insert(stop)
    }

    fn most_trials(&self) -> u64 {
        self.budget.trials.unwrap_or(MOST_TRIALS)
    }

    /// Asks the searcher for one more trial if the window and the budget have room; whether there is one.
    fn ask(&mut self) -> bool {
        if self.open.len() >= self.in_flight || self.asked >= self.most_trials() {
            return false;
        }
        let Some(trial) = self.searcher.ask() else { return false };
        let text = match &trial.point {
            Point::Hard(architecture) => self.space.format(architecture),
            Point::Soft(mixture) => self.space.format(&mixture.largest(&self.space)),
        };
        self.asked += 1;
        self.open.push_back(Open { trial, text, handed_out: false, answer: None, cost: Cost::default(), arrival: 0 });
        true
    }

    /// Gives the answer to a trial that [`Run::step`] handed out. An answer that is not sound, e.g. a NaN, is a failure.
    /// An answer to a trial that is not in flight, e.g. one that comes after the end, is dropped.
    pub fn answer(&mut self, id: TrialId, answer: Result<Answer, Failure>) {
        let metrics = &self.metrics;
        if let Some(open) = self.open.iter_mut().find(|open| open.trial.id == id && open.answer.is_none()) {
            let answer = answer.and_then(|answer| objective::sound(metrics, &open.trial, answer));
            open.cost = answer.as_ref().map_or_else(|_| Cost::default(), |answer| answer.cost);
            open.answer = Some(answer);
            open.arrival = self.arrivals;
            self.arrivals += 1;
        }
    }

    /// The place of the trial whose answer is to be told next, if it is there.
    fn next_to_tell(&self) -> Option<usize> {
        match self.order {
            Order::Asked => self.open.front().is_some_and(|open| open.answer.is_some()).then_some(0),
            Order::Arrival => {
                let answered = self.open.iter().enumerate().filter(|(_, open)| open.answer.is_some());
                answered.min_by_key(|(_, open)| open.arrival).map(|(place, _)| place)
            }
        }
    }

    /// Tells the answer at `place`; `None` if its cost would pass the simulated seconds, in which case it does not count.
    fn tell(&mut self, place: usize, elapsed: f64) -> Option<Line> {
        let open = self.open.remove(place).expect("a place in the queue");
        let answer = open.answer.expect("only answered trials are told");
        let cost = open.cost;
        let progress = answer.as_ref().ok().and_then(|answer| answer.progress.clone());
        let progress = progress.filter(|_| cfg!(feature = "supernet") && open.trial.purpose == Purpose::Train);
        if self.budget.simulated_seconds.is_some_and(|limit| self.simulated_seconds + cost.seconds > limit) {
            return None;
        }
        self.simulated_seconds += cost.seconds;
        let (values, loss, slopes, failure, outcome) = match self.scalarisation.judge(answer) {
            Ok(Judged { loss, values, slopes }) => {
                let names = self.metrics.iter().map(|metric| metric.name.clone());
                let gradient = slopes.clone().and_then(|slopes| self.scalarisation.slopes(slopes));
                let told = || Outcome::Told(Reply { loss, gradient });
                let outcome = progress.clone().map_or_else(told, Outcome::Progressed);
                (names.zip(values).collect(), Some(loss), slopes.map(|slopes| slopes.0), None, outcome)
            }
            Err(failure) => (Default::default(), None, None, Some(failure.clone()), Outcome::Failed(failure)),
        };
        self.searcher.tell(open.trial.id, &outcome);
        self.told += 1;
        self.failed += u64::from(failure.is_some());
        self.elapsed = elapsed;
        let elapsed = self.budget.wall_seconds.map(|_| elapsed);
        let id = open.trial.id;
        let line = Line {
            id,
            asked: self.asked,
            architecture: progress.as_ref().map_or(open.text, |progress| self.space.format(&progress.architecture)),
            mixture: open.trial.mixture().map(|mixture| mixture.0.clone()),
            slopes,
            epochs: open.trial.epochs(),
            values,
            loss,
            cost,
            failure,
            purpose: open.trial.purpose,
            policy: progress.as_ref().map(|progress| progress.policy.clone()),
            instruments: progress.map(|progress| progress.instruments).unwrap_or_default(),
            elapsed,
            digest: self.digest,
        };
        self.digest = self.digest.after(&line);
        let line = Line { digest: self.digest, ..line };
        // Nobody can take a mixture away, or an epoch.
        if let (Some(loss), true) = (line.loss, line.is_of_an_architecture()) {
            let standing = Standing::new(line.epochs, loss, line.id);
            let better = self.best.as_ref().is_none_or(|best| standing < best.standing());
            if better || self.front.is_some() {
                let (architecture, values) = (line.architecture.clone(), line.values.clone());
                let told = Best { id: line.id, architecture, epochs: line.epochs, values, loss };
                if let Some(front) = &mut self.front {
                    front.take(&told);
                }
                if better {
                    self.best = Some(told);
                }
            }
        }
        Some(line)
    }

    /// Takes one line of a log in, as if its trial had been asked and answered just now; the objective is not called.
    ///
    /// # Errors
    /// If this run would have asked something else, or told it otherwise.
    pub fn feed(&mut self, logged: &Line) -> Result<(), RunError> {
        let number = self.told + 1;
        let line = self.catch_up(logged).and_then(|()| {
            let answer = match (&logged.failure, self.values_of(logged)) {
                (Some(failure), _) => Err(failure.clone()),
                (None, Ok(values)) => {
                    let gradient = logged.slopes.clone().map(Mixture);
                    Ok(Answer {
                        gradient,
                        cost: logged.cost,
                        progress: self.progress_of(logged)?,
                        ..Answer::free(values)
                    })
                }
                (None, Err(difference)) => return Err(difference),
            };
            self.answer(logged.id, answer);
            let place = self.place(logged.id).expect("caught up to it");
            self.open[place].cost = logged.cost;
            // Time does not run backwards, whatever a log says: a run that is over stays so.
            let line = self.tell(place, logged.elapsed.unwrap_or(0.0).max(self.elapsed));
            line.ok_or_else(|| Difference::new("cost", "the end of the budget", logged.cost.seconds))
        });
        let difference = match line {
            Ok(line) => Difference::between(logged, &line, Tolerance::EXACT).into_iter().next(),
            Err(difference) => Some(difference),
        };
        difference.map_or(Ok(()), |difference| Err(RunError::Difference { number, difference }))
    }

    /// Asks until as many trials are asked as had been when `logged` was told, and checks that its trial is in flight.
    fn catch_up(&mut self, logged: &Line) -> Result<(), Difference> {
        while self.asked < logged.asked && self.ask() {}
        if self.asked != logged.asked {
            return Err(Difference::new("asked", self.asked, logged.asked));
        }
        let expected = match self.order {
            Order::Asked => self.open.front(),
            Order::Arrival => self.place(logged.id).map(|place| &self.open[place]),
        };
        match expected {
            None => Err(Difference::new("id", "that of a trial in flight", logged.id)),
            Some(open) if open.trial.id != logged.id => Err(Difference::new("id", open.trial.id, logged.id)),
            Some(open) if open.trial.purpose != logged.purpose => {
                Err(Difference::new("purpose", open.trial.purpose.name(), logged.purpose.name()))
            }
            // What came of an epoch is in its answer.
            Some(open) if logged.policy.is_none() && open.text != logged.architecture => {
                Err(Difference::new("architecture", &open.text, &logged.architecture))
            }
            Some(open) if open.trial.mixture().map(|mixture| &mixture.0) != logged.mixture.as_ref() => {
                let expected = open.trial.mixture().map(|mixture| mixture.0.as_slice());
                Err(Difference::new("mixture", numbers_text(expected), numbers_text(logged.mixture.as_deref())))
            }
            Some(open) if open.trial.epochs() != logged.epochs => {
                Err(Difference::new("epochs", epochs_text(open.trial.epochs()), epochs_text(logged.epochs)))
            }
            Some(_) => Ok(()),
        }
    }

    /// What a line says of an epoch, if it is of one.
    fn progress_of(&self, logged: &Line) -> Result<Option<Progress>, Difference> {
        let of_an_epoch = logged.policy.clone().filter(|_| cfg!(feature = "supernet"));
        let Some(policy) = of_an_epoch else { return Ok(None) };
        let architecture = self.space.parse(&logged.architecture);
        let architecture =
            architecture.map_err(|error| Difference::new("architecture", "one of the space", format!("{error}")))?;
        Ok(Some(Progress { architecture, policy, instruments: logged.instruments.clone() }))
    }

    fn place(&self, id: TrialId) -> Option<usize> {
        self.open.iter().position(|open| open.trial.id == id)
    }

    /// The values of a line in the order of the metrics.
    fn values_of(&self, logged: &Line) -> Result<Vec<f64>, Difference> {
        let names = self.metrics.iter().map(|metric| metric.name.as_str());
        if logged.values.len() != self.metrics.len() || names.clone().any(|name| !logged.values.contains_key(name)) {
            let had: Vec<&str> = logged.values.keys().map(String::as_str).collect();
            return Err(Difference::new("values", names.collect::<Vec<_>>().join(", "), had.join(", ")));
        }
        Ok(names.map(|name| logged.values[name]).collect())
    }

    /// What came of it so far; `stop` says why it ended where the run itself does not know, e.g. an interruption.
    pub fn summary(&self, stop: Stop) -> Summary {
        Summary {
            schema_version: SCHEMA_VERSION,
            best: self.best.clone(),
            front: self.front().map(|(_, trials)| trials.to_vec()),
            mode: self.searcher.recommend().mode.map(|mode| self.space.format(&mode)),
            trials: self.told,
            failed: self.failed,
            notices: self.notices().to_vec(),
            digest: self.digest,
            stop_reason: self.stop.unwrap_or(stop),
        }
    }

    /// The space searched.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The metrics of its objective.
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// The metric that the search looks at.
    pub fn metric(&self) -> &Metric {
        &self.metrics[self.scalarisation.metric()]
    }

    /// How many trials are told.
    pub fn told(&self) -> u64 {
        self.told
    }

    /// The metrics of its Pareto front, where it keeps one, and the trials on it, best by the first metric first.
    pub fn front(&self) -> Option<(&[Metric], &[Best])> {
        self.front.as_ref().map(|front| (front.metrics(), front.trials()))
    }

    /// The best so far.
    pub fn best(&self) -> Option<&Best> {
        self.best.as_ref()
    }

    /// What the searcher has to say to those who watch, oldest first.
    pub fn notices(&self) -> &[String] {
        self.searcher.notices()
    }

    /// The searcher's policy, for those who watch.
    pub fn policy(&self) -> Option<&dyn Policy> {
        self.searcher.policy()
    }
}

/// Runs `spec` to its end with an objective that looks up.
///
/// # Errors
/// If the specification cannot be met, e.g. because its objective trains networks or its budget needs a clock.
pub fn to_end(spec: &RunSpec) -> Result<Summary, RunError> {
    if spec.budget.wall_seconds.is_some() {
        return Err(RunError::Spec(
            "budget.wall_seconds needs a clock, and there is none here; name budget.trials".into(),
        ));
    }
    let space = Space::new(spec.space.clone()).map_err(|error| RunError::Spec(error.to_string()))?;
    let objective = spec.objective.open(&space, spec.metric.as_deref());
    let mut objective = objective.map_err(|error| RunError::Spec(error.to_string()))?;
    let run = &mut Run::new(spec, objective.metrics())?;
    Ok(with(run, objective.as_mut(), |_| ()))
}

/// Steps `run` to its end, answering one trial after the other by `objective`; `watch` sees each line.
pub fn with(run: &mut Run, objective: &mut dyn Objective, mut watch: impl FnMut(&Line)) -> Summary {
    loop {
        match run.step(0.0) {
            Step::Ask(trial) => run.answer(trial.id, objective::answer(objective, &trial)),
            Step::Told(line) => watch(&line),
            Step::Wait => unreachable!("every trial is answered at once"),
            Step::Finished(stop) => return run.summary(stop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(rest: &str) -> RunSpec {
        let text = format!(r#"{{"space": "sequence:3x4", "objective": "chain", "searcher": "random", {rest}}}"#);
        RunSpec::from_json(&text).unwrap()
    }

    #[test]
    fn an_answer_that_is_not_sound_is_a_failure() {
        let metrics = [Metric::new("loss", "", objective::Direction::Minimise)];
        let mut run = Run::new(&spec(r#""budget": {"trials": 4}"#), &metrics).unwrap();
        let answers = [vec![f64::NAN], vec![], vec![1.0, 2.0], vec![1.0]];
        let failures = answers.map(|values| {
            let Step::Ask(trial) = run.step(0.0) else { panic!("a trial is asked") };
            run.answer(trial.id, Ok(Answer::free(values)));
            let Step::Told(line) = run.step(0.0) else { panic!("a trial is told") };
            let text = serde_json::to_string(&line).unwrap();
            assert_eq!(serde_json::from_str::<Line>(&text).unwrap(), line, "every line reads back");
            line.failure.map(|failure| failure.to_string())
        });
        let words =
            ["not-finite: loss is NaN", "failed: 0 values given for 1 metrics", "failed: 2 values given for 1 metrics"];
        assert_eq!(failures.each_ref().map(Option::as_deref), [Some(words[0]), Some(words[1]), Some(words[2]), None]);
        assert_eq!(run.best().map(|best| best.loss), Some(1.0));
    }

    #[test]
    fn a_budget_that_nothing_here_can_reach_is_refused() {
        let error = to_end(&spec(r#""budget": {"wall_seconds": 5}"#)).unwrap_err().to_string();
        assert!(error.contains("needs a clock"), "{error}");
        let text = spec(r#""budget": {"trials": 5}"#).to_json().replace("\"trials\": 5", "\"simulated_seconds\": 5");
        let error = RunSpec::from_json(&text).unwrap_err().to_string();
        assert!(error.contains("is for the objective `table`"), "{error}");
    }
}
