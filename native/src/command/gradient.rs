//! `bilevel gradient`: estimators of the gradient at a policy, beside the exact one.

use std::path::PathBuf;
use std::time::Instant;

use bilevel::estimator::EstimatorSpec;
use bilevel::gradient::{Measurement, Scene, trajectory, trajectory_of};
use bilevel::objective::{ObjectiveSpec, Relaxation, Scalarisation, table};
use bilevel::policy::Policy;
use bilevel::run::RunSpec;
use bilevel::space::Space;
use clap::Args;
use serde_json::{Value, json};
use strum::IntoEnumIterator;

use super::subject::{Subject, names};
use crate::exit::{Error, Exit};
use crate::gradient::kept::Kept;
use crate::gradient::{self, Measured, Place, Plan, report, temperatures};
use crate::spec_file::SpecFile;
use crate::{derived, directory, document, named_list, objectives, session};

/// Steps of the search without error after which it is measured on a trajectory, and the rate of its steps.
const STEPS: [u32; 5] = [0, 10, 30, 60, 100];
/// The same of a search by an estimator, whose draws err: where they are small beside their noise, Adam takes its way slowly.
const STEPS_OF_ESTIMATOR: [u32; 6] = [0, 10, 30, 100, 300, 1000];
const LEARNING_RATE: f64 = 0.1;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    subject: Subject,
    #[arg(long, value_name = "NAME[:KEY=VALUE,…],…", default_value = "all",
        help = names("Estimators, or `all` that suit the objective", EstimatorSpec::iter().map(|it| it.name())))]
    estimators: String,
    /// Temperatures of the estimators that have one: 0.5, a list 0.1,0.5,1 or a range 0.05:5; their own where none is named
    #[arg(long, value_name = "T,… or LOW:HIGH[:N]", value_parser = |text: &str| temperatures::parse(text).map(Temperatures))]
    temperatures: Option<Temperatures>,
    /// Independent draws of each estimator
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(2..=1_000_000_000))]
    samples: u64,
    /// The policy: `uniform`, a JSON file with its logits, or `trajectory`, several along a search by the exact gradient or, as
    /// in trajectory:softmax, by the draws of an estimator
    #[arg(long, value_name = "uniform|FILE|trajectory[:ESTIMATOR]", default_value = "uniform")]
    at: String,
    /// Look for second derivatives of the loss in the mixture too, which bound its distance from E[f]; asks 145 mixtures a policy
    #[arg(long)]
    curvature: bool,
    /// The folder of the report; with one that an interrupted bench has left, it goes on there. The next number in runs/
    /// where none is named
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// A type of its own, since a `Vec` would be an option that is repeated.
#[derive(Debug, Clone)]
struct Temperatures(Vec<f64>);

pub(super) fn run(arguments: &Arguments) -> Result<Exit, Error> {
    let mut file = SpecFile::of_table();
    file.spec.retrain = None;
    let (mut spec, mut source) = arguments.subject.apply(file)?;
    if spec.objective.training().is_some() {
        return Err(Error::usage(format!(
            "objective `{}` trains each network, and a bench asks for thousands; choose table, chain, nk or toy, or --table",
            spec.objective.name()
        )));
    }
    if let ObjectiveSpec::Table(options) = &mut spec.objective
        && *options == table::Options::default()
    {
        // What no estimator looks at need not be summed over 15,625 cells for each mixture.
        options.searched_only = true;
    }
    source.copies = Some(objectives::cores());
    let opened = objectives::open(&mut spec, &source)?;
    if let Some(census) = &opened.census {
        document::note(&document::of_census(census));
    }
    let space = derived::space_of(&spec)?;
    let scalarisation = Scalarisation::of(&opened.metrics, spec.metric.as_deref(), spec.scalarisation.as_ref());
    let scalarisation = scalarisation.map_err(Error::usage)?;
    let metric = opened.metrics[scalarisation.metric()].name.clone();
    let mut scenes = gradient::scenes(&space, &scalarisation, opened.objectives)?;
    let policies = arguments.policies(&mut scenes[0], spec.seed)?;
    scenes[0].set_logits(&policies[0].logits).map_err(Error::usage)?;
    let plan = Plan {
        estimators: arguments.estimators(&scenes[0])?,
        temperatures: arguments.temperatures.as_ref().map_or_else(Vec::new, |Temperatures(all)| all.clone()),
        samples: arguments.samples,
        seed: spec.seed,
        space,
        policies,
        along: arguments.along().map(str::to_owned),
        curvature: arguments.curvature,
    };
    let folder = match &arguments.out {
        Some(folder) => folder.clone(),
        None => directory::next_number(&format!("gradient-{}-{}", spec.objective.name(), spec.seed))?,
    };
    if arguments.temperatures.is_some() && !plan.sweeps() {
        document::note("none of these estimators has a temperature that could be set; --temperatures changes nothing");
    }
    let mut kept = Kept::open(&folder, &subject(&spec, &plan, &metric))?;
    if kept.count() > 0 {
        document::note(&format!("{} rows are there already", kept.count()));
    }
    session::watch_for_interrupts()?;
    let began = Instant::now();
    let relaxation = scenes[0].relaxation();
    let measured = plan.measure(scenes, &mut kept)?;
    let wall_seconds = began.elapsed().as_secs_f64();
    let body = body(&spec, &plan, &metric, relaxation, &measured, wall_seconds, &folder);
    report::write(&folder, &plan, &measured, &body)?;
    if arguments.json {
        document::print_versioned(&body)?;
    } else {
        document::print(&report::screen(&plan, &measured, wall_seconds, &folder))?;
    }
    Ok(Exit::Done)
}

