//! The memory that a step of training takes, from shapes alone.

use std::collections::BTreeSet;

use super::blueprint::{Block, Blueprint, EdgePlan, Place};
use super::cost::halved;
use crate::objective::DeviceName;
use crate::space::{Architecture, Operation, SpaceSpec};

/// Values of the largest kind that are on their way at the peak, beside those that are kept.
const ON_THEIR_WAY: usize = 3;

impl Blueprint {
    /// About the memory that a step of training with `batch_size` images takes at its peak, in bytes: the values that the
    /// gradient needs again, some that are on their way, and the weights with gradient and momentum. Of a supernet, for a mixture
    /// of all operations; along the path of an architecture it takes what the network of that takes, and the weights.
    ///
    /// On the processor a convolution needs again what it was given, which it shares with the others that leave the same node,
    /// and its normalisation what it gave; a GPU keeps the rectified input of each besides, and what a pool of means was given.
    /// Skips, sums and pools keep nothing else in the network of one architecture; in a mixture the slope in the share of an operation
    /// needs what that gave. Within 25 % of what was measured on the processor; not measured on a GPU, where a driver may take
    /// memory in large pieces.
    pub fn training_bytes(&self, batch_size: usize, device: DeviceName) -> u64 {
        let (mut sides, mut area) = (self.shape, self.shape.height * self.shape.width);
        let largest = self.given_by_a_cell(self.channels).max(self.stem()) * area;
        let mut kept = self.shape.values() + self.stem() * area;
        for block in self.blocks() {
            let before = area;
            if matches!(block, Block::Reduction { .. } | Block::Cell(Place { stride: 2, .. })) {
                (sides, area) = halved(sides);
            }
            kept += match block {
                Block::Cell(place) => self.kept_by_a_cell(&place, [before, area], device),
                // Both convolutions with what is between them, and the pooled input of the short cut.
                Block::Reduction { inputs } => inputs * before + (3 * 2 * inputs + inputs) * area,
            };
        }
        kept += 2 * self.features() * area;
        4 * ((kept + ON_THEIR_WAY * largest) as u64 * batch_size as u64 + 3 * self.parameters())
    }

    /// The same along the path of an architecture of a supernet, the one that takes most; `weighs` is whether it is the corner of
    /// mixtures, with shares that have slopes.
    pub(super) fn path_bytes(&self, batch_size: usize, device: DeviceName, weighs: bool) -> u64 {
        let mut path = self.clone();
        path.weighs = weighs;
        path.architecture = Some(Architecture::new(vec![0; self.cells().space().length()]));
        for plan in path.plans.iter_mut().flatten() {
            let largest = plan.operations.iter().max_by_key(|operation| self.half_planes(**operation, false, device));
            plan.operations = largest.copied().into_iter().collect();
        }
        if let SpaceSpec::Darts(_) = self.cells().space().spec() {
            // A genotype keeps two edges of each node.
            for plans in &mut path.plans {
                let nodes: BTreeSet<usize> = plans.iter().map(|plan| plan.to).collect();
                let two = |to: &usize| plans.iter().filter(|plan| plan.to == *to).take(2).cloned().collect::<Vec<_>>();
                *plans = nodes.iter().flat_map(two).collect();
            }
        }
        // All weights are there, and those that run have gradients and velocities in time.
        path.training_bytes(batch_size, device) + 4 * 3 * (self.parameters() - path.parameters())
    }

    /// Values for each image.
    fn kept_by_a_cell(&self, place: &Place, [given, area]: [usize; 2], device: DeviceName) -> usize {
        let Place { kind, given: inputs, channels, stride, older_is_larger } = *place;
        let plans: Vec<&EdgePlan> = self.plans[kind].iter().filter(|plan| plan.needed).collect();
        let part = channels / self.style.share_of_channels;
        let (mut sum, mut sources) = (0, Vec::new());
        for plan in plans {
            let halves = plan.from < self.inputs() && stride == 2;
            for operation in &plan.operations {
                sum += (part * area * self.half_planes(*operation, halves, device)).div_ceil(2);
                if self.needs_its_input(*operation, device) {
                    sources.push((plan.from, if halves { given } else { area }));
                }
            }
        }
        sources.sort_unstable();
        sources.dedup();
        sum += sources.iter().map(|(_, area)| part * area).sum::<usize>();
        if self.style.share_of_channels > 1 {
            // What is divided is put together again, once in order and once shuffled.
            sum += 2 * channels * area * self.plans[kind].len();
        }
        if self.inputs() == 2 {
            // What the adapters are given and what their norms are; one that halves the sides, once rectified and once moved besides.
            let older = if older_is_larger { 2 * 4 * given } else { given };
            sum += inputs[0] * older + inputs[1] * given + 2 * channels * given;
        }
        sum
    }

