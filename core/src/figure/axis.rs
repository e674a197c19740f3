//! Axes: where values stand on the paper, and round numbers to read them by.

/// Values from `low` to `high` on pixels from `start` to `end`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) start: f64,
    pub(super) end: f64,
    /// The distance between ticks: 1, 2 or 5 times a power of ten.
    step: f64,
}

/// Values beyond this cannot be drawn: differences between them would overflow.
const LARGEST: f64 = 1e300;

impl Axis {
    /// An axis from tick to tick that covers `low` to `high`, with `ticks` ticks or a few less or more.
    pub(super) fn covering(low: f64, high: f64, (start, end): (f64, f64), ticks: usize) -> Self {
        let (low, high, step) = rounded(low, high, ticks);
        let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
        Self { low, high, start, end, step }
    }

    /// An axis that ends exactly at `low` and `high`, such as one of trials.
    pub(super) fn exactly(low: f64, high: f64, (start, end): (f64, f64), ticks: usize) -> Self {
        let (low, high, step) = rounded(low, high, ticks);
        Self { low, high, start, end, step }
    }

    /// The pixel of a value; values outside stand at the end of the axis.
    pub(super) fn at(&self, value: f64) -> f64 {
        let along = (value.clamp(self.low, self.high) - self.low) / (self.high - self.low);
        self.start + along * (self.end - self.start)
    }

    /// The round numbers on the axis, ascending.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let first = (self.low / self.step - 1e-9).ceil();
        let last = (self.high / self.step + 1e-9).floor();
        // At most a handful by construction; the bound only keeps a rounding accident harmless.
        (0..50).map(|k| first + f64::from(k)).take_while(|k| *k <= last).map(|k| k * self.step).collect()
    }

    /// A tick as text, with the decimals that tell it from its neighbours.
    pub(super) fn label(&self, tick: f64) -> String {
        let largest = self.low.abs().max(self.high.abs());
        if largest >= 1e7 || self.step < 1e-5 {
            return if tick == 0.0 { "0".into() } else { format!("{tick:.1e}") };
        }
        let mut decimals = 0;
        let mut unit = self.step;
        while unit < 0.999 {
            unit *= 10.0;
            decimals += 1;
        }
        format!("{:.decimals$}", if tick == 0.0 { 0.0 } else { tick })
    }
}

/// Ends in order, finite and apart, and a round step between ticks.
fn rounded(low: f64, high: f64, ticks: usize) -> (f64, f64, f64) {
    let bound = |x: f64| if x.is_finite() { x.clamp(-LARGEST, LARGEST) } else { 0.0 };
    let (mut low, mut high) = (bound(low).min(bound(high)), bound(low).max(bound(high)));
    // Values all alike (or apart by rounding only) get some room around them.
    let room = (low.abs().max(high.abs()) * 1e-9).max(1e-12);
    if high - low < room {
        let half = if low.abs() < 1e-9 { 0.5 } else { low.abs() * 0.05 };
        (low, high) = (low - half, high + half);
    }
    let wanted = (high - low) / ticks.max(1) as f64;
    let mut power = 1.0;
    while power > wanted {
        power /= 10.0;
    }
    while power * 10.0 <= wanted {
        power *= 10.0;
    }
    // From the power of ten below, the next round number that gives no more ticks than wanted.
    let step = [1.0, 2.0, 5.0].map(|m| m * power).into_iter().find(|step| *step >= wanted * 0.999);
    (low, high, step.unwrap_or(power * 10.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        for ((low, high), wanted) in [
            ((0.0, 100.0), vec!["0", "20", "40", "60", "80", "100"]),
            ((89.2, 91.5), vec!["89.0", "89.5", "90.0", "90.5", "91.0", "91.5"]),
            ((-0.3, 0.4), vec!["-0.4", "-0.2", "0.0", "0.2", "0.4"]),
        ] {
            let axis = Axis::covering(low, high, (0.0, 1.0), 5);
            let labels: Vec<String> = axis.ticks().iter().map(|tick| axis.label(*tick)).collect();
            assert_eq!(labels, wanted);
        }
    }

    #[test]
    fn any_two_numbers_make_an_axis() {
        let odd = [0.0, -0.0, 1e308, -1e308, 5e-324, f64::NAN, f64::INFINITY, 91.4, 91.4 + 1e-13, 1e-30];
        for low in odd {
            for high in odd {
                for axis in [Axis::covering(low, high, (0.0, 9.0), 5), Axis::exactly(low, high, (0.0, 9.0), 5)] {
                    assert!(axis.high > axis.low, "{low} {high} {axis:?}");
                    let ticks = axis.ticks();
                    assert!(ticks.len() <= 8 && ticks.iter().all(|tick| axis.at(*tick).is_finite()), "{axis:?}");
                    assert!((0.0..=9.0).contains(&axis.at(1.0)));
                }
            }
        }
    }
}
