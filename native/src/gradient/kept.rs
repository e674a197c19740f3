//! The rows of a bench as they are finished, in a file, so that an interrupted bench goes on where it was.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use bilevel::gradient::Row;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::directory::{self, write_whole};
use crate::document;
use crate::exit::{Error, Exit};

/// What a row is the row of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) step: Option<u32>,
    pub(crate) estimator: String,
    pub(crate) temperature: Option<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    key: Key,
    row: Row,
}

/// The rows of a folder: `subject.json` says of what they are, `rows.jsonl` has them.
#[derive(Debug)]
pub(crate) struct Kept {
    folder: PathBuf,
    file: File,
    lines: Vec<Line>,
    /// Held so that no other bench writes here.
    _lock: File,
}

impl Kept {
    /// Opens the rows of `subject` in `folder`, or begins them.
    pub(crate) fn open(folder: &Path, subject: &Value) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(|error| Error::file("create", folder, &error))?;
        if folder.join("spec.json").exists() {
            let shown = document::quoted(folder);
            return Err(Error::usage(format!("{shown} has a run in it; name another folder for the bench by --out")));
        }
        let lock = directory::lock(folder)?;
        let (of_what, path) = (folder.join("subject.json"), folder.join("rows.jsonl"));
        let text = serde_json::to_string_pretty(subject).expect("string keys and finite numbers") + "\n";
        match fs::read_to_string(&of_what) {
            Ok(there) if there != text => {
                return Err(Error::usage(format!(
                    "{} has rows of another bench; name another folder by --out, or repeat the command that made them",
                    document::quoted(folder)
                )));
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound && !path.exists() => {
                write_whole(&of_what, text.as_bytes())?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let message =
                    format!("{} has rows, and {} is gone, which says of what", path.display(), of_what.display());
                return Err(Error::new(Exit::Damaged, message));
            }
            Err(error) => return Err(Error::file("read", &of_what, &error)),
        }
        let before = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            other => other.map_err(|error| Error::file("read", &path, &error))?,
        };
        // A last line without its end was being written when the program died: it is measured again.
        let whole = before.rfind('\n').map_or("", |end| &before[..=end]);
        let read = |line: &str| serde_json::from_str::<Line>(line);
        let lines = whole.lines().map(read).collect::<Result<Vec<_>, _>>();
        let lines = lines.map_err(|error| Error::new(Exit::Damaged, format!("{}: {error}", path.display())))?;
        if whole.len() != before.len() {
            write_whole(&path, whole.as_bytes())?;
        }
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(|error| Error::file("write", &path, &error))?;
        Ok(Self { folder: folder.to_owned(), file, lines, _lock: lock })
    }

    /// How many rows there are.
    pub(crate) fn count(&self) -> usize {
        self.lines.len()
    }

    pub(crate) fn row(&self, key: &Key) -> Option<&Row> {
        self.lines.iter().find(|line| line.key == *key).map(|line| &line.row)
    }

    pub(crate) fn keep(&mut self, key: &Key, row: Row) -> Result<(), Error> {
        let line = Line { key: key.clone(), row };
        let text = serde_json::to_string(&line).expect("string keys and finite numbers") + "\n";
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.flush());
        written.map_err(|error| Error::file("write", &self.folder.join("rows.jsonl"), &error))?;
        self.lines.push(line);
        Ok(())
    }

    /// What to tell whoever interrupted.
    pub(crate) fn how_to_go_on(&self) -> String {
        format!(
            "interrupted; {} rows are kept, and the same command with --out {} goes on",
            self.lines.len(),
            document::quoted(&self.folder)
        )
    }
}
