//! How a user names a space: a word such as `nas-bench-201`, or a table with positions.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Characters, Custom, Family, MOST_CHOICES, MOST_CHOICES_IN_ALL, NasBench201, Position, Sequence};

/// Every kind of space that a user can name.
///
/// In JSON and TOML a ready-made space is its name, a string; a space of one's own is a table:
/// `{"positions": [{"name": "kernel", "choices": ["3x3", "5x5"]}]}`.
#[derive(Debug, Clone, PartialEq, strum::EnumIter, strum::EnumMessage)]
pub enum SpaceSpec {
    /// L positions with the K choices 0 to K − 1 each.
    Sequence(Sequence),
    /// The cell of NAS-Bench-201: 6 edges with 5 operations each.
    NasBench201(NasBench201),
    /// A file with `positions`: a space of your own.
    Custom(Custom),
    /// A file with `characters`: words of one character a position, as many tables write them.
    Characters(Characters),
}

impl SpaceSpec {
    /// How its kind is written.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sequence(_) => "sequence:LxK",
            Self::NasBench201(_) => NasBench201::NAME,
            Self::Custom(_) | Self::Characters(_) => "FILE.toml",
        }
    }

    pub(super) fn family(&self) -> &dyn Family {
        match self {
            Self::Sequence(family) => family,
            Self::NasBench201(family) => family,
            Self::Custom(family) => family,
            Self::Characters(family) => family,
        }
    }
}

/// Why a space cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpaceError {
    /// The name is no ready-made space.
    #[error(
        "unknown space `{got}`; ready-made are `nas-bench-201` and `sequence:LxK` (such as sequence:20x7), and a \
         space of your own is a .toml or .json file with `positions`"
    )]
    Unknown {
        /// What was given.
        got: String,
    },
    /// The numbers of a `sequence:LxK` are missing or out of range.
    #[error("space `{got}`: a sequence is `sequence:LxK` with L ≥ 1 positions and 1 ≤ K ≤ 256 choices, L·K ≤ 100000")]
    Sequence {
        /// What was given.
        got: String,
    },
    /// A position breaks a rule.
    #[error("position {number} of the space: {reason}")]
    Position {
        /// Which one, from 1.
        number: usize,
        /// What was wrong and what would be right.
        reason: String,
    },
    /// The space as a whole breaks a limit.
    #[error("{0}")]
    Whole(String),
}

/// Checks what every space has to keep: names that are unique and can stand in a comma-separated text, and the limits.
pub(super) fn check(positions: &[Position]) -> Result<(), SpaceError> {
    if positions.is_empty() {
        return Err(SpaceError::Whole("a space needs at least one position".into()));
    }
    let choices: usize = positions.iter().map(|position| position.choices.len()).sum();
    if choices > MOST_CHOICES_IN_ALL {
        return Err(SpaceError::Whole(format!("{choices} choices in all; the limit is {MOST_CHOICES_IN_ALL}")));
    }
    let mut names = BTreeSet::new();
    for (index, position) in positions.iter().enumerate() {
        let fail = |reason: String| Err(SpaceError::Position { number: index + 1, reason });
        if let Err(reason) = check_name(&position.name) {
            return fail(format!("the name {reason}"));
        }
        if !names.insert(&position.name) {
            return fail(format!("the name `{}` stands twice", position.name));
        }
        if position.choices.is_empty() || position.choices.len() > MOST_CHOICES {
            let count = position.choices.len();
            return fail(format!("`{}` has {count} choices; 1 to {MOST_CHOICES} are possible", position.name));
        }
        let mut seen = BTreeSet::new();
        for choice in &position.choices {
            if let Err(reason) = check_name(choice) {
                return fail(format!("a choice of `{}` {reason}", position.name));
            }
            if !seen.insert(choice) {
                return fail(format!("`{}` has the choice `{choice}` twice", position.name));
            }
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), String> {
    let shown: String = name.chars().take(40).collect();
    if name.is_empty() {
        Err("is empty".into())
    } else if name.len() > 100 {
        Err(format!("`{shown}…` is longer than 100 bytes"))
    } else if name.chars().any(|c| c == ',' || c.is_whitespace() || c.is_control()) {
        Err(format!("{shown:?} has a comma, white space or a control character"))
    } else {
        Ok(())
    }
}

impl FromStr for SpaceSpec {
    type Err = SpaceError;

    fn from_str(text: &str) -> Result<Self, SpaceError> {
        match text.split_once(':') {
            None if text == NasBench201::NAME => Ok(Self::NasBench201(NasBench201)),
            Some((Sequence::NAME, _)) => Ok(Self::Sequence(text.parse()?)),
            _ => Err(SpaceError::Unknown { got: text.chars().take(100).collect() }),
        }
    }
}

impl fmt::Display for SpaceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sequence(sequence) => sequence.fmt(f),
            Self::NasBench201(_) => f.write_str(NasBench201::NAME),
            Self::Custom(Custom { positions }) => write!(f, "custom ({} positions)", positions.len()),
            Self::Characters(Characters { characters }) => write!(f, "words of {} characters", characters.len()),
        }
    }
}

impl Serialize for SpaceSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Custom(custom) => custom.serialize(serializer),
            Self::Characters(characters) => characters.serialize(serializer),
            named => serializer.collect_str(named),
        }
    }
}

/// A space of one's own as it is written: one of these keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    positions: Option<Vec<Position>>,
    characters: Option<Vec<String>>,
}

impl TryFrom<Written> for SpaceSpec {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        match written {
            Written { positions: Some(positions), characters: None } => Ok(Self::Custom(Custom { positions })),
            Written { positions: None, characters: Some(characters) } => {
                Ok(Self::Characters(Characters { characters }))
            }
            _ => Err("a space of your own has either `positions` or `characters`"),
        }
    }
}

impl<'de> Deserialize<'de> for SpaceSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = SpaceSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a space, or a table with `positions` or `characters`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<SpaceSpec, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<SpaceSpec, A::Error> {
                Written::deserialize(serde::de::value::MapAccessDeserializer::new(map))?
                    .try_into()
                    .map_err(serde::de::Error::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for name in ["sequence:6x5", "nas-bench-201"] {
            let spec: SpaceSpec = name.parse().unwrap();
            assert_eq!(spec.to_string(), name);
            let json = serde_json::to_string(&spec).unwrap();
            assert_eq!(serde_json::from_str::<SpaceSpec>(&json).unwrap(), spec);
        }
    }

    #[test]
    fn errors_say_what_to_do() {
        let message = "nas-bench-200".parse::<SpaceSpec>().unwrap_err().to_string();
        assert!(message.starts_with("unknown space `nas-bench-200`; ready-made are"), "{message}");
        for wrong in
            ["sequence:6", "sequence:0x5", "sequence:6x257", "sequence:6x0", "sequence:-1x5", "sequence:99999x9"]
        {
            let message = wrong.parse::<SpaceSpec>().unwrap_err().to_string();
            assert!(message.starts_with(&format!("space `{wrong}`: a sequence is")), "{message}");
        }
    }
}
