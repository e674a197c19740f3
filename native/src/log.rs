//! `trials.jsonl`: read line by line, healed at its end, appended one write at a time.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bilevel::run::Line;

use crate::document::quoted;
use crate::exit::{Error, Exit};

/// The longest line that is read, in bytes: far beyond any that is written, and a limit before memory is taken.
const LONGEST_LINE: usize = 16 << 20;

/// How often a log of trials that cost nothing is synced to the disk.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// How far a log reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Extent {
    /// How many lines it has.
    pub(crate) lines: u64,
    /// How many bytes of the file they take up; what follows is a torn line.
    length: u64,
    /// Whether the last line is whole but for its line break.
    unterminated: bool,
}

/// Reads a log and hands each line to `each`. A missing file is an empty log. A last line that was torn by a crash is
/// left out; anything else that is no line is damage.
pub(crate) fn scan(path: &Path, mut each: impl FnMut(Line) -> Result<(), Error>) -> Result<Extent, Error> {
    let mut extent = Extent::default();
    if path.exists() && !path.is_file() {
        return Err(Error::new(Exit::Damaged, format!("{} is no file; put the log in its place", path.display())));
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(extent),
        Err(error) => return Err(Error::file("read", path, &error)),
    };
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let (mut bytes, mut blank) = (Vec::new(), None);
    loop {
        bytes.clear();
        let mut limited = std::io::Read::take(&mut reader, LONGEST_LINE as u64);
        let count = limited.read_until(b'\n', &mut bytes).map_err(|error| Error::file("read", path, &error))?;
        if count == 0 {
            return Ok(extent);
        }
        let terminated = bytes.last() == Some(&b'\n');
        if bytes.iter().all(u8::is_ascii_whitespace) {
            blank = blank.or(Some(extent.lines + 1));
            continue;
        }
        // Blank lines at the end are what an editor leaves; in the middle a line is missing.
        if let Some(number) = blank {
            return Err(damaged(path, number, "it is blank"));
        }
        match serde_json::from_slice::<Line>(&bytes) {
            Ok(line) => {
                extent =
                    Extent { lines: extent.lines + 1, length: extent.length + count as u64, unterminated: !terminated };
                each(line)?;
            }
            Err(_) if !terminated && count < LONGEST_LINE => return Ok(extent),
            Err(error) => return Err(damaged(path, extent.lines + 1, &error.to_string())),
        }
    }
}

fn damaged(path: &Path, number: u64, why: &str) -> Error {
    let why = why.split(" at line ").next().unwrap_or(why);
    let (file, copy, kept) = (quoted(path), quoted(&path.with_extension("jsonl.damaged")), number - 1);
    let message = format!(
        "{}, line {number}: not a line of a log ({why}); to go on from the {kept} lines before it: \
         cp {file} {copy} && head -n {kept} {copy} > {file}",
        path.display()
    );
    Error::new(Exit::Damaged, message)
}

/// A log that is being written.
#[derive(Debug)]
pub(crate) struct Log {
    file: File,
    path: PathBuf,
    synced: Instant,
}

impl Log {
    /// Opens the log behind its `extent`; a torn last line is cut off first.
    pub(crate) fn append_to(path: &Path, extent: Extent) -> Result<Self, Error> {
        let fail = |error: &std::io::Error| Error::file("write", path, error);
        let open = OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let mut file = open.map_err(|error| fail(&error))?;
        file.set_len(extent.length).map_err(|error| fail(&error))?;
        file.seek(SeekFrom::End(0)).map_err(|error| fail(&error))?;
        if extent.unterminated {
            file.write_all(b"\n").map_err(|error| fail(&error))?;
        }
        Ok(Self { file, path: path.to_owned(), synced: Instant::now() })
    }

    /// Hands `line` to the system in one write, and to the disk if its trial was `costly` or the last time is a while
    /// ago.
    pub(crate) fn append(&mut self, line: &Line, costly: bool) -> Result<(), Error> {
        let mut text = serde_json::to_vec(line).expect("a line has string keys and finite numbers");
        text.push(b'\n');
        self.file.write_all(&text).map_err(|error| Error::file("write", &self.path, &error))?;
        if costly || self.synced.elapsed() >= SYNC_EVERY {
            self.sync()?;
        }
        Ok(())
    }

    /// Hands everything to the disk.
    pub(crate) fn sync(&mut self) -> Result<(), Error> {
        self.synced = Instant::now();
        self.file.sync_data().map_err(|error| Error::file("write", &self.path, &error))
    }
}

#[cfg(test)]
mod tests {
    use bilevel::objective::{Cost, Instruments, Purpose};
    use bilevel::run::Digest;

    use super::*;

    fn line(id: u64) -> Line {
        Line {
            id,
            asked: id + 1,
            architecture: "0,1".into(),
            mixture: None,
            slopes: None,
            epochs: None,
            values: [("loss".to_owned(), 0.5)].into(),
            loss: Some(0.5),
            cost: Cost::default(),
            failure: None,
            purpose: Purpose::Evaluate,
            policy: None,
            instruments: Instruments::new(),
            elapsed: None,
            digest: Digest::start(),
        }
    }

    fn ids(path: &Path) -> Vec<u64> {
        let mut ids = Vec::new();
        scan(path, |line| {
            ids.push(line.id);
            Ok(())
        })
        .unwrap();
        ids
    }

    fn extent(path: &Path) -> Result<Extent, Error> {
        scan(path, |_| Ok(()))
    }

    fn written(lines: u64) -> (tempfile::TempDir, PathBuf, Vec<u8>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trials.jsonl");
        let mut log = Log::append_to(&path, extent(&path).unwrap()).unwrap();
        (0..lines).for_each(|id| log.append(&line(id), false).unwrap());
        let bytes = std::fs::read(&path).unwrap();
        (folder, path, bytes)
    }

    #[test]
    fn a_last_line_torn_at_any_byte_is_healed() {
        let (_folder, path, bytes) = written(3);
        let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        for cut in last..bytes.len() {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let found = extent(&path).unwrap();
            // Whole but for its line break, the line is kept.
            let kept = if cut == bytes.len() - 1 { 3 } else { 2 };
            assert_eq!(found.lines, kept, "cut at {cut}");
            let mut log = Log::append_to(&path, found).unwrap();
            (kept..4).for_each(|id| log.append(&line(id), false).unwrap());
            assert_eq!(ids(&path), [0, 1, 2, 3]);
        }
    }

    #[test]
    fn a_bad_line_in_the_middle_is_damage_with_its_repair() {
        let (_folder, path, bytes) = written(3);
        let text = String::from_utf8(bytes).unwrap().replacen("\"id\":1", "\"id\":", 1);
        std::fs::write(&path, text).unwrap();
        let error = extent(&path).unwrap_err();
        assert_eq!(error.exit, Exit::Damaged);
        assert!(error.message.contains("trials.jsonl, line 2: not a line of a log"), "{error}");
        assert!(error.message.contains("head -n 1"), "{error}");
    }
}
