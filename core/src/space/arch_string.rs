//! Arch strings: the text form of cells whose every node takes all earlier ones, an operation on each edge.
//!
//! An edge is `op~from`, a node `|op~from|op~from|`, and `+` joins the nodes. Source: Dong and Yang, ICLR 2020
//! (NAS-Bench-201), whose one input and three nodes give `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`.

use std::fmt::Write as _;

use super::{Architecture, Position, TextError};

/// A cell by its edges (to, from), ordered by `to` and then by `from`, and by the operations that each may carry.
pub(super) struct ArchString {
    pub(super) edges: &'static [(usize, usize)],
    pub(super) operations: &'static [&'static str],
}

impl ArchString {
    /// A position for each edge, named `to<-from`.
    pub(super) fn positions(&self) -> Vec<Position> {
        let choices: Vec<String> = self.operations.iter().map(|operation| (*operation).into()).collect();
        let position =
            |(to, from): &(usize, usize)| Position { name: format!("{to}<-{from}"), choices: choices.clone() };
        self.edges.iter().map(position).collect()
    }

    pub(super) fn format(&self, architecture: &Architecture) -> String {
        let chosen = architecture.choices().iter().map(|choice| self.operations[usize::from(*choice)]);
        self.text(chosen)
    }

    /// The text with the given operations, one an edge.
    fn text(&self, operations: impl Iterator<Item = &'static str>) -> String {
        let mut text = String::new();
        for (edge, operation) in operations.take(self.edges.len()).enumerate() {
            text += self.opening(edge);
            let _ = write!(text, "{operation}~{}|", self.edges[edge].1);
        }
        text
    }

    /// What stands before an edge: the first of a node opens it.
    fn opening(&self, edge: usize) -> &'static str {
        match edge.checked_sub(1).map(|before| self.edges[before].0) {
            None => "|",
            Some(node) if node != self.edges[edge].0 => "+|",
            Some(_) => "",
        }
    }

    pub(super) fn parse(&self, text: &str) -> Result<Architecture, TextError> {
        let mut choices = Vec::with_capacity(self.edges.len());
        let mut offset = 0;
        for (edge, (_, from)) in self.edges.iter().enumerate() {
            self.expect(text, &mut offset, self.opening(edge))?;
            let rest = &text[offset..];
            let end = rest.find(['~', '|', '+']).unwrap_or(rest.len());
            let Some(choice) = self.operations.iter().position(|operation| *operation == &rest[..end]) else {
                let shown: String = rest[..end].chars().take(40).collect();
                let what =
                    if end == 0 { "expected an operation".into() } else { format!("unknown operation `{shown}`") };
                let reason = format!("{what}; there are {}", self.operations.join(", "));
                return Err(TextError::at(text, offset, reason));
            };
            choices.push(choice as u8);
            offset += end;
            self.expect(text, &mut offset, &format!("~{from}|"))?;
        }
        if offset < text.len() {
            return Err(TextError::at(text, offset, "the cell is complete here, and more follows"));
        }
        Ok(Architecture::new(choices))
    }

    fn expect(&self, text: &str, offset: &mut usize, wanted: &str) -> Result<(), TextError> {
        if text[*offset..].starts_with(wanted) {
            *offset += wanted.len();
            return Ok(());
        }
        let found: String = text[*offset..].chars().take(12).collect();
        let whole = self.text(std::iter::repeat("op"));
        let reason = format!("expected `{wanted}`, found `{found}`; an arch string here is {whole}");
        Err(TextError::at(text, *offset, reason))
    }
}
