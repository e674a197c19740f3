//! What a row of layers has to keep, with errors that name the layer.

use std::collections::BTreeSet;

use super::text::BETWEEN_CHOICES;
use super::{Layer, Layers};
use crate::space::{MOST_CHOICES_IN_ALL, SpaceError, check};

/// Checks each layer, then how much they are together, and only then what they are called in the row.
pub(super) fn layers(layers: &Layers) -> Result<(), SpaceError> {
    for (index, layer) in layers.layers.iter().enumerate() {
        self::layer(layer).map_err(|reason| error(layer, index, reason))?;
    }
    size(layers)?;
    let mut names = BTreeSet::new();
    for (place, (index, copy, layer)) in layers.row().enumerate() {
        let name = layer.name(place + 1, copy);
        if let Some(long) = layer.positions.iter().find(|position| name.len() + position.name.len() > 99) {
            let reason = format!("its name and that of its position `{}` are longer than 99 bytes together", long.name);
            return Err(error(layer, index, reason));
        }
        if names.contains(&name) {
            let reason = format!("another layer of the row is already called `{name}`; choose another name");
            return Err(error(layer, index, reason));
        }
        names.insert(name);
    }
    Ok(())
}

fn error(layer: &Layer, index: usize, reason: String) -> SpaceError {
    let name = layer.name.as_ref().map(|name| name.chars().take(40).collect());
    SpaceError::Layer { number: index + 1, name, reason }
}

/// Checks one layer by itself.
fn layer(layer: &Layer) -> Result<(), String> {
    if let Some(name) = &layer.name {
        check::name(name).map_err(|reason| format!("the name {reason}"))?;
        if name.contains('.') {
            return Err("the name has a `.`, which stands between a layer and its positions; leave it out".into());
        }
    }
    if layer.repeat == 0 {
        return Err("repeat is 0; a layer stands at least once, or is left out".into());
    }
    if layer.positions.is_empty() {
        return Err("it has no positions; what has nothing to choose is no part of a space".into());
    }
    let mut names = BTreeSet::new();
    for position in &layer.positions {
        check::position(position)?;
        if !names.insert(&position.name) {
            return Err(format!("the position `{}` stands twice", position.name));
        }
        if let Some(choice) = position.choices.iter().find(|choice| choice.contains(BETWEEN_CHOICES)) {
            let name = &position.name;
            return Err(format!(
                "the choice `{choice}` of `{name}` has a `/`, which stands between the choices of a layer; write it \
                 in another way"
            ));
        }
    }
    Ok(())
}

/// Counts what the row will hold, before any of it is laid out.
fn size(layers: &Layers) -> Result<(), SpaceError> {
    let mut in_all = 0usize;
    for (index, layer) in layers.layers.iter().enumerate() {
        let choices: usize = layer.positions.iter().map(|position| position.choices.len()).sum();
        let more = choices.checked_mul(layer.repeat).and_then(|more| in_all.checked_add(more));
        match more.filter(|in_all| *in_all <= MOST_CHOICES_IN_ALL) {
            Some(more) => in_all = more,
            None => {
                let reason = format!(
                    "{} times {choices} choices, and {in_all} of the layers before it, are too many; the limit is \
                     {MOST_CHOICES_IN_ALL} in all",
                    layer.repeat
                );
                return Err(error(layer, index, reason));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Space, SpaceSpec};

    fn space(toml: &str) -> Result<Space, SpaceError> {
        Space::new(toml::from_str::<SpaceSpec>(toml).unwrap())
    }

    #[test]
    fn errors_name_the_layer() {
        let kernel = r#"positions = [{ name = "kernel", choices = ["3", "5"] }]"#;
        for (layer, words) in [
            ("repeat = 0", "`b`: repeat is 0"),
            ("repeat = 9223372036854775807", "`b`: 9223372036854775807 times 2 choices, and 2 of the layers before it"),
            ("repeat = 50000", "the limit is 100000 in all"),
            ("name = 'a'", "`a`: another layer of the row is already called `a`"),
            ("name = 'b.c'", "`b.c`: the name has a `.`"),
            ("name = 'b,c'", "`b,c`: the name \"b,c\" has a comma"),
            ("name = 'b c'", "`b c`: the name \"b c\" has a space"),
            ("positions = []", "`b`: it has no positions"),
            ("positions = [{ name = 'k', choices = [] }]", "`b`: `k` has 0 choices"),
            ("positions = [{ name = 'k', choices = ['1/2'] }]", "`b`: the choice `1/2` of `k` has a `/`"),
            ("positions = [{ name = 'k', choices = ['1,2'] }]", "`b`: a choice of `k` \"1,2\" has a comma"),
            (
                "positions = [{ name = 'k', choices = ['1'] }, { name = 'k', choices = ['1'] }]",
                "`b`: the position `k` stands twice",
            ),
        ] {
            let name = if layer.starts_with("name") { "" } else { "name = 'b'" };
            let positions = if layer.starts_with("positions") { "" } else { kernel };
            let error = space(&format!("[[layers]]\nname = 'a'\n{kernel}\n[[layers]]\n{name}\n{layer}\n{positions}"));
            let message = error.unwrap_err().to_string();
            assert!(message.starts_with("layer 2 of the file, ") && message.contains(words), "{message}");
        }
        let long = format!("[[layers]]\nname = '{}'\n{kernel}", "n".repeat(94));
        assert!(space(&long).unwrap_err().to_string().contains("`kernel` are longer than 99 bytes together"));
        assert!(space("layers = []").unwrap_err().to_string().contains("at least one position"));
    }

    #[test]
    fn copies_may_not_take_the_name_of_another_layer() {
        let layer = |head: &str| format!("[[layers]]\n{head}\npositions = [{{ name = 'k', choices = ['3'] }}]\n");
        let error = space(&(layer("name = 'b'\nrepeat = 2") + &layer("name = 'b2'"))).unwrap_err();
        assert!(error.to_string().starts_with("layer 2 of the file, `b2`: another layer"), "{error}");
        let error = space(&(layer("name = 'layer2'") + &layer(""))).unwrap_err();
        assert!(error.to_string().starts_with("layer 2 of the file: another layer"), "{error}");
    }
}
