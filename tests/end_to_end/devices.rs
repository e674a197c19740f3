//! Devices, from the command line. Those on a GPU need a build that has one: `cargo xtask wgpu` runs them on a Vulkan driver in
//! software.

use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use bilevel::network::{Blueprint, Shape};
use bilevel::objective::ObjectiveSpec;
use bilevel::space::{Architecture, Cells, Space};

use crate::Scene;

#[test]
fn candidates_share_the_memory_of_a_device_and_one_that_does_not_fit_fails_alone() {
    let scene = Scene::new();
    let search = "search --objective digits:channels=4,train_images=100,epochs=1 --searcher random --trials 8 --seed 2 \
                  --in-flight 4 --no-retrain --json";
    let whole = scene.run(&format!("{search} --out whole")).document(0);
    // They wait for one another, and nothing else changes.
    let shared = scene.run(&format!("{search} --out shared --device-memory 0.002")).document(0);
    assert_eq!(shared["digest"], whole["digest"]);
    // Room for a cell with few convolutions, and not for one with many.
    let little = scene.run(&format!("{search} --out little --device-memory 0.001")).document(0);
    let failed = little["failed"].as_u64().unwrap();
    assert!((1..8).contains(&failed), "{little}");
    let log = scene.read("little/trials.jsonl");
    let words = "a step of training takes about ";
    assert_eq!(log.matches(words).count() as u64, failed, "{log}");
    assert!(log.contains("lower batch_size, channels, cells or resolution, or allow more by --device-memory"), "{log}");
    let none = scene.run(&format!("{search} --out none --device-memory 0.0001")).document(1);
    assert_eq!((&none["failed"], &none["best"]), (&8.into(), &serde_json::Value::Null));
    let error = scene.run("search --device-memory -1");
    assert!(error.error(2).contains("GiB are a number above 0"), "{}", error.err);
}

/// The most memory that a process had, in bytes, as the system counts it until the process ends.
fn peak(mut command: std::process::Command, question: &serde_json::Value) -> u64 {
    use std::io::Write as _;
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program starts");
    let mut input = process.stdin.take().expect("it has an input");
    input.write_all(question.to_string().as_bytes()).expect("it reads its question");
    drop(input);
    peak_until_it_ends(&mut process)
}

/// The same of a program that asks nothing, with what it said on standard error.
pub(crate) fn peak_of(command: &mut std::process::Command) -> (u64, String) {
    use std::io::Read as _;
    let mut process = command.stdout(Stdio::null()).spawn().expect("the program starts");
    let most = peak_until_it_ends(&mut process);
    let mut said = String::new();
    process.stderr.take().expect("it is piped").read_to_string(&mut said).expect("the program writes UTF-8");
    (most, said)
}

fn peak_until_it_ends(process: &mut std::process::Child) -> u64 {
    let status = format!("/proc/{}/status", process.id());
    let mut most = 0;
    while process.try_wait().expect("it can be waited for").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        most = most.max(line.map_or(0, |kibibytes| kibibytes.parse::<u64>().expect("a number") << 10));
        sleep(Duration::from_millis(1));
    }
    most
}

#[test]
fn the_memory_of_a_training_is_known_before_it_begins() {
    let scene = Scene::new();
    let space = Space::named("nas-bench-201").unwrap();
    let of = |cell: [u8; 6], training: &str| {
        let objective = format!("digits:resolution=32,{training},epochs=1,train_images=512,validation_images=16");
        let objective: ObjectiveSpec = bilevel::run::parse(&objective).unwrap();
        let training = objective.training().unwrap().clone();
        let cell = Architecture::new(cell);
        let spec = serde_json::json!({"schema_version": 1, "space": "nas-bench-201", "objective": objective,
            "searcher": {"name": "random"}, "seed": 1, "budget": {"trials": 1}});
        let question = serde_json::json!({"schema_version": 1, "spec": spec, "id": 0,
            "architecture": space.format(&cell), "seed": 0});
        let shape = Shape { channels: 1, height: 32, width: 32 };
        let blueprint = Blueprint::new(&Cells::of(&space).unwrap(), &cell, &training, shape, 10).unwrap();
        let estimate = blueprint.training_bytes(training.batch_size, training.device);
        (peak(scene.command("trial"), &question), estimate)
    };
    // What the program and its images take.
    let (alone, _) = of([1; 6], "channels=1,batch_size=2");
    for (cell, training) in [
        ([3; 6], "channels=16,batch_size=256"),
        ([3, 2, 1, 4, 0, 3], "channels=16,cells=2,batch_size=128"),
        ([4; 6], "channels=32,batch_size=128"),
    ] {
        let (peak, estimate) = of(cell, training);
        let ratio = estimate as f64 / (peak - alone) as f64;
        assert!((0.75..1.25).contains(&ratio), "{cell:?}, {training}: {estimate} bytes for {} of {peak}", peak - alone);
    }
}