impl Arguments {
    /// The estimators that were named; `all` stands for those that suit the scene, but for `exact`, which has no error.
    fn estimators(&self, scene: &Scene) -> Result<Vec<(String, EstimatorSpec)>, Error> {
        let usage = |reason: String| Error::usage(format!("--estimators: {reason}"));
        let (all, named): (Vec<&str>, Vec<&str>) = self.estimators.split(',').partition(|piece| piece.trim() == "all");
        let suits = |spec: &EstimatorSpec| Measurement::new(scene, spec.name(), spec, None, 0).is_ok();
        let exact = |spec: &EstimatorSpec| matches!(spec, EstimatorSpec::Exact(_));
        let suited = EstimatorSpec::iter().filter(|spec| !all.is_empty() && !exact(spec) && suits(spec));
        let names: Vec<&str> = suited.map(|spec| spec.name()).chain(named).collect();
        named_list::parse("estimator", &names.join(",")).map_err(usage)
    }

    /// What a search follows along which it is measured: `exact`, or an estimator.
    fn along(&self) -> Option<&str> {
        match self.at.strip_prefix("trajectory") {
            Some("") => Some("exact"),
            Some(rest) => rest.strip_prefix(':'),
            None => None,
        }
    }

    /// The policies that are measured at.
    fn policies(&self, scene: &mut Scene, seed: u64) -> Result<Vec<Place>, Error> {
        let wrong = |reason: String| Error::usage(format!("--at {}: {reason}", self.at));
        let place = |(step, logits): (&u32, Vec<f64>)| Place { step: Some(*step), logits };
        match (self.at.as_str(), self.along()) {
            ("uniform", _) => Ok(vec![Place { step: None, logits: scene.policy().parameters().to_vec() }]),
            (_, Some("exact")) => {
                let logits = trajectory(scene, LEARNING_RATE, &STEPS).map_err(wrong)?;
                Ok(STEPS.iter().zip(logits).map(place).collect())
            }
            (_, Some(name)) => {
                let estimator: EstimatorSpec = bilevel::run::parse(name).map_err(wrong)?;
                let logits = trajectory_of(scene, (name, &estimator), seed, LEARNING_RATE, &STEPS_OF_ESTIMATOR);
                Ok(STEPS_OF_ESTIMATOR.iter().zip(logits.map_err(wrong)?).map(place).collect())
            }
            (path, None) => {
                let logits = logits(&directory::read_text(path.as_ref())?, scene.policy().space())
                    .and_then(|logits| scene.set_logits(&logits).map(|()| logits));
                Ok(vec![Place { step: None, logits: logits.map_err(wrong)? }])
            }
        }
    }
}

/// The logits of a JSON document: numbers, position by position, in one list or a list for each, by themselves or under
/// `logits`.
fn logits(text: &str, space: &Space) -> Result<Vec<f64>, String> {
    let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let list = document.get("logits").unwrap_or(&document);
    let wrong = || "the logits are numbers in a list, or in a list for each position, as in [0, 0.5, -1]".to_owned();
    let mut numbers = Vec::new();
    let list = list.as_array().ok_or_else(wrong)?;
    for (position, entry) in list.iter().enumerate() {
        let row = entry.as_array().map_or(std::slice::from_ref(entry), Vec::as_slice);
        if entry.is_array() && (position >= space.length() || row.len() != space.choices(position)) {
            return Err(format!(
                "list {position} has {} logits; a list has one for each choice of its position",
                row.len()
            ));
        }
        for number in row {
            numbers.push(number.as_f64().ok_or_else(wrong)?);
        }
    }
    Ok(numbers)
}

/// What rows depend on beside the estimator: rows of another subject are not those of this.
fn subject(spec: &RunSpec, plan: &Plan, metric: &str) -> Value {
    json!({
        "space": plan.space.spec(),
        "objective": spec.objective,
        "search_metric": metric,
        "scalarisation": spec.scalarisation,
        "data_sha256": spec.data_sha256,
        "seed": plan.seed,
        "samples": plan.samples,
        "policies": plan.policies,
    })
}

fn body(
    spec: &RunSpec,
    plan: &Plan,
    metric: &str,
    relaxation: Option<Relaxation>,
    measured: &[Measured],
    wall_seconds: f64,
    folder: &std::path::Path,
) -> Value {
    let mut body = json!({
        "space": plan.space.spec(),
        "objective": spec.objective,
        "search_metric": metric,
        "relaxation": relaxation,
        "seed": plan.seed,
        "samples": plan.samples,
        "along": plan.along,
        "wall_seconds": wall_seconds,
        "report_file": folder.join("report.html"),
    });
    // The last policy of a trajectory stands where the only one does otherwise.
    let last = measured.last().map(|last| serde_json::to_value(last).expect("string keys and finite numbers"));
    if let (Some(body), Some(Value::Object(last))) = (body.as_object_mut(), last) {
        body.extend(last);
        if measured.len() > 1 {
            let all = serde_json::to_value(measured).expect("string keys and finite numbers");
            body.insert("policies".into(), all);
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_come_in_one_list_or_in_rows() {
        let space = Space::named("sequence:2x2").unwrap();
        for text in ["[0, 0.5, -1, 2]", "[[0, 0.5], [-1, 2]]", r#"{"logits": [0, 0.5, -1, 2]}"#] {
            assert_eq!(logits(text, &space).unwrap(), [0.0, 0.5, -1.0, 2.0]);
        }
        for text in ["{}", "[\"a\"]", "3", "[[[1], 2]]"] {
            assert!(logits(text, &space).unwrap_err().starts_with("the logits are numbers in a list"), "{text}");
        }
        for text in ["[[0], [1, 2, 3]]", "[[0, 1], [2, 3], []]"] {
            assert!(logits(text, &space).unwrap_err().contains("a list has one for each choice"), "{text}");
        }
    }
}
