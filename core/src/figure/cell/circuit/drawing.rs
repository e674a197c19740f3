//! Circuits as SVG, one below the other.

use super::{Cell, operation};
use crate::figure::label;
use crate::figure::operation::{DARTS, Operation};
use crate::figure::svg::{Svg, command};
use crate::figure::theme;
use crate::space::darts::{Edge, INPUTS};

/// Where the inputs stand, the vertical wire of the first column, and from one column to the next.
const INPUTS_X: f64 = 40.0;
const FIRST_X: f64 = 146.0;
const COLUMN: f64 = 96.0;
/// From the last column to the wire of the output, and to the right margin.
const OUTPUT: f64 = 36.0;
const RIGHT: f64 = 56.0;
/// The first row, from one row to the next, and below the last.
const FIRST_Y: f64 = 24.0;
const ROW: f64 = 50.0;
const BELOW: f64 = 26.0;
/// Between two cells.
const BETWEEN: f64 = 22.0;

const RADIUS: f64 = 13.0;
/// A pill with the name of an operation: its size, and how far below its wire it lies.
const PILL: (f64, f64) = (56.0, 20.0);
const DROP: f64 = 22.0;
/// From the right end of a pill to the vertical wire, and the radius of the bends.
const LEAD: f64 = 10.0;
const BEND: f64 = 7.0;

const STYLE: &str = ".bl-wire{fill:none;stroke-width:1.6}.bl-bridge{fill:none;stroke-width:6}\
.bl-pill{stroke-width:1.8}.bl-node{stroke-width:1.6}.bl-node-label{font-size:13px;font-weight:600}";
/// The small drawing has no room for labels: below 240 pixels outlines fill their pills.
const SMALL: &str = "@media (max-width:240px){.bl-pill-label,.bl-note{display:none}.bl-wire{stroke-width:3}\
.bl-pill{stroke-width:20}.bl-node-label{font-size:18px}}";

pub(in crate::figure::cell) fn svg(cells: &[Cell]) -> String {
    let width = cells.iter().map(Cell::width).fold(0.0, f64::max);
    let height = cells.iter().map(|cell| cell.height() + BETWEEN).sum::<f64>() - BETWEEN;
    let words: Vec<String> = cells.iter().map(Cell::description).collect();
    let title = if cells.len() == 1 { "A cell" } else { "A normal and a reduction cell" };
    let style = STYLE.to_owned() + &pills() + SMALL;
    let mut svg = Svg::new(width, height, title, &words.join(" "), &style);
    let mut top = 0.0;
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            let y = top - BETWEEN / 2.0;
            svg.line("bl-grid", (16.0, y), (width - 16.0, y));
        }
        Drawing { cell, top }.draw(&mut svg);
        top += cell.height() + BETWEEN;
    }
    svg.finish()
}

/// The outline of a pill in the colour of its operation.
fn pills() -> String {
    let rule = |(k, operation): (usize, &Operation)| {
        (format!(".bl-pill{k}"), "stroke", operation.light.to_string(), operation.dark.to_string())
    };
    theme::themed(&DARTS.iter().enumerate().map(rule).collect::<Vec<_>>())
}

impl Cell {
    fn width(&self) -> f64 {
        self.column(self.nodes - 1) + OUTPUT + RIGHT
    }

    fn height(&self) -> f64 {
        FIRST_Y + (self.nodes - 1) as f64 * ROW + BELOW
    }

    /// The x of a node, and of the vertical wire into it.
    fn column(&self, node: usize) -> f64 {
        if node < INPUTS { INPUTS_X } else { FIRST_X + (node - INPUTS) as f64 * COLUMN }
    }
}

/// A cell at its place.
struct Drawing<'a> {
    cell: &'a Cell,
    top: f64,
}

