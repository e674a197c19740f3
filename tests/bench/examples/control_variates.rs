//! RELAX, REBAR and MuProp beside estimators without a control variate, at equal evaluations and at equal time: ratios to
//! REINFORCE with a running mean, over ten seeds.
//!
//! ```sh
//! cargo build --release
//! cargo run --release --package bilevel-bench --example control_variates                  # all three objectives
//! cargo run --release --package bilevel-bench --example control_variates -- table 3       # one, and fewer seeds
//! ```
//!
//! It runs the program `bilevel` that lies in the same build folder, and keeps what that measures in `runs/control-variates`:
//! begun again, it goes on where it was.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is read by a person")]

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use bilevel::gradient::Row;
use bilevel_bench::ratio;
use serde::Deserialize;

/// What all others are compared with.
const BASE: &str = "reinforce";
/// The evaluations that a step of a search is given where bias counts too: it stays however many are averaged.
const BATCH: f64 = 100.0;
/// Seeds, unless fewer are asked for.
const SEEDS: u64 = 10;

/// An objective with what is drawn of which estimators.
struct Study {
    name: &'static str,
    /// As `bilevel gradient` takes it, `SEED` standing for the seed where it draws a landscape.
    arguments: &'static str,
    /// Draws, and estimators that get so many.
    draws: &'static [(u64, &'static str)],
    /// Microseconds that a path takes of which the objective looks the loss up, so that time is counted for it too.
    path: f64,
}

const STUDIES: [Study; 3] = [
    Study {
        name: "chain",
        arguments: "--objective chain:landscape=SEED --space sequence:20x7",
        draws: &[
            (
                50_000,
                "reinforce:baseline=none,reinforce,rloo,nvil,relax,relax:control_variate=relaxed-and-network,rebar,\
                 rebar:control_variate_rate=0,muprop,concrete,straight-through,gumbel-rao",
            ),
            (2_000, "indecater"),
            (50_000, "rebar:learn_temperature=false"),
        ],
        path: 0.0,
    },
    Study {
        name: "table",
        arguments: "--objective table",
        draws: &[
            (
                50_000,
                "reinforce:baseline=none,reinforce,rloo,nvil,relax,relax:control_variate=relaxed-and-network,rebar,\
                 rebar:control_variate_rate=0,muprop,concrete,straight-through,gumbel-rao,indecater",
            ),
            (50_000, "rebar:learn_temperature=false"),
        ],
        path: 0.0,
    },
    Study {
        name: "supernet",
        arguments: "--objective supernet",
        draws: &[
            (50_000, "reinforce:baseline=none,reinforce,rloo,nvil,relax,indecater"),
            (
                100,
                "relax:control_variate=relaxed-and-network,rebar,rebar:learn_temperature=false,\
                 rebar:control_variate_rate=0,muprop,concrete:temperature=0.2,straight-through,gumbel-rao",
            ),
            (20, "concrete"),
            (2, "softmax"),
        ],
        path: 10_000.0,
    },
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let (numbers, names): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|word| word.parse::<u64>().is_ok());
    let seeds = numbers.first().and_then(|word| word.parse().ok()).unwrap_or(SEEDS).clamp(2, SEEDS);
    if let Some(name) = names.iter().find(|name| STUDIES.iter().all(|study| study.name != *name)) {
        return Err(format!("there is no objective `{name}`; choose chain, table or supernet, and 2 to 10 seeds"));
    }
    for study in STUDIES.iter().filter(|study| names.is_empty() || names.iter().any(|name| name == study.name)) {
        study.print(&study.measured(seeds)?);
    }
    Ok(())
}

/// What a seed gave.
#[derive(Debug, Default, Deserialize)]
struct Run {
    exact: Vec<f64>,
    rows: Vec<Row>,
}

impl Study {
    /// What each seed gives.
    fn measured(&self, seeds: u64) -> Result<Vec<Run>, String> {
        (0..seeds).map(|seed| self.run(seed)).collect()
    }

    fn run(&self, seed: u64) -> Result<Run, String> {
        let mut all = Run::default();
        for (part, (draws, estimators)) in self.draws.iter().enumerate() {
            let folder = format!("runs/control-variates/{}-{seed}-{part}", self.name);
            let arguments = self.arguments.replace("SEED", &seed.to_string());
            let mut command = Command::new(program()?);
            command.arg("gradient").args(arguments.split(' ')).args(["--estimators", estimators, "--json"]);
            command.args(["--seed", &seed.to_string(), "--samples", &draws.to_string(), "--out", &folder]);
            eprintln!("{folder}");
            let output = command.stderr(Stdio::inherit()).output().map_err(|error| error.to_string())?;
            if !output.status.success() {
                return Err(format!("{command:?}: {}", output.status));
            }
            let run: Run = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
            all.exact = run.exact;
            all.rows.extend(run.rows);
        }
        Ok(all)
    }

