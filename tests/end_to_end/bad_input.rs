//! What is not in order is said before anything runs: what, where, and what to do.

use crate::Scene;

/// Arguments, and what the error has to say.
#[track_caller]
fn usage(scene: &Scene, arguments: &str, words: &[&str]) {
    let said = scene.run(arguments);
    let error = said.error(2);
    for word in words {
        assert!(error.contains(word), "`{word}` is not in: {error}");
    }
    // The same as a document, and nothing beside it.
    let document = scene.run(&format!("{arguments} --json")).document(2);
    assert_eq!(document["schema_version"], 1);
    assert_eq!(document["error"]["code"], 2);
}

#[test]
fn what_does_not_exist_is_named_with_what_does() {
    let scene = Scene::new();
    for (arguments, words) in [
        ("search --space nas-bench-200", ["unknown space `nas-bench-200`", "sequence:LxK"].as_slice()),
        ("search --space sequence:6x", &["a sequence is `sequence:LxK`"]),
        ("search --space sequence:0x5", &["L ≥ 1"]),
        ("search --objective tables", &["unknown variant `tables`", "`table`"]),
        ("search --objective table --metric cifar10/val12", &["no metric `cifar10/val12`", "cifar10/val200"]),
        ("search --objective chain --metric accuracy", &["no metric `accuracy`", "loss"]),
        ("search --objective table --space sequence:6x5", &["nas-bench-201"]),
        ("search --searcher evolve", &["unknown variant `evolve`", "`evolution`"]),
        ("search --searcher evolution:populaton=3", &["unknown field `populaton`", "`population`"]),
        ("search --searcher reinforce:lr=-1", &["learning_rate must be in (0, 100], got -1"]),
        (
            "search --objective table --searcher asha",
            &["`asha` asks for networks at several numbers of epochs", "trains"],
        ),
        (
            "search --objective nk --searcher softmax",
            &["`softmax` asks about mixtures of architectures", "such as reinforce"],
        ),
        ("search --objective table --searcher arm", &["arm is for binary choices, and position 0 has 5"]),
        (
            "search --objective table --searcher rebar:policy=lstm",
            &["searcher `rebar`: it needs a policy with independent"],
        ),
        (
            "compare --searchers random,muprop --scalarisation constraint:metric=cifar10/latency,limit=15",
            &["searcher `muprop` follows the slopes of one metric"],
        ),
        ("search --epochs 2 --searcher asha:max_epochs=3", &["max_epochs is 3, and the objective trains for 2 epochs"]),
        ("search --searcher hyperband:eta=1", &["searcher `hyperband`: eta must be in 2..=10, got 1"]),
        ("search --objective digits:channels=0", &["channels must be in 1..=256, got 0"]),
        ("search --objective mnist", &["needs a folder by --data"]),
        ("search --objective folder --data nowhere", &["nowhere"]),
        ("search --objective chain --epochs 3", &["--epochs is for objectives that train"]),
        ("search --objective chain --simulated-seconds 5", &["simulated_seconds is for the objective `table`"]),
        ("search --objective digits --simulated-seconds 5", &["name budget.trials or budget.wall_seconds"]),
        ("search --searcher reinforce:lr=1,learning_rate=1", &["are the same option"]),
        ("search --trials 0", &["budget.trials must be in 1..=", "got 0"]),
        ("search --in-flight 0 --objective chain", &["in_flight must be in 1..=1024, got 0"]),
        ("search --seed 9007199254740992", &["seed must be in"]),
        ("search --order backwards", &["`asked` or `arrival`"]),
        ("search nowhere.toml", &["nowhere.toml"]),
        ("resume nowhere", &["nowhere is no run directory"]),
        ("show |conv~0|", &["column 2", "unknown operation `conv`", "nor_conv_3x3"]),
        ("show 1,2 --space sequence:3x3", &["2 choices given, the space has 3 positions"]),
        ("show 1,2,3 --space sequence:3x3", &["column 5", "`3` is no choice"]),
        ("search --trails 3", &["--trails", "--trials"]),
    ] {
        usage(&scene, arguments, words);
    }
    assert!(!scene.path("runs").exists(), "nothing was begun");
}

#[test]
fn a_misspelt_key_is_found_in_any_document() {
    let scene = Scene::new();
    scene.write("spec.toml", "space = 'sequence:3x3'\nobjective = 'chain'\nsearcher = 'random'\ntrails = 3\n");
    usage(&scene, "search spec.toml", &["spec.toml", "line 4", "unknown field `trails`", "`budget`"]);
    scene
        .write("deep.toml", "space = 'sequence:3x3'\nobjective = 'chain'\nsearcher = 'random'\n[budget]\ntrails = 3\n");
    usage(&scene, "search deep.toml", &["unknown field `trails`", "`trials`"]);
    scene.write("space.json", r#"{"positions": [{"name": "a", "choises": ["x"]}]}"#);
    usage(&scene, "search --objective chain --space space.json", &["space.json", "unknown field `choises`"]);
    scene.write("twice.toml", "[[positions]]\nname = 'a'\nchoices = ['x', 'x']\n");
    usage(&scene, "search --objective chain --space twice.toml", &["twice.toml", "`a` has the choice `x` twice"]);
    scene.write("newer.json", r#"{"schema_version": 2}"#);
    usage(&scene, "search newer.json", &["schema_version 2 is newer than 1"]);
}

#[test]
fn a_run_directory_of_a_later_version_or_without_its_truth_is_damaged() {
    let scene = Scene::new();
    scene.run("search --objective chain --trials 5 --out run --json").document(0);
    let spec = scene.read("run/spec.json");
    scene.write("run/spec.json", &spec.replace("\"schema_version\": 1", "\"schema_version\": 2"));
    assert!(scene.run("resume run").error(4).contains("schema_version 2 is newer"));
    scene.write("run/spec.json", "{\"space\"");
    assert!(scene.run("resume run").error(4).contains("spec.json"));
    std::fs::remove_file(scene.path("run/spec.json")).unwrap();
    assert!(scene.run("resume run").error(4).contains("spec.json"));
}

#[test]
fn a_place_that_cannot_be_written_is_said_before_the_search() {
    let scene = Scene::new();
    scene.write("file", "");
    let said = scene.run("search --objective chain --out file/run");
    assert!(said.error(1).contains("cannot create file/run"), "{}", said.err);
    // Even root cannot write here.
    let said = scene.run("search --objective chain --out /proc/run");
    assert!(said.error(1).contains("cannot create /proc/run"), "{}", said.err);
}

#[test]
fn a_broken_image_is_named() {
    let scene = Scene::new();
    let pixel = image(8);
    for class in ["cat", "dog"] {
        for number in 0..8 {
            std::fs::create_dir_all(scene.path(&format!("images/{class}"))).unwrap();
            std::fs::write(scene.path(&format!("images/{class}/{number}.png")), &pixel).unwrap();
        }
    }
    scene.write("images/dog/3.png", "this is no picture");
    let said = scene.run("search --objective folder --data images");
    assert!(said.error(2).contains("3.png"), "{}", said.err);
}

/// A grey PNG of `side` pixels.
pub(crate) fn image(side: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let picture = image::GrayImage::from_fn(side, side, |x, y| image::Luma([(x * 31 + y * 7) as u8]));
    picture.write_to(&mut bytes, image::ImageFormat::Png).expect("a picture in memory");
    bytes.into_inner()
}
