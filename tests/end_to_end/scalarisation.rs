//! Several metrics in one search: constraints, products, and the front that is kept.

use serde_json::Value;

use crate::Scene;

const LIMIT: f64 = 15.0;

#[test]
fn a_constraint_is_kept_resumed_and_replayed() {
    let scene = Scene::new();
    let search = "search --objective table --searcher evolution --simulated-seconds 300000 --scalarisation \
                  constraint:metric=cifar10/latency,limit=15 --out run --json";
    let document = scene.run(search).document(0);
    assert!(document["best"]["values"]["cifar10/latency"].as_f64().unwrap() <= LIMIT);
    assert!(document["failed"].as_u64().unwrap() > 10);
    // What broke the constraint was paid for all the same.
    let lines: Vec<Value> = scene.log("run").iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let failed = lines.iter().find(|line| line["failure"]["kind"] == "infeasible").unwrap();
    assert!(failed["cost"]["seconds"].as_f64().unwrap() > 0.0);
    let paid: f64 = lines.iter().map(|line| line["cost"]["seconds"].as_f64().unwrap()).sum();
    assert!(paid <= 300_000.0 && paid > 280_000.0, "{paid}");
    assert_eq!(scene.run("resume run --json").document(0), document);
    assert_eq!(scene.run("replay run --json").document(0)["different"], 0);
    // Cut in the middle and resumed, failures and their cost are what they were.
    scene.write("cut/spec.json", &scene.read("run/spec.json"));
    let half: Vec<String> = scene.log("run").into_iter().take(60).collect();
    scene.write("cut/trials.jsonl", &(half.join("\n") + "\n"));
    assert_eq!(scene.run("resume cut --json").document(0)["digest"], document["digest"]);
}

#[test]
fn the_front_is_what_the_log_says() {
    let scene = Scene::new();
    let search = "search --objective table --searcher random --trials 400 --front cifar10/val200,cifar10/latency --out run \
                  --json";
    let front = scene.run(search).document(0)["front"].as_array().unwrap().clone();
    let of = |line: &Value| {
        let value = |name: &str| line["values"][name].as_f64().unwrap();
        (-value("cifar10/val200"), value("cifar10/latency"))
    };
    let told: Vec<(f64, f64)> = scene.log("run").iter().map(|line| of(&serde_json::from_str(line).unwrap())).collect();
    let dominated = |a: (f64, f64)| told.iter().any(|b| *b != a && b.0 <= a.0 && b.1 <= a.1);
    let mut expected: Vec<(f64, f64)> = told.iter().copied().filter(|a| !dominated(*a)).collect();
    expected.sort_by(|a, b| a.0.total_cmp(&b.0));
    expected.dedup();
    assert_eq!(front.iter().map(of).collect::<Vec<_>>(), expected);
    assert!(scene.read("run/report.html").contains("The Pareto front"));
}

#[test]
fn a_product_prefers_what_is_quick() {
    let scene = Scene::new();
    let latency = |options: &str, run: &str| {
        let search = format!("search --objective table --searcher local --trials 3000 {options} --out {run} --json");
        scene.run(&search).document(0)["best"]["values"]["cifar10/latency"].as_f64().unwrap()
    };
    let product = "--scalarisation weighted-product:metric=cifar10/latency,target=12,exponent_above=-0.5";
    assert!(latency(product, "a") < latency("", "b") - 3.0);
    for (options, words) in [
        ("--scalarisation penalty:metric=cifar10/latency,limit=3", "missing field `weight`"),
        ("--scalarisation constraint:metric=size,limit=3", "scalarisation: there is no metric `size`"),
        ("--front cifar10/val200", "a front is between two metrics or more"),
    ] {
        assert!(scene.run(&format!("search --objective table {options}")).error(2).contains(words), "{options}");
    }
}
