//! Searchers that ask for candidates at several numbers of epochs, on networks that are really trained.

use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use bilevel::run::{Digest, Line};

use crate::{Scene, copy_truth};

/// A search of 12 trials at 1 and 4 epochs.
const SEARCH: &str = "search --searcher asha --objective digits:channels=2,train_images=300,validation_images=100 \
                      --epochs 4 --trials 12 --no-retrain --seed 5";

fn lines(scene: &Scene, run: &str) -> Vec<Line> {
    scene.told(run).iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn every_file_of_a_run_says_the_epochs_and_the_best_has_the_most() {
    let scene = Scene::new();
    let document = scene.run(&format!("{SEARCH} --out run --json")).document(0);
    let lines = lines(&scene, "run");
    let at = |epochs| lines.iter().filter(|line| line.epochs == Some(epochs)).collect::<Vec<&Line>>();
    let (first, last) = (at(1), at(4));
    assert_eq!(first.len() + last.len(), 12);
    assert!(!last.is_empty() && last.len() <= first.len() / 3 + 1, "{} of {}", last.len(), first.len());
    for line in &last {
        assert!(first.iter().any(|before| before.architecture == line.architecture), "{line:?} went on from nowhere");
    }
    let best = last.iter().min_by(|a, b| a.loss.partial_cmp(&b.loss).unwrap().then(a.id.cmp(&b.id))).unwrap();
    assert_eq!(document["best"]["id"], best.id);
    assert_eq!(document["best"]["epochs"], 4);
    assert!(scene.read("run/spec.json").contains("\"max_epochs\": 4"));
    assert!(scene.read("run/trials.csv").starts_with("id,asked,architecture,epochs,loss,"));
    let report = scene.read("run/report.html");
    assert!(report.contains("<th>trial</th><th>epochs</th>"));
    assert!(
        report.contains(&format!("<th>architecture</th></tr>\n<tr><td>{}</td><td>4</td>", best.id)),
        "the first row"
    );
    assert_eq!(scene.run("show run --json").document(0)["architecture"], document["best"]["architecture"]);
    // Other searchers name no epochs, and their documents are as they were.
    let other = SEARCH.replace("asha", "random").replace("--trials 12", "--trials 2");
    let document = scene.run(&format!("{other} --out other --json")).document(0);
    assert!(document["best"]["epochs"].is_null() && !scene.read("other/trials.jsonl").contains("epochs"));
}

#[test]
fn a_killed_run_of_candidates_on_their_way_ends_as_an_undisturbed_one() {
    let scene = Scene::new();
    let whole = scene.run(&format!("{SEARCH} --out whole --json")).document(0);
    for moment in [2, 8] {
        let run = format!("killed{moment}");
        let mut child = scene.command(&format!("{SEARCH} --out {run}")).stderr(Stdio::null()).spawn().unwrap();
        let began = Instant::now();
        while lines(&scene, &run).len() < moment && began.elapsed() < Duration::from_secs(60) {
            sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(lines(&scene, &run).len() >= moment, "moment {moment}: killed too early");
        // What the killed process had begun is gone; it is trained from the beginning, to the same bits.
        let mut resumed = scene.run(&format!("resume {run} --json")).document(0);
        resumed["run"] = "whole".into();
        assert_eq!(resumed, whole, "moment {moment}");
    }
    // Wherever it stopped, also with a candidate in flight that was told at fewer epochs.
    let log = scene.log("whole");
    for cut in [0, 3, 5, 6, 7, 10, 11] {
        copy_truth(&scene.path("whole"), &scene.path("cut"));
        scene.write("cut/trials.jsonl", &log[..cut].iter().map(|line| format!("{line}\n")).collect::<String>());
        assert_eq!(scene.run("resume cut --json").document(0)["digest"], whole["digest"], "cut at {cut}");
    }
}

#[test]
fn replay_asks_at_the_same_epochs_and_finds_edited_ones() {
    let scene = Scene::new();
    for searcher in ["asha", "hyperband", "successive-halving"] {
        let search = SEARCH.replace("asha", searcher);
        scene.run(&format!("{search} --out {searcher} --json")).document(0);
        assert_eq!(scene.run(&format!("replay {searcher} --json")).document(0)["different"], 0, "{searcher}");
    }
    let mut lines = lines(&scene, "asha");
    let place = lines.iter().position(|line| line.epochs == Some(4)).unwrap();
    lines[place].epochs = Some(1);
    let mut digest = Digest::start();
    for line in &mut lines {
        digest = digest.after(line);
        line.digest = digest;
    }
    let text: String = lines.iter().map(|line| serde_json::to_string(line).unwrap() + "\n").collect();
    scene.write("asha/trials.jsonl", &text);
    let said = scene.run("replay asha");
    assert_eq!(said.code, Some(3), "{}{}", said.out, said.err);
    assert!(said.out.contains("epochs should be 4, and the log has 1"), "{}", said.out);
    assert!(scene.run("resume asha").error(3).contains("epochs should be 4"));
}
