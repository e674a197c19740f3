//! What a network consists of, before a weight exists.

use super::images::Shape;
use super::style::Style;
use crate::objective::Training;
use crate::space::{Architecture, Cells, Operation};

/// Why a network cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlueprintError {
    /// A space that describes no cells.
    #[error("{0}")]
    Space(String),
    /// An architecture of another space.
    #[error("{got:?} are no {wanted} choices of the space {space}; an architecture of that space is needed")]
    Architecture {
        /// The choices.
        got: Vec<u8>,
        /// The positions of the space.
        wanted: usize,
        /// The space.
        space: String,
    },
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

/// A part of the body of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    /// A cell.
    Cell(Place),
    /// A residual block that halves the sides and doubles the channels to `2 · inputs`.
    Reduction { inputs: usize },
}

/// A cell where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Which of [`Cells::kinds`].
    pub(super) kind: usize,
    /// The channels of its two inputs, of the older one first; of a cell with one input, those of that.
    pub(super) given: [usize; 2],
    /// The channels of its nodes.
    pub(super) channels: usize,
    /// 2 where its edges from the inputs halve the sides, else 1.
    pub(super) stride: usize,
    /// Whether the sides of the older input are twice those of the other.
    pub(super) older_is_larger: bool,
}

/// An edge of a cell of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EdgePlan {
    /// The node that takes.
    pub(super) to: usize,
    /// The node that gives.
    pub(super) from: usize,
    /// What it holds: the one operation of an architecture, or all of them.
    pub(super) operations: Vec<Operation>,
    /// Whether the output can depend on it.
    pub(super) needed: bool,
}

/// A network around the cells of a space: stem, N cells of C channels, one that halves the sides, N cells of 2C, another, N
/// cells of 4C, head.
///
/// Around a cell with one input it is the network of NAS-Bench-201, with residual blocks that halve the sides; around one with
/// two inputs that of DARTS, with 3N + 2 cells of which the two halve the sides themselves.
///
/// # Source
/// Dong and Yang, ICLR 2020, section 2.1 and figure 1; Liu, Simonyan and Yang, ICLR 2019, section 3.
#[derive(Debug, Clone, PartialEq)]
pub struct Blueprint {
    cells: Cells,
    /// Of one network; a supernet has none.
    pub(super) architecture: Option<Architecture>,
    /// Whether what operations give is multiplied by shares that have slopes.
    pub(super) weighs: bool,
    pub(super) style: Style,
    /// The edges of each kind of cell.
    pub(super) plans: Vec<Vec<EdgePlan>>,
    pub(super) channels: usize,
    pub(super) cells_a_stage: usize,
    pub(super) shape: Shape,
    pub(super) classes: usize,
}

impl Blueprint {
    /// The network of `architecture`, of the space of `cells`, for images of `shape` in `classes` classes; of `training`,
    /// channels C and cells N matter, and the batch size for the memory that it takes.
    ///
    /// # Errors
    /// If the architecture is not of the space, the training is out of range or takes too much memory, or the images have no
    /// pixel.
    pub fn new(
        cells: &Cells,
        architecture: &Architecture,
        training: &Training,
        shape: Shape,
        classes: usize,
    ) -> Result<Self, BlueprintError> {
        if !cells.space().contains(architecture) {
            let (got, wanted) = (architecture.choices().to_vec(), cells.space().length());
            return Err(BlueprintError::Architecture { got, wanted, space: cells.space().spec().to_string() });
        }
        let path = cells.path(architecture);
        let needed = cells.needed(&path);
        let taken = path.choices().iter().zip(needed);
        let mut plans = vec![Vec::new(); cells.kinds().len()];
        for ((kind, edge), (choice, needed)) in cells.edges().zip(taken) {
            let operations = vec![edge.operations[usize::from(*choice)]];
            plans[kind].push(EdgePlan { to: edge.to, from: edge.from, operations, needed });
        }
        let architecture = Some(architecture.clone());
        let blueprint =
            Self::of(Self::sized(cells, architecture, Style::PUBLISHED, plans, training, shape, classes), training)?;
        Self::fits(blueprint.training_bytes(training.batch_size, training.device))?;
        Ok(blueprint)
    }

