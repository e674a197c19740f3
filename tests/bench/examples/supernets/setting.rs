//! The sizes of a part of the study, and the runs that it is made of.

use std::path::PathBuf;

use serde_json::json;

use crate::cell::Benchmark;
use crate::program::Run;

/// Images and sizes of networks, and how long everything is trained.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    /// The folder under `runs/supernets`, where it is not another part's.
    pub(crate) name: &'static str,
    /// As `--objective` takes it.
    pub(crate) objective: &'static str,
    /// Epochs of a supernet.
    pub(crate) epochs: u32,
    /// Epochs of a network that a search trains on its own.
    pub(crate) trial_epochs: u32,
    /// Networks that such a search trains: enough to cost what the dearest supernet does.
    pub(crate) trials: u64,
    /// Epochs of a network that is trained to be tested.
    pub(crate) child_epochs: u32,
    /// Networks of an architecture that are trained to be tested, each from other weights.
    pub(crate) children: usize,
}

impl Setting {
    /// The search of a supernet.
    pub(crate) fn supernet(&self, searcher: &str, seed: u64) -> Result<Run, String> {
        self.search(searcher, seed, &["--epochs", &self.epochs.to_string()])
    }

    /// The search that trains networks one by one.
    pub(crate) fn baseline(&self, searcher: &str, seed: u64) -> Result<Run, String> {
        let words = ["--epochs", &self.trial_epochs.to_string(), "--trials", &self.trials.to_string()];
        self.search(searcher, seed, &words)
    }

    fn search(&self, searcher: &str, seed: u64, words: &[&str]) -> Result<Run, String> {
        let seed = seed.to_string();
        let folder = self.folder(&format!("{}-{seed}", searcher.replace([':', ','], "-")));
        let named = ["--objective", self.objective, "--searcher", searcher, "--seed", &seed, "--no-retrain"];
        Run::of(&folder, &[&named, words].concat())
    }

    /// Test accuracies of networks of `architecture`, trained from fresh weights that `seed` names: those of all searches with that seed
    /// have the same. A cell that passes nothing on guesses, which nobody needs to train.
    ///
    /// The program tests no network but the winner of a search, so that this is a search among one: a space with one choice on each
    /// edge. It trains every network twice, once as a winner and once as one drawn at random.
    pub(crate) fn tested(&self, benchmark: &Benchmark, architecture: &str, seed: u64) -> Result<Vec<f64>, String> {
        let cell = benchmark.parse(architecture)?;
        if !benchmark.verdict(&cell)?.connected {
            return Ok(vec![GUESS; self.children]);
        }
        let positions: Vec<_> =
            benchmark.edges(&cell).iter().map(|(name, choice)| json!({"name": name, "choices": [choice]})).collect();
        let spec = json!({
            "space": {"positions": positions},
            "objective": self.objective,
            "searcher": "random",
            "seed": seed,
            "budget": {"trials": 1},
            "retrain": {"seeds": self.children, "epochs": self.child_epochs},
        });
        let folder = self.folder(&format!("children/{}-{seed}", benchmark.index(&cell)));
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let file = folder.join("search.json");
        std::fs::write(&file, spec.to_string()).map_err(|error| format!("{}: {error}", file.display()))?;
        let run = Run::of(&folder, &[&file.to_string_lossy(), "--epochs", "1"])?;
        let tested = run.document.retrain.map(|retrain| retrain.winner.test_accuracy);
        tested.ok_or_else(|| format!("{}: nothing was tested", folder.display()))
    }

    fn folder(&self, run: &str) -> PathBuf {
        PathBuf::from("runs/supernets").join(self.name).join(run)
    }
}

/// What a network that does not see its input has, in %: all data sets here have ten classes of about the same size.
const GUESS: f64 = 10.0;
