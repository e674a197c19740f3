//! What a network of NAS-Bench-201 consists of, before a weight exists.

use super::images::Shape;
use crate::objective::Training;
use crate::space::nas_bench_201::{EDGES, OPERATIONS};
use crate::space::{Architecture, NasBench201, Space, SpaceSpec};

/// The operation of an edge. `None` gives zeros, `Skip` the input itself; a convolution is ReLU, convolution, batch
/// normalisation; the pool averages the pixels that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    None,
    Skip,
    Convolution { kernel: usize },
    AveragePool,
}

/// The operations in the order of [`OPERATIONS`].
pub(super) const CHOICES: [Operation; OPERATIONS.len()] = [
    Operation::None,
    Operation::Skip,
    Operation::Convolution { kernel: 1 },
    Operation::Convolution { kernel: 3 },
    Operation::AveragePool,
];

/// The operations of a cell, in the order of [`EDGES`].
pub(super) type Operations = [Operation; EDGES.len()];

/// Why a network cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlueprintError {
    /// A space whose architectures are no cells that this module knows.
    #[error("networks are built for the space nas-bench-201 alone, and this is {0}; choose that space")]
    Space(String),
    /// An architecture that is no cell of NAS-Bench-201.
    #[error("{0:?} are no six choices of 0 to 4; an architecture of nas-bench-201 is needed")]
    Architecture(Vec<u8>),
    /// A setting of the training out of range.
    #[error("{0}")]
    Training(String),
    /// Images without a pixel.
    #[error("images of {height} × {width} pixels have nothing to learn from")]
    Side {
        /// Rows of an image.
        height: usize,
        /// Columns of an image.
        width: usize,
    },
    /// A step of training that would take too much memory.
    #[error(
        "a step of training would take about {} GiB, and {} are allowed; lower batch_size, channels, cells or \
         resolution", .0 >> 30, MOST_TRAINING_BYTES >> 30
    )]
    Memory(u64),
}

/// The most bytes that a step of training may take, by the estimate of [`Blueprint::training_bytes`].
pub const MOST_TRAINING_BYTES: u64 = 16 << 30;

/// A part of the body of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    /// A cell: as many channels out as in.
    Cell { channels: usize },
    /// A residual block that halves the sides and doubles the channels to `2 · inputs`.
    Reduction { inputs: usize },
}

/// A network of NAS-Bench-201: stem, N cells of C channels, reduction, N cells of 2C, reduction, N cells of 4C, head.
///
/// # Source
/// Dong and Yang, ICLR 2020, section 2.1 and figure 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Blueprint {
    architecture: Architecture,
    pub(super) operations: Operations,
    pub(super) channels: usize,
    pub(super) cells: usize,
    pub(super) shape: Shape,
    pub(super) classes: usize,
}

impl Blueprint {
    /// The network of `architecture` for images of `shape` in `classes` classes; of `training`, channels C and cells N
    /// matter, and the batch size for the memory that it takes.
    ///
    /// # Errors
    /// If the architecture is no cell, the training is out of range or takes too much memory, or the images have no
    /// pixel.
    pub fn new(
        architecture: &Architecture,
        training: &Training,
        shape: Shape,
        classes: usize,
    ) -> Result<Self, BlueprintError> {
        let choices = architecture.choices();
        let known = |choice: &u8| CHOICES.get(usize::from(*choice)).copied();
        let operations: Option<Vec<Operation>> = choices.iter().map(known).collect();
        let operations = operations.and_then(|operations| Operations::try_from(operations).ok());
        let operations = operations.ok_or_else(|| BlueprintError::Architecture(choices.to_vec()))?;
        training.check().map_err(BlueprintError::Training)?;
        let Shape { height, width, .. } = shape;
        if height == 0 || width == 0 {
            return Err(BlueprintError::Side { height, width });
        }
        let Training { channels, cells, batch_size, .. } = *training;
        let blueprint = Self { architecture: architecture.clone(), operations, channels, cells, shape, classes };
        match blueprint.training_bytes(batch_size, training.device) {
            bytes if bytes > MOST_TRAINING_BYTES => Err(BlueprintError::Memory(bytes)),
            _ => Ok(blueprint),
        }
    }

