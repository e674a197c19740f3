//! Networks that are really trained, from the command line.

use serde_json::Value;

use crate::Scene;

const SMALL: &str = "--epochs 1 --trials 6 --seed 11";

#[test]
fn the_main_job_trains_compares_and_leaves_weights() {
    let scene = Scene::new();
    let search = format!("search --objective digits:channels=2,train_images=300 {SMALL} --out run --json");
    let document = scene.run(&search).document(0);
    assert_eq!(document["trials"], 6);
    let retrain = &document["retrain"];
    for group in ["winner", "random"] {
        let accuracies = retrain[group]["test_accuracy"].as_array().unwrap();
        assert_eq!(accuracies.len(), 5);
        assert!(accuracies.iter().all(|accuracy| (0.0..=100.0).contains(&accuracy.as_f64().unwrap())));
    }
    let end = |key: &str| retrain["difference"][key].as_f64().unwrap();
    let mean = |group: &str| retrain[group]["mean"].as_f64().unwrap();
    assert!(end("low") <= end("mean") && end("mean") <= end("high"));
    assert!((end("mean") - (mean("winner") - mean("random"))).abs() < 1e-9);
    assert_eq!(scene.log("run").len(), 6, "retrained networks are not in the log");
    let weights = std::fs::read(scene.path("run/weights/winner.safetensors")).unwrap();
    let trained = bilevel::network::Trained::from_safetensors(&weights).unwrap();
    assert_eq!(document["best"]["architecture"].as_str(), trained.blueprint().text().as_deref());
    assert!(scene.read("run/report.html").contains("winner"));
    // A finished run repeats its document without training: the comparison is kept for this very log.
    assert_eq!(scene.run("resume run --json").document(0), document);
    // A replay trains every candidate anew, and this machine gives the same bits.
    assert_eq!(scene.run("replay run --json").document(0)["different"], 0);
}

#[test]
fn candidates_that_train_at_once_give_the_bits_of_one_alone() {
    let scene = Scene::new();
    let search = "search --objective digits:channels=2,train_images=300 --searcher random --no-retrain";
    let values = |in_flight: u32| -> Vec<Value> {
        let run = format!("run{in_flight}");
        scene.run(&format!("{search} {SMALL} --in-flight {in_flight} --out {run} --json")).document(0);
        let lines = scene.log(&run);
        lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap()["values"].clone()).collect()
    };
    assert_eq!(values(1), values(4));
}

#[test]
fn fashion_mnist_and_a_folder_of_images_train() {
    let scene = Scene::new();
    let garments = "fashion-mnist:resolution=8,channels=2,train_images=200,validation_images=100,test_images=100";
    let document = scene.run(&format!("search --objective {garments} {SMALL} --out garments --json")).document(0);
    assert_eq!(document["retrain"]["test_images"], 100);
    let spec: Value = serde_json::from_str(&scene.read("garments/spec.json")).unwrap();
    assert!(spec["data_sha256"].as_str().is_some_and(|hash| hash.len() == 64), "a run knows its data");

    for class in ["cat", "dog"] {
        std::fs::create_dir_all(scene.path(&format!("images/{class}"))).unwrap();
        for number in 0..20 {
            let picture = crate::bad_input::image(if class == "cat" { 8 } else { 12 });
            std::fs::write(scene.path(&format!("images/{class}/{number}.png")), picture).unwrap();
        }
    }
    let folder =
        format!("search --objective folder:resolution=8,channels=2,batch_size=4 --data images {SMALL} --out own");
    let document = scene.run(&format!("{folder} --json")).document(0);
    assert_eq!(document["trials"], 6);
    // Another image in the folder is another data set.
    std::fs::copy(scene.path("images/cat/0.png"), scene.path("images/cat/more.png")).unwrap();
    let said = scene.run("resume own");
    assert!(said.error(2).contains("the images are not those that the run began with"), "{}", said.err);
}

#[test]
fn networks_that_diverge_cost_their_comparison_and_not_the_run() {
    let scene = Scene::new();
    let wild = "digits:channels=2,train_images=200,learning_rate=10,momentum=0.99,weight_decay=1";
    let search = format!("search --objective {wild} --epochs 3 --trials 6 --searcher random --out run --json");
    let said = scene.run(&search);
    let document = said.document(if said.code == Some(1) { 1 } else { 0 });
    assert_eq!(document["trials"], 6, "{document}");
    assert!(document["digest"].is_string() && scene.path("run/report.html").exists());
    let failed = |group: &str| document["retrain"][group]["failed"].as_array().map_or(0, Vec::len);
    let told = document["error"]["message"].as_str().is_some_and(|message| message.contains("NaN"));
    assert!(told || failed("winner") + failed("random") > 0, "{document}");
}

#[test]
fn an_edited_comparison_is_not_believed() {
    let scene = Scene::new();
    let search = format!("search --objective digits:channels=2,train_images=300 {SMALL} --out run --json");
    let document = scene.run(&search).document(0);
    let text = scene.read("run/retrain.json");
    let mut edited: Value = serde_json::from_str(&text).unwrap();
    edited["comparison"]["difference"] = serde_json::json!({"mean": 50.0, "low": 40.0, "high": 60.0});
    scene.write("run/retrain.json", &edited.to_string());
    assert_eq!(scene.run("resume run --json").document(0), document, "means and difference are formed anew");
    edited["comparison"]["winner"]["test_accuracy"] = serde_json::json!([]);
    scene.write("run/retrain.json", &edited.to_string());
    assert_eq!(scene.run("resume run --json").document(0), document, "it is made again");
}
