//! Labels that fit: names of any length cut to a width, in pixels for SVG and in columns for a terminal.

/// How many columns a terminal needs for `text`: two for East Asian wide characters and emoji, else one.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

fn width(character: char) -> usize {
    match character {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// `text` in at most `limit` columns, with … in place of what was cut.
pub(super) fn cut(text: &str, limit: usize) -> String {
    if columns(text) <= limit {
        return text.into();
    }
    let mut kept = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += width(character);
        if used > limit {
            break;
        }
        kept.push(character);
    }
    kept.push('…');
    kept
}

/// `text` in exactly `wanted` columns: cut, or filled with spaces on the right.
pub(super) fn pad(text: &str, wanted: usize) -> String {
    let text = cut(text, wanted);
    let missing = wanted.saturating_sub(columns(&text));
    text + &" ".repeat(missing)
}

/// The width in pixels that `text` needs at `size`, on the safe side for common sans-serif fonts.
pub(super) fn pixels(text: &str, size: f64) -> f64 {
    columns(text) as f64 * size * 0.6
}

/// `text` cut to `limit` pixels at `size`.
pub(super) fn fit(text: &str, limit: f64, size: f64) -> String {
    cut(text, ((limit / (size * 0.6)) as usize).max(1))
}

/// A probability in whole percent; what is positive but rounds to nothing says so.
pub(super) fn percent(probability: f64) -> String {
    if !probability.is_finite() {
        return "?".into();
    }
    let rounded = format!("{:.0} %", probability * 100.0);
    match rounded.as_str() {
        "0 %" | "-0 %" if probability > 0.0 => "<1 %".into(),
        "-0 %" => "0 %".into(),
        "100 %" if probability < 1.0 => ">99 %".into(),
        _ => rounded,
    }
}

/// A count with its noun: `1 trial`, `12 trials`.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// The least distance between two names beside a plot.
const LINE: f64 = 15.0;

/// Names beside a plot, each with the pixel that it should stand at: pushed apart where they would touch, between `top` and
/// `bottom`.
pub(super) fn apart(mut names: Vec<(usize, f64)>, (top, bottom): (f64, f64)) -> Vec<(usize, f64)> {
    names.sort_by(|a, b| a.1.total_cmp(&b.1));
    for place in 1..names.len() {
        names[place].1 = names[place].1.max(names[place - 1].1 + LINE);
    }
    let mut lowest = bottom;
    for (_, y) in names.iter_mut().rev() {
        *y = y.min(lowest);
        lowest = *y - LINE;
    }
    // More names than lines of text: the last resort is to let the upper ones leave the plot, never the figure.
    names.iter_mut().for_each(|(_, y)| *y = y.max(top - 6.0));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_counts_columns_not_bytes() {
        assert_eq!(cut("convolution", 5), "conv…");
        assert_eq!(cut("畳み込み", 5), "畳み…");
        assert_eq!(columns("畳み込み"), 8);
        assert_eq!(pad("é", 3), "é  ");
        assert_eq!(pad("", 2), "  ");
    }

    #[test]
    fn percentages_never_claim_certainty() {
        let shown = [0.0, 0.001, 0.2, 0.5, 0.999, 1.0, f64::NAN].map(percent);
        assert_eq!(shown, ["0 %", "<1 %", "20 %", "50 %", ">99 %", "100 %", "?"]);
    }
}
