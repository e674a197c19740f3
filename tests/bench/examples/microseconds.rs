//! Microseconds of ask + tell a trial on 6 positions × 5 choices, as a line of JSON for each searcher and length: what
//! `beside_optuna.py` puts beside other libraries.
#![allow(clippy::print_stdout, reason = "it is read by a script")]

use std::time::Instant;

use bilevel::search::SearcherSpec;
use bilevel_bench::ask_and_tell;

/// The least of so many runs at least: what the machine does when nothing else is in the way.
const RUNS: u64 = 5;

/// So many trials at least: five runs of 100 trials are over before caches and clock of a processor are up to it.
const TRIALS: u64 = 100_000;

fn main() {
    for searcher in ["random", "evolution", "reinforce", "tpe"] {
        let spec: SearcherSpec = bilevel::run::parse(searcher).expect("a searcher");
        for trials in [100u64, 1_000, 1_000_000] {
            let once = || {
                let began = Instant::now();
                std::hint::black_box(ask_and_tell(&spec, trials));
                began.elapsed().as_secs_f64()
            };
            let least = (0..RUNS.max(TRIALS / trials)).map(|_| once()).fold(f64::INFINITY, f64::min);
            let microseconds = least * 1e6 / trials as f64;
            println!("{{\"searcher\": \"{searcher}\", \"trials\": {trials}, \"microseconds\": {microseconds:.3}}}");
        }
    }
}