    /// The supernet of `cells`, with every operation on every edge.
    ///
    /// What it takes is for the caller to look at, by [`Self::fits`]: along paths it is less than in mixtures.
    ///
    /// # Errors
    /// If the training is out of range, the style does not fit it, or the images have no pixel.
    pub(super) fn supernet(
        cells: &Cells,
        style: Style,
        training: &Training,
        shape: Shape,
        classes: usize,
    ) -> Result<Self, BlueprintError> {
        style.check(training.channels).map_err(BlueprintError::Training)?;
        let mut plans = vec![Vec::new(); cells.kinds().len()];
        for (kind, edge) in cells.edges() {
            let operations = edge.operations.clone();
            plans[kind].push(EdgePlan { to: edge.to, from: edge.from, operations, needed: true });
        }
        Self::of(Self::sized(cells, None, style, plans, training, shape, classes), training)
    }

    fn sized(
        cells: &Cells,
        architecture: Option<Architecture>,
        style: Style,
        plans: Vec<Vec<EdgePlan>>,
        training: &Training,
        shape: Shape,
        classes: usize,
    ) -> Self {
        let Training { channels, cells: cells_a_stage, .. } = *training;
        let weighs = architecture.is_none();
        Self { cells: cells.clone(), architecture, weighs, style, plans, channels, cells_a_stage, shape, classes }
    }

    fn of(blueprint: Self, training: &Training) -> Result<Self, BlueprintError> {
        training.check().map_err(BlueprintError::Training)?;
        let Shape { height, width, .. } = blueprint.shape;
        if height == 0 || width == 0 {
            return Err(BlueprintError::Side { height, width });
        }
        Ok(blueprint)
    }

    /// Whether a step of so many bytes is within the limit.
    pub(super) fn fits(bytes: u64) -> Result<(), BlueprintError> {
        if bytes > MOST_TRAINING_BYTES { Err(BlueprintError::Memory(bytes)) } else { Ok(()) }
    }

    /// The cells that it is made of.
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// The architecture of the cells, of one network; a supernet has none.
    pub fn architecture(&self) -> Option<&Architecture> {
        self.architecture.as_ref()
    }

    /// The text of the architecture.
    pub fn text(&self) -> Option<String> {
        self.architecture.as_ref().map(|architecture| self.cells.space().format(architecture))
    }

    /// The inputs of a cell, 1 or 2: all kinds have as many.
    pub(super) fn inputs(&self) -> usize {
        self.cells.kinds()[0].inputs
    }

    /// The channels that a cell of `channels` gives: those of all nodes that are concatenated, or of the last.
    pub(super) fn given_by_a_cell(&self, channels: usize) -> usize {
        let cell = &self.cells.kinds()[0];
        if cell.inputs == 2 { channels * (cell.nodes - cell.inputs) } else { channels }
    }

    /// The channels after the stem: C, or 3C before cells that have two inputs, as DARTS has it.
    pub(super) fn stem(&self) -> usize {
        if self.inputs() == 2 { 3 * self.channels } else { self.channels }
    }

    /// The channels at the end of the body.
    pub(super) fn features(&self) -> usize {
        self.given_by_a_cell(4 * self.channels)
    }

