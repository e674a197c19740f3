//! What CI checks. `tests/all` installs what it needs and starts it.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use crate::gpu;
use crate::package;
use crate::plots;
use crate::shell::{self, Failed, cargo, run};
use crate::site;
use crate::wasm;

/// The packages that share one set of features, so that burn is compiled once (ARCHITECTURE.md, "Builds").
const NATIVE: &str = "--locked --release --workspace --exclude bilevel-web --exclude bilevel-bench --exclude xtask";

/// A heading and what stands under it.
type Step = (&'static str, fn() -> Result<(), Failed>);

const STEPS: &[Step] = &[
    ("Format", || run(&mut cargo("fmt --all --check"))),
    ("Lints, tasks", || {
        run(&mut cargo("clippy --locked --package xtask --package bilevel-bench --all-targets -- -D warnings"))
    }),
    ("Lints, WebAssembly", || {
        run(&mut cargo(&format!("clippy --locked {} --package bilevel -- -D warnings", wasm::CONTROLLERS.arguments())))
    }),
    ("Lints, native", || run(&mut cargo(&format!("clippy {NATIVE} --all-targets -- -D warnings")))),
    ("Documentation", || run(cargo(&format!("doc {NATIVE} --no-deps --lib")).env("RUSTDOCFLAGS", "-D warnings"))),
    ("Licences and sources", || run(&mut cargo("deny --locked --log-level error check licenses bans sources"))),
    ("Data files", data_files),
    ("Build", || run(&mut cargo("build --locked --release"))),
    ("Tests, native", || run(&mut cargo(&format!("test {NATIVE}")))),
    ("Tests, examples", examples),
    ("Tests, plots", plots::check),
    // The dev profile, as tasks have it, and without burn.
    ("Tests, bench", || run(&mut cargo("test --locked --package bilevel-bench --lib --example supernets"))),
    ("Build, npm package", package::package),
    ("Lints, npm package", package::check),
    ("Build, site on the npm package", site::build),
    ("Tests, npm package and WebAssembly", node_tests),
    ("Tests, Vulkan in software", gpu::wgpu_tests),
];

/// All steps; stops at the first that fails.
pub(crate) fn all() -> Result<(), Failed> {
    in_order(STEPS)
}

/// The steps that are tests, with the builds that they need.
pub(crate) fn tests() -> Result<(), Failed> {
    let is_test = |(heading, _): &&Step| heading.starts_with("Build") || heading.starts_with("Tests");
    in_order(&STEPS.iter().filter(is_test).copied().collect::<Vec<_>>())
}

/// The steps of the npm package alone. The tests need the program that `cargo build --release` leaves.
pub(crate) fn node() -> Result<(), Failed> {
    let is_node = |(heading, _): &&Step| heading.contains("npm package");
    in_order(&STEPS.iter().filter(is_node).copied().collect::<Vec<_>>())
}

/// Lets the golden test write the file that it otherwise compares with.
pub(crate) fn bless_golden() -> Result<(), Failed> {
    run(&mut cargo(&format!("test {NATIVE} --test golden -- --ignored --exact --nocapture bless")))
}

fn in_order(steps: &[Step]) -> Result<(), Failed> {
    let start = Instant::now();
    let mut times = Vec::new();
    for (heading, step) in steps {
        println!("\n== {heading} ==");
        let start = Instant::now();
        step()?;
        times.push((heading, start.elapsed().as_secs_f64()));
        println!("-- {heading}: {:.1} s", start.elapsed().as_secs_f64());
    }
    println!();
    for (heading, seconds) in times {
        println!("{seconds:8.1} s  {heading}");
    }
    println!("{:8.1} s  all passed", start.elapsed().as_secs_f64());
    Ok(())
}

/// The data that the crate carries is what its scripts make of their sources.
fn data_files() -> Result<(), Failed> {
    for script in files_in("core/data", "py")? {
        run(shell::command("python3").arg(script).arg("--check"))?;
    }
    Ok(())
}

/// Every example, as the tests built it: each asserts what it ends with.
fn examples() -> Result<(), Failed> {
    for file in files_in("examples", "rs")? {
        let stem = file.file_stem().expect("a file with an ending has a stem");
        run(&mut shell::command(shell::target().join("release/examples").join(stem)))?;
    }
    Ok(())
}

/// The files of a folder with an ending, sorted.
fn files_in(folder: &str, ending: &str) -> Result<Vec<PathBuf>, Failed> {
    let entries =
        std::fs::read_dir(shell::root().join(folder)).map_err(|error| Failed(format!("{folder}: {error}")))?;
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == ending));
    files.sort();
    Ok(files)
}

/// Every file of `tests/node`, named one by one: versions of Node differ in what a folder means to `--test`.
fn node_tests() -> Result<(), Failed> {
    wasm::module_with_laws()?;
    let files = files_in("tests/node", "mjs")?;
    let mut node: Command = shell::command("node");
    run(node.arg("--test").args(files).env("BILEVEL_TARGET", shell::target()))
}
