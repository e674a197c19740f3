//! A supernet that is trained while it is searched, with its checkpoint beside the log.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use bilevel::network::SharedWeights;
use bilevel::objective::{Answer, Answers, Failure, FailureKind, Metric, Objective, Purpose, Trial};

use crate::device_memory::DeviceMemory;
use crate::directory::write_whole;
use crate::document;
use crate::session::UntilInterrupted;

/// The file of a run directory that has what the supernet has come to.
pub(crate) const FILE: &str = "checkpoint.safetensors";

/// The largest checkpoint that is read, in bytes: beyond the weights and velocities of any supernet that fits the limit on a step.
const LARGEST: u64 = 16 << 30;

/// Where the checkpoint is, once the run has a directory.
pub(crate) type Place = Arc<OnceLock<PathBuf>>;

/// The objective, kept epoch by epoch.
#[derive(Debug)]
pub(crate) struct Kept {
    shared: SharedWeights,
    memory: Arc<DeviceMemory>,
    place: Place,
    looked: bool,
}

impl Kept {
    pub(crate) fn new(shared: SharedWeights, memory: &Arc<DeviceMemory>, place: &Place) -> Self {
        let (memory, place) = (Arc::clone(memory), Arc::clone(place));
        Self { shared: shared.with_watch(Arc::new(UntilInterrupted)), memory, place, looked: false }
    }

    /// Goes on from the checkpoint, if there is one. Without it the epochs of the log are trained again, to the same bits.
    fn look(&mut self) {
        if std::mem::replace(&mut self.looked, true) {
            return;
        }
        let Some(path) = self.place.get().filter(|path| path.exists()).cloned() else { return };
        if let Err(reason) = self.read(&path) {
            document::note(&format!(
                "{}: {reason}; it is not used, and the epochs of the log are trained again",
                path.display()
            ));
        }
    }

    fn read(&mut self, path: &Path) -> Result<(), String> {
        let length = fs::metadata(path).map_err(|error| error.to_string())?.len();
        if length > LARGEST {
            return Err(format!("{length} bytes are no checkpoint"));
        }
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        self.shared.restore(&bytes)
    }

    /// Written before the epoch is told: a run that is killed between the two asks for the same epoch again, and is answered from
    /// here. A search does not need it to go on, nor to be resumed, which then takes longer.
    fn keep(&self) {
        let (Some(path), Some(bytes)) = (self.place.get(), self.shared.checkpoint_now()) else { return };
        if let Err(error) = write_whole(path, &bytes) {
            document::note(&format!("no checkpoint of this epoch: {}", error.message));
        }
    }
}

impl Objective for Kept {
    fn metrics(&self) -> &[Metric] {
        self.shared.metrics()
    }

    fn answers(&self) -> Answers {
        self.shared.answers()
    }

    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure> {
        self.look();
        let memory = Arc::clone(&self.memory);
        let room = memory.take(self.shared.step_bytes());
        let _room = room.map_err(|reason| Failure::new(FailureKind::Failed, reason))?;
        let answer = self.shared.answer(trial)?;
        if trial.purpose == Purpose::Train {
            self.keep();
        }
        Ok(answer)
    }
}