    /// The body between stem and head, in order.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::with_capacity(3 * self.cells_a_stage + 2);
        let mut given = [self.stem(); 2];
        let mut halved = false;
        for stage in 0..3 {
            let channels = self.channels << stage;
            let mut cell = |stride, blocks: &mut Vec<Block>| {
                let kind = if stride == 2 { self.cells.kinds().len() - 1 } else { 0 };
                blocks.push(Block::Cell(Place { kind, given, channels, stride, older_is_larger: halved }));
                given = [given[1], self.given_by_a_cell(channels)];
                halved = stride == 2;
            };
            match (stage, self.inputs()) {
                (0, _) => {}
                (_, 2) => cell(2, &mut blocks),
                _ => blocks.push(Block::Reduction { inputs: channels / 2 }),
            }
            (0..self.cells_a_stage).for_each(|_| cell(1, &mut blocks));
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Space;

    const GREY8: Shape = Shape { channels: 1, height: 8, width: 8 };

    fn cells(name: &str) -> Cells {
        Cells::of(&Space::named(name).unwrap()).unwrap()
    }

    #[test]
    fn the_body_of_nas_bench_201_is_three_stages_with_reductions_between() {
        let training = Training { channels: 8, cells: 2, ..Training::default() };
        let blueprint =
            Blueprint::new(&cells("nas-bench-201"), &Architecture::new([3; 6]), &training, GREY8, 10).unwrap();
        let cell = |channels| Some(channels);
        let channels = blueprint.blocks().into_iter().map(|block| match block {
            Block::Cell(place) => Some(place.channels),
            Block::Reduction { .. } => None,
        });
        let wanted = [cell(8), cell(8), None, cell(16), cell(16), None, cell(32), cell(32)];
        assert_eq!(channels.collect::<Vec<_>>(), wanted);
        assert_eq!(blueprint.features(), 32);
        assert!(blueprint.text().unwrap().starts_with("|nor_conv_3x3~0|+|"));
    }

    /// The authors' network of eight cells: reductions are the third and the sixth, and the channels that each cell is given.
    #[test]
    fn the_body_of_darts_halves_the_sides_at_a_third_and_at_two() {
        let training = Training { channels: 16, cells: 2, ..Training::default() };
        let blueprint = Blueprint::supernet(&cells("darts"), Style::SEARCHED, &training, GREY8, 10).unwrap();
        let places: Vec<Place> = blueprint
            .blocks()
            .into_iter()
            .map(|block| match block {
                Block::Cell(place) => place,
                Block::Reduction { .. } => panic!("its cells halve the sides themselves"),
            })
            .collect();
        let of = |field: fn(&Place) -> usize| places.iter().map(field).collect::<Vec<_>>();
        assert_eq!(of(|place| place.kind), [0, 0, 1, 0, 0, 1, 0, 0]);
        assert_eq!(of(|place| place.stride), [1, 1, 2, 1, 1, 2, 1, 1]);
        assert_eq!(of(|place| place.channels), [16, 16, 32, 32, 32, 64, 64, 64]);
        assert_eq!(of(|place| place.given[0]), [48, 48, 64, 64, 128, 128, 128, 256]);
        assert_eq!(of(|place| place.given[1]), [48, 64, 64, 128, 128, 128, 256, 256]);
        assert_eq!(of(|place| usize::from(place.older_is_larger)), [0, 0, 0, 1, 0, 0, 1, 0]);
        assert_eq!(blueprint.features(), 256);
    }

    #[test]
    fn what_cannot_be_built_is_refused_in_words() {
        let error = |architecture: &[u8], shape, training: &Training| {
            let architecture = Architecture::new(architecture);
            Blueprint::new(&cells("nas-bench-201"), &architecture, training, shape, 10).unwrap_err().to_string()
        };
        let training = Training::default();
        let text = error(&[0, 1, 2], GREY8, &training);
        assert_eq!(
            text,
            "[0, 1, 2] are no 6 choices of the space nas-bench-201; an architecture of that space is needed"
        );
        assert!(error(&[0, 1, 2, 3, 4, 5], GREY8, &training).starts_with("[0, 1, 2, 3, 4, 5] are no 6 choices"));
        let text = error(&[0; 6], Shape { height: 0, ..GREY8 }, &training);
        assert_eq!(text, "images of 0 × 8 pixels have nothing to learn from");
        let text = error(&[0; 6], GREY8, &Training { channels: 0, ..training });
        assert_eq!(text, "channels must be in 1..=256, got 0");
        let large = Training { channels: 256, cells: 20, batch_size: 4096, ..training };
        let text = error(&[3; 6], Shape { channels: 3, height: 256, width: 256 }, &large);
        assert!(text.starts_with("a step of training would take about "), "{text}");
        assert!(text.ends_with(" GiB, and 16 are allowed; lower batch_size, channels, cells or resolution"), "{text}");
    }
}
