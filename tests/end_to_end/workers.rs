//! Candidates in processes of their own: the same run, and a crash costs one trial.

use std::fs;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Scene;

const SEARCH: &str =
    "search --objective digits:channels=2,train_images=300 --epochs 1 --trials 8 --no-retrain --seed 5";

/// The processes that a process has started, from whichever of its threads.
fn children(process: u32) -> Vec<String> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{what} never came");
        sleep(Duration::from_millis(1));
    }
}

#[test]
fn processes_change_no_result() {
    let scene = Scene::new();
    let digest = |options: &str, run: &str| {
        scene.run(&format!("{SEARCH} {options} --out {run} --json")).document(0)["digest"].clone()
    };
    let threads = digest("", "threads");
    assert_eq!(digest("--workers 1", "one"), threads);
    assert_eq!(digest("--workers 3", "three"), threads);
    assert_eq!(scene.run("replay three --json").document(0)["different"], 0);
    let error = scene.run("search --objective table --workers 2");
    assert!(error.error(2).contains("--workers is for objectives that train"), "{}", error.err);
}

#[test]
fn a_killed_process_costs_its_trial_and_a_killed_search_leaves_none_behind() {
    let scene = Scene::new();
    let slow = SEARCH.replace("--epochs 1", "--epochs 40");
    let mut search = scene
        .command(&format!("{slow} --workers 2 --out run"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let child = wait_for("a process", || children(search.id()).first().cloned());
    assert!(Command::new("kill").args(["-9", &child]).status().unwrap().success());
    let log = wait_for("a told trial", || {
        let log = fs::read_to_string(scene.path("run/trials.jsonl")).ok()?;
        log.lines().any(|line| line.contains("crashed")).then_some(log)
    });
    let line = log.lines().find(|line| line.contains("crashed")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["failure"]["kind"], "crashed");
    assert!(line["failure"]["message"].as_str().unwrap().contains("SIGKILL"), "{line}");

    let orphans = wait_for("another process", || {
        let now = children(search.id());
        (!now.is_empty()).then_some(now)
    });
    search.kill().unwrap();
    search.wait().unwrap();
    for orphan in orphans {
        wait_for("the end of an orphan", || {
            let state = fs::read_to_string(format!("/proc/{orphan}/stat")).unwrap_or_default();
            // Gone, or dead and not yet collected.
            (state.is_empty() || state.contains(") Z ")).then_some(())
        });
    }
    let document = scene.run("resume run --workers 2 --json").document(0);
    assert_eq!((&document["trials"], &document["failed"]), (&json!(8), &json!(1)));
}

#[test]
fn one_trial_by_hand() {
    let scene = Scene::new();
    scene.run(&format!("{SEARCH} --out run --json")).document(0);
    let line: Value = serde_json::from_str(&scene.log("run")[0]).unwrap();
    let spec: Value = serde_json::from_str(&scene.read("run/spec.json")).unwrap();
    let question = json!({"schema_version": 1, "spec": spec, "id": 0, "architecture": line["architecture"], "seed": 0});
    let ask = |question: &Value| {
        scene.write("trial.json", &question.to_string());
        let mut command = scene.command("trial");
        command.stdin(fs::File::open(scene.path("trial.json")).unwrap());
        crate::Said::of(command.output().unwrap())
    };
    let outcome = ask(&question).document(0);
    assert_eq!(outcome["values"], line["values"]);
    assert_eq!(outcome["cost"]["measured"], true);
    let mut wrong = question.clone();
    wrong["architecture"] = "|what~0|".into();
    assert!(ask(&wrong).error(2).contains("unknown operation `what`"));
    wrong = question;
    wrong["sped"] = 1.into();
    assert!(ask(&wrong).error(2).contains("unknown field `sped`"));
}
