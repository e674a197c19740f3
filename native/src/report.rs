//! `report.html` of a run: one file with everything in it.

use std::fmt::Write as _;

use bilevel::figure;
use bilevel::figure::interval::{Group, Interval};
use bilevel::run::Best;

use crate::derived::Files;
use crate::exit::Error;
use crate::page::{self, escape};
use crate::screen::{epochs_words, trials_words, with_unit};

/// Rows of the table of a Pareto front; the document has all of it.
const MOST_OF_FRONT: usize = 200;

/// Writes the report of a run.
pub(crate) fn write(files: &Files<'_>) -> Result<(), Error> {
    files.directory.write("report.html", html(files).as_bytes())
}

fn html(files: &Files<'_>) -> String {
    let Files { spec, session, summary, comparison, .. } = files;
    let run = &session.run;
    let title = format!("{} on {} by {}", spec.space, spec.objective.name(), spec.searcher.name());
    let mut page = String::new();
    let metric = run.metric();
    let failed = match summary.failed {
        0 => String::new(),
        failed => format!(", {failed} of them failed"),
    };
    let _ = writeln!(
        page,
        "<p>{}{failed}, seed {}. The search looked at {}.</p>",
        trials_words(summary.trials, session.history.epochs.len()),
        spec.seed,
        escape(&metric.name)
    );
    if let Some(comparison) = comparison {
        let _ = writeln!(
            page,
            "<h2>The winner against random architectures</h2>\n<p>{}.</p>\n<p>Mean test accuracy {:.2} % from {} seeds, \
             against {:.2} % of {} random architectures; {} each, {} test images that nothing had touched before.</p>",
            escape(&comparison.verdict()),
            comparison.winner.mean,
            comparison.winner.test_accuracy.len(),
            comparison.random.mean,
            comparison.random.test_accuracy.len(),
            epochs_words(comparison.epochs),
            comparison.test_images
        );
        page.push_str(&figure::interval::svg(
            "test accuracy in %",
            [
                Group { name: "winner", values: &comparison.winner.test_accuracy },
                Group { name: "random", values: &comparison.random.test_accuracy },
            ],
            Interval {
                mean: comparison.difference.mean,
                low: comparison.difference.low,
                high: comparison.difference.high,
            },
        ));
    }
    if session.history.epochs.is_empty() {
        let _ = writeln!(page, "<h2>The search</h2>\n{}", figure::curve::svg(metric, &session.history.points));
    } else {
        let _ = writeln!(
            page,
            "<h2>The supernet, epoch by epoch</h2>\n{}",
            figure::instruments::svg(&session.history.epochs, &figure::instruments::View::default())
        );
    }
    for notice in &summary.notices {
        let _ = writeln!(page, "<p><strong>{}.</strong></p>", escape(notice));
    }
    if let Some(best) = &summary.best {
        let architecture = run.space().parse(&best.architecture).expect("the run asked for this very text");
        let _ = writeln!(
            page,
            "<h2>The best, trial {}</h2>\n<p><code>{}</code></p>\n{}\n<div class=\"scroll\"><table>",
            best.id,
            escape(&best.architecture),
            figure::cell::svg(run.space(), &architecture)
        );
        if let Some(epochs) = best.epochs {
            let _ = writeln!(page, "<tr><th>epochs</th><td>{epochs}</td></tr>");
        }
        for metric in run.metrics() {
            let value = with_unit(best.values[&metric.name], &metric.unit);
            let _ = writeln!(page, "<tr><th>{}</th><td>{}</td></tr>", escape(&metric.name), escape(&value));
        }
        page.push_str("</table></div>\n");
    }
    if let Some(([first, second, ..], trials)) = run.front() {
        let values = |best: &Best| [best.values[&first.name], best.values[&second.name]];
        let front: Vec<_> = trials.iter().map(values).collect();
        let _ = writeln!(
            page,
            "<h2>The Pareto front, {} trials</h2>\n{}\n<div class=\"scroll\"><table>\n<tr><th>trial</th><th>{}</th>\
             <th>{}</th><th>architecture</th></tr>",
            trials.len(),
            figure::front::svg([first, second], &session.history.pairs, &front),
            escape(&first.name),
            escape(&second.name)
        );
        for (trial, [a, b]) in trials.iter().zip(&front).take(MOST_OF_FRONT) {
            let (a, b) = (with_unit(*a, &first.unit), with_unit(*b, &second.unit));
            let _ = writeln!(
                page,
                "<tr><td>{}</td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
                trial.id,
                escape(&a),
                escape(&b),
                escape(&trial.architecture)
            );
        }
        page.push_str("</table></div>\n");
    }
    if let Some(policy) = run.policy() {
        let _ = writeln!(
            page,
            "<h2>The policy at the end</h2>\n{}\n<h2>The policy over time</h2>\n{}",
            figure::policy::svg(policy.space(), &policy.marginals()),
            figure::policy::over_time(policy.space(), &session.history.snapshots)
        );
    }
    table(&mut page, files);
    let _ = writeln!(
        page,
        "<h2>How it was made</h2>\n<p>bilevel {}, digest <code>{}</code>, ended by: {}.</p>\n<pre>{}</pre>",
        env!("CARGO_PKG_VERSION"),
        summary.digest,
        summary.stop_reason,
        escape(&spec.to_json())
    );
    page::page(&title, &page)
}

/// The best trials, best first: those of the most epochs before others.
fn table(page: &mut String, files: &Files<'_>) {
    let (metric, best) = (files.session.run.metric(), &files.session.history.best);
    let has_epochs = best.iter().any(|good| good.epochs.is_some());
    let _ = writeln!(
        page,
        "<h2>The best {} trials</h2>\n<p class=\"soft\">All of them are in trials.csv.</p>\n<div class=\"scroll\"><table>\
         <tr><th>trial</th>{}<th>{}</th><th>architecture</th></tr>",
        best.len(),
        if has_epochs { "<th>epochs</th>" } else { "" },
        escape(&metric.name)
    );
    for good in best {
        let value = with_unit(good.value, &metric.unit);
        let epochs = good.epochs.map_or_else(String::new, |epochs| format!("<td>{epochs}</td>"));
        let _ = writeln!(
            page,
            "<tr><td>{}</td>{epochs}<td>{}</td><td>{}</td></tr>",
            good.id,
            escape(&value),
            escape(&good.architecture)
        );
    }
    page.push_str("</table></div>\n");
}