    /// A line for each estimator: what it is by itself, as a mean over the seeds, and its ratios to the base.
    fn print(&self, runs: &[Run]) {
        println!(
            "\n{}, {} seeds\n{:<43} {:>9} {:>9} {:>6} {:>9}  {:<22} {:<24} {:<22}",
            self.name,
            runs.len(),
            "estimator",
            "bias",
            "variance",
            "points",
            "µs",
            "variance at = points",
            "variance at = time",
            "error of 100 points"
        );
        let base = runs[0].rows.iter().position(|row| row.estimator == BASE).expect("every study has the base");
        let microseconds = |run: &Run, place: usize| {
            let row = &run.rows[place];
            row.microseconds.unwrap_or(f64::NAN) + (row.evaluations - row.soft_evaluations) * self.path
        };
        let points = |run: &Run, place: usize| run.rows[place].variance * run.rows[place].evaluations;
        let time = |run: &Run, place: usize| run.rows[place].variance * microseconds(run, place);
        let biases: Vec<Vec<f64>> = (0..runs[0].rows.len()).map(|place| self.squared_biases(runs, place)).collect();
        for (place, row) in runs[0].rows.iter().enumerate() {
            let mean = |numbers: &mut dyn Iterator<Item = f64>| numbers.sum::<f64>() / runs.len() as f64;
            let to_base = |cost: &dyn Fn(&Run, usize) -> f64| {
                shown(&runs.iter().map(|run| (cost(run, place) / cost(run, base)).ln()).collect::<Vec<_>>())
            };
            let error = |bias: f64, run: &Run, place: usize| bias + points(run, place) / BATCH;
            let errors = runs.iter().zip(&biases[place]);
            let errors = errors.map(|(run, bias)| (error(*bias, run, place) / error(0.0, run, base)).ln());
            println!(
                "{:<43} {:>9.2e} {:>9.2e} {:>6.1} {:>9.2}  {:<22} {:<24} {:<22}",
                row.estimator,
                mean(&mut biases[place].iter().map(|bias| bias.sqrt())),
                mean(&mut runs.iter().map(|run| run.rows[place].variance)),
                mean(&mut runs.iter().map(|run| run.rows[place].evaluations)),
                mean(&mut runs.iter().map(|run| microseconds(run, place))),
                to_base(&points),
                to_base(&time),
                shown(&errors.collect::<Vec<_>>()),
            );
        }
    }

    /// For each run the squared norm of the bias, without what the noise of the mean adds to it; 0 for one that is unbiased. Runs
    /// on one landscape have one bias, that of the mean of their means.
    fn squared_biases(&self, runs: &[Run], place: usize) -> Vec<f64> {
        if runs[0].rows[place].claims_bias.is_none() {
            return vec![0.0; runs.len()];
        }
        let of = |runs: &[Run]| {
            let count = runs.len() as f64;
            let exact = &runs[0].exact;
            let mean = |i: usize| runs.iter().map(|run| run.rows[place].gradient[i]).sum::<f64>() / count;
            let square: f64 = (0..exact.len()).map(|i| (mean(i) - exact[i]) * (mean(i) - exact[i])).sum();
            let noise = runs.iter().map(|run| run.rows[place].variance / run.rows[place].draws as f64).sum::<f64>();
            (square - noise / (count * count)).max(0.0)
        };
        if self.arguments.contains("SEED") {
            return runs.iter().map(|run| of(std::slice::from_ref(run))).collect();
        }
        vec![of(runs); runs.len()]
    }
}

fn shown(logs: &[f64]) -> String {
    let [mean, low, high] = ratio(logs);
    match logs {
        logs if logs.iter().all(|log| *log == 0.0) => "1".into(),
        logs if logs.iter().all(|log| *log == f64::NEG_INFINITY) => "0".into(),
        _ if mean < 0.01 => format!("{mean:.1e} ({low:.1e}–{high:.1e})"),
        _ => format!("{mean:.3} ({low:.3}–{high:.3})"),
    }
}

/// `bilevel` beside the folder that this example lies in.
fn program() -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = here.ancestors().nth(2).map(|folder| folder.join("bilevel")).filter(|path| path.exists());
    program.ok_or_else(|| "there is no program `bilevel` beside this one; cargo build --release makes it".into())
}
