//! How a user names a table: the one that is built in, or the columns of one of their own.

use serde::{Deserialize, Serialize};

use crate::objective::{Direction, Metric};

/// Which results are looked up. Without `arch_column` and `arch_columns` those of NAS-Bench-201, which are built in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Metrics that are reported of a trial beside the one that the search looks at.
    #[serde(alias = "report_metric", skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_several")]
    pub report_metrics: Vec<String>,
    /// Whether the results that are built in have the metric that the search looks at, those of `report_metrics` and nothing
    /// else, so that a page need not load the rest; an answer then costs nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub searched_only: bool,
    /// The column with the text of the architecture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arch_column: Option<String>,
    /// The columns with the choice at each position, in the order of the positions.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_several")]
    pub arch_columns: Vec<String>,
    /// The column with what an answer costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_column: Option<String>,
    /// What a number of that column is multiplied with to give seconds; finite and > 0.
    #[serde(skip_serializing_if = "is_one")]
    pub cost_scale: f64,
    /// Whether smaller values are better.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub minimise: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            report_metrics: Vec::new(),
            searched_only: false,
            arch_column: None,
            arch_columns: Vec::new(),
            cost_column: None,
            cost_scale: 1.0,
            minimise: false,
        }
    }
}

fn is_one(scale: &f64) -> bool {
    *scale == 1.0
}

/// A name, or a list of names.
fn one_or_several<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Names {
        One(String),
        Several(Vec<String>),
    }
    Ok(match Names::deserialize(deserializer)? {
        Names::One(name) => vec![name],
        Names::Several(names) => names,
    })
}

impl Options {
    /// Whether it is a table of the user's own and not the one that is built in.
    pub fn is_own(&self) -> bool {
        self.arch_column.is_some() || !self.arch_columns.is_empty()
    }

    /// The built-in table with these metrics beside the one that the search looks at.
    pub fn reporting(report: &[String]) -> Self {
        Self { report_metrics: report.to_vec(), ..Self::default() }
    }

    /// Whether an answer has a cost in seconds.
    pub fn has_costs(&self) -> bool {
        if self.is_own() { self.cost_column.is_some() } else { !self.searched_only }
    }

    /// The metrics of a table of one's own: the one that the search looks at, `search`, then those that are reported.
    pub fn metrics(&self, search: &str) -> Vec<Metric> {
        let direction = if self.minimise { Direction::Minimise } else { Direction::Maximise };
        let mut names = vec![search];
        for name in &self.report_metrics {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names.into_iter().map(|name| Metric::new(name, "", direction)).collect()
    }

    /// Checks what does not depend on a file.
    ///
    /// # Errors
    /// Which option is out of range, or contradicts another.
    pub fn check(&self, search: Option<&str>) -> Result<(), String> {
        let Self { report_metrics: _, searched_only, arch_column, arch_columns, cost_column, cost_scale, minimise } =
            self;
        if arch_column.is_some() && !arch_columns.is_empty() {
            return Err("arch_column is one column with whole architectures and arch_columns one column a position; \
                        name one of the two"
                .into());
        }
        if !(cost_scale.is_finite() && *cost_scale > 0.0) {
            return Err(format!("cost_scale must be finite and > 0, got {cost_scale}"));
        }
        if !self.is_own() && (cost_column.is_some() || *minimise || *cost_scale != 1.0) {
            return Err("cost_column, cost_scale and minimise belong to a table of your own, which also has an \
                        arch_column; the built-in table knows its costs and directions"
                .into());
        }
        if self.is_own() && *searched_only {
            return Err(
                "searched_only belongs to the built-in table; one of your own has the columns that you name".into()
            );
        }
        if self.is_own() && search.is_none() {
            return Err(
                "a table of your own needs the name of the column that the search looks at (search_metric)".into()
            );
        }
        if *cost_scale != 1.0 && cost_column.is_none() {
            return Err("cost_scale is for a cost_column, and none is named".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_table_has_no_options_to_write() {
        assert_eq!(serde_json::to_string(&Options::default()).unwrap(), "{}");
        assert!(!Options::default().is_own());
        assert!(Options::default().has_costs());
    }

    #[test]
    fn a_table_of_ones_own_has_the_metrics_that_were_named() {
        let text = r#"{"arch_column": "code", "report_metric": "test", "minimise": true}"#;
        let options: Options = serde_json::from_str(text).unwrap();
        let names: Vec<String> = options.metrics("error").into_iter().map(|metric| metric.name).collect();
        assert_eq!(names, ["error", "test"]);
        assert!(options.metrics("test").iter().all(|metric| metric.direction == Direction::Minimise));
        assert_eq!(options.metrics("test").len(), 1);
        assert!(!options.has_costs());
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        for (text, search, start) in [
            (r#"{"arch_column": "a", "arch_columns": ["b"]}"#, Some("v"), "arch_column is one column with whole"),
            (r#"{"arch_column": "a", "cost_column": "c", "cost_scale": 0}"#, Some("v"), "cost_scale must be finite"),
            (r#"{"arch_column": "a", "cost_scale": 2}"#, Some("v"), "cost_scale is for a cost_column"),
            (r#"{"minimise": true}"#, Some("v"), "cost_column, cost_scale and minimise belong to a table"),
            (
                r#"{"arch_column": "a", "searched_only": true}"#,
                Some("v"),
                "searched_only belongs to the built-in table",
            ),
            (r#"{"arch_column": "a"}"#, None, "a table of your own needs the name of the column"),
        ] {
            let error = serde_json::from_str::<Options>(text).unwrap().check(search).unwrap_err();
            assert!(error.starts_with(start), "{error}");
        }
    }
}
