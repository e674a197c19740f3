//! Who answers trials: this thread for objectives that look up, as many threads as make sense for those that train.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bilevel::objective::{self, Answer, Cost, Failure, Objective, Trial, TrialId};

/// What comes back.
pub(crate) type Answered = (TrialId, Result<Answer, Failure>);

/// Answers trials, in the order in which they are done.
#[derive(Debug)]
pub(crate) enum Workers {
    /// At once, in the calling thread.
    Here { objective: Box<dyn Objective>, answered: VecDeque<Answered> },
    /// By threads, each with an objective of its own; they end with the process.
    Threads { trials: Sender<Trial>, answered: Receiver<Answered> },
}

impl Workers {
    /// One worker for each objective; a single one that is quick works in the calling thread.
    pub(crate) fn new(mut objectives: Vec<Box<dyn Objective>>) -> Self {
        if objectives.len() == 1 && !objectives[0].answers().slow {
            let objective = objectives.remove(0);
            return Self::Here { objective, answered: VecDeque::new() };
        }
        let (trials, queue) = channel::<Trial>();
        let (answers, answered) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for mut objective in objectives {
            let (queue, answers) = (Arc::clone(&queue), answers.clone());
            thread::spawn(move || {
                loop {
                    let trial = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(trial) = trial else { return };
                    if answers.send((trial.id, timed(objective.as_mut(), &trial))).is_err() {
                        return;
                    }
                }
            });
        }
        Self::Threads { trials, answered }
    }

    /// Has `trial` answered.
    pub(crate) fn ask(&mut self, trial: Trial) {
        match self {
            Self::Here { objective, answered } => {
                answered.push_back((trial.id, objective::answer(objective.as_mut(), &trial)));
            }
            Self::Threads { trials, .. } => trials.send(trial).expect("a worker never ends before its queue"),
        }
    }

    /// The next answer, if one comes within `patience`.
    pub(crate) fn wait(&mut self, patience: Duration) -> Option<Answered> {
        match self {
            Self::Here { answered, .. } => answered.pop_front(),
            Self::Threads { answered, .. } => answered.recv_timeout(patience).ok(),
        }
    }

    /// Whether an answer takes so long that each deserves the disk.
    pub(crate) fn slow(&self) -> bool {
        matches!(self, Self::Threads { .. })
    }
}

/// The answer with the seconds that it took.
pub(crate) fn timed(objective: &mut dyn Objective, trial: &Trial) -> Result<Answer, Failure> {
    let began = Instant::now();
    let answer = objective::answer(objective, trial)?;
    Ok(Answer { cost: Cost { seconds: began.elapsed().as_secs_f64(), measured: true }, ..answer })
}
