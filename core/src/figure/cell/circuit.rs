//! Cells with two inputs as circuits: a node's wire runs to the right, operations tap it, and what they give is summed on
//! a vertical wire that ends in the node that takes it.
//!
//! Nodes stand on the diagonal, so that edge (to, from) has a place of its own in row `from` and column `to`: whatever a
//! cell connects, no two labels meet, and no operation seems to follow another.

mod drawing;
mod terminal;

use crate::figure::operation::{DARTS, Operation};
use crate::space::darts::{self, Edge, INPUTS, NODES};
use crate::space::{Architecture, dense_cell};

pub(super) use drawing::svg;
pub(super) use terminal::text;

/// A cell: nodes 0 and 1 are its inputs, and its output is made of all the others.
pub(super) struct Cell {
    /// How it is called, and what about it the drawing does not show.
    title: &'static str,
    note: &'static str,
    /// The number of nodes, inputs among them.
    nodes: usize,
    edges: Vec<Edge>,
}

/// The normal and the reduction cell of a genotype.
pub(super) fn of_genotype(architecture: &Architecture) -> Vec<Cell> {
    let words = [("normal", "keeps the resolution"), ("reduce", "halves the resolution")];
    let cells = words.into_iter().zip(darts::cells(architecture));
    cells.map(|((title, note), edges)| Cell { title, note, nodes: INPUTS + NODES, edges: edges.into() }).collect()
}

/// The one cell of `dense-20x7`.
pub(super) fn of_dense_cell(architecture: &Architecture) -> Vec<Cell> {
    let edges = dense_cell::edges(architecture);
    vec![Cell { title: "cell", note: "all 20 edges", nodes: INPUTS + dense_cell::NODES, edges: edges.into() }]
}

impl Cell {
    /// Whether the vertical wire of node `to` has begun above row `row`.
    fn is_fed_above(&self, to: usize, row: usize) -> bool {
        self.edges.iter().any(|edge| edge.to == to && edge.from < row)
    }

    /// The last node that takes node `from`.
    fn last_tap(&self, from: usize) -> Option<usize> {
        self.edges.iter().filter(|edge| edge.from == from).map(|edge| edge.to).max()
    }

    /// What every node computes, in words.
    fn description(&self) -> String {
        let node = |to: usize| {
            let terms = self.edges.iter().filter(|edge| edge.to == to);
            let terms: Vec<String> = terms.map(|edge| format!("{} of {}", operation(edge).label, edge.from)).collect();
            format!("node {to} is {}", terms.join(" plus "))
        };
        let nodes: Vec<String> = (INPUTS..self.nodes).map(node).collect();
        format!("{}: {}.", self.title, nodes.join("; "))
    }
}

fn operation(edge: &Edge) -> &'static Operation {
    &DARTS[edge.operation]
}

/// A Graphviz graph, a cluster for each cell.
pub(super) fn dot(cells: &[Cell]) -> String {
    let mut text = String::from(
        "digraph cells {\n  rankdir=LR;\n  node [shape=circle, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=11];\n",
    );
    for Cell { title, nodes, edges, .. } in cells {
        text += &format!("  subgraph cluster_{title} {{\n    label=\"{title}\"; fontname=\"sans-serif\";\n");
        for node in 0..*nodes {
            text += &format!("    {title}{node} [label=\"{node}\"];\n");
        }
        text += &format!("    {title}_output [label=\"output\", shape=plaintext];\n");
        for edge in edges {
            let Operation { label, light, width, dot, .. } = operation(edge);
            let (from, to) = (edge.from, edge.to);
            text += &format!(
                "    {title}{from} -> {title}{to} [label=\"{label}\", color=\"{light}\", penwidth={width}, style={dot}];\n"
            );
        }
        for node in INPUTS..*nodes {
            text += &format!("    {title}{node} -> {title}_output [color=\"#9AA1AB\"];\n");
        }
        text += "  }\n";
    }
    text + "}\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::label;
    use crate::random::Stream;
    use crate::space::Space;

    /// The boxes (left, top, right, bottom) of all labels of a drawing, on the safe side.
    fn labels(svg: &str) -> Vec<([f64; 4], &str)> {
        let texts = svg.lines().filter_map(|line| line.strip_prefix("<text "));
        let value = |tag: &str, name: &str| -> f64 {
            tag.split_once(&format!("{name}=\"")).and_then(|(_, rest)| rest.split('"').next()).unwrap().parse().unwrap()
        };
        texts
            .map(|line| {
                let (tag, rest) = line.split_once('>').unwrap();
                let words = rest.trim_end_matches("</text>");
                let (x, y) = (value(tag, " x"), value(tag, " y"));
                let width = label::pixels(words, if tag.contains("bl-large") { 14.0 } else { 10.5 });
                let left = match tag {
                    _ if tag.contains("bl-middle") => x - width / 2.0,
                    _ if tag.contains("bl-end") => x - width,
                    _ => x,
                };
                ([left, y - 9.0, left + width, y + 3.0], words)
            })
            .collect()
    }

    #[test]
    fn no_two_labels_meet() {
        let mut random = Stream::new(0, "tests of circuits", 0);
        for name in ["darts", "dense-20x7"] {
            let space = Space::named(name).unwrap();
            for architecture in (0..200).map(|_| space.sample(&mut random)) {
                let picture = crate::figure::cell::svg(&space, &architecture);
                let (width, height) = if name == "darts" { (526.0, 622.0) } else { (622.0, 350.0) };
                assert!(picture.contains(&format!("viewBox=\"0 0 {width} {height}\"")), "{picture}");
                let labels = labels(&picture);
                for (index, (a, words)) in labels.iter().enumerate() {
                    assert!(a[0] >= 0.0 && a[1] >= 0.0 && a[2] <= width && a[3] <= height, "{words} is cut");
                    for (b, others) in &labels[..index] {
                        let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
                        assert!(apart, "{words} and {others} meet: {}", space.format(&architecture));
                    }
                }
            }
        }
    }

    /// Follows the terminal's drawing back to the edges: taps are read off the lines below the wires.
    #[test]
    fn the_terminal_shows_every_edge_once() {
        let space = Space::named("darts").unwrap();
        let mut random = Stream::new(0, "tests of circuits", 1);
        for architecture in (0..200).map(|_| space.sample(&mut random)) {
            for cell in of_genotype(&architecture) {
                let picture = text(&[Cell { edges: cell.edges.clone(), ..cell }]);
                let lines: Vec<Vec<char>> = picture.lines().skip(1).map(|line| line.chars().collect()).collect();
                let mut found = Vec::new();
                for from in 0..cell.nodes - 1 {
                    for (left, _) in lines[2 * from + 1].iter().enumerate().filter(|(_, c)| **c == '╰') {
                        assert!("┬╮".contains(lines[2 * from][left]), "{picture}");
                        let right = left + lines[2 * from + 1][left..].iter().position(|c| "┤╮".contains(*c)).unwrap();
                        let down = (2 * from + 2..).find(|row| lines[*row][right] != '│' && lines[*row][right] != '┤');
                        let to = lines[down.unwrap()][right].to_digit(10).expect(&picture) as usize;
                        let name: String = lines[2 * from + 1][left + 1..right].iter().collect();
                        let name = name.trim_matches(['─', ' ']);
                        let operation = DARTS.iter().position(|operation| operation.label == name).unwrap();
                        found.push(Edge { to, from, operation });
                    }
                }
                found.sort_by_key(|edge| (edge.to, edge.from));
                assert_eq!(found, cell.edges, "{picture}");
            }
        }
    }
}
