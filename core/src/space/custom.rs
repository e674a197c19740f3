//! A space of one's own, from TOML or JSON.

use serde::{Deserialize, Serialize};

use super::{Architecture, Family, Position, TextError};

/// Positions that a user wrote down. Text form: the names of the choices with commas between and nothing else.
///
/// A choice may have single spaces inside, as in `conv 3x3`; the name of a position has none.
///
/// ```
/// use bilevel::space::{Space, SpaceSpec};
/// let spec: SpaceSpec = toml::from_str(r#"
///     [[positions]]
///     name = "kernel"
///     choices = ["3x3", "5x5"]
///     [[positions]]
///     name = "skip"
///     choices = ["no", "yes", "gated"]
/// "#).unwrap();
/// let space = Space::new(spec).unwrap();
/// assert_eq!(space.format(&space.parse("5x5,gated").unwrap()), "5x5,gated");
/// assert!(space.parse("5x5,maybe").unwrap_err().to_string().contains("column 5"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Custom {
    /// The L positions, in order.
    pub positions: Vec<Position>,
}

/// A small space with unequal numbers of choices, one of them without any choice: the hardest case for the laws.
impl Default for Custom {
    fn default() -> Self {
        let position = |name: &str, choices: &[&str]| Position {
            name: name.into(),
            choices: choices.iter().map(|choice| (*choice).into()).collect(),
        };
        Self {
            positions: vec![
                position("kernel", &["3x3", "5x5", "7x7"]),
                position("stride", &["1"]),
                position("skip", &["no", "yes"]),
            ],
        }
    }
}

impl Family for Custom {
    fn positions(&self) -> Vec<Position> {
        self.positions.clone()
    }
}

/// Reads one name of a choice for each position, commas between.
pub(super) fn parse_names(positions: &[Position], text: &str) -> Result<Architecture, TextError> {
    let mut choices = Vec::with_capacity(positions.len());
    let mut offset = 0;
    for name in text.split(',') {
        let Some(position) = positions.get(choices.len()) else {
            let given = text.split(',').count();
            let reason = format!("{given} choices given, the space has {} positions", positions.len());
            return Err(TextError::at(text, offset, reason));
        };
        choices.push(choice_of(position, name).map_err(|reason| TextError::at(text, offset, reason))?);
        offset += name.len() + 1;
    }
    if choices.len() < positions.len() {
        let reason = format!("{} choices given, the space has {} positions", choices.len(), positions.len());
        return Err(TextError::at(text, text.len(), reason));
    }
    Ok(Architecture::new(choices))
}

/// The index of the choice `name` of `position`, or why it has none.
pub(super) fn choice_of(position: &Position, name: &str) -> Result<u8, String> {
    if let Some(choice) = position.choices.iter().position(|choice| choice == name) {
        return Ok(choice as u8);
    }
    let known = position.choices.iter().take(20).map(|choice| format!("`{choice}`")).collect::<Vec<_>>();
    let more = if position.choices.len() > 20 { ", …" } else { "" };
    let (shown, known) = (name.chars().take(40).collect::<String>(), known.join(", "));
    Err(format!("`{shown}` is no choice of position `{}`; it has {known}{more}", position.name))
}
