//! From shares of operations to an architecture.

use super::{Cells, Edge};
use crate::space::Architecture;
use crate::space::darts::{self, NODES};
use crate::space::operation::Operation;

/// An edge with its strongest operation other than `none`.
struct Strongest<'a> {
    edge: &'a Edge,
    operation: usize,
    share: f64,
}

/// The genotype that the authors of DARTS make of shares.
pub(super) fn genotype(cells: &Cells, shares: &[f64]) -> Architecture {
    let choices = cells.choices();
    let mut strongest: Vec<(usize, Strongest<'_>)> = Vec::with_capacity(choices.length());
    for (l, (kind, edge)) in cells.edges().enumerate() {
        let row = &shares[choices.offset(l)..choices.offset(l + 1)];
        let real = |k: &usize| edge.operations[*k] != Operation::None;
        let best = (0..row.len()).filter(real).reduce(|best, k| if row[k] > row[best] { k } else { best });
        let operation = best.unwrap_or(0);
        strongest.push((kind, Strongest { edge, operation, share: row[operation] }));
    }
    let mut taken = Vec::with_capacity(2 * cells.kinds().len() * NODES);
    for (kind, cell) in cells.kinds().iter().enumerate() {
        for to in cell.inputs..cell.nodes {
            let into = strongest.iter().filter(|(of, it)| *of == kind && it.edge.to == to).map(|(_, it)| it);
            let mut into: Vec<&Strongest<'_>> = into.collect();
            // Stable, so that of equals the edge from the earlier node comes first.
            into.sort_by(|a, b| b.share.total_cmp(&a.share));
            into.truncate(2);
            into.sort_by_key(|it| it.edge.from);
            // An operation of a genotype is counted without `none`.
            taken.extend(into.iter().map(|it| darts::Edge { to, from: it.edge.from, operation: it.operation - 1 }));
        }
    }
    darts::architecture(&taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;
    use crate::space::Space;

    fn darts() -> Cells {
        Cells::of(&Space::named("darts").unwrap()).unwrap()
    }

    #[test]
    fn a_path_is_derived_from_its_own_corner() {
        let mut random = Stream::new(2, "corners", 0);
        for name in ["darts", "nas-bench-201", "dense-20x7"] {
            let cells = Cells::of(&Space::named(name).unwrap()).unwrap();
            for _ in 0..200 {
                let h = cells.space().sample(&mut random);
                let mut shares = vec![0.0; cells.choices().choices_in_all()];
                let path = cells.path(&h);
                path.choices().iter().enumerate().for_each(|(l, k)| {
                    shares[cells.choices().offset(l) + usize::from(*k)] = 1.0;
                });
                assert_eq!(cells.derive(&shares), h, "{name}");
            }
        }
    }

    /// Worked by hand from the authors' rule: `none` never counts, edges are ranked by their strongest other operation.
    #[test]
    fn the_rule_of_the_authors() {
        let cells = darts();
        let mut shares = vec![0.1; 28 * 8];
        let mut set = |edge: usize, operation: usize, share: f64| shares[8 * edge + operation] = share;
        // Node 3 of the normal cell has the edges 2, 3 and 4, from 0, 1 and 2.
        set(2, 0, 0.9);
        set(2, 4, 0.2);
        set(3, 3, 0.15);
        set(4, 7, 0.3);
        let text = cells.space().format(&cells.derive(&shares));
        let normal = "normal=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('sep_conv_3x3', 0), ('dil_conv_5x5', 2), \
                      ('max_pool_3x3', 0), ('max_pool_3x3', 1), ('max_pool_3x3', 0), ('max_pool_3x3', 1)]";
        assert!(text.starts_with(&format!("Genotype({normal}, ")), "{text}");
    }

    #[test]
    fn of_equals_the_first_is_taken() {
        let cells = Cells::of(&Space::named("nas-bench-201").unwrap()).unwrap();
        assert_eq!(cells.derive(&[0.2; 30]).choices(), [0; 6]);
    }
}
