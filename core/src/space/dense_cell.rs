//! `dense-20x7`: a cell of the operations of DARTS in which every node takes all earlier ones, 20 edges × 7 operations.

use super::arch_string::ArchString;
use super::darts::{Edge, INPUTS, OPERATIONS};
use super::{Architecture, Family, Position, TextError};

/// The intermediate nodes, 2 to 6; node i has the i in-edges from 0 to i − 1, so that 2 + 3 + 4 + 5 + 6 = 20.
pub const NODES: usize = 5;

/// The twenty edges (to, from), in the order of the text.
pub const EDGES: [(usize, usize); 20] = all_edges();

const fn all_edges() -> [(usize, usize); 20] {
    let mut edges = [(0, 0); 20];
    let (mut edge, mut to) = (0, INPUTS);
    while to < INPUTS + NODES {
        let mut from = 0;
        while from < to {
            edges[edge] = (to, from);
            edge += 1;
            from += 1;
        }
        to += 1;
    }
    edges
}

/// `dense-20x7`. Two inputs and five nodes; each of the 20 edges carries one of the 7 operations of DARTS other than
/// `none`, [`OPERATIONS`]. "Dense" is the word of NAS-Bench-201 for a cell with all edges that a directed acyclic graph
/// may have; the numbers are those of `sequence:20x7`, whose size it shares: 7²⁰ = 79,792,266,297,612,001.
///
/// Positions are the edges, `2<-0` to `6<-5`. Text form: the arch string of NAS-Bench-201 for this graph,
/// `|op~0|op~1|+|op~0|op~1|op~2|+…`.
///
/// # Source
/// None by this name. It is the plainest cell with 20 decisions of 7 choices, numbers that are quoted without their space.
/// The operations are those of Liu, Simonyan and Yang, ICLR 2019.
///
/// # Differs from the source
/// A cell of DARTS has one node less and keeps two edges a node.
///
/// ```
/// use bilevel::space::Space;
/// let space = Space::named("dense-20x7").unwrap();
/// assert_eq!((space.length(), space.size().to_string().as_str()), (20, "79792266297612001"));
/// let text = space.format(&space.at_index(0).unwrap());
/// assert!(text.starts_with("|max_pool_3x3~0|max_pool_3x3~1|+|max_pool_3x3~0|max_pool_3x3~1|max_pool_3x3~2|+|"));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DenseCell;

impl DenseCell {
    pub(super) const NAME: &str = "dense-20x7";
}

/// The edges with what they carry, in the order of [`EDGES`].
///
/// # Panics
/// If `architecture` is not of the space `dense-20x7`.
#[track_caller]
pub fn edges(architecture: &Architecture) -> [Edge; 20] {
    let choices = architecture.choices();
    let inside = choices.len() == EDGES.len() && choices.iter().all(|k| usize::from(*k) < OPERATIONS.len());
    assert!(inside, "{architecture:?} is no dense cell: twenty choices from 0 to 6");
    std::array::from_fn(|edge| Edge { to: EDGES[edge].0, from: EDGES[edge].1, operation: choices[edge].into() })
}

const ARCH_STRING: ArchString = ArchString { edges: &EDGES, operations: &OPERATIONS };

impl Family for DenseCell {
    fn positions(&self) -> Vec<Position> {
        ARCH_STRING.positions()
    }

    fn format(&self, _: &[Position], architecture: &Architecture) -> String {
        ARCH_STRING.format(architecture)
    }

    fn parse(&self, _: &[Position], text: &str) -> Result<Architecture, TextError> {
        ARCH_STRING.parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Space;

    #[test]
    fn every_node_takes_all_earlier_ones() {
        let space = Space::named("dense-20x7").unwrap();
        let names: Vec<&str> = space.positions().iter().map(|position| position.name.as_str()).collect();
        assert_eq!(
            names.join(" "),
            "2<-0 2<-1 3<-0 3<-1 3<-2 4<-0 4<-1 4<-2 4<-3 5<-0 5<-1 5<-2 5<-3 5<-4 6<-0 6<-1 6<-2 6<-3 6<-4 6<-5"
        );
        assert!((0..20).all(|l| space.choices(l) == 7));
    }

    #[test]
    #[should_panic(expected = "is no dense cell")]
    fn another_space_is_a_bug_of_the_caller() {
        let _ = edges(&Architecture::new([7; 20]));
    }

    #[test]
    fn malformed_strings_name_the_column() {
        let space = Space::named("dense-20x7").unwrap();
        for (text, column, reason) in [
            ("|none~0|", 2, "unknown operation `none`; there are max_pool_3x3, "),
            ("|skip_connect~0|+|", 17, "expected an operation; there are max"),
            ("|skip_connect~0|skip_connect~1|skip_connect~0|", 32, "expected `+|`"),
            (
                "|skip_connect~1|",
                14,
                "expected `~0|`, found `~1|`; an arch string here is |op~0|op~1|+|op~0|op~1|op~2|+",
            ),
        ] {
            let error = space.parse(text).unwrap_err();
            assert_eq!(error.column, column, "{text}: {error}");
            assert!(error.reason.starts_with(reason), "{text}: {error}");
        }
    }
}
