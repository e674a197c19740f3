//! Searchers side by side, and tables of one's own, as a script sees them.

use serde_json::{Value, json};

use crate::Scene;

/// Three positions with odd headings, every architecture once; larger is better, and the best is `b,30,no`.
fn odd_table(scene: &Scene) {
    let mut text = String::from("\"cost, in min\",skip?,Kernel Size (px),op,\"val, %\",test\n");
    for (o, op) in ["a", "b"].iter().enumerate() {
        for (k, kernel) in [3, 30, 200].iter().enumerate() {
            for (s, skip) in ["no", "yes, please"].iter().enumerate() {
                let skip = if s == 1 { "yes" } else { skip };
                let value = 50.0 + 10.0 * o as f64 + 5.0 * f64::from(u8::from(k == 1)) - s as f64;
                text += &format!("2,{skip},{kernel},{op},{value},{}\n", value - 1.0);
            }
        }
    }
    scene.write("odd.csv", &text);
}

const ODD: [&str; 12] = [
    "--table",
    "odd.csv",
    "--arch-columns",
    "op,Kernel Size (px),skip?",
    "--search-metric",
    "val, %",
    "--report-metric",
    "test",
    "--cost-column",
    "cost, in min",
    "--cost-scale",
    "60",
];

fn odd(scene: &Scene, command: &str) -> crate::Said {
    let mut words = scene.command(command);
    crate::Said::of(words.args(ODD).arg("--json").output().expect("the program starts"))
}

#[test]
fn a_comparison_has_the_documented_shape() {
    let scene = Scene::new();
    let compare = "compare --space nas-bench-201 --searchers random,evolution,reinforce:lr=0.5,reinforce:lr=0.01 --seeds 6 \
                   --trials 30 --search-metric cifar10/val200 --report-metric cifar10/val200 --report-metric \
                   cifar100/val200 --out c --json";
    let document = scene.run(compare).document(0);
    assert!(document["wall_seconds"].as_f64().unwrap() > 0.0 && document["load_seconds"].as_f64().unwrap() > 0.0);
    let rows = document["rows"].as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["searcher"].as_str().unwrap()).collect();
    assert_eq!(names, ["random", "evolution", "reinforce:lr=0.5", "reinforce:lr=0.01"]);
    for row in rows {
        assert_eq!((&row["seeds"], &row["trials"]), (&json!(6), &json!({"mean": 30.0, "std": 0.0})));
        for metric in ["cifar10/val200", "cifar100/val200"] {
            let of = |key: &str| row["report"][metric][key].as_f64().unwrap();
            assert!(of("min") <= of("mean") && of("mean") <= of("max") && of("std") > 0.0, "{row}");
        }
        assert_eq!(row.get("hit_rate"), None, "no target, no hits");
    }
    assert_eq!(document["pairs"].as_array().unwrap().len(), 2 * 6);
    // Nothing of it depends on how many runs stand beside one another.
    let again = scene.run(&compare.replace("random,evolution,", "").replace("--out c", "--out d")).document(0);
    assert_eq!(again["rows"].as_array().unwrap()[..], rows[2..]);
    let page = scene.read("c/report.html");
    assert!(!page.replace("http://www.w3.org/2000/svg", "").contains("://"), "no address of another host");
    assert!(
        page.contains("evolution") && scene.read("c/curves.csv").starts_with("searcher,trials,mean,q25,q75\nrandom,1,")
    );
    assert!(!scene.path("c/trials.jsonl").exists(), "a comparison keeps no log");
}

#[test]
fn one_run_of_a_comparison_is_the_run_of_a_search() {
    let scene = Scene::new();
    let budget = "--simulated-seconds 60000 --search-metric cifar10/val200 --seed 11";
    let search =
        scene.run(&format!("search --objective table --searcher evolution {budget} --out s --json")).document(0);
    let compare = scene.run(&format!("compare --searchers evolution --seeds 1 {budget} --out c --json")).document(0);
    let row = &compare["rows"][0];
    assert_eq!(row["trials"]["mean"].as_f64(), search["trials"].as_f64());
    assert_eq!(row["report"]["cifar10/val200"]["max"], search["best"]["values"]["cifar10/val200"]);
}

