//! The shape of the house: what ARCHITECTURE.md says about files, names and arrows is true of the tree.

use std::collections::{BTreeMap, BTreeSet};

use bilevel_tests::{files, text};

/// The most lines of a source file, and of half of them.
const MOST_LINES: usize = 600;
const MOST_MEDIAN_LINES: usize = 200;

fn sources(extensions: &[&str]) -> Vec<String> {
    let is_source = |path: &String| path.rsplit_once('.').is_some_and(|(_, end)| extensions.contains(&end));
    files().into_iter().filter(is_source).collect()
}

fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

#[test]
fn files_are_small() {
    let sizes = sources(&["rs", "ts", "js", "mjs"]).into_iter().map(|path| {
        let lines = text(&path).expect("source code is text").lines().count();
        (lines, path)
    });
    let mut sizes: Vec<(usize, String)> = sizes.collect();
    sizes.sort();
    let long: Vec<String> =
        sizes.iter().filter(|(lines, _)| *lines > MOST_LINES).map(|(lines, path)| format!("{path}: {lines}")).collect();
    none(&format!("files over {MOST_LINES} lines; split them by concept"), &long);
    let (median, path) = &sizes[sizes.len() / 2];
    assert!(*median <= MOST_MEDIAN_LINES, "half of the files have {median} lines or more, e.g. {path}");
}

#[test]
fn files_are_named_for_what_is_in_them() {
    let says_nothing = |path: &String| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let stem = name.split('.').next().unwrap_or(name);
        path.split('/').chain([stem]).any(|part| {
            ["util", "utils", "helper", "helpers", "common", "misc"].contains(&part.to_ascii_lowercase().as_str())
        })
    };
    none("names that say nothing", &files().into_iter().filter(says_nothing).collect::<Vec<_>>());
}

#[test]
fn the_map_shows_what_exists() {
    let files = files();
    let architecture = text("ARCHITECTURE.md").expect("ARCHITECTURE.md is text");
    // Between backticks, what has a slash or the ending of a file is a path; <...> and * stand for names to come.
    let words = architecture.split('`').skip(1).step_by(2);
    let is_path = |word: &&str| {
        let ends = [".rs", ".toml", ".md", ".json", ".mjs", ".lock"].iter().any(|end| word.ends_with(end));
        (word.contains('/') || ends) && !word.contains([' ', '<', '*', ':', '$']) && !word.starts_with("target/")
    };
    let exists = |word: &str| {
        let folder = format!("{}/", word.trim_end_matches('/'));
        files.iter().any(|path| path == word || path.starts_with(&folder))
    };
    let lost = words.filter(is_path).filter(|word| !exists(word) && *word != "web/dist").map(str::to_owned);
    none("ARCHITECTURE.md names paths that do not exist", &lost.collect::<Vec<_>>());
}

/// The arrows of the block ```arrows in ARCHITECTURE.md: a room of core, and the rooms that it may use.
fn drawn_arrows() -> Vec<(String, BTreeSet<String>)> {
    let architecture = text("ARCHITECTURE.md").expect("ARCHITECTURE.md is text");
    let block = architecture.split("```arrows\n").nth(1).and_then(|rest| rest.split("```").next());
    let lines = block.expect("ARCHITECTURE.md has a block ```arrows").lines();
    lines
        .map(|line| {
            let (room, uses) = line.split_once('→').unwrap_or((line, ""));
            (
                room.trim().to_owned(),
                uses.split(',').map(|room| room.trim().to_owned()).filter(|r| !r.is_empty()).collect(),
            )
        })
        .collect()
}

/// The rooms of core that the code of `path` uses outside of tests, apart from its own.
fn used_rooms(path: &str) -> BTreeSet<String> {
    let code = text(path).expect("source code is text");
    let code = code.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut rooms = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let names = match after.strip_prefix('{') {
            Some(list) => {
                // The first names of `crate::{a::{b, c}, d}`: those at depth 0.
                let mut depth = 0;
                let outer = list.chars().take_while(|c| {
                    depth += i32::from(*c == '{') - i32::from(*c == '}');
                    depth >= 0
                });
                let mut depth = 0;
                let flat = outer.filter(|c| {
                    depth += i32::from(*c == '{') - i32::from(*c == '}');
                    depth == 0
                });
                flat.collect::<String>().split(',').map(|name| name.trim().to_owned()).collect()
            }
            None => vec![after.to_owned()],
        };
        let first = |name: &String| name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        rooms.extend(names.iter().map(first).filter(|name: &String| !name.is_empty()));
    }
    rooms
}

