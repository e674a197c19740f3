//! From the positions of a space to the cells that they describe.

use super::{Cell, Cells, Edge};
use crate::space::darts::{CELLS, INPUTS, NODES, OPERATIONS};
use crate::space::operation::Operation;
use crate::space::{Custom, Position, Space, SpaceSpec};

/// The cells of `space`, see [`Cells::of`].
pub(super) fn cells(space: &Space) -> Result<Cells, String> {
    match space.spec() {
        SpaceSpec::Darts(_) => darts(space),
        SpaceSpec::NasBench201(_) | SpaceSpec::DenseCell(_) | SpaceSpec::Custom(_) => {
            let cell = cell(space.positions()).map_err(|reason| {
                format!(
                    "{reason}; networks are built for nas-bench-201, darts, dense-20x7, and for a file whose positions are edges \
                     such as `3<-1` and whose choices are operations by name"
                )
            })?;
            Ok(Cells { space: space.clone(), choices: space.clone(), kinds: vec![cell] })
        }
        SpaceSpec::Sequence(_) | SpaceSpec::Layers(_) | SpaceSpec::Characters(_) => Err(format!(
            "networks are built for the spaces nas-bench-201, darts and dense-20x7, and for a file of edges and operations, and \
             this is {}; choose one of those",
            space.spec()
        )),
    }
}

/// The cell of `darts` as its authors relax it: every node takes all earlier ones, by eight operations.
fn darts(space: &Space) -> Result<Cells, String> {
    let operations: Vec<String> = std::iter::once("none").chain(OPERATIONS).map(str::to_owned).collect();
    let mut positions = Vec::with_capacity(28);
    for name in CELLS {
        for to in INPUTS..INPUTS + NODES {
            positions.extend(
                (0..to).map(|from| Position { name: format!("{name}{to}<-{from}"), choices: operations.clone() }),
            );
        }
    }
    let half = positions.len() / 2;
    let kinds = positions.chunks(half).zip(CELLS).map(|(positions, name)| {
        let bare = |position: &Position| Position { name: position.name.replacen(name, "", 1), ..position.clone() };
        cell(&positions.iter().map(bare).collect::<Vec<_>>())
    });
    let kinds = kinds.collect::<Result<Vec<_>, _>>()?;
    let choices = Space::new(SpaceSpec::Custom(Custom { positions })).map_err(|error| error.to_string())?;
    Ok(Cells { space: space.clone(), choices, kinds })
}

/// The cell whose edges are `positions`.
fn cell(positions: &[Position]) -> Result<Cell, String> {
    let mut edges: Vec<Edge> = Vec::with_capacity(positions.len());
    for position in positions {
        let name = &position.name;
        let (to, from) = ends(name).ok_or_else(|| format!("position `{name}` is no edge"))?;
        if from >= to {
            return Err(format!("edge `{name}` goes to no later node"));
        }
        if edges.last().is_some_and(|before| before.to > to) {
            return Err(format!("edge `{name}` comes after those into node {}; order edges by their node", to + 1));
        }
        let operation = |name: &String| Operation::named(name).ok_or_else(|| no_operation(name));
        let operations = position.choices.iter().map(operation).collect::<Result<Vec<_>, _>>()?;
        edges.push(Edge { to, from, operations });
    }
    let nodes = edges.last().map_or(0, |edge| edge.to + 1);
    let inputs = edges.first().map_or(0, |edge| edge.to);
    if !(1..=2).contains(&inputs) {
        return Err(format!("the first edge goes into node {inputs}, and a cell has one or two inputs before it"));
    }
    // Whichever node no edge enters has nothing to give.
    if let Some(node) = (inputs..nodes).find(|node| edges.iter().all(|edge| edge.to != *node)) {
        return Err(format!("no edge goes into node {node}"));
    }
    Ok(Cell { inputs, nodes, edges })
}

/// The nodes of `to<-from`; numbers below 100, since every node is memory.
fn ends(name: &str) -> Option<(usize, usize)> {
    let (to, from) = name.split_once("<-")?;
    let node = |text: &str| {
        let plain = !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| plain)
    };
    Some((node(to)?, node(from)?))
}

fn no_operation(name: &str) -> String {
    let known: Vec<&str> = Operation::ALL.iter().map(|operation| operation.name()).collect();
    format!("`{}` is no operation; there are {}", name.chars().take(40).collect::<String>(), known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(positions: &[(&str, &[&str])]) -> String {
        let position = |(name, choices): &(&str, &[&str])| Position {
            name: (*name).into(),
            choices: choices.iter().map(|choice| (*choice).into()).collect(),
        };
        let positions = positions.iter().map(position).collect();
        cells(&Space::new(SpaceSpec::Custom(Custom { positions })).unwrap()).unwrap_err()
    }

    #[test]
    fn what_is_no_cell_says_why() {
        let skip: &[&str] = &["skip_connect"];
        for (positions, words) in [
            (&[("kernel", skip)][..], "position `kernel` is no edge"),
            (&[("1<-1", skip)], "edge `1<-1` goes to no later node"),
            (&[("1<-0", skip), ("3<-1", skip), ("2<-1", skip)], "edge `2<-1` comes after those into node 3"),
            (&[("3<-0", skip)], "the first edge goes into node 3, and a cell has one or two inputs"),
            (&[("1<-0", skip), ("3<-1", skip)], "no edge goes into node 2"),
            (
                &[("1<-0", &["skip_connect", "conv_9x9"][..])],
                "`conv_9x9` is no operation; there are none, skip_connect,",
            ),
            (&[("+1<-0", skip)], "position `+1<-0` is no edge"),
            (&[("100<-0", skip)], "position `100<-0` is no edge"),
        ] {
            let text = error(positions);
            assert!(text.starts_with(words), "{text}");
            assert!(text.ends_with("choices are operations by name"), "{text}");
        }
        let text = cells(&Space::named("sequence:6x5").unwrap()).unwrap_err();
        assert!(text.ends_with("and this is sequence:6x5; choose one of those"), "{text}");
    }
}
