//! A comparison as a picture: two groups of values as dots with their means, and the interval on the difference.

use super::axis::Axis;
use super::label;
use super::svg::Svg;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 236.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 600.0;

/// A group of values with its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Group<'a> {
    /// What stands beside its row.
    pub name: &'a str,
    /// Its values, in the unit of the figure.
    pub values: &'a [f64],
}

/// The difference of the means of two groups, and the ends of its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// First mean less second mean.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The two groups over one axis of `quantity`, and below it the interval of 95 % confidence on their difference with
/// the line of no difference.
pub fn svg(quantity: &str, groups: [Group<'_>; 2], interval: Interval) -> String {
    let description = "Dots are networks, rings their means; below, the 95 % interval on the difference of the means.";
    let mut svg = Svg::new(WIDTH, HEIGHT, &format!("{quantity}, compared"), description, "");
    let all = groups.iter().flat_map(|group| group.values).copied();
    let (low, high) = (all.clone().fold(f64::INFINITY, f64::min), all.fold(f64::NEG_INFINITY, f64::max));
    let axis = Axis::covering(low, high, (LEFT, RIGHT), 6);
    scale(&mut svg, &axis, (14.0, 92.0));
    for (row, (group, class)) in groups.iter().zip(["bl-warm", "bl-dot"]).enumerate() {
        let y = 34.0 + 36.0 * row as f64;
        svg.text("bl-ink bl-end", LEFT - 16.0, y + 4.0, &label::fit(group.name, LEFT - 24.0, 12.0));
        group.values.iter().for_each(|value| svg.circle(class, axis.at(*value), y, 4.5));
        let mean = group.values.iter().sum::<f64>() / group.values.len().max(1) as f64;
        svg.line("bl-rule", (axis.at(mean), y - 12.0), (axis.at(mean), y + 12.0));
    }
    svg.text("bl-quiet bl-small bl-middle", (LEFT + RIGHT) / 2.0, 124.0, quantity);

    let Interval { mean, low, high } = interval;
    let difference = Axis::covering(low.min(0.0), high.max(0.0), (LEFT, RIGHT), 6);
    scale(&mut svg, &difference, (146.0, 186.0));
    let zero = difference.at(0.0);
    svg.line("bl-rule", (zero, 146.0), (zero, 186.0));
    svg.text("bl-ink bl-end", LEFT - 16.0, 170.0, "difference");
    svg.line("bl-accent-line", (difference.at(low), 166.0), (difference.at(high), 166.0));
    svg.circle("bl-accent", difference.at(mean), 166.0, 5.0);
    svg.text("bl-quiet bl-small bl-middle", (LEFT + RIGHT) / 2.0, 220.0, "difference of the means, 95 % interval");
    svg.finish()
}

fn scale(svg: &mut Svg, axis: &Axis, (top, bottom): (f64, f64)) {
    for tick in axis.ticks() {
        svg.line("bl-grid", (axis.at(tick), top), (axis.at(tick), bottom));
        svg.text("bl-quiet bl-small bl-middle", axis.at(tick), bottom + 14.0, &axis.label(tick));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::golden::{assert_golden, assert_well_formed};

    #[test]
    fn pictures_are_those_that_were_looked_at() {
        let groups = [
            Group { name: "winner", values: &[98.1, 98.6, 98.3, 97.9, 98.5] },
            Group { name: "random", values: &[97.2, 96.1, 98.0, 94.4, 97.7] },
        ];
        assert_golden("interval.svg", &svg("test accuracy in %", groups, Interval { mean: 1.6, low: -0.1, high: 3.3 }));
    }

    #[test]
    fn odd_numbers_stay_sane() {
        for value in [f64::NAN, 0.0, 1e308] {
            let groups = [Group { name: "<a>", values: &[value] }, Group { name: "&", values: &[] }];
            assert_well_formed(&svg("'\"", groups, Interval { mean: value, low: -value, high: value }));
        }
    }
}
