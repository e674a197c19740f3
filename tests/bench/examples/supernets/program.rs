//! The program `bilevel`, one run at a time: what is done is not done again, what is half done goes on, and what it cost is kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use bilevel::run::{Line, RunSpec};
use bilevel::search::SearcherSpec;
use bilevel::search::supernet::Options;
use serde::Deserialize;

/// What the program printed at the end; it stands in the run directory once the run is done, and not before.
const DOCUMENT: &str = "document.json";
/// Seconds of processor time so far, of all processes that worked on the run.
const SECONDS: &str = "cpu-seconds";
/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// A run that is done.
#[derive(Debug)]
pub(crate) struct Run {
    folder: PathBuf,
    pub(crate) document: Document,
    /// Seconds of processor time.
    pub(crate) seconds: f64,
}

/// What this study reads of the document of a search.
#[derive(Debug, Deserialize)]
pub(crate) struct Document {
    pub(crate) best: Option<Best>,
    pub(crate) retrain: Option<Retrained>,
}

/// The architecture that a search ended with.
#[derive(Debug, Deserialize)]
pub(crate) struct Best {
    pub(crate) architecture: String,
    pub(crate) values: std::collections::BTreeMap<String, f64>,
}

/// The comparison at the end.
#[derive(Debug, Deserialize)]
pub(crate) struct Retrained {
    pub(crate) winner: Group,
}

/// Networks of one architecture.
#[derive(Debug, Deserialize)]
pub(crate) struct Group {
    pub(crate) test_accuracy: Vec<f64>,
}

impl Run {
    /// `bilevel search` with these words, in `folder`: from what is there, or begun, or gone on with.
    pub(crate) fn of(folder: &Path, words: &[&str]) -> Result<Self, String> {
        if let Some(run) = Self::done(folder) {
            return Ok(run);
        }
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut command = Command::new(program()?);
        if fs::metadata(folder.join("trials.jsonl")).is_ok_and(|log| log.len() > 0) {
            command.arg("resume").arg(folder);
        } else {
            command.arg("search").args(words).arg("--out").arg(folder);
        }
        let said = measured(command.arg("--json"), &folder.join(SECONDS))?;
        write(&folder.join(DOCUMENT), &said)?;
        Self::done(folder).ok_or_else(|| format!("{}: its document cannot be read", folder.display()))
    }

    /// The run in `folder`, if it is done.
    pub(crate) fn done(folder: &Path) -> Option<Self> {
        let document = serde_json::from_str(&fs::read_to_string(folder.join(DOCUMENT)).ok()?).ok()?;
        let seconds = fs::read_to_string(folder.join(SECONDS)).ok()?.trim().parse().ok()?;
        Some(Self { folder: folder.to_owned(), document, seconds })
    }

    /// Its log.
    pub(crate) fn lines(&self) -> Result<Vec<Line>, String> {
        let path = self.folder.join("trials.jsonl");
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = fs::read_to_string(&path).map_err(|error| wrong(&error))?;
        text.lines().map(|line| serde_json::from_str(line).map_err(|error| wrong(&error))).collect()
    }

    /// The options of the searcher, where it trained a supernet.
    pub(crate) fn supernet(&self) -> Result<Options, String> {
        let path = self.folder.join("spec.json");
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = fs::read_to_string(&path).map_err(|error| wrong(&error))?;
        match RunSpec::from_json(&text).map_err(|error| wrong(&error))?.searcher {
            SearcherSpec::Supernet(options) => Ok(options),
            other => Err(wrong(&format!("`{}` trains no supernet", other.name()))),
        }
    }
}

/// Runs `command` to its end and gives what it printed; adds the processor time that it took to the number in the file `kept`, as it
/// goes, so that little is lost of one that is killed.
fn measured(command: &mut Command, kept: &Path) -> Result<String, String> {
    let before = fs::read_to_string(kept).ok().and_then(|text| text.trim().parse::<f64>().ok()).unwrap_or(0.0);
    let children = children_seconds()?;
    let started = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = started.map_err(|error| format!("{command:?}: {error}"))?;
    let own = format!("/proc/{}/stat", child.id());
    // Less than a pipe holds is printed, so that nobody has to read meanwhile.
    while child.try_wait().map_err(|error| error.to_string())?.is_none() {
        sleep(LOOK);
        if let Some([own, _]) = fs::read_to_string(&own).ok().as_deref().and_then(seconds_in) {
            write(kept, &format!("{:.2}\n", before + own))?;
        }
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    write(kept, &format!("{:.2}\n", before + children_seconds()? - children))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(said) } else { Err(format!("{command:?}: {}\n{said}", output.status)) }
}

/// Processor time of all processes that this one started and that have ended.
fn children_seconds() -> Result<f64, String> {
    let stat = fs::read_to_string("/proc/self/stat").ok();
    let seconds = stat.as_deref().and_then(seconds_in);
    seconds.map(|[_, children]| children).ok_or_else(|| "processor time is read from /proc, which Linux has".into())
}

/// Hundredths of a second are what Linux counts in here, on every machine.
const TICKS: f64 = 100.0;

/// Of a line of `/proc/*/stat`: the processor time of the process with its threads, and of its children that have ended.
fn seconds_in(stat: &str) -> Option<[f64; 2]> {
    // The name, in brackets, may have spaces; the state is the third field then, and times are the 14th to the 17th.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let sum = |first: usize| {
        Some((fields.get(first)?.parse::<f64>().ok()? + fields.get(first + 1)?.parse::<f64>().ok()?) / TICKS)
    };
    Some([sum(11)?, sum(13)?])
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// `bilevel` beside the folder that this example lies in.
fn program() -> Result<PathBuf, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let program = here.ancestors().nth(2).map(|folder| folder.join("bilevel")).filter(|path| path.exists());
    program.ok_or_else(|| "there is no program `bilevel` beside this one; cargo build --release makes it".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_after_a_name_with_brackets_and_spaces() {
        let stat = "42 (a) b) S 1 42 42 0 -1 4194304 100 0 0 0 150 50 700 300 20 0 2 0 1 2 3";
        assert_eq!(seconds_in(stat), Some([2.0, 10.0]));
        assert_eq!(seconds_in("42 (a) S 1"), None);
    }
}
