//! The cells of the networks that a space describes: graphs whose edges hold operations.

mod derive;
mod read;
mod weights;

use super::operation::Operation;
use super::{Architecture, Space, darts};

/// An edge of a cell, with every operation that may stand on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The node that takes.
    pub to: usize,
    /// The node that gives.
    pub from: usize,
    /// The operations, in the order of the choices of its position; never empty.
    pub operations: Vec<Operation>,
}

/// A cell: the first nodes are its inputs, every other node is the sum of the edges into it.
///
/// With one input the output is the last node, as in NAS-Bench-201; with two, the outputs of the two cells before, it is the
/// concatenation of all nodes that are no input, as in DARTS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// 1 or 2.
    pub inputs: usize,
    /// All nodes, inputs too.
    pub nodes: usize,
    /// By the node that takes, ascending.
    pub edges: Vec<Edge>,
}

/// The cells of a space: one, or a normal and a reduction cell.
///
/// A network can be built for `nas-bench-201`, `darts`, `dense-20x7` and for every space of one's own whose positions are
/// edges by name, such as `3<-1`, and whose choices are operations by name.
///
/// ```
/// use bilevel::space::{Cells, Space, SpaceSpec};
/// let spec: SpaceSpec = toml::from_str(r#"
///     [[positions]]
///     name = "1<-0"
///     choices = ["skip_connect", "nor_conv_3x3"]
///     [[positions]]
///     name = "2<-1"
///     choices = ["nor_conv_1x1", "nor_conv_3x3", "max_pool_3x3"]
/// "#).unwrap();
/// let cells = Cells::of(&Space::new(spec).unwrap()).unwrap();
/// assert_eq!((cells.kinds()[0].inputs, cells.kinds()[0].nodes, cells.kinds()[0].edges.len()), (1, 3, 2));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    space: Space,
    choices: Space,
    kinds: Vec<Cell>,
}

impl Cells {
    /// The cells of `space`.
    ///
    /// # Errors
    /// If it describes none: which position is why, and what would be right.
    pub fn of(space: &Space) -> Result<Self, String> {
        read::cells(space)
    }

    /// The space whose architectures the networks have.
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// What a network that holds all operations leaves open: a position for each edge, with its operations. That of `darts` has
    /// 28 positions with 8 choices, `none` among them; others are their own.
    pub fn choices(&self) -> &Space {
        &self.choices
    }

    /// The cells, the normal one first.
    pub fn kinds(&self) -> &[Cell] {
        &self.kinds
    }

    /// Every edge with the cell that it is of, in the order of the positions of [`Self::choices`].
    pub fn edges(&self) -> impl Iterator<Item = (usize, &Edge)> {
        self.kinds.iter().enumerate().flat_map(|(kind, cell)| cell.edges.iter().map(move |edge| (kind, edge)))
    }

    /// The operation of each edge that `architecture`, of [`Self::space`], stands for: a point of [`Self::choices`].
    ///
    /// # Panics
    /// If the space lacks it.
    #[track_caller]
    pub fn path(&self, architecture: &Architecture) -> Architecture {
        assert!(self.space.contains(architecture), "{architecture:?} is not of this space");
        if self.space == self.choices {
            return architecture.clone();
        }
        let genotype = darts::cells(architecture);
        let choice = |(kind, edge): (usize, &Edge)| {
            let taken = genotype[kind].iter().find(|taken| (taken.to, taken.from) == (edge.to, edge.from));
            // `none` stands before the operations of a genotype.
            taken.map_or(0, |taken| taken.operation as u8 + 1)
        };
        Architecture::new(self.edges().map(choice).collect::<Vec<u8>>())
    }

    /// The architecture that `shares` of the operations, `[Σ K]` of [`Self::choices`], are made into: the operation of the largest
    /// share on each edge; for `darts` by the rule of its authors, the two edges into each node whose largest share of an
    /// operation other than `none` is largest, each with that operation. The first among equals.
    ///
    /// # Source
    /// Liu, Simonyan and Yang, ICLR 2019, section 2.4.
    /// # Panics
    /// If there are not as many shares as choices.
    #[track_caller]
    pub fn derive(&self, shares: &[f64]) -> Architecture {
        assert_eq!(shares.len(), self.choices.choices_in_all(), "a share for each choice");
        if self.space == self.choices { self.choices.largest(shares) } else { derive::genotype(self, shares) }
    }

