//! The memory of a device, shared by the candidates that train on it at once: each waits until there is room for it, and
//! one that would never fit is a failed trial.

use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use bilevel::network::{Blueprint, Split};
use bilevel::objective::{
    Answer, Answers, DeviceName, Failure, FailureKind, Known, Metric, Objective, Training, Trial,
};
use bilevel::space::{Architecture, Cells};

/// What one device has, and what of it is taken.
#[derive(Debug)]
pub(crate) struct DeviceMemory {
    device: DeviceName,
    /// Bytes; `None` where the device does not tell: candidates then take turns.
    whole: Option<u64>,
    taken: Mutex<Taken>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct Taken {
    bytes: u64,
    candidates: usize,
}

/// Room that one candidate holds until it is dropped.
#[derive(Debug)]
pub(crate) struct Room<'a> {
    memory: &'a DeviceMemory,
    bytes: u64,
}

impl DeviceMemory {
    /// The memory of `device`: `said` bytes, or what is free there now.
    pub(crate) fn new(device: DeviceName, said: Option<u64>) -> Self {
        let whole = said.or_else(|| free(device));
        Self { device, whole, taken: Mutex::default(), freed: Condvar::new() }
    }

    /// Waits until the training of `architecture` has room.
    ///
    /// # Errors
    /// If it can never have it, or there is no such network.
    pub(crate) fn room(
        &self,
        cells: &Cells,
        architecture: &Architecture,
        training: &Training,
        split: &Split,
    ) -> Result<Room<'_>, String> {
        let blueprint = Blueprint::new(cells, architecture, training, split.shape(), split.classes().len())
            .map_err(|error| error.to_string())?;
        self.take(blueprint.training_bytes(training.batch_size, training.device))
    }

    /// Waits until a step of training that takes so many bytes has room.
    ///
    /// # Errors
    /// If it can never have it.
    pub(crate) fn take(&self, bytes: u64) -> Result<Room<'_>, String> {
        self.check(bytes)?;
        let mut taken = self.lock();
        while !self.fits(&taken, bytes) {
            taken = self.freed.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        taken.bytes += bytes;
        taken.candidates += 1;
        Ok(Room { memory: self, bytes })
    }

    /// Whether the device can ever have room for a step of so many bytes.
    ///
    /// # Errors
    /// If not: what it takes, and what there is.
    pub(crate) fn check(&self, bytes: u64) -> Result<(), String> {
        if let Some(whole) = self.whole.filter(|whole| *whole < bytes) {
            return Err(format!(
                "a step of training takes about {}, and device `{}` has {} to give; lower batch_size, channels, cells or \
                 resolution, or allow more by --device-memory",
                in_words(bytes),
                self.device,
                in_words(whole)
            ));
        }
        Ok(())
    }

    fn fits(&self, taken: &Taken, bytes: u64) -> bool {
        match self.whole {
            Some(whole) => taken.bytes + bytes <= whole,
            None => taken.candidates == 0,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        let mut taken = self.memory.lock();
        taken.bytes -= self.bytes;
        taken.candidates -= 1;
        drop(taken);
        self.memory.freed.notify_all();
    }
}

/// Bytes that are free on a device, where it can be asked: of the processor the system, of NVIDIA's cards the program that
/// comes with their driver. Vulkan has no answer to it that holds for every driver.
fn free(device: DeviceName) -> Option<u64> {
    match device {
        DeviceName::Cpu => {
            let mut system = sysinfo::System::new();
            system.refresh_memory();
            let limit = system.cgroup_limits().map_or(u64::MAX, |limits| limits.free_memory);
            // 0 is what an unknown system says.
            Some(system.available_memory().min(limit)).filter(|bytes| *bytes > 0)
        }
        DeviceName::Vulkan(_) | DeviceName::Webgpu => None,
        DeviceName::Cuda(number) => {
            let mut command = Command::new("nvidia-smi");
            command.args(["--query-gpu=memory.free", "--format=csv,noheader,nounits", &format!("--id={number}")]);
            let said = command.output().ok().filter(|output| output.status.success())?;
            let mebibytes: u64 = String::from_utf8(said.stdout).ok()?.trim().parse().ok()?;
            Some(mebibytes << 20)
        }
    }
}

/// `1.5 GiB`, `12.0 MiB`.
pub(crate) fn in_words(bytes: u64) -> String {
    let mebibytes = bytes as f64 / f64::from(1 << 20);
    if mebibytes < 1024.0 { format!("{mebibytes:.1} MiB") } else { format!("{:.1} GiB", mebibytes / 1024.0) }
}

/// An objective that trains, and does so when there is room on its device.
#[derive(Debug, Clone)]
pub(crate) struct WithRoom<O> {
    objective: O,
    memory: Arc<DeviceMemory>,
    cells: Cells,
    training: Training,
    split: Split,
}

impl<O: Objective> WithRoom<O> {
    /// `objective` trains on `split` as `training` says.
    pub(crate) fn new(
        objective: O,
        memory: &Arc<DeviceMemory>,
        cells: &Cells,
        training: &Training,
        split: &Split,
    ) -> Self {
        let (cells, training, split) = (cells.clone(), training.clone(), split.clone());
        Self { objective, memory: Arc::clone(memory), cells, training, split }
    }
}

impl<O: Objective> Objective for WithRoom<O> {
    fn metrics(&self) -> &[Metric] {
        self.objective.metrics()
    }

    fn answers(&self) -> Answers {
        self.objective.answers()
    }

    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure> {
        let Some(architecture) = trial.architecture() else { return self.objective.answer(trial) };
        let room = self.memory.room(&self.cells, architecture, &self.training, &self.split);
        let _room = room.map_err(|reason| Failure::new(FailureKind::Failed, reason))?;
        self.objective.answer(trial)
    }

    fn known(&self) -> Known {
        self.objective.known()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// The most candidates of 3 bytes that `memory` let in at once, of eight that came together.
    fn at_once(memory: &DeviceMemory) -> usize {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let _room = memory.take(3).unwrap();
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(20));
                    now.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!(memory.lock().bytes, 0);
        most.into_inner()
    }

    #[test]
    fn candidates_wait_for_room() {
        assert_eq!(at_once(&DeviceMemory::new(DeviceName::Cpu, Some(8))), 2);
        assert_eq!(at_once(&DeviceMemory::new(DeviceName::Cpu, Some(3))), 1);
        assert_eq!(at_once(&DeviceMemory::new(DeviceName::Vulkan(None), None)), 1, "it does not tell: in turns");
    }

    #[test]
    fn what_never_fits_is_refused_in_words() {
        let memory = DeviceMemory::new(DeviceName::Cuda(1), Some(3 << 30));
        let reason = memory.take((7 << 30) + 1).unwrap_err();
        assert!(
            reason
                .starts_with("a step of training takes about 7.0 GiB, and device `cuda:1` has 3.0 GiB to give; lower "),
            "{reason}"
        );
        assert!(memory.take(3 << 30).is_ok());
    }

    #[test]
    fn this_machine_has_memory() {
        assert!(free(DeviceName::Cpu).unwrap() > 1 << 20);
    }
}
