//! When two cells are the same network: a text that cells share exactly if a rule calls them equal.
//!
//! The text spells out what the output node computes. The input is `0`; an edge is `(text of where it starts)@operation`;
//! a node is the sum of its in-edges, sorted and joined by `+`; the output node's text is the cell's. Two of the three
//! rules are those of the benchmark's authors, whose counts are quoted as "unique architectures"; the third is what their
//! second leaves undone. Source: Dong and Yang, ICLR 2020, and `to_unique_str` of their AutoDL-Projects
//! (xautodl/models/cell_searchs/genotypes.py).

use super::{EDGES, OPERATIONS};
use crate::space::Architecture;

const ZERO: &str = "#";

/// What is simplified before two cells are compared. Sums do not depend on the order of their terms under any rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// `skip_connect` passes its input on. `none` is an operation like another. The 15,625 cells fall into 12,751 classes.
    Skip,
    /// And `none`, or any operation on a node whose text is zero, is a zero term. Zero terms stay in their sum, so that a
    /// node with two in-edges, both zero, does not count as zero. 6,466 classes.
    SkipAndZero,
    /// And zero terms are dropped from sums; a sum without a term is zero. 5,390 classes, one of them the zero cell.
    SkipAndDroppedZero,
}

/// The text that stands for all cells that `rule` takes for the same network as `architecture`.
///
/// ```
/// use bilevel::space::{Space, nas_bench_201::{Rule, canonical}};
/// let space = Space::named("nas-bench-201").unwrap();
/// let text = |arch: &str| canonical(&space.parse(arch).unwrap(), Rule::SkipAndDroppedZero);
/// let direct = text("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|");
/// assert_eq!(direct, "(0)@nor_conv_3x3");
/// assert_eq!(direct, text("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|"));
/// ```
///
/// # Panics
/// If `architecture` is not of the space `nas-bench-201`.
#[track_caller]
pub fn canonical(architecture: &Architecture, rule: Rule) -> String {
    let operations = operations(architecture);
    let mut nodes = vec![String::from("0")];
    for node in 1..=3 {
        let in_edges = EDGES.iter().zip(operations).filter(|((to, _), _)| *to == node);
        let mut terms: Vec<String> = in_edges.map(|((_, from), name)| term(&nodes[*from], name, rule)).collect();
        if rule == Rule::SkipAndDroppedZero {
            terms.retain(|term| term != ZERO);
            if terms.is_empty() {
                terms.push(ZERO.into());
            }
        }
        terms.sort();
        nodes.push(terms.join("+"));
    }
    nodes.swap_remove(3)
}

fn term(input: &str, operation: &str, rule: Rule) -> String {
    let zero = rule != Rule::Skip && (operation == "none" || input == ZERO);
    match operation {
        _ if zero => ZERO.into(),
        "skip_connect" => input.into(),
        _ => format!("({input})@{operation}"),
    }
}

/// Whether a path of operations other than `none` leads from the input to the output. 15,284 of the 15,625 cells have
/// one; the output of the others does not depend on the image.
///
/// # Panics
/// If `architecture` is not of the space `nas-bench-201`.
#[track_caller]
pub fn is_connected(architecture: &Architecture) -> bool {
    let mut reached = [true, false, false, false];
    for ((to, from), operation) in EDGES.iter().zip(operations(architecture)) {
        reached[*to] |= reached[*from] && operation != "none";
    }
    reached[3]
}

#[track_caller]
fn operations(architecture: &Architecture) -> [&'static str; 6] {
    let choices = architecture.choices();
    let inside = choices.len() == EDGES.len() && choices.iter().all(|k| usize::from(*k) < OPERATIONS.len());
    assert!(inside, "{architecture:?} is no cell of NAS-Bench-201: six choices from 0 to 4");
    std::array::from_fn(|edge| OPERATIONS[usize::from(choices[edge])])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::space::Space;

    #[test]
    fn the_published_counts() {
        let space = Space::named("nas-bench-201").unwrap();
        let classes = |rule| space.enumerate().map(|h| canonical(&h, rule)).collect::<BTreeSet<String>>().len();
        assert_eq!(space.enumerate().map(|h| space.format(&h)).collect::<BTreeSet<String>>().len(), 15_625);
        assert_eq!(classes(Rule::Skip), 12_751);
        assert_eq!(classes(Rule::SkipAndZero), 6_466);
        assert_eq!(classes(Rule::SkipAndDroppedZero), 5_390);
        assert_eq!(space.enumerate().filter(is_connected).count(), 15_284);
    }

    #[test]
    fn each_rule_in_turn_calls_more_cells_equal() {
        // Node 1 is 3x3(0); node 2 is node 1 and nothing from 0; the output is node 2 and nothing else.
        let chain = Architecture::new([3, 0, 1, 0, 0, 1]);
        assert_eq!(canonical(&chain, Rule::Skip), "((0)@nor_conv_3x3)@none+(0)@none+(0)@none+(0)@nor_conv_3x3");
        assert_eq!(canonical(&chain, Rule::SkipAndZero), "#+#+#+(0)@nor_conv_3x3");
        assert_eq!(canonical(&chain, Rule::SkipAndDroppedZero), "(0)@nor_conv_3x3");
        // Two zero terms make a node that only the last rule takes for zero.
        let zeros = Architecture::new([0, 0, 0, 0, 0, 2]);
        assert_eq!(canonical(&zeros, Rule::SkipAndZero), "#+#+(#+#)@nor_conv_1x1");
        assert_eq!(canonical(&zeros, Rule::SkipAndDroppedZero), "#");
        assert!(is_connected(&chain) && !is_connected(&zeros));
    }

    #[test]
    fn a_cell_is_zero_exactly_if_it_is_not_connected() {
        for h in Space::named("nas-bench-201").unwrap().enumerate() {
            assert_eq!(canonical(&h, Rule::SkipAndDroppedZero) == ZERO, !is_connected(&h), "{h:?}");
        }
    }

    #[test]
    #[should_panic(expected = "is no cell of NAS-Bench-201")]
    fn another_space_is_a_bug_of_the_caller() {
        let _ = canonical(&Architecture::new([5; 6]), Rule::Skip);
    }
}
