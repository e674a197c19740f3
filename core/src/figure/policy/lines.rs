//! Marginals in a terminal: a line a position, a bar a choice.

use super::{name, share_choices};
use crate::figure::{label, operation};
use crate::numeric::argmax;
use crate::space::Space;

/// The most lines, and the most bars in a line.
const MOST_LINES: usize = 60;
const MOST_BARS: usize = 40;
/// Up to so many choices there is room for their percentages.
const MOST_PERCENTAGES: usize = 6;
/// Columns of a bar with its percentage, and the gap after it.
const CELL: usize = 6;
const GAP: usize = 2;

pub(super) fn text(space: &Space, marginals: &[Vec<f64>]) -> String {
    let rows = marginals.len().min(space.length());
    let shown = rows.min(MOST_LINES);
    let widest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0);
    let names = space.positions()[..shown].iter();
    let left = widest(&mut names.map(|position| label::columns(&position.name))).clamp(1, 12);
    let choices = widest(&mut (0..shown).map(|l| space.choices(l)));
    let numbers = choices <= MOST_PERCENTAGES;
    let middle = if numbers { choices * (CELL + GAP) } else { choices.min(MOST_BARS) + GAP };
    let right = 80 - left - GAP - middle;
    let mut text = String::new();
    if numbers && share_choices(space) {
        text += &" ".repeat(left + GAP);
        for k in 0..choices {
            text += &label::pad(short(space, k), CELL);
            text += &" ".repeat(GAP);
        }
        text += "most probable\n";
    }
    for (l, row) in marginals[..shown].iter().enumerate() {
        let mut line = label::pad(&space.positions()[l].name, left + GAP - 1) + " ";
        let bars = row.iter().take(space.choices(l));
        if numbers {
            for probability in bars {
                line += &format!("{} {:<4}  ", bar(*probability), label::percent(*probability).replace(' ', ""));
            }
        } else {
            line += &bars.take(MOST_BARS).map(|probability| bar(*probability)).collect::<String>();
        }
        line = label::pad(&line, left + GAP + middle);
        line += &most_probable(space, l, row, right, numbers);
        text += line.trim_end();
        text.push('\n');
    }
    if rows > shown {
        text += &format!("and {}\n", label::count(rows - shown, "more position"));
    }
    if choices > MOST_BARS {
        text += &format!("bars: the first {MOST_BARS} of up to {choices} choices\n");
    }
    text
}

fn most_probable(space: &Space, l: usize, row: &[f64], limit: usize, numbers: bool) -> String {
    let best = argmax(row);
    if best >= space.choices(l) {
        return String::new();
    }
    let name = name(space, l, best);
    if numbers {
        return label::cut(name, limit);
    }
    let percentage = label::percent(row[best]);
    format!("{} {percentage}", label::cut(name, limit.saturating_sub(label::columns(&percentage) + 1)))
}

/// A heading that fits over a bar.
fn short(space: &Space, k: usize) -> &str {
    operation::at(space, 0, k).map_or(name(space, 0, k), |operation| operation.short)
}

/// A bar of eight heights; · for a choice that is never taken.
fn bar(probability: f64) -> char {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    if !probability.is_finite() {
        return '?';
    }
    let eighths = (probability.clamp(0.0, 1.0) * 8.0 + 0.5) as usize;
    if probability <= 0.0 { '·' } else { BARS[eighths.max(1) - 1] }
}