/// The room of a file of core: its folder or its own name.
fn room(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("core/src/")?;
    Some(inside.split_once('/').map_or_else(|| inside.trim_end_matches(".rs"), |(room, _)| room))
}

#[test]
fn arrows_point_one_way() {
    let drawn = drawn_arrows();
    let mut above = BTreeSet::new();
    for (room, uses) in &drawn {
        let back: Vec<String> = uses.difference(&above).cloned().collect();
        none(&format!("ARCHITECTURE.md: `{room}` uses rooms that do not stand above it"), &back);
        above.insert(room.clone());
    }
    let drawn: BTreeMap<String, BTreeSet<String>> = drawn.into_iter().collect();
    let mut seen: BTreeMap<String, BTreeSet<String>> =
        drawn.keys().map(|room| (room.clone(), BTreeSet::new())).collect();
    let mut back = Vec::new();
    for path in sources(&["rs"]) {
        let Some(room) = room(&path).filter(|room| *room != "lib") else { continue };
        for used in used_rooms(&path) {
            if used != room && !drawn.get(room).is_some_and(|uses| uses.contains(&used)) {
                back.push(format!("{path} uses {used}"));
            }
            if let Some(seen) = seen.get_mut(room) {
                seen.insert(used);
            }
        }
    }
    none("arrows that ARCHITECTURE.md does not draw", &back);
    for (room, uses) in &drawn {
        let unseen: Vec<String> = uses.difference(&seen[room]).cloned().collect();
        none(&format!("ARCHITECTURE.md draws arrows from `{room}` that no code has"), &unseen);
    }
}

#[test]
fn burn_stands_behind_one_door() {
    let outside = |path: &String| {
        let ours = ["core/src/", "native/src/", "web/src/", "examples/"].iter().any(|folder| path.starts_with(folder));
        ours && !path.starts_with("core/src/network/")
    };
    let names_burn = |path: &String| {
        let code = text(path).expect("source code is text");
        code.lines().any(|line| !line.trim_start().starts_with("//") && line.contains("burn::"))
    };
    let found: Vec<String> = sources(&["rs"]).into_iter().filter(outside).filter(names_burn).collect();
    none("burn is named outside core/src/network", &found);
}

#[test]
fn no_file_knows_the_machine_that_it_was_made_on() {
    // Put together here, so that this file does not find itself.
    let homes: Vec<String> = ["root", "home", "work", "Users"].iter().map(|name| format!("/{name}/")).collect();
    let mut found = Vec::new();
    for path in files() {
        let Some(text) = text(&path) else { continue };
        for (number, line) in text.lines().enumerate() {
            // The path of an address is not one of a machine.
            let begins = |home: &String| {
                line.match_indices(home.as_str()).any(|(at, _)| {
                    !line[..at].ends_with(|before: char| before.is_alphanumeric() || ".-_*}".contains(before))
                })
            };
            if homes.iter().any(begins) {
                found.push(format!("{path}:{}", number + 1));
            }
        }
    }
    none("paths of a machine", &found);
}

#[test]
fn lock_files_name_no_registry_but_the_public_one() {
    let cargo = text("Cargo.lock").expect("Cargo.lock is text");
    let public = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let other = cargo.lines().filter(|line| line.starts_with("source = ") && *line != public).map(str::to_owned);
    none("Cargo.lock: other sources", &other.collect::<Vec<_>>());
    let resolved = |path: &String| {
        path.ends_with("package-lock.json") && text(path).is_some_and(|text| text.contains("\"resolved\""))
    };
    let npm: Vec<String> = files().into_iter().filter(resolved).collect();
    none("npm lock files with addresses; write them with omit-lockfile-registry-resolved", &npm);
}
