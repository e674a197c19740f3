//! What a crash, an interruption or a second writer leaves behind.

use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::{Said, Scene};

/// A search that trains networks small enough for a test.
const TRAINING: &str = "search --objective digits:channels=2,train_images=300,validation_images=100 --epochs 1 \
                        --trials 12 --no-retrain --seed 5";

#[test]
fn a_killed_search_of_networks_loses_nothing_told_and_ends_as_an_undisturbed_one() {
    let scene = Scene::new();
    let whole = scene.run(&format!("{TRAINING} --out whole --json")).document(0);
    for moment in 0..4u64 {
        let run = format!("killed{moment}");
        let mut child = scene.command(&format!("{TRAINING} --out {run}")).stderr(Stdio::null()).spawn().unwrap();
        // After 1, 4, 7 and 10 told trials and a little.
        let began = Instant::now();
        while scene.told(&run).len() < 1 + 3 * moment as usize && began.elapsed() < Duration::from_secs(60) {
            sleep(Duration::from_millis(2));
        }
        sleep(Duration::from_millis(7 * moment));
        child.kill().unwrap();
        child.wait().unwrap();
        let before = scene.log(&run);
        assert!(!before.is_empty(), "moment {moment}: killed too early");
        let mut resumed = scene.run(&format!("resume {run} --json")).document(0);
        resumed["run"] = "whole".into();
        assert_eq!(resumed, whole, "moment {moment}");
        let after = scene.log(&run);
        let kept = before.iter().filter(|line| line.ends_with('}')).count();
        assert_eq!(after[..kept], before[..kept], "moment {moment}: what was told stands as it was");
    }
}

#[test]
fn a_killed_search_of_a_table_ends_as_an_undisturbed_one() {
    let scene = Scene::new();
    let search = "search --objective table --searcher evolution --trials 200000 --in-flight 3";
    let whole = scene.run(&format!("{search} --out whole --json")).document(0);
    for moment in [3, 40, 150] {
        let run = format!("killed{moment}");
        let mut child = scene.command(&format!("{search} --out {run}")).stderr(Stdio::null()).spawn().unwrap();
        let began = Instant::now();
        while scene.told(&run).is_empty() && began.elapsed() < Duration::from_secs(60) {
            sleep(Duration::from_millis(1));
        }
        sleep(Duration::from_millis(moment));
        child.kill().unwrap();
        child.wait().unwrap();
        let resumed = scene.run(&format!("resume {run} --json")).document(0);
        assert_eq!(resumed["digest"], whole["digest"], "after {moment} ms");
    }
}

#[test]
fn an_interrupted_search_says_how_to_go_on() {
    for signal in ["-INT", "-TERM"] {
        interrupt(signal);
    }
}

fn interrupt(signal: &str) {
    let scene = Scene::new();
    let search = "search --objective chain --trials 1000000000 --out run --json";
    let child =
        scene.command(search).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let began = Instant::now();
    while scene.told("run").is_empty() && began.elapsed() < Duration::from_secs(60) {
        sleep(Duration::from_millis(1));
    }
    let kill =
        std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill starts");
    assert!(kill.success());
    let document = Said::of(child.wait_with_output().expect("it ends")).document(130);
    assert_eq!(document["stop_reason"], "interrupted");
    assert!(document["error"]["message"].as_str().expect("a message").contains("bilevel resume run"), "{document}");
    assert_eq!(document["trials"].as_u64().expect("a count") as usize, scene.told("run").len());
}

#[test]
fn a_directory_has_one_writer_and_the_lock_ends_with_it() {
    let scene = Scene::new();
    let search = "search --objective chain --trials 1000000000 --out run";
    let mut child = scene.command(search).stderr(Stdio::null()).spawn().unwrap();
    let began = Instant::now();
    while scene.told("run").is_empty() && began.elapsed() < Duration::from_secs(60) {
        sleep(Duration::from_millis(1));
    }
    for command in ["resume run", "report run"] {
        let said = scene.run(command);
        assert!(said.error(1).contains("another process is writing run"), "{command}: {}", said.err);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    scene.run("report run --json").document(0);
}
