//! What a bench leaves behind: a page with plots, the document, and what is shown on the terminal.

use std::fmt::Write as _;
use std::path::Path;

use bilevel::gradient::{Gaps, Row, names_temperature};
use serde_json::Value;

use super::fits::{At, Fit};
use super::plots::{self, Plot};
use super::{Measured, Plan};
use crate::directory::write_whole;
use crate::document;
use crate::exit::Error;
use crate::page::{escape, page};

/// Writes `report.html`, its plots as files of their own, and `gradient.json` into `folder`.
pub(crate) fn write(folder: &Path, plan: &Plan, measured: &[Measured], document: &Value) -> Result<(), Error> {
    let along = plots::along_the_search(measured);
    let over: Vec<Vec<Plot>> = measured.iter().map(plots::over_temperature).collect();
    for Plot { file, svg, .. } in along.iter().chain(over.iter().flatten()) {
        write_whole(&folder.join(file), svg.as_bytes())?;
    }
    let page = html(plan, measured, (along.as_ref(), &over), document);
    write_whole(&folder.join("report.html"), page.as_bytes())?;
    let text = serde_json::to_string_pretty(document).expect("string keys and finite numbers") + "\n";
    write_whole(&folder.join("gradient.json"), text.as_bytes())
}

/// The cells of a row: what there is to say of it in few digits.
fn cells(row: &Row) -> [String; 9] {
    let name = match row.temperature {
        Some(temperature) if !names_temperature(&row.estimator) => format!("{} at {temperature}", row.estimator),
        _ => row.estimator.clone(),
    };
    [
        name,
        if row.claims_bias.is_some() { "biased" } else { "unbiased" }.into(),
        format!("{:.3e}", row.bias_norm),
        format!("{:.2e} to {:.2e}", row.bias_ci[0], row.bias_ci[1]),
        match row.deviations {
            Some(deviations) => format!("{deviations:.1}"),
            None if row.claims_bias.is_none() => "too few draws".into(),
            None => "∞".into(),
        },
        format!("{:.3e}", row.variance),
        format!("{:.3e}", row.mse),
        row.cosine.map_or_else(|| "none".into(), |cosine| format!("{cosine:.4}")),
        format!("{} / {:.2}", in_short(row.evaluations), row.microseconds.unwrap_or(f64::NAN)),
    ]
}

const HEAD: [&str; 9] = [
    "estimator",
    "says it is",
    "bias",
    "95 % interval",
    "standard errors",
    "variance",
    "mean squared error",
    "cosine",
    "points / µs",
];

