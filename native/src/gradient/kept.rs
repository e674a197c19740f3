//! The rows of a bench, and the gaps of its policies, as they are finished, in files, so that an interrupted bench goes on where
//! it was.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use bilevel::gradient::{Gaps, Row};
use serde::de::DeserializeOwned;
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

#[derive(Debug, Serialize, Deserialize)]
struct GapsLine {
    step: Option<u32>,
    gaps: Gaps,
}

/// What a folder has: `subject.json` says of what it is, `rows.jsonl` has the rows and `gaps.jsonl` the gaps.
#[derive(Debug)]
pub(crate) struct Kept {
    folder: PathBuf,
    rows: Lines<Line>,
    gaps: Lines<GapsLine>,
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
        let (rows, gaps) = (Lines::open(path)?, Lines::open(folder.join("gaps.jsonl"))?);
        Ok(Self { folder: folder.to_owned(), rows, gaps, _lock: lock })
    }

    /// How many rows there are.
    pub(crate) fn count(&self) -> usize {
        self.rows.all.len()
    }

    pub(crate) fn row(&self, key: &Key) -> Option<&Row> {
        self.rows.all.iter().find(|line| line.key == *key).map(|line| &line.row)
    }

    pub(crate) fn keep(&mut self, key: &Key, row: Row) -> Result<(), Error> {
        self.rows.push(Line { key: key.clone(), row })
    }

    /// The gaps after a step, with the curvature or without.
    pub(crate) fn gaps(&self, step: Option<u32>, curvature: bool) -> Option<&Gaps> {
        let mut all = self.gaps.all.iter().filter(|line| line.step == step).map(|line| &line.gaps);
        all.find(|gaps| gaps.curvature.is_some() == curvature)
    }

    pub(crate) fn keep_gaps(&mut self, step: Option<u32>, gaps: Gaps) -> Result<(), Error> {
        self.gaps.push(GapsLine { step, gaps })
    }

    /// What to tell whoever interrupted.
    pub(crate) fn how_to_go_on(&self) -> String {
        format!(
            "interrupted; {} rows are kept, and the same command with --out {} goes on",
            self.count(),
            document::quoted(&self.folder)
        )
    }
}

/// A file of lines of JSON that grows.
#[derive(Debug)]
struct Lines<T> {
    path: PathBuf,
    file: File,
    all: Vec<T>,
}

impl<T: Serialize + DeserializeOwned> Lines<T> {
    fn open(path: PathBuf) -> Result<Self, Error> {
        let before = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            other => other.map_err(|error| Error::file("read", &path, &error))?,
        };
        // A last line without its end was being written when the program died: it is measured again.
        let whole = before.rfind('\n').map_or("", |end| &before[..=end]);
        let all = whole.lines().map(serde_json::from_str).collect::<Result<Vec<T>, _>>();
        let all = all.map_err(|error| Error::new(Exit::Damaged, format!("{}: {error}", path.display())))?;
        if whole.len() != before.len() {
            write_whole(&path, whole.as_bytes())?;
        }
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.map_err(|error| Error::file("write", &path, &error))?;
        Ok(Self { path, file, all })
    }

    fn push(&mut self, line: T) -> Result<(), Error> {
        let text = serde_json::to_string(&line).expect("string keys and finite numbers") + "\n";
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.flush());
        written.map_err(|error| Error::file("write", &self.path, &error))?;
        self.all.push(line);
        Ok(())
    }
}
