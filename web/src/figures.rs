//! The figures of the core as SVG text. Spaces, metrics and what is drawn are JSON text.

use bilevel::figure::{cell, curve, distribution, front, instruments, policy, race, simplex, temperature, training};
use bilevel::objective::{Instruments, Metric};
use bilevel::space::{Space, SpaceSpec};
use wasm_bindgen::prelude::*;

use crate::document;

fn space_of(space: &str) -> Result<Space, JsError> {
    Ok(Space::new(document::read::<SpaceSpec>("space", space)?)?)
}

/// The marginals of a policy, `[L][K_l]` one position after the other, by position.
fn rows(space: &Space, marginals: &[f64]) -> Result<Vec<Vec<f64>>, JsError> {
    let all = space.choices_in_all();
    if marginals.len() != all {
        let message = format!("a policy over this space has {all} probabilities, got {}", marginals.len());
        return Err(JsError::new(&message));
    }
    if let Some(wrong) = marginals.iter().find(|probability| !(0.0..=1.0).contains(*probability)) {
        return Err(JsError::new(&format!("a probability is in 0..=1, got {wrong}")));
    }
    let row = |l: usize| marginals[space.offset(l)..][..space.choices(l)].to_vec();
    Ok((0..space.length()).map(row).collect())
}

/// An architecture as the graph that it is.
///
/// # Errors
/// An `Error` if there is no such space, or the text is none of its architectures.
#[wasm_bindgen(js_name = cellFigure)]
pub fn cell_figure(space: &str, architecture: &str) -> Result<String, JsError> {
    let space = space_of(space)?;
    Ok(cell::svg(&space, &space.parse(architecture)?))
}

/// A policy as a heat map: a row a position, a column a choice.
///
/// # Errors
/// An `Error` if there is no such space, or the probabilities are not those of a policy over it.
#[wasm_bindgen(js_name = policyFigure)]
pub fn policy_figure(space: &str, marginals: &[f64]) -> Result<String, JsError> {
    let space = space_of(space)?;
    Ok(policy::svg(&space, &rows(&space, marginals)?))
}

/// A policy from near: a panel a position, a bar a choice; `width` says how wide it is, in pixels.
///
/// # Errors
/// As [`policy_figure`].
#[wasm_bindgen(js_name = policyBarsFigure)]
pub fn policy_bars_figure(space: &str, marginals: &[f64], width: Option<f64>) -> Result<String, JsError> {
    let space = space_of(space)?;
    Ok(policy::bars(&space, &rows(&space, marginals)?, width.unwrap_or(f64::NAN)))
}

/// How a policy changed: a panel a position, a line a choice. `marginals` has the snapshots one after the other, the one
/// after `told[i]` trials at i; `told` ascends.
///
/// # Errors
/// As [`policy_figure`], or if `told` does not ascend.
#[wasm_bindgen(js_name = policyOverTimeFigure)]
pub fn policy_over_time_figure(space: &str, told: &[f64], marginals: &[f64]) -> Result<String, JsError> {
    let space = space_of(space)?;
    let all = space.choices_in_all();
    if told.is_empty() || marginals.len() != told.len() * all {
        let (snapshots, numbers) = (told.len(), marginals.len());
        let message =
            format!("each snapshot has {all} probabilities, and there are {numbers} in {snapshots} snapshots");
        return Err(JsError::new(&message));
    }
    if !told.is_sorted_by(|a, b| a < b) || told[0] < 0.0 {
        return Err(JsError::new("snapshots stand in the order of the trials told before them"));
    }
    let snapshots = told.iter().zip(marginals.chunks(all));
    let snapshots = snapshots.map(|(told, marginals)| Ok((*told as u64, rows(&space, marginals)?)));
    Ok(policy::over_time(&space, &snapshots.collect::<Result<Vec<_>, JsError>>()?))
}

