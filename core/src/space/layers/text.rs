//! The text of a row of layers: `/` between the choices of a layer, `,` between layers.

use super::Layers;
use crate::space::custom::choice_of;
use crate::space::{Architecture, Position, TextError};

/// Between the layers of a text, and between the choices of one layer.
const BETWEEN_LAYERS: char = ',';
pub(super) const BETWEEN_CHOICES: char = '/';

pub(super) fn format(layers: &Layers, positions: &[Position], architecture: &Architecture) -> String {
    let mut names =
        positions.iter().zip(architecture.choices()).map(|(position, k)| &position.choices[usize::from(*k)]);
    let mut text = String::new();
    for (_, _, layer) in layers.row() {
        for (index, name) in names.by_ref().take(layer.positions.len()).enumerate() {
            if index > 0 {
                text.push(BETWEEN_CHOICES);
            } else if !text.is_empty() {
                text.push(BETWEEN_LAYERS);
            }
            text += name;
        }
    }
    text
}

pub(super) fn parse(layers: &Layers, positions: &[Position], text: &str) -> Result<Architecture, TextError> {
    let mut choices = Vec::with_capacity(positions.len());
    let mut offset = 0;
    let mut row = layers.row().enumerate();
    for given in text.split(BETWEEN_LAYERS) {
        let Some((place, (_, copy, layer))) = row.next() else {
            return Err(TextError::at(text, offset, wrong_count(layers, text)));
        };
        let (count, wanted) = (given.split(BETWEEN_CHOICES).count(), layer.positions.len());
        if count != wanted {
            let names: Vec<&str> = layer.positions.iter().take(20).map(|position| position.name.as_str()).collect();
            let (noun, names) = (if count == 1 { "choice" } else { "choices" }, names.join("/"));
            let layer = layer.name(place + 1, copy);
            let reason = format!("`{layer}` has {count} {noun} here and takes {wanted}: {names}");
            return Err(TextError::at(text, offset, reason));
        }
        for name in given.split(BETWEEN_CHOICES) {
            let choice = choice_of(&positions[choices.len()], name);
            choices.push(choice.map_err(|reason| TextError::at(text, offset, reason))?);
            offset += name.len() + 1;
        }
    }
    if row.next().is_some() {
        return Err(TextError::at(text, text.len(), wrong_count(layers, text)));
    }
    Ok(Architecture::new(choices))
}

fn wrong_count(layers: &Layers, text: &str) -> String {
    let given = text.split(BETWEEN_LAYERS).count();
    format!("{given} layers given, the space has {}", layers.row().count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Space, SpaceSpec};

    const ROW: &str = r#"
        [[layers]]
        positions = [{ name = "z", choices = ["1"] }, { name = "a", choices = ["conv 3x3", "0.5"] }]
        [[layers]]
        name = "block"
        repeat = 2
        positions = [{ name = "kernel", choices = ["3", "5"] }]
        [[layers]]
        repeat = 2
        [[layers.positions]]
        name = "skip"
        choices = ["no", "yes"]
    "#;

    fn space() -> Space {
        Space::new(toml::from_str::<SpaceSpec>(ROW).unwrap()).unwrap()
    }

    #[test]
    fn positions_keep_the_order_of_the_file() {
        let space = space();
        let names: Vec<&str> = space.positions().iter().map(|position| position.name.as_str()).collect();
        assert_eq!(names, ["layer1.z", "layer1.a", "block1.kernel", "block2.kernel", "layer4.skip", "layer5.skip"]);
        let h = Architecture::new([0, 0, 1, 0, 1, 0]);
        assert_eq!(space.format(&h), "1/conv 3x3,5,3,yes,no");
        assert_eq!(space.parse("1/conv 3x3,5,3,yes,no"), Ok(h));
    }

    #[test]
    fn texts_that_do_not_fit_name_column_and_layer() {
        let space = space();
        for (text, column, reason) in [
            ("1/0.5,5,3,yes", 14, "4 layers given, the space has 5"),
            ("1/0.5,5,3,yes,no,no", 18, "6 layers given, the space has 5"),
            ("1,5,3,yes,no", 1, "`layer1` has 1 choice here and takes 2: z/a"),
            ("1/0.5,5/5,3,yes,no", 7, "`block1` has 2 choices here and takes 1: kernel"),
            ("1/0.6,5,3,yes,no", 3, "`0.6` is no choice of position `layer1.a`; it has `conv 3x3`, `0.5`"),
            ("1/0.5,5,4,yes,no", 9, "`4` is no choice of position `block2.kernel`"),
            ("1/0.5, 5,3,yes,no", 7, "` 5` is no choice of position `block1.kernel`"),
        ] {
            let error = space.parse(text).unwrap_err();
            assert_eq!((error.column, error.reason.starts_with(reason)), (column, true), "{text}: {error}");
        }
    }
}