    /// The operations that `path`, a point of [`Self::choices`], puts on the edges of a cell.
    fn operations<'a>(&'a self, kind: usize, path: &'a Architecture) -> impl Iterator<Item = (&'a Edge, Operation)> {
        let of_kind = move |(edge, choice): ((usize, &'a Edge), &u8)| {
            (edge.0 == kind).then(|| (edge.1, edge.1.operations[usize::from(*choice)]))
        };
        self.edges().zip(path.choices()).filter_map(of_kind)
    }

    /// Of each edge, whether the output of its cell can depend on it when every edge has the operation that `path`, a point of
    /// [`Self::choices`], says: others need not be computed.
    pub fn needed(&self, path: &Architecture) -> Vec<bool> {
        let mut all = Vec::with_capacity(path.choices().len());
        for (kind, cell) in self.kinds.iter().enumerate() {
            let operations: Vec<(&Edge, Operation)> = self.operations(kind, path).collect();
            let mut reached = vec![cell.inputs == 2; cell.nodes];
            if let Some(last) = reached.last_mut() {
                *last = true;
            }
            let mut needed = vec![false; operations.len()];
            // Backwards: the edges into a node come after all edges into earlier nodes.
            for (index, (edge, operation)) in operations.iter().enumerate().rev() {
                needed[index] = reached[edge.to] && *operation != Operation::None;
                reached[edge.from] |= needed[index];
            }
            all.extend(needed);
        }
        all
    }

    /// Of each edge, whether something of an input passes it on its way to the output of its cell along `path`, a point of
    /// [`Self::choices`].
    pub fn carries(&self, path: &Architecture) -> Vec<bool> {
        let needed = self.needed(path);
        let reached: Vec<Vec<bool>> = (0..self.kinds.len()).map(|kind| self.reached(kind, path)).collect();
        self.edges().zip(needed).map(|((kind, edge), needed)| needed && reached[kind][edge.from]).collect()
    }

    /// Of each node of a kind of cell, whether something of an input reaches it.
    fn reached(&self, kind: usize, path: &Architecture) -> Vec<bool> {
        let cell = &self.kinds[kind];
        let mut reached: Vec<bool> = (0..cell.nodes).map(|node| node < cell.inputs).collect();
        for (edge, operation) in self.operations(kind, path) {
            reached[edge.to] |= reached[edge.from] && operation != Operation::None;
        }
        reached
    }

    /// Whether in every cell something of an input reaches the output along `path`, a point of [`Self::choices`].
    pub fn is_connected(&self, path: &Architecture) -> bool {
        (0..self.kinds.len()).all(|kind| {
            let (cell, reached) = (&self.kinds[kind], self.reached(kind, path));
            let outputs = if cell.inputs == 2 { cell.inputs..cell.nodes } else { cell.nodes - 1..cell.nodes };
            reached[outputs].contains(&true)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::nas_bench_201;
    use super::*;
    use crate::random::Stream;

    fn cells(name: &str) -> Cells {
        Cells::of(&Space::named(name).unwrap()).unwrap()
    }

    #[test]
    fn the_cells_are_those_of_the_papers() {
        let nas_bench = cells("nas-bench-201");
        let [cell] = nas_bench.kinds() else { panic!("one cell") };
        assert_eq!((cell.inputs, cell.nodes), (1, 4));
        let edges: Vec<(usize, usize)> = cell.edges.iter().map(|edge| (edge.to, edge.from)).collect();
        assert_eq!(edges, nas_bench_201::EDGES);
        assert_eq!(nas_bench.choices(), nas_bench.space());

        let darts = cells("darts");
        assert_eq!((darts.kinds().len(), darts.choices().length()), (2, 28));
        for cell in darts.kinds() {
            assert_eq!((cell.inputs, cell.nodes, cell.edges.len()), (2, 6, 14));
            assert!(cell.edges.iter().all(|edge| edge.operations.len() == 8));
            assert_eq!(cell.edges[0].operations[0], Operation::None);
        }
        assert_eq!(darts.choices().positions()[14].name, "reduce2<-0");
        let dense = cells("dense-20x7");
        assert_eq!((dense.kinds()[0].inputs, dense.kinds()[0].nodes, dense.choices().length()), (2, 7, 20));
    }

    #[test]
    fn an_edge_that_no_output_can_see_is_not_needed() {
        let cells = cells("nas-bench-201");
        let of = |choices: [u8; 6]| cells.needed(&Architecture::new(choices));
        assert_eq!(of([3; 6]), [true; 6]);
        assert_eq!(of([0; 6]), [false; 6]);
        // 3 <- 0 alone: nodes 1 and 2 lead nowhere.
        assert_eq!(of([3, 3, 3, 1, 0, 0]), [false, false, false, true, false, false]);
        // 3 <- 2 <- 1 <- 0 is a path.
        assert_eq!(of([3, 0, 3, 0, 0, 3]), [true, false, true, false, false, true]);
    }

    #[test]
    fn connected_is_what_the_benchmark_calls_it_and_genotypes_always_are() {
        let nas_bench = cells("nas-bench-201");
        for h in nas_bench.space().enumerate() {
            assert_eq!(nas_bench.is_connected(&h), nas_bench_201::is_connected(&h), "{h:?}");
        }
        let (darts, mut random) = (cells("darts"), Stream::new(1, "genotypes", 0));
        for _ in 0..100 {
            let path = darts.path(&darts.space().sample(&mut random));
            assert!(darts.is_connected(&path));
            assert_eq!(darts.needed(&path).iter().filter(|needed| **needed).count(), 16);
        }
    }
}
