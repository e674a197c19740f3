//! What a comparison leaves behind: a page with curves and tests, the document, and the curves as a table.

use std::fmt::Write as _;
use std::path::Path;

use bilevel::figure::race::{self, Series, Step};
use serde_json::Value;

use super::pairs::Pair;
use super::row::{Row, Spread, quantile};
use super::{OneRun, Plan};
use crate::directory::write_whole;
use crate::exit::{Error, Exit};
use crate::page::{escape, page};
use crate::screen::with_unit;
use crate::statistics::moments;

/// The most points of a curve.
const MOST_POINTS: u64 = 200;

/// Writes `report.html`, `comparison.json`, `curves.svg` and `curves.csv` into `folder`.
pub(crate) fn write(
    folder: &Path,
    plan: &Plan,
    runs: &[Vec<OneRun>],
    rows: &[Row],
    pairs: &[Pair],
    document: &Value,
) -> Result<(), Error> {
    let series: Vec<Series> = plan.searchers.iter().zip(runs).map(|((text, _), runs)| curve(text, runs)).collect();
    let picture =
        race::svg(plan.metric(), &series, &format!("quartiles of {} runs", plan.seeds), race::View::default());
    let html = html(plan, rows, pairs, &picture);
    write_whole(&folder.join("curves.svg"), picture.as_bytes())?;
    write_whole(&folder.join("report.html"), html.as_bytes())?;
    let text = serde_json::to_string_pretty(document).expect("string keys and finite numbers") + "\n";
    write_whole(&folder.join("comparison.json"), text.as_bytes())?;
    write_whole(&folder.join("curves.csv"), &csv(&series)?)
}

/// The mean of the best so far and its quartiles, over the runs in which a trial has succeeded by then. A run that has
/// ended keeps its best.
fn curve(name: &str, runs: &[OneRun]) -> Series {
    let last = runs.iter().map(|run| run.trials).max().unwrap_or(0);
    // Up to the limit every trial, beyond it as many places at equal distances on the axis, the first and the last among
    // them.
    let count = last.min(MOST_POINTS);
    let share = |k: u64| k as f64 / (count - 1) as f64;
    let place = |k: u64| match (count, race::is_logarithmic(last as f64)) {
        (0 | 1, _) => last,
        (_, true) => (last as f64).powf(share(k)).round() as u64,
        (_, false) => 1 + (last - 1) * k / (count - 1),
    };
    let step = |trials: u64| {
        let best = |run: &OneRun| {
            let known = run.improvements.partition_point(|(when, _)| *when <= trials);
            run.improvements[..known].last().map(|(_, value)| *value)
        };
        let mut values: Vec<f64> = runs.iter().filter_map(best).collect();
        values.sort_by(f64::total_cmp);
        let (low, high) = (quantile(&values, 0.25)?, quantile(&values, 0.75)?);
        Some(Step { trials: trials as f64, mean: moments(&values).0, low, high })
    };
    let mut places: Vec<u64> = (0..count).map(place).collect();
    places.dedup();
    Series { name: name.into(), points: places.into_iter().filter_map(step).collect() }
}

fn csv(series: &[Series]) -> Result<Vec<u8>, Error> {
    let broken = |error: csv::Error| Error::new(Exit::Failed, format!("cannot write curves.csv: {error}"));
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["searcher", "trials", "mean", "q25", "q75"]).map_err(broken)?;
    for one in series {
        for Step { trials, mean, low, high } in &one.points {
            let numbers = [trials, mean, low, high].map(f64::to_string);
            table.write_record([one.name.clone()].into_iter().chain(numbers)).map_err(broken)?;
        }
    }
    table.into_inner().map_err(|error| Error::new(Exit::Failed, error.to_string()))
}

fn html(plan: &Plan, rows: &[Row], pairs: &[Pair], picture: &str) -> String {
    let metric = plan.metric();
    let title = format!("{} searchers on {}, {}", rows.len(), plan.space.spec(), plan.spec.objective.name());
    let mut body = format!(
        "<p>{} runs of each searcher, seeds {} to {}. The search looked at {}.</p>\n<h2>The best so far</h2>\n{}\n",
        plan.seeds,
        plan.spec.seed,
        plan.spec.seed + plan.seeds as u64 - 1,
        escape(&metric.name),
        picture
    );
    table_of_rows(&mut body, plan, rows);
    table_of_pairs(&mut body, pairs);
    let _ = writeln!(
        body,
        "<h2>How it was made</h2>\n<p>bilevel {}; the numbers are in comparison.json, the curves in curves.csv and in \
         curves.svg.</p>\n<pre>{}</pre>",
        env!("CARGO_PKG_VERSION"),
        escape(&plan.spec.to_json())
    );
    page(&title, &body)
}

