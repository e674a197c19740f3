//! A quantity of several estimators over the temperature, both logarithmic: one line an estimator.

use serde::Deserialize;

use super::decades::{Decades, ROUNDING, frame, has_place};
use super::label;
use super::svg::{Svg, WIDTHS, command, within};
use super::theme;

/// Where the plot begins, from the left and from the top; on its right is room for the names.
const PLOT: (f64, f64) = (62.0, 18.0);
/// What stands under the plot: the numbers of the axis and what they are.
const BENEATH: f64 = 50.0;
/// Names take what the longest needs, at least so many pixels and at most such a share of the width.
const NAMES: (f64, f64) = (60.0, 0.36);

/// The level of a value that lines are read against, and of an estimator whose value may be 0.
const STYLE: &str = ".bl-dotted{stroke-dasharray:2 3}.bl-line{stroke-linecap:round}.bl-noise{stroke-opacity:.4}";

/// One estimator.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// Its name.
    pub name: String,
    /// The number of its colour, from 0; its place among the curves where none is said.
    #[serde(default)]
    pub series: Option<usize>,
    /// Temperatures ascending; a single one without a temperature is an estimator that has none.
    pub points: Vec<Reading>,
}

/// The quantity at one temperature.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// τ; null for an estimator without one, which is drawn as a level.
    pub temperature: Option<f64>,
    /// The quantity.
    pub value: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// How the picture is looked at.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct View {
    /// The width of the figure, 320 to 1200 pixels.
    pub width: f64,
    /// Its height, 200 to 800 pixels.
    pub height: f64,
    /// A temperature to mark by an upright line, such as one that a reader drags, with a dot where a line has a reading there.
    pub temperature: Option<f64>,
    /// Whether the least value of each line is marked by a ring.
    pub least: bool,
    /// A value to mark by a level of its own.
    pub level: Option<Level>,
    /// Values that the upright axis covers besides, as where another picture beside this one has the same axis.
    pub covers: Vec<f64>,
}

/// A value that lines are read against, such as the length of the exact gradient.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// What it is.
    pub name: String,
    /// The value.
    pub value: f64,
}

impl Default for View {
    fn default() -> Self {
        Self { width: 720.0, height: 340.0, temperature: None, least: false, level: None, covers: Vec::new() }
    }
}

impl View {
    /// Width and height within their limits.
    fn size(&self) -> (f64, f64) {
        let usual = Self::default();
        (within(self.width, WIDTHS, usual.width), within(self.height, (200.0, 800.0), usual.height))
    }
}

/// The lines of `curves`: `quantity` is what the upright axis shows, with its unit.
pub fn svg(quantity: &str, curves: &[Curve], view: &View) -> String {
    let rings = if view.least { " Rings mark the least value of each." } else { "" };
    let description = format!(
        "{quantity} over the temperature, a line an estimator, dashed for those without a temperature, pale where it may be 0; \
         bands are 95 % intervals.{rings}"
    );
    let (width, height) = view.size();
    let title = format!("{quantity} over the temperature");
    let mut svg = Svg::new(width, height, &title, &description, &(theme::series() + STYLE));
    let ((left, top), bottom) = (PLOT, height - BENEATH);
    let longest = curves.iter().map(|curve| label::pixels(&curve.name, 12.0)).fold(NAMES.0, f64::max);
    let right = width - (longest + 16.0).min(NAMES.1 * width);
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let least = |all: &mut dyn Iterator<Item = f64>| all.filter(|x| has_place(*x)).fold(f64::INFINITY, f64::min);
    let most = |all: &mut dyn Iterator<Item = f64>| all.filter(|x| has_place(*x)).fold(0.0, f64::max);
    let temperatures = || points().filter_map(|point| point.temperature).chain(view.temperature);
    let across = match (least(&mut temperatures()), most(&mut temperatures())) {
        (low, high) if low < high => Decades::exactly(low, high, (left, right)),
        (low, high) => Decades::exactly(low / 3.0, high * 3.0, (left, right)),
    };
    let level = view.level.as_ref().filter(|level| has_place(level.value));
    let beside = || view.covers.iter().copied().chain(level.map(|level| level.value));
    let values = || points().map(|point| point.value).chain(beside());
    let upwards = Decades::covering(least(&mut values()), most(&mut values()), (bottom, top));
    frame(&mut svg, (&across, "temperature; both axes logarithmic"), (&upwards, quantity), height);
    if let Some(temperature) = view.temperature {
        let x = across.at(temperature);
        svg.line("bl-rule", (x, top), (x, bottom));
    }
    if let Some(level) = level {
        let y = upwards.at(level.value);
        svg.line("bl-rule bl-dotted", (left, y), (right, y));
    }
    let place = |point: &Reading| point.temperature.map(|temperature| across.at(temperature));
    let mut ends = Vec::new();
    for (number, curve) in curves.iter().enumerate() {
        let (points, colour) = (&curve.points, colour(curve, number));
        // What has no positive number, such as a variance of 0, has no place on a logarithmic axis; its colour stays its own.
        let Some(last) = points.last().filter(|_| points.iter().any(|point| has_place(point.value))) else { continue };
        ends.push((number, upwards.at(last.value) + 4.0));
        if points.iter().all(|point| point.temperature.is_none()) {
            let y = upwards.at(last.value);
            let mut level = String::new();
            command(&mut level, 'M', &[left, y]);
            command(&mut level, 'L', &[right, y]);
            let noise = if last.low > ROUNDING { "" } else { " bl-noise" };
            svg.path(&format!("bl-series{colour} bl-dashed{noise}"), &level);
            continue;
        }
        let mut outline = String::new();
        let there = points.iter().map(|point| (point, point.high));
        let back = points.iter().rev().map(|point| (point, point.low));
        for (k, (point, value)) in there.chain(back).enumerate() {
            let letter = if k == 0 { 'M' } else { 'L' };
            command(&mut outline, letter, &[place(point).unwrap_or(left), upwards.at(value)]);
        }
        outline.push('Z');
        svg.path(&format!("bl-band{colour}"), &outline);
        let at = |point: &Reading| [place(point).unwrap_or(left), upwards.at(point.value)];
        let [mut firm, mut noise] = [String::new(), String::new()];
        for pair in points.windows(2) {
            let path = if pair.iter().all(|point| point.low > ROUNDING) { &mut firm } else { &mut noise };
            command(path, 'M', &at(&pair[0]));
            command(path, 'L', &at(&pair[1]));
        }
        for (path, more) in [(noise, " bl-noise"), (firm, "")] {
            if !path.is_empty() {
                svg.path(&format!("bl-series{colour} bl-line{more}"), &path);
            }
        }
        let lowest = points.iter().filter(|point| has_place(point.value)).min_by(|a, b| a.value.total_cmp(&b.value));
        if let (true, Some(lowest)) = (view.least, lowest) {
            let (x, y) = (place(lowest).unwrap_or(left), upwards.at(lowest.value));
            svg.circle("bl-paper", x, y, 5.5);
            svg.circle(&format!("bl-series{colour}"), x, y, 5.5);
        }
        let here = points.iter().find(|point| point.temperature.is_some() && point.temperature == view.temperature);
        if let Some(here) = here.filter(|point| has_place(point.value)) {
            svg.circle(&format!("bl-name{colour}"), place(here).unwrap_or(left), upwards.at(here.value), 4.0);
        }
    }
    if let Some(Level { name, value }) = level {
        let y = upwards.at(*value);
        let middle = left + 0.4 * (right - left);
        // Above the level or under it, wherever fewer lines run through the words.
        let crossed = |at: f64| {
            let through = |point: &&Reading| {
                let near = (upwards.at(point.value) - at).abs() < 8.0;
                has_place(point.value) && near && place(point).is_none_or(|x| x < middle)
            };
            points().filter(through).count()
        };
        let inside = |at: f64| at - 8.0 > top && at + 8.0 < bottom;
        let rows = [y - 9.0, y + 10.0, y - 24.0, y + 25.0].into_iter().filter(|at| inside(*at));
        if let Some(at) = rows.min_by_key(|at| crossed(*at)) {
            let name = label::fit(name, right - left - 12.0, 10.5);
            svg.text("bl-quiet bl-small bl-halo", left + 6.0, at + 4.0, &name);
        }
    }
    for (number, y) in label::apart(ends, (top, bottom)) {
        let name = label::fit(&curves[number].name, width - right - 14.0, 12.0);
        svg.text(&format!("bl-name{} bl-strong", colour(&curves[number], number)), right + 8.0, y, &name);
    }
    svg.finish()
}

