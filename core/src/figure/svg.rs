//! A small SVG writer that cannot produce malformed or unsafe markup: all text and attributes are escaped.

use std::fmt::Write;

use super::theme;

/// An SVG under construction. Coordinates are in pixels of the drawing at its natural size.
#[derive(Debug)]
pub(super) struct Svg {
    text: String,
    open: Vec<&'static str>,
}

impl Svg {
    /// A drawing of `width` × `height` on paper. `title` and `description` are for readers who cannot see it; `style`
    /// is CSS of ours (never user text) that this figure needs beyond the base.
    pub(super) fn new(width: f64, height: f64, title: &str, description: &str, style: &str) -> Self {
        let mut svg = Self { text: String::with_capacity(4096), open: Vec::new() };
        let (w, h) = (number(width), number(height));
        svg.open(
            "svg",
            &[
                ("xmlns", "http://www.w3.org/2000/svg"),
                ("class", "bl-figure"),
                ("viewBox", &format!("0 0 {w} {h}")),
                ("width", &w),
                ("height", &h),
                ("role", "img"),
                ("aria-label", title),
            ],
        );
        svg.leaf("title", title);
        svg.leaf("desc", description);
        let style = theme::base() + style;
        debug_assert!(!style.contains(['<', '&']), "a style must be the same in XML and in HTML");
        let _ = writeln!(svg.text, "<style>{style}</style>");
        svg.rect("bl-paper", 0.0, 0.0, width, height);
        svg
    }

    /// Starts an element that holds others, until [`Svg::close`].
    pub(super) fn open(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.text.push_str(">\n");
        self.open.push(name);
    }

    /// Ends the innermost open element.
    pub(super) fn close(&mut self) {
        let name = self.open.pop().expect("a figure closes only what it opened");
        let _ = writeln!(self.text, "</{name}>");
    }

    /// A group with a tooltip.
    pub(super) fn open_group(&mut self, tooltip: &str) {
        self.open("g", &[]);
        self.leaf("title", tooltip);
    }

    /// A rectangle by its upper left corner.
    pub(super) fn rect(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64) {
        let (x, y, width, height) = (number(x), number(y), number(width), number(height));
        self.empty("rect", &[("class", class), ("x", &x), ("y", &y), ("width", &width), ("height", &height)]);
    }

    /// A disc by its centre.
    pub(super) fn circle(&mut self, class: &str, x: f64, y: f64, radius: f64) {
        self.empty("circle", &[("class", class), ("cx", &number(x)), ("cy", &number(y)), ("r", &number(radius))]);
    }

    /// A straight line.
    pub(super) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let (x1, y1, x2, y2) = (number(from.0), number(from.1), number(to.0), number(to.1));
        self.empty("line", &[("class", class), ("x1", &x1), ("y1", &y1), ("x2", &x2), ("y2", &y2)]);
    }

    /// A path: commands and coordinates made with [`command`].
    pub(super) fn path(&mut self, class: &str, commands: &str) {
        self.empty("path", &[("class", class), ("d", commands)]);
    }

    /// A line of text with its baseline at `y`; the class says how it is aligned.
    pub(super) fn text(&mut self, class: &str, x: f64, y: f64, content: &str) {
        self.tag("text", &[("class", class), ("x", &number(x)), ("y", &number(y))]);
        let _ = writeln!(self.text, ">{}</text>", escape(content));
    }

    /// A line of text that reads upwards around its anchor.
    pub(super) fn text_upwards(&mut self, class: &str, x: f64, y: f64, content: &str) {
        let turn = format!("translate({} {}) rotate(-90)", number(x), number(y));
        self.tag("text", &[("class", class), ("transform", &turn)]);
        let _ = writeln!(self.text, ">{}</text>", escape(content));
    }

    /// The finished document.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }

    fn leaf(&mut self, name: &'static str, content: &str) {
        let _ = writeln!(self.text, "<{name}>{}</{name}>", escape(content));
    }

    fn empty(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.text.push_str("/>\n");
    }

    fn tag(&mut self, name: &'static str, attributes: &[(&str, &str)]) {
        let _ = write!(self.text, "<{name}");
        for (attribute, value) in attributes {
            let _ = write!(self.text, " {attribute}=\"{}\"", escape(value));
        }
    }
}

/// Appends a path command and its coordinates.
pub(super) fn command(path: &mut String, letter: char, coordinates: &[f64]) {
    path.push(letter);
    for (index, coordinate) in coordinates.iter().enumerate() {
        if index > 0 {
            path.push(' ');
        }
        path.push_str(&number(*coordinate));
    }
}

/// A coordinate with at most two decimals; what is not finite becomes 0, since no viewer can place it.
pub(super) fn number(x: f64) -> String {
    let text = format!("{:.2}", if x.is_finite() { x } else { 0.0 });
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// A size that was asked for, within limits; the usual one where it is no number.
pub(super) fn within(asked: f64, (least, most): (f64, f64), usual: f64) -> f64 {
    if asked.is_finite() { asked.clamp(least, most) } else { usual }
}

/// The least and the most width of a figure that is as wide as a reader asks.
pub(super) const WIDTHS: (f64, f64) = (320.0, 1200.0);

/// Text as it may stand in XML content and in quoted attributes. Characters that XML does not have become U+FFFD.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' => escaped.push(character),
            '\0'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::golden::assert_well_formed;

    #[test]
    fn user_text_stays_text() {
        let hostile = "</title><script>alert(\"1\")</script>&'\u{0}";
        let mut svg = Svg::new(10.0, 10.0, hostile, hostile, "");
        svg.text(hostile, f64::NAN, f64::INFINITY, hostile);
        svg.open_group(hostile);
        let text = svg.finish();
        assert_well_formed(&text);
        assert!(!text.contains("<script"), "{text}");
    }

    #[test]
    fn numbers_are_short_and_finite() {
        for (x, text) in [(1.0, "1"), (-0.001, "0"), (2.505, "2.5"), (10.0, "10"), (f64::NAN, "0"), (-3.25, "-3.25")] {
            assert_eq!(number(x), text);
        }
    }
}
