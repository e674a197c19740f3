//! Any architecture as its positions in a row, each with what was chosen among its alternatives.

use crate::figure::label;
use crate::figure::svg::Svg;
use crate::space::{Architecture, Position, Space};

/// The most positions that a picture shows; it says how many it leaves out.
const MOST_BOXES: usize = 48;
const MOST_LINES: usize = 60;
/// The most alternatives that are drawn as dots of their own.
const MOST_DOTS: usize = 12;

const BOX: (f64, f64) = (112.0, 66.0);
const GUTTER: f64 = 8.0;
const IN_A_ROW: usize = 4;

pub(super) fn svg(space: &Space, architecture: &Architecture) -> String {
    let shown = space.length().min(MOST_BOXES);
    let columns = shown.min(IN_A_ROW) as f64;
    let rows = shown.div_ceil(IN_A_ROW) as f64;
    let note = if shown < space.length() { 24.0 } else { 0.0 };
    let size = (columns * (BOX.0 + GUTTER) + GUTTER, rows * (BOX.1 + GUTTER) + GUTTER + note);
    let words: Vec<String> =
        chosen(space, architecture).take(shown).map(|(p, k)| format!("{}: {}", p.name, p.choices[k])).collect();
    let mut svg = Svg::new(size.0, size.1, "An architecture", &words.join("; "), "");
    for (l, (position, k)) in chosen(space, architecture).take(shown).enumerate() {
        let x = GUTTER + (l % IN_A_ROW) as f64 * (BOX.0 + GUTTER);
        let y = GUTTER + (l / IN_A_ROW) as f64 * (BOX.1 + GUTTER);
        draw_box(&mut svg, position, k, (x, y));
    }
    if shown < space.length() {
        let more = format!("and {} not shown", label::count(space.length() - shown, "more position"));
        svg.text("bl-quiet", GUTTER, size.1 - 10.0, &more);
    }
    svg.finish()
}

fn chosen<'a>(
    space: &'a Space,
    architecture: &'a Architecture,
) -> impl Iterator<Item = (&'a Position, usize)> + use<'a> {
    space.positions().iter().zip(architecture.choices().iter().map(|k| usize::from(*k)))
}

fn draw_box(svg: &mut Svg, position: &Position, k: usize, (x, y): (f64, f64)) {
    let count = position.choices.len();
    svg.open_group(&format!("{}: {} (choice {} of {count})", position.name, position.choices[k], k + 1));
    svg.rect("bl-plate", x, y, BOX.0, BOX.1);
    let inner = BOX.0 - 20.0;
    svg.text("bl-quiet bl-small", x + 10.0, y + 18.0, &label::fit(&position.name, inner, 10.5));
    svg.text("bl-ink bl-large bl-strong", x + 10.0, y + 38.0, &label::fit(&position.choices[k], inner, 14.5));
    let y = y + 53.0;
    if count <= MOST_DOTS {
        for other in 0..count {
            let at = x + 13.0 + other as f64 * inner / MOST_DOTS as f64;
            if other == k {
                svg.circle("bl-accent", at, y, 3.6);
            } else {
                svg.circle("bl-faint", at, y, 2.4);
            }
        }
    } else {
        // Too many for dots: the place of the choice on a rail.
        let (left, right) = (x + 12.0, x + BOX.0 - 12.0);
        svg.line("bl-rule", (left, y), (right, y));
        svg.circle("bl-accent", left + (right - left) * k as f64 / (count - 1) as f64, y, 3.6);
    }
    svg.close();
}

pub(super) fn text(space: &Space, architecture: &Architecture) -> String {
    let shown = space.length().min(MOST_LINES);
    let column = |of: &dyn Fn(&Position, usize) -> usize, heading: &str, most: usize| {
        let widest = chosen(space, architecture).take(shown).map(|(position, k)| of(position, k)).max();
        widest.unwrap_or(0).max(label::columns(heading)).min(most)
    };
    let names = column(&|position, _| label::columns(&position.name), "position", 20);
    let choices = column(&|position, k| label::columns(&position.choices[k]), "choice", 20);
    let rest = 80 - names - choices - 6;
    let mut text = format!("{} │ {} │ among\n", label::pad("position", names), label::pad("choice", choices));
    let among = column(&|position, k| label::columns(&alternatives(position, k, rest)), "among", rest);
    text += &format!("{}─┼─{}─┼─{}\n", "─".repeat(names), "─".repeat(choices), "─".repeat(among));
    for (position, k) in chosen(space, architecture).take(shown) {
        let (name, choice) = (label::pad(&position.name, names), label::pad(&position.choices[k], choices));
        text += &format!("{name} │ {choice} │ {}\n", alternatives(position, k, rest));
    }
    if shown < space.length() {
        text += &format!("and {}\n", label::count(space.length() - shown, "more position"));
    }
    text
}

/// All choices with the chosen one in brackets, or, where they do not fit, its number. Names of several words stand two
/// spaces apart, so that one sees where they end.
fn alternatives(position: &Position, k: usize, limit: usize) -> String {
    let count = position.choices.len();
    let between = if position.choices.iter().any(|choice| choice.contains(' ')) { "  " } else { " " };
    let names = position.choices.iter().enumerate();
    let all = names.map(|(other, name)| if other == k { format!("[{name}]") } else { name.clone() });
    let all = all.collect::<Vec<_>>().join(between);
    if label::columns(&all) <= limit { all } else { format!("choice {} of {count}", k + 1) }
}

pub(super) fn dot(space: &Space, architecture: &Architecture) -> String {
    let mut text = String::from(
        "digraph architecture {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n",
    );
    for (l, (position, k)) in chosen(space, architecture).enumerate() {
        let (name, choice) = (quoted(&position.name), quoted(&position.choices[k]));
        let count = position.choices.len();
        text += &format!("  p{l} [label=\"{name}\\n{choice}\\n{} of {count}\"];\n", k + 1);
    }
    // Invisible edges keep the positions in their order without claiming that one feeds the next.
    for l in 1..space.length() {
        text += &format!("  p{} -> p{l} [style=invis];\n", l - 1);
    }
    text + "}\n"
}

/// Text as it may stand between the quotes of a Graphviz label.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
