//! Weights of edges beside those of their operations, as more positions of a policy.

use super::Cells;
use crate::space::{Custom, Position, Space, SpaceSpec};

impl Cells {
    /// [`Self::choices`], and behind them a position for each node with a choice for each edge into it: the share of a choice is
    /// the weight of its edge. All edges stand there in the order in which they have their own positions.
    ///
    /// # Source
    /// Xu et al., ICLR 2020 (PC-DARTS), section 3.3.
    /// # Errors
    /// If the space is too large for it.
    pub fn with_edge_weights(&self) -> Result<Space, String> {
        let mut positions = self.choices.positions().to_vec();
        for (kind, cell) in self.kinds.iter().enumerate() {
            let of_kind = if self.kinds.len() == 1 { String::new() } else { format!("cell{kind}.") };
            for to in cell.inputs..cell.nodes {
                let into = cell.edges.iter().filter(|edge| edge.to == to).map(|edge| format!("from-{}", edge.from));
                positions.push(Position { name: format!("{of_kind}edges-into-{to}"), choices: into.collect() });
            }
        }
        Space::new(SpaceSpec::Custom(Custom { positions })).map_err(|error| error.to_string())
    }

    /// The shares of the operations, `[Σ K]`, each times the weight of its edge, where such follow; else as they are.
    pub fn weighted(&self, shares: &[f64]) -> Vec<f64> {
        let (operations, weights) = shares.split_at(self.choices.choices_in_all());
        let mut weighted = operations.to_vec();
        for (l, weight) in weights.iter().enumerate() {
            weighted[self.choices.offset(l)..self.choices.offset(l + 1)].iter_mut().for_each(|share| *share *= weight);
        }
        weighted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weight_of_an_edge_decides_which_two_a_node_keeps() {
        let cells = Cells::of(&Space::named("darts").unwrap()).unwrap();
        let with_weights = cells.with_edge_weights().unwrap();
        assert_eq!((with_weights.length(), with_weights.choices_in_all()), (28 + 8, 224 + 28));
        let mut shares = vec![0.125; 224];
        shares.extend([0.1; 28]);
        // Node 5 of the normal cell: its edges are 9 to 13, from nodes 0 to 4.
        (shares[224 + 11], shares[224 + 13]) = (0.4, 0.3);
        let text = cells.space().format(&cells.derive(&cells.weighted(&shares)));
        assert!(text.contains("('max_pool_3x3', 2), ('max_pool_3x3', 4)], normal_concat"), "{text}");
        assert_eq!(cells.weighted(&shares[..224]), shares[..224]);
    }
}
