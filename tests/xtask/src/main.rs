//! The tasks of this repository: `cargo xtask help`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a task talks to the person who started it")]

mod ci;
mod gpu;
mod package;
mod plots;
mod shell;
mod site;
mod types;
mod wasm;

use std::process::ExitCode;

use shell::Failed;

/// A name, what it does, and how.
type Task = (&'static str, &'static str, fn() -> Result<(), Failed>);

/// What can be asked for.
const TASKS: &[Task] = &[
    ("ci", "everything that CI checks, in its order", ci::all),
    ("test", "the tests alone: native, WebAssembly under Node, Vulkan in software", ci::tests),
    ("package", "web/dist/bilevel-<version>.tgz, the npm package", package::package),
    ("site", "www/dist, the pages on that package as they are served", site::site),
    ("site --serve", "the same, served at http://127.0.0.1:8000", site::serve),
    ("node", "package and site built, checked, and tested in Node and Chromium", ci::node),
    ("types", "web/ts/*_types.ts, the documents in TypeScript", types::write),
    ("wgpu", "the tests of devices, on a software Vulkan driver", gpu::wgpu_tests),
    ("cuda", "target/cuda/release/bilevel, the program for NVIDIA's GPUs", gpu::cuda),
    ("plots", "docs/plots, by the program in target/release", plots::draw),
    ("bless-golden", "writes tests/golden/digests.json anew; CHANGELOG.md has to say why", ci::bless_golden),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = words.join(" ");
    let Some((_, _, task)) = TASKS.iter().find(|(name, _, _)| *name == word) else {
        return usage(&format!("there is no task `{word}`"));
    };
    match task() {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(reason)) => {
            eprintln!("\nxtask {word}: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn usage(reason: &str) -> ExitCode {
    eprintln!("xtask: {reason}\n\nusage: cargo xtask TASK\n");
    for (name, what, _) in TASKS {
        eprintln!("  {name:<14}{what}");
    }
    ExitCode::from(2)
}
