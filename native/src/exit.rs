//! How the program ends: one list of exit codes, and the error that carries one.

use std::fmt;
use std::io;
use std::path::Path;

use serde::Serialize;

/// Every exit code of `bilevel`. Scripts may rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// It ran and failed: no trial succeeded, or a file or device did not obey.
    Failed = 1,
    /// The command line or the specification is not in order; nothing ran.
    Usage = 2,
    /// A difference was found: the log is not what the run would give.
    Difference = 3,
    /// The run directory is damaged or of a newer version.
    Damaged = 4,
    /// Interrupted; the run can be resumed.
    Interrupted = 130,
}

impl Exit {
    /// All of them, for the help.
    pub(crate) const HELP: &str = "\
Exit codes:
  0    done
  1    failed: no trial succeeded, or a file could not be read or written
  2    usage or specification not in order; nothing ran
  3    a difference was found between a log and what the run gives
  4    the run directory is damaged or of a newer version
  130  interrupted; `bilevel resume` goes on";
}

/// An error with its exit code: what was wrong, where, and what to do.
#[derive(Debug, Clone)]
pub(crate) struct Error {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl Error {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A file that did not obey: what was tried, on which path, and the system's word.
    pub(crate) fn file(what: &str, path: &Path, error: &io::Error) -> Self {
        let remedy = match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                "; choose a folder that you may write"
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "; make room there, then go on with `bilevel resume`"
            }
            _ => "",
        };
        Self::new(Exit::Failed, format!("cannot {what} {}: {error}{remedy}", path.display()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_code() {
        for code in
            [Exit::Done, Exit::Failed, Exit::Usage, Exit::Difference, Exit::Damaged, Exit::Interrupted].map(|c| c as u8)
        {
            assert!(Exit::HELP.lines().any(|line| line.split_whitespace().next() == Some(&code.to_string())), "{code}");
        }
    }
}
