//! What the tests of this folder share: where the repository is, and what is in it.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies below the root")
}

/// Folders that hold nothing of ours: what was built, fetched or measured here.
const NOT_OURS: [&str; 5] = [".git", "node_modules", "dist", "wasm", "runs"];

/// All files of the repository, as paths from its root with `/` between, sorted.
///
/// # Panics
/// If a folder cannot be read.
pub fn files() -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(root().join(&folder)).expect("a folder of the repository can be read") {
            let entry = entry.expect("an entry of a folder can be read");
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = folder.join(&name);
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                files.push(path.to_string_lossy().replace('\\', "/"));
            } else if !NOT_OURS.contains(&name.as_str()) && !name.starts_with("target") {
                folders.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The text of a file, by its path from the root; `None` if it is no text.
///
/// # Panics
/// If the file cannot be read.
pub fn text(path: &str) -> Option<String> {
    let bytes = std::fs::read(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    String::from_utf8(bytes).ok()
}
