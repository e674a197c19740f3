//! What is made from a log once its run ends: tables, the best, the report, the document.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use bilevel::figure;
use bilevel::objective::Metric;
use bilevel::run::{RunSpec, Stop, Summary};
use bilevel::space::Space;

use crate::directory::RunDirectory;
use crate::document::{self, Document};
use crate::exit::{Error, Exit};
use crate::log;
use crate::objectives::Opened;
use crate::retrain::{self, Comparison};
use crate::screen::{Screen, epochs_words, trials_words, with_unit};
use crate::session::Session;

/// Compares the winner, writes every derived file, and says what came of it.
pub(crate) fn finish(
    directory: &RunDirectory,
    spec: &RunSpec,
    opened: &Opened,
    session: Session,
    json: bool,
) -> Result<Exit, Error> {
    let mut summary = session.run.summary(session.stop);
    // Written before the comparison too, which takes a while and may fail: the search itself is not lost with it.
    Files { directory, spec, session: &session, summary: &summary, comparison: None }.write()?;
    let (mut comparison, mut failed) = (None, None);
    if session.stop != Stop::Interrupted
        && let (Some(best), Some(networks)) = (&summary.best, &opened.networks)
    {
        let mut screen = Screen::new(String::new(), None, true);
        let digest = summary.digest.to_string();
        match retrain::compare(directory, spec, networks, &best.architecture, &digest, &mut screen) {
            Ok(made) => comparison = made,
            Err(error) => failed = Some(error),
        }
        if crate::session::interrupted() {
            summary.stop_reason = Stop::Interrupted;
        }
        Files { directory, spec, session: &session, summary: &summary, comparison: comparison.as_ref() }.write()?;
    }
    let error = verdict(&summary, directory).or(failed);
    let exit = error.as_ref().map_or(Exit::Done, |error| error.exit);
    let mut document = Document::new(summary, directory.path(), comparison);
    if json {
        document.error = error.as_ref().map(document::error_value);
        document::print_json(&document)?;
        return Ok(exit);
    }
    document::print(&last_screen(&document, spec, &session, directory)?)?;
    error.map_or(Ok(exit), Err)
}

/// What keeps the run from being done.
fn verdict(summary: &Summary, directory: &RunDirectory) -> Option<Error> {
    let (shown, trials) = (document::quoted(directory.path()), summary.trials);
    if summary.stop_reason == Stop::Interrupted {
        let bilevel = document::invocation();
        let message = format!("interrupted after {trials} trials; go on with `{bilevel} resume {shown}`");
        Some(Error::new(Exit::Interrupted, message))
    } else if trials == 0 {
        let message = format!("no trial fits the budget ({}); allow it more", summary.stop_reason);
        Some(Error::new(Exit::Failed, message))
    } else if summary.best.is_none() && summary.failed == 0 {
        let message = "only mixtures were asked about so far, and no architecture; allow it more trials";
        Some(Error::new(Exit::Failed, message))
    } else if summary.best.is_none() {
        let message = format!("no trial succeeded; {shown}/trials.csv has the failure of each");
        Some(Error::new(Exit::Failed, message))
    } else {
        None
    }
}

/// How much of a Pareto front a person reads at the end.
const MOST_OF_FRONT: usize = 10;

/// What a person reads at the end.
fn last_screen(
    document: &Document,
    spec: &RunSpec,
    session: &Session,
    directory: &RunDirectory,
) -> Result<String, Error> {
    let Document { summary, run, retrain, .. } = document;
    let mut text = String::new();
    let failed = if summary.failed > 0 { format!(", {} of them failed", summary.failed) } else { String::new() };
    let trials = trials_words(summary.trials, session.history.epochs.len());
    let _ = writeln!(text, "\n{trials}{failed}; ended by: {}", summary.stop_reason);
    for notice in &summary.notices {
        let _ = writeln!(text, "{notice}");
    }
    if let Some(best) = &summary.best {
        let space = session.run.space();
        let architecture =
            space.parse(&best.architecture).map_err(|error| Error::new(Exit::Failed, error.to_string()))?;
        let after = best.epochs.map_or_else(String::new, |epochs| format!(" after {}", epochs_words(epochs)));
        let _ = writeln!(text, "best, trial {}{after}: {}\n", best.id, best.architecture);
        let _ = writeln!(text, "{}", figure::cell::text(space, &architecture).trim_end());
        text.push('\n');
        for metric in session.run.metrics() {
            let _ = writeln!(text, "  {:<22}{}", metric.name, with_unit(best.values[&metric.name], &metric.unit));
        }
    }
    if let Some(([first, second, ..], trials)) = session.run.front() {
        let _ = writeln!(text, "\nPareto front, {} trials: {} and {}", trials.len(), first.name, second.name);
        for best in trials.iter().take(MOST_OF_FRONT) {
            let value = |metric: &Metric| with_unit(best.values[&metric.name], &metric.unit);
            let _ = writeln!(text, "  {:<14}{:<14}{}", value(first), value(second), best.architecture);
        }
        if trials.len() > MOST_OF_FRONT {
            let _ = writeln!(text, "  … and {} more in the report", trials.len() - MOST_OF_FRONT);
        }
    }
    if let Some(comparison) = retrain {
        let list = |values: &[f64]| values.iter().map(|value| format!("{value:.2}")).collect::<Vec<_>>().join("  ");
        let _ = writeln!(
            text,
            "\ntest accuracy in %, {} images, {} each\n  winner, {} seeds      {}   mean {:.2}\n  random architectures {}   mean {:.2}\n{}",
            comparison.test_images,
            epochs_words(comparison.epochs),
            comparison.winner.test_accuracy.len(),
            list(&comparison.winner.test_accuracy),
            comparison.winner.mean,
            list(&comparison.random.test_accuracy),
            comparison.random.mean,
            comparison.verdict()
        );
    }
    let _ = writeln!(text, "\nrun     {run}\nreport  {run}/report.html\ndigest  {}", summary.digest);
    if summary.best.is_some() {
        let _ = write!(text, "{}", next_steps(&document::quoted(directory.path()), spec));
    }
    Ok(text.trim_end().to_owned())
}