/// A number of points: 4, 1.01.
fn in_short(points: f64) -> String {
    let text = format!("{points:.2}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

/// What a person reads.
pub(crate) fn screen(plan: &Plan, measured: &[Measured], wall_seconds: f64, folder: &Path) -> String {
    let mut text = String::new();
    for Measured { place, expectation, exact, gaps, rows, fits } in measured {
        let norm = norm(exact);
        let when = place.step.map_or_else(String::new, |step| format!("after {step} steps: "));
        let _ = writeln!(text, "{when}E[f] = {expectation:.6}, |exact gradient| = {norm:.4e}, {} entries", exact.len());
        let _ = writeln!(text, "{}", gaps.as_ref().map_or_else(String::new, |gaps| of_gaps(gaps) + "\n"));
        let table: Vec<[String; 9]> = [HEAD.map(str::to_owned)].into_iter().chain(rows.iter().map(cells)).collect();
        let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
        for row in &table {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("   ").trim_end());
        }
        text.push('\n');
        for fit in fits {
            let _ = writeln!(text, "{}", sentence(fit));
        }
        text.push_str(if fits.is_empty() { "" } else { "\n" });
    }
    let _ = write!(
        text,
        "{} draws of each in {wall_seconds:.1} s; bias is the norm of mean less exact gradient, variance the trace of the \
         covariance of one draw\nreport  {}",
        plan.samples,
        document::quoted(&folder.join("report.html"))
    );
    text
}

fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The page; `over` has the plots of each policy.
fn html(plan: &Plan, measured: &[Measured], (along, over): (Option<&Plot>, &[Vec<Plot>]), document: &Value) -> String {
    let title = format!("Gradients on {}, {}", plan.space.spec(), document["objective"]["name"].as_str().unwrap_or(""));
    let mut body = format!(
        "<p>{} draws of each estimator, seed {}; the loss is made of {}. Bias is the norm of the mean of the draws less the exact gradient, with the \
         noise of the mean in it; its interval is for the bias itself and begins at 0 where there may be none.</p>\n",
        plan.samples,
        plan.seed,
        escape(document["search_metric"].as_str().unwrap_or(""))
    );
    if let Some(Plot { svg, .. }) = along {
        let _ = writeln!(body, "<h2>Along the search</h2>\n{svg}");
    }
    for (Measured { place, expectation, exact, gaps, rows, fits }, plots) in measured.iter().zip(over) {
        let when = match (place.step, plan.along.as_deref()) {
            (None, _) => "The policy".to_owned(),
            (Some(step), None | Some("exact")) => format!("After {step} steps along the exact gradient"),
            (Some(step), Some(name)) => format!("After {step} steps along draws of {}", escape(name)),
        };
        let _ = writeln!(
            body,
            "<h2>{when}</h2>\n<p>E[f] = {expectation:.6}; the exact gradient has {} entries and the norm {:.4e}.</p>",
            exact.len(),
            norm(exact)
        );
        if let Some(gaps) = gaps {
            let _ = writeln!(body, "<p>{}</p>", escape(&of_gaps(gaps)));
        }
        for Plot { title, svg, .. } in plots {
            let _ = writeln!(body, "<h3>{title}</h3>\n{svg}");
        }
        body.push_str("<div class=\"scroll\"><table>\n<tr>");
        HEAD.iter().for_each(|head| {
            let _ = write!(body, "<th>{head}</th>");
        });
        body.push_str("</tr>\n");
        for row in rows {
            body.push_str("<tr>");
            cells(row).iter().for_each(|cell| {
                let _ = write!(body, "<td>{}</td>", escape(cell));
            });
            body.push_str("</tr>\n");
        }
        body.push_str("</table></div>\n");
        for fit in fits {
            let _ = writeln!(body, "<p>{}</p>", escape(&sentence(fit)));
        }
        reasons(&mut body, rows);
    }
    let _ = writeln!(
        body,
        "<h2>How it was made</h2>\n<p>bilevel {}; the numbers are in gradient.json.</p>\n<pre>{}</pre>",
        env!("CARGO_PKG_VERSION"),
        escape(&serde_json::to_string_pretty(&document["objective"]).unwrap_or_default())
    );
    page(&title, &body)
}

/// `f(p) = 1.2, relaxation gap 0.1, at most 0.4 by a curvature of 2.1 found; discretised 1.0, discretisation gap -0.2`.
fn of_gaps(gaps: &Gaps) -> String {
    let Gaps { relaxed, relaxation_gap, spread, discretised, discretisation_gap, curvature, .. } = gaps;
    let bound = curvature.as_ref().map_or_else(String::new, |curvature| {
        let radii = curvature.by_radius.iter().map(|at| format!("{:.3e} at {:e}", at.curvature, at.radius));
        format!(
            ", bound {:.4e} by the largest curvature found, {:.4e}; curvature at p by radius: {}",
            curvature.bound,
            curvature.largest,
            radii.collect::<Vec<_>>().join(", ")
        )
    });
    format!(
        "f(p) = {relaxed:.6}, relaxation gap {relaxation_gap:.4e}, spread {spread:.4}; discretised {discretised:.6}, \
         discretisation gap {discretisation_gap:.4e}{bound}"
    )
}

/// `concrete: up to temperature 0.5 the variance goes as the power -0.98 of it; least error at 1.6; larger error than …`.
fn sentence(fit: &Fit) -> String {
    let power = |what: &str, slope: Option<f64>| slope.map(|slope| format!("the {what} goes as the power {slope:.2}"));
    let powers: Vec<String> =
        [power("variance", fit.variance_slope), power("bias", fit.bias_slope)].into_iter().flatten().collect();
    let low =
        if powers.is_empty() { String::new() } else { format!("up to temperature 0.5 {}; ", powers.join(" and ")) };
    let worse: Vec<String> = fit
        .larger_error
        .iter()
        .filter_map(|(name, at)| match at {
            At::None => None,
            At::All => Some(format!("than {name} at all temperatures")),
            At::Below(below) => Some(format!("than {name} below {below:.3}")),
        })
        .collect();
    let worse = if worse.is_empty() { String::new() } else { format!("; larger error {}", worse.join(", ")) };
    format!("{}: {low}least error at {}{worse}", fit.estimator, fit.best_temperature)
}

/// Why those are biased that say so, once each.
fn reasons(body: &mut String, rows: &[Row]) {
    let mut said: Vec<(&str, &str)> = Vec::new();
    for row in rows {
        if let Some(why) = &row.claims_bias
            && !said.iter().any(|(name, _)| *name == row.estimator)
        {
            said.push((&row.estimator, why));
        }
    }
    if !said.is_empty() {
        body.push_str("<ul class=\"soft\">\n");
        for (name, why) in said {
            let _ = writeln!(body, "<li>{}: {}</li>", escape(name), escape(why));
        }
        body.push_str("</ul>\n");
    }
}