fn table_of_rows(body: &mut String, plan: &Plan, rows: &[Row]) {
    body.push_str("<h2>What they found</h2>\n<div class=\"scroll\"><table>\n<tr><th>searcher</th><th>trials</th>");
    if rows.iter().any(|row| row.epochs.is_some()) {
        body.push_str("<th>epochs of all networks</th>");
    }
    for metric in &plan.report {
        let _ = write!(body, "<th>{}</th>", escape(&plan.metrics[*metric].name));
    }
    if plan.target.is_some() {
        body.push_str("<th>reached the target</th><th>distinct architectures until then</th>");
    }
    body.push_str("</tr>\n");
    for row in rows {
        let _ = write!(body, "<tr><td>{}</td><td>{}</td>", escape(&row.searcher), row.trials);
        if let Some(epochs) = row.epochs {
            let _ = write!(body, "<td>{epochs}</td>");
        }
        for metric in &plan.report {
            let metric = &plan.metrics[*metric];
            let shown =
                row.report.get(&metric.name).map_or_else(|| "none".into(), |spread| of_spread(spread, &metric.unit));
            let _ = write!(body, "<td>{}</td>", escape(&shown));
        }
        if let Some(hit_rate) = row.hit_rate {
            let until = row.trials_to_target.flatten();
            let until = until.map_or_else(
                || "none".into(),
                |q| format!("median {}, {} to {}, mean {:.0}", q.median, q.q25, q.q75, q.mean),
            );
            let _ = write!(body, "<td>{:.1} %</td><td>{until}</td>", 100.0 * hit_rate);
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</table></div>\n");
}

/// `93.94 ± 0.39 (92.8 to 94.4) %`.
pub(crate) fn of_spread(spread: &Spread, unit: &str) -> String {
    let Spread { mean, std, min, max } = spread;
    format!("{} ± {} ({} to {})", with_unit(*mean, ""), with_unit(*std, ""), with_unit(*min, ""), with_unit(*max, unit))
}

fn table_of_pairs(body: &mut String, pairs: &[Pair]) {
    if pairs.is_empty() {
        return;
    }
    body.push_str(
        "<h2>Pair by pair</h2>\n<p class=\"soft\">The difference of the means with its 95 % interval and Welch's test, its p \
         multiplied for the number of pairs (Holm); the last column is the probability that a run of the first has a \
         larger value than one of the second.</p>\n<div class=\"scroll\"><table>\n<tr><th>first</th><th>second</th>\
         <th>metric</th><th>difference</th><th>95 % interval</th><th>p</th><th>first is larger</th></tr>\n",
    );
    for Pair { a, b, metric, difference, p, superiority } in pairs {
        let p = if *p < 0.001 { "&lt; 0.001".into() } else { format!("{p:.3}") };
        let _ = writeln!(
            body,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{} to {}</td><td>{p}</td><td>{:.0} %</td></tr>",
            escape(a),
            escape(b),
            escape(metric),
            with_unit(difference.mean, ""),
            with_unit(difference.low, ""),
            with_unit(difference.high, ""),
            100.0 * superiority
        );
    }
    body.push_str("</table></div>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_ended_keeps_its_best() {
        let run = |trials, improvements: &[(u64, f64)]| OneRun {
            trials,
            report: None,
            hit: None,
            improvements: improvements.into(),
            epochs: None,
        };
        let series = curve("x", &[run(2, &[(1, 10.0)]), run(4, &[(2, 20.0), (4, 30.0)])]);
        let means: Vec<(f64, f64)> = series.points.iter().map(|step| (step.trials, step.mean)).collect();
        assert_eq!(means, [(1.0, 10.0), (2.0, 15.0), (3.0, 15.0), (4.0, 20.0)]);
        assert!(curve("x", &[]).points.is_empty());
        let long = curve("x", &[run(100_000, &[(7, 1.0)])]);
        assert!(long.points.len() <= MOST_POINTS as usize);
        assert_eq!(long.points.last().unwrap().trials, 100_000.0);
    }
}
