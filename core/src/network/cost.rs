//! What a network costs, from its blueprint alone: parameters and multiply-adds.
//!
//! Both are the figures of NAS-Bench-201. One multiply-add counts 1; counted are convolutions and the linear head with
//! its bias, not batch normalisation, pooling, activations or additions.

use super::blueprint::{Block, Blueprint, Place};
use super::images::Shape;
use crate::space::Operation;

/// Weights of a convolution and of the norm after it, and multiply-adds for one image.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    parameters: usize,
    multiply_adds: usize,
}

impl std::ops::AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.parameters += other.parameters;
        self.multiply_adds += other.multiply_adds;
    }
}

impl std::iter::Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), |mut sum, cost| {
            sum += cost;
            sum
        })
    }
}

impl Cost {
    /// So many weights, each used at `area` pixels.
    fn convolution(weights: usize, area: usize) -> Self {
        Self { parameters: weights, multiply_adds: weights * area }
    }

    /// Scale and shift of a norm, where it has them.
    fn norm(channels: usize, affine: bool) -> Self {
        Self { parameters: if affine { 2 * channels } else { 0 }, multiply_adds: 0 }
    }

    /// A convolution and its norm.
    fn normalised(weights: usize, channels: usize, area: usize, affine: bool) -> Self {
        [Self::convolution(weights, area), Self::norm(channels, affine)].into_iter().sum()
    }
}

impl Blueprint {
    /// The number of trainable weights: convolutions, scale and shift of batch normalisations, the head. Of a supernet, those of
    /// all operations.
    pub fn parameters(&self) -> u64 {
        self.cost().parameters as u64
    }

    /// Multiply-adds for one image. Of a supernet, those of all operations.
    pub fn multiply_adds(&self) -> u64 {
        self.cost().multiply_adds as u64
    }

    /// The share of all multiply-adds of its cells that each operation on each edge has, `[Σ K]` of the edges: 1 for all together.
    pub(super) fn prices(&self) -> Vec<f64> {
        let mut prices = vec![0.0; self.plans.iter().flatten().map(|plan| plan.operations.len()).sum()];
        let (mut sides, mut area) = (self.shape, self.shape.height * self.shape.width);
        for block in self.blocks() {
            if matches!(block, Block::Reduction { .. } | Block::Cell(Place { stride: 2, .. })) {
                (sides, area) = halved(sides);
            }
            let Block::Cell(place) = block else { continue };
            let before: usize = self.plans[..place.kind].iter().flatten().map(|plan| plan.operations.len()).sum();
            let c = place.channels / self.style.share_of_channels;
            let mut index = before;
            for plan in &self.plans[place.kind] {
                let halves = plan.from < self.inputs() && place.stride == 2;
                for operation in &plan.operations {
                    prices[index] += self.cost_of(*operation, c, halves, area).multiply_adds as f64;
                    index += 1;
                }
            }
        }
        let sum: f64 = prices.iter().sum();
        prices.iter_mut().for_each(|price| *price /= sum.max(1.0));
        prices
    }

    fn cost(&self) -> Cost {
        let (mut sides, mut area) = (self.shape, self.shape.height * self.shape.width);
        let (stem, features) = (self.stem(), self.features());
        let mut sum = Cost::normalised(9 * self.shape.channels * stem, stem, area, true);
        for block in self.blocks() {
            let before = area;
            if matches!(block, Block::Reduction { .. } | Block::Cell(Place { stride: 2, .. })) {
                (sides, area) = halved(sides);
            }
            sum += match block {
                Block::Cell(place) => self.cost_of_cell(&place, [before, area]),
                Block::Reduction { inputs } => {
                    let outputs = 2 * inputs;
                    let residual = Cost::convolution(inputs * outputs, area);
                    let first = Cost::normalised(9 * inputs * outputs, outputs, area, true);
                    [first, Cost::normalised(9 * outputs * outputs, outputs, area, true), residual].into_iter().sum()
                }
            };
        }
        if self.inputs() == 1 {
            sum += Cost::norm(features, true);
        }
        let head = (features + 1) * self.classes;
        sum += Cost { parameters: head, multiply_adds: head };
        sum
    }

    /// A cell whose newer input has the first area, and whose nodes have the second.
    fn cost_of_cell(&self, place: &Place, [given, area]: [usize; 2]) -> Cost {
        let Place { kind, given: inputs, channels, stride, older_is_larger: _ } = *place;
        let affine = self.style.affine;
        let mut sum = Cost::default();
        if self.inputs() == 2 {
            // An older input of twice the sides is halved by as many weights as a 1 × 1 convolution has.
            sum = inputs.iter().map(|inputs| Cost::normalised(inputs * channels, channels, given, affine)).sum();
        }
        let c = channels / self.style.share_of_channels;
        for plan in &self.plans[kind] {
            let halves = plan.from < self.inputs() && stride == 2;
            sum += plan.operations.iter().map(|operation| self.cost_of(*operation, c, halves, area)).sum();
        }
        sum
    }

