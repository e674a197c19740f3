//! What is made from the table alone: the tables and plots of `docs/supernet-study.md`.

use std::fs;
use std::path::PathBuf;

use bilevel::figure::strip;
use bilevel_bench::interval;

use crate::cell::Benchmark;
use crate::comparison::{Comparison, LAST, beside};
use crate::gradients::{self, Gradients};
use crate::row::{Kept, Row};
use crate::stopping::{RULES, Stopping};
use crate::words::{number, values};

/// All parts of the study.
#[derive(Debug)]
pub(crate) struct Study<'a> {
    pub(crate) comparisons: &'a [Comparison],
    pub(crate) stopping: &'a Stopping,
    pub(crate) gradients: &'a Gradients,
    pub(crate) kept: &'a Kept,
}

/// The name of a table in the page, or of a plot in `docs/plots`, and its text.
pub(crate) type Made = (String, String);

impl Study<'_> {
    /// Every table that there is something for, in Markdown.
    pub(crate) fn tables(&self) -> Result<Vec<Made>, String> {
        let Self { comparisons, stopping, gradients, kept } = self;
        let mut tables = vec![("benchmark".into(), whole()?)];
        for comparison in comparisons.iter() {
            let name = comparison.setting.name;
            tables.push((format!("{name}: found"), comparison.found(kept)));
            tables.push((format!("{name}: ended"), comparison.ended(kept)));
            tables.push((format!("{name}: alarm"), comparison.alarms(kept)));
            tables.push((format!("{name}: agreement"), comparison.agreement(kept)));
        }
        for searcher in stopping.searchers {
            tables.push((format!("stopping: {searcher}"), stopping.by_epoch(kept, searcher)));
        }
        tables.push(("stopping: rules".into(), stopping.by_rule(kept)));
        tables.push(("stopping: signs".into(), stopping.signs(kept)));
        tables.push(("gradients: outcomes".into(), gradients.outcomes(kept)));
        tables.push(("gradients: order".into(), gradients.order(kept)));
        Ok(tables)
    }

    /// Every plot.
    pub(crate) fn plots(&self) -> Vec<Made> {
        let Self { comparisons, stopping, gradients, kept } = self;
        let mut plots = Vec::new();
        for comparison in comparisons.iter() {
            let Comparison { setting, methods } = comparison;
            let of = |searcher: &str, pick: &str| -> Vec<f64> {
                let rows = kept.part(setting.name).filter(|row| row.key.searcher == searcher && row.key.pick == pick);
                rows.filter_map(|row| row.get("test")).collect()
            };
            let mut groups: Vec<(String, Vec<f64>)> =
                methods.iter().map(|method| ((*method).into(), of(method, LAST))).collect();
            // At the cost of a cheap one and of a dear one.
            for method in ["gdas", "darts-v2"] {
                for (name, searcher) in [("random", "random"), ("REINFORCE", "reinforce")] {
                    groups.push((format!("{name}, as {method}"), of(searcher, &beside(method))));
                }
            }
            groups.push(("random cells".into(), values(&comparison.cells(kept), "test")));
            plots.push((format!("supernet-study-{}", setting.name), plot("test accuracy of the child in %", &groups)));
        }
        for searcher in stopping.searchers {
            let tested = |rows: &[&Row]| values(rows, "test");
            let epochs = stopping.epochs(kept, searcher).into_iter();
            let mut groups: Vec<(String, Vec<f64>)> =
                epochs.map(|(epoch, rows)| (format!("epoch {epoch}"), tested(&rows))).collect();
            groups.extend(RULES.iter().map(|rule| {
                (rule.trim_start_matches("early_stopping=").into(), tested(&stopping.rows(kept, searcher, rule)))
            }));
            plots.push((
                format!("supernet-study-stopping-{searcher}"),
                plot("test accuracy of the child in %", &groups),
            ));
        }
        let searchers = gradients.families.iter().flat_map(|family| family.ordered.iter().chain(family.beside));
        let of = |searcher: &&str| {
            let rows = kept.part(gradients::PART).filter(|row| row.key.searcher == **searcher);
            (gradients::short(searcher), rows.filter_map(|row| row.get("test")).collect())
        };
        let groups: Vec<(String, Vec<f64>)> = searchers.map(of).collect();
        plots.push(("supernet-study-gradients".into(), plot("test accuracy of the child in %", &groups)));
        plots
    }

    /// The page with its tables and the plots beside it, each with its path.
    pub(crate) fn files(&self) -> Result<Vec<(PathBuf, String)>, String> {
        let path = docs().join("supernet-study.md");
        let page = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let page = with_tables(&page, &self.tables()?)?;
        let plots = self.plots().into_iter().map(|(name, text)| (docs().join("plots").join(name + ".svg"), text));
        Ok(plots.chain([(path, page)]).collect())
    }

    /// Writes them.
    pub(crate) fn write(&self) -> Result<(), String> {
        let write = |(path, text): (PathBuf, String)| {
            fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
        };
        self.files()?.into_iter().try_for_each(write)
    }
}

/// Where the pages of the repository lie.
pub(crate) fn docs() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"))
}

/// The page with each table behind the line that names it, `<!-- table: NAME -->`, in the place of the lines up to the next empty one.
fn with_tables(page: &str, tables: &[Made]) -> Result<String, String> {
    let mut text = String::new();
    let mut lines = page.lines();
    let mut placed = 0;
    while let Some(line) = lines.next() {
        text += line;
        text.push('\n');
        let Some(name) = line.strip_prefix("<!-- table: ").and_then(|rest| rest.strip_suffix(" -->")) else { continue };
        let known = tables.iter().find(|(known, _)| known == name);
        let (_, table) = known.ok_or_else(|| format!("the page names a table `{name}`, which nobody makes"))?;
        lines.by_ref().find(|line| line.is_empty());
        text += table;
        text.push('\n');
        placed += 1;
    }
    if placed == 0 { Err("the page names no table".into()) } else { Ok(text) }
}

/// A strip of groups by name, each with its interval where it has two values or more.
fn plot(quantity: &str, groups: &[(String, Vec<f64>)]) -> String {
    let ends = |values: &[f64]| (values.len() > 1).then(|| interval(values)).map(|[_, low, high]| [low, high]);
    let rows = groups.iter().map(|(name, values)| strip::Row { name, values, interval: ends(values) });
    strip::svg(quantity, &rows.collect::<Vec<_>>())
}

/// What the table of NAS-Bench-201 says as a whole.
fn whole() -> Result<String, String> {
    let whole = Benchmark::new()?.whole()?;
    let rows =
        [("best", whole.best), ("median", whole.median), ("mean", whole.mean), ("nothing but skips", whole.all_skips)];
    let mut text = "| cell | validation accuracy on CIFAR-10 after 200 epochs, % |\n|---|---|\n".to_owned();
    for (name, value) in rows {
        text += &format!("| {name} | {} |\n", number(Some(value), 2));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_stand_behind_their_names() {
        let tables = [("a".into(), "| new |\n".into())];
        let page = "# Title\n<!-- table: a -->\n| old |\n| lines |\n\nMore.\n";
        let made = with_tables(page, &tables).unwrap();
        assert_eq!(made, "# Title\n<!-- table: a -->\n| new |\n\nMore.\n");
        assert_eq!(with_tables(&made, &tables).unwrap(), made);
        assert!(with_tables("<!-- table: b -->\n\n", &tables).is_err());
        assert!(with_tables("nothing\n", &tables).is_err());
    }
}
