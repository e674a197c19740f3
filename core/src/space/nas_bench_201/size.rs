//! The network that NAS-Bench-201 builds around a cell, and its size.
//!
//! A 3 × 3 convolution from the image to 16 channels; three stages of 5 cells with 16, 32 and 64 channels, between them a
//! residual block that halves the sides; batch norm, mean over all pixels, a linear layer to the classes. Source: Dong and
//! Yang, ICLR 2020, figure 1 and section 2.1.

use super::OPERATIONS;
use crate::space::Architecture;

const CHANNELS: [u64; 3] = [16, 32, 64];
const CELLS_A_STAGE: u64 = 5;

/// The data sets of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataSet {
    /// CIFAR-10, trained on half of its training images and validated on the other half.
    Cifar10,
    /// CIFAR-100.
    Cifar100,
    /// ImageNet16-120: 120 classes of ImageNet, scaled down to 16 × 16.
    ImageNet16,
}

impl DataSet {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Cifar10, Self::Cifar100, Self::ImageNet16];

    /// The name in metrics: `cifar10`, `cifar100`, `imagenet16-120`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cifar10 => "cifar10",
            Self::Cifar100 => "cifar100",
            Self::ImageNet16 => "imagenet16-120",
        }
    }

    /// The number of classes.
    pub fn classes(self) -> u64 {
        match self {
            Self::Cifar10 => 10,
            Self::Cifar100 => 100,
            Self::ImageNet16 => 120,
        }
    }

    /// The side of an image, in pixels.
    pub fn side(self) -> u64 {
        match self {
            Self::Cifar10 | Self::Cifar100 => 32,
            Self::ImageNet16 => 16,
        }
    }

    /// The number of images that an epoch of training goes through.
    pub fn training_images(self) -> u64 {
        match self {
            Self::Cifar10 => 25_000,
            Self::Cifar100 => 50_000,
            Self::ImageNet16 => 151_700,
        }
    }
}

/// The size of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Weights that are trained.
    pub parameters: u64,
    /// Multiply-adds for one image, which the benchmark calls FLOPs; batch norm and pooling are not counted.
    pub flops: u64,
}

/// The size of the benchmark's network with `architecture` as its cell.
///
/// ```
/// use bilevel::space::{Space, nas_bench_201::{DataSet, size}};
/// let space = Space::named("nas-bench-201").unwrap();
/// let cell = space.parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|").unwrap();
/// assert_eq!(size(&cell, DataSet::Cifar10).parameters, 73_306 + 243_040);
/// ```
pub fn size(architecture: &Architecture, data_set: DataSet) -> Size {
    let count =
        |name| architecture.choices().iter().filter(|k| OPERATIONS.get(usize::from(**k)) == Some(&name)).count();
    let ones = count("nor_conv_1x1") as u64;
    let threes = count("nor_conv_3x3") as u64;

    let mut network = Size { parameters: 0, flops: 0 };
    let mut side = data_set.side();
    network.add(1, Convolution { kernel: 3, from: 3, to: CHANNELS[0], batch_norm: true }, side);
    for (stage, to) in CHANNELS.into_iter().enumerate() {
        if stage > 0 {
            let from = CHANNELS[stage - 1];
            side /= 2;
            network.add(1, Convolution { kernel: 3, from, to, batch_norm: true }, side);
            network.add(1, Convolution { kernel: 3, from: to, to, batch_norm: true }, side);
            network.add(1, Convolution { kernel: 1, from, to, batch_norm: false }, side);
        }
        network.add(CELLS_A_STAGE * ones, Convolution { kernel: 1, from: to, to, batch_norm: true }, side);
        network.add(CELLS_A_STAGE * threes, Convolution { kernel: 3, from: to, to, batch_norm: true }, side);
    }
    let linear = (CHANNELS[2] + 1) * data_set.classes();
    network.parameters += 2 * CHANNELS[2] + linear;
    network.flops += linear;
    network
}

/// A convolution without bias, with or without a batch norm after it.
struct Convolution {
    kernel: u64,
    from: u64,
    to: u64,
    batch_norm: bool,
}

impl Size {
    /// Adds `times` convolutions whose outputs have `side` × `side` pixels.
    fn add(&mut self, times: u64, Convolution { kernel, from, to, batch_norm }: Convolution, side: u64) {
        let weights = kernel * kernel * from * to;
        self.parameters += times * (weights + if batch_norm { 2 * to } else { 0 });
        self.flops += times * weights * side * side;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Space;

    /// The closed form of the benchmark's published figures: 73,306 + 243,040 n3 + 28,000 n1 parameters and
    /// 7,783,050 + 35,389,440 n3 + 3,932,160 n1 multiply-adds on CIFAR-10.
    #[test]
    fn all_cells_have_the_published_size() {
        let space = Space::named("nas-bench-201").unwrap();
        for h in space.enumerate() {
            let count = |operation: u8| h.choices().iter().filter(|k| **k == operation).count() as u64;
            let (n1, n3) = (count(2), count(3));
            let parameters = 73_306 + 243_040 * n3 + 28_000 * n1;
            let flops = 7_783_050 + 35_389_440 * n3 + 3_932_160 * n1;
            assert_eq!(size(&h, DataSet::Cifar10), Size { parameters, flops });
            assert_eq!(size(&h, DataSet::Cifar100), Size { parameters: parameters + 5_850, flops: flops + 5_850 });
            let flops = (flops - 650) / 4 + 7_800;
            assert_eq!(size(&h, DataSet::ImageNet16), Size { parameters: parameters + 7_150, flops });
        }
    }

    #[test]
    fn published_figures_of_single_cells() {
        for (operations, parameters, flops) in [
            ([4, 2, 1, 2, 1, 1], 129_306, 15_647_370),
            ([3, 3, 4, 0, 3, 4], 802_426, 113_951_370),
            ([1, 1, 1, 0, 2, 0], 101_306, 11_715_210),
            ([3; 6], 1_531_546, 220_119_690),
            ([1; 6], 73_306, 7_783_050),
        ] {
            assert_eq!(size(&Architecture::new(operations), DataSet::Cifar10), Size { parameters, flops });
        }
    }
}
