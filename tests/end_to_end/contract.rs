//! What a script may rely on: the documents, the files, where they may go.

use serde_json::Value;

use crate::{Scene, copy_truth};

const TABLE: &str = "search --space nas-bench-201 --objective table --metric cifar10/val200 --trials 40 --seed 7";

#[test]
fn a_table_search_gives_its_document_and_its_files() {
    let scene = Scene::new();
    let said = scene.run(&format!("{TABLE} --out run --json"));
    let document = said.document(0);
    assert!(said.out.trim_start().starts_with("{\n  \"schema_version\": 1,"), "{}", said.out);
    assert_eq!(document["trials"], 40);
    assert_eq!(document["stop_reason"], "trials");
    assert_eq!(document["run"], "run");
    assert!(document["digest"].as_str().is_some_and(|digest| digest.len() == 32));
    assert!(document["retrain"].is_null());
    let best = document["best"]["values"]["cifar10/val200"].as_f64().unwrap();

    let lines: Vec<Value> = scene.log("run").iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 40);
    for line in &lines {
        for key in ["id", "asked", "architecture", "values", "loss", "cost"] {
            assert!(!line[key].is_null(), "{key} in {line}");
        }
    }
    let largest = lines.iter().filter_map(|line| line["values"]["cifar10/val200"].as_f64()).fold(0.0, f64::max);
    assert_eq!(best, largest);
    for name in ["spec.json", "trials.csv", "best.json", "report.html"] {
        assert!(scene.path(&format!("run/{name}")).exists(), "{name}");
    }
    assert_eq!(scene.read("run/trials.csv").lines().count(), 41);

    // Neither the report nor anything in it names another host.
    let report = scene.read("run/report.html").replace("http://www.w3.org/2000/svg", "");
    assert!(!report.contains("http") && !report.contains("src=") && !report.contains("href="), "an address");
}

#[test]
fn the_same_specification_gives_the_same_run_by_flags_by_toml_and_by_its_own_spec_json() {
    let scene = Scene::new();
    let flags = scene.run(&format!("{TABLE} --out flags --json")).document(0);
    scene.write(
        "spec.toml",
        "space = 'nas-bench-201'\nobjective = 'table'\nmetric = 'cifar10/val200'\nsearcher = 'reinforce'\nseed = 7\n\
         [budget]\ntrials = 40\n",
    );
    let toml = scene.run("search spec.toml --out toml --json").document(0);
    let json = scene.run("search flags/spec.json --out json --json").document(0);
    assert_eq!(flags["digest"], toml["digest"]);
    assert_eq!(flags["digest"], json["digest"]);
    assert_eq!(scene.read("flags/spec.json"), scene.read("toml/spec.json"));
    let other = scene.run(&format!("{TABLE} --in-flight 4 --out window --json")).document(0);
    assert_ne!(flags["digest"], other["digest"], "in-flight is part of what a run is");
    assert!(scene.read("window/spec.json").contains("\"in_flight\": 4"));
}

#[test]
fn a_folder_without_a_told_trial_is_taken_and_one_with_is_not() {
    let scene = Scene::new();
    std::fs::create_dir(scene.path("empty")).unwrap();
    scene.write("torn/trials.jsonl", "{\"id\":0,\"ask");
    for folder in ["missing", "empty", "torn"] {
        scene.run(&format!("{TABLE} --out {folder} --json")).document(0);
        assert_eq!(scene.log(folder).len(), 40, "{folder}");
    }
    let said = scene.run(&format!("{TABLE} --out empty"));
    assert!(said.error(2).contains("go on with `bilevel resume empty`"), "{}", said.err);
    // Without --out, the next number.
    for number in 1..3 {
        let document = scene.run(&format!("{TABLE} --json")).document(0);
        assert_eq!(document["run"], format!("runs/{number:03}-table-reinforce-7"));
    }
}

#[test]
fn resume_takes_any_beginning_to_the_same_end() {
    let scene = Scene::new();
    let whole = scene.run(&format!("{TABLE} --in-flight 3 --out whole --json")).document(0);
    let log = scene.read("whole/trials.jsonl");
    for cut in [0, 1, 17, log.len() / 3, log.len() / 2, log.len() - 1, log.len()] {
        copy_truth(&scene.path("whole"), &scene.path("cut"));
        scene.write("cut/trials.jsonl", &log[..cut]);
        // Whatever the other files say.
        scene.write("cut/best.json", "{}");
        let mut resumed = scene.run("resume cut --json").document(0);
        resumed["run"] = "whole".into();
        assert_eq!(resumed, whole, "cut at {cut}");
        assert_eq!(scene.read("cut/trials.jsonl"), log, "cut at {cut}");
    }
    std::fs::remove_file(scene.path("cut/trials.jsonl")).unwrap();
    assert_eq!(scene.run("resume cut --json").document(0)["digest"], whole["digest"]);
}

