//! `Genotype(…)`: the text form of DARTS, written in one way and read in every layout. It is scanned, never evaluated.

use super::scanner::Scanner;
use super::{CELLS, INPUTS, NODES, OPERATIONS, cells, index_of_pair};
use crate::space::{Architecture, TextError};

const EDGES: usize = 2 * NODES;

pub(super) fn format(architecture: &Architecture) -> String {
    let mut fields = Vec::with_capacity(2 * CELLS.len());
    for (name, edges) in CELLS.iter().zip(cells(architecture)) {
        let edge = |edge: &super::Edge| format!("('{}', {})", OPERATIONS[edge.operation], edge.from);
        let edges: Vec<String> = edges.iter().map(edge).collect();
        fields.push(format!("{name}=[{}]", edges.join(", ")));
        fields.push(format!("{name}_concat=range({INPUTS}, {})", INPUTS + NODES));
    }
    format!("Genotype({})", fields.join(", "))
}

/// The 12 choices of a cell.
type Cell = [u8; 3 * NODES];

pub(super) fn parse(text: &str) -> Result<Architecture, TextError> {
    let mut scanner = Scanner { text, offset: 0 };
    scanner.word("Genotype")?;
    scanner.expect("(")?;
    let mut edges: [Option<Cell>; 2] = [None; 2];
    let mut concats = [false; 2];
    while !scanner.accept(")") {
        let start = scanner.start();
        let field = scanner.name();
        let cell = CELLS.iter().position(|name| field.strip_suffix("_concat").unwrap_or(field) == *name);
        let Some(cell) = cell else {
            return Err(scanner.unexpected("a field: normal, normal_concat, reduce or reduce_concat", start));
        };
        let is_concat = field != CELLS[cell];
        if if is_concat { concats[cell] } else { edges[cell].is_some() } {
            return Err(TextError::at(text, start, format!("the field {field} stands twice; leave one out")));
        }
        scanner.expect("=")?;
        if is_concat {
            read_concat(&mut scanner, field)?;
            concats[cell] = true;
        } else {
            edges[cell] = Some(read_cell(&mut scanner, field)?);
        }
        if !scanner.accept(",") {
            scanner.expect(")")?;
            break;
        }
    }
    let end = scanner.offset - 1;
    if !scanner.rest().is_empty() {
        return Err(TextError::at(text, scanner.start(), "the genotype is complete here, and more follows"));
    }
    let missing =
        |field: String| TextError::at(text, end, format!("the field {field} is missing; a genotype has all four"));
    if let Some(cell) = concats.iter().position(|read| !read) {
        return Err(missing(format!("{}_concat", CELLS[cell])));
    }
    let cells = CELLS.iter().zip(edges).map(|(name, cell)| cell.ok_or_else(|| missing((*name).into())));
    Ok(Architecture::new(cells.collect::<Result<Vec<Cell>, TextError>>()?.concat()))
}

/// `[('op', from), …]`, the edges of a cell, two for each node.
fn read_cell(scanner: &mut Scanner, name: &str) -> Result<Cell, TextError> {
    let mut cell = Cell::default();
    // (input, operation) of the first edge of a node, until its second is read.
    let mut first: Option<(usize, usize)> = None;
    let mut count = 0;
    scanner.expect("[")?;
    loop {
        let start = scanner.start();
        if scanner.accept("]") {
            break;
        }
        let last = INPUTS + NODES - 1;
        if count == EDGES {
            let reason = format!("{name} has more than {EDGES} edges, two for each of the nodes {INPUTS} to {last}");
            return Err(TextError::at(scanner.text, start, reason));
        }
        let node = count / 2;
        let edge = read_edge(scanner, INPUTS + node, first)?;
        count += 1;
        first = match first {
            None => Some(edge),
            Some(other) => {
                let (lower, higher) = if other.0 < edge.0 { (other, edge) } else { (edge, other) };
                let choices = [index_of_pair((lower.0, higher.0)), lower.1, higher.1].map(|choice| choice as u8);
                cell[3 * node..3 * node + 3].copy_from_slice(&choices);
                None
            }
        };
        if !scanner.accept(",") {
            scanner.expect("]")?;
            break;
        }
    }
    if count < EDGES {
        let reason = format!("{name} has {count} edges and needs {EDGES}, two for each of the nodes 2 to 5");
        return Err(TextError::at(scanner.text, scanner.offset - 1, reason));
    }
    Ok(cell)
}

/// `('op', from)`, an edge into node `to`, whose other edge may have been read: (from, operation).
fn read_edge(scanner: &mut Scanner, to: usize, other: Option<(usize, usize)>) -> Result<(usize, usize), TextError> {
    scanner.expect("(")?;
    let start = scanner.start();
    let name = scanner.quoted()?;
    let Some(operation) = OPERATIONS.iter().position(|operation| *operation == name) else {
        let reason = match name {
            "none" => "a genotype has no edge `none`: both edges of a node carry something".into(),
            _ => format!("unknown operation `{}`", name.chars().take(40).collect::<String>()),
        };
        return Err(TextError::at(scanner.text, start, format!("{reason}; there are {}", OPERATIONS.join(", "))));
    };
    scanner.expect(",")?;
    let start = scanner.start();
    let from = scanner.number()?;
    let refuse = |reason: String| Err(TextError::at(scanner.text, start, reason));
    match from {
        Some(from) if other.is_some_and(|(taken, _)| taken == from) => {
            refuse(format!("node {to} takes node {from} twice; in this space its two inputs differ"))
        }
        Some(from) if from < to => {
            scanner.accept(",");
            scanner.expect(")")?;
            Ok((from, operation))
        }
        _ => refuse(format!("node {to} can take the nodes before it, 0 to {}", to - 1)),
    }
}

/// `range(2, 6)` or `[2, 3, 4, 5]`: the nodes that the output of a cell is made of.
fn read_concat(scanner: &mut Scanner, field: &str) -> Result<(), TextError> {
    let wanted: Vec<usize> = (INPUTS..INPUTS + NODES).collect();
    let start = scanner.start();
    let refuse = || {
        let reason = "the output of a cell is all four intermediate nodes in order";
        TextError::at(scanner.text, start, format!("{field} must be range(2, 6) or [2, 3, 4, 5]: {reason}"))
    };
    if scanner.accept("[") {
        for (index, node) in wanted.iter().enumerate() {
            if index > 0 && !scanner.accept(",") || scanner.number()? != Some(*node) {
                return Err(refuse());
            }
        }
        scanner.accept(",");
        return if scanner.accept("]") { Ok(()) } else { Err(refuse()) };
    }
    if scanner.name() != "range" {
        return Err(refuse());
    }
    scanner.expect("(")?;
    let first = scanner.number()?;
    scanner.expect(",")?;
    let end = scanner.number()?;
    if (first, end) != (Some(INPUTS), Some(INPUTS + NODES)) || !scanner.accept(")") {
        return Err(refuse());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
