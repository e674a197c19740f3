//! The cell of NAS-Bench-201 (Dong and Yang, ICLR 2020): nodes 0 to 3, each edge j → i with j < i one of 5 operations.

mod canonical;
mod size;

pub use canonical::{Rule, canonical, is_connected};
pub use size::{DataSet, Size, size};

use super::{Architecture, Family, Position, TextError};

/// The five operations, in the benchmark's own order.
pub const OPERATIONS: [&str; 5] = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"];

/// The six edges (to, from), in the order in which an arch string names them.
pub const EDGES: [(usize, usize); 6] = [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)];

/// `nas-bench-201`. Text form: the benchmark's arch string, `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`.
///
/// ```
/// use bilevel::space::Space;
/// let space = Space::named("nas-bench-201").unwrap();
/// let text = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|";
/// assert_eq!(space.format(&space.parse(text).unwrap()), text);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NasBench201;

impl NasBench201 {
    pub(super) const NAME: &str = "nas-bench-201";
}

impl Family for NasBench201 {
    fn positions(&self) -> Vec<Position> {
        let choices: Vec<String> = OPERATIONS.iter().map(|operation| (*operation).into()).collect();
        let edge = |(to, from): &(usize, usize)| Position { name: format!("{to}<-{from}"), choices: choices.clone() };
        EDGES.iter().map(edge).collect()
    }

    fn format(&self, _: &[Position], architecture: &Architecture) -> String {
        let mut text = String::with_capacity(128);
        for ((to, from), choice) in EDGES.iter().zip(architecture.choices()) {
            if *from == 0 {
                text.push_str(if *to == 1 { "|" } else { "+|" });
            }
            text.push_str(OPERATIONS[usize::from(*choice)]);
            text.push('~');
            text.push((b'0' + *from as u8) as char);
            text.push('|');
        }
        text
    }

    fn parse(&self, _: &[Position], text: &str) -> Result<Architecture, TextError> {
        let mut choices = Vec::with_capacity(EDGES.len());
        let mut offset = 0;
        for (to, from) in EDGES {
            if from == 0 {
                expect(text, &mut offset, if to == 1 { "|" } else { "+|" })?;
            }
            let rest = &text[offset..];
            let end = rest.find(['~', '|', '+']).unwrap_or(rest.len());
            let Some(choice) = OPERATIONS.iter().position(|operation| *operation == &rest[..end]) else {
                let shown: String = rest[..end].chars().take(40).collect();
                let reason = format!("unknown operation `{shown}`; the five are {}", OPERATIONS.join(", "));
                return Err(TextError::at(text, offset, reason));
            };
            choices.push(choice as u8);
            offset += end;
            expect(text, &mut offset, &format!("~{from}|"))?;
        }
        if offset < text.len() {
            return Err(TextError::at(text, offset, "the cell is complete here, and more follows"));
        }
        Ok(Architecture::new(choices))
    }
}

fn expect(text: &str, offset: &mut usize, wanted: &str) -> Result<(), TextError> {
    if text[*offset..].starts_with(wanted) {
        *offset += wanted.len();
        return Ok(());
    }
    let found: String = text[*offset..].chars().take(12).collect();
    let reason = format!("expected `{wanted}`, found `{found}`; an arch string is |op~0|+|op~0|op~1|+|op~0|op~1|op~2|");
    Err(TextError::at(text, *offset, reason))
}

#[cfg(test)]
mod tests {
    use crate::space::Space;

    #[test]
    fn all_15625_strings_round_trip() {
        let space = Space::named("nas-bench-201").unwrap();
        assert_eq!(space.enumerate().count(), 15_625);
        for h in space.enumerate() {
            assert_eq!(space.parse(&space.format(&h)).unwrap(), h);
        }
    }

    #[test]
    fn malformed_strings_name_the_column() {
        let space = Space::named("nas-bench-201").unwrap();
        for (text, column, reason) in [
            ("|conv~0|", 2, "unknown operation `conv`"),
            ("|none~0||none~0|none~1|+|none~0|none~1|none~2|", 9, "expected `+|`"),
            ("|none~3|+|none~0|none~1|+|none~0|none~1|none~2|", 6, "expected `~0|`"),
            ("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|x", 48, "the cell is complete here"),
            ("", 1, "expected `|`"),
        ] {
            let error = space.parse(text).unwrap_err();
            assert_eq!(error.column, column, "{text}: {error}");
            assert!(error.reason.starts_with(reason), "{text}: {error}");
        }
    }
}