#[test]
fn a_replay_may_be_told_how_far_values_may_be_apart() {
    let scene = Scene::new();
    scene.run("search --objective table --metric cifar10/val200 --trials 5 --seed 1 --out run --json").document(0);
    let log = scene.read("run/trials.jsonl");
    let value =
        serde_json::from_str::<serde_json::Value>(log.lines().next().unwrap()).unwrap()["values"]["cifar10/val200"]
            .as_f64()
            .unwrap();
    // One value, and the loss that follows from it, is 1 % too small.
    let edited = log.replacen(&value.to_string(), &(value * 0.99).to_string(), 2);
    assert_ne!(log, edited);
    scene.write("run/trials.jsonl", &edited);
    let replay = |tolerance: &str| scene.run(&format!("replay run {tolerance} --json"));
    let fields = |document: &serde_json::Value| -> Vec<String> {
        let differences = document["differences"].as_array().unwrap();
        differences.iter().map(|difference| difference["field"].as_str().unwrap().to_owned()).collect()
    };
    let exact = replay("").document(3);
    assert_eq!(fields(&exact), ["values.cifar10/val200", "loss", "digest"]);
    assert!((exact["largest_difference"].as_f64().unwrap() - 0.01).abs() < 1e-9, "{exact}");
    let tolerant = replay("--tolerance 0.02").document(3);
    assert_eq!(fields(&tolerant), ["digest"], "what was told is fixed by the digest");
    let error = scene.run("replay run --tolerance -0.5");
    assert!(error.error(2).contains("a share from 0 to 1"), "{}", error.err);
}

/// What is not in this build is named with the command that builds it.
#[cfg(not(feature = "wgpu"))]
#[test]
fn a_device_that_the_build_lacks_is_refused_with_what_builds_it() {
    let scene = Scene::new();
    let error = scene.run("search --device vulkan");
    assert!(
        error
            .error(2)
            .contains("device `vulkan` is not in this build; build with `cargo build --release --features wgpu`"),
        "{}",
        error.err
    );
}

#[cfg(feature = "wgpu")]
#[test]
fn vulkan_trains_as_the_processor_does() {
    let scene = Scene::new();
    let document = scene.run("devices vulkan --check --json").document(0);
    let row = &document["devices"][0];
    assert_eq!(row["agrees"], true, "{row}");
    for part in row["parts"].as_array().expect("parts") {
        let most = ["output", "input", "weights"].map(|of| part[of].as_f64().expect("a number")).into_iter();
        assert!(most.fold(0.0, f64::max) < 1e-5, "{part}");
    }
    let search = "search --objective digits:channels=2,train_images=100,validation_images=100,epochs=1 --searcher random \
                  --trials 3 --seed 4 --no-retrain --json";
    let there = scene.run(&format!("{search} --device vulkan --out there")).document(0);
    let here = scene.run(&format!("{search} --out here")).document(0);
    assert_eq!(there["failed"], 0, "{there}");
    assert_eq!(there["best"]["architecture"], here["best"]["architecture"]);
    let replayed = scene.run("replay there --json").document(0);
    assert_eq!(replayed["tolerance"], 0.05, "{replayed}");

    let search = "search --objective digits:channels=2,train_images=100,validation_images=100,batch_size=20,epochs=1 --seed 4 \
                  --searcher darts-v1 --no-retrain --json";
    let there = scene.run(&format!("{search} --device vulkan --out supernet-there")).document(0);
    let here = scene.run(&format!("{search} --out supernet-here")).document(0);
    assert_eq!(there["best"]["architecture"], here["best"]["architecture"], "after five steps of each");
}

/// A Vulkan driver that is missing, or an adapter, is told before the run begins; OpenGL is not taken in its place.
#[cfg(feature = "wgpu")]
#[test]
fn a_missing_driver_is_named_before_anything_is_begun() {
    let scene = Scene::new();
    let search = |device: &str, drivers: Option<&str>| {
        let mut command = scene.command(&format!("search --device {device} --out there"));
        drivers.map(|drivers| command.env("VK_ICD_FILENAMES", drivers));
        command.output().expect("the program starts")
    };
    let missing =
        [("vulkan", Some("/nowhere.json"), "there is no adapter"), ("vulkan:9", None, "there is no discrete GPU 9")];
    for (device, drivers, what) in missing {
        let output = search(device, drivers);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{error}");
        let words = format!("device `{device}` does not answer: {what}; is there a Vulkan driver, and such an adapter");
        assert!(error.contains(&words), "{error}");
        assert!(!scene.path("there").exists());
    }
}
