//! What a sweep over the temperature says in numbers: how variance and bias go with it, and where an estimator without a
//! temperature is better.

use std::collections::BTreeMap;

use bilevel::gradient::Row;
use serde::Serialize;

/// Laws for low temperatures are looked for up to here.
const LOW: f64 = 0.5;
/// The fewest temperatures of a fit.
const FEWEST: usize = 3;

/// What is said of one estimator with a temperature.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Fit {
    pub(crate) estimator: String,
    /// d log variance / d log τ up to τ = 0.5; theory has −1 for the concrete relaxation as τ → 0. Null where fewer than three
    /// temperatures are that low.
    pub(crate) variance_slope: Option<f64>,
    /// d log bias / d log τ there, over the temperatures whose bias is more than noise: 1, or 2 where f is linear.
    pub(crate) bias_slope: Option<f64>,
    /// The temperature of least error among those measured.
    pub(crate) best_temperature: f64,
    /// By the name of an estimator without a temperature: where this one has the larger error.
    pub(crate) larger_error: BTreeMap<String, At>,
}

/// At which of the measured temperatures something holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum At {
    /// At none of them.
    None,
    /// At all of them.
    All,
    /// Below this one, at least from the lowest on.
    Below(f64),
}

/// The fits of those that were measured at several temperatures.
pub(crate) fn fits(rows: &[Row]) -> Vec<Fit> {
    let mut sweeps: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        match sweeps.last_mut() {
            Some(sweep) if sweep[0].estimator == row.estimator => sweep.push(row),
            _ => sweeps.push(vec![row]),
        }
    }
    let levels: Vec<&Row> = rows.iter().filter(|row| row.temperature.is_none()).collect();
    sweeps.iter().filter(|sweep| sweep.len() > 1).map(|sweep| fit(sweep, &levels)).collect()
}

fn fit(sweep: &[&Row], levels: &[&Row]) -> Fit {
    let tau = |row: &Row| row.temperature.unwrap_or(f64::NAN);
    let low = || sweep.iter().filter(|row| tau(row) <= LOW);
    let of = |rows: Vec<(f64, f64)>| (rows.len() >= FEWEST).then(|| slope(&rows));
    let variances = low().filter(|row| row.variance > 0.0).map(|row| (tau(row), row.variance));
    // What is hardly more than noise does not fall with it.
    let biases = low().filter(|row| row.bias_ci[0] > 0.7 * row.bias_norm).map(|row| (tau(row), row.bias_norm));
    let best = sweep.iter().min_by(|a, b| a.mse.total_cmp(&b.mse)).map_or(f64::NAN, |row| tau(row));
    Fit {
        estimator: sweep[0].estimator.clone(),
        variance_slope: of(variances.collect()),
        bias_slope: of(biases.collect()),
        best_temperature: best,
        larger_error: levels.iter().map(|level| (level.estimator.clone(), crossing(sweep, level.mse))).collect(),
    }
}

/// Of log y against log x, by least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let n = logs.len() as f64;
    let (mean_x, mean_y) = logs.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
    let along: f64 = logs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    along / logs.iter().map(|(x, _)| (x - mean_x) * (x - mean_x)).sum::<f64>()
}

/// The temperature, the lowest, at which the error falls below `level`, between two that were measured along a straight line
/// on logarithmic axes.
fn crossing(sweep: &[&Row], level: f64) -> At {
    if sweep.iter().all(|row| row.mse > level) {
        return At::All;
    }
    let falls = sweep.windows(2).find(|pair| pair[0].mse > level && pair[1].mse <= level);
    let Some(pair) = falls else { return At::None };
    let [(x, y), (x_next, y_next)] =
        [pair[0], pair[1]].map(|row| (row.temperature.unwrap_or(f64::NAN).ln(), row.mse.ln()));
    At::Below((x + (level.ln() - y) / (y_next - y) * (x_next - x)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(estimator: &str, temperature: Option<f64>, variance: f64, bias: f64) -> Row {
        Row {
            estimator: estimator.into(),
            temperature,
            claims_bias: None,
            draws: 10,
            gradient: vec![],
            bias_norm: bias,
            bias_ci: [if bias > 1e-3 { 0.9 * bias } else { 0.0 }, 1.1 * bias],
            deviations: None,
            variance,
            variance_ci: [variance; 2],
            mse: variance + bias * bias,
            mse_ci: [variance; 2],
            cosine: None,
            evaluations: 1.0,
            soft_evaluations: 1.0,
            microseconds: None,
        }
    }

    #[test]
    fn powers_of_the_temperature_are_found() {
        let swept = [0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 2.0].map(|t| row("concrete", Some(t), 0.3 / t, 0.5 * t * t));
        let rows: Vec<Row> = [row("reinforce", None, 2.0, 0.0)].into_iter().chain(swept).collect();
        let [fit] = fits(&rows).try_into().unwrap();
        assert!((fit.variance_slope.unwrap() + 1.0).abs() < 1e-9 && (fit.bias_slope.unwrap() - 2.0).abs() < 1e-9);
        // 0.3 / t = 2 but for the bias.
        assert!(matches!(fit.larger_error["reinforce"], At::Below(at) if (at - 0.15).abs() < 1e-3), "{fit:?}");
        assert_eq!(fit.best_temperature, 0.8);
        assert!(fits(&rows[..2]).is_empty());
    }
}