/// The number of a curve's colour.
fn colour(curve: &Curve, number: usize) -> usize {
    curve.series.unwrap_or(number) % theme::SERIES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::golden::{assert_golden, assert_well_formed};

    fn curve(name: &str, value: impl Fn(f64) -> f64) -> Curve {
        let point = |k: i32| {
            let temperature = 0.05 * numeric_pow(k);
            let value = value(temperature);
            Reading { temperature: Some(temperature), value, low: 0.8 * value, high: 1.2 * value }
        };
        Curve { name: name.into(), series: None, points: (0..9).map(point).collect() }
    }

    fn numeric_pow(k: i32) -> f64 {
        crate::numeric::pow(100.0, f64::from(k) / 8.0)
    }

    fn level(name: &str, value: f64) -> Curve {
        Curve {
            name: name.into(),
            series: Some(5),
            points: vec![Reading { temperature: None, value, low: value, high: value }],
        }
    }

    #[test]
    fn pictures_are_those_that_were_looked_at() {
        let curves = [
            level("reinforce", 1.4),
            curve("concrete", |t| 0.1 / t + t * t * 0.3),
            curve("gumbel-rao", |t| 0.05 / t + t * t * 0.2),
            level("softmax", 0.06),
        ];
        let view = View { least: true, temperature: Some(0.3), ..View::default() };
        assert_golden("temperature.svg", &svg("mean squared error", &curves, &view));
        let level = Some(Level { name: "length of the exact gradient".into(), value: 1.03 });
        let (covers, temperature) = (vec![1e-3, 40.0], Some(0.05 * numeric_pow(3)));
        let small = View { width: 400.0, height: 230.0, level, covers, temperature, ..View::default() };
        assert_golden("temperature-small.svg", &svg("bias", &curves, &small));
    }

    #[test]
    fn odd_curves_stay_sane() {
        let wild = Reading { temperature: Some(f64::NAN), value: -1.0, low: f64::INFINITY, high: 1e308 };
        let odd = vec![
            Curve { name: "<b>&\"'".repeat(50), series: Some(usize::MAX), points: vec![wild] },
            Curve { name: String::new(), series: None, points: vec![] },
            level("zero", 0.0),
        ];
        let many: Vec<Curve> = (0..40).map(|k| curve(&format!("<{k}>"), |t| t)).collect();
        for curves in [odd, many, vec![]] {
            for (width, temperature) in [(720.0, None), (-3.0, Some(f64::NAN)), (f64::NAN, Some(1e300))] {
                let level = Some(Level { name: "</svg>".repeat(9), value: width });
                let covers = vec![f64::NAN, -1.0, 1e300];
                let view = View { width, height: width, temperature, least: true, level, covers };
                assert_well_formed(&svg("<i>", &curves, &view));
            }
        }
    }
}
