//! A Pareto front as a picture: every trial a dot, those that no other dominates on a staircase.

use super::axis::Axis;
use super::label;
use super::svg::{Svg, command};
use crate::objective::{Direction, Metric};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 380.0;
/// The plot inside the figure: left, right, top, bottom.
const PLOT: (f64, f64, f64, f64) = (70.0, 610.0, 18.0, 326.0);

/// The values of two metrics of a trial.
pub type Pair = [f64; 2];

/// Trials by two metrics, the first upwards and the second across, with the `front` as a line; `trials` are the others, or
/// some of them.
pub fn svg(metrics: [&Metric; 2], trials: &[Pair], front: &[Pair]) -> String {
    let [upward, across] = metrics;
    let description = "Each trial as a dot by two metrics; those that no other dominates are on the line.";
    let mut svg = Svg::new(WIDTH, HEIGHT, &format!("{} against {}", upward.name, across.name), description, "");
    let (left, right, top, bottom) = PLOT;
    let ends = |which: usize| {
        let all = trials.iter().chain(front).map(|pair| pair[which]);
        (all.clone().fold(f64::INFINITY, f64::min), all.fold(f64::NEG_INFINITY, f64::max))
    };
    let ((low, high), (first, last)) = (ends(0), ends(1));
    let upwards = Axis::covering(low, high, (bottom, top), 6);
    let along = Axis::covering(first, last, (left, right), 6);
    for tick in upwards.ticks() {
        let y = upwards.at(tick);
        svg.line("bl-grid", (left, y), (right, y));
        svg.text("bl-quiet bl-small bl-end", left - 8.0, y + 3.5, &upwards.label(tick));
    }
    for tick in along.ticks() {
        let x = along.at(tick);
        svg.line("bl-grid", (x, top), (x, bottom));
        svg.text("bl-quiet bl-small bl-middle", x, bottom + 18.0, &along.label(tick));
    }
    let named = |metric: &Metric, room: f64| {
        let unit = if metric.unit.is_empty() { String::new() } else { format!(" in {}", metric.unit) };
        let better = match metric.direction {
            Direction::Maximise => "more is better",
            Direction::Minimise => "less is better",
        };
        label::fit(&format!("{}{unit}, {better}", metric.name), room, 10.5)
    };
    svg.text("bl-quiet bl-small bl-middle", (left + right) / 2.0, HEIGHT - 14.0, &named(across, right - left));
    svg.text_upwards("bl-quiet bl-small bl-middle", 16.0, (top + bottom) / 2.0, &named(upward, bottom - top));
    for [y, x] in trials {
        svg.circle("bl-dot", along.at(*x), upwards.at(*y), 2.6);
    }
    let mut corners: Vec<Pair> = front.to_vec();
    corners.sort_by(|a, b| a[1].total_cmp(&b[1]));
    svg.path("bl-accent-line", &staircase(&corners, across.direction, &upwards, &along));
    for [y, x] in &corners {
        svg.circle("bl-accent", along.at(*x), upwards.at(*y), 4.2);
    }
    svg.finish()
}

/// From corner to corner along what is dominated: a step is taken where the better of the two neighbours ends.
fn staircase(corners: &[Pair], across: Direction, upwards: &Axis, along: &Axis) -> String {
    let mut path = String::new();
    for (place, [y, x]) in corners.iter().enumerate() {
        let (x, y) = (along.at(*x), upwards.at(*y));
        if place == 0 {
            command(&mut path, 'M', &[x, y]);
            continue;
        }
        let [before_y, before_x] = corners[place - 1];
        let corner = match across {
            // Up to the next the one before holds.
            Direction::Minimise => [x, upwards.at(before_y)],
            Direction::Maximise => [along.at(before_x), y],
        };
        command(&mut path, 'L', &[corner[0], corner[1], x, y]);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::golden::{assert_golden, assert_well_formed};

    #[test]
    fn pictures_are_those_that_were_looked_at() {
        let accuracy = Metric::new("cifar10/val200", "%", Direction::Maximise);
        let latency = Metric::new("cifar10/latency", "ms", Direction::Minimise);
        let front = [[91.5, 22.0], [91.2, 17.0], [90.1, 14.5], [86.0, 11.0]];
        let trials: Vec<Pair> =
            (0..60).map(|k| [84.0 + f64::from(k * 7 % 31) / 6.0, 15.0 + f64::from(k * 11 % 40) / 4.0]).collect();
        assert_golden("front.svg", &svg([&accuracy, &latency], &trials, &front));
    }

    #[test]
    fn odd_fronts_stay_sane() {
        let odd = Metric::new("<b>&\"'", "", Direction::Minimise);
        for (trials, front) in [(vec![], vec![]), (vec![[1e308, -1e308]], vec![[0.0, 0.0]]), (vec![], vec![[1.0, 1.0]])]
        {
            assert_well_formed(&svg([&odd, &odd], &trials, &front));
        }
    }
}
