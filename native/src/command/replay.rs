//! `bilevel replay DIR`: ask every trial anew and compare.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bilevel::objective::{Answer, Failure, Trial, TrialId};
use bilevel::random::member_seed;
use bilevel::run::{Line, Replay, Run, RunError, Tolerance};
use clap::Args;
use serde_json::{Value, json};

use crate::directory::{self, RunDirectory};
use crate::exit::{Error, Exit};
use crate::objectives::Source;
use crate::workers::Workers;
use crate::{derived, document, log, objectives, session};

/// How many differences are printed.
const MOST_SHOWN: usize = 20;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The run directory; it is only read
    directory: PathBuf,
    /// Where the images or the table are, if not where the run began
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// By which share values may differ and still count as the same: 0 (to the last bit) on the processor and 0.05 on GPUs
    /// where it is not said
    #[arg(long, value_name = "SHARE", value_parser = tolerance, allow_negative_numbers = true)]
    tolerance: Option<Tolerance>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let mut spec = directory::read_spec(&arguments.directory)?;
    let path = directory::existing_log(&arguments.directory)?;
    let data = arguments.data.clone().or_else(|| RunDirectory::data_path_in(&arguments.directory));
    let opened = objectives::open(&mut spec, &Source::at(data))?;
    let space = derived::space_of(&spec)?;
    let mut lines: Vec<Line> = Vec::new();
    log::scan(&path, |line| {
        lines.push(line);
        Ok(())
    })?;

    let run = Run::new(&spec, &opened.metrics).map_err(|error| session::of_run(&path, error))?;
    let on_gpu = spec.objective.training().is_some_and(|training| !training.device.is_cpu());
    let tolerance = arguments.tolerance.unwrap_or(if on_gpu { Tolerance::GPU } else { Tolerance::EXACT });
    let mut replay = Replay::new(run, tolerance);
    let mut answers = Answers { workers: Workers::new(opened.objectives), early: BTreeMap::new(), asked: 0 };
    let (mut found, mut different) = (Vec::<Value>::new(), 0u64);
    for (index, line) in lines.iter().enumerate() {
        // Trials are asked a window ahead, so that networks train beside one another.
        let trial = |index: usize, line: &Line| {
            let point = line.point(&space).map_err(|error| {
                Error::new(Exit::Difference, format!("{}, line {}: {error}", path.display(), index + 1))
            })?;
            let (id, seed, purpose) = (index as TrialId, member_seed(spec.seed, line.id), line.purpose);
            Ok(Trial { id, point, purpose, fidelity: None, seed }.with_epochs(line.epochs))
        };
        while answers.asked < lines.len().min(index + spec.in_flight()) {
            answers.workers.ask(trial(answers.asked, &lines[answers.asked])?);
            answers.asked += 1;
        }
        let answer = answers.take(index as TrialId);
        let (differences, goes_on) = match replay.compare(line, answer) {
            Ok(differences) => (differences, true),
            // From here on the log says nothing about this run; what was found before still counts.
            Err(RunError::Difference { difference, .. }) => (vec![difference], false),
            Err(error) => return Err(session::of_run(&path, error)),
        };
        different += u64::from(!differences.is_empty());
        found.extend(differences.iter().map(|difference| {
            json!({"line": index + 1, "field": difference.field, "expected": difference.expected, "logged": difference.logged})
        }));
        if !goes_on {
            break;
        }
    }
    let digest = lines.last().map(|line| line.digest.to_string());
    if arguments.json {
        let shown: Vec<&Value> = found.iter().take(1000).collect();
        document::print_versioned(&json!({
            "trials": lines.len(), "different": different,
            "digest": digest, "tolerance": tolerance, "largest_difference": replay.largest(), "differences": shown,
        }))?;
    } else {
        for difference in found.iter().take(MOST_SHOWN) {
            let word = |key: &str| difference[key].as_str().map_or_else(|| difference[key].to_string(), str::to_owned);
            document::print(&format!(
                "line {}: {} should be {}, and the log has {}",
                word("line"),
                word("field"),
                word("expected"),
                word("logged")
            ))?;
        }
        let trials = lines.len();
        let within = if tolerance == Tolerance::EXACT {
            String::new()
        } else {
            let percent = |tolerance: Tolerance| 100.0 * tolerance.share();
            format!(" within {} % (values differ by {:.2} % at most)", percent(tolerance), percent(replay.largest()))
        };
        document::print(&match different {
            0 => format!("{trials} trials asked anew, all as the log says{within}"),
            _ => format!("{trials} trials asked anew; {different} lines of the log differ{within}"),
        })?;
    }
    Ok(if different == 0 { Exit::Done } else { Exit::Difference })
}

fn tolerance(text: &str) -> Result<Tolerance, String> {
    let share = text.parse().map_err(|_| "a tolerance is a share from 0 to 1, e.g. 0.05")?;
    Tolerance::new(share)
}

/// Answers that came before their turn.
struct Answers {
    workers: Workers,
    early: BTreeMap<TrialId, Result<Answer, Failure>>,
    asked: usize,
}

impl Answers {
    fn take(&mut self, id: TrialId) -> Result<Answer, Failure> {
        loop {
            if let Some(answer) = self.early.remove(&id) {
                return answer;
            }
            if let Some((id, answer)) = self.workers.wait(Duration::from_secs(1)) {
                self.early.insert(id, answer);
            }
        }
    }
}
