//! The golden values natively; `node/golden.mjs` holds WebAssembly to the same file.

use std::path::PathBuf;

use bilevel::laws::golden::{self, Entries};
use serde::{Deserialize, Serialize};

/// `golden/digests.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// How the file comes to be.
    made_by: String,
    entries: Entries,
}

const MADE_BY: &str = "cargo xtask bless-golden; a changed value needs a line under Results in CHANGELOG.md";

fn path() -> PathBuf {
    bilevel_tests::root().join("tests/golden/digests.json")
}

fn written() -> Entries {
    let text = std::fs::read_to_string(path()).expect("tests/golden/digests.json can be read");
    serde_json::from_str::<Document>(&text).expect("tests/golden/digests.json is a golden document").entries
}

/// One line for each entry that is new, gone or different.
fn differences(written: &Entries, computed: &Entries) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = written.keys().chain(computed.keys()).collect();
    let differing = names.into_iter().filter(|name| written.get(*name) != computed.get(*name));
    differing
        .map(|name| format!("{name}\n  written  {:?}\n  computed {:?}", written.get(name), computed.get(name)))
        .collect()
}

#[test]
fn every_golden_value_is_as_written() {
    let differences = differences(&written(), &golden::entries().unwrap());
    assert!(
        differences.is_empty(),
        "results for a fixed seed changed; if that is meant, say why under Results in CHANGELOG.md and run `cargo xtask \
         bless-golden`\n{}",
        differences.join("\n")
    );
}

#[test]
#[ignore = "writes the golden file: cargo xtask bless-golden"]
fn bless() {
    let computed = golden::entries().unwrap();
    let before = if path().exists() { written() } else { Entries::new() };
    differences(&before, &computed).iter().for_each(|difference| println!("{difference}"));
    let document = Document { made_by: MADE_BY.into(), entries: computed };
    let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
    std::fs::write(path(), text).unwrap();
}
