//! The cell of NAS-Bench-201: nodes from left to right, an edge's width, dash and colour say its operation.

use crate::figure::operation::{self, NAS_BENCH_201 as OPERATIONS};
use crate::figure::svg::{Svg, command};
use crate::space::Architecture;
use crate::space::nas_bench_201::EDGES;

const WIDTH: f64 = 372.0;
const HEIGHT: f64 = 194.0;
/// Where the nodes stand.
const NODES_X: [f64; 4] = [30.0, 134.0, 238.0, 342.0];
const NODES_Y: f64 = 116.0;
const RADIUS: f64 = 15.0;
/// Room between a node and the tip of an arrow.
const GAP: f64 = 3.0;
/// Length of an arrow's head.
const HEAD: f64 = 9.0;

/// The small drawing has no room for labels and needs stronger lines: below 200 pixels, where a page's width is its own.
const SMALL: &str = "@media (max-width:200px){.bl-edge-label{display:none}.bl-node-label{font-size:22px}}\
.bl-node-label{font-size:15px;font-weight:600}.bl-node{stroke-width:1.6}";

/// How an edge leaves its node: the direction (x, y) of unit length and how far the curve follows it.
fn departure(to: usize, from: usize) -> ((f64, f64), f64) {
    match (from, to) {
        (0, 3) => ((0.28, -0.96), 108.0),
        (0, 2) => ((0.6, -0.8), 62.0),
        (1, 3) => ((0.6, 0.8), 62.0),
        _ => ((1.0, 0.0), 20.0),
    }
}

pub(super) fn svg(architecture: &Architecture) -> String {
    let words = edges(architecture).map(|((to, from), k)| format!("{from} to {to}: {}", OPERATIONS[k].label));
    let description = format!("Edges: {}.", words.collect::<Vec<_>>().join("; "));
    let style = operation::style(&OPERATIONS) + SMALL;
    let mut svg = Svg::new(WIDTH, HEIGHT, "A cell of NAS-Bench-201", &description, &style);
    for (edge, k) in edges(architecture) {
        draw_edge(&mut svg, edge, k);
    }
    for (edge, k) in edges(architecture) {
        draw_label(&mut svg, edge, k);
    }
    for (node, x) in NODES_X.iter().enumerate() {
        svg.circle("bl-node bl-plate", *x, NODES_Y, RADIUS);
        svg.text("bl-node-label bl-ink bl-middle", *x, NODES_Y + 5.5, &node.to_string());
    }
    svg.text("bl-edge-label bl-quiet bl-small bl-middle", NODES_X[0], NODES_Y + 31.0, "input");
    svg.text("bl-edge-label bl-quiet bl-small bl-middle", NODES_X[3] + 9.0, NODES_Y + 31.0, "output");
    svg.finish()
}

/// The edges (to, from) with the operation on each.
fn edges(architecture: &Architecture) -> impl Iterator<Item = ((usize, usize), usize)> {
    EDGES.into_iter().zip(architecture.choices().iter().map(|k| usize::from(*k)))
}

/// The four points of the edge's cubic curve, node to node; the second half mirrors the first.
fn curve(to: usize, from: usize, end_gap: f64) -> [(f64, f64); 4] {
    let ((dx, dy), reach) = departure(to, from);
    let (start, end) = (RADIUS + GAP, RADIUS + end_gap);
    let (left, right) = (NODES_X[from], NODES_X[to]);
    [
        (left + dx * start, NODES_Y + dy * start),
        (left + dx * (start + reach), NODES_Y + dy * (start + reach)),
        (right - dx * (start + reach), NODES_Y + dy * (start + reach)),
        (right - dx * end, NODES_Y + dy * end),
    ]
}

fn draw_edge(svg: &mut Svg, (to, from): (usize, usize), k: usize) {
    // An edge without an operation carries nothing anywhere: no head.
    let carries = k != 0;
    let [a, b, c, d] = curve(to, from, if carries { GAP + HEAD - 2.0 } else { GAP });
    let mut path = String::new();
    command(&mut path, 'M', &[a.0, a.1]);
    command(&mut path, 'C', &[b.0, b.1, c.0, c.1, d.0, d.1]);
    svg.path(&format!("bl-edge{k}"), &path);
    if carries {
        let ((dx, dy), _) = departure(to, from);
        // The curve arrives along (dx, −dy); `half` is the head's half width across it.
        let tip = (NODES_X[to] - dx * (RADIUS + GAP - 1.0), NODES_Y + dy * (RADIUS + GAP - 1.0));
        let back = (tip.0 - dx * HEAD, tip.1 + dy * HEAD);
        let half = if OPERATIONS[k].width > "5" { 6.5 } else { 5.0 };
        let mut head = String::new();
        command(&mut head, 'M', &[tip.0, tip.1]);
        command(&mut head, 'L', &[back.0 + dy * half, back.1 + dx * half]);
        command(&mut head, 'L', &[back.0 - dy * half, back.1 - dx * half]);
        head.push('Z');
        svg.path(&format!("bl-head{k}"), &head);
    }
}

