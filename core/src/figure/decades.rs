//! Logarithmic axes: powers of ten, and 2 and 5 times them where there are few.

use std::f64::consts::LN_10;

use super::axis::Axis;
use super::label;
use super::svg::Svg;
use crate::numeric;

/// Values from `low` to `high`, both positive, on pixels.
#[derive(Debug, Clone)]
pub(super) struct Decades {
    axis: Axis,
    low: f64,
    high: f64,
}

/// Decades that are drawn at most: what is smaller by more is noise of rounding.
const MOST: f64 = 1e12;

/// What is smaller is the rounding of 0.
pub(super) const ROUNDING: f64 = 1e-14;

/// Whether a value has a place on a logarithmic axis.
pub(super) fn has_place(value: f64) -> bool {
    value.is_finite() && value > ROUNDING
}

/// Draws the grid of two axes with their numbers and names: `beneath` stands 12 pixels above the foot of the figure, at
/// `height`.
pub(super) fn frame(
    svg: &mut Svg,
    (across, beneath): (&Decades, &str),
    (upwards, beside): (&Decades, &str),
    height: f64,
) {
    // Either axis may run the other way.
    let ends = |Decades { axis, .. }: &Decades| (axis.start.min(axis.end), axis.start.max(axis.end));
    let ((left, right), (top, bottom)) = (ends(across), ends(upwards));
    for (y, text) in upwards.ticks() {
        svg.line("bl-grid", (left, y), (right, y));
        svg.text("bl-quiet bl-small bl-end", left - 8.0, y + 3.5, &text);
    }
    for (x, text) in across.ticks() {
        svg.text("bl-quiet bl-small bl-middle", x, bottom + 18.0, &text);
    }
    svg.line("bl-rule", (left, bottom), (right, bottom));
    svg.text("bl-quiet bl-small bl-middle", (left + right) / 2.0, height - 12.0, beneath);
    let beside = label::fit(beside, bottom - top, 10.5);
    svg.text_upwards("bl-quiet bl-small bl-middle", 14.0, (top + bottom) / 2.0, &beside);
}

impl Decades {
    /// An axis that ends at `low` and `high`.
    pub(super) fn exactly(low: f64, high: f64, ends: (f64, f64)) -> Self {
        let sound = |x: f64| x.is_finite() && x > 0.0;
        let high = if sound(high) { high.clamp(1e-290, 1e290) } else { 1.0 };
        let low = if sound(low) { low.clamp(high / MOST, high) } else { high / 10.0 };
        let (low, high) = if high / low < 1.001 { (low / 2.0, high * 2.0) } else { (low, high) };
        Self { axis: Axis::exactly(log10(low), log10(high), ends, 6), low, high }
    }

    /// An axis that covers both with room to whole powers of ten, or to 2 and 5 times them.
    pub(super) fn covering(low: f64, high: f64, ends: (f64, f64)) -> Self {
        let within = Self::exactly(low, high, ends);
        let below = marks(within.low / 10.0, within.low).last().copied();
        let above = marks(within.high, within.high * 10.0).first().copied();
        Self::exactly(below.unwrap_or(within.low), above.unwrap_or(within.high), ends)
    }

    /// The pixel of a value; one that is too small, or not positive, stands at the low end.
    pub(super) fn at(&self, value: f64) -> f64 {
        self.axis.at(if value > self.low { log10(value) } else { log10(self.low) })
    }

    /// Round numbers with their pixels and labels.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let all = marks(self.low, self.high);
        let powers: Vec<f64> = all.iter().copied().filter(|mark| is_power(*mark)).collect();
        let shown = match powers.len() {
            0..=2 => all,
            3..=6 => powers,
            many => powers.into_iter().step_by(many.div_ceil(6)).collect(),
        };
        shown.into_iter().map(|mark| (self.at(mark), label(mark))).collect()
    }
}

fn log10(x: f64) -> f64 {
    numeric::ln(x) / LN_10
}

/// 1, 2 and 5 times powers of ten from `low` to `high`, with a little room for rounding.
fn marks(low: f64, high: f64) -> Vec<f64> {
    let first = log10(low).floor() as i32 - 1;
    let last = log10(high).ceil() as i32 + 1;
    let powers = (first..=last).flat_map(|power| [1.0, 2.0, 5.0].map(|m| m * numeric::pow(10.0, f64::from(power))));
    powers.filter(|mark| *mark >= low * (1.0 - 1e-9) && *mark <= high * (1.0 + 1e-9)).collect()
}

fn is_power(mark: f64) -> bool {
    let power = log10(mark);
    (power - power.round()).abs() < 1e-6
}

/// `0.05`, `20`, `1e-6`.
fn label(mark: f64) -> String {
    if (1e-3..1e5).contains(&(mark * (1.0 + 1e-9))) {
        let text = format!("{mark:.4}");
        return text.trim_end_matches('0').trim_end_matches('.').into();
    }
    format!("{mark:.0e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64) -> Vec<String> {
        Decades::covering(low, high, (0.0, 100.0)).ticks().into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_on_any_range() {
        assert_eq!(labels(0.05, 5.0), ["0.05", "0.1", "0.2", "0.5", "1", "2", "5"]);
        assert_eq!(labels(1e-7, 3.0), ["1e-7", "1e-5", "0.001", "0.1"]);
        assert_eq!(labels(0.9, 1.1), ["0.5", "1", "2"]);
        for low in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-320, 1e300] {
            for high in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-320, 1e300] {
                let axis = Decades::covering(low, high, (0.0, 9.0));
                assert!(axis.ticks().len() <= 12, "{low} {high} {:?}", axis.ticks());
                for value in [0.0, -3.0, 1.0, f64::NAN, f64::INFINITY] {
                    assert!((0.0..=9.0).contains(&axis.at(value)), "{low} {high} {value}");
                }
            }
        }
    }
}
