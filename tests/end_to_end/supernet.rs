//! Searches that train a supernet, as a script sees them.

use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use bilevel::search::supernet::Method;
use serde_json::Value;
use strum::IntoEnumIterator;

use crate::{Scene, copy_truth, devices};

const SMALL: &str = "--objective digits:channels=4,train_images=128,validation_images=96";

fn lines(scene: &Scene, run: &str) -> Vec<Value> {
    scene.log(run).iter().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect()
}

#[test]
fn every_method_ends_with_an_architecture_that_was_trained_again() {
    let scene = Scene::new();
    let space = bilevel::space::Space::named("nas-bench-201").unwrap();
    for method in Method::iter() {
        let name = method.name();
        let said = scene.run(&format!("search {SMALL} --searcher {name} --epochs 1 --out {name} --json"));
        let document = said.document(0);
        let best = document["best"]["architecture"].as_str().unwrap();
        assert!(space.parse(best).is_ok(), "{name}: {best}");
        assert_eq!(document["retrain"]["winner"]["test_accuracy"].as_array().unwrap().len(), 5, "{name}");
        assert_eq!(document["retrain"]["epochs"], 1, "{name}");
        let lines = lines(&scene, name);
        assert_eq!(lines[0]["purpose"], "train", "{name}");
        assert!(lines[0]["instruments"]["entropy"].as_f64().unwrap() > 0.0, "{name}");
        // Those that draw candidates judge them with the shared weights.
        let judged = lines.iter().filter(|line| line["purpose"].is_null()).count();
        let wanted = method.options().candidates;
        assert!(judged == 1 || (wanted > 0 && judged > 50 && judged as u32 <= wanted + 1), "{name}: {judged}");
        let spec: Value = serde_json::from_str(&scene.read(&format!("{name}/spec.json"))).unwrap();
        assert_eq!(
            (&spec["searcher"]["name"], &spec["searcher"]["batch_norm"]),
            (&"supernet".into(), &"recalibrated".into())
        );
        assert_eq!((&spec["searcher"]["epochs"], &spec["in_flight"]), (&1.into(), &1.into()), "{name}");
    }
    let replayed = scene.run("replay darts-v2 --json").document(0);
    assert_eq!(replayed["different"], 0);
    let compared = scene.run(&format!("compare --searchers random,gdas {SMALL}"));
    assert!(compared.error(2).contains("`gdas` trains a supernet, which a comparison does not do"), "{}", compared.err);
}

