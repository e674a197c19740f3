//! The space of DARTS (Liu, Simonyan and Yang, ICLR 2019): a normal and a reduction cell, connections chosen as well.

mod genotype;
mod scanner;

use super::{Architecture, Family, Position, TextError};

/// The operations of a genotype, in the authors' order. `none`, which their relaxation also weighs, is never taken.
pub const OPERATIONS: [&str; 7] =
    ["max_pool_3x3", "avg_pool_3x3", "skip_connect", "sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5"];

/// The inputs of a cell, nodes 0 and 1: the outputs of the last cell but one, c_{k−2}, and of the last, c_{k−1}.
pub const INPUTS: usize = 2;
/// The intermediate nodes of a cell, nodes 2 to 5. Their concatenation is the cell's output.
pub const NODES: usize = 4;
/// The two cells, in the order of a genotype.
pub const CELLS: [&str; 2] = ["normal", "reduce"];

/// What one node takes from an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The node that takes.
    pub to: usize,
    /// The node that gives, an input or an intermediate node before `to`.
    pub from: usize,
    /// Index of the operation in [`OPERATIONS`].
    pub operation: usize,
}

/// `darts`: which two of the nodes before it each intermediate node takes, and through which operations.
///
/// Positions are 3 a node, 12 a cell, 24 in all: `normal2.from` with the C(i, 2) pairs of inputs of node i, written
/// `0+1`, then `normal2.op1` and `normal2.op2` with the 7 operations on the lower and on the higher of the two. Node 2 has
/// one pair only. Since operations go by input and not by place, every genotype has exactly one encoding, and the
/// Π = (1·3·6·10 · 7⁸)² = 1,076,746,950,455,072,400 ≈ 1.1e18 architectures are different genotypes. They are not all
/// different networks: two nodes, neither of which feeds the other, may change places.
///
/// Text form: the authors' `Genotype(…)`, as Python 3 prints theirs: one line, fields in the order normal,
/// normal_concat, reduce, reduce_concat, of each node the edge from the lower input first, concats as `range(2, 6)`. Read
/// is any layout of it: fields and the two edges of a node in either order, `[2, 3, 4, 5]` for the range, single or double
/// quotes, white space and line breaks anywhere between, a comma after the last item. It is read as text and never
/// evaluated.
///
/// # Differs from the source
/// The authors' texts keep the order in which the edges of a node were ranked, which means nothing to the network; ours
/// is by input. Genotypes of other cells, such as the authors' own of NASNet, are refused: a node takes two different
/// nodes, and the output is all four.
///
/// ```
/// use bilevel::space::Space;
/// let space = Space::named("darts").unwrap();
/// let text = "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), \
///             ('skip_connect', 0), ('sep_conv_3x3', 1), ('skip_connect', 0), ('dil_conv_3x3', 2)], \
///             normal_concat=range(2, 6), reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('max_pool_3x3', 1), \
///             ('skip_connect', 2), ('max_pool_3x3', 0), ('skip_connect', 2), ('max_pool_3x3', 1), \
///             ('skip_connect', 2)], reduce_concat=range(2, 6))";
/// assert_eq!(space.format(&space.parse(text).unwrap()), text);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Darts;

impl Darts {
    pub(super) const NAME: &str = "darts";
}

/// The pairs of inputs of node `to`, ordered by the higher and then by the lower, so that those of an earlier node come
/// first and a pair has one index at all nodes that can take it.
fn pairs(to: usize) -> impl Iterator<Item = (usize, usize)> {
    (1..to).flat_map(|higher| (0..higher).map(move |lower| (lower, higher)))
}

/// The index of a pair in [`pairs`].
fn index_of_pair((lower, higher): (usize, usize)) -> usize {
    higher * (higher - 1) / 2 + lower
}

