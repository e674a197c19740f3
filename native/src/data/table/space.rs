//! Which space the architectures of a table are of, seen from how they are written.

use std::collections::{BTreeMap, BTreeSet};

use bilevel::space::{Characters, Custom, Darts, DenseCell, NasBench201, Position, Space, SpaceSpec};

/// The architectures of a table as they are written.
#[derive(Debug)]
pub(super) enum Words {
    /// One column with whole architectures.
    Whole(Vec<Box<str>>),
    /// One column a position.
    Columns(Vec<Column>),
}

/// The cells of one position: which of the texts seen stands in each row.
#[derive(Debug)]
pub(super) struct Column {
    name: String,
    seen: BTreeMap<Box<str>, u32>,
    /// The texts in the order in which they were seen first.
    texts: Vec<Box<str>>,
    cells: Vec<u32>,
}

impl Words {
    /// No rows yet; `names` are those of the columns, none for one column with whole architectures.
    pub(super) fn new(names: Vec<String>) -> Self {
        let column = |name| Column { name, seen: BTreeMap::new(), texts: Vec::new(), cells: Vec::new() };
        if names.is_empty() { Self::Whole(Vec::new()) } else { Self::Columns(names.into_iter().map(column).collect()) }
    }

    /// Takes the cells of a row.
    pub(super) fn push<'a>(&mut self, cells: impl Iterator<Item = &'a str>) -> Result<(), String> {
        match self {
            Self::Whole(texts) => {
                let text: String = cells.collect();
                if text.is_empty() {
                    return Err("the architecture is empty".into());
                }
                texts.push(text.into());
            }
            Self::Columns(columns) => {
                for (column, cell) in columns.iter_mut().zip(cells) {
                    if cell.is_empty() {
                        return Err(format!("column `{}` is empty", column.name));
                    }
                    column.push(cell);
                }
            }
        }
        Ok(())
    }

    /// The text of each row in the form of the space.
    pub(super) fn texts(&self) -> Box<dyn Iterator<Item = String> + '_> {
        match self {
            Self::Whole(texts) => Box::new(texts.iter().map(|text| text.to_string())),
            Self::Columns(columns) => {
                let rows = columns.first().map_or(0, |column| column.cells.len());
                Box::new((0..rows).map(|row| {
                    columns
                        .iter()
                        .map(|column| column.texts[column.cells[row] as usize].as_ref())
                        .collect::<Vec<_>>()
                        .join(",")
                }))
            }
        }
    }

    /// The space that the architectures show: that of the first, if it is an arch string or a genotype, else one
    /// character a position, or one column a position with the choices seen there. `lines` has
    /// the line of each row, for errors.
    pub(super) fn space(&self, lines: &[u64]) -> Result<SpaceSpec, String> {
        match self {
            Self::Whole(texts) => of_texts(texts, lines),
            Self::Columns(columns) => {
                let positions = columns.iter().map(Column::position).collect();
                Ok(SpaceSpec::Custom(Custom { positions }))
            }
        }
    }
}

impl Column {
    fn push(&mut self, cell: &str) {
        let code = match self.seen.get(cell) {
            Some(code) => *code,
            None => {
                let code = self.texts.len() as u32;
                self.seen.insert(cell.into(), code);
                self.texts.push(cell.into());
                code
            }
        };
        self.cells.push(code);
    }

    /// The choices in the order of numbers where all of them are, else of text.
    fn position(&self) -> Position {
        let mut choices: Vec<String> = self.seen.keys().map(|text| text.to_string()).collect();
        let numbers: Option<Vec<f64>> = choices.iter().map(|choice| choice.parse().ok()).collect();
        if numbers.is_some() {
            let number = |text: &String| text.parse::<f64>().unwrap_or(f64::NAN);
            choices.sort_by(|a, b| number(a).total_cmp(&number(b)));
        }
        Position { name: self.name.clone(), choices }
    }
}

fn of_texts(texts: &[Box<str>], lines: &[u64]) -> Result<SpaceSpec, String> {
    let first = texts.first().ok_or("the table has no rows")?;
    // The forms of text that a field has agreed on tell their space.
    let known = [SpaceSpec::NasBench201(NasBench201), SpaceSpec::DenseCell(DenseCell), SpaceSpec::Darts(Darts)];
    let reads = |spec: &SpaceSpec| Space::new(spec.clone()).is_ok_and(|space| space.parse(first).is_ok());
    if let Some(spec) = known.into_iter().find(reads) {
        return Ok(spec);
    }
    let length = first.chars().count();
    let mut characters = vec![BTreeSet::new(); length];
    for (row, text) in texts.iter().enumerate() {
        let count = text.chars().count();
        if count != length {
            return Err(format!(
                "line {}: `{}` has {count} characters and the rows before it {length}, so that it cannot be one character a \
                 position; name the space by --space",
                lines[row],
                text.chars().take(60).collect::<String>()
            ));
        }
        characters.iter_mut().zip(text.chars()).for_each(|(seen, character)| {
            seen.insert(character);
        });
    }
    Ok(SpaceSpec::Characters(Characters { characters: characters.into_iter().map(String::from_iter).collect() }))
}
