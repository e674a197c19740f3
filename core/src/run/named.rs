//! How a user names a thing with options: a word, a word with options, or a table.
//!
//! `"reinforce"`, `"reinforce:learning_rate=0.5,decay=0.95"` and `{"name": "reinforce", "learning_rate": 0.5}` mean the
//! same kind of thing in TOML, in JSON and on the command line.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Reads `name` or `name:key=value,key=value` as the table that it stands for.
///
/// # Errors
/// If an option has no `=`, or an option stands twice.
pub fn table_of_words(text: &str) -> Result<Value, String> {
    let (name, options) = text.split_once(':').unwrap_or((text, ""));
    let mut table = Map::new();
    table.insert("name".into(), name.into());
    for option in options.split(',').filter(|option| !option.is_empty()) {
        let (key, value) =
            option.split_once('=').ok_or_else(|| format!("option `{option}` of `{name}` must read key=value"))?;
        // A value that is JSON by itself (a number, true, false) is that; anything else is a word.
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        if table.insert(key.into(), value).is_some() {
            return Err(format!("option `{key}` of `{name}` is given twice"));
        }
    }
    Ok(table.into())
}

/// Reads `name` or `name:key=value,…` as a value of an enum that is tagged by `name`.
///
/// # Errors
/// If the name or an option is unknown or of the wrong type: what there is.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(table_of_words(text)?).map_err(|error| plain(&error))
}

/// For `#[serde(deserialize_with = …)]` on a field of an enum that is tagged by `name`.
pub(super) fn deserialize<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => parse(&text).map_err(D::Error::custom),
        table => serde_json::from_value(table).map_err(|error| D::Error::custom(plain(&error))),
    }
}

/// The words of an error without the position, which for a value in memory says nothing.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::SearcherSpec;

    #[test]
    fn words_and_tables_mean_the_same() {
        let words: SearcherSpec = parse("evolution:population=20,sample=5").unwrap();
        let table = serde_json::json!({"name": "evolution", "population": 20, "sample": 5});
        assert_eq!(words, serde_json::from_value(table).unwrap());
        let short: SearcherSpec = parse("reinforce:lr=0.5").unwrap();
        assert_eq!(short, parse("reinforce:learning_rate=0.5,baseline=debiased-ema").unwrap());
    }

    #[test]
    fn what_is_misspelt_is_named_with_what_there_is() {
        for (text, message) in [
            (
                "evolve",
                "unknown variant `evolve`, expected one of `random`, `evolution`, `local`, `reinforce`, `rloo`, `ppo`, \
                 `successive-halving`, `hyperband`, `asha`",
            ),
            ("evolution:populaton=3", "unknown field `populaton`, expected `population` or `sample`"),
            ("reinforce:decai=1", "unknown field `decai`, expected `baseline` or `decay` (beside `learning_rate`)"),
            ("evolution:population", "option `population` of `evolution` must read key=value"),
            ("evolution:sample=1,sample=2", "option `sample` of `evolution` is given twice"),
            ("random:x=1", "unknown field `x`, there are no fields"),
        ] {
            assert_eq!(parse::<SearcherSpec>(text).unwrap_err(), message);
        }
    }
}