fn next_steps(run: &str, spec: &RunSpec) -> String {
    let more = spec.resolved().budget.trials.map_or(100, |trials| trials.saturating_mul(3));
    let other = if spec.searcher.name() == "evolution" { "reinforce" } else { "evolution" };
    let rows = [
        (format!("show {run} --format svg"), "the best as a picture"),
        (format!("replay {run}"), "is it what this machine gives?"),
        (format!("search {run}/spec.json --searcher {other} --trials {more}"), "another way to search, longer"),
    ];
    let rows = rows.map(|(command, why)| (format!("{} {command}", document::invocation()), why));
    let width = rows.iter().map(|(command, _)| command.chars().count()).max().unwrap_or(0);
    let rows = rows.map(|(command, why)| format!("  {command:<width$}   {why}"));
    format!("\nnext\n{}", rows.join("\n"))
}

/// The derived files of a run.
pub(crate) struct Files<'a> {
    pub(crate) directory: &'a RunDirectory,
    pub(crate) spec: &'a RunSpec,
    pub(crate) session: &'a Session,
    pub(crate) summary: &'a Summary,
    pub(crate) comparison: Option<&'a Comparison>,
}

impl Files<'_> {
    /// Writes all of them anew.
    pub(crate) fn write(&self) -> Result<(), Error> {
        self.table()?;
        self.best()?;
        crate::report::write(self)
    }

    /// `trials.csv`, one row a told trial.
    fn table(&self) -> Result<(), Error> {
        let metrics: Vec<&str> = self.session.run.metrics().iter().map(|metric| metric.name.as_str()).collect();
        let instruments: BTreeSet<&String> =
            self.session.history.epochs.iter().flat_map(|epoch| epoch.keys()).collect();
        let mut table = csv::Writer::from_writer(Vec::new());
        let broken = |error: csv::Error| Error::new(Exit::Failed, format!("cannot write trials.csv: {error}"));
        let fixed = ["id", "asked", "architecture", "epochs", "loss", "cost_seconds", "failure", "mixture", "purpose"];
        // Named as replay names them: a metric may be called `loss` too.
        let values = metrics.iter().map(|name| format!("values.{name}"));
        let measured = instruments.iter().map(|name| format!("instruments.{name}"));
        table.write_record(fixed.iter().map(ToString::to_string).chain(values).chain(measured)).map_err(broken)?;
        log::scan(&self.directory.log(), |line| {
            let number = |value: Option<&f64>| value.map_or_else(String::new, f64::to_string);
            let failure = line.failure.as_ref().map_or_else(String::new, ToString::to_string);
            let mut row = vec![
                line.id.to_string(),
                line.asked.to_string(),
                line.architecture.clone(),
                line.epochs.map_or_else(String::new, |epochs| epochs.to_string()),
                number(line.loss.as_ref()),
                line.cost.seconds.to_string(),
                failure,
                line.mixture.as_deref().map_or_else(String::new, shares),
                line.purpose.name().to_owned(),
            ];
            row.extend(metrics.iter().map(|name| number(line.values.get(*name))));
            row.extend(instruments.iter().map(|name| number(line.instruments.get(*name))));
            table.write_record(row).map_err(broken)
        })?;
        let bytes = table.into_inner().map_err(|error| Error::new(Exit::Failed, error.to_string()))?;
        self.directory.write("trials.csv", &bytes)
    }

    /// `best.json`, the summary as of the last line.
    fn best(&self) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self.summary).expect("string keys and finite numbers");
        self.directory.write("best.json", (text + "\n").as_bytes())
    }
}

/// The shares of a mixture in one cell, which is empty for an architecture.
fn shares(mixture: &[f64]) -> String {
    mixture.iter().map(f64::to_string).collect::<Vec<_>>().join(" ")
}

/// The space of a specification that was checked before.
pub(crate) fn space_of(spec: &RunSpec) -> Result<Space, Error> {
    Space::new(spec.space.clone()).map_err(|error| Error::usage(error.to_string()))
}
