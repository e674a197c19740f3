//! What do searches that train a supernet find, when should they stop, and is a more accurate gradient a better search?
//!
//! ```sh
//! cargo build --release
//! cargo run --release --package bilevel-bench --example supernets -- digits 5       # every method, from 5 seeds
//! cargo run --release --package bilevel-bench --example supernets -- fashion 3      # five of them on Fashion-MNIST
//! cargo run --release --package bilevel-bench --example supernets -- stopping 5     # long searches, epoch by epoch
//! cargo run --release --package bilevel-bench --example supernets -- gradients 5    # from rough gradients to accurate ones
//! cargo run --release --package bilevel-bench --example supernets -- tables         # tables and plots from what is there
//! ```
//!
//! It runs the program `bilevel` that lies in the same build folder, one run at a time, and keeps every run in `runs/supernets`: begun
//! again, with as many seeds or more, it goes on where it was. What came of each run is a line of `docs/supernet-study.csv`, from
//! which tables and plots are made without any run.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is read by a person")]

mod cell;
mod comparison;
mod cost;
mod gradients;
mod page;
mod program;
mod rank;
mod row;
mod setting;
mod stopping;
mod supernet;
mod words;

use std::process::ExitCode;

use cell::Benchmark;
use comparison::Comparison;
use gradients::{Family, Gradients};
use page::Study;
use row::Kept;
use setting::Setting;
use stopping::Stopping;

/// What is trained on digits, in every part.
const DIGITS: Setting = Setting {
    name: "digits",
    objective: "digits",
    epochs: 50,
    trial_epochs: 4,
    trials: 400,
    child_epochs: 4,
    children: 8,
};

const COMPARISONS: [Comparison; 2] = [
    Comparison {
        setting: DIGITS,
        methods: &[
            "darts-v1",
            "darts-v2",
            "idarts",
            "snas",
            "gdas",
            "pc-darts",
            "drnas",
            "enas",
            "rsps",
            "reinforce-supernet",
            "rebar-supernet",
            "relax-supernet",
            "muprop-supernet",
        ],
    },
    Comparison {
        setting: Setting {
            name: "fashion",
            objective: "fashion-mnist:resolution=14,channels=4,train_images=2000,validation_images=1000,test_images=2000",
            epochs: 12,
            trial_epochs: 4,
            trials: 80,
            child_epochs: 4,
            children: 4,
        },
        methods: &["darts-v2", "snas", "gdas", "drnas", "rsps"],
    },
];

const STOPPING: Stopping = Stopping {
    setting: Setting { name: "stopping", epochs: 100, ..DIGITS },
    searchers: &["darts-v1", "darts-v2"],
    epochs: &[1, 2, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 100],
};

const GRADIENTS: Gradients = Gradients {
    setting: DIGITS,
    families: &[
        Family {
            name: "of the mixture's loss, biased: first order, one step unrolled, 2 and 5 terms, 5 conjugate gradients",
            descended: "relaxed_loss",
            ordered: &[
                "darts-v1",
                "darts-v2",
                "idarts",
                "darts-v1:hypergradient=neumann",
                "darts-v1:hypergradient=conjugate-gradient,hypergradient.iterations=5,hypergradient.damping=0.1",
            ],
            beside: &[],
        },
        Family {
            name: "of the expected loss, unbiased: REINFORCE from 1, 4 and 16 paths",
            descended: "expected_loss",
            ordered: &[
                "reinforce-supernet",
                "reinforce-supernet:estimator.samples=4",
                "reinforce-supernet:estimator.samples=16",
            ],
            beside: &["rebar-supernet", "relax-supernet", "muprop-supernet"],
        },
    ],
};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<(), String> {
    let benchmark = Benchmark::new()?;
    let mut kept = Kept::read(&page::docs().join("supernet-study.csv"))?;
    let (part, seeds) = match words {
        [part] => (*part, 0),
        [part, seeds] => (*part, seeds.parse().map_err(|_| format!("`{seeds}` is no number of seeds"))?),
        _ => return Err(USAGE.into()),
    };
    match part {
        "digits" => COMPARISONS[0].measure(seeds, &mut kept, &benchmark)?,
        "fashion" => COMPARISONS[1].measure(seeds, &mut kept, &benchmark)?,
        "stopping" => STOPPING.measure(seeds, &mut kept, &benchmark)?,
        "gradients" => GRADIENTS.measure(seeds, &mut kept, &benchmark)?,
        "tables" => {}
        _ => return Err(USAGE.into()),
    }
    let study = study(&kept);
    let tables = study.tables()?;
    let of_part = tables.iter().filter(|(name, _)| part == "tables" || name.starts_with(part));
    of_part.for_each(|(name, table)| println!("{name}\n\n{table}"));
    if part == "tables" { study.write() } else { Ok(()) }
}

fn study(kept: &Kept) -> Study<'_> {
    Study { comparisons: &COMPARISONS, stopping: &STOPPING, gradients: &GRADIENTS, kept }
}

const USAGE: &str = "digits, fashion, stopping or gradients with a number of seeds; or tables";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_and_plots_are_what_the_table_gives() {
        let kept = Kept::read(&page::docs().join("supernet-study.csv")).unwrap();
        for (path, text) in study(&kept).files().unwrap() {
            let same = std::fs::read_to_string(&path).is_ok_and(|there| there == text);
            assert!(same, "{}: `cargo xtask plots` makes it anew", path.display());
        }
    }
}
