//! A macro space: a row of layers, each with its own positions, from TOML or JSON.

mod check;
mod text;

use serde::{Deserialize, Serialize};

use super::{Architecture, Family, Position, SpaceError, TextError};

/// A row of layers that a user wrote down, such as the blocks of a mobile network with kernel and expansion of each.
///
/// Positions come in the order of the file, layer by layer: `LAYER.POSITION`. A layer that is repeated counts its copies,
/// `block1.kernel`, `block1.expansion`, `block2.kernel`, …; one without a name is `layer` with its place in the whole row.
/// Positions are an array and not a table of its names, since the order of a table's keys is lost in TOML and, for keys
/// such as `3`, in JavaScript.
///
/// Text form: `/` between the choices of a layer and `,` between layers, in the order of the positions: `3/6,5/3,5/6,wide`.
/// So no choice has a `/` or a `,` in its name.
///
/// ```
/// use bilevel::space::{Space, SpaceSpec};
/// let spec: SpaceSpec = toml::from_str(r#"
///     [[layers]]
///     name = "block"
///     repeat = 3
///     positions = [{ name = "kernel", choices = ["3", "5"] }, { name = "expansion", choices = ["3", "6"] }]
///     [[layers]]
///     name = "head"
///     positions = [{ name = "width", choices = ["narrow", "wide"] }]
/// "#).unwrap();
/// let space = Space::new(spec).unwrap();
/// assert_eq!(space.positions()[2].name, "block2.kernel");
/// assert_eq!(space.format(&space.parse("3/6,5/3,5/6,wide").unwrap()), "3/6,5/3,5/6,wide");
/// assert!(space.parse("3/6,5,5/6,wide").unwrap_err().to_string().contains("column 5: `block2` has 1 choice"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layers {
    /// The layers, in order.
    pub layers: Vec<Layer>,
}

/// One layer, or several that are alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// The name; no two layers of the row may come to have the same. A word without `.` or `,`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How often the layer stands in the row, one copy after the other, each with choices of its own; at least once.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub repeat: usize,
    /// What can be chosen in the layer, at least one.
    pub positions: Vec<Position>,
}

fn once() -> usize {
    1
}

fn is_once(repeat: &usize) -> bool {
    *repeat == 1
}

/// Named and unnamed layers, one of them repeated: the hardest case for the laws.
impl Default for Layers {
    fn default() -> Self {
        let position = |name: &str, choices: &[&str]| Position {
            name: name.into(),
            choices: choices.iter().map(|choice| (*choice).into()).collect(),
        };
        let block = vec![position("kernel", &["3", "5", "7"]), position("expansion", &["3", "6"])];
        Self {
            layers: vec![
                Layer { name: None, repeat: 1, positions: vec![position("stem", &["conv 3x3", "conv 7x7"])] },
                Layer { name: Some("block".into()), repeat: 2, positions: block },
                Layer { name: None, repeat: 1, positions: vec![position("pool", &["mean"])] },
            ],
        }
    }
}

impl Layers {
    /// Every layer of the row: its index in the file, which copy it is, and the layer.
    fn row(&self) -> impl Iterator<Item = (usize, usize, &Layer)> {
        let layers = self.layers.iter().enumerate();
        layers.flat_map(|(index, layer)| (1..=layer.repeat).map(move |copy| (index, copy, layer)))
    }
}

impl Layer {
    /// The name of copy number `copy`, which is the layer at `place` of the whole row; both count from 1.
    fn name(&self, place: usize, copy: usize) -> String {
        match &self.name {
            None => format!("layer{place}"),
            Some(name) if self.repeat == 1 => name.clone(),
            Some(name) => format!("{name}{copy}"),
        }
    }
}

impl Family for Layers {
    fn check(&self) -> Result<(), SpaceError> {
        check::layers(self)
    }

    fn positions(&self) -> Vec<Position> {
        let mut positions = Vec::new();
        for (place, (_, copy, layer)) in self.row().enumerate() {
            let prefix = layer.name(place + 1, copy);
            for Position { name, choices } in &layer.positions {
                positions.push(Position { name: format!("{prefix}.{name}"), choices: choices.clone() });
            }
        }
        positions
    }

    fn format(&self, positions: &[Position], architecture: &Architecture) -> String {
        text::format(self, positions, architecture)
    }

    fn parse(&self, positions: &[Position], text: &str) -> Result<Architecture, TextError> {
        text::parse(self, positions, text)
    }
}
