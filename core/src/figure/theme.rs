//! The visual language of every figure: which colour, width and dash mean what, on light and on dark paper.

/// (selector, property, light, dark) of what all figures share.
const COLOURS: [(&str, &str, &str, &str); 14] = [
    (".bl-paper", "fill", "#FFFFFF", "#14181D"),
    (".bl-ink", "fill", "#1C2127", "#E7EAEE"),
    (".bl-quiet", "fill", "#59616B", "#A3ABB5"),
    (".bl-halo", "stroke", "#FFFFFF", "#14181D"),
    (".bl-grid", "stroke", "#E6E9ED", "#2A3038"),
    (".bl-rule", "stroke", "#9AA1AB", "#6A727C"),
    (".bl-plate", "fill", "#F3F5F8", "#1E242B"),
    (".bl-plate", "stroke", "#C9CED6", "#3A424C"),
    (".bl-accent", "fill", "#0072B2", "#5BB0E8"),
    (".bl-accent-line", "stroke", "#0072B2", "#5BB0E8"),
    (".bl-dot", "fill", "#6B7078", "#A0A6AE"),
    (".bl-warm", "fill", "#C24A00", "#FF8A4C"),
    (".bl-warm-line", "stroke", "#C24A00", "#FF8A4C"),
    (".bl-faint", "fill", "#C3C8D0", "#4A525C"),
];

/// What does not depend on the scheme. Sizes are those of the drawing at its natural size.
const SHAPES: &str = "\
.bl-figure{font:12px system-ui,sans-serif;font-variant-numeric:tabular-nums;max-width:100%;height:auto}\
.bl-halo{stroke-width:4;stroke-linejoin:round;paint-order:stroke}\
.bl-middle{text-anchor:middle}.bl-end{text-anchor:end}\
.bl-small{font-size:10.5px}.bl-large{font-size:14px}.bl-strong{font-weight:600}\
.bl-grid,.bl-rule,.bl-plate{stroke-width:1}\
.bl-accent-line,.bl-warm-line{stroke-width:2;fill:none;stroke-linejoin:round;stroke-linecap:round}\
.bl-dot{fill-opacity:.55}";

/// The CSS that every figure carries.
pub(super) fn base() -> String {
    themed(
        &COLOURS.map(|(selector, property, light, dark)| {
            (selector.to_string(), property, light.to_string(), dark.to_string())
        }),
    ) + SHAPES
}

/// Rules for light paper, and the dark ones for screens that ask for them; paper printed from a dark screen stays light.
/// Written out twice, since the tools that turn SVG into PDF do not know CSS variables.
pub(super) fn themed(rules: &[(String, &str, String, String)]) -> String {
    let css = |dark: bool| -> String {
        let colour = |rule: &(String, &str, String, String)| if dark { rule.3.clone() } else { rule.2.clone() };
        rules.iter().map(|rule| format!("{}{{{}:{}}}", rule.0, rule.1, colour(rule))).collect()
    };
    format!("{}@media screen and (prefers-color-scheme:dark){{{}}}", css(false), css(true))
}

/// How many colours tell series apart.
pub(super) const SERIES: usize = 7;

/// (light, dark): hues that readers with any colour vision tell apart (after Okabe and Ito 2008), darkened or lightened
/// to contrast with the paper.
const SERIES_COLOURS: [(&str, &str); SERIES] = [
    ("#59616B", "#A3ABB5"),
    ("#0072B2", "#5BB0E8"),
    ("#C24A00", "#FF8A4C"),
    ("#007A5A", "#3CC9A0"),
    ("#A3437C", "#E58FC0"),
    ("#8A6A00", "#F0C83F"),
    ("#1F7A99", "#7AD4EE"),
];

/// The CSS for lines (`bl-series0`…), their bands (`bl-band0`…) and names (`bl-name0`…).
pub(super) fn series() -> String {
    let mut rules = Vec::new();
    let mut shapes = String::new();
    for (k, (light, dark)) in SERIES_COLOURS.iter().enumerate() {
        for (class, property) in [("series", "stroke"), ("band", "fill"), ("name", "fill")] {
            rules.push((format!(".bl-{class}{k}"), property, (*light).into(), (*dark).into()));
        }
        shapes +=
            &format!(".bl-series{k}{{stroke-width:2;fill:none;stroke-linejoin:round}}.bl-band{k}{{fill-opacity:.13}}");
    }
    themed(&rules) + &shapes + ".bl-dashed{stroke-dasharray:5 4}"
}