#[test]
fn a_killed_search_goes_on_to_the_run_that_an_undisturbed_one_is() {
    let scene = Scene::new();
    for method in ["pc-darts", "relax-supernet", "enas"] {
        let search = format!("search {SMALL} --searcher {method} --epochs 6 --no-retrain");
        let whole = scene.run(&format!("{search} --out whole-{method} --json")).document(0);
        let mut process = scene
            .command(&format!("{search} --out {method}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let patience = Instant::now();
        while scene.told(method).len() < 3 && patience.elapsed() < Duration::from_secs(60) {
            sleep(Duration::from_millis(2));
        }
        process.kill().unwrap();
        process.wait().unwrap();
        let before = scene.told(method).len();
        let resumed = scene.run(&format!("resume {method} --json")).document(0);
        assert_eq!(resumed["digest"], whole["digest"], "{method}, killed after {before}");
        // Without its checkpoint the epochs of the log are trained again, to the same bits.
        copy_truth(&scene.path(method), &scene.path(&format!("bare-{method}")));
        let told = scene.told(method);
        scene.write(&format!("bare-{method}/trials.jsonl"), &told[..2].concat());
        let bare = scene.run(&format!("resume bare-{method} --json")).document(0);
        assert_eq!(bare["digest"], whole["digest"], "{method}");
        // A damaged one is said and not used.
        scene.write(&format!("bare-{method}/trials.jsonl"), &told[..2].concat());
        scene.write(&format!("bare-{method}/checkpoint.safetensors"), "no checkpoint");
        let said = scene.run(&format!("resume bare-{method} --json"));
        assert_eq!(said.document(0)["digest"], whole["digest"], "{method}");
        assert!(said.err.contains("it is not used, and the epochs of the log are trained again"), "{}", said.err);
    }
}

#[test]
fn the_alarm_goes_off_on_a_planted_collapse_and_not_on_a_healthy_run() {
    let scene = Scene::new();
    let notices = |name: &str, options: &str| {
        let search =
            format!("search {SMALL} --searcher {options} --epochs 8 --no-retrain --seed 3 --out {name} --json");
        let said = scene.run(&search);
        let document = said.document(0);
        (document["notices"].as_array().cloned().unwrap_or_default(), said.err, lines(&scene, name))
    };
    // What has weights costs a hundred times the loss.
    let (planted, err, log) = notices("planted", "snas:cost_weight=100");
    assert!(planted[0].as_str().unwrap().starts_with("alarm: epoch "), "{planted:?}");
    assert!(err.contains("alarm: epoch "), "{err}");
    assert_eq!(log.iter().filter(|line| line["purpose"] == "train").count(), 8, "it warns and goes on");
    let (stopped, _, log) = notices("stopped", "snas:cost_weight=3,alarm=stop");
    assert_eq!(stopped.len(), 1);
    let trained: Vec<&Value> = log.iter().filter(|line| line["purpose"] == "train").collect();
    assert!(trained.len() < 8, "{}", trained.len());
    // The architecture is that of an epoch before, which the notice names.
    let notice = stopped[0].as_str().unwrap();
    let kept: usize = notice.rsplit(' ').next().unwrap().parse().unwrap();
    assert_eq!(log.last().unwrap()["architecture"], trained[kept - 1]["architecture"], "{notice}");
    let (off, err, _) = notices("off", "snas:cost_weight=100,alarm=off");
    assert!(off.is_empty() && !err.contains("alarm"), "{err}");
    let (healthy, _, log) = notices("healthy", "darts-v1:lr=0.01");
    assert!(healthy.is_empty(), "{healthy:?} {log:?}");
}

#[test]
fn a_rule_ends_the_training_with_an_earlier_architecture() {
    let scene = Scene::new();
    let rule = "early_stopping=eigenvalue,early_stopping.ratio=1.0001,early_stopping.window=1,early_stopping.back=1,early_stopping.not_before=2";
    let search = format!("search {SMALL} --searcher darts-v1:{rule} --epochs 12 --no-retrain --out run --json");
    let document = scene.run(&search).document(0);
    assert!(document["notices"][0].as_str().unwrap().starts_with("early stopping: epoch "));
    let log = lines(&scene, "run");
    let trained: Vec<&Value> = log.iter().filter(|line| line["purpose"] == "train").collect();
    assert!(trained.len() < 12);
    assert_eq!(document["best"]["architecture"], trained[trained.len() - 2]["architecture"]);
}

#[test]
fn darts_and_a_cell_of_ones_own_are_searched() {
    let scene = Scene::new();
    scene.write(
        "cell.toml",
        "[[positions]]\nname = \"2<-0\"\nchoices = [\"skip_connect\", \"sep_conv_3x3\", \"nor_conv_3x3\"]\n\
         [[positions]]\nname = \"2<-1\"\nchoices = [\"max_pool_3x3\", \"dil_conv_3x3\"]\n\
         [[positions]]\nname = \"3<-2\"\nchoices = [\"avg_pool_3x3\", \"nor_conv_1x1\", \"none\"]\n",
    );
    for (space, method) in [("darts", "darts-v1"), ("cell.toml", "drnas"), ("dense-20x7", "gdas")] {
        let small = "--objective digits:channels=4,train_images=64,validation_images=64,test_images=100";
        let search = format!("search {small} --space {space} --searcher {method} --epochs 1 --out {method} --json");
        let document = scene.run(&search).document(0);
        let best = document["best"]["architecture"].as_str().unwrap();
        match space {
            "darts" => assert!(best.starts_with("Genotype(normal=["), "{best}"),
            "dense-20x7" => assert_eq!(best.matches('~').count(), 20, "{best}"),
            _ => assert_eq!(best.matches(',').count(), 2, "{best}"),
        }
        assert!(document["retrain"]["random"]["mean"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn what_cannot_be_searched_is_refused_before_anything_is_made() {
    let scene = Scene::new();
    for (options, words) in [
        ("--searcher darts-v1 --objective table", "searcher `darts-v1` trains a supernet, and `table` has no images"),
        ("--searcher darts-v1 --in-flight 2", "searcher `darts-v1` trains one supernet, an epoch at a time"),
        ("--searcher darts-v1 --workers 2", "--workers is for networks that train beside one another"),
        ("--searcher darts-v1 --space sequence:6x5", "networks are built for the spaces nas-bench-201, darts"),
        (
            "--searcher darts-v1 --device-memory 0.001",
            "a step of training takes about 4.4 MiB, and device `cpu` has 1.0 MiB",
        ),
        ("--searcher darts-v1 --trials 3", "searcher `darts-v1` ends with its epochs; leave the budget away"),
        ("--searcher darts-v1 --search-metric flops", "its metric is one of validation_accuracy, validation_loss"),
        ("--searcher darts-v1 --objective digits:validation_images=1", "learns from two validation images and more"),
        ("--searcher darts-v3", "unknown variant `darts-v3`, expected one of"),
        (
            "--searcher pc-darts --objective digits:channels=6",
            "channels must be a multiple of partial_channels, got 6 for 4",
        ),
        (
            "--searcher darts-v1 --space darts --objective digits:channels=64,resolution=64,batch_size=512",
            "GiB, and 16 are allowed; lower batch_size, channels, cells or resolution",
        ),
        ("--searcher supernet:estimator=reinforce", "weights_at = \"mean\" needs"),
    ] {
        let said = scene.run(&format!("search {options} --out run"));
        if options.contains("estimator=reinforce") {
            // A policy of paths whose weights learn at the mean of all: that is a search too.
            assert_eq!(said.code, Some(0), "{}", said.err);
            continue;
        }
        assert!(said.error(2).contains(words), "{options}: {}", said.err);
        assert!(!scene.path("run").exists(), "{options}");
    }
}

/// The estimate that is printed before the start, beside the peak of the process less what a tiny search takes.
#[test]
fn the_memory_of_a_supernet_is_known_before_it_begins() {
    let scene = Scene::new();
    scene.write(
        "cell.toml",
        "[[positions]]\nname = \"2<-0\"\nchoices = [\"skip_connect\", \"sep_conv_3x3\", \"nor_conv_3x3\"]\n\
         [[positions]]\nname = \"2<-1\"\nchoices = [\"max_pool_3x3\", \"dil_conv_3x3\"]\n",
    );
    // Whichever path is drawn, it is one of convolutions.
    let edges = ["1<-0", "2<-0", "2<-1", "3<-0", "3<-1", "3<-2"];
    let convolutions =
        |name: &str| format!("[[positions]]\nname = \"{name}\"\nchoices = [\"nor_conv_3x3\", \"nor_conv_1x1\"]\n");
    scene.write("convolutions.toml", &edges.map(convolutions).concat());
    // A whole batch for the policy too.
    let images = "train_images=64,validation_images=64,test_images=10";
    let of = |name: &str, options: &str, sizes: &str| {
        let objective = format!("digits:resolution=32,{sizes},{images}");
        let mut command =
            scene.command(&format!("search {options} --epochs 1 --no-retrain --out {name} --objective {objective}"));
        let (peak, err) = devices::peak_of(command.stderr(Stdio::piped()));
        let words = err.split("a step takes about ").nth(1).unwrap_or_else(|| panic!("{err}"));
        let (number, unit) = words.lines().next().unwrap().split_once(' ').unwrap();
        let scale = if unit == "GiB" { 1 << 30 } else { 1 << 20 };
        (peak, number.parse::<f64>().unwrap() * f64::from(scale))
    };
    for (name, options, sizes) in [
        ("nas-bench-201", "--searcher darts-v1", "channels=16,batch_size=64"),
        ("own", "--space cell.toml --searcher drnas", "channels=16,batch_size=64"),
        ("paths", "--space convolutions.toml --searcher gdas", "channels=32,batch_size=64"),
    ] {
        let (alone, _) = of(&format!("{name}-alone"), options, "channels=4,batch_size=2");
        let (peak, estimate) = of(name, options, sizes);
        let ratio = estimate / (peak - alone) as f64;
        assert!((0.75..1.25).contains(&ratio), "{name}: {ratio}");
    }
}
