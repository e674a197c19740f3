//! Searchers side by side: the mean of the best so far over the trials, with a band, one line a searcher.

use std::f64::consts::LN_10;

use serde::Deserialize;

use super::axis::Axis;
use super::label;
use super::svg::{Svg, WIDTHS, command, within};
use super::theme;
use crate::numeric;
use crate::objective::Metric;

const HEIGHT: f64 = 380.0;
/// The plot inside the figure: left, top, bottom; on its right is room for the names.
const PLOT: (f64, f64, f64) = (62.0, 18.0, 330.0);
/// Names take a quarter of the width, within limits.
const NAMES: (f64, f64) = (90.0, 190.0);

/// One searcher of a race.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// After how many trials, the mean, and the ends of the band; trials ascending.
    pub points: Vec<Step>,
}

/// The best so far after some trials, over the runs of a searcher.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Trials told.
    pub trials: f64,
    /// The mean.
    pub mean: f64,
    /// The lower end of the band.
    pub low: f64,
    /// The upper end of the band.
    pub high: f64,
}

/// How a race is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Up to how many trials the lines are drawn, on the axes of the whole, so that nothing jumps while a race goes on.
    pub until: f64,
    /// The width of the figure, 320 to 1200 pixels: letters keep their size on a telephone.
    pub width: f64,
}

impl Default for View {
    fn default() -> Self {
        Self { until: f64::INFINITY, width: 720.0 }
    }
}

/// The lines of `series` over the trials, a band around each, its name where it ends. `band` says what the band is, e.g.
/// `quartiles of 500 runs`. More series than there are colours repeat them with dashes.
pub fn svg(metric: &Metric, series: &[Series], band: &str, view: View) -> String {
    let description =
        format!("The best {} so far over the trials, a line a searcher; the band shows {band}.", metric.name);
    let style = theme::series();
    let width = within(view.width, WIDTHS, View::default().width);
    let mut svg = Svg::new(width, HEIGHT, &format!("{} over the trials, compared", metric.name), &description, &style);
    let (left, top, bottom) = PLOT;
    let right = width - (0.265 * width).clamp(NAMES.0, NAMES.1);
    let across = Trials::of(series, (left, right));
    let (low, high) = ends(series, across.logarithmic);
    let upwards = Axis::covering(low, high, (bottom, top), 6);
    let drawn: Vec<&[Step]> = series.iter().map(|one| so_far(&one.points, view.until)).collect();
    for tick in upwards.ticks() {
        let y = upwards.at(tick);
        svg.line("bl-grid", (left, y), (right, y));
        svg.text("bl-quiet bl-small bl-end", left - 8.0, y + 3.5, &upwards.label(tick));
    }
    for (x, label) in across.ticks() {
        svg.text("bl-quiet bl-small bl-middle", x, bottom + 18.0, &label);
    }
    svg.line("bl-rule", (left, bottom), (right, bottom));
    let trials = if across.logarithmic { "trials, logarithmic" } else { "trials" };
    svg.text(
        "bl-quiet bl-small bl-middle",
        (left + right) / 2.0,
        HEIGHT - 12.0,
        &format!("{trials}; bands are {band}"),
    );
    let unit = if metric.unit.is_empty() { String::new() } else { format!(" in {}", metric.unit) };
    svg.text_upwards(
        "bl-quiet bl-small bl-middle",
        14.0,
        (top + bottom) / 2.0,
        &label::fit(&format!("{}{unit}", metric.name), bottom - top, 10.5),
    );
    for (place, points) in drawn.iter().enumerate() {
        svg.path(&format!("bl-band{}", place % theme::SERIES), &outline(points, &across, &upwards));
    }
    for (place, points) in drawn.iter().enumerate() {
        let dash = if place < theme::SERIES { "" } else { " bl-dashed" };
        svg.path(&format!("bl-series{}{dash}", place % theme::SERIES), &line(points, &across, &upwards));
    }
    let beside = 8.0 + if view.until < across.last { across.at(view.until) } else { right };
    for (place, y) in names(&drawn, &upwards) {
        let name = label::fit(&series[place].name, width - right - 12.0, 12.0);
        svg.text(&format!("bl-name{} bl-strong", place % theme::SERIES), beside, y, &name);
    }
    svg.finish()
}

/// The axis of trials.
struct Trials {
    axis: Axis,
    /// The most trials of a line.
    last: f64,
    logarithmic: bool,
}

impl Trials {
    fn of(series: &[Series], ends: (f64, f64)) -> Self {
        let last = series.iter().flat_map(|series| &series.points).map(|step| step.trials).fold(1.0, f64::max);
        let logarithmic = is_logarithmic(last);
        let high = if logarithmic { log10(last) } else { last };
        Self { axis: Axis::exactly(0.0, high, ends, 6), last, logarithmic }
    }

    fn at(&self, trials: f64) -> f64 {
        self.axis.at(if self.logarithmic { log10(trials.max(1.0)) } else { trials })
    }

    /// Round numbers, each with its pixel: powers of ten on a logarithmic axis.
    fn ticks(&self) -> Vec<(f64, String)> {
        if !self.logarithmic {
            return self.axis.ticks().into_iter().map(|tick| (self.axis.at(tick), self.axis.label(tick))).collect();
        }
        let powers = (0..16).map(|power| 10u64.pow(power)).take_while(|power| log10(*power as f64) <= self.axis.high);
        powers.map(|power| (self.at(power as f64), power.to_string())).collect()
    }
}

fn log10(x: f64) -> f64 {
    numeric::ln(x) / LN_10
}

/// Whether so many trials are drawn logarithmically: what is quick and what is slow are then too far apart for one scale.
pub fn is_logarithmic(last: f64) -> bool {
    last > 1000.0
}

