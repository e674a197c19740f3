//! A search as a picture: every trial a dot, the best so far a line.

use serde::Deserialize;

use super::axis::Axis;
use super::label;
use super::svg::{Svg, command};
use crate::objective::{Direction, Metric, Standing};

/// The most dots that are drawn; beyond it only every so many-th trial has one.
const MOST_DOTS: usize = 2000;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
/// The plot inside the figure: left, right, top, bottom.
const PLOT: (f64, f64, f64, f64) = (62.0, 528.0, 18.0, 270.0);

/// One trial of a curve.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// The number of the trial.
    pub id: u64,
    /// The value of the metric, in its unit; `None` for a failed trial.
    pub value: Option<f64>,
    /// The epochs of training that were asked for, if the searcher named any.
    #[serde(default)]
    pub epochs: Option<u32>,
}

/// The values of `metric` over the trials in the order of telling, with the best so far as a line and failed trials as
/// marks on the axis. Trials of fewer epochs than others have small dots, and the line follows those of the most epochs so
/// far, so that it may turn for the worse where the first of more epochs is told.
pub fn svg(metric: &Metric, points: &[Point]) -> String {
    let description = "Each trial of the search as a dot, and the best value so far as a line.";
    let mut svg = Svg::new(WIDTH, HEIGHT, &format!("{} over the trials", metric.name), description, "");
    let (left, right, top, bottom) = PLOT;
    let values: Vec<f64> = points.iter().filter_map(|point| point.value).collect();
    let (low, high) = ends(metric, &values);
    let across = Axis::exactly(0.0, points.len().saturating_sub(1).max(1) as f64, (left, right), 5);
    let upwards = Axis::covering(low, high, (bottom, top), 5);
    grid(&mut svg, metric, &across, &upwards);
    if values.is_empty() {
        svg.text("bl-quiet bl-middle", (left + right) / 2.0, (top + bottom) / 2.0, "no trial has succeeded");
        return svg.finish();
    }
    let every = points.len().div_ceil(MOST_DOTS).max(1);
    let most = points.iter().filter(|point| point.value.is_some()).map(|point| of_work(point.epochs)).max();
    for (index, point) in points.iter().enumerate().step_by(every) {
        let x = across.at(index as f64);
        match point.value {
            Some(value) => {
                let radius = if Some(of_work(point.epochs)) == most { 2.6 } else { 1.4 };
                svg.circle("bl-dot", x, upwards.at(value), radius);
            }
            None => svg.text("bl-warm bl-middle bl-small", x, bottom - 2.0, "×"),
        }
    }
    let best = best_so_far(metric, points);
    svg.path("bl-accent-line", &steps(&best, &across, &upwards, right));
    let (_, last) = *best.last().expect("a value makes a best");
    let shown = format!("best {}", upwards_label(last));
    svg.text(
        "bl-accent bl-strong",
        right + 8.0,
        upwards.at(last) + 4.0,
        &label::fit(&shown, WIDTH - right - 12.0, 12.0),
    );
    if every > 1 {
        let note = format!("Dots: every {every}th trial. The line counts all.");
        svg.text("bl-quiet bl-small", left, HEIGHT - 6.0, &note);
    }
    svg.finish()
}

/// The range of the axis: all values, but for the worst tenth where they would flatten the rest.
fn ends(metric: &Metric, values: &[f64]) -> (f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted.get(((sorted.len().saturating_sub(1)) as f64 * share) as usize).copied();
    let (low, high) = (at(0.0).unwrap_or(0.0), at(1.0).unwrap_or(1.0));
    let (inner_low, inner_high) = (at(0.1).unwrap_or(low), at(0.9).unwrap_or(high));
    match metric.direction {
        Direction::Maximise if inner_low - low > 3.0 * (high - inner_low) => (inner_low, high),
        Direction::Minimise if high - inner_high > 3.0 * (inner_high - low) => (low, inner_high),
        _ => (low, high),
    }
}

