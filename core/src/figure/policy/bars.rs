//! A policy from near: for each position a bar for each choice, in the colour of its operation.

use crate::figure::svg::{Svg, WIDTHS, within};
use crate::figure::{label, operation};
use crate::numeric::argmax;
use crate::space::Space;

/// The most positions, and bars of a position; what is left out is said.
const MOST_PANELS: usize = 12;
const MOST_BARS: usize = 10;

const DEFAULT_WIDTH: f64 = 720.0;
/// The least width of a panel, so that two stand side by side on a telephone.
const LEAST: f64 = 140.0;
const MOST_COLUMNS: usize = 3;
/// Between two panels, above a panel's bars, a bar with the room below it, and a bar alone.
const BETWEEN: (f64, f64) = (24.0, 20.0);
const HEAD: f64 = 22.0;
const ROW: f64 = 17.0;
const BAR: f64 = 11.0;
/// Room for the names on the left and the numbers on the right of the bars.
const NAMES: f64 = 46.0;
const NUMBERS: f64 = 36.0;
const MARGIN: f64 = 6.0;

pub(super) fn svg(space: &Space, marginals: &[Vec<f64>], width: f64) -> String {
    let width = within(width, WIDTHS, DEFAULT_WIDTH);
    let panels = marginals.len().min(space.length()).min(MOST_PANELS);
    let columns = (((width - 2.0 * MARGIN + BETWEEN.0) / (LEAST + BETWEEN.0)) as usize).clamp(1, MOST_COLUMNS);
    let panel = (width - 2.0 * MARGIN - BETWEEN.0 * (columns - 1) as f64) / columns as f64;
    let bars = (0..panels).map(|l| space.choices(l)).max().unwrap_or(1).min(MOST_BARS);
    let tall = HEAD + ROW * bars as f64;
    let rows = panels.div_ceil(columns).max(1) as f64;
    let hidden: usize = (0..panels).map(|l| space.choices(l).saturating_sub(MOST_BARS)).sum();
    let note = match (space.length() - panels, hidden) {
        (0, 0) => String::new(),
        (positions, 0) => format!("Not shown: {}.", label::count(positions, "more position")),
        (0, choices) => format!("Not shown: {}.", label::count(choices, "more choice")),
        (positions, choices) => {
            format!(
                "Not shown: {}, {}.",
                label::count(positions, "more position"),
                label::count(choices, "more choice")
            )
        }
    };
    let height = 2.0 * MARGIN + rows * (tall + BETWEEN.1) - BETWEEN.1 + if note.is_empty() { 0.0 } else { 20.0 };
    let style = operation::style(operation::of(space));
    let description = "For each position a bar for each of its choices, as long as it is probable.";
    let mut svg = Svg::new(width, height, "The policy", description, &style);
    for (l, row) in marginals[..panels].iter().enumerate() {
        let x = MARGIN + (l % columns) as f64 * (panel + BETWEEN.0);
        let y = MARGIN + (l / columns) as f64 * (tall + BETWEEN.1);
        draw(&mut svg, space, l, row, (x, y, panel));
    }
    if !note.is_empty() {
        svg.text("bl-quiet bl-small", MARGIN, height - 8.0, &note);
    }
    svg.finish()
}

fn draw(svg: &mut Svg, space: &Space, l: usize, row: &[f64], (x, y, width): (f64, f64, f64)) {
    svg.text("bl-ink bl-strong", x, y + 12.0, &label::fit(&space.positions()[l].name, width, 12.0));
    let (left, room) = (x + NAMES, width - NAMES - NUMBERS);
    let largest = argmax(row);
    for (k, probability) in row.iter().enumerate().take(space.choices(l).min(MOST_BARS)) {
        let top = y + HEAD + ROW * k as f64;
        let share = if probability.is_finite() { probability.clamp(0.0, 1.0) } else { 0.0 };
        let operation = operation::at(space, l, k);
        let colour = operation.map_or_else(|| "bl-accent".to_owned(), |_| format!("bl-head{k}"));
        let choice = operation.map_or(space.positions()[l].choices[k].as_str(), |operation| operation.short);
        let class = if k == largest { "bl-ink bl-small bl-strong" } else { "bl-quiet bl-small" };
        svg.text(&format!("{class} bl-end"), left - 6.0, top + 9.0, &label::fit(choice, NAMES - 8.0, 10.5));
        svg.rect("bl-plate", left, top, room, BAR);
        svg.rect(&colour, left, top, (share * room).max(1.0), BAR);
        svg.text(class, left + room + 5.0, top + 9.0, &label::percent(share));
    }
}