    /// Whether what an operation is given is kept, for all that leave the same node.
    fn needs_its_input(&self, operation: Operation, device: DeviceName) -> bool {
        match operation {
            Operation::Convolution { .. } => device.is_cpu(),
            Operation::Skip => self.weighs,
            Operation::AveragePool => !device.is_cpu(),
            _ => false,
        }
    }

    /// Halves of planes `[channels, height, width]` of its result that an operation keeps.
    fn half_planes(&self, operation: Operation, halves: bool, device: DeviceName) -> usize {
        /// The rectified input of the convolution of each channel, what that gives, and what is normalised.
        const DEPTHWISE: usize = 6;
        let weighed = 2 * usize::from(self.weighs);
        let pooled = 2 * usize::from(self.inputs() == 2 && self.style.pools_are_normalised);
        weighed
            + match operation {
                Operation::None => return 0,
                Operation::Skip if !halves => return 0,
                // Of four times the pixels, rectified and moved, and what is normalised.
                Operation::Skip => 2 * (4 + 4 + 1),
                Operation::AveragePool => pooled,
                // The place of each largest value has eight bytes.
                Operation::MaxPool => 4 + pooled,
                Operation::Convolution { .. } if device.is_cpu() => 2,
                Operation::Convolution { .. } => 5,
                Operation::Separable { .. } => 2 * DEPTHWISE,
                Operation::Dilated { .. } => DEPTHWISE,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::super::images::Shape;
    use super::super::style::Style;
    use super::*;
    use crate::objective::Training;
    use crate::space::{Cells, Space};

    fn blueprint(choices: [u8; 6]) -> Blueprint {
        let training = Training { channels: 16, cells: 5, ..Training::default() };
        let shape = Shape { channels: 3, height: 32, width: 32 };
        let cells = Cells::of(&Space::named("nas-bench-201").unwrap()).unwrap();
        Blueprint::new(&cells, &Architecture::new(choices), &training, shape, 10).unwrap()
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

    /// Three nodes, in five cells of each of three stages, the sides halved and the channels doubled from one to the next.
    #[test]
    fn a_gpu_keeps_what_pools_of_means_were_given() {
        let of = |device| blueprint([4; 6]).training_bytes(64, device);
        assert_eq!(of(DeviceName::Cuda(0)) - of(DeviceName::Cpu), 4 * 64 * 3 * 5 * 16 * 1024 * 7 / 4);
    }

    #[test]
    fn the_largest_path_of_a_supernet_is_one_of_convolutions() {
        let training = Training { channels: 32, cells: 1, ..Training::default() };
        let (shape, cells) = (Shape { channels: 1, height: 32, width: 32 }, blueprint([3; 6]).cells().clone());
        let supernet = Blueprint::supernet(&cells, Style::SEARCHED, &training, shape, 10).unwrap();
        let child = Blueprint::new(&cells, &Architecture::new([3; 6]), &training, shape, 10).unwrap();
        let weights = |blueprint: &Blueprint| 12 * blueprint.parameters();
        let of = |blueprint: &Blueprint| blueprint.training_bytes(64, DeviceName::Cpu) - weights(blueprint);
        let path = |weighs| supernet.path_bytes(64, DeviceName::Cpu, weighs) - weights(&supernet);
        assert_eq!(path(false), of(&child));
        // At a corner what each of six operations gives is kept too, in each of three stages of half the size.
        assert_eq!(path(true) - of(&child), 4 * 64 * 6 * 32 * 1024 * 7 / 4);
        assert!(path(true) < of(&supernet));
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
