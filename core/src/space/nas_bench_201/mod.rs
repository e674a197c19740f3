//! The cell of NAS-Bench-201 (Dong and Yang, ICLR 2020): nodes 0 to 3, each edge j → i with j < i one of 5 operations.

mod canonical;
mod size;

pub use canonical::{Rule, canonical, is_connected};
pub use size::{DataSet, Size, size};

use super::arch_string::ArchString;
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

const ARCH_STRING: ArchString = ArchString { edges: &EDGES, operations: &OPERATIONS };

impl Family for NasBench201 {
    fn positions(&self) -> Vec<Position> {
        ARCH_STRING.positions()
    }

    fn format(&self, _: &[Position], architecture: &Architecture) -> String {
        ARCH_STRING.format(architecture)
    }

    fn parse(&self, _: &[Position], text: &str) -> Result<Architecture, TextError> {
        ARCH_STRING.parse(text)
    }
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
