//! What was measured of a supernet, epoch by epoch, as a picture.

use serde::Deserialize;

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

/// How the picture is looked at.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct View {
    /// The width of the figure, 320 to 1200 pixels.
    pub width: f64,
    /// The epochs of the whole search, of which those that are drawn may be the first.
    pub epochs: u32,
    /// The panels that are drawn, by the names of what they show: `accuracy`, `loss`, `entropy`, `skips`, `curvature`; all of which
    /// anything was measured where none is named.
    pub panels: Vec<String>,
    /// The epoch at which the alarm went off.
    pub alarm: Option<u32>,
}

impl Default for View {
    fn default() -> Self {
        Self { width: DEFAULT_WIDTH, epochs: 0, panels: Vec::new(), alarm: None }
    }
}

/// A line: its instrument, its name, and the number of its colour, the same wherever it is of the same thing.
type Line = (&'static str, &'static str, usize);

/// A panel: by what name it is asked for, its title with the unit, and its lines.
struct Panel {
    name: &'static str,
    title: &'static str,
    /// What it shows, for who does not see it.
    about: &'static str,
    lines: &'static [Line],
    /// The ends of its axis, where they are the same whatever was measured.
    ends: Option<(f64, f64)>,
}

const PANELS: [Panel; 5] = [
    Panel {
        name: "accuracy",
        title: "right in %",
        about: "how many unseen images the policy's mixture and the derived architecture get right",
        lines: &[("relaxed_accuracy", "mixture, unseen", 1), ("derived_accuracy", "derived, unseen", 3)],
        ends: Some((0.0, 100.0)),
    },
    Panel {
        name: "loss",
        title: "loss in nats",
        about: "the loss in training, and on unseen images that of the mixture, of architectures drawn from the policy and of the \
                derived one",
        lines: &[
            ("train_loss", "training", 0),
            ("relaxed_loss", "mixture, unseen", 1),
            ("expected_loss", "draws, unseen", 2),
            ("derived_loss", "derived, unseen", 3),
        ],
        ends: None,
    },
    Panel {
        name: "entropy",
        title: "entropy in nats",
        about: "the policy's entropy",
        lines: &[("entropy", "of the policy", 0)],
        ends: None,
    },
    Panel {
        name: "skips",
        title: "share",
        about: "the policy's mean probability of a skip",
        lines: &[("skip_share", "on skips", 1)],
        ends: Some((0.0, 1.0)),
    },
    Panel {
        name: "curvature",
        title: "curvature",
        about: "the largest eigenvalue of the curvature in the policy's logits",
        lines: &[("eigenvalue", "largest eigenvalue", 0)],
        ends: None,
    },
];

/// Accuracy, losses, entropy of the policy, its share of skips and the curvature in its logits over the epochs, the first epoch
/// first; what was not measured is left out.
pub fn svg(epochs: &[Instruments], view: &View) -> String {
    let width = within(view.width, WIDTHS, DEFAULT_WIDTH);
    let of = |name: &str| -> Vec<(f64, f64)> {
        let value = |(place, epoch): (usize, &Instruments)| {
            let value = epoch.get(name).copied().filter(|value| value.is_finite())?;
            Some((place as f64 + 1.0, value))
        };
        epochs.iter().enumerate().filter_map(value).collect()
    };
    let wanted = |panel: &&Panel| {
        let measured = || panel.lines.iter().any(|(name, ..)| !of(name).is_empty());
        if view.panels.is_empty() { measured() } else { view.panels.iter().any(|name| name == panel.name) }
    };
    let panels: Vec<&Panel> = PANELS.iter().filter(wanted).collect();
    let height = TOP + panels.len().max(1) as f64 * (PANEL + BETWEEN) - BETWEEN + BOTTOM;
    let shown: Vec<&str> = panels.iter().map(|panel| panel.about).collect();
    let description = format!("Over the epochs of the search: {}.", shown.join("; "));
    let mut svg = Svg::new(width, height, "The supernet, epoch by epoch", &description, &theme::series());
    let (left, right) = (SIDES.0, width - SIDES.1);
    let last = (epochs.len() as f64).max(f64::from(view.epochs)).max(2.0);
    let across = Axis::exactly(1.0, last, (left, right), 6);
    for (number, panel) in panels.iter().enumerate() {
        let top = TOP + number as f64 * (PANEL + BETWEEN);
        let points: Vec<Vec<(f64, f64)>> = panel.lines.iter().map(|(name, ..)| of(name)).collect();
        draw(&mut svg, panel, &points, &across, (top, top + PANEL));
    }
    let bottom = height - BOTTOM;
    for tick in across.ticks().into_iter().filter(|tick| tick.fract() == 0.0) {
        svg.text("bl-quiet bl-small bl-middle", across.at(tick), bottom + 16.0, &format!("{tick:.0}"));
    }
    svg.text("bl-quiet bl-small bl-middle", (left + right) / 2.0, bottom + 34.0, "epochs");
    if let Some(epoch) = view.alarm {
        let x = across.at(f64::from(epoch));
        svg.line("bl-warm-line bl-dashed", (x, TOP), (x, bottom));
        let class = if x > (left + right) / 2.0 { "bl-warm bl-small bl-end" } else { "bl-warm bl-small" };
        svg.text(class, if x > (left + right) / 2.0 { x - 5.0 } else { x + 5.0 }, TOP - 6.0, "alarm");
    }
    svg.finish()
}

