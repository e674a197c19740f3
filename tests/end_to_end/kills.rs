//! A hundred kills at random moments. It takes minutes, and is run by hand:
//!
//! `cargo test --release --package bilevel-cli --test end_to_end -- --ignored --nocapture a_hundred_kills`

use std::process::Stdio;
use std::thread::sleep;
use std::time::Instant;

use bilevel::random::Stream;

use crate::Scene;

/// Kills of each kind of search.
const KILLS: usize = 25;

/// The most kills of one run.
const MOST: usize = 5;

/// What is killed: tables, networks, networks in processes of their own, candidates that go on from their weights.
const SEARCHES: [(&str, &str); 4] = [
    ("table", "--objective table --searcher reinforce --trials 300000 --in-flight 3"),
    ("training", "--objective digits:channels=2,train_images=300 --epochs 1 --trials 30 --no-retrain"),
    ("processes", "--objective digits:channels=2,train_images=300 --epochs 1 --trials 30 --no-retrain --workers 2"),
    ("halving", "--objective digits:channels=2,train_images=300 --searcher asha --epochs 9 --trials 30 --no-retrain"),
];

#[test]
#[ignore = "takes minutes; its file says how to run it"]
#[allow(clippy::print_stdout, reason = "whoever starts it wants to see its figures")]
fn a_hundred_kills() {
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
    for (name, options) in SEARCHES {
        let scene = Scene::new();
        let began = Instant::now();
        let whole = scene.run(&format!("search {options} --seed 6 --out whole --json")).document(0);
        let (undisturbed, log) = (began.elapsed(), scene.told("whole"));
        let mut random = Stream::new(u64::from(seed), name, 0);
        let (mut kills, mut runs, mut kept) = (0, 0, Vec::new());
        while kills < KILLS {
            runs += 1;
            let run = format!("run{runs}");
            let mut command = format!("search {options} --seed 6 --out {run}");
            // One run is killed again and again, and then let go to its end.
            for again in 0.. {
                let before = scene.told(&run);
                let mut process = scene.command(&command).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
                sleep(undisturbed.mul_f64(0.7 * random.unit()));
                let ended = process.try_wait().unwrap().is_some() || kills == KILLS || again == MOST;
                if !ended {
                    process.kill().unwrap();
                    kills += 1;
                }
                process.wait().unwrap();
                let after = scene.told(&run);
                assert_eq!(before[..], after[..before.len()], "{name}, seed {seed}: what was told stands as it was");
                if ended {
                    break;
                }
                kept.push(after.len());
                // Killed before it had a directory, it begins anew.
                let begun = scene.path(&run).join("spec.json").exists();
                let workers = if options.contains("--workers") { "--workers 2" } else { "" };
                command = if begun { format!("resume {run} {workers}") } else { command };
            }
            let document = scene.run(&format!("resume {run} --json")).document(0);
            assert_eq!(document["digest"], whole["digest"], "{name}, seed {seed}, {run}");
            let mut told = scene.told(&run);
            assert_eq!(told.len(), log.len());
            told.sort();
            told.dedup();
            assert_eq!(told.len(), log.len(), "{name}: a line was told twice");
        }
        println!("{name}: {kills} kills of {runs} runs of {} trials, after {kept:?} told trials", log.len());
    }
}
