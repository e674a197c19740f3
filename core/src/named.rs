//! How a user names a thing with options: a word, a word with options, or a table.
//!
//! `"reinforce"`, `"reinforce:learning_rate=0.5,decay=0.95"` and `{"name": "reinforce", "learning_rate": 0.5}` mean the
//! same kind of thing in TOML, in JSON and on the command line. An option of an option stands behind a dot:
//! `"reinforce:policy=lstm,policy.hidden=64"`.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Reads `name` or `name:key=value,key.key=value` as the table that it stands for.
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
        if !insert(&mut table, key, value) {
            return Err(format!("option `{key}` of `{name}` is given twice"));
        }
    }
    Ok(table.into())
}

/// Inserts at `key` or, for `key.rest`, into the table there; false if there is something else already.
fn insert(table: &mut Map<String, Value>, key: &str, value: Value) -> bool {
    let Some((key, rest)) = key.split_once('.') else {
        return match table.get_mut(key) {
            // Its options came before its name.
            Some(Value::Object(inner)) if value.is_string() => inner.insert("name".into(), value).is_none(),
            Some(_) => false,
            None => table.insert(key.into(), value).is_none(),
        };
    };
    let inner = table.entry(key).or_insert_with(|| Map::new().into());
    if inner.is_string() {
        *inner = Map::from_iter([("name".to_owned(), inner.take())]).into();
    }
    inner.as_object_mut().is_some_and(|inner| insert(inner, rest, value))
}

/// Reads `name` or `name:key=value,…` as a value of an enum that is tagged by `name`.
///
/// # Errors
/// If the name or an option is unknown or of the wrong type: what there is.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(table_of_words(text)?).map_err(|error| plain(&error))
}

/// For `#[serde(deserialize_with = …)]` on a field of an enum that is tagged by `name`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    words_or_table(deserializer, serde_json::from_value)
}

/// The same for a field that may be absent.
pub(crate) fn deserialize_option<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserialize(deserializer).map(Some)
}

/// For an enum that is tagged by `name` and reads itself from a table by `read`.
pub(crate) fn words_or_table<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    read: impl FnOnce(Value) -> Result<T, serde_json::Error>,
) -> Result<T, D::Error> {
    let table = match Value::deserialize(deserializer)? {
        Value::String(text) => table_of_words(&text).map_err(D::Error::custom)?,
        table => table,
    };
    read(table).map_err(|error| D::Error::custom(plain(&error)))
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
    fn an_option_of_an_option_stands_behind_a_dot() {
        let table = serde_json::json!({"name": "reinforce", "policy": {"name": "lstm", "hidden": 64}});
        for text in [
            "reinforce:policy=lstm,policy.hidden=64",
            "reinforce:policy.hidden=64,policy=lstm",
            "reinforce:policy=lstm:hidden=64",
        ] {
            let (got, want) = (parse::<SearcherSpec>(text), serde_json::from_value(table.clone()));
            assert_eq!(got.unwrap(), want.unwrap(), "{text}");
        }
        let twice = parse::<SearcherSpec>("reinforce:lr=1,lr.x=1").unwrap_err();
        assert_eq!(twice, "option `lr.x` of `reinforce` is given twice");
    }

    #[test]
    fn what_is_misspelt_is_named_with_what_there_is() {
        for (text, message) in [
            (
                "evolve",
                "unknown variant `evolve`, expected one of `random`, `evolution`, `local`, `tpe`, `reinforce`, `rloo`, `ppo`, \
                 `softmax`, `concrete`, `straight-through`, `reinmax`, `gumbel-rao`, `dirichlet`, `unordered-set`, `rebar`, \
                 `relax`, `lax`, `muprop`, `arm`, `disarm`, `indecater`, `nvil`, `successive-halving`, `hyperband`, `asha`, a \
                 preset: `zoph2017`, `nasnet`, `enas-controller`, `nats-reinforce`, `nekrasov-ppo`",
            ),
            ("evolution:populaton=3", "unknown field `populaton`, expected `population` or `sample`"),
            (
                "rloo:sampels=1",
                "unknown field `sampels`, expected `samples` (beside `learning_rate`, `beta1`, `epsilon`, `clip_norm`, \
                 `policy`)",
            ),
            ("reinforce:policy=lstn", "unknown variant `lstn`, expected `categorical` or `lstm`"),
            (
                "reinforce:policy=lstm:hiden=1",
                "unknown field `hiden`, expected one of `hidden`, `layers`, `temperature`, `tanh_constant`, `init`",
            ),
            ("evolution:population", "option `population` of `evolution` must read key=value"),
            ("evolution:sample=1,sample=2", "option `sample` of `evolution` is given twice"),
            ("random:x=1", "unknown field `x`, there are no fields"),
        ] {
            let words = parse::<SearcherSpec>(text).unwrap_err();
            // A build that trains supernets names their methods besides.
            let words = words.split(", or a method that trains").next().unwrap_or_default();
            assert_eq!(words, message);
        }
    }
}