fn draw_label(svg: &mut Svg, (to, from): (usize, usize), k: usize) {
    let [a, b, c, d] = curve(to, from, GAP);
    let (x, y) = ((a.0 + 3.0 * b.0 + 3.0 * c.0 + d.0) / 8.0, (a.1 + 3.0 * b.1 + 3.0 * c.1 + d.1) / 8.0);
    let below = from == 1 && to == 3;
    let ink = if k == 0 { "bl-quiet" } else { "bl-ink" };
    let y = if below { y + 18.0 } else { y - 8.0 };
    svg.text(&format!("bl-edge-label {ink} bl-halo bl-middle"), x, y, OPERATIONS[k].label);
}

/// Columns between two nodes in the terminal's drawing.
const STEP: usize = 19;

pub(super) fn text(architecture: &Architecture) -> String {
    let mut canvas = vec![vec![' '; 3 * STEP + 3]; 6];
    for ((to, from), k) in edges(architecture) {
        let strokes = &OPERATIONS[k].strokes;
        match (from, to) {
            (0, 3) => arc(&mut canvas, k, (0, 3 * STEP + 1), (0, 1..3), [strokes[2], strokes[3]]),
            (0, 2) => arc(&mut canvas, k, (2, 2 * STEP + 1), (1, 2..3), [strokes[2], strokes[3]]),
            (1, 3) => arc(&mut canvas, k, (STEP + 1, 3 * STEP + 1), (5, 4..5), [strokes[4], strokes[5]]),
            _ => {
                let (left, right) = (from * STEP + 3, to * STEP - 1);
                run(&mut canvas[3], k, left, right);
                canvas[3][right] = if k == 0 { strokes[0] } else { '▶' };
            }
        }
    }
    for node in 0..4 {
        let name = ['(', (b'0' + node as u8) as char, ')'];
        canvas[3][node * STEP..node * STEP + 3].copy_from_slice(&name);
    }
    let mut text = String::new();
    for line in canvas {
        text += line.into_iter().collect::<String>().trim_end();
        text.push('\n');
    }
    text
}

/// An edge that goes around nodes: along `row` between two columns, and down (or up) the rows in `stems` to its nodes.
fn arc(
    canvas: &mut [Vec<char>],
    k: usize,
    (left, right): (usize, usize),
    (row, stems): (usize, std::ops::Range<usize>),
    corners: [char; 2],
) {
    run(&mut canvas[row], k, left, right);
    (canvas[row][left], canvas[row][right]) = (corners[0], corners[1]);
    for stem in stems.clone() {
        (canvas[stem][left], canvas[stem][right]) = (OPERATIONS[k].strokes[1], OPERATIONS[k].strokes[1]);
    }
    if k != 0 {
        // The head touches the node: the last stem above it, the first below it.
        let (last, head) = if row < stems.start { (stems.end - 1, '▼') } else { (stems.start, '▲') };
        canvas[last][right] = head;
    }
}

/// A horizontal stroke from `left` to `right` with the operation's name in its middle.
fn run(line: &mut [char], k: usize, left: usize, right: usize) {
    line[left..=right].fill(OPERATIONS[k].strokes[0]);
    let label: Vec<char> = format!(" {} ", OPERATIONS[k].label).chars().collect();
    let start = left + (right + 1 - left - label.len()) / 2;
    line[start..start + label.len()].copy_from_slice(&label);
}

pub(super) fn dot(architecture: &Architecture) -> String {
    let mut text = String::from(
        "digraph cell {\n  rankdir=LR;\n  node [shape=circle, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=11];\n",
    );
    for ((to, from), k) in edges(architecture) {
        let operation = &OPERATIONS[k];
        let head = if k == 0 { ", arrowhead=none" } else { "" };
        let (label, colour, width, style) = (operation.label, operation.light, operation.width, operation.dot);
        text += &format!(
            "  {from} -> {to} [label=\"{label}\", color=\"{colour}\", penwidth={width}, style={style}{head}];\n"
        );
    }
    text + "}\n"
}
