//! How the operations of cells are drawn and called, the same in every figure.

use super::theme::themed;
use crate::space::{Space, SpaceSpec};

/// How one operation of a cell is drawn and called.
#[derive(Debug)]
pub(super) struct Operation {
    /// The label on an edge.
    pub(super) label: &'static str,
    /// The label where there is little room.
    pub(super) short: &'static str,
    /// Colour on light paper.
    pub(super) light: &'static str,
    /// Colour on dark paper.
    pub(super) dark: &'static str,
    /// Stroke width.
    pub(super) width: &'static str,
    /// Dash pattern, CSS.
    pub(super) dash: &'static str,
    /// The same for Graphviz.
    pub(super) dot: &'static str,
    /// Box-drawing characters: horizontal, vertical, and the corners ╭ ╮ ╰ ╯ in their style.
    pub(super) strokes: [char; 6],
}

/// The operations of NAS-Bench-201, in the order of its choices.
pub(super) const NAS_BENCH_201: [Operation; 5] = [
    Operation {
        label: "none",
        short: "none",
        light: "#8A8F98",
        dark: "#7C828B",
        width: "1.5",
        dash: "5 5",
        dot: "dashed",
        strokes: ['╌', '┊', '╭', '╮', '╰', '╯'],
    },
    Operation {
        label: "skip",
        short: "skip",
        light: "#0072B2",
        dark: "#5BB0E8",
        width: "1.8",
        dash: "none",
        dot: "solid",
        strokes: ['─', '│', '╭', '╮', '╰', '╯'],
    },
    Operation {
        label: "1×1 conv",
        short: "1×1",
        light: "#B87B00",
        dark: "#F0B83F",
        width: "3.2",
        dash: "none",
        dot: "solid",
        strokes: ['━', '┃', '┏', '┓', '┗', '┛'],
    },
    Operation {
        label: "3×3 conv",
        short: "3×3",
        light: "#C24A00",
        dark: "#FF8A4C",
        width: "5.2",
        dash: "none",
        dot: "solid",
        strokes: ['═', '║', '╔', '╗', '╚', '╝'],
    },
    Operation {
        label: "avg pool",
        short: "pool",
        light: "#007A5A",
        dark: "#3CC9A0",
        width: "3.6",
        dash: "0.1 6.5",
        dot: "dotted",
        strokes: ['┈', '┊', '╭', '╮', '╰', '╯'],
    },
];

/// The operations of DARTS, in the order of its choices: pools dotted or green, dilated convolutions dashed, 5 × 5 heavier.
pub(super) const DARTS: [Operation; 7] = [
    Operation {
        label: "max 3×3",
        short: "max 3×3",
        light: "#007A5A",
        dark: "#3CC9A0",
        width: "2.4",
        dash: "none",
        dot: "solid",
        strokes: ['┈', '┊', '╭', '╮', '╰', '╯'],
    },
    Operation {
        label: "avg 3×3",
        short: "avg 3×3",
        light: "#5A7A00",
        dark: "#B4D455",
        width: "2.4",
        dash: "0.1 4.5",
        dot: "dotted",
        strokes: ['┈', '┊', '╭', '╮', '╰', '╯'],
    },
    Operation {
        label: "skip",
        short: "skip",
        light: "#0072B2",
        dark: "#5BB0E8",
        width: "1.6",
        dash: "none",
        dot: "solid",
        strokes: ['─', '│', '╭', '╮', '╰', '╯'],
    },
    Operation {
        label: "sep 3×3",
        short: "sep 3×3",
        light: "#C24A00",
        dark: "#FF8A4C",
        width: "2.4",
        dash: "none",
        dot: "solid",
        strokes: ['━', '┃', '┏', '┓', '┗', '┛'],
    },
    Operation {
        label: "sep 5×5",
        short: "sep 5×5",
        light: "#A3243B",
        dark: "#FF7D8E",
        width: "3.6",
        dash: "none",
        dot: "solid",
        strokes: ['═', '║', '╔', '╗', '╚', '╝'],
    },
    Operation {
        label: "dil 3×3",
        short: "dil 3×3",
        light: "#B87B00",
        dark: "#F0B83F",
        width: "2.4",
        dash: "7 4",
        dot: "dashed",
        strokes: ['╌', '┊', '╭', '╮', '╰', '╯'],
    },
    Operation {
        label: "dil 5×5",
        short: "dil 5×5",
        light: "#7A4AA0",
        dark: "#C6A0EA",
        width: "3.6",
        dash: "7 4",
        dot: "dashed",
        strokes: ['╌', '┊', '╭', '╮', '╰', '╯'],
    },
];

/// The operations of the cells of `space`; none where its choices are no operations that we know.
pub(super) fn of(space: &Space) -> &'static [Operation] {
    match space.spec() {
        SpaceSpec::NasBench201(_) => &NAS_BENCH_201,
        SpaceSpec::Darts(_) | SpaceSpec::DenseCell(_) => &DARTS,
        SpaceSpec::Sequence(_) | SpaceSpec::Custom(_) | SpaceSpec::Layers(_) | SpaceSpec::Characters(_) => &[],
    }
}

/// The operation that is choice `choice` of `position`, if it is one.
pub(super) fn at(space: &Space, position: usize, choice: usize) -> Option<&'static Operation> {
    let is_operation = match space.spec() {
        // Of the three positions of a node the first is its inputs.
        SpaceSpec::Darts(_) => !position.is_multiple_of(3),
        _ => true,
    };
    if is_operation { of(space).get(choice) } else { None }
}

/// The CSS for edges (`bl-edge0`…) and their heads (`bl-head0`…), one of each for an operation.
pub(super) fn style(operations: &[Operation]) -> String {
    let mut rules = Vec::new();
    let mut shapes = String::new();
    for (k, operation) in operations.iter().enumerate() {
        let (light, dark) = (operation.light.to_string(), operation.dark.to_string());
        rules.push((format!(".bl-edge{k}"), "stroke", light.clone(), dark.clone()));
        rules.push((format!(".bl-head{k}"), "fill", light, dark));
        let (width, dash) = (operation.width, operation.dash);
        shapes +=
            &format!(".bl-edge{k}{{fill:none;stroke-linecap:round;stroke-width:{width};stroke-dasharray:{dash}}}");
    }
    if rules.is_empty() { shapes } else { themed(&rules) + &shapes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_those_of_the_choices() {
        for name in ["nas-bench-201", "darts", "dense-20x7"] {
            let space = Space::named(name).unwrap();
            for (l, position) in space.positions().iter().enumerate() {
                for (k, choice) in position.choices.iter().enumerate() {
                    let operation = at(&space, l, k);
                    assert_eq!(operation.is_none(), choice.contains('+'), "{} {choice}", position.name);
                    let Some(operation) = operation else { continue };
                    // `sep_conv_3x3` is "sep 3×3": whatever words a label has, the choice has too.
                    for word in operation.label.replace('×', "x").split(' ') {
                        assert!(choice.contains(word), "{} is called {}", choice, operation.label);
                    }
                }
            }
        }
    }
}
