//! Circuits as lines of a terminal: two lines a node, its wire and the operations that tap it.

use super::{Cell, operation};
use crate::space::darts::{Edge, INPUTS};

/// The column of the first vertical wire, and from one to the next.
const FIRST: usize = 15;
const STEP: usize = 14;
/// From the last vertical wire to that of the output.
const OUTPUT: usize = 3;
/// Columns of a tap: `╰─ sep 3×3 ─`, before the vertical wire.
const TAP: usize = 12;

pub(in crate::figure::cell) fn text(cells: &[Cell]) -> String {
    let texts: Vec<String> = cells.iter().map(Cell::text).collect();
    texts.join("\n")
}

/// The column of the vertical wire into `node`.
fn wire(node: usize) -> usize {
    FIRST + (node - INPUTS) * STEP
}

impl Cell {
    fn text(&self) -> String {
        let last = self.nodes - 1;
        let output = wire(last) + OUTPUT;
        let mut canvas = vec![vec![' '; output + 6]; 2 * self.nodes - 1];
        for node in 0..self.nodes {
            for other in INPUTS.max(node + 1)..self.nodes {
                if self.is_fed_above(other, node) {
                    canvas[2 * node][wire(other)] = '│';
                    canvas[2 * node + 1][wire(other)] = '│';
                }
            }
            self.draw_wire(&mut canvas, node, output);
            for edge in self.edges.iter().filter(|edge| edge.from == node) {
                self.draw_tap(&mut canvas, edge);
            }
        }
        canvas[2 * last].splice(output + 1.., "▶ out".chars());
        let mut text = format!("{}, {}\n", self.title, self.note);
        for line in canvas {
            text += line.into_iter().collect::<String>().trim_end();
            text.push('\n');
        }
        text
    }

    /// What `node` gives, from its circle to the right. A vertical wire that it crosses stays whole: they do not touch.
    fn draw_wire(&self, canvas: &mut [Vec<char>], node: usize, output: usize) {
        let row = &mut canvas[2 * node];
        let start = if node < INPUTS { 0 } else { wire(node) - 1 };
        let end = if node >= INPUTS { output } else { self.last_tap(node).map_or(start + 2, |to| wire(to) - TAP) };
        for place in row[start + 3..end].iter_mut().filter(|place| **place == ' ') {
            *place = '─';
        }
        row[start..start + 3].copy_from_slice(&['(', (b'0' + node as u8) as char, ')']);
        if node >= INPUTS {
            row[output] = if node == INPUTS {
                '╮'
            } else if node == self.nodes - 1 {
                '┴'
            } else {
                '┤'
            };
            if node + 1 < self.nodes {
                canvas[2 * node + 1][output] = '│';
            }
        }
    }

    /// `┬` on the wire, and below it `╰─ sep 3×3 ─╮` to the vertical wire.
    fn draw_tap(&self, canvas: &mut [Vec<char>], edge: &Edge) {
        let (right, left, y) = (wire(edge.to), wire(edge.to) - TAP, 2 * edge.from);
        let ends_here = edge.from < INPUTS && self.last_tap(edge.from) == Some(edge.to);
        canvas[y][left] = if ends_here { '╮' } else { '┬' };
        let row = &mut canvas[y + 1];
        row[left] = '╰';
        row[left + 1..right].fill('─');
        let label: Vec<char> = format!(" {} ", operation(edge).label).chars().collect();
        let start = left + 1 + (TAP - 1 - label.len()) / 2;
        row[start..start + label.len()].copy_from_slice(&label);
        row[right] = if self.is_fed_above(edge.to, edge.from) { '┤' } else { '╮' };
    }
}
