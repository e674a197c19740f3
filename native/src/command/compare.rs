//! `bilevel compare`: several searchers from many seeds, side by side.

use std::path::PathBuf;
use std::time::Instant;

use bilevel::objective::{Metric, Scalarisation};
use bilevel::run::Budget;
use bilevel::search::SearcherSpec;
use clap::Args;
use serde_json::json;

use super::subject::Subject;
use crate::compare::target::Target;
use crate::compare::{self, Plan, pairs, report, row};
use crate::exit::{Error, Exit};
use crate::objectives::{self, Opened};
use crate::spec_file::SpecFile;
use crate::{derived, directory, document, named_list, session};

/// Trials of a run where no budget is named.
const DEFAULT_TRIALS: u64 = 100;
/// The most runs of all searchers together.
const MOST_RUNS: usize = 1_000_000;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A specification or a table with its columns, TOML or JSON; options on the command line win over it
    spec: Option<PathBuf>,
    #[command(flatten)]
    subject: Subject,
    /// The searchers, options behind a colon: random,reinforce:lr=0.5,reinforce:lr=0.01
    #[arg(long, value_name = "NAME[:KEY=VALUE,…],…", default_value = "random,evolution,local,reinforce")]
    searchers: String,
    /// Runs of each searcher, from as many seeds that follow one another
    #[arg(long, value_name = "N", default_value_t = 100)]
    seeds: usize,
    /// End each run after so many trials; 100 where no budget is named
    #[arg(long)]
    trials: Option<u64>,
    /// End each run before the cost of its trials passes this
    #[arg(long, value_name = "SECONDS", alias = "simulated-seconds")]
    seconds: Option<f64>,
    /// End a run that reaches this: `optimum`, a share of the way there from the mean of the space such as 90%, or a value
    #[arg(long, value_name = "TARGET", allow_hyphen_values = true)]
    target: Option<Target>,
    /// Give each seed a landscape of its own, for objectives that draw one; all searchers meet the same ones
    #[arg(long)]
    landscapes: bool,
    /// The folder of the report; the next number in runs/ where none is named
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let began = Instant::now();
    let (plan, opened) = arguments.plan()?;
    let load_seconds = began.elapsed().as_secs_f64();
    let census = opened.census;
    if let Some(census) = &census {
        document::note(&document::of_census(census));
    }
    // Made before the work, so that hours of it do not end at a folder that cannot be written.
    let folder = match &arguments.out {
        Some(folder) => folder.clone(),
        None => directory::next_number(&format!("compare-{}-{}", plan.spec.objective.name(), plan.spec.seed))?,
    };
    std::fs::create_dir_all(&folder).map_err(|error| Error::file("create", &folder, &error))?;
    session::watch_for_interrupts()?;
    let began = Instant::now();
    let runs = compare::run(&plan, opened.objectives)?;
    let wall_seconds = began.elapsed().as_secs_f64();
    let rows = row::rows(&plan, &runs);
    let pairs = pairs::pairs(&plan, &rows, &runs);
    let body = json!({
        "space": plan.space.spec(),
        "objective": plan.spec.objective,
        "search_metric": plan.metric().name,
        "budget": plan.spec.budget,
        "in_flight": plan.spec.in_flight(),
        "first_seed": plan.spec.seed,
        "target": plan.target.map(|target| target.to_string()),
        "landscapes": plan.landscapes,
        "table": census,
        "rows": rows,
        "pairs": pairs,
        "wall_seconds": wall_seconds,
        "load_seconds": load_seconds,
        "report_file": folder.join("report.html"),
    });
    report::write(&folder, &plan, &runs, &rows, &pairs, &body)?;
    if arguments.json {
        document::print_versioned(&body)?;
    } else {
        document::print(&screen(&plan, &rows, wall_seconds, &folder))?;
    }
    if rows.iter().all(|row| row.without_result == row.seeds) {
        return Err(Error::new(
            Exit::Failed,
            "no trial of any run succeeded; `bilevel search` with the same options shows why",
        ));
    }
    Ok(Exit::Done)
}