/// What the picture covers: the lines from where all have left the start, so that the first draws do not press the rest
/// together.
fn ends(series: &[Series], logarithmic: bool) -> (f64, f64) {
    let late = |series: &Series| {
        let last = series.points.last().map_or(0.0, |step| step.trials);
        let left = if logarithmic { last.min(10.0) } else { 0.05 * last };
        series.points.iter().filter(move |step| step.trials >= left).copied().collect::<Vec<_>>()
    };
    let steps: Vec<Step> = series.iter().flat_map(late).collect();
    let low = steps.iter().map(|step| step.low.min(step.mean)).fold(f64::INFINITY, f64::min);
    let high = steps.iter().map(|step| step.high.max(step.mean)).fold(f64::NEG_INFINITY, f64::max);
    (low, high)
}

/// The steps up to so many trials.
fn so_far(points: &[Step], until: f64) -> &[Step] {
    &points[..points.partition_point(|step| step.trials <= until)]
}

fn line(points: &[Step], across: &Trials, upwards: &Axis) -> String {
    let mut path = String::new();
    for (place, step) in points.iter().enumerate() {
        command(&mut path, if place == 0 { 'M' } else { 'L' }, &[across.at(step.trials), upwards.at(step.mean)]);
    }
    path
}

fn outline(points: &[Step], across: &Trials, upwards: &Axis) -> String {
    let mut path = String::new();
    let there = points.iter().map(|step| (step.trials, step.high));
    let back = points.iter().rev().map(|step| (step.trials, step.low));
    for (place, (trials, value)) in there.chain(back).enumerate() {
        command(&mut path, if place == 0 { 'M' } else { 'L' }, &[across.at(trials), upwards.at(value)]);
    }
    if !points.is_empty() {
        path.push('Z');
    }
    path
}

/// Where the names stand: at the ends of their lines.
fn names(lines: &[&[Step]], upwards: &Axis) -> Vec<(usize, f64)> {
    let end = |(place, points): (usize, &&[Step])| Some((place, upwards.at(points.last()?.mean) + 4.0));
    label::apart(lines.iter().enumerate().filter_map(end).collect(), (PLOT.1, PLOT.2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::golden::{assert_golden, assert_well_formed};
    use crate::objective::Direction;

    fn metric(name: &str) -> Metric {
        Metric::new(name, "%", Direction::Maximise)
    }

    fn series(name: &str, height: f64, speed: f64, count: usize) -> Series {
        let step = |k: usize| {
            let trials = k as f64 + 1.0;
            let mean = height - 6.0 / (1.0 + trials * speed);
            Step { trials, mean, low: mean - 2.0 / (1.0 + trials * speed), high: mean + 0.2 }
        };
        Series { name: name.into(), points: (0..count).map(step).collect() }
    }

    #[test]
    fn pictures_are_those_that_were_looked_at() {
        let all = [
            series("random", 91.0, 0.2, 100),
            series("evolution:population=20,sample=5", 91.4, 0.15, 100),
            series("local", 91.42, 0.3, 100),
            series("reinforce", 91.2, 0.12, 100),
        ];
        assert_golden("race.svg", &svg(&metric("cifar10/val200"), &all, "quartiles of 500 runs", View::default()));
    }

    #[test]
    fn many_trials_are_drawn_logarithmically() {
        let all = [series("random", 91.0, 0.2, 8000), series("local", 91.4, 0.3, 8000)];
        let picture = svg(&metric("loss"), &all, "quartiles of 50 runs", View::default());
        assert!(picture.contains("trials, logarithmic; bands are") && picture.contains(">1000</text>"), "{picture}");
        assert!(!picture.contains(">10000</text>"));
        assert!(!is_logarithmic(1000.0));
    }

    #[test]
    fn a_race_in_progress_keeps_the_axes_of_the_whole() {
        let all = [series("random", 91.0, 0.2, 100), series("local", 91.4, 0.3, 50)];
        let whole = svg(&metric("loss"), &all, "quartiles", View::default());
        let at = |until| svg(&metric("loss"), &all, "quartiles", View { until, ..View::default() });
        let (half, end) = (at(60.0), at(100.0));
        assert_eq!(end, whole);
        let texts = |picture: &str, class: &str| -> Vec<String> {
            picture.lines().filter(|line| line.contains(class)).map(str::to_owned).collect()
        };
        assert_eq!(texts(&half, "bl-quiet"), texts(&whole, "bl-quiet"), "its axes");
        // Its lines are beginnings of those of the whole; that of `local` is at its end.
        let lines = |picture: &str| -> Vec<String> {
            let lines = texts(picture, "class=\"bl-series");
            lines.iter().map(|line| line.split(" d=\"").nth(1).unwrap().split('"').next().unwrap().into()).collect()
        };
        let (half, whole) = (lines(&half), lines(&whole));
        assert!(whole[0].starts_with(&half[0]) && half[0].len() < whole[0].len());
        assert_eq!(half[1], whole[1]);
    }

    #[test]
    fn odd_races_stay_sane() {
        let many: Vec<Series> = (0..40).map(|k| series(&format!("<{k}>&\"'"), 90.0, 0.1, 3)).collect();
        let wild = Step { trials: 1.0, mean: f64::NAN, low: -1e308, high: 1e308 };
        let odd =
            vec![Series { name: String::new(), points: vec![wild] }, Series { name: "x".repeat(500), points: vec![] }];
        for all in [many, odd, vec![]] {
            for (until, width) in [(f64::INFINITY, 720.0), (0.0, -3.0), (2.0, 1e300), (f64::NAN, f64::NAN)] {
                assert_well_formed(&svg(&metric("<b>&\"'"), &all, "<i>", View { until, width }));
            }
        }
    }
}