/// The CSS of what is exact (`bl-exact`), which lines in colours are read against.
pub(super) fn exact() -> String {
    let ink = COLOURS[1];
    themed(&[(".bl-exact".into(), "stroke", ink.2.into(), ink.3.into())]) + ".bl-exact{stroke-width:2.5;fill:none}"
}

/// How many shades a heat map has.
pub(super) const SHADES: usize = 16;

/// One hue from paper to full, on light paper: three colours to interpolate between.
const HEAT_LIGHT: [[f64; 3]; 3] = [[243.0, 246.0, 250.0], [107.0, 168.0, 214.0], [8.0, 64.0, 120.0]];
/// The same on dark paper, where more is lighter.
const HEAT_DARK: [[f64; 3]; 3] = [[30.0, 36.0, 44.0], [18.0, 96.0, 150.0], [168.0, 219.0, 255.0]];
/// Text on a shade: the darker and the lighter ink.
const HEAT_INKS: [&str; 2] = ["#0B1117", "#FFFFFF"];

/// The shade of a probability.
pub(super) fn shade(probability: f64) -> usize {
    let clamped = if probability.is_finite() { probability.clamp(0.0, 1.0) } else { 0.0 };
    (clamped * (SHADES - 1) as f64 + 0.5) as usize
}

/// The CSS for shades (`bl-heat0`…) and text on them (`bl-on0`…).
pub(super) fn heat() -> String {
    let mut rules = Vec::new();
    for k in 0..SHADES {
        let (light, dark) = (heat_colour(&HEAT_LIGHT, k), heat_colour(&HEAT_DARK, k));
        rules.push((format!(".bl-heat{k}"), "fill", hex(light), hex(dark)));
        rules.push((format!(".bl-on{k}"), "fill", ink_on(light).into(), ink_on(dark).into()));
    }
    themed(&rules)
}

fn heat_colour(stops: &[[f64; 3]; 3], shade: usize) -> [f64; 3] {
    let along = shade as f64 / (SHADES - 1) as f64 * 2.0;
    let first = if along < 1.0 { 0 } else { 1 };
    let part = along - first as f64;
    [0, 1, 2].map(|c| stops[first][c] + (stops[first + 1][c] - stops[first][c]) * part)
}

fn hex(colour: [f64; 3]) -> String {
    let [r, g, b] = colour.map(|channel| (channel + 0.5) as u8);
    format!("#{r:02X}{g:02X}{b:02X}")
}

fn ink_on(colour: [f64; 3]) -> &'static str {
    // Black and white ink contrast equally with luminance 0.179.
    if luminance(colour) > 0.179 { HEAT_INKS[0] } else { HEAT_INKS[1] }
}

/// Relative luminance (WCAG 2).
fn luminance(colour: [f64; 3]) -> f64 {
    let linear = colour.map(|channel| {
        let c = channel / 255.0;
        if c <= 0.04045 { c / 12.92 } else { crate::numeric::pow((c + 0.055) / 1.055, 2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::operation::{DARTS, NAS_BENCH_201};

    fn parse(hex: &str) -> [f64; 3] {
        [1, 3, 5].map(|at| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()))
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(parse(a)) + 0.05, luminance(parse(b)) + 0.05);
        (a / b).max(b / a)
    }

    #[test]
    fn lines_and_text_contrast_with_the_paper() {
        let (_, _, light_paper, dark_paper) = COLOURS[0];
        for operation in NAS_BENCH_201.iter().chain(&DARTS) {
            assert!(contrast(operation.light, light_paper) >= 3.0, "{operation:?}");
            assert!(contrast(operation.dark, dark_paper) >= 3.0, "{operation:?}");
        }
        for (light, dark) in SERIES_COLOURS {
            // Names are written in them, too.
            assert!(contrast(light, light_paper) >= 4.5 && contrast(dark, dark_paper) >= 4.5, "{light} {dark}");
        }
        for (selector, _, light, dark) in COLOURS.iter().filter(|rule| [".bl-ink", ".bl-quiet"].contains(&rule.0)) {
            assert!(contrast(light, light_paper) >= 4.5 && contrast(dark, dark_paper) >= 4.5, "{selector}");
        }
    }

    #[test]
    fn text_on_every_shade_is_readable() {
        for k in 0..SHADES {
            for stops in [&HEAT_LIGHT, &HEAT_DARK] {
                let colour = heat_colour(stops, k);
                assert!(contrast(&hex(colour), ink_on(colour)) >= 4.4, "shade {k}");
            }
        }
    }

    #[test]
    fn shades_span_the_probabilities() {
        assert_eq!([shade(0.0), shade(0.2), shade(1.0), shade(f64::NAN), shade(7.0)], [0, 3, 15, 0, 15]);
    }
}
