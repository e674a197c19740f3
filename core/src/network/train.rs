//! A training from its beginning to its end, who may look on, and how it can fail.

use super::blueprint::BlueprintError;
use super::device::DeviceError;
use super::reading::{Lost, wait};
use super::split::Split;
use super::trained::Trained;
use super::trainer::Trainer;
use crate::objective::Training;
use crate::space::{Architecture, Cells};

/// Why a network was not trained to the end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// It cannot be built.
    #[error(transparent)]
    Blueprint(#[from] BlueprintError),
    /// The device is not there.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The loss left the finite numbers.
    #[error("training diverged: the loss is {loss} in epoch {epoch}, step {step}; try a smaller learning_rate")]
    Diverged {
        /// The epoch, from 1.
        epoch: u32,
        /// The step of the epoch, from 1.
        step: usize,
        /// What the loss was, in words: `NaN` or `inf`.
        loss: String,
    },
    /// The device went away.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// [`Watch::stop`] said so.
    #[error("training was stopped in epoch {epoch}")]
    Stopped {
        /// The epoch, from 1.
        epoch: u32,
    },
}

/// An epoch that has ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epoch {
    /// Which, from 1.
    pub number: u32,
    /// How many there will be.
    pub of: u32,
    /// The mean cross-entropy of its steps, in nats.
    pub loss: f64,
}

/// Who looks on while a network trains, and may stop it. It changes no number.
pub trait Watch: Send + Sync {
    /// Asked before every step: whether to stop.
    fn stop(&self) -> bool {
        false
    }

    /// Told after every epoch.
    fn epoch(&self, epoch: Epoch) {
        let _ = epoch;
    }
}

/// Nobody looks on.
impl Watch for () {}

/// Trains the network of `architecture`, of the space of `cells`, on the training part of `split`, and on nothing else of it.
///
/// # Errors
/// If the network cannot be built, diverges or is stopped.
pub fn train(
    cells: &Cells,
    architecture: &Architecture,
    training: &Training,
    split: &Split,
    seed: u64,
    watch: &dyn Watch,
) -> Result<Trained, TrainError> {
    Ok(wait(Trainer::new(cells, architecture, training, split, seed)?.go_on(training.epochs, watch))?.trained())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::digits::digits;
    use super::super::tensors::nas_bench_201;
    use super::*;

    fn small() -> Training {
        Training { channels: 2, epochs: 2, train_images: Some(150), ..Training::default() }
    }

    fn cell(choices: [u8; 6]) -> Architecture {
        Architecture::new(choices)
    }

    #[test]
    fn the_same_bits_alone_and_beside_others() {
        let split = Split::new(&digits(), &small(), 1).unwrap();
        let cells = [cell([3; 6]), cell([3, 2, 1, 4, 0, 3]), cell([2, 4, 4, 1, 2, 0])];
        let weights =
            |cell: &Architecture| train(&nas_bench_201(), cell, &small(), &split, 9, &()).unwrap().to_safetensors();
        let alone: Vec<Vec<u8>> = cells.iter().map(weights).collect();
        #[allow(clippy::disallowed_methods, reason = "threads beside each other are what is tested")]
        let together: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let threads: Vec<_> = cells.iter().map(|cell| scope.spawn(|| weights(cell))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(alone == together);
        assert!(alone[0] != train(&nas_bench_201(), &cells[0], &small(), &split, 10, &()).unwrap().to_safetensors());
    }

    #[test]
    fn training_lowers_the_loss_and_tells_every_epoch() {
        #[derive(Default)]
        struct Epochs(Mutex<Vec<Epoch>>);
        impl Watch for Epochs {
            fn epoch(&self, epoch: Epoch) {
                self.0.lock().unwrap().push(epoch);
            }
        }
        let training = Training { epochs: 4, channels: 4, train_images: None, ..small() };
        let split = Split::new(&digits(), &training, 1).unwrap();
        let epochs = Epochs::default();
        let trained = train(&nas_bench_201(), &cell([3, 0, 1, 1, 0, 3]), &training, &split, 9, &epochs).unwrap();
        let epochs = epochs.0.into_inner().unwrap();
        assert_eq!(
            epochs.iter().map(|epoch| (epoch.number, epoch.of)).collect::<Vec<_>>(),
            [(1, 4), (2, 4), (3, 4), (4, 4)]
        );
        assert!(epochs[3].loss < epochs[0].loss / 4.0, "{epochs:?}");
        // Chance is 10 %.
        assert!(trained.score(split.validation()).accuracy > 85.0);
    }

    /// The class is all that such a network can learn: the head sees no image.
    #[test]
    fn a_cell_without_any_operation_still_trains() {
        let split = Split::new(&digits(), &small(), 1).unwrap();
        let score = train(&nas_bench_201(), &cell([0; 6]), &small(), &split, 9, &()).unwrap().score(split.validation());
        assert!((score.loss - std::f64::consts::LN_10).abs() < 0.1, "{score:?}");
    }

    #[test]
    fn divergence_and_stopping_are_errors_in_words() {
        let split = Split::new(&digits(), &small(), 1).unwrap();
        let wild = Training { learning_rate: 10.0, weight_decay: 1e30, ..small() };
        let error = train(&nas_bench_201(), &cell([3; 6]), &wild, &split, 9, &()).unwrap_err();
        assert!(matches!(error, TrainError::Diverged { .. }), "{error}");
        assert!(error.to_string().starts_with("training diverged: the loss is "), "{error}");

        struct Stop;
        impl Watch for Stop {
            fn stop(&self) -> bool {
                true
            }
        }
        let error = train(&nas_bench_201(), &cell([3; 6]), &small(), &split, 9, &Stop).unwrap_err();
        assert_eq!(error.to_string(), "training was stopped in epoch 1");
    }
}