impl Arguments {
    fn plan(&self) -> Result<(Plan, Opened), Error> {
        let mut file = match &self.spec {
            Some(path) => SpecFile::read(path)?,
            None => SpecFile::of_table(),
        };
        file.spec.retrain = None;
        let (mut spec, mut source) = self.subject.apply(file)?;
        let searchers = named_list::parse::<SearcherSpec>("searcher", &self.searchers)
            .map_err(|reason| Error::usage(format!("--searchers: {reason}")))?;
        if let Some((text, _)) = searchers.iter().find(|(_, searcher)| searcher.trains_a_supernet()) {
            return Err(Error::usage(format!(
                "--searchers: `{text}` trains a supernet, which a comparison does not do; run `bilevel search --searcher {text}` once \
                 for each seed"
            )));
        }
        if self.seeds == 0 || self.seeds.saturating_mul(searchers.len()) > MOST_RUNS {
            return Err(Error::usage(format!(
                "--seeds: 1 to {MOST_RUNS} runs in all are possible, got {} × {}",
                searchers.len(),
                self.seeds
            )));
        }
        if self.trials.is_some() || self.seconds.is_some() {
            spec.budget = Budget { trials: self.trials, simulated_seconds: self.seconds, wall_seconds: None };
        }
        if spec.budget.wall_seconds.is_some() {
            return Err(Error::usage(
                "a comparison has no wall time, so that it is the same on any machine; name --trials or --seconds",
            ));
        }
        if spec.budget.is_empty() {
            spec.budget = Budget::trials(DEFAULT_TRIALS);
        }
        spec.seed.checked_add(self.seeds as u64 - 1).filter(|last| *last <= bilevel::run::LARGEST_SEED).ok_or_else(
            || Error::usage(format!("--seed {}: {} seeds from it on are too large", spec.seed, self.seeds)),
        )?;
        let spec = spec.checked().map_err(|error| Error::usage(error.to_string()))?;
        let jobs = self.seeds * searchers.len();
        source.copies = Some(objectives::cores().min(jobs));
        let mut spec = bilevel::run::RunSpec { in_flight: Some(spec.in_flight()), ..spec };
        let opened = objectives::open(&mut spec, &source)?;
        let space = derived::space_of(&spec)?;
        let metrics = opened.metrics.clone();
        let scalarisation = Scalarisation::of(&metrics, spec.metric.as_deref(), spec.scalarisation.as_ref());
        let scalarisation = scalarisation.map_err(Error::usage)?;
        let searchers: Vec<(String, SearcherSpec)> =
            searchers.into_iter().map(|(text, searcher)| (text, searcher.resolved(&spec.objective))).collect();
        for (text, searcher) in &searchers {
            let scalarised = scalarisation.second().map_or(Ok(()), |_| searcher.suits_scalarisation());
            searcher.suits(&spec.objective).and(scalarised).map_err(Error::usage)?;
            opened.suits(searcher)?;
            let built = searcher.build(&space, spec.seed).map(|_| ());
            built.map_err(|reason| Error::usage(format!("searcher `{text}`: {reason}")))?;
        }
        let names = self.report(&spec, &metrics[scalarisation.metric()].name);
        let report = names
            .iter()
            .map(|name| Metric::find(&metrics, name))
            .collect::<Result<Vec<_>, _>>()
            .map_err(Error::usage)?;
        if self.target.is_some() && scalarisation.second().is_some() {
            return Err(Error::usage(
                "--target is a value of the search metric, and with a scalarisation the loss is another",
            ));
        }
        if self.landscapes && spec.objective.clone().landscape_mut().is_none() {
            return Err(Error::usage("--landscapes is for objectives that draw one: chain and nk"));
        }
        let (seeds, target, landscapes) = (self.seeds, self.target, self.landscapes);
        let plan = Plan { spec, space, metrics, scalarisation, searchers, seeds, target, landscapes, report };
        if let Some(objective) = opened.objectives.first() {
            // Said before a folder is made.
            plan.loss_of_target(objective.as_ref())?;
        }
        Ok((plan, opened))
    }

    /// The metrics to report: those named here, else those of the file, else the one that the search looks at.
    fn report(&self, spec: &bilevel::run::RunSpec, search: &str) -> Vec<String> {
        let of_file = match &spec.objective {
            bilevel::objective::ObjectiveSpec::Table(options) => options.report_metrics.as_slice(),
            _ => &[],
        };
        let named = if self.subject.report_metrics().is_empty() { of_file } else { self.subject.report_metrics() };
        if named.is_empty() { vec![search.into()] } else { named.to_vec() }
    }
}

/// What a person reads.
fn screen(plan: &Plan, rows: &[row::Row], wall_seconds: f64, folder: &std::path::Path) -> String {
    let trains = rows.iter().any(|row| row.epochs.is_some());
    let mut table: Vec<Vec<String>> = vec![vec!["searcher".into(), "trials".into()]];
    table[0].extend(trains.then(|| "epochs".into()));
    table[0].extend(plan.report.iter().map(|metric| plan.metrics[*metric].name.clone()));
    if plan.target.is_some() {
        table[0].extend(["hit".into(), "architectures to target".into()]);
    }
    for row in rows {
        let mut cells = vec![row.searcher.clone(), row.trials.to_string()];
        cells.extend(row.epochs.map(|epochs| epochs.to_string()));
        cells.extend(plan.report.iter().map(|metric| {
            let metric = &plan.metrics[*metric];
            row.report.get(&metric.name).map_or_else(|| "none".into(), |spread| report::of_spread(spread, &metric.unit))
        }));
        if let Some(hit_rate) = row.hit_rate {
            let until = row.trials_to_target.flatten();
            cells.push(format!("{:.1} %", 100.0 * hit_rate));
            cells.push(until.map_or_else(|| "none".into(), |q| format!("median {}, mean {:.1}", q.median, q.mean)));
        }
        table.push(cells);
    }
    let widths: Vec<usize> = (0..table[0].len())
        .map(|column| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("   ").trim_end().to_owned()
    };
    let lines: Vec<String> = table.iter().map(line).collect();
    let epochs = if trains { "; epochs are those of all networks of a run" } else { "" };
    format!(
        "{}\n\n{} runs of each, mean ± standard deviation (least to largest){epochs}, in {wall_seconds:.2} s\nreport  {}",
        lines.join("\n"),
        plan.seeds,
        document::quoted(&folder.join("report.html"))
    )
}
