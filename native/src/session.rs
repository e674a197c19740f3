//! A run at work: the log is fed, trials are answered, lines are kept.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bilevel::objective::{Metric, cached};
use bilevel::run::{Line, Run, RunError, RunSpec, Step, Stop};

use crate::directory::RunDirectory;
use crate::exit::{Error, Exit};
use crate::history::History;
use crate::log::{self, Log};
use crate::objectives::Opened;
use crate::screen::Screen;
use crate::workers::Workers;

/// Set by the first Ctrl-C.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Lets the first Ctrl-C end the run in good order, and the second one the process.
pub(crate) fn watch_for_interrupts() -> Result<(), Error> {
    let watch = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(Exit::Interrupted as i32);
        }
    });
    watch.map_err(|error| Error::new(Exit::Failed, format!("cannot watch for Ctrl-C: {error}")))
}

/// Whether Ctrl-C was pressed.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// A run and what it looked like.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) run: Run,
    pub(crate) history: History,
    pub(crate) stop: Stop,
}

/// Feeds the log of `path` to a fresh run of `spec`, whose objective has `metrics`; `each` sees every line.
pub(crate) fn feed(
    path: &Path,
    spec: &RunSpec,
    metrics: &[Metric],
    mut each: impl FnMut(&Run, &Line),
) -> Result<(Run, log::Extent), Error> {
    let mut run = Run::new(spec, metrics).map_err(|error| of_run(path, error))?;
    let extent = log::scan(path, |line| {
        run.feed(&line).map_err(|error| of_run(path, error))?;
        each(&run, &line);
        Ok(())
    })?;
    Ok((run, extent))
}

/// Puts what a line says into the memory of objectives that train, so that a repeat after it is not trained again.
fn remember(opened: &Opened, run: &Run, line: &Line) {
    if opened.split.is_some() && line.failure.is_none() {
        let architecture = run.space().parse(&line.architecture).expect("the run asked for this very text");
        let values = opened.metrics.iter().map(|metric| line.values[&metric.name]).collect();
        cached::remember(&opened.memory, architecture, values);
    }
}

/// Takes the run in `directory` from where its log ends to its end.
pub(crate) fn go_on(directory: &RunDirectory, spec: &RunSpec, opened: &mut Opened) -> Result<Session, Error> {
    let path = directory.log();
    let mut history = None;
    let mut elapsed_before = 0.0;
    let (mut run, extent) = feed(&path, spec, &opened.metrics, |run, line| {
        remember(opened, run, line);
        history.get_or_insert_with(|| History::new(run)).record(run, line);
        elapsed_before = line.elapsed.unwrap_or(0.0);
    })?;
    let mut history = history.unwrap_or_else(|| History::new(&run));
    let mut log = Log::append_to(&path, extent)?;
    let mut workers = Workers::new(std::mem::take(&mut opened.objectives));
    let title = format!("{} on {}, {}, seed {}", spec.space, spec.objective.name(), spec.searcher.name(), spec.seed);
    let mut screen = Screen::new(title, spec.resolved().budget.trials, workers.slow());
    screen.begin(&run);
    let began = Instant::now();
    let stop = loop {
        if interrupted() {
            break Stop::Interrupted;
        }
        match run.step(elapsed_before + began.elapsed().as_secs_f64()) {
            Step::Ask(trial) => workers.ask(trial),
            Step::Told(line) => {
                log.append(&line, workers.slow())?;
                history.record(&run, &line);
                screen.told(&run, &line);
            }
            Step::Wait => {
                if let Some((id, answer)) = workers.wait(Duration::from_millis(100)) {
                    run.answer(id, answer);
                }
            }
            Step::Finished(stop) => break stop,
        }
    };
    log.sync()?;
    screen.end(&run);
    Ok(Session { run, history, stop })
}

/// What a run says against its specification or log, with the file.
pub(crate) fn of_run(log: &Path, error: RunError) -> Error {
    match error {
        RunError::Spec(message) => Error::usage(message),
        difference @ RunError::Difference { .. } => {
            let message = format!(
                "{}: {difference}; the log is not one of this specification, or was edited; `bilevel replay` tells more",
                log.display()
            );
            Error::new(Exit::Difference, message)
        }
    }
}
