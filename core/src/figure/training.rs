//! One training as a picture: the loss of every step, and how well the network does after every epoch.

use serde::Deserialize;

use super::axis::Axis;
use super::svg::{Svg, WIDTHS, command, within};
use super::theme;

const HEIGHT: f64 = 380.0;
const DEFAULT_WIDTH: f64 = 720.0;
/// Left edge, and what is left free on the right for the words at the ends of the lines.
const SIDES: (f64, f64) = (50.0, 118.0);
/// Top and bottom of accuracy and of loss.
const PANELS: [(f64, f64); 2] = [(20.0, 168.0), (200.0, 330.0)];
/// The most points of the line of losses; where there are more, each is the mean of some.
const MOST_POINTS: usize = 600;

/// A training as far as it has come.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// The loss of each step, in nats.
    pub losses: Vec<f64>,
    /// The steps of an epoch, ≥ 1.
    pub steps: u32,
    /// The epochs of the whole, ≥ 1.
    pub epochs: u32,
    /// What the network did after epochs, in their order.
    pub judged: Vec<Judged>,
}

/// How well a network does on images that it was not trained on.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// Epochs that it had.
    pub epoch: u32,
    /// The share that is right, in %.
    pub accuracy: f64,
    /// The mean cross-entropy, in nats.
    pub loss: f64,
}

/// Accuracy above, loss below, over the epochs of the whole. `chance` is the accuracy of guessing, in %; `width` 320 to 1200
/// pixels, 720 where it is none.
pub fn svg(course: &Course, chance: f64, width: f64) -> String {
    let description = "Above, the share of unseen images that the network gets right after each epoch. Below, its loss in \
                       each step of training and on the unseen images.";
    let width = within(width, WIDTHS, DEFAULT_WIDTH);
    let mut svg = Svg::new(width, HEIGHT, "A training, epoch by epoch", description, &theme::series());
    let (left, right) = (SIDES.0, width - SIDES.1);
    let across = Axis::exactly(0.0, f64::from(course.epochs.max(1)), (left, right), 6);
    let [accuracy, losses] = PANELS;
    let upwards = Axis::exactly(0.0, 100.0, (accuracy.1, accuracy.0), 5);
    panel(&mut svg, &across, &upwards, "accuracy in %");
    let y = upwards.at(chance);
    svg.line("bl-rule", (left, y), (right, y));
    svg.text("bl-quiet bl-small", right + 8.0, y + 3.5, &format!("guessing {chance:.0} %"));

    let all = course.losses.iter().chain(course.judged.iter().map(|judged| &judged.loss)).copied();
    let highest = all.filter(|loss| loss.is_finite()).fold(0.0, f64::max);
    let downwards = Axis::covering(0.0, if highest > 0.0 { highest } else { 1.0 }, (losses.1, losses.0), 4);
    panel(&mut svg, &across, &downwards, "loss in nats");
    for tick in across.ticks() {
        svg.text("bl-quiet bl-small bl-middle", across.at(tick), losses.1 + 16.0, &across.label(tick));
    }
    svg.text("bl-quiet bl-small bl-middle", (left + right) / 2.0, losses.1 + 34.0, "epochs");

    let steps = f64::from(course.steps.max(1));
    let trained = means(&course.losses, steps);
    svg.path("bl-series0", &line(&trained, &across, &downwards));
    let at = |value: fn(&Judged) -> f64| -> Vec<(f64, f64)> {
        course.judged.iter().map(|judged| (f64::from(judged.epoch), value(judged))).collect()
    };
    let (right_ones, unseen) = (at(|judged| judged.accuracy), at(|judged| judged.loss));
    for (points, axis, class, dot) in
        [(&right_ones, &upwards, "bl-accent-line", "bl-accent"), (&unseen, &downwards, "bl-warm-line", "bl-warm")]
    {
        svg.path(class, &line(points, &across, axis));
        points.iter().for_each(|(x, value)| svg.circle(dot, across.at(*x), axis.at(*value), 3.0));
    }
    if let Some((_, value)) = right_ones.last() {
        svg.text("bl-accent bl-strong", right + 8.0, upwards.at(*value) + 4.0, &format!("{value:.1} % right"));
    }
    let ends = [(trained.last(), "bl-name0", "training"), (unseen.last(), "bl-warm", "unseen images")];
    let mut free = f64::NEG_INFINITY;
    let mut names: Vec<(f64, &str, &str)> = ends
        .iter()
        .filter_map(|(end, class, name)| Some((downwards.at(end.as_ref()?.1) + 4.0, *class, *name)))
        .collect();
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (y, class, name) in names {
        // Two names that would stand on each other stand one under the other.
        let y = y.max(free);
        svg.text(&format!("{class} bl-small"), right + 8.0, y, name);
        free = y + 14.0;
    }
    svg.finish()
}

fn panel(svg: &mut Svg, across: &Axis, upwards: &Axis, title: &str) {
    let (left, right) = (across.start, across.end);
    for tick in upwards.ticks() {
        let y = upwards.at(tick);
        svg.line("bl-grid", (left, y), (right, y));
        svg.text("bl-quiet bl-small bl-end", left - 7.0, y + 3.5, &upwards.label(tick));
    }
    svg.text_upwards("bl-quiet bl-small bl-middle", 12.0, (upwards.start + upwards.end) / 2.0, title);
}

/// (epochs, loss) of the steps, in as many points as can be told apart.
fn means(losses: &[f64], steps: f64) -> Vec<(f64, f64)> {
    let every = losses.len().div_ceil(MOST_POINTS).max(1);
    let mean = |(place, some): (usize, &[f64])| {
        let middle = (place * every) as f64 + some.len() as f64 / 2.0;
        (middle / steps, some.iter().sum::<f64>() / some.len() as f64)
    };
    losses.chunks(every).enumerate().map(mean).collect()
}

fn line(points: &[(f64, f64)], across: &Axis, upwards: &Axis) -> String {
    let mut path = String::new();
    for (place, (x, value)) in points.iter().enumerate() {
        command(&mut path, if place == 0 { 'M' } else { 'L' }, &[across.at(*x), upwards.at(*value)]);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::golden::{assert_golden, assert_well_formed};

    fn course(epochs: u32) -> Course {
        let loss = |step: u32| 2.3 / (1.0 + f64::from(step) * 0.12) + f64::from((step * 7919) % 13) * 0.012;
        let judged = |epoch: u32| {
            let left = 0.7 / f64::from(epoch);
            Judged { epoch, accuracy: 97.0 - 60.0 * left * left, loss: 0.1 + left }
        };
        Course {
            losses: (0..epochs * 12).map(loss).collect(),
            steps: 12,
            epochs: 8,
            judged: (1..=epochs).map(judged).collect(),
        }
    }

    #[test]
    fn the_picture_is_the_one_that_was_looked_at() {
        assert_golden("training.svg", &svg(&course(5), 10.0, f64::NAN));
    }

    #[test]
    fn odd_trainings_stay_sane() {
        let long = Course { losses: vec![1.0; 100_000], epochs: 1000, ..course(3) };
        let wild = Course { losses: vec![f64::NAN, f64::INFINITY, -1.0, 1e308], steps: 0, epochs: 0, ..course(2) };
        let none = Course { losses: vec![], judged: vec![], ..course(0) };
        for course in [long, wild, none] {
            for width in [f64::NAN, 1.0, 1e9] {
                let picture = svg(&course, 10.0, width);
                assert_well_formed(&picture);
                assert!(picture.len() < 40_000, "{}", picture.len());
            }
        }
    }
}
