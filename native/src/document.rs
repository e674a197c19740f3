//! What `--json` prints: one document, `schema_version` first, errors included.

use std::io::Write;
use std::path::Path;

use bilevel::objective::table::Census;
use bilevel::run::{SCHEMA_VERSION, Summary};
use serde::Serialize;
use serde_json::{Value, json};

use crate::exit::{Error, Exit};
use crate::retrain::Comparison;

/// The document of `search` and `resume`.
#[derive(Debug, Serialize)]
pub(crate) struct Document {
    #[serde(flatten)]
    pub(crate) summary: Summary,
    /// The run directory.
    pub(crate) run: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retrain: Option<Comparison>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Value>,
}

impl Document {
    pub(crate) fn new(summary: Summary, run: &Path, retrain: Option<Comparison>) -> Self {
        Self { summary, run: run.display().to_string(), retrain, error: None }
    }
}

/// The part of a document that says what went wrong.
pub(crate) fn error_value(error: &Error) -> Value {
    json!({"code": error.exit as u8, "kind": error.exit, "message": error.message})
}

/// The document of a command that failed before it had anything else to say.
pub(crate) fn of_error(error: &Error) -> Value {
    json!({"error": error_value(error)})
}

/// A document whose first key is its version.
#[derive(Debug, Serialize)]
struct Versioned<'a> {
    schema_version: u32,
    #[serde(flatten)]
    body: &'a Value,
}

/// Prints a document that has no version yet.
pub(crate) fn print_versioned(body: &Value) -> Result<(), Error> {
    print_json(&Versioned { schema_version: SCHEMA_VERSION, body })
}

/// A path as a shell reads it back.
pub(crate) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// How this program was called, for commands that a person is told to type: through cargo, or by its name.
pub(crate) fn invocation() -> &'static str {
    // Cargo sets it for what it runs.
    if std::env::var_os("CARGO_MANIFEST_DIR").is_some() { "cargo run --release --" } else { "bilevel" }
}

/// Prints `text` on standard output. A reader that went away, as `head` does, is no failure.
pub(crate) fn print(text: &str) -> Result<(), Error> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::new(Exit::Failed, format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Says something beside the result, on standard error.
pub(crate) fn note(text: &str) {
    // A courtesy: a closed pipe is no reason to stop.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// What the rows of a table were, in a line.
pub(crate) fn of_census(census: &Census) -> String {
    let Census { rows, architectures, repeated, incomplete, absent } = census;
    format!(
        "table: {rows} rows for {architectures} architectures; {repeated} rows repeat another, {incomplete} architectures \
         lack a value, {absent} of the space have no row"
    )
}

/// Prints a document.
pub(crate) fn print_json(document: &impl Serialize) -> Result<(), Error> {
    print(&serde_json::to_string_pretty(document).expect("documents have string keys and finite numbers"))
}
