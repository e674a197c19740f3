//! Replay finds what was edited, and tells it from what is damaged.

use bilevel::run::{Digest, Line};

use crate::Scene;

/// A way to edit a line, by the name of what it edits.
type Edit = (&'static str, fn(&mut Line));

fn run(scene: &Scene) {
    let search = "search --objective table --metric cifar100/val200 --searcher evolution --trials 30 --in-flight 2";
    scene.run(&format!("{search} --out run --json")).document(0);
}

#[test]
fn a_true_log_has_no_difference() {
    let scene = Scene::new();
    run(&scene);
    let document = scene.run("replay run --json").document(0);
    assert_eq!(document["trials"], 30);
    assert_eq!(document["different"], 0);
    assert!(scene.run("replay run").out.contains("30 trials asked anew, all as the log says"));
}

#[test]
fn an_edited_field_is_found_also_under_digests_made_anew() {
    let scene = Scene::new();
    run(&scene);
    let lines: Vec<Line> = scene.log("run").iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let edits: [Edit; 5] = [
        ("architecture", |line| line.architecture = line.architecture.replace("none", "skip_connect")),
        ("values", |line| {
            line.values.entry("cifar100/val200".into()).and_modify(|value| *value += 0.02);
        }),
        ("loss", |line| line.loss = line.loss.map(|loss| loss - 1.0)),
        ("cost", |line| line.cost.seconds *= 2.0),
        ("asked", |line| line.asked += 1),
    ];
    let place = lines.iter().position(|line| line.architecture.contains("none")).unwrap();
    for (name, edit) in edits {
        for anew in [false, true] {
            let mut edited = lines.clone();
            edit(&mut edited[place]);
            if anew {
                let mut digest = Digest::start();
                for line in &mut edited {
                    digest = digest.after(line);
                    line.digest = digest;
                }
            }
            let text: String = edited.iter().map(|line| serde_json::to_string(line).unwrap() + "\n").collect();
            scene.write("run/trials.jsonl", &text);
            let said = scene.run("replay run");
            assert_eq!(said.code, Some(3), "{name}, digests anew: {anew}\n{}{}", said.out, said.err);
        }
    }
}

#[test]
fn only_what_is_no_line_is_damage() {
    let scene = Scene::new();
    run(&scene);
    let lines = scene.log("run");
    for (name, line) in [
        ("torn in the middle", lines[10][..40].to_owned()),
        ("without a field", lines[10].replacen("\"asked\":", "\"asket\":", 1)),
        ("no number", lines[10].replacen("\"id\":10", "\"id\":\"ten\"", 1)),
        ("blank", String::new()),
    ] {
        let mut damaged = lines.clone();
        damaged[10] = line;
        scene.write("run/trials.jsonl", &(damaged.join("\n") + "\n"));
        for command in ["replay run", "resume run", "report run", "show run"] {
            let said = scene.run(command);
            let error = said.error(4);
            assert!(
                error.contains("trials.jsonl, line 11") && error.contains("head -n 10"),
                "{name}, {command}: {error}"
            );
        }
    }
    // The repair that the message names works.
    scene.write("run/trials.jsonl", &(lines[..10].join("\n") + "\n"));
    scene.run("resume run --json").document(0);
    assert_eq!(scene.log("run"), lines);
}

#[test]
fn an_edit_that_the_searcher_learns_from_is_named_too() {
    let scene = Scene::new();
    scene.run("search --objective table --searcher rloo --trials 40 --out run --json").document(0);
    let mut lines: Vec<Line> = scene.log("run").iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines[10].values.entry("cifar10/val200".into()).and_modify(|value| *value += 30.0);
    lines[10].loss = lines[10].loss.map(|loss| loss - 30.0);
    let text: String = lines.iter().map(|line| serde_json::to_string(line).unwrap() + "\n").collect();
    scene.write("run/trials.jsonl", &text);
    let document = scene.run("replay run --json").document(3);
    assert_eq!(document["differences"][0]["line"], 11, "{document}");
    assert_eq!(document["differences"][0]["field"], "values.cifar10/val200");
}

#[test]
fn a_log_that_is_gone_is_damage_and_blank_lines_at_its_end_are_not() {
    let scene = Scene::new();
    run(&scene);
    let text = scene.read("run/trials.jsonl");
    scene.write("run/trials.jsonl", &(text.clone() + "\n  \n"));
    scene.run("replay run --json").document(0);
    scene.run("resume run --json").document(0);
    assert_eq!(scene.read("run/trials.jsonl"), text);
    std::fs::remove_file(scene.path("run/trials.jsonl")).unwrap();
    for command in ["replay run", "report run"] {
        assert!(scene.run(command).error(4).contains("trials.jsonl is not there"), "{command}");
    }
}
