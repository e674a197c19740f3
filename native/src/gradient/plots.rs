//! The plots of a bench, in its report and as files.

use bilevel::figure::gaps::{self, Line};
use bilevel::figure::temperature::{self, Curve, Reading, View};
use bilevel::gradient::{Gaps, Row};

use super::Measured;

/// A picture of what was measured.
pub(crate) struct Plot {
    /// Its file in the folder of the report.
    pub(crate) file: String,
    /// What it shows.
    pub(crate) title: &'static str,
    /// The picture.
    pub(crate) svg: String,
}

/// What a plot shows: its name, its title, whether the least of each line is marked, and the number of a row with its interval.
type Quantity = (&'static str, &'static str, bool, fn(&Row) -> (f64, [f64; 2]));

const QUANTITIES: [Quantity; 3] = [
    ("bias", "bias, and what noise is left in the mean", false, |row| (row.bias_norm, row.bias_ci)),
    ("variance", "variance of one draw", false, |row| (row.variance, row.variance_ci)),
    ("error", "mean squared error of one draw", true, |row| (row.mse, row.mse_ci)),
];

/// Bias, variance and error at a policy over the temperature, where there are several: `bias.svg`, or `bias-after-10.svg` on a
/// trajectory.
pub(crate) fn over_temperature(Measured { place, rows, .. }: &Measured) -> Vec<Plot> {
    let swept = rows.windows(2).any(|pair| pair[0].estimator == pair[1].estimator);
    let after = place.step.map_or_else(String::new, |step| format!("-after-{step}"));
    let plot = |(name, title, least, number): &Quantity| {
        let mut curves: Vec<Curve> = Vec::new();
        for row in rows {
            let (value, [low, high]) = number(row);
            let point = Reading { temperature: row.temperature, value, low, high };
            match curves.last_mut() {
                Some(curve) if curve.name == row.estimator => curve.points.push(point),
                _ => curves.push(Curve { name: row.estimator.clone(), series: None, points: vec![point] }),
            }
        }
        let view = View { least: *least, ..View::default() };
        Plot { file: format!("{name}{after}.svg"), title, svg: temperature::svg(title, &curves, &view) }
    };
    QUANTITIES.iter().filter(|_| swept).map(plot).collect()
}

/// The gaps of the policies, where there are several: `gaps.svg`.
pub(crate) fn along_the_search(measured: &[Measured]) -> Option<Plot> {
    let all: Vec<&Gaps> = measured.iter().filter_map(|it| it.gaps.as_ref()).collect();
    if all.len() < 2 {
        return None;
    }
    let line = |name: &str, gap: &dyn Fn(&Gaps) -> f64| {
        let points = all.iter().map(|gaps| (gaps.spread, gap(gaps))).collect();
        Line { name: name.into(), points }
    };
    let bound = |gaps: &Gaps| gaps.curvature.as_ref().map_or(0.0, |curvature| curvature.bound);
    let lines = [
        line("|f(architecture) − f(p)|", &|gaps| gaps.discretisation_gap.abs()),
        line("|E f(h) − f(p)|", &|gaps| gaps.relaxation_gap),
        line("bound by the curvature", &bound),
    ];
    let title = "what the mixture is off, in units of the loss";
    Some(Plot { file: "gaps.svg".into(), title, svg: gaps::svg(title, &lines) })
}