#[test]
fn a_table_of_ones_own_is_searched_compared_resumed_and_replayed() {
    let scene = Scene::new();
    odd_table(&scene);
    let search = odd(&scene, "search --trials 40 --out run").document(0);
    assert_eq!(search["best"]["architecture"], "b,30,no");
    assert_eq!(search["best"]["values"], json!({"val, %": 65.0, "test": 64.0}));
    let spec: Value = serde_json::from_str(&scene.read("run/spec.json")).unwrap();
    assert!(!spec.to_string().contains("odd.csv"), "no path in a specification");
    assert_eq!(spec["space"]["positions"][1], json!({"name": "Kernel Size (px)", "choices": ["3", "30", "200"]}));
    assert_eq!(scene.run("resume run --json").document(0), search);
    assert_eq!(scene.run("replay run --json").document(0)["different"], 0);
    let shown: Value = scene.run("show run --json").document(0);
    assert_eq!(shown["choices"]["skip?"], "no");

    let compare =
        odd(&scene, "compare --searchers random,local --seeds 20 --trials 1000 --target optimum --out c").document(0);
    assert_eq!(
        compare["table"],
        json!({"rows": 12, "architectures": 12, "repeated": 0, "incomplete": 0, "absent": "0"})
    );
    for row in compare["rows"].as_array().unwrap() {
        assert_eq!(row["hit_rate"], 1.0);
        let until = &row["trials_to_target"];
        let of = |key: &str| until[key].as_f64().unwrap();
        assert!(of("q25") <= of("median") && of("median") <= of("q75") && of("mean") <= 12.0, "{row}");
    }
    // 2 minutes a trial: five fit ten minutes, and the sixth does not count.
    let paid = odd(&scene, "compare --searchers random --seeds 3 --seconds 659 --out p").document(0);
    assert_eq!(paid["rows"][0]["trials"], json!({"mean": 5.0, "std": 0.0}));
    // A table that changed is not the one that the run began with.
    scene.write("odd.csv", &scene.read("odd.csv").replace("a,55", "a,56"));
    assert!(scene.run("replay run").error(2).contains("the table is not the one that the run began with"));
}

#[test]
fn a_file_says_what_the_options_say() {
    let scene = Scene::new();
    odd_table(&scene);
    let by_options = odd(&scene, "search --trials 20 --searcher evolution --out a").document(0);
    scene.write(
        "folder/table.toml",
        "table = \"../odd.csv\"\narch_columns = [\"op\", \"Kernel Size (px)\", \"skip?\"]\nsearch_metric = \"val, %\"\n\
         report_metric = \"test\"\ncost_column = \"cost, in min\"\ncost_scale = 60\n",
    );
    let by_file = scene.run("search folder/table.toml --trials 20 --searcher evolution --out b --json").document(0);
    assert_eq!(by_file["digest"], by_options["digest"]);
    assert_eq!(scene.read("a/spec.json"), scene.read("b/spec.json"));
    let compared =
        scene.run("compare folder/table.toml --searchers local --seeds 2 --trials 20 --out c --json").document(0);
    assert!(compared["rows"][0]["report"]["test"]["mean"].is_number());
    scene.write("wrong.toml", "table = \"odd.csv\"\narch_colum = \"op\"\nsearch_metric = \"test\"\n");
    assert!(scene.run("search wrong.toml").error(2).contains("unknown field `arch_colum`"));
}