/// The edges of the normal and of the reduction cell: by node, of each node the one from the lower input first.
///
/// # Panics
/// If `architecture` is not of the space `darts`.
#[track_caller]
pub fn cells(architecture: &Architecture) -> [[Edge; 2 * NODES]; 2] {
    let choices: Vec<usize> = architecture.choices().iter().map(|choice| usize::from(*choice)).collect();
    assert!(choices.len() == 2 * NODES * 3, "{architecture:?} is no genotype: 24 choices");
    std::array::from_fn(|cell| {
        std::array::from_fn(|edge| {
            let (node, second) = (edge / 2, edge % 2);
            let to = INPUTS + node;
            let chosen = &choices[(cell * NODES + node) * 3..][..3];
            let pair = pairs(to).nth(chosen[0]);
            let (lower, higher) = pair.unwrap_or_else(|| panic!("{architecture:?} is no genotype: node {to}"));
            let operation = chosen[1 + second];
            assert!(operation < OPERATIONS.len(), "{architecture:?} is no genotype: operation {operation}");
            Edge { to, from: if second == 0 { lower } else { higher }, operation }
        })
    })
}

/// The architecture with these edges: two into each node, those of the lower input first, the normal cell before the other.
///
/// # Panics
/// If they are no genotype: a bug of the caller.
#[track_caller]
pub(crate) fn architecture(edges: &[Edge]) -> Architecture {
    assert_eq!(edges.len(), 4 * NODES, "two edges into each node of two cells");
    let node = |pair: &[Edge]| [index_of_pair((pair[0].from, pair[1].from)), pair[0].operation, pair[1].operation];
    Architecture::new(edges.chunks(2).flat_map(node).map(|choice| choice as u8).collect::<Vec<u8>>())
}

impl Family for Darts {
    fn positions(&self) -> Vec<Position> {
        let operations: Vec<String> = OPERATIONS.iter().map(|operation| (*operation).into()).collect();
        let mut positions = Vec::with_capacity(2 * NODES * 3);
        for cell in CELLS {
            for to in INPUTS..INPUTS + NODES {
                let inputs = pairs(to).map(|(lower, higher)| format!("{lower}+{higher}")).collect();
                positions.push(Position { name: format!("{cell}{to}.from"), choices: inputs });
                for which in ["op1", "op2"] {
                    positions.push(Position { name: format!("{cell}{to}.{which}"), choices: operations.clone() });
                }
            }
        }
        positions
    }

    fn format(&self, _: &[Position], architecture: &Architecture) -> String {
        genotype::format(architecture)
    }

    fn parse(&self, _: &[Position], text: &str) -> Result<Architecture, TextError> {
        genotype::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::Space;

    #[test]
    fn the_space_has_the_published_size() {
        let space = Space::named("darts").unwrap();
        assert_eq!(space.length(), 24);
        let choices: Vec<usize> = (0..12).step_by(3).map(|l| space.choices(l)).collect();
        assert_eq!(choices, [1, 3, 6, 10]);
        // The authors' count for one cell (section 3.1, without `none`): Π C(k + 1, 2) · 7² over k = 1..4, about 10⁹.
        let cell: u64 = (1..=4u64).map(|k| (k + 1) * k / 2 * 49).product();
        assert_eq!(cell, 1_037_664_180);
        assert_eq!(space.size_up_to(u64::MAX), Some(cell * cell));
    }

    #[test]
    fn pairs_and_their_indices_are_inverses() {
        for to in INPUTS..INPUTS + NODES {
            assert_eq!(pairs(to).count(), to * (to - 1) / 2);
            for (index, (lower, higher)) in pairs(to).enumerate() {
                assert!(lower < higher && higher < to);
                assert_eq!(index_of_pair((lower, higher)), index);
            }
        }
    }

    #[test]
    fn edges_are_what_the_positions_say() {
        let space = Space::named("darts").unwrap();
        for index in (0..space.size_up_to(u64::MAX).unwrap()).step_by(987_654_321_987_654) {
            let h = space.at_index(index).unwrap();
            for (cell, edges) in cells(&h).iter().enumerate() {
                for (place, edge) in edges.iter().enumerate() {
                    let l = cell * 12 + place / 2 * 3;
                    let name = |l: usize| &space.positions()[l].choices[usize::from(h.choices()[l])];
                    assert_eq!(edge.to, 2 + place / 2);
                    assert_eq!(name(l).split('+').nth(place % 2), Some(edge.from.to_string().as_str()));
                    assert_eq!(OPERATIONS[edge.operation], name(l + 1 + place % 2));
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "is no genotype")]
    fn another_space_is_a_bug_of_the_caller() {
        let _ = cells(&Architecture::new([9; 24]));
    }
}
