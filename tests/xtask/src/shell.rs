//! Starting programs from the root of the repository.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Why a task stopped.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) String);

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("tests/xtask lies two levels below the root").to_owned()
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    // Joining an absolute path gives that path.
    root().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// `program` at the root, without the variables that cargo sets for this very program: build scripts that watch them
/// would run again for nothing.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"].iter().any(|start| text.starts_with(start)) {
            command.env_remove(&name);
        }
    }
    command
}

/// `cargo` with words that are separated by single spaces.
pub(crate) fn cargo(words: &str) -> Command {
    let mut command = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(words.split(' '));
    command
}

/// Runs `command` to its end, with its output on this terminal.
pub(crate) fn run(command: &mut Command) -> Result<(), Failed> {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    let line = words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ");
    println!("$ {line}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failed(format!("{status}: {line}"))),
        Err(error) => Err(Failed(format!("cannot start `{line}`: {error}; tests/all installs what is missing"))),
    }
}