#[test]
fn gaps_and_repeats_of_a_table_are_told_apart() {
    let scene = Scene::new();
    // 3 × 2 words; 10 lacks its value although it would be the best, 21 has no row, 00 stands twice and agrees.
    scene.write("gaps.csv", "code,v\n00,1\n01,2\n10,\n11,4\n20,5\n00,1\n");
    let table = "--table gaps.csv --arch-column code --search-metric v";
    let search = scene.run(&format!("search {table} --searcher local --trials 6 --out run --json")).document(0);
    assert_eq!((&search["best"]["architecture"], &search["failed"]), (&json!("20"), &json!(2)));
    let log = scene.log("run").join("\n");
    assert!(log.contains("the row of `10` has no v") && log.contains("the table has no row for `21`"), "{log}");
    let said = scene.run(&format!("compare {table} --searchers random --seeds 2 --trials 30 --target optimum --out c"));
    assert_eq!(said.code, Some(0));
    assert!(said.err.contains("6 rows for 5 architectures; 1 rows repeat another, 1 architectures lack a value, 1 of"));
    scene.write("disagree.csv", "code,v\n00,1\n01,2\n00,3\n");
    let error = scene.run("search --table disagree.csv --arch-column code --search-metric v");
    assert!(error.error(2).contains("rows 1 and 3 are both `00` and disagree in v: 1 and 3"), "{}", error.err);
}

#[test]
fn what_a_comparison_cannot_do_is_said_before_it_begins() {
    let scene = Scene::new();
    odd_table(&scene);
    for (arguments, words) in [
        ("--table odd.csv --search-metric test", "--table also needs --arch-column NAME"),
        ("--table odd.csv --arch-column op", "search_metric"),
        ("--table none.csv --arch-column op --search-metric test", "none.csv"),
        ("--table odd.csv --arch-column op --search-metric test --seconds 5", "cost_column"),
        ("--arch-column arch", "(search_metric)"),
        ("--cost-column op", "cost_column, cost_scale and minimise belong"),
        ("--objective chain --space sequence:3x3 --cost-scale 3", "belong to --table FILE"),
        ("--searchers random,sparkle", "unknown variant `sparkle`"),
        ("--searchers evolution:population=0", "population must be in"),
        ("--report-metric cifar10/test200", "there is no metric `cifar10/test200`"),
        ("--target best", "a target is `optimum`"),
        ("--landscapes", "--landscapes is for objectives that draw one"),
        ("--seeds 0", "--seeds"),
        ("--objective digits --target optimum --trials 1", "the optimum of this objective is not known"),
    ] {
        let said = scene.run(&format!("compare {arguments} --out c"));
        assert!(said.error(2).contains(words), "{arguments}: {}", said.err);
        assert!(!scene.path("c").exists(), "{arguments}: nothing is left behind");
    }
}

/// By the trial, searchers that ask for few epochs are cheaper: a comparison of trainings says what each trained.
#[test]
fn a_comparison_of_trainings_says_their_epochs() {
    let scene = Scene::new();
    let compare = "compare --objective digits:channels=2,train_images=100,validation_images=100,epochs=4 --searchers \
                   random,successive-halving:eta=2 --seeds 2 --trials 7 --out c";
    let document = scene.run(&format!("{compare} --json")).document(0);
    // Seven draws without a repeat, four epochs each.
    assert_eq!(document["rows"][0]["epochs"], json!({"mean": 28.0, "std": 0.0}));
    // Four candidates of one epoch, two of them go on to two, and one of these to four.
    assert_eq!(document["rows"][1]["trials"], json!({"mean": 7.0, "std": 0.0}));
    assert_eq!(document["rows"][1]["epochs"], json!({"mean": 8.0, "std": 0.0}));
    let said = scene.run(compare);
    assert!(said.out.contains("; epochs are those of all networks of a run, in "), "{}", said.out);
    assert!(scene.read("c/report.html").contains("<th>epochs of all networks</th>"));
    // A table has none.
    assert!(!scene.run("compare --seeds 1 --trials 2").out.contains("epochs"));
}
