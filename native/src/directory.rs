//! A run directory: its lock, its specification, and the names of its files.
//!
//! `spec.json` and `trials.jsonl` are the truth; every other file is derived from them and rewritten.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use bilevel::run::{RunSpec, SpecError};

use crate::exit::{Error, Exit};
use crate::{document, log};

/// Where the images are, on this machine.
const DATA_PATH: &str = "data-path";

/// A run directory that this process may write, for as long as it lives: the operating system holds the lock.
#[derive(Debug)]
pub(crate) struct RunDirectory {
    path: PathBuf,
    _lock: File,
}

impl RunDirectory {
    /// The directory for a new run at `path`, which may be missing, empty or without a told trial; `None` takes the next
    /// number in `runs/`.
    pub(crate) fn create(path: Option<&Path>, spec: &RunSpec) -> Result<Self, Error> {
        let path = match path {
            Some(path) => {
                fs::create_dir_all(path).map_err(|error| Error::file("create", path, &error))?;
                path.to_owned()
            }
            None => next_number(&format!("{}-{}-{}", spec.objective.name(), spec.searcher.name(), spec.seed))?,
        };
        let directory = Self::lock(path)?;
        // A log that cannot even be read may hold told trials too: resume says what is wrong with it.
        let told = log::scan(&directory.log(), |_| Ok(())).map_or(1, |extent| extent.lines);
        if told > 0 {
            let shown = document::quoted(&directory.path);
            let message = format!(
                "{shown} holds told trials; go on with `{} resume {shown}`, or name another folder with --out",
                document::invocation()
            );
            return Err(Error::usage(message));
        }
        directory.write("spec.json", spec.to_json().as_bytes())?;
        match fs::remove_file(directory.log()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::file("clear", &directory.log(), &error))
            }
            _ => Ok(directory),
        }
    }

    /// The directory of a run that began, and its specification.
    pub(crate) fn open(path: &Path) -> Result<(Self, RunSpec), Error> {
        let spec = read_spec(path)?;
        Ok((Self::lock(path.to_owned())?, spec))
    }

    fn lock(path: PathBuf) -> Result<Self, Error> {
        let lock = lock(&path)?;
        Ok(Self { path, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file of the log.
    pub(crate) fn log(&self) -> PathBuf {
        self.path.join("trials.jsonl")
    }

    /// The file of the log, which has to be there.
    pub(crate) fn existing_log(&self) -> Result<PathBuf, Error> {
        existing_log(&self.path)
    }

    /// Writes a file of the run as a whole or not at all.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        write_whole(&self.path.join(name), bytes)
    }

    /// Keeps where the images are, as a convenience for `resume` on this machine; the run does not depend on it.
    pub(crate) fn remember_data_path(&self, path: Option<&Path>) -> Result<(), Error> {
        let Some(path) = path else { return Ok(()) };
        let path = path.canonicalize().map_err(|error| Error::file("read", path, &error))?;
        self.write(DATA_PATH, path.as_os_str().as_encoded_bytes())
    }

    /// What [`RunDirectory::remember_data_path`] kept for the run at `path`.
    pub(crate) fn data_path_in(path: &Path) -> Option<PathBuf> {
        fs::read_to_string(path.join(DATA_PATH)).ok().map(PathBuf::from)
    }

    /// The text of a derived file, if it is there.
    pub(crate) fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path.join(name)).ok()
    }
}

/// Locks a folder for as long as the file is held.
pub(crate) fn lock(folder: &Path) -> Result<File, Error> {
    let name = folder.join("lock");
    let open = OpenOptions::new().create(true).truncate(false).write(true).open(&name);
    let lock = open.map_err(|error| Error::file("create", &name, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            let message = format!("another process is writing {}; wait for it, or stop it", folder.display());
            Err(Error::new(Exit::Failed, message))
        }
        Err(TryLockError::Error(error)) => Err(Error::file("lock", &name, &error)),
    }
}

/// The text of a file of a user, up to a limit that no honest one reaches. What is no plain file, such as a pipe that
/// nobody writes, is not waited for.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    const LARGEST: u64 = 16 << 20;
    let fail = |error: std::io::Error| Error::usage(format!("cannot read {}: {error}", path.display()));
    let metadata = fs::metadata(path).map_err(fail)?;
    if !metadata.is_file() {
        return Err(Error::usage(format!("{} is no file", path.display())));
    }
    if metadata.len() > LARGEST {
        return Err(Error::usage(format!("{} is larger than {} MiB", path.display(), LARGEST >> 20)));
    }
    fs::read_to_string(path).map_err(fail)
}

/// The log of the run at `path`, which has to be there: a run that began has one, even if nothing is told yet.
pub(crate) fn existing_log(path: &Path) -> Result<PathBuf, Error> {
    let log = path.join("trials.jsonl");
    if log.exists() {
        return Ok(log);
    }
    let (shown, run) = (log.display(), document::quoted(path));
    let message = format!("{shown} is not there; put it back, or begin the run anew by `bilevel resume {run}`");
    Err(Error::new(Exit::Damaged, message))
}

/// The specification of the run at `path`.
pub(crate) fn read_spec(path: &Path) -> Result<RunSpec, Error> {
    if !path.is_dir() {
        return Err(Error::usage(format!("{} is no run directory; `bilevel search` makes one", path.display())));
    }
    let file = path.join("spec.json");
    let text = read_text(&file).map_err(|error| {
        Error::new(Exit::Damaged, format!("{error}; without it a run cannot go on, and nothing repairs it"))
    })?;
    RunSpec::from_json(&text).map_err(|error| {
        let remedy = match error {
            SpecError::Newer(_) => "",
            SpecError::Invalid(_) => "; put the file back as `bilevel search` wrote it",
        };
        Error::new(Exit::Damaged, format!("{}: {error}{remedy}", file.display()))
    })
}

/// Makes the folder of `what` with the next free number in `runs/`, such as `runs/001-digits-reinforce-7`.
pub(crate) fn next_number(what: &str) -> Result<PathBuf, Error> {
    let folder = Path::new("runs");
    fs::create_dir_all(folder).map_err(|error| Error::file("create", folder, &error))?;
    let entries = fs::read_dir(folder).map_err(|error| Error::file("read", folder, &error))?;
    let numbers = entries.flatten().filter_map(|entry| {
        let name = entry.file_name();
        name.to_str()?.split('-').next()?.parse::<u64>().ok()
    });
    let mut number = numbers.max().unwrap_or(0);
    loop {
        number = number.saturating_add(1);
        let path = folder.join(format!("{number:03}-{what}"));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            // Another process took the number just now.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::file("create", &path, &error)),
        }
    }
}

/// Writes a file as a whole or not at all: beside its place first, then over it.
pub(crate) fn write_whole(target: &Path, bytes: &[u8]) -> Result<(), Error> {
    let write = || {
        let folder = target.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(folder)?;
        let mut builder = tempfile::Builder::new();
        // Like any file that a person makes, not private as temporary files are.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_data()?;
        file.persist(target).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| Error::file("write", target, &error))
}
