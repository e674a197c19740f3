//! The bench of gradients as a script sees it.

use serde_json::{Value, json};

use crate::{Said, Scene};

fn gradient(scene: &Scene, arguments: &str) -> Said {
    scene.run(&format!("gradient {arguments}"))
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect()
}

/// The rows without what a clock says.
fn rows(document: &Value) -> Vec<Value> {
    let mut rows = document["rows"].as_array().expect("rows").clone();
    rows.iter_mut().for_each(|row| row["microseconds"] = Value::Null);
    rows
}

#[test]
fn the_document_has_the_exact_gradient_and_a_row_for_each_temperature() {
    let scene = Scene::new();
    let said = gradient(
        &scene,
        "--objective chain:bend=1 --space sequence:4x3 --estimators all,reinforce:baseline=none,rloo:samples=2 \
         --temperatures 0.1:1:3 --samples 2000 --json",
    );
    let document = said.document(0);
    assert_eq!(document["schema_version"], 1);
    let exact = numbers(&document["exact"]);
    assert_eq!((exact.len(), &document["relaxation"]), (12, &json!("nonlinear")));
    let of =
        |name: &str| -> Vec<Value> { rows(&document).into_iter().filter(|row| row["estimator"] == name).collect() };
    let temperatures: Vec<Value> = of("concrete").iter().map(|row| row["temperature"].clone()).collect();
    assert_eq!(temperatures, [json!(0.1), json!(0.3162), json!(1.0)]);
    assert_eq!(of("softmax")[0]["temperature"], Value::Null);
    assert_eq!((of("rloo:samples=2").len(), &of("rloo:samples=2")[0]["evaluations"]), (1, &json!(2.0)));
    assert!(of("arm").is_empty() && of("exact").is_empty(), "neither for three choices nor without an error");
    for row in rows(&document) {
        let mean = numbers(&row["gradient"]);
        let off: f64 = mean.iter().zip(&exact).map(|(mean, exact)| (mean - exact) * (mean - exact)).sum();
        let bias = row["bias_norm"].as_f64().unwrap();
        assert!((off.sqrt() - bias).abs() <= 1e-12, "{row}");
        let (variance, mse) = (row["variance"].as_f64().unwrap(), row["mse"].as_f64().unwrap());
        assert!((variance * 1999.0 / 2000.0 + bias * bias - mse).abs() <= 1e-9 * mse.max(1.0), "{row}");
    }
    let page = scene.read(document["report_file"].as_str().unwrap());
    assert!(page.contains("mean squared error of one draw") && page.contains("<svg"), "{page}");
}

#[test]
fn a_row_does_not_depend_on_its_neighbours_and_a_bench_goes_on() {
    let scene = Scene::new();
    let chain = "--objective chain --space sequence:4x3 --samples 500 --json";
    let alone = gradient(&scene, &format!("{chain} --estimators relax --out a")).document(0);
    let among = gradient(&scene, &format!("{chain} --estimators reinforce,relax,concrete --out b")).document(0);
    assert_eq!(rows(&alone)[0], rows(&among)[1]);

    // A row that is there is not measured again: it is what the file says, here with a number of ours.
    let text = scene.read("b/rows.jsonl");
    let kept: Vec<String> = text.lines().filter(|line| line.contains("\"reinforce\"")).map(str::to_owned).collect();
    let mut line: Value = serde_json::from_str(&kept[0]).unwrap();
    line["row"]["variance"] = json!(1234.5);
    scene.write("b/rows.jsonl", &format!("{line}\n{{\"key\": {{\"st"));
    let again = gradient(&scene, &format!("{chain} --estimators reinforce,relax,concrete --out b")).document(0);
    assert_eq!(rows(&again)[0]["variance"], 1234.5);
    assert_eq!(rows(&again)[1..], rows(&among)[1..]);
    let other = gradient(&scene, "--objective chain --space sequence:4x3 --samples 501 --out b");
    assert!(other.error(2).contains("has rows of another bench"), "{}", other.err);
}

