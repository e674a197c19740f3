//! A space whose architectures are words: one character a position.

use serde::{Deserialize, Serialize};

use super::{Architecture, Family, Position, TextError};

/// L positions, each with the characters that may stand there. Text form: the characters one after the other.
///
/// Whatever a table writes as one character a position, such as `421211`, is an architecture of such a space, and is
/// written back as it was found.
///
/// ```
/// use bilevel::space::{Space, SpaceSpec};
/// let spec: SpaceSpec = serde_json::from_str(r#"{"characters": ["01", "abc", "01"]}"#).unwrap();
/// let space = Space::new(spec).unwrap();
/// assert_eq!(space.size().to_string(), "12");
/// assert_eq!(space.parse("0c1").unwrap().choices(), [0, 2, 1]);
/// assert!(space.parse("0d1").unwrap_err().to_string().contains("column 2"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Characters {
    /// The characters of each position, in the order of its choices, no two alike.
    pub characters: Vec<String>,
}

/// Unequal numbers of choices, one of them without any choice, and characters of several bytes.
impl Default for Characters {
    fn default() -> Self {
        Self { characters: ["01", "αβγ", "x"].map(String::from).into() }
    }
}

impl Family for Characters {
    fn positions(&self) -> Vec<Position> {
        let position = |(index, characters): (usize, &String)| Position {
            name: (index + 1).to_string(),
            choices: characters.chars().map(String::from).collect(),
        };
        self.characters.iter().enumerate().map(position).collect()
    }

    fn format(&self, positions: &[Position], architecture: &Architecture) -> String {
        let names = positions.iter().zip(architecture.choices());
        names.map(|(position, choice)| position.choices[usize::from(*choice)].as_str()).collect()
    }

    fn parse(&self, positions: &[Position], text: &str) -> Result<Architecture, TextError> {
        let count = text.chars().count();
        if count != positions.len() {
            let offset = text.char_indices().nth(positions.len()).map_or(text.len(), |(offset, _)| offset);
            let reason = format!("{count} characters given, the space has {} positions", positions.len());
            return Err(TextError::at(text, offset, reason));
        }
        let choice = |((offset, character), characters): ((usize, char), &String)| {
            let choice = characters.chars().position(|known| known == character);
            choice.map(|choice| choice as u8).ok_or_else(|| {
                let shown: String = characters.chars().take(40).collect();
                TextError::at(text, offset, format!("`{character}` does not stand at this position; it has `{shown}`"))
            })
        };
        let choices = text.char_indices().zip(&self.characters).map(choice);
        choices.collect::<Result<Vec<u8>, _>>().map(Architecture::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Space, SpaceSpec};

    #[test]
    fn words_that_do_not_fit_say_where() {
        let space = Space::new(SpaceSpec::Characters(Characters::default())).unwrap();
        for (text, message) in [
            ("0γ", "architecture `0γ`, column 3: 2 characters given, the space has 3 positions"),
            ("0γx1", "architecture `0γx1`, column 4: 4 characters given, the space has 3 positions"),
            ("0δx", "architecture `0δx`, column 2: `δ` does not stand at this position; it has `αβγ`"),
        ] {
            assert_eq!(space.parse(text).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_character_twice_is_refused() {
        let spec = SpaceSpec::Characters(Characters { characters: vec!["011".into()] });
        assert_eq!(Space::new(spec).unwrap_err().to_string(), "position 1 of the space: `1` has the choice `1` twice");
    }
}