    /// An operation with c channels whose result has `area` pixels.
    fn cost_of(&self, operation: Operation, c: usize, halves: bool, area: usize) -> Cost {
        let affine = self.style.affine;
        let depthwise = |kernel: usize| {
            let mut cost = Cost::convolution(kernel * kernel * c, area);
            cost += Cost::normalised(c * c, c, area, affine);
            cost
        };
        match operation {
            Operation::None => Cost::default(),
            Operation::Skip if !halves => Cost::default(),
            Operation::Skip => Cost::normalised(c * c, c, area, affine),
            Operation::AveragePool | Operation::MaxPool => {
                Cost::norm(c, affine && self.inputs() == 2 && self.style.pools_are_normalised)
            }
            Operation::Convolution { kernel } => Cost::normalised(kernel * kernel * c * c, c, area, affine),
            Operation::Separable { kernel } => [depthwise(kernel); 2].into_iter().sum(),
            Operation::Dilated { kernel } => depthwise(kernel),
        }
    }
}

/// Half the sides, rounded up, and the pixels that are left.
pub(super) fn halved(sides: Shape) -> (Shape, usize) {
    let (height, width) = (sides.height.div_ceil(2), sides.width.div_ceil(2));
    (Shape { height, width, ..sides }, height * width)
}

#[cfg(test)]
mod tests {
    use super::super::style::Style;
    use super::*;
    use crate::objective::Training;
    use crate::space::{Architecture, Cells, Space};

    fn cells(name: &str) -> Cells {
        Cells::of(&Space::named(name).unwrap()).unwrap()
    }

    /// Published for CIFAR-10 with C = 16, N = 5: parameters 73,306 + 243,040 n3 + 28,000 n1, multiply-adds
    /// 7,783,050 + 35,389,440 n3 + 3,932,160 n1, for n3 convolutions 3 × 3 and n1 of 1 × 1.
    #[test]
    fn every_cell_costs_what_the_benchmark_says() {
        let training = Training { channels: 16, cells: 5, ..Training::default() };
        let shape = Shape { channels: 3, height: 32, width: 32 };
        let cells = cells("nas-bench-201");
        for architecture in cells.space().enumerate() {
            let count = |choice| architecture.choices().iter().filter(|k| **k == choice).count() as u64;
            let (n1, n3) = (count(2), count(3));
            let blueprint = Blueprint::new(&cells, &architecture, &training, shape, 10).unwrap();
            assert_eq!(blueprint.parameters(), 73_306 + 243_040 * n3 + 28_000 * n1);
            assert_eq!(blueprint.multiply_adds(), 7_783_050 + 35_389_440 * n3 + 3_932_160 * n1);
        }
    }

    /// As the authors' own code prints them: DARTS' second-order cell with 36 channels and 20 cells has 3.349342 million weights,
    /// without the auxiliary head, and the supernet of 16 channels and 8 cells 1.930618 million.
    #[test]
    fn networks_of_darts_have_as_many_weights_as_the_authors_say() {
        let (cells, shape) = (cells("darts"), Shape { channels: 3, height: 32, width: 32 });
        let found = cells.space().parse(
            "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), \
             ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], \
             normal_concat=[2, 3, 4, 5], reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), \
             ('max_pool_3x3', 1), ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], \
             reduce_concat=[2, 3, 4, 5])",
        );
        let training = Training { channels: 36, cells: 6, ..Training::default() };
        let blueprint = Blueprint::new(&cells, &found.unwrap(), &training, shape, 10).unwrap();
        assert_eq!(blueprint.parameters(), 3_349_342);
        let training = Training { channels: 16, cells: 2, ..Training::default() };
        let supernet = Blueprint::supernet(&cells, Style::SEARCHED, &training, shape, 10).unwrap();
        assert_eq!(supernet.parameters(), 1_930_618);
    }

    #[test]
    fn the_prices_of_all_operations_are_1_and_those_without_weights_are_free() {
        let (cells, shape) = (cells("nas-bench-201"), Shape { channels: 1, height: 8, width: 8 });
        let supernet = Blueprint::supernet(&cells, Style::SEARCHED, &Training::default(), shape, 10).unwrap();
        let prices = supernet.prices();
        assert!((prices.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        for row in prices.chunks(5) {
            // 9 times the multiply-adds of a 1 × 1 convolution, on six edges.
            assert!((row[2] - 1.0 / 60.0).abs() < 1e-12 && (row[3] - 9.0 / 60.0).abs() < 1e-12, "{row:?}");
            assert_eq!([row[0], row[1], row[4]], [0.0; 3]);
        }
    }

    #[test]
    fn more_classes_cost_their_rows_of_the_head() {
        let training = Training { channels: 16, cells: 5, ..Training::default() };
        let shape = Shape { channels: 3, height: 32, width: 32 };
        let parameters = |classes| {
            let skips = Architecture::new([1; 6]);
            Blueprint::new(&cells("nas-bench-201"), &skips, &training, shape, classes).unwrap().parameters()
        };
        // CIFAR-100 and ImageNet16-120 against CIFAR-10.
        assert_eq!(parameters(100) - parameters(10), 5_850);
        assert_eq!(parameters(120) - parameters(10), 7_150);
    }
}
