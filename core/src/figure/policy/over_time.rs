//! How a policy concentrates: for each position a panel with the probability of each choice over the trials.

use super::name;
use crate::figure::axis::Axis;
use crate::figure::svg::{Svg, command};
use crate::figure::{label, operation};
use crate::space::Space;

/// The most panels, lines in a panel and points in a line; what is left out is said.
const MOST_PANELS: usize = 12;
const MOST_LINES: usize = 10;
const MOST_POINTS: usize = 120;
/// The most lines of a panel that are named, where the choices have no colour of their own.
const MOST_NAMES: usize = 3;

const PANEL: (f64, f64) = (236.0, 138.0);
/// Inside a panel: left, right, top and bottom of its plot.
const PLOT: (f64, f64, f64, f64) = (34.0, 172.0, 26.0, 114.0);
const SMALL: f64 = 10.5;

pub(super) fn svg(space: &Space, snapshots: &[(u64, Vec<Vec<f64>>)]) -> String {
    let panels = space.length().min(MOST_PANELS);
    let columns = panels.min(2);
    let note = note(space, panels);
    let height = 8.0 + panels.div_ceil(2) as f64 * PANEL.1 + if note.is_empty() { 0.0 } else { 22.0 };
    let description =
        "For each position a panel: the probability of each of its choices over the trials of the search.";
    let style =
        operation::style(operation::of(space)) + ".bl-thin{stroke-width:2}.bl-other{fill:none;stroke-width:1.2}";
    let width = 8.0 + columns as f64 * PANEL.0;
    let mut svg = Svg::new(width, height, "The policy over the trials", description, &style);
    let thinned = thin(snapshots);
    for l in 0..panels {
        let at = (4.0 + (l % 2) as f64 * PANEL.0, 4.0 + (l / 2) as f64 * PANEL.1);
        draw_panel(&mut svg, space, l, &thinned, at);
    }
    if !note.is_empty() {
        svg.text("bl-quiet bl-small", 12.0, height - 10.0, &note);
    }
    svg.finish()
}

fn note(space: &Space, panels: usize) -> String {
    let mut parts = Vec::new();
    if space.length() > panels {
        parts.push(label::count(space.length() - panels, "more position"));
    }
    if (0..panels).any(|l| space.choices(l) > MOST_LINES) {
        parts.push(format!("all but the {MOST_LINES} choices that end most probable"));
    }
    if parts.is_empty() { String::new() } else { format!("Not shown: {}.", parts.join("; ")) }
}

/// Evenly spaced snapshots, the first and the last among them.
fn thin(snapshots: &[(u64, Vec<Vec<f64>>)]) -> Vec<&(u64, Vec<Vec<f64>>)> {
    let last = snapshots.len().saturating_sub(1);
    let every = snapshots.len().div_ceil(MOST_POINTS).max(1);
    let kept = snapshots.iter().enumerate().filter(|(index, _)| index % every == 0 || *index == last);
    kept.map(|(_, snapshot)| snapshot).collect()
}

fn draw_panel(svg: &mut Svg, space: &Space, l: usize, snapshots: &[&(u64, Vec<Vec<f64>>)], (x, y): (f64, f64)) {
    let (left, right, top, bottom) = (x + PLOT.0, x + PLOT.1, y + PLOT.2, y + PLOT.3);
    svg.text(
        "bl-ink bl-strong",
        left,
        top - 9.0,
        &label::fit(&space.positions()[l].name, PANEL.0 - PLOT.0 - 8.0, 12.5),
    );
    let probability = Axis::exactly(0.0, 1.0, (bottom, top), 2);
    for (value, text) in [(0.0, "0"), (0.5, "50 %"), (1.0, "100 %")] {
        let at = probability.at(value);
        svg.line(if value == 0.0 { "bl-rule" } else { "bl-grid" }, (left, at), (right, at));
        svg.text("bl-quiet bl-small bl-end", left - 5.0, at + 3.5, text);
    }
    let (Some(first), Some(last)) = (snapshots.first(), snapshots.last()) else {
        svg.text("bl-quiet bl-small", left + 6.0, (top + bottom) / 2.0, "nothing recorded");
        return;
    };
    let trials = Axis::exactly(first.0 as f64, last.0 as f64, (left, right), 2);
    svg.text("bl-quiet bl-small", left, bottom + 14.0, &format!("trial {}", first.0));
    if last.0 > first.0 {
        svg.text("bl-quiet bl-small bl-end", right, bottom + 14.0, &last.0.to_string());
    }
    let order = by_final_probability(space, l, &last.1);
    let mut labels = Vec::new();
    // The most probable line is drawn last, over the others.
    for (rank, k) in order.iter().enumerate().rev() {
        let value = |snapshot: &(u64, Vec<Vec<f64>>)| snapshot.1.get(l).and_then(|row| row.get(*k)).copied();
        let mut path = String::new();
        for snapshot in snapshots {
            if let Some(p) = value(snapshot).filter(|p| p.is_finite()) {
                let letter = if path.is_empty() { 'M' } else { 'L' };
                command(&mut path, letter, &[trials.at(snapshot.0 as f64), probability.at(p)]);
            }
        }
        if path.is_empty() {
            continue;
        }
        let coloured = operation::at(space, l, *k).is_some();
        let class = match (coloured, rank) {
            (true, _) => format!("bl-edge{k} bl-thin"),
            (false, 0) => "bl-accent-line".into(),
            (false, _) => "bl-rule bl-other".into(),
        };
        svg.path(&class, &path);
        if coloured || rank < MOST_NAMES {
            labels.push((probability.at(value(last).unwrap_or(0.0)), rank, *k));
        }
    }
    draw_labels(svg, space, l, labels, (right + 6.0, top, bottom));
}

/// The choices of position `l`, the finally most probable first.
fn by_final_probability(space: &Space, l: usize, marginals: &[Vec<f64>]) -> Vec<usize> {
    let last = |k: &usize| marginals.get(l).and_then(|row| row.get(*k)).copied().unwrap_or(0.0);
    let mut order: Vec<usize> = (0..space.choices(l)).collect();
    order.sort_by(|a, b| last(b).total_cmp(&last(a)));
    order.truncate(MOST_LINES);
    order
}

/// Names at the ends of their lines, moved apart where the lines end close together.
fn draw_labels(svg: &mut Svg, space: &Space, l: usize, mut labels: Vec<(f64, usize, usize)>, at: (f64, f64, f64)) {
    const APART: f64 = 12.0;
    let (x, top, bottom) = at;
    // Downwards on paper; among equals the more probable above.
    labels.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    for index in 1..labels.len() {
        labels[index].0 = labels[index].0.max(labels[index - 1].0 + APART);
    }
    let mut lowest = bottom + 2.0;
    for label in labels.iter_mut().rev() {
        label.0 = label.0.min(lowest);
        lowest = label.0 - APART;
    }
    for (y, rank, k) in labels {
        let class = if rank == 0 { "bl-ink bl-small bl-strong" } else { "bl-quiet bl-small" };
        let text = label::fit(name(space, l, k), PANEL.0 - PLOT.1 - 10.0, SMALL);
        svg.text(class, x, y.max(top - 2.0) + 3.5, &text);
    }
}