impl Drawing<'_> {
    fn row(&self, node: usize) -> f64 {
        self.top + FIRST_Y + node as f64 * ROW
    }

    fn draw(&self, svg: &mut Svg) {
        let cell = self.cell;
        for node in INPUTS..cell.nodes {
            self.draw_sum(svg, node);
        }
        self.draw_output(svg);
        for node in 0..cell.nodes {
            self.draw_wire(svg, node);
        }
        for edge in &cell.edges {
            self.draw_tap(svg, edge);
        }
        for node in 0..cell.nodes {
            let (x, y) = (cell.column(node), self.row(node));
            svg.circle("bl-node bl-plate", x, y, RADIUS);
            svg.text("bl-node-label bl-ink bl-middle", x, y + 4.7, &node.to_string());
        }
        for (node, words) in [(0, "cell k−2"), (1, "cell k−1")] {
            svg.text("bl-note bl-quiet bl-small bl-middle", INPUTS_X, self.row(node) + RADIUS + 12.0, words);
        }
        let bottom = self.row(cell.nodes - 1);
        svg.text("bl-ink bl-large bl-strong", 16.0, bottom - 12.0, cell.title);
        svg.text("bl-note bl-quiet bl-small", 16.0, bottom + 4.0, cell.note);
    }

    /// The vertical wire on which the operations into `node` are summed.
    fn draw_sum(&self, svg: &mut Svg, node: usize) {
        let first = self.cell.edges.iter().filter(|edge| edge.to == node).map(|edge| edge.from).min();
        let Some(first) = first else { return };
        let (x, end) = (self.cell.column(node), self.row(node) - RADIUS);
        svg.line("bl-wire bl-rule", (x, self.row(first) + DROP + BEND), (x, end - 6.0));
        draw_head(svg, (x, end - 1.0), (0.0, 1.0));
    }

    /// The wire that collects all nodes into the output.
    fn draw_output(&self, svg: &mut Svg) {
        let last = self.cell.nodes - 1;
        let (x, y) = (self.cell.column(last) + OUTPUT, self.row(last));
        svg.line("bl-wire bl-rule", (x, self.row(INPUTS) + BEND), (x, y));
        svg.line("bl-wire bl-rule", (x, y), (x + 8.0, y));
        draw_head(svg, (x + 15.0, y), (1.0, 0.0));
        svg.text("bl-note bl-quiet bl-small bl-end", self.cell.width() - 6.0, y + 18.0, "output");
    }

    /// The wire of what `node` gives: to the output, or an input's to the last node that takes it. It bridges the vertical
    /// wires on its way.
    fn draw_wire(&self, svg: &mut Svg, node: usize) {
        let cell = self.cell;
        let (left, y) = (cell.column(node) + RADIUS, self.row(node));
        let mut path = String::new();
        command(&mut path, 'M', &[left, y]);
        let end = if node >= INPUTS {
            let end = cell.column(cell.nodes - 1) + OUTPUT;
            if node == cell.nodes - 1 {
                command(&mut path, 'H', &[end]);
            } else {
                command(&mut path, 'H', &[end - BEND]);
                command(&mut path, 'Q', &[end, y, end, y + BEND]);
            }
            end
        } else {
            let Some(last) = cell.last_tap(node) else { return };
            let end = tap(cell.column(last));
            command(&mut path, 'H', &[end - BEND]);
            end
        };
        for other in (INPUTS.max(node + 1)..cell.nodes).filter(|other| cell.is_fed_above(*other, node)) {
            let x = cell.column(other);
            if x < end {
                svg.line("bl-bridge bl-halo", (x - 6.0, y), (x + 6.0, y));
            }
        }
        svg.path("bl-wire bl-rule", &path);
    }

    /// An operation: down from the wire of `from`, through a pill, onto the vertical wire of `to`.
    fn draw_tap(&self, svg: &mut Svg, edge: &Edge) {
        let (x, y) = (self.cell.column(edge.to), self.row(edge.from));
        let (start, right, middle) = (tap(x), x - LEAD, y + DROP);
        let left = right - PILL.0;
        let mut path = String::new();
        command(&mut path, 'M', &[start - BEND, y]);
        command(&mut path, 'Q', &[start, y, start, y + BEND]);
        command(&mut path, 'V', &[middle - BEND]);
        command(&mut path, 'Q', &[start, middle, start + BEND, middle]);
        command(&mut path, 'H', &[left]);
        command(&mut path, 'M', &[right, middle]);
        command(&mut path, 'H', &[x - BEND]);
        command(&mut path, 'Q', &[x, middle, x, middle + BEND]);
        svg.path("bl-wire bl-rule", &path);
        let (operation, k) = (operation(edge), edge.operation);
        svg.open_group(&format!("node {} takes {} of node {}", edge.to, operation.label, edge.from));
        draw_pill(svg, &format!("bl-pill bl-plate bl-pill{k}"), (left, middle - PILL.1 / 2.0), PILL);
        svg.text(
            "bl-pill-label bl-ink bl-small bl-middle",
            left + PILL.0 / 2.0,
            middle + 3.7,
            &label::fit(operation.label, PILL.0 - 6.0, 10.5),
        );
        svg.close();
    }
}

/// Where the tap into the column at `x` leaves its wire.
fn tap(x: f64) -> f64 {
    x - LEAD - PILL.0 - BEND - 3.0
}

/// An arrow's head with its tip at `(x, y)`, along a direction of unit length.
fn draw_head(svg: &mut Svg, (x, y): (f64, f64), (dx, dy): (f64, f64)) {
    const LENGTH: f64 = 7.0;
    const HALF: f64 = 4.0;
    let (back_x, back_y) = (x - dx * LENGTH, y - dy * LENGTH);
    let mut head = String::new();
    command(&mut head, 'M', &[x, y]);
    command(&mut head, 'L', &[back_x + dy * HALF, back_y + dx * HALF]);
    command(&mut head, 'L', &[back_x - dy * HALF, back_y - dx * HALF]);
    head.push('Z');
    svg.path("bl-quiet", &head);
}

/// A rectangle whose short sides are half circles.
fn draw_pill(svg: &mut Svg, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
    let round = height / 2.0;
    let mut path = String::new();
    command(&mut path, 'M', &[x + round, y]);
    command(&mut path, 'H', &[x + width - round]);
    command(&mut path, 'A', &[round, round, 0.0, 0.0, 1.0, x + width - round, y + height]);
    command(&mut path, 'H', &[x + round]);
    command(&mut path, 'A', &[round, round, 0.0, 0.0, 1.0, x + round, y]);
    path.push('Z');
    svg.path(class, &path);
}