#[test]
fn simulated_seconds_end_a_run_before_they_are_passed() {
    let scene = Scene::new();
    let search = "search --objective table --metric cifar10/val200 --searcher random --simulated-seconds 20000";
    let document = scene.run(&format!("{search} --out run --json")).document(0);
    assert_eq!(document["stop_reason"], "simulated-seconds");
    let spent: f64 = scene
        .log("run")
        .iter()
        .filter_map(|line| serde_json::from_str::<Value>(line).unwrap()["cost"]["seconds"].as_f64())
        .sum();
    assert!(spent > 10_000.0 && spent <= 20_000.0, "{spent}");
    let again = scene.run("resume run --json").document(0);
    assert_eq!(again, document, "a finished run repeats its document");
}

#[test]
fn wall_seconds_end_a_run_and_a_finished_one_repeats_its_document() {
    let scene = Scene::new();
    let document = scene.run("search --objective chain --wall-seconds 0.3 --out run --json").document(0);
    assert_eq!(document["stop_reason"], "wall-seconds");
    assert_eq!(scene.run("resume run --json").document(0)["digest"], document["digest"]);
}

#[test]
fn an_architecture_shows_as_text_picture_graph_and_document() {
    let scene = Scene::new();
    let cell = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|";
    let show = |format: &str| scene.run(&format!("show {cell} --format {format}"));
    assert!(show("text").out.contains("3×3 conv"));
    assert!(show("svg").out.starts_with("<svg"));
    assert!(show("dot").out.starts_with("digraph"));
    let document = show("json").document(0);
    assert_eq!(document["architecture"], cell);
    assert_eq!(document["choices"]["3<-2"], "avg_pool_3x3");
    scene.run(&format!("{TABLE} --out run --json")).document(0);
    let best: Value = serde_json::from_str(&scene.read("run/best.json")).unwrap();
    assert_eq!(scene.run("show run --json").document(0)["architecture"], best["best"]["architecture"]);
    assert_eq!(scene.run("show 1,0,2 --space sequence:3x3 --json").document(0)["space"], "sequence:3x3");
}

#[test]
fn derived_files_are_made_again_from_the_truth_to_the_same_bytes() {
    let scene = Scene::new();
    let budgets = ["--trials 30", "--simulated-seconds 90000"];
    for (index, budget) in budgets.into_iter().enumerate() {
        let (run, copy) = (format!("run{index}"), format!("copy{index}"));
        // Without a baseline the first trial moves the policy, so that a snapshot taken too late shows.
        let search = "search --objective table --searcher reinforce:baseline=none";
        scene.run(&format!("{search} {budget} --out {run} --json")).document(0);
        copy_truth(&scene.path(&run), &scene.path(&copy));
        let said = scene.run(&format!("report {copy} --json"));
        assert!(said.out.starts_with("{\n  \"schema_version\": 1,"), "{}", said.out);
        assert_eq!(said.document(0)["report"], format!("{copy}/report.html"));
        for name in ["trials.csv", "best.json", "report.html"] {
            assert_eq!(scene.read(&format!("{copy}/{name}")), scene.read(&format!("{run}/{name}")), "{name}, {budget}");
        }
    }
}

#[test]
fn limits_of_the_command_line_stand_beside_those_of_the_file() {
    let scene = Scene::new();
    scene.write(
        "spec.toml",
        "space = 'sequence:3x3'\nobjective = 'chain'\nsearcher = 'random'\n[budget]\ntrials = 10\n",
    );
    let document = scene.run("search spec.toml --wall-seconds 60 --out run --json").document(0);
    assert_eq!(document["trials"], 10);
}

#[test]
fn spaces_and_completions_speak() {
    let scene = Scene::new();
    let document = scene.run("spaces --json").document(0);
    let names = |key: &str| -> Vec<String> {
        document[key].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    assert!(names("searchers").contains(&"reinforce".into()) && names("objectives").contains(&"digits".into()));
    assert!(scene.run("spaces").out.contains("nas-bench-201 has 15625 architectures"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(scene.run(&format!("completions {shell}")).out.contains("bilevel"), "{shell}");
    }
}
