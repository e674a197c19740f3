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
        ],
        path: 0.0,
    },
    Study {
        name: "table",
        arguments: "--objective table",
        draws: &[(
            50_000,
            "reinforce:baseline=none,reinforce,rloo,nvil,relax,relax:control_variate=relaxed-and-network,rebar,\
             rebar:control_variate_rate=0,muprop,concrete,straight-through,gumbel-rao,indecater",
        )],
        path: 0.0,
    },
    Study {
        name: "supernet",
        arguments: "--objective supernet",
        draws: &[
            (50_000, "reinforce:baseline=none,reinforce,rloo,nvil,relax,indecater"),
            (
                60,
                "relax:control_variate=relaxed-and-network,rebar,rebar:control_variate_rate=0,muprop,concrete,\
                 concrete:temperature=0.2,straight-through,gumbel-rao",
            ),
            (2, "softmax"),
        ],
        path: 10_000.0,
    },
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = words.iter().find_map(|word| word.parse::<u64>().ok());
    let seeds = number.unwrap_or(SEEDS).clamp(2, SEEDS);
    let named = |study: &&Study| {
        let names: Vec<&String> = words.iter().filter(|word| word.parse::<u64>().is_err()).collect();
        names.is_empty() || names.iter().any(|name| *name == study.name)
    };
    for study in STUDIES.iter().filter(named) {
        match study.measured(seeds) {
            Ok(runs) => study.print(&runs),
            Err(reason) => {
                eprintln!("{}: {reason}", study.name);
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

impl Study {
    /// The rows of each seed.
    fn measured(&self, seeds: u64) -> Result<Vec<Vec<Row>>, String> {
        (0..seeds)
            .map(|seed| {
                let parts = self.draws.iter().enumerate().map(|(part, draws)| self.rows(seed, part, *draws));
                Ok(parts.collect::<Result<Vec<_>, String>>()?.concat())
            })
            .collect()
    }

    fn rows(&self, seed: u64, part: usize, (draws, estimators): (u64, &str)) -> Result<Vec<Row>, String> {
        let folder = format!("runs/control-variates/{}-{seed}-{part}", self.name);
        let arguments = self.arguments.replace("SEED", &seed.to_string());
        let mut command = Command::new(program()?);
        command.arg("gradient").args(arguments.split(' ')).args(["--estimators", estimators, "--json"]);
        command.args(["--seed", &seed.to_string(), "--samples", &draws.to_string(), "--out", &folder]);
        eprintln!("{} {seed} of {folder}", self.name);
        let output = command.stderr(Stdio::inherit()).output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!("{command:?}: {}", output.status));
        }
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
        serde_json::from_value(document["rows"].clone()).map_err(|error| error.to_string())
    }

    /// A line for each estimator: what it is by itself, as a mean over the seeds, and its ratios to the base.
    fn print(&self, runs: &[Vec<Row>]) {
        println!(
            "\n{}, {} seeds\n{:<44} {:>9} {:>10} {:>7} {:>10}  {:<22} {:<22} {:<22}",
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
        for (place, row) in runs[0].iter().enumerate() {
            let mean = |number: &dyn Fn(&Row) -> f64| {
                runs.iter().map(|rows| number(&rows[place])).sum::<f64>() / runs.len() as f64
            };
            let to_base = |cost: &dyn Fn(&Row) -> f64| {
                let logs: Vec<f64> = runs
                    .iter()
                    .map(|rows| {
                        let base = rows.iter().find(|row| row.estimator == BASE).expect("every study has the base");
                        (cost(&rows[place]) / cost(base)).ln()
                    })
                    .collect();
                shown(&logs)
            };
            let microseconds = |row: &Row| {
                let hard = row.evaluations - row.soft_evaluations;
                row.microseconds.unwrap_or(f64::NAN) + hard * self.path
            };
            println!(
                "{:<44} {:>9.3e} {:>10.3e} {:>7.4} {:>10.4}  {:<22} {:<22} {:<22}",
                row.estimator,
                mean(&|row| squared_bias(row).sqrt()),
                mean(&|row| row.variance),
                mean(&|row| row.evaluations),
                mean(&microseconds),
                to_base(&|row| row.variance * row.evaluations),
                to_base(&|row| row.variance * microseconds(row)),
                to_base(&|row| squared_bias(row) + row.variance * row.evaluations / BATCH),
            );
        }
    }
}

/// The squared norm of the bias, without what the noise of the mean adds to it; 0 for one that is unbiased.
fn squared_bias(row: &Row) -> f64 {
    match row.claims_bias {
        None => 0.0,
        Some(_) => (row.bias_norm * row.bias_norm - row.variance / row.draws as f64).max(0.0),
    }
}

fn shown(logs: &[f64]) -> String {
    let [mean, low, high] = ratio(logs);
    if logs.iter().all(|log| *log == 0.0) { "1".into() } else { format!("{mean:.3} ({low:.3}–{high:.3})") }
}

/// `bilevel` beside the folder that this example lies in.
fn program() -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = here.ancestors().nth(2).map(|folder| folder.join("bilevel")).filter(|path| path.exists());
    program.ok_or_else(|| "there is no program `bilevel` beside this one; cargo build --release makes it".into())
}
