//! The memory that a step of training takes, from shapes alone.

use super::blueprint::{Block, Blueprint, Operation, needed};
use super::cost::halved;
use crate::objective::DeviceName;
use crate::space::nas_bench_201::EDGES;

/// Values of the largest kind that are on their way at the peak, beside those that are kept.
const ON_THEIR_WAY: usize = 3;

impl Blueprint {
    /// About the memory that a step of training with `batch_size` images takes at its peak, in bytes: the values that the
    /// gradient needs again, some that are on their way, and the weights with gradient and momentum.
    ///
    /// On the processor a convolution needs again what it was given, which it shares with the others that leave the same node,
    /// and its normalisation what it gave; burn's own operations, on other devices, keep the rectified input of each besides.
    /// Skips, sums and pools keep nothing. Within 25 % of what was measured on the processor; not measured on a GPU, where
    /// a driver may take memory in large pieces.
    pub fn training_bytes(&self, batch_size: usize, device: DeviceName) -> u64 {
        let (mut sides, mut area) = (self.shape, self.shape.height * self.shape.width);
        let largest = self.channels * area;
        let mut kept = self.shape.values() + largest;
        for block in self.blocks() {
            kept += match block {
                Block::Cell { channels } => self.kept_by_a_cell(device) * channels * area,
                Block::Reduction { inputs } => {
                    let given = inputs * area;
                    (sides, area) = halved(sides);
                    // Both convolutions with what is between them, and the pooled input of the short cut.
                    given + (3 * 2 * inputs + inputs) * area
                }
            };
        }
        kept += 2 * self.features() * area;
        4 * ((kept + ON_THEIR_WAY * largest) as u64 * batch_size as u64 + 3 * self.parameters())
    }

    /// Planes of `[batch, channels, height, width]` that a cell keeps.
    fn kept_by_a_cell(&self, device: DeviceName) -> usize {
        let needed = needed(&self.operations);
        let convolves = |edge: &usize| needed[*edge] && matches!(self.operations[*edge], Operation::Convolution { .. });
        let convolutions: Vec<usize> = (0..EDGES.len()).filter(convolves).collect();
        if !device.is_cpu() {
            return (5 * convolutions.len()).div_ceil(2);
        }
        let mut given: Vec<usize> = convolutions.iter().map(|edge| EDGES[*edge].1).collect();
        given.sort_unstable();
        given.dedup();
        convolutions.len() + given.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::images::Shape;
    use super::*;
    use crate::objective::Training;
    use crate::space::Architecture;

    fn blueprint(choices: [u8; 6]) -> Blueprint {
        let training = Training { channels: 16, cells: 5, ..Training::default() };
        let shape = Shape { channels: 3, height: 32, width: 32 };
        Blueprint::new(&Architecture::new(choices), &training, shape, 10).unwrap()
    }

    /// C = 16, N = 5, 64 images of 32 × 32: 365 MiB were measured for convolutions of 3 × 3 alone, with this formula's 9
    /// planes a cell, and 540 MiB with burn's own operations.
    #[test]
    fn the_memory_is_estimated_as_measured() {
        let mebibytes = |device| blueprint([3; 6]).training_bytes(64, device) >> 20;
        assert!((365..365 * 5 / 4).contains(&mebibytes(DeviceName::Cpu)), "{}", mebibytes(DeviceName::Cpu));
        let there = mebibytes(DeviceName::Vulkan(None));
        assert!((540..540 * 5 / 4).contains(&there), "{there}");
    }

    #[test]
    fn it_grows_with_the_batch_and_not_with_edges_that_nobody_sees() {
        let cpu = |choices, batch_size| blueprint(choices).training_bytes(batch_size, DeviceName::Cpu);
        assert!(cpu([3; 6], 128) > 19 * cpu([3; 6], 64) / 10);
        // 3 <- 0 alone: what goes into nodes 1 and 2 is not computed, and yet has weights.
        let (unseen, without) = ([3, 3, 3, 1, 0, 0], [0, 0, 0, 1, 0, 0]);
        let weights = blueprint(unseen).parameters() - blueprint(without).parameters();
        assert_eq!(cpu(unseen, 64) - cpu(without, 64), 3 * 4 * weights, "with gradient and momentum");
        assert!(cpu([3, 0, 3, 0, 0, 3], 64) > cpu([3, 0, 1, 0, 0, 3], 64));
    }
}
