//! What a mixture is off along a search, over how far it is from a corner, both logarithmic: one line a gap.

use super::decades::{Decades, frame, has_place};
use super::label;
use super::svg::{Svg, command};
use super::theme;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 340.0;
/// The plot inside the figure: left, right, top, bottom; on its right is room for the names.
const PLOT: (f64, f64, f64, f64) = (62.0, 536.0, 18.0, 290.0);

/// A gap along a search.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// (Σ_i (1 − ‖p_i‖²), the gap without its sign) in the order of the search.
    pub points: Vec<(f64, f64)>,
}

/// The lines, `quantity` being what the upright axis shows, with its unit. The search goes from the left, where policies are
/// spread out, to the right, where they are an architecture. A gap of 0 has no place on the axis, and interrupts its line.
pub fn svg(quantity: &str, lines: &[Line]) -> String {
    let title = format!("{quantity} over the spread of the policy");
    let description = format!("{title}, a line a gap, a dot a policy; the search goes from left to right.");
    let mut svg = Svg::new(WIDTH, HEIGHT, &title, &description, &theme::series());
    let (left, right, top, bottom) = PLOT;
    let drawn = || lines.iter().flat_map(|line| &line.points).filter(|(x, y)| has_place(*x) && has_place(*y));
    let ends = |number: fn(&(f64, f64)) -> f64| {
        drawn().map(number).fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)))
    };
    let ((low, high), (least, most)) = (ends(|point| point.0), ends(|point| point.1));
    let across = Decades::exactly(low, high, (right, left));
    let upwards = Decades::covering(least, most, (bottom, top));
    let beneath = "Σ (1 − ‖p‖²), 0 for an architecture; both axes logarithmic";
    frame(&mut svg, (&across, beneath), (&upwards, quantity), HEIGHT);
    let mut names = Vec::new();
    for (number, Line { points, .. }) in lines.iter().enumerate() {
        let colour = number % theme::SERIES;
        let (mut path, mut begun) = (String::new(), false);
        for (x, y) in points {
            begun = if has_place(*x) && has_place(*y) {
                let (x, y) = (across.at(*x), upwards.at(*y));
                command(&mut path, if begun { 'L' } else { 'M' }, &[x, y]);
                svg.circle(&format!("bl-name{colour}"), x, y, 2.6);
                true
            } else {
                false
            };
        }
        if let Some((_, y)) = points.iter().rfind(|(x, y)| has_place(*x) && has_place(*y)) {
            svg.path(&format!("bl-series{colour}"), &path);
            names.push((number, upwards.at(*y) + 4.0));
        }
    }
    for (number, y) in label::apart(names, (top, bottom)) {
        let name = label::fit(&lines[number].name, WIDTH - right - 14.0, 12.0);
        svg.text(&format!("bl-name{} bl-strong", number % theme::SERIES), right + 8.0, y, &name);
    }
    svg.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::golden::{assert_golden, assert_well_formed};

    fn line(name: &str, gap: impl Fn(f64) -> f64) -> Line {
        let spreads = [4.8, 3.8, 1.3, 0.65, 0.34, 0.02];
        Line { name: name.into(), points: spreads.map(|spread| (spread, gap(spread))).to_vec() }
    }

    #[test]
    fn pictures_are_those_that_were_looked_at() {
        let lines = [
            line("bound", |s| 4.0 * s),
            line("|E f(h) − f(p)|", |s| 0.03 * s * (1.0 + s)),
            line("discretisation gap", |s| if s > 4.0 { 0.0 } else { s * s }),
        ];
        assert_golden("gaps.svg", &svg("loss in nats", &lines));
    }

    #[test]
    fn odd_lines_stay_sane() {
        let odd = Line { name: "<b>&\"'".repeat(50), points: vec![(f64::NAN, 1.0), (1.0, f64::INFINITY), (-1.0, 0.0)] };
        let one = Line { name: String::new(), points: vec![(1e300, 1e-10)] };
        for lines in [vec![odd, one.clone()], vec![one], (0..30).map(|_| line("<i>", |s| s)).collect(), vec![]] {
            assert_well_formed(&svg("<i>", &lines));
        }
    }
}