fn draw(svg: &mut Svg, panel: &Panel, lines: &[Vec<(f64, f64)>], across: &Axis, (top, bottom): (f64, f64)) {
    let (left, right) = (across.start, across.end);
    let values = lines.iter().flatten().map(|(_, value)| *value);
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    let upwards = match panel.ends {
        Some((low, high)) => Axis::exactly(low, high, (bottom, top), 4),
        // A loss is read from 0.
        None => Axis::covering(if low > 0.0 { 0.0 } else { low }, high, (bottom, top), 4),
    };
    for tick in upwards.ticks() {
        let y = upwards.at(tick);
        svg.line("bl-grid", (left, y), (right, y));
        svg.text("bl-quiet bl-small bl-end", left - 7.0, y + 3.5, &upwards.label(tick));
    }
    svg.text_upwards("bl-quiet bl-small bl-middle", 12.0, (top + bottom) / 2.0, panel.title);
    let mut ends = Vec::new();
    for (place, ((.., series), points)) in panel.lines.iter().zip(lines).enumerate() {
        let mut path = String::new();
        for (number, (x, value)) in points.iter().enumerate() {
            command(&mut path, if number == 0 { 'M' } else { 'L' }, &[across.at(*x), upwards.at(*value)]);
        }
        svg.path(&format!("bl-series{series}"), &path);
        // A single epoch is no line yet.
        if let [(x, value)] = points[..] {
            svg.circle(&format!("bl-name{series}"), across.at(x), upwards.at(value), 3.0);
        }
        ends.extend(points.last().map(|(_, value)| (place, upwards.at(*value) + 3.5)));
    }
    for (place, y) in label::apart(ends, (top, bottom + 4.0)) {
        let (_, name, series) = panel.lines[place];
        svg.text(&format!("bl-name{series} bl-small"), right + 8.0, y, name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::golden::{assert_golden, assert_well_formed};

    fn epochs(count: u32) -> Vec<Instruments> {
        let of = |epoch: u32| {
            let t = f64::from(epoch);
            let values = [
                ("derived_accuracy", 10.0 + 4.0 * t),
                ("relaxed_accuracy", 99.0 - 80.0 / t),
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
        assert_golden("instruments.svg", &svg(&epochs(12), &View::default()));
        let view = View { width: 340.0, epochs: 20, panels: vec!["accuracy".into(), "skips".into()], alarm: Some(9) };
        assert_golden("instruments-alarm.svg", &svg(&epochs(12), &view));
    }

    #[test]
    fn what_was_not_measured_is_left_out_and_odd_values_stay_sane() {
        let mut bare = epochs(5);
        bare.iter_mut().for_each(|epoch| epoch.retain(|name, _| !name.contains("relaxed") && name != "eigenvalue"));
        let picture = svg(&bare, &View { width: 400.0, ..View::default() });
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
                assert_well_formed(&svg(&epochs, &View { width, alarm: Some(7), ..View::default() }));
            }
        }
    }
}
