//! Groups of values beside one another: a row for each, its values as dots, its mean with an interval.

use super::axis::Axis;
use super::label;
use super::svg::Svg;

const WIDTH: f64 = 640.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 616.0;
/// The first row's middle, and the distance between two.
const FIRST: f64 = 30.0;
const ROW: f64 = 24.0;
/// What is below the last row's middle: ticks and the quantity.
const BELOW: f64 = 60.0;

/// A group of values.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<'a> {
    /// What stands beside it.
    pub name: &'a str,
    /// Its values, in the unit of the figure.
    pub values: &'a [f64],
    /// The ends of the interval on their mean, where there is one.
    pub interval: Option<[f64; 2]>,
}

/// The rows over one axis of `quantity`. What is finite is drawn; a row without any value has its name alone.
pub fn svg(quantity: &str, rows: &[Row<'_>]) -> String {
    let description =
        "A row for each group: dots are its values, the thick mark their mean, the line the interval on the mean.";
    let bottom = FIRST + ROW * rows.len().saturating_sub(1) as f64 + ROW / 2.0 + 4.0;
    let height = bottom - ROW / 2.0 - 4.0 + BELOW;
    let mut svg = Svg::new(WIDTH, height, &format!("{quantity}, group by group"), description, "");
    let finite = |value: &f64| value.is_finite();
    let drawn =
        rows.iter().flat_map(|row| row.values.iter().chain(row.interval.iter().flatten())).copied().filter(finite);
    let (low, high) = drawn.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    let axis = Axis::covering(low, high, (LEFT, RIGHT), 7);
    for tick in axis.ticks() {
        svg.line("bl-grid", (axis.at(tick), FIRST - ROW / 2.0 - 4.0), (axis.at(tick), bottom));
        svg.text("bl-quiet bl-small bl-middle", axis.at(tick), bottom + 15.0, &axis.label(tick));
    }
    svg.text("bl-quiet bl-small bl-middle", (LEFT + RIGHT) / 2.0, height - 10.0, quantity);
    for (place, row) in rows.iter().enumerate() {
        let y = FIRST + ROW * place as f64;
        svg.text("bl-ink bl-end", LEFT - 14.0, y + 4.0, &label::fit(row.name, LEFT - 20.0, 12.0));
        let values: Vec<f64> = row.values.iter().copied().filter(finite).collect();
        if values.is_empty() {
            continue;
        }
        values.iter().for_each(|value| svg.circle("bl-dot", axis.at(*value), y, 3.5));
        if let Some([low, high]) = row.interval.filter(|ends| ends.iter().all(|end| end.is_finite())) {
            svg.line("bl-accent-line", (axis.at(low), y), (axis.at(high), y));
        }
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        svg.line("bl-accent-line", (axis.at(mean), y - 7.0), (axis.at(mean), y + 7.0));
    }
    svg.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::golden::{assert_golden, assert_well_formed};

    #[test]
    fn pictures_are_those_that_were_looked_at() {
        let rows = [
            Row { name: "darts-v2", values: &[91.0, 93.5, 94.5, 92.0, 95.0], interval: Some([91.2, 95.2]) },
            Row { name: "random search", values: &[95.5, 96.0, 95.8], interval: Some([95.1, 96.4]) },
            Row { name: "once", values: &[89.0], interval: None },
            Row { name: "not measured", values: &[], interval: None },
        ];
        assert_golden("strip.svg", &svg("test accuracy in %", &rows));
    }

    #[test]
    fn odd_numbers_stay_sane() {
        for value in [f64::NAN, f64::INFINITY, 0.0, 1e308, -1e308] {
            let odd = Row { name: "<a> & \"'", values: &[value, 1.0], interval: Some([value, -value]) };
            assert_well_formed(&svg("'\"", &[odd.clone(), odd]));
        }
        assert_well_formed(&svg("nothing", &[]));
    }
}
