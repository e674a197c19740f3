//! Why there are no images.

use std::fmt;
use std::path::{Path, PathBuf};

/// What is wrong with which file, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataError {
    path: Option<PathBuf>,
    reason: String,
}

impl DataError {
    /// About a file or folder.
    pub(super) fn at(path: &Path, reason: impl fmt::Display) -> Self {
        Self { path: Some(path.into()), reason: reason.to_string() }
    }

    /// About no file in particular.
    pub(super) fn general(reason: impl fmt::Display) -> Self {
        Self { path: None, reason: reason.to_string() }
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, reason } = self;
        match path {
            Some(path) => write!(f, "`{}`: {reason}", path.display()),
            None => f.write_str(reason),
        }
    }
}

impl std::error::Error for DataError {}