fn grid(svg: &mut Svg, metric: &Metric, across: &Axis, upwards: &Axis) {
    let (left, right, top, bottom) = PLOT;
    for tick in upwards.ticks() {
        let y = upwards.at(tick);
        svg.line("bl-grid", (left, y), (right, y));
        svg.text("bl-quiet bl-small bl-end", left - 7.0, y + 3.5, &upwards.label(tick));
    }
    for tick in across.ticks() {
        svg.text("bl-quiet bl-small bl-middle", across.at(tick), bottom + 16.0, &across.label(tick));
    }
    svg.line("bl-rule", (left, bottom), (right, bottom));
    svg.text("bl-quiet bl-small bl-middle", (left + right) / 2.0, bottom + 32.0, "trials told");
    let unit = if metric.unit.is_empty() { String::new() } else { format!(" in {}", metric.unit) };
    svg.text_upwards(
        "bl-quiet bl-small bl-middle",
        14.0,
        (top + bottom) / 2.0,
        &label::cut(&format!("{}{unit}", metric.name), 40),
    );
}

/// Epochs in the order of how much work they are; all of it where none are named.
fn of_work(epochs: Option<u32>) -> u32 {
    epochs.unwrap_or(u32::MAX)
}

/// (place, value) wherever the best changes.
fn best_so_far(metric: &Metric, points: &[Point]) -> Vec<(usize, f64)> {
    let mut best: Vec<(usize, f64)> = Vec::new();
    let mut standing: Option<Standing> = None;
    for (index, point) in points.iter().enumerate() {
        let Some(value) = point.value else { continue };
        let loss = match metric.direction {
            Direction::Maximise => -value,
            Direction::Minimise => value,
        };
        let told = Standing::new(point.epochs, loss, index as u64);
        if standing.is_none_or(|best| told < best) {
            standing = Some(told);
            best.push((index, value));
        }
    }
    best
}

/// A staircase through the improvements, on to the end of the plot. Improvements closer than half a pixel are one.
fn steps(best: &[(usize, f64)], across: &Axis, upwards: &Axis, right: f64) -> String {
    let mut path = String::new();
    let (mut last_x, mut last_y) = (f64::NEG_INFINITY, 0.0);
    for (place, (index, value)) in best.iter().enumerate() {
        let (x, y) = (across.at(*index as f64), upwards.at(*value));
        if x - last_x < 0.5 && place + 1 < best.len() {
            continue;
        }
        if path.is_empty() {
            command(&mut path, 'M', &[x, y]);
        } else {
            command(&mut path, 'L', &[x, last_y, x, y]);
        }
        (last_x, last_y) = (x, y);
    }
    command(&mut path, 'L', &[right, last_y]);
    path
}

fn upwards_label(value: f64) -> String {
    if value == 0.0 || (1e-3..1e6).contains(&value.abs()) { format!("{value:.2}") } else { format!("{value:.2e}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::golden::{assert_golden, assert_well_formed};

    fn metric(name: &str) -> Metric {
        Metric::new(name, "%", Direction::Maximise)
    }

    #[test]
    fn pictures_are_those_that_were_looked_at() {
        let value = |id: u64| 91.0 - 40.0 / (id + 3) as f64 - ((id * 7919) % 13) as f64 * 0.4;
        let points: Vec<Point> =
            (0..60).map(|id| Point { id, value: (id % 17 != 5).then(|| value(id)), epochs: None }).collect();
        assert_golden("curve.svg", &svg(&metric("cifar10/val200"), &points));
    }

    #[test]
    fn odd_curves_stay_sane() {
        let many = (0..100_000).map(|id| Point { id, value: Some(id as f64), epochs: None }).collect();
        let odd = [0.0, -1e308, 1e308, 5e-324]
            .iter()
            .map(|value| Point { id: 0, value: Some(*value), epochs: None })
            .collect();
        let failed = vec![Point { id: 0, value: None, epochs: None }];
        for points in [many, odd, failed, vec![], vec![Point { id: 3, value: Some(1.0), epochs: None }]] {
            let picture = svg(&metric("<b>&\"'"), &points);
            assert_well_formed(&picture);
            assert!(picture.len() < 400_000, "{}", picture.len());
        }
    }

    #[test]
    fn the_line_follows_those_of_the_most_epochs() {
        let told = [(Some(90.0), 1), (Some(70.0), 3), (Some(99.0), 1), (None, 9), (Some(80.0), 3), (Some(75.0), 3)];
        let points: Vec<Point> = (0..).zip(told).map(|(id, (value, e))| Point { id, value, epochs: Some(e) }).collect();
        assert_eq!(best_so_far(&metric("accuracy"), &points), [(0, 90.0), (1, 70.0), (4, 80.0)]);
    }
}