#[test]
fn policies_come_from_files_and_along_a_search() {
    let scene = Scene::new();
    scene.write("logits.json", "[[0, 1], [-1, 0.5]]");
    let at = |at: &str| gradient(&scene, &format!("--objective toy --space sequence:2x2 --samples 200 --at {at}"));
    let document = at("logits.json --json").document(0);
    assert_eq!(numbers(&document["logits"]), [0.0, 1.0, -1.0, 0.5]);
    let document = at("trajectory --json").document(0);
    let policies = document["policies"].as_array().unwrap();
    let steps: Vec<&Value> = policies.iter().map(|policy| &policy["step"]).collect();
    assert_eq!(steps, [0, 10, 30, 60, 100]);
    let means: Vec<f64> = policies.iter().map(|policy| policy["expectation"].as_f64().unwrap()).collect();
    assert!(means.windows(2).all(|pair| pair[1] < pair[0]), "{means:?}");
    assert_eq!(document["exact"], policies[4]["exact"]);
    assert_eq!((document["along"].as_str(), &document["gaps"]["curvature"]), (Some("exact"), &Value::Null));
    scene.write("short.json", "[0, 1, 2]");
    assert!(
        at("short.json")
            .error(2)
            .contains("short.json: 4 logits are wanted, one for each choice of each position, got 3")
    );
    assert!(at("nowhere.json").error(2).contains("cannot read nowhere.json"));
}

#[test]
fn the_gaps_of_a_mixture_close_along_the_search_that_it_drives() {
    let scene = Scene::new();
    let chain = "--objective chain:bend=1 --space sequence:4x3 --estimators softmax --samples 10 --json";
    let document = gradient(&scene, &format!("{chain} --at trajectory:softmax --curvature")).document(0);
    let policies = document["policies"].as_array().unwrap();
    assert_eq!((policies.len(), &document["along"]), (6, &json!("softmax")));
    for policy in policies {
        let gap = |name: &str| policy["gaps"][name].as_f64().unwrap();
        assert!(((gap("expected") - gap("relaxed")).abs() - gap("relaxation_gap")).abs() < 1e-12, "{policy}");
        assert!((gap("discretised") - gap("relaxed") - gap("discretisation_gap")).abs() < 1e-12, "{policy}");
        let curvature = &policy["gaps"]["curvature"];
        let bound = 0.5 * curvature["largest"].as_f64().unwrap() * gap("spread");
        assert!((curvature["bound"].as_f64().unwrap() - bound).abs() < 1e-12, "{policy}");
        assert_eq!(curvature["by_radius"].as_array().unwrap().len(), 4);
    }
    let spreads: Vec<f64> = policies.iter().map(|policy| policy["gaps"]["spread"].as_f64().unwrap()).collect();
    assert!(spreads[5] < 0.5 * spreads[0], "{spreads:?}");
    let again = format!("{chain} --at trajectory:softmax --curvature --out again");
    assert_eq!(gradient(&scene, &again).document(0)["policies"][5]["gaps"], policies[5]["gaps"]);
    // What is there is not looked for again.
    let kept = scene.read("again/gaps.jsonl");
    assert_eq!(kept.lines().count(), 6);
    let mut line: Value = serde_json::from_str(kept.lines().next().unwrap()).unwrap();
    line["gaps"]["relaxed"] = json!(1234.5);
    scene.write("again/gaps.jsonl", &format!("{line}\n{{\"st"));
    let changed = gradient(&scene, &again).document(0);
    assert_eq!(changed["policies"][0]["gaps"]["relaxed"], 1234.5);
    assert_eq!(changed["policies"][5]["gaps"], policies[5]["gaps"]);
    let none =
        gradient(&scene, "--objective nk --space sequence:4x3 --estimators rloo --samples 10 --json").document(0);
    assert_eq!(none["gaps"], Value::Null);
    for (at, words) in [
        ("trajectory:gumbl", "--at trajectory:gumbl: unknown variant `gumbl`"),
        ("trajectory:arm", "--at trajectory:arm: arm is for binary choices"),
        ("trajectory:", "--at trajectory:: unknown variant ``"),
    ] {
        let said = gradient(&scene, &format!("--objective chain --samples 10 --at {at}"));
        assert!(said.error(2).contains(words), "{}", said.err);
    }
}

#[test]
fn a_table_of_ones_own_answers_mixtures_too() {
    let scene = Scene::new();
    let mut text = String::from("code,error\n");
    for (k, code) in ["0,0", "0,1", "1,0", "1,1"].iter().enumerate() {
        text += &format!("\"{code}\",{}\n", [3.0, 1.0, 2.0, 5.0][k]);
    }
    scene.write("own.csv", &text);
    let own = "--table own.csv --arch-column code --search-metric error --space sequence:2x2";
    let said = gradient(
        &scene,
        &format!("{own} --minimise --estimators softmax,straight-through,reinmax,arm --samples 4000 --json"),
    );
    let document = said.document(0);
    // At the uniform policy ∂E/∂α_{l,1} is a quarter of the difference of the mean losses of its two choices.
    let exact = numbers(&document["exact"]);
    assert_eq!((document["expectation"].as_f64(), &document["relaxation"]), (Some(2.75), &json!("multilinear")));
    for (got, want) in exact.iter().zip([-0.375, 0.375, -0.125, 0.125]) {
        assert!((got - want).abs() < 1e-12, "{exact:?}");
    }
    for row in rows(&document) {
        assert_eq!(row["claims_bias"], Value::Null);
        assert!(row["deviations"].as_f64().unwrap() < 4.0, "{row}");
    }
    // What is to be large is a loss with the other sign.
    let said = gradient(&scene, &format!("{own} --estimators softmax --samples 10 --json"));
    assert!((numbers(&said.document(0)["exact"])[0] - 0.375).abs() < 1e-12);
}