/// A search: every trial a dot, the best so far a line.
///
/// # Errors
/// An `Error` if the metric or a point cannot be read.
#[wasm_bindgen(js_name = curveFigure)]
pub fn curve_figure(metric: &str, points: &str) -> Result<String, JsError> {
    let metric: Metric = document::read("metric", metric)?;
    Ok(curve::svg(&metric, &document::read::<Vec<curve::Point>>("points", points)?))
}

/// Searchers side by side: the mean of the best so far with a band around it. `band` says what the band is, `until`
/// up to how many trials they are drawn, on the axes of the whole, and `width` how wide, in pixels.
///
/// # Errors
/// An `Error` if the metric or a series cannot be read.
#[wasm_bindgen(js_name = raceFigure)]
pub fn race_figure(
    metric: &str,
    series: &str,
    band: &str,
    until: Option<f64>,
    width: Option<f64>,
) -> Result<String, JsError> {
    let whole = race::View::default();
    let view = race::View { until: until.unwrap_or(whole.until), width: width.unwrap_or(whole.width) };
    let metric: Metric = document::read("metric", metric)?;
    Ok(race::svg(&metric, &document::read::<Vec<race::Series>>("series", series)?, band, view))
}

/// Trials by two metrics, the first upwards and the second across, with the Pareto front as a line.
///
/// # Errors
/// An `Error` if a metric or a pair of values cannot be read.
#[wasm_bindgen(js_name = frontFigure)]
pub fn front_figure(upward: &str, across: &str, trials: &str, on_front: &str) -> Result<String, JsError> {
    let (upward, across): (Metric, Metric) = (document::read("metric", upward)?, document::read("metric", across)?);
    let trials: Vec<front::Pair> = document::read("trials", trials)?;
    let on_front: Vec<front::Pair> = document::read("front", on_front)?;
    Ok(front::svg([&upward, &across], &trials, &on_front))
}

/// One training: the loss of its steps, and how well it did after its epochs. `chance` is the accuracy of guessing, in %, and
/// `width` how wide it is, in pixels.
///
/// # Errors
/// An `Error` if the course cannot be read.
#[wasm_bindgen(js_name = trainingFigure)]
pub fn training_figure(course: &str, chance: f64, width: Option<f64>) -> Result<String, JsError> {
    Ok(training::svg(&document::read("course", course)?, chance, width.unwrap_or(f64::NAN)))
}

/// What was measured of a supernet, epoch by epoch, looked at as `view` says.
///
/// # Errors
/// An `Error` if an epoch or the view cannot be read.
#[wasm_bindgen(js_name = instrumentsFigure)]
pub fn instruments_figure(epochs: &str, view: &str) -> Result<String, JsError> {
    let epochs: Vec<Instruments> = document::read("epochs", epochs)?;
    Ok(instruments::svg(&epochs, &document::read("view", view)?))
}

/// A quantity of several estimators over the temperature, looked at as `view` says.
///
/// # Errors
/// An `Error` if a curve or the view cannot be read.
#[wasm_bindgen(js_name = temperatureFigure)]
pub fn temperature_figure(quantity: &str, curves: &str, view: &str) -> Result<String, JsError> {
    let curves: Vec<temperature::Curve> = document::read("curves", curves)?;
    Ok(temperature::svg(quantity, &curves, &document::read("view", view)?))
}

/// How the draws of one number are spread; `width` says how wide it is, in pixels.
///
/// # Errors
/// An `Error` if what is known of the number cannot be read.
#[wasm_bindgen(js_name = distributionFigure)]
pub fn distribution_figure(values: &[f64], known: &str, width: Option<f64>) -> Result<String, JsError> {
    Ok(distribution::svg(values, &document::read("known", known)?, width.unwrap_or(f64::NAN)))
}

/// The simplex of one position, what was drawn there, and where gradients lead; `width` says how wide it is, in pixels.
///
/// # Errors
/// An `Error` if it cannot be read.
#[wasm_bindgen(js_name = simplexFigure)]
pub fn simplex_figure(simplex: &str, width: Option<f64>) -> Result<String, JsError> {
    Ok(simplex::svg(&document::read("simplex", simplex)?, width.unwrap_or(f64::NAN)))
}
