//! A run at work: the log is fed, trials are answered, lines are kept.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bilevel::network::Watch;
use bilevel::objective::{self, Metric, cached};
use bilevel::run::{Line, Run, RunError, RunSpec, Step, Stop};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::device_memory::in_words;
use crate::directory::RunDirectory;
use crate::document;
use crate::exit::{Error, Exit};
use crate::history::History;
use crate::log::{self, Log};
use crate::objectives::{self, Opened, Source};
use crate::screen::Screen;
use crate::shared_weights;
use crate::workers::Workers;

/// Set by the first Ctrl-C, or by a system that asks the process to end.
static INTERRUPTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Lets the first Ctrl-C or SIGTERM end the run in good order, and the second one the process.
pub(crate) fn watch_for_interrupts() -> Result<(), Error> {
    let interrupted = INTERRUPTED.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag unset and sets it, the second one finds it set.
        let watch = flag::register_conditional_shutdown(signal, Exit::Interrupted as i32, Arc::clone(interrupted))
            .and_then(|_| flag::register(signal, Arc::clone(interrupted)));
        watch.map_err(|error| Error::new(Exit::Failed, format!("cannot watch for signals: {error}")))?;
    }
    Ok(())
}

/// Whether one of them came.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.get().is_some_and(|flag| flag.load(Ordering::SeqCst))
}

/// Stops a training when Ctrl-C was pressed.
pub(crate) struct UntilInterrupted;

impl Watch for UntilInterrupted {
    fn stop(&self) -> bool {
        interrupted()
    }
}

/// A run and what it looked like.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) run: Run,
    pub(crate) history: History,
    pub(crate) stop: Stop,
}

/// The run of `spec` before its first trial; `path` is that of its log.
pub(crate) fn fresh(path: &Path, spec: &RunSpec, metrics: &[Metric]) -> Result<Run, Error> {
    Run::new(spec, metrics).map_err(|error| of_run(path, error))
}

/// Feeds the log of `path` to a fresh run of `spec`, whose objective has `metrics`; `each` sees every line.
pub(crate) fn feed(
    path: &Path,
    spec: &RunSpec,
    metrics: &[Metric],
    mut each: impl FnMut(&Run, &Line),
) -> Result<(Run, log::Extent), Error> {
    let mut run = fresh(path, spec, metrics)?;
    let extent = log::scan(path, |line| {
        run.feed(&line).map_err(|error| of_run(path, error))?;
        each(&run, &line);
        Ok(())
    })?;
    Ok((run, extent))
}

/// Puts what a line says into the memory of objectives that train, so that a repeat after it is not trained again.
fn remember(opened: &Opened, run: &Run, line: &Line) {
    if opened.networks.is_some() && line.failure.is_none() && line.is_of_an_architecture() {
        let architecture = run.space().parse(&line.architecture).expect("the run asked for this very text");
        let values = opened.metrics.iter().map(|metric| line.values[&metric.name]).collect();
        cached::remember(&opened.memory, architecture, line.epochs, values);
    }
}

/// Takes the run in `directory` from where its log ends to its end.
pub(crate) fn go_on(directory: &RunDirectory, spec: &RunSpec, opened: &mut Opened) -> Result<Session, Error> {
    let path = directory.log();
    let mut history = History::new(&fresh(&path, spec, &opened.metrics)?);
    let mut elapsed_before = 0.0;
    let (mut run, extent) = feed(&path, spec, &opened.metrics, |run, line| {
        remember(opened, run, line);
        history.record(run, line);
        elapsed_before = line.elapsed.unwrap_or(0.0);
    })?;
    let mut log = Log::append_to(&path, extent)?;
    if let Some(supernet) = &opened.supernet {
        // Nobody else sets it: a run has one directory.
        let _ = supernet.checkpoint.set(directory.path().join(shared_weights::FILE));
        document::note(&format!(
            "supernet: {} weights, a step takes about {}",
            supernet.weights,
            in_words(supernet.step_bytes)
        ));
    }
    let mut workers = Workers::new(std::mem::take(&mut opened.objectives));
    let title = format!("{} on {}, {}, seed {}", spec.space, spec.objective.name(), spec.searcher.name(), spec.seed);
    let resolved = spec.resolved();
    let epochs = resolved.searcher.supernet().and_then(|options| options.epochs);
    let mut screen = Screen::new(title, resolved.budget.trials, workers.slow()).of_epochs(epochs);
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

/// Why the run whose whole log was fed to `run` ended, or that it did not.
pub(crate) fn ended(mut run: Run, spec: &RunSpec, source: &Source) -> Result<Stop, Error> {
    let mut looks_up = match spec.objective.looks_up() {
        false => None,
        true => Some(objectives::open(&mut spec.clone(), source)?.objectives.remove(0)),
    };
    loop {
        match (run.step(0.0), &mut looks_up) {
            (Step::Finished(stop), _) => return Ok(stop),
            // Only the answer tells whether it would pass the simulated seconds.
            (Step::Ask(trial), Some(objective)) => run.answer(trial.id, objective::answer(objective.as_mut(), &trial)),
            _ => return Ok(Stop::Interrupted),
        }
    }
}

/// What a run says against its specification or log, with the file.
pub(crate) fn of_run(log: &Path, error: RunError) -> Error {
    match error {
        RunError::Spec(message) => Error::usage(message),
        difference @ RunError::Difference { .. } => {
            let message = format!(
                "{}: {difference}; the log is not one of this specification, or was edited; put it back as it was",
                log.display()
            );
            Error::new(Exit::Difference, message)
        }
    }
}
