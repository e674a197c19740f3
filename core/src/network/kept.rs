//! Trainings that may go on: candidates that were asked at fewer epochs than there are, and may be asked at more.

use std::collections::VecDeque;

use super::trainer::Trainer;
use crate::space::Architecture;

/// The most bytes of weights and velocities that are kept: some thousand candidates of the default size, some forty of
/// the benchmark's largest.
pub(super) const MOST_BYTES: u64 = 512 << 20;

/// A memory of trainings that workers share. What it has dropped is trained from the beginning again, to the same bits.
#[derive(Debug)]
pub(super) struct Kept {
    /// The oldest first; no architecture twice.
    trainings: VecDeque<(Architecture, Trainer)>,
    bytes: u64,
    most: u64,
}

impl Kept {
    /// An empty memory of at most so many bytes.
    pub(super) fn new(most: u64) -> Self {
        Self { trainings: VecDeque::new(), bytes: 0, most }
    }

    /// Takes the training of `architecture` out, if it has come no further than `epochs`.
    pub(super) fn take(&mut self, architecture: &Architecture, epochs: u32) -> Option<Trainer> {
        let fits = |(kept, trainer): &(Architecture, Trainer)| kept == architecture && trainer.epochs() <= epochs;
        let place = self.trainings.iter().position(fits)?;
        let (_, trainer) = self.trainings.remove(place)?;
        self.bytes -= trainer.bytes();
        Some(trainer)
    }

    /// Keeps the training of `architecture`, unless one that has come further is there; drops the oldest where there are
    /// too many bytes.
    pub(super) fn keep(&mut self, architecture: &Architecture, trainer: Trainer) {
        // One that has come less far is of no more use; two workers may have trained the same.
        drop(self.take(architecture, trainer.epochs()));
        if self.trainings.iter().any(|(kept, _)| kept == architecture) {
            return;
        }
        self.bytes += trainer.bytes();
        self.trainings.push_back((architecture.clone(), trainer));
        while self.bytes > self.most
            && let Some((_, oldest)) = self.trainings.pop_front()
        {
            self.bytes -= oldest.bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::digits::digits;
    use super::super::reading::wait;
    use super::super::split::Split;
    use super::super::tensors::nas_bench_201;
    use super::*;
    use crate::objective::Training;

    #[test]
    fn the_oldest_goes_where_there_are_too_many() {
        let training = Training { channels: 2, epochs: 3, train_images: Some(70), ..Training::default() };
        let split = Split::new(&digits(), &training, 1).unwrap();
        let cell = |k: u8| Architecture::new([k, 0, 0, 0, 0, 0]);
        let trainer = |k: u8, epochs| {
            let trainer = Trainer::new(&nas_bench_201(), &cell(k), &training, &split, 1).unwrap();
            wait(trainer.go_on(epochs, &())).unwrap()
        };
        let mut kept = Kept::new(2 * trainer(0, 0).bytes());
        kept.keep(&cell(0), trainer(0, 1));
        kept.keep(&cell(1), trainer(1, 2));
        assert_eq!(kept.take(&cell(1), 1).map(|trainer| trainer.epochs()), None, "it has come further than that");
        kept.keep(&cell(1), trainer(1, 1));
        kept.keep(&cell(4), trainer(4, 1));
        assert!(kept.take(&cell(0), 3).is_none(), "the oldest is gone");
        assert_eq!(
            kept.take(&cell(1), 2).map(|trainer| trainer.epochs()),
            Some(2),
            "the one that had come further stayed"
        );
        assert!(kept.take(&cell(1), 3).is_none(), "it was taken");
        assert_eq!(kept.take(&cell(4), 3).map(|trainer| trainer.epochs()), Some(1));
        assert_eq!(kept.bytes, 0);
    }
}