    /// The architecture of the cells.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// The arch string of the cells.
    pub fn text(&self) -> String {
        let space = Space::new(SpaceSpec::NasBench201(NasBench201)).expect("nas-bench-201 is a space");
        space.format(&self.architecture)
    }

    /// The channels at the end of the body, 4C.
    pub(super) fn features(&self) -> usize {
        4 * self.channels
    }

    /// The body between stem and head, in order.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::with_capacity(3 * self.cells + 2);
        for stage in 0..3 {
            if stage > 0 {
                blocks.push(Block::Reduction { inputs: self.channels << (stage - 1) });
            }
            blocks.resize(blocks.len() + self.cells, Block::Cell { channels: self.channels << stage });
        }
        blocks
    }
}

/// The edges whose result the last node of a cell can see; the others change no output and are not computed.
pub(super) fn needed(operations: &Operations) -> [bool; EDGES.len()] {
    let mut reached = [false, false, false, true];
    let mut needed = [false; EDGES.len()];
    // Backwards: the edges into a node come after all edges into earlier nodes.
    for (edge, (to, from)) in EDGES.iter().enumerate().rev() {
        needed[edge] = reached[*to] && operations[edge] != Operation::None;
        reached[*from] |= needed[edge];
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREY8: Shape = Shape { channels: 1, height: 8, width: 8 };

    #[test]
    fn the_body_is_three_stages_with_reductions_between() {
        let training = Training { channels: 8, cells: 2, ..Training::default() };
        let blueprint = Blueprint::new(&Architecture::new([3; 6]), &training, GREY8, 10).unwrap();
        let cell = |channels| Block::Cell { channels };
        let reduction = |inputs| Block::Reduction { inputs };
        let wanted = [cell(8), cell(8), reduction(8), cell(16), cell(16), reduction(16), cell(32), cell(32)];
        assert_eq!(blueprint.blocks(), wanted);
        assert_eq!(blueprint.features(), 32);
        assert!(blueprint.text().starts_with("|nor_conv_3x3~0|+|"));
    }

    #[test]
    fn what_cannot_be_built_is_refused_in_words() {
        let error = |architecture: &[u8], shape, training: &Training| {
            Blueprint::new(&Architecture::new(architecture), training, shape, 10).unwrap_err().to_string()
        };
        let training = Training::default();
        let text = error(&[0, 1, 2], GREY8, &training);
        assert_eq!(text, "[0, 1, 2] are no six choices of 0 to 4; an architecture of nas-bench-201 is needed");
        assert!(error(&[0, 1, 2, 3, 4, 5], GREY8, &training).starts_with("[0, 1, 2, 3, 4, 5] are no six choices"));
        let text = error(&[0; 6], Shape { height: 0, ..GREY8 }, &training);
        assert_eq!(text, "images of 0 × 8 pixels have nothing to learn from");
        let text = error(&[0; 6], GREY8, &Training { channels: 0, ..training });
        assert_eq!(text, "channels must be in 1..=256, got 0");
        let large = Training { channels: 256, cells: 20, batch_size: 4096, ..training };
        let text = error(&[3; 6], Shape { channels: 3, height: 256, width: 256 }, &large);
        assert!(text.starts_with("a step of training would take about "), "{text}");
        assert!(text.ends_with(" GiB, and 16 are allowed; lower batch_size, channels, cells or resolution"), "{text}");
    }

    #[test]
    fn an_edge_that_no_output_can_see_is_not_needed() {
        let of = |choices: [usize; 6]| needed(&choices.map(|choice| CHOICES[choice]));
        assert_eq!(of([3; 6]), [true; 6]);
        assert_eq!(of([0; 6]), [false; 6]);
        // 3 <- 0 alone: nodes 1 and 2 lead nowhere.
        assert_eq!(of([3, 3, 3, 1, 0, 0]), [false, false, false, true, false, false]);
        // 3 <- 2 <- 1 <- 0 is a path.
        assert_eq!(of([3, 0, 3, 0, 0, 3]), [true, false, true, false, false, true]);
    }
}
