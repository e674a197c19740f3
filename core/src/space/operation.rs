//! The operations of a cell by name: those of NAS-Bench-201 and of DARTS.

/// What an edge does to the node that it comes from.
///
/// # Source
/// Dong and Yang, ICLR 2020, section 2.1; Liu, Simonyan and Yang, ICLR 2019, section 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `none`: zeros.
    None,
    /// `skip_connect`: the input itself; where sides are halved, two 1 × 1 convolutions on every other pixel.
    Skip,
    /// `nor_conv_1x1`, `nor_conv_3x3`: ReLU, convolution, batch normalisation.
    Convolution {
        /// The side of the kernel.
        kernel: usize,
    },
    /// `avg_pool_3x3`: the mean of the pixels that exist.
    AveragePool,
    /// `max_pool_3x3`: the largest of them.
    MaxPool,
    /// `sep_conv_3x3`, `sep_conv_5x5`: twice ReLU, convolution of each channel, 1 × 1 convolution, batch normalisation.
    Separable {
        /// The side of the kernel.
        kernel: usize,
    },
    /// `dil_conv_3x3`, `dil_conv_5x5`: once, with a kernel that leaves out every other pixel.
    Dilated {
        /// The side of the kernel, in the pixels that it sees.
        kernel: usize,
    },
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::None,
        Self::Skip,
        Self::Convolution { kernel: 1 },
        Self::Convolution { kernel: 3 },
        Self::AveragePool,
        Self::MaxPool,
        Self::Separable { kernel: 3 },
        Self::Separable { kernel: 5 },
        Self::Dilated { kernel: 3 },
        Self::Dilated { kernel: 5 },
    ];

    /// The name in texts of architectures.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Skip => "skip_connect",
            Self::Convolution { kernel: 1 } => "nor_conv_1x1",
            Self::Convolution { .. } => "nor_conv_3x3",
            Self::AveragePool => "avg_pool_3x3",
            Self::MaxPool => "max_pool_3x3",
            Self::Separable { kernel: 3 } => "sep_conv_3x3",
            Self::Separable { .. } => "sep_conv_5x5",
            Self::Dilated { kernel: 3 } => "dil_conv_3x3",
            Self::Dilated { .. } => "dil_conv_5x5",
        }
    }

    /// The operation of a name, if it is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name)
    }

    /// Whether it has weights to be trained where sides stay as they are.
    pub fn has_weights(self) -> bool {
        match self {
            Self::None | Self::Skip | Self::AveragePool | Self::MaxPool => false,
            Self::Convolution { .. } | Self::Separable { .. } | Self::Dilated { .. } => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{darts, nas_bench_201};
    use super::*;

    #[test]
    fn every_operation_has_a_name_of_its_own_and_the_spaces_have_no_others() {
        for operation in Operation::ALL {
            assert_eq!(Operation::named(operation.name()), Some(operation));
        }
        for name in nas_bench_201::OPERATIONS.iter().chain(&darts::OPERATIONS) {
            assert!(Operation::named(name).is_some(), "{name}");
        }
        assert_eq!(Operation::named("conv_9x9"), None);
    }
}
