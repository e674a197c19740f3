//! The file formats of the classic image sets, from bytes in memory.

mod cifar;
mod idx;

pub use cifar::{CIFAR_CLASSES, CIFAR_SHAPE, cifar10};
pub use idx::{IdxImages, idx_images, idx_labels};

/// Why bytes are no file of a format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {format}: at byte {offset}, {reason}")]
pub struct FormatError {
    /// What it should have been.
    pub format: &'static str,
    /// Where the trouble is, from 0.
    pub offset: usize,
    /// What was wrong and what would be right.
    pub reason: String,
}
