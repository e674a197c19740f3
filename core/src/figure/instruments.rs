//! What was measured of a supernet, epoch by epoch, as a picture.

use super::axis::Axis;
use super::label;
use super::svg::{Svg, WIDTHS, command, within};
use super::theme;
use crate::objective::Instruments;

const DEFAULT_WIDTH: f64 = 720.0;
/// Left edge, and what is left free on the right for the names of the lines.
const SIDES: (f64, f64) = (58.0, 138.0);
/// The first panel's top, a panel's height, and what is between two.
const TOP: f64 = 18.0;
const PANEL: f64 = 96.0;
const BETWEEN: f64 = 26.0;
/// What is below the last one.
const BOTTOM: f64 = 42.0;

/// A panel: its title with the unit, and the instruments in it, each with the name of its line.
type Panel = (&'static str, &'static [(&'static str, &'static str)]);

const PANELS: [Panel; 4] = [
    (
        "loss in nats",
        &[
            ("train_loss", "training"),
            ("relaxed_loss", "mixture, unseen"),
            ("expected_loss", "draws, unseen"),
            ("derived_loss", "derived, unseen"),
        ],
    ),
    ("entropy in nats", &[("entropy", "of the policy")]),
    ("share", &[("skip_share", "on skips")]),
    ("curvature", &[("eigenvalue", "largest eigenvalue")]),
];

/// Losses, entropy of the policy, its share of skips and the curvature in its logits over the epochs, the first epoch first; what
/// was not measured is left out. `width` is 320 to 1200 pixels, 720 where it is none.
pub fn svg(epochs: &[Instruments], width: f64) -> String {
    let width = within(width, WIDTHS, DEFAULT_WIDTH);
    let of = |name: &str| -> Vec<(f64, f64)> {
        let value = |(place, epoch): (usize, &Instruments)| {
            let value = epoch.get(name).copied().filter(|value| value.is_finite())?;
            Some((place as f64 + 1.0, value))
        };
        epochs.iter().enumerate().filter_map(value).collect()
    };
    let measured = |panel: &&Panel| panel.1.iter().any(|(name, _)| !of(name).is_empty());
    let panels: Vec<&Panel> = PANELS.iter().filter(measured).collect();
    let height = TOP + panels.len().max(1) as f64 * (PANEL + BETWEEN) - BETWEEN + BOTTOM;
    let description = "Over the epochs of the search: the loss in training, and on unseen images that of the policy's mixture, of \
                       architectures drawn from it and of the derived one; the policy's entropy; its mean probability of a skip; \
                       and the largest eigenvalue of the curvature in its logits.";
    let mut svg = Svg::new(width, height, "The supernet, epoch by epoch", description, &theme::series());
    let (left, right) = (SIDES.0, width - SIDES.1);
    let across = Axis::exactly(1.0, (epochs.len() as f64).max(2.0), (left, right), 6);
    for (number, (title, lines)) in panels.iter().enumerate() {
        let top = TOP + number as f64 * (PANEL + BETWEEN);
        let bottom = top + PANEL;
        let points: Vec<Vec<(f64, f64)>> = lines.iter().map(|(name, _)| of(name)).collect();
        let values = points.iter().flatten().map(|(_, value)| *value);
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        // A share and a loss are read from 0.
        let low = if low > 0.0 { 0.0 } else { low };
        let upwards = Axis::covering(low, high, (bottom, top), 4);
        for tick in upwards.ticks() {
            let y = upwards.at(tick);
            svg.line("bl-grid", (left, y), (right, y));
            svg.text("bl-quiet bl-small bl-end", left - 7.0, y + 3.5, &upwards.label(tick));
        }
        svg.text_upwards("bl-quiet bl-small bl-middle", 12.0, (top + bottom) / 2.0, title);
        let mut ends = Vec::new();
        for (series, points) in points.iter().enumerate() {
            let mut path = String::new();
            for (place, (x, value)) in points.iter().enumerate() {
                command(&mut path, if place == 0 { 'M' } else { 'L' }, &[across.at(*x), upwards.at(*value)]);
            }
            svg.path(&format!("bl-series{series}"), &path);
            ends.extend(points.last().map(|(_, value)| (series, upwards.at(*value) + 3.5)));
        }
        for (series, y) in label::apart(ends, (top, bottom + 4.0)) {
            svg.text(&format!("bl-name{series} bl-small"), right + 8.0, y, lines[series].1);
        }
    }
    let bottom = height - BOTTOM;
    for tick in across.ticks().into_iter().filter(|tick| tick.fract() == 0.0) {
        svg.text("bl-quiet bl-small bl-middle", across.at(tick), bottom + 16.0, &across.label(tick));
    }
    svg.text("bl-quiet bl-small bl-middle", (left + right) / 2.0, bottom + 34.0, "epochs");
    svg.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::golden::{assert_golden, assert_well_formed};

    fn epochs(count: u32) -> Vec<Instruments> {
        let of = |epoch: u32| {
            let t = f64::from(epoch);
            let values = [
                ("train_loss", 2.2 / (1.0 + 0.4 * t)),
                ("relaxed_loss", 0.2 + 1.9 / (1.0 + 0.4 * t)),
                ("expected_loss", 2.3 - 0.02 * t),
                ("derived_loss", 2.2 - 0.05 * t),
                ("entropy", 9.6 - 0.2 * t),
                ("skip_share", 0.2 + 0.015 * t),
                ("eigenvalue", 0.3 + 0.02 * f64::from(epoch * 7 % 5)),
            ];
            values.map(|(name, value)| (name.to_owned(), value)).into()
        };
        (1..=count).map(of).collect()
    }

    #[test]
    fn the_picture_is_the_one_that_was_looked_at() {
        assert_golden("instruments.svg", &svg(&epochs(12), f64::NAN));
    }

    #[test]
    fn what_was_not_measured_is_left_out_and_odd_values_stay_sane() {
        let mut bare = epochs(5);
        bare.iter_mut().for_each(|epoch| epoch.retain(|name, _| !name.contains("relaxed") && name != "eigenvalue"));
        let picture = svg(&bare, 400.0);
        assert!(
            !picture.contains(">largest eigenvalue")
                && !picture.contains("mixture, unseen")
                && picture.contains("on skips")
        );
        let wild: Vec<Instruments> = [f64::NAN, f64::INFINITY, 1e308, -1e308]
            .map(|value| [("entropy".to_owned(), value), ("train_loss".to_owned(), -value)].into())
            .into();
        for epochs in [Vec::new(), epochs(1), wild, vec![Instruments::new(); 3], epochs(1000)] {
            for width in [f64::NAN, 1.0, 1e9] {
                assert_well_formed(&svg(&epochs, width));
            }
        }
    }
}
