//! Marginals as a heat map: a row a position, a column a choice, one hue from little to much.

use super::{name, share_choices};
use crate::figure::label;
use crate::figure::svg::Svg;
use crate::figure::theme;
use crate::numeric::argmax;
use crate::space::Space;

/// The most positions and choices that are drawn; what is left out is said.
const MOST_ROWS: usize = 40;
const MOST_COLUMNS: usize = 64;

const MARGIN: f64 = 10.0;
/// Room for all columns together.
const CELLS: f64 = 300.0;
/// Up to so many columns are wide enough for a heading of seven letters each, as the operations of DARTS have.
const MOST_HEADINGS: usize = 8;
const HEADING: f64 = 48.0;
/// Room for the most probable choice of a row.
const RIGHT: f64 = 116.0;
const SMALL: f64 = 10.5;

/// The measures of one heat map.
struct Layout {
    rows: usize,
    columns: usize,
    /// Every cell carries its choice's name, since the positions differ in their choices.
    named: bool,
    left: f64,
    top: f64,
    cell: (f64, f64),
}

impl Layout {
    fn of(space: &Space, marginals: &[Vec<f64>]) -> Self {
        let rows = marginals.len().min(space.length()).min(MOST_ROWS);
        let choices = (0..rows).map(|l| space.choices(l)).max().unwrap_or(1);
        let columns = choices.min(MOST_COLUMNS);
        let least = if columns <= MOST_HEADINGS { HEADING } else { 0.0 };
        let width = (CELLS / columns as f64).clamp(least, 64.0);
        let named = !share_choices(space) && width >= 36.0;
        let height = if named {
            38.0
        } else if width >= 36.0 {
            26.0
        } else {
            16.0
        };
        let names = space.positions()[..rows].iter();
        let widest = names.map(|position| label::pixels(&position.name, 12.0)).fold(20.0, f64::max);
        let top = if share_choices(space) { 34.0 } else { MARGIN };
        Self { rows, columns, named, left: MARGIN + widest.min(90.0) + 8.0, top, cell: (width, height) }
    }

    fn right(&self) -> f64 {
        self.left + self.columns as f64 * self.cell.0
    }

    fn bottom(&self) -> f64 {
        self.top + self.rows as f64 * self.cell.1
    }
}

pub(super) fn svg(space: &Space, marginals: &[Vec<f64>]) -> String {
    let layout = Layout::of(space, marginals);
    let note = left_out(space, &layout);
    let size = (layout.right() + 10.0 + RIGHT, layout.bottom() + MARGIN + if note.is_empty() { 0.0 } else { 18.0 });
    let style = theme::heat() + ".bl-cell{stroke-width:1}";
    let mut svg =
        Svg::new(size.0, size.1, "Probability of each choice", &description(space, marginals, &layout), &style);
    if share_choices(space) {
        draw_headings(&mut svg, space, &layout);
    }
    for (l, row) in marginals[..layout.rows].iter().enumerate() {
        draw_row(&mut svg, space, &layout, l, row);
    }
    if !note.is_empty() {
        svg.text("bl-quiet bl-small", layout.left, layout.bottom() + 20.0, &note);
    }
    svg.finish()
}

fn description(space: &Space, marginals: &[Vec<f64>], layout: &Layout) -> String {
    let words = marginals[..layout.rows].iter().enumerate().filter(|(l, row)| argmax(row) < space.choices(*l));
    let words = words.map(|(l, row)| {
        let best = argmax(row);
        let share = row.get(best).copied().unwrap_or(f64::NAN);
        format!(
            "{}: most probable is {} with {}",
            space.positions()[l].name,
            name(space, l, best),
            label::percent(share)
        )
    });
    words.collect::<Vec<_>>().join("; ")
}

/// What the picture does not show, in words.
fn left_out(space: &Space, layout: &Layout) -> String {
    let mut parts = Vec::new();
    if space.length() > layout.rows {
        parts.push(label::count(space.length() - layout.rows, "more position"));
    }
    let choices = (0..layout.rows).map(|l| space.choices(l)).max().unwrap_or(0);
    if choices > layout.columns {
        parts.push(format!("all choices after the first {}", layout.columns));
    }
    if parts.is_empty() { String::new() } else { format!("Not shown: {}.", parts.join("; ")) }
}

/// Names over the columns: all of them, or as many as have room.
fn draw_headings(svg: &mut Svg, space: &Space, layout: &Layout) {
    let widest = (0..layout.columns).map(|k| label::pixels(name(space, 0, k), SMALL) + 6.0).fold(0.0, f64::max);
    let every = if layout.cell.0 >= 36.0 { 1 } else { (widest.min(60.0) / layout.cell.0).ceil().max(1.0) as usize };
    for k in (0..layout.columns).step_by(every) {
        let text = label::fit(name(space, 0, k), layout.cell.0 * every as f64 - 2.0, SMALL);
        svg.text(
            "bl-quiet bl-small bl-middle",
            layout.left + (k as f64 + 0.5) * layout.cell.0,
            layout.top - 9.0,
            &text,
        );
    }
    svg.text("bl-quiet bl-small", layout.right() + 10.0, layout.top - 9.0, "most probable");
}

fn draw_row(svg: &mut Svg, space: &Space, layout: &Layout, l: usize, row: &[f64]) {
    let (width, height) = layout.cell;
    let y = layout.top + l as f64 * height;
    let middle = y + height / 2.0 + 4.0;
    let position = &space.positions()[l];
    svg.text("bl-ink bl-end", layout.left - 8.0, middle, &label::fit(&position.name, layout.left - 8.0 - MARGIN, 12.0));
    let shown = row.len().min(space.choices(l)).min(layout.columns);
    for (k, probability) in row[..shown].iter().enumerate() {
        let x = layout.left + k as f64 * width;
        let shade = theme::shade(*probability);
        svg.rect(&format!("bl-heat{shade} bl-cell bl-halo-thin"), x, y, width, height);
        let percentage = label::percent(*probability);
        if layout.named {
            let text = label::fit(&position.choices[k], width - 6.0, SMALL);
            svg.text(&format!("bl-on{shade} bl-small bl-middle"), x + width / 2.0, y + 16.0, &text);
            svg.text(&format!("bl-on{shade} bl-strong bl-middle"), x + width / 2.0, y + 30.0, &percentage);
        } else if width >= 36.0 {
            svg.text(&format!("bl-on{shade} bl-small bl-middle"), x + width / 2.0, middle, &percentage);
        }
    }
    let best = argmax(row);
    if let (Some(probability), true) = (row.get(best), best < space.choices(l)) {
        let percentage = label::percent(*probability);
        let room = RIGHT - MARGIN - label::pixels(&percentage, 12.0) - 6.0;
        let text = format!("{} {percentage}", label::fit(name(space, l, best), room, 12.0));
        svg.text("bl-ink", layout.right() + 10.0, middle, &text);
    }
}