#[test]
fn a_folder_belongs_to_one_bench() {
    let scene = Scene::new();
    let chain = "--objective chain --space sequence:3x2 --samples 50 --estimators rloo --out";
    gradient(&scene, &format!("{chain} bench")).error(0);
    std::fs::remove_file(scene.path("bench/subject.json")).unwrap();
    assert!(gradient(&scene, &format!("{chain} bench")).error(4).contains("has rows, and bench/subject.json is gone"));
    scene.run("search --objective chain --space sequence:3x2 --trials 5 --out run").error(0);
    assert!(gradient(&scene, &format!("{chain} run")).error(2).contains("run has a run in it"));
}

#[test]
fn a_log_with_too_few_slopes_is_a_difference() {
    let scene = Scene::new();
    scene.run("search --objective chain --space sequence:3x2 --searcher concrete --trials 20 --out run").error(0);
    let log = scene.read("run/trials.jsonl");
    let (first, rest) = log.split_once('\n').unwrap();
    let mut line: Value = serde_json::from_str(first).unwrap();
    line["slopes"].as_array_mut().unwrap().pop();
    scene.write("run/trials.jsonl", &format!("{line}\n{rest}"));
    scene.run("replay run").error(3);
    scene.run("resume run").error(3);
    scene.run("report run").error(3);
}

#[test]
fn a_table_with_gaps_answers_no_mixtures() {
    let scene = Scene::new();
    scene.write("own.csv", "code,error\n\"0,0\",3\n\"0,1\",1\n\"1,1\",5\n");
    let own = "--table own.csv --arch-column code --search-metric error --space sequence:2x2 --minimise";
    for command in [format!("search {own} --searcher softmax"), format!("compare {own} --searchers random,softmax")] {
        let said = scene.run(&format!("{command} --trials 5"));
        assert!(said.error(2).contains("these results lack some architectures"), "{}", said.err);
    }
    let said = gradient(&scene, own);
    assert!(said.error(2).contains("the exact gradient needs every architecture, and `1,0` has none"), "{}", said.err);
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let scene = Scene::new();
    for (arguments, words) in [
        ("--objective chain --estimators gumbl", "--estimators: gumbl: unknown variant `gumbl`"),
        ("--objective chain --estimators arm", "estimator `arm`: arm is for binary choices, and position 0 has 5"),
        (
            "--objective nk --estimators softmax",
            "estimator `softmax`: it asks about mixtures, and this objective answers",
        ),
        ("--objective chain --estimators rebar,rebar", "`rebar` stands twice"),
        ("--objective chain --temperatures 0", "temperature must be finite and > 0, got 0; try 1"),
        ("--objective chain --temperatures 0.001", "temperature must be in [0.01, 1000], got 0.001; try 1"),
        ("--objective nk --space sequence:20x7", "the exact gradient is the sum over all 79792266297612001"),
        ("--objective digits", "objective `digits` trains each network, and a bench asks for thousands"),
        ("--objective chain:bend=2", "bend must be in [0, 1], got 2; try 1"),
    ] {
        let said = gradient(&scene, &format!("{arguments} --samples 10"));
        assert!(said.error(2).contains(words), "{arguments}: {}", said.err);
    }
}

#[test]
fn a_frozen_supernet_is_made_once_and_answers_mixtures() {
    let scene = Scene::new();
    let small = "--objective supernet:channels=1,epochs=1,images=16 --samples 4 --estimators softmax,rloo --json";
    let said = gradient(&scene, small);
    let first = said.document(0);
    assert!(said.err.contains("% of 359 held-out images"), "{}", said.err);
    assert_eq!(first["relaxation"], "nonlinear");
    let again = gradient(&scene, &format!("{small} --out again"));
    assert_eq!(rows(&again.document(0)), rows(&first));
    assert!(!again.err.contains("making"), "{}", again.err);
    let other = gradient(&scene, "--objective supernet --space sequence:6x5");
    assert!(other.error(2).contains("`supernet` is of cells of nas-bench-201, not of sequence:6x5"), "{}", other.err);
}
