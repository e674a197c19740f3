//! How a user names a space: a word such as `nas-bench-201`, or a table with positions or layers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Characters, Custom, Darts, DenseCell, Family, Layer, Layers, NasBench201, Position, Sequence};

/// Every kind of space that a user can name.
///
/// In JSON and TOML a ready-made space is its name, a string; a space of one's own is a table:
/// `{"positions": [{"name": "kernel", "choices": ["3x3", "5x5"]}]}`, or one with `layers`, see [`Layers`].
#[derive(Debug, Clone, PartialEq, strum::EnumIter, strum::EnumMessage)]
pub enum SpaceSpec {
    /// L positions with the K choices 0 to K − 1 each.
    Sequence(Sequence),
    /// The cell of NAS-Bench-201: 6 edges with 5 operations each.
    NasBench201(NasBench201),
    /// The cells of DARTS: normal and reduction, connections chosen as well.
    Darts(Darts),
    /// A cell with all 20 edges, each one of the 7 operations of DARTS.
    DenseCell(DenseCell),
    /// A file with `positions`: a space of your own.
    Custom(Custom),
    /// A file with `layers`: a row of layers, each with its own positions.
    Layers(Layers),
    /// A file with `characters`: words of one character a position, as many tables write them.
    Characters(Characters),
}

impl SpaceSpec {
    /// How its kind is written.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sequence(_) => "sequence:LxK",
            Self::NasBench201(_) => NasBench201::NAME,
            Self::Darts(_) => Darts::NAME,
            Self::DenseCell(_) => DenseCell::NAME,
            Self::Custom(_) => "FILE.toml",
            Self::Layers(_) => "LAYERS.toml",
            Self::Characters(_) => "CHARACTERS.toml",
        }
    }

    pub(super) fn family(&self) -> &dyn Family {
        match self {
            Self::Sequence(family) => family,
            Self::NasBench201(family) => family,
            Self::Darts(family) => family,
            Self::DenseCell(family) => family,
            Self::Custom(family) => family,
            Self::Layers(family) => family,
            Self::Characters(family) => family,
        }
    }
}

/// Why a space cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpaceError {
    /// The name is no ready-made space.
    #[error(
        "unknown space `{got}`; ready-made are `{NB201}`, `{DARTS}`, `{DENSE}` and `sequence:LxK` (such as \
         sequence:20x7), and a space of your own is a .toml or .json file with `positions` or `layers`",
        NB201 = NasBench201::NAME, DARTS = Darts::NAME, DENSE = DenseCell::NAME
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
    /// A layer breaks a rule.
    #[error("layer {number} of the file{}: {reason}", name.as_ref().map(|name| format!(", `{name}`")).unwrap_or_default())]
    Layer {
        /// Which one, from 1, as the file has them: before any is repeated.
        number: usize,
        /// Its name, cut to 40 characters, if it has one.
        name: Option<String>,
        /// What was wrong and what would be right.
        reason: String,
    },
    /// The space as a whole breaks a limit.
    #[error("{0}")]
    Whole(String),
}

impl FromStr for SpaceSpec {
    type Err = SpaceError;

    fn from_str(text: &str) -> Result<Self, SpaceError> {
        match text.split_once(':') {
            None if text == NasBench201::NAME => Ok(Self::NasBench201(NasBench201)),
            None if text == Darts::NAME => Ok(Self::Darts(Darts)),
            None if text == DenseCell::NAME => Ok(Self::DenseCell(DenseCell)),
            Some((Sequence::NAME, _)) => Ok(Self::Sequence(text.parse()?)),
            _ => Err(SpaceError::Unknown { got: text.chars().take(100).collect() }),
        }
    }
}

impl fmt::Display for SpaceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sequence(sequence) => sequence.fmt(f),
            Self::NasBench201(_) | Self::Darts(_) | Self::DenseCell(_) => f.write_str(self.kind()),
            Self::Custom(Custom { positions }) => write!(f, "custom ({} positions)", positions.len()),
            Self::Layers(layers) => write!(f, "custom ({} kinds of layers)", layers.layers.len()),
            Self::Characters(Characters { characters }) => write!(f, "words of {} characters", characters.len()),
        }
    }
}

impl Serialize for SpaceSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Custom(custom) => custom.serialize(serializer),
            Self::Layers(layers) => layers.serialize(serializer),
            Self::Characters(characters) => characters.serialize(serializer),
            named => serializer.collect_str(named),
        }
    }
}

/// The table of a space of one's own, before it is known which kind it is: one of these keys, with the fields of
/// [`Custom`], [`Layers`] and [`Characters`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    positions: Option<Vec<Position>>,
    layers: Option<Vec<Layer>>,
    characters: Option<Vec<String>>,
}

impl Own {
    fn spec(self) -> Result<SpaceSpec, &'static str> {
        match self {
            Self { positions: Some(positions), layers: None, characters: None } => {
                Ok(SpaceSpec::Custom(Custom { positions }))
            }
            Self { positions: None, layers: Some(layers), characters: None } => {
                Ok(SpaceSpec::Layers(Layers { layers }))
            }
            Self { positions: None, layers: None, characters: Some(characters) } => {
                Ok(SpaceSpec::Characters(Characters { characters }))
            }
            Self { positions: None, layers: None, characters: None } => {
                Err("missing field `positions`, `layers` or `characters`")
            }
            _ => Err("`positions`, `layers` and `characters` exclude each other; what is not of a layer can be the \
                      positions of a layer of its own"),
        }
    }
}

impl<'de> Deserialize<'de> for SpaceSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = SpaceSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a space, or a table with `positions`, `layers` or `characters`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<SpaceSpec, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<SpaceSpec, A::Error> {
                Own::deserialize(serde::de::value::MapAccessDeserializer::new(map))?
                    .spec()
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
        for name in ["sequence:6x5", "nas-bench-201", "darts", "dense-20x7"] {
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

    #[test]
    fn a_table_is_of_one_kind() {
        for (json, words) in [
            (r#"{"positions": [], "layers": []}"#, "`positions`, `layers` and `characters` exclude each other"),
            ("{}", "missing field `positions`, `layers` or `characters`"),
            (r#"{"layer": []}"#, "unknown field `layer`, expected one of `positions`, `layers`, `characters`"),
            (r#"{"layers": [{"positions": [], "repeats": 2}]}"#, "unknown field `repeats`"),
        ] {
            let message = serde_json::from_str::<SpaceSpec>(json).unwrap_err().to_string();
            assert!(message.contains(words), "{message}");
        }
    }
}
