//! Frozen supernets: made once for their options, and kept in a file.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bilevel::network::{Epoch, Progress, Supernet, Watch, digits};
use bilevel::objective::supernet::Options;
use bilevel::space::{SpaceSpec, nas_bench_201};

use crate::data::file;
use crate::directory::write_whole;
use crate::document;
use crate::exit::{Error, Exit};
use crate::session;

/// The supernet of `options` and the SHA-256 of its file: from `path` or that of its name in `runs`, and made and kept there
/// where it is not yet.
pub(crate) fn open(options: &Options, space: &SpaceSpec, path: Option<&Path>) -> Result<(Supernet, String), Error> {
    if !matches!(space, SpaceSpec::NasBench201(nas_bench_201::NasBench201)) {
        return Err(Error::usage(format!("objective `supernet` is of cells of nas-bench-201, not of {space}")));
    }
    let usage = |reason: String| Error::usage(format!("objective `supernet`: {reason}"));
    options.training().map_err(usage)?;
    let path = path.map_or_else(|| default_path(options), Path::to_owned);
    if path.exists() {
        let bytes = file::read(&path, false).map_err(|error| Error::new(Exit::Failed, error.to_string()))?;
        let damaged = |reason: String| Error::new(Exit::Damaged, format!("{}: {reason}", path.display()));
        let supernet = Supernet::restored(options, &digits(), &bytes).map_err(damaged)?;
        return Ok((supernet, file::fingerprint(&bytes)));
    }
    document::note(&format!(
        "making the supernet, which takes some minutes; it is kept in {}",
        document::quoted(&path)
    ));
    session::watch_for_interrupts()?;
    let failed = |error: bilevel::network::TrainError| match session::interrupted() {
        true => Error::new(Exit::Interrupted, "interrupted before the supernet was made; it begins anew next time"),
        false => Error::new(Exit::Failed, format!("objective `supernet`: {error}")),
    };
    let supernet = Supernet::make(options, &digits(), &Told::default()).map_err(failed)?;
    let bytes = supernet.kept().to_safetensors(options);
    write_whole(&path, &bytes)?;
    let made = supernet.made();
    document::note(&format!(
        "the best of its 15,625 paths classifies {:.1} % of {} held-out images",
        made.held_out.accuracy, made.images
    ));
    Ok((supernet, file::fingerprint(&bytes)))
}

/// One file for each set of options.
fn default_path(options: &Options) -> PathBuf {
    let text = serde_json::to_string(options).expect("numbers are JSON");
    let hash = file::fingerprint(text.as_bytes());
    Path::new("runs").join(format!("supernet-{}.safetensors", &hash[..12]))
}

/// Says how far it is, now and then.
#[derive(Debug, Default)]
struct Told(AtomicU64);

impl Watch for Told {
    fn stop(&self) -> bool {
        session::interrupted()
    }

    fn epoch(&self, epoch: Epoch) {
        if epoch.number.is_multiple_of(10) || epoch.number == epoch.of {
            document::note(&format!("epoch {} of {}, loss {:.3}", epoch.number, epoch.of, epoch.loss));
        }
    }
}

impl Progress for Told {
    fn paths(&self, done: usize, of: usize) {
        let tenth = (10 * done / of) as u64;
        if self.0.fetch_max(tenth, Ordering::Relaxed) < tenth {
            document::note(&format!("{} % of the paths", 10 * tenth));
        }
    }
}
