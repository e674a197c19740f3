//! How the draws of one number are spread: a histogram, with the exact number and the mean of the draws.

use serde::Deserialize;

use super::axis::Axis;
use super::label;
use super::svg::{Svg, WIDTHS, command, within};
use super::theme;

const HEIGHT: f64 = 230.0;
/// The plot inside the figure: left, top, bottom; on its right stays a margin.
const PLOT: (f64, f64, f64) = (46.0, 44.0, 180.0);
const MARGIN: f64 = 16.0;
/// Bars of the histogram.
const BARS: usize = 40;
/// The share of draws that may lie beyond the picture at each end.
const BEYOND: f64 = 0.01;

/// What is known of the number.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// What the number is, e.g. `slope of position 1, choice 3`.
    pub name: String,
    /// The exact number.
    pub exact: f64,
    /// The mean of all draws, of which those that are drawn may be a part; `None` where there are too few.
    #[serde(default)]
    pub mean: Option<f64>,
    /// The number of the picture's series colours, which tells whose draws they are.
    #[serde(default)]
    pub series: usize,
    /// Numbers that the axis covers besides, as where another picture beside this one has the same axis.
    #[serde(default)]
    pub covers: Vec<f64>,
}

/// The histogram of `values`; `width` 320 to 1200 pixels, 400 where it is none.
///
/// Bars reach from the 1st to the 99th percentile, and as far as the exact number and the mean; what lies beyond is counted in
/// the last bar of its end.
pub fn svg(values: &[f64], known: &Known, width: f64) -> String {
    let width = within(width, WIDTHS, 400.0);
    let series = known.series % theme::SERIES;
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let draws = label::count(sorted.len(), "draw");
    let title = format!("{}: {draws}", known.name);
    let description = "A histogram of the draws; a dark line at the exact number and a dashed one at their mean.";
    let style = theme::series() + &theme::exact() + ".bl-mean{stroke-dasharray:4 3}";
    let mut svg = Svg::new(width, HEIGHT, &title, description, &style);
    let (left, top, bottom) = PLOT;
    let right = width - MARGIN;
    let (low, high) = ends(&sorted, known);
    let across = Axis::exactly(low, high, (left, right), 7);
    let shares = shares(&sorted, &across);
    let most = shares.iter().copied().fold(0.0, f64::max);
    let upwards = Axis::exactly(0.0, if most > 0.0 { 100.0 * most * 1.08 } else { 100.0 }, (bottom, top), 3);
    for tick in upwards.ticks() {
        let y = upwards.at(tick);
        svg.line("bl-grid", (left, y), (right, y));
        svg.text("bl-quiet bl-small bl-end", left - 6.0, y + 3.5, &format!("{} %", upwards.label(tick)));
    }
    let bar = (right - left) / BARS as f64;
    let mut outline = String::new();
    command(&mut outline, 'M', &[left, bottom]);
    for (place, share) in shares.iter().enumerate() {
        let (x, y) = (left + bar * place as f64, upwards.at(100.0 * share));
        command(&mut outline, 'V', &[y]);
        command(&mut outline, 'H', &[x + bar]);
    }
    command(&mut outline, 'V', &[bottom]);
    outline.push('Z');
    if !sorted.is_empty() {
        svg.path(&format!("bl-band{series}"), &outline);
        svg.path(&format!("bl-series{series}"), &outline);
    }
    svg.line("bl-rule", (left, bottom), (right, bottom));
    for tick in across.ticks() {
        svg.text("bl-quiet bl-small bl-middle", across.at(tick), bottom + 16.0, &across.label(tick));
    }
    let middle = (left + right) / 2.0;
    svg.text("bl-quiet bl-small bl-middle", middle, HEIGHT - 12.0, &label::fit(&known.name, right - left, 10.5));
    if let Some(mean) = known.mean.filter(|mean| mean.is_finite()) {
        let x = across.at(mean);
        svg.line(&format!("bl-series{series} bl-mean"), (x, top - 8.0), (x, bottom));
        let words = format!("mean {}", short(mean));
        beside(&mut svg, &format!("bl-name{series}"), (x, 16.0), &words, (left, right));
    }
    if known.exact.is_finite() {
        let x = across.at(known.exact);
        svg.line("bl-exact", (x, top - 8.0), (x, bottom));
        beside(&mut svg, "bl-ink", (x, 31.0), &format!("exact {}", short(known.exact)), (left, right));
    }
    svg.finish()
}

/// Words over a line, within the picture.
fn beside(svg: &mut Svg, class: &str, (x, y): (f64, f64), words: &str, (left, right): (f64, f64)) {
    let half = label::pixels(words, 10.5) / 2.0;
    let x = x.clamp(left + half, (right - half).max(left + half));
    svg.text(&format!("{class} bl-small bl-strong bl-middle"), x, y, words);
}

/// A number with three decimals.
fn short(number: f64) -> String {
    if number == 0.0 || (1e-3..1e5).contains(&number.abs()) { format!("{number:.3}") } else { format!("{number:.1e}") }
}

/// Where the bars begin and end.
fn ends(sorted: &[f64], known: &Known) -> (f64, f64) {
    let beyond = (BEYOND * sorted.len() as f64) as usize;
    let inner = &sorted[beyond..sorted.len() - beyond];
    let all = inner
        .iter()
        .chain([&known.exact])
        .chain(known.mean.as_ref())
        .chain(&known.covers)
        .filter(|value| value.is_finite());
    let (low, high) =
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    let room = 0.04 * (high - low);
    if room.is_finite() { (low - room, high + room) } else { (low, high) }
}

/// The share of the values in each bar.
fn shares(sorted: &[f64], across: &Axis) -> [f64; BARS] {
    let mut shares = [0.0; BARS];
    for value in sorted {
        let along = (across.at(*value) - across.start) / (across.end - across.start);
        shares[((along * BARS as f64) as usize).min(BARS - 1)] += 1.0 / sorted.len() as f64;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::golden::{assert_golden, assert_well_formed};
    use crate::random::Stream;

    fn known(exact: f64, mean: Option<f64>) -> Known {
        Known { name: "slope of position 1, choice 3".into(), exact, mean, series: 2, covers: Vec::new() }
    }

    #[test]
    fn pictures_are_those_that_were_looked_at() {
        let mut random = Stream::new(1, "distribution", 0);
        let values: Vec<f64> = (0..2000).map(|_| 0.3 + 2.0 * random.normal()).collect();
        assert_golden("distribution.svg", &svg(&values, &known(0.41, Some(0.33)), 400.0));
    }

    #[test]
    fn every_value_is_in_a_bar() {
        let mut sorted: Vec<f64> = (0..1000).map(f64::from).collect();
        sorted.push(1e6);
        let (low, high) = ends(&sorted, &known(-20.0, None));
        assert!(low < -20.0 && high < 1100.0, "a percent may lie beyond each end: {low} {high}");
        let shares = shares(&sorted, &Axis::exactly(low, high, (0.0, 100.0), 5));
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn odd_numbers_stay_sane() {
        for values in [&[][..], &[1.0], &[f64::NAN, f64::INFINITY, 1e308, -1e308], &[0.0; 9]] {
            for number in [0.0, f64::NAN, 1e300, -3.0] {
                let known = Known {
                    name: "<i>&".repeat(60),
                    exact: number,
                    mean: Some(-number),
                    series: 99,
                    covers: vec![number],
                };
                assert_well_formed(&svg(values, &known, number));
            }
        }
    }
}
