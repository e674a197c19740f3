//! The program as a script sees it: documents, files, exit codes, and what a crash leaves behind.

mod bad_input;
mod compare;
mod contract;
mod crash;
mod devices;
mod gradient;
mod halving;
mod kills;
mod replay;
mod scalarisation;
mod supernet;
mod training;
mod workers;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A folder that goes with the test.
struct Scene {
    folder: tempfile::TempDir,
}

/// What the program said and how it ended.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program writes UTF-8");
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The document on standard output, of a program that ended with `code`.
    #[track_caller]
    fn document(&self, code: i32) -> Value {
        assert_eq!(self.code, Some(code), "out: {}\nerr: {}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// The error, of a program that ended with `code`.
    #[track_caller]
    fn error(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "out: {}\nerr: {}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        &self.err
    }
}

impl Scene {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with arguments that white space divides.
    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bilevel"));
        command.current_dir(self.folder.path()).args(arguments.split_whitespace()).stdin(Stdio::null());
        // Set by cargo, and inherited: the program would think that cargo runs it.
        command.env_remove("CARGO_MANIFEST_DIR");
        command
    }

    fn run(&self, arguments: &str) -> Said {
        Said::of(self.command(arguments).output().expect("the program starts"))
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder can be made");
        std::fs::write(path, text).expect("a file can be written");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The lines of a run's log that are whole, each with its line break; none where there is no log yet.
    fn told(&self, run: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.path(run).join("trials.jsonl")).unwrap_or_default();
        text.split_inclusive('\n').filter(|line| line.ends_with('\n')).map(str::to_owned).collect()
    }

    /// The lines of a run's log.
    fn log(&self, run: &str) -> Vec<String> {
        self.read(&format!("{run}/trials.jsonl")).lines().map(str::to_owned).collect()
    }
}

/// Copies the truth of a run, its specification and its log, and nothing else.
fn copy_truth(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for name in ["spec.json", "trials.jsonl"] {
        std::fs::copy(from.join(name), to.join(name)).expect("a file can be copied");
    }
}
