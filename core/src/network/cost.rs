//! What a network costs, from its blueprint alone: parameters and multiply-adds.
//!
//! Both are the figures of NAS-Bench-201. One multiply-add counts 1; counted are convolutions and the linear head with
//! its bias, not batch normalisation, pooling, activations or additions.

use super::blueprint::{Block, Blueprint, Operation};
use super::images::Shape;

impl Blueprint {
    /// The number of trainable weights: convolutions, scale and shift of batch normalisations, the head.
    pub fn parameters(&self) -> u64 {
        let normalised =
            |inputs: usize, outputs: usize, kernel: usize| inputs * outputs * kernel * kernel + 2 * outputs;
        let mut sum = normalised(self.shape.channels, self.channels, 3);
        for block in self.blocks() {
            sum += match block {
                Block::Cell { channels } => self.kernels().map(|kernel| normalised(channels, channels, kernel)).sum(),
                Block::Reduction { inputs } => {
                    let outputs = 2 * inputs;
                    normalised(inputs, outputs, 3) + normalised(outputs, outputs, 3) + inputs * outputs
                }
            };
        }
        (sum + 2 * self.features() + (self.features() + 1) * self.classes) as u64
    }

    /// Multiply-adds for one image.
    pub fn multiply_adds(&self) -> u64 {
        let (mut sides, mut area) = (self.shape, self.shape.height * self.shape.width);
        let mut sum = 9 * self.shape.channels * self.channels * area;
        for block in self.blocks() {
            sum += match block {
                Block::Cell { channels } => {
                    self.kernels().map(|kernel| kernel * kernel * channels * channels * area).sum::<usize>()
                }
                Block::Reduction { inputs } => {
                    (sides, area) = halved(sides);
                    let outputs = 2 * inputs;
                    (9 * inputs * outputs + 9 * outputs * outputs + inputs * outputs) * area
                }
            };
        }
        (sum + (self.features() + 1) * self.classes) as u64
    }

    /// The sides of the kernels of a cell's convolutions.
    fn kernels(&self) -> impl Iterator<Item = usize> {
        self.operations.into_iter().filter_map(|operation| match operation {
            Operation::Convolution { kernel } => Some(kernel),
            Operation::None | Operation::Skip | Operation::AveragePool => None,
        })
    }
}

/// Half the sides, rounded up, and the pixels that are left.
pub(super) fn halved(sides: Shape) -> (Shape, usize) {
    let (height, width) = (sides.height.div_ceil(2), sides.width.div_ceil(2));
    (Shape { height, width, ..sides }, height * width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::Training;
    use crate::space::Space;

    /// Published for CIFAR-10 with C = 16, N = 5: parameters 73,306 + 243,040 n3 + 28,000 n1, multiply-adds
    /// 7,783,050 + 35,389,440 n3 + 3,932,160 n1, for n3 convolutions 3 × 3 and n1 of 1 × 1.
    #[test]
    fn every_cell_costs_what_the_benchmark_says() {
        let training = Training { channels: 16, cells: 5, ..Training::default() };
        let shape = Shape { channels: 3, height: 32, width: 32 };
        for architecture in Space::named("nas-bench-201").unwrap().enumerate() {
            let count = |choice| architecture.choices().iter().filter(|k| **k == choice).count() as u64;
            let (n1, n3) = (count(2), count(3));
            let blueprint = Blueprint::new(&architecture, &training, shape, 10).unwrap();
            assert_eq!(blueprint.parameters(), 73_306 + 243_040 * n3 + 28_000 * n1);
            assert_eq!(blueprint.multiply_adds(), 7_783_050 + 35_389_440 * n3 + 3_932_160 * n1);
        }
    }

    #[test]
    fn more_classes_cost_their_rows_of_the_head() {
        let training = Training { channels: 16, cells: 5, ..Training::default() };
        let shape = Shape { channels: 3, height: 32, width: 32 };
        let parameters = |classes| {
            Blueprint::new(&crate::space::Architecture::new([1; 6]), &training, shape, classes).unwrap().parameters()
        };
        // CIFAR-100 and ImageNet16-120 against CIFAR-10.
        assert_eq!(parameters(100) - parameters(10), 5_850);
        assert_eq!(parameters(120) - parameters(10), 7_150);
    }
}
