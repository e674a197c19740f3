//! How this machine does the work of a run: nothing here is part of it, and none changes its result.

use clap::Args;

use crate::objectives::Source;

#[derive(Debug, Args)]
pub(super) struct Machine {
    /// Train in so many processes, so that a crash costs one trial; it changes no result
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
    /// The memory of the device that candidates share; what is free there now where it is not said
    #[arg(long, value_name = "GIB", value_parser = gibibytes, allow_negative_numbers = true)]
    device_memory: Option<u64>,
}

impl Machine {
    /// The same source, worked on as said here.
    pub(super) fn apply(&self, source: Source) -> Source {
        Source { processes: self.workers.map(usize::from), device_memory: self.device_memory, ..source }
    }
}

/// Bytes of a text in GiB.
fn gibibytes(text: &str) -> Result<u64, String> {
    let number = text.parse::<f64>().ok().filter(|number| *number > 0.0 && *number <= 65_536.0);
    let number = number.ok_or("GiB are a number above 0 and up to 65536, e.g. 16 or 0.5")?;
    Ok((number * f64::from(1 << 30)) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gibibytes_are_read() {
        assert_eq!(gibibytes("0.5"), Ok(512 << 20));
        for text in ["0", "-1", "NaN", "many", "1e9"] {
            assert!(gibibytes(text).is_err(), "{text}");
        }
    }
}
