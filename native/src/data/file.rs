//! Files read whole, with a limit on their size before any memory is taken.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use bilevel::network::MOST_BYTES;
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use super::DataError;

/// The bytes of `folder/name`, or of `folder/name.gz` unpacked, for the first of `names` that exists.
pub(super) fn read_any(folder: &Path, names: &[&str], remedy: &str) -> Result<(PathBuf, Vec<u8>), DataError> {
    for name in names {
        for (path, packed) in [(folder.join(name), false), (folder.join(format!("{name}.gz")), true)] {
            if path.is_file() {
                let bytes = read(&path, packed)?;
                return Ok((path, bytes));
            }
        }
    }
    if !folder.is_dir() {
        return Err(DataError::at(folder, format!("there is no such folder; {remedy}")));
    }
    let name = names.first().copied().unwrap_or_default();
    Err(DataError::at(folder, format!("the folder has no file {name} or {name}.gz; {remedy}")))
}

/// The bytes of `path`, unpacked where they are `packed` by gzip.
pub(crate) fn read(path: &Path, packed: bool) -> Result<Vec<u8>, DataError> {
    let broken = |error: std::io::Error| DataError::at(path, format!("cannot be read: {error}"));
    let file = File::open(path).map_err(broken)?;
    let large = || DataError::at(path, format!("larger than {} MiB", MOST_BYTES >> 20));
    if file.metadata().map_err(broken)?.len() > MOST_BYTES as u64 {
        return Err(large());
    }
    let mut bytes = Vec::new();
    // One byte more than allowed, to tell a file that fits from one that was cut; a small gzip can unpack to anything.
    let limit = MOST_BYTES as u64 + 1;
    let read = if packed {
        GzDecoder::new(file).take(limit).read_to_end(&mut bytes)
    } else {
        file.take(limit).read_to_end(&mut bytes)
    };
    read.map_err(broken)?;
    if bytes.len() > MOST_BYTES { Err(large()) } else { Ok(bytes) }
}

/// The SHA-256 of bytes, in hexadecimal digits.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
