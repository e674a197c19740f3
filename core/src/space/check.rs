//! What the positions of every space have to keep: names that texts can be made of, and the limits.

use std::collections::BTreeSet;

use super::{MOST_CHOICES, MOST_CHOICES_IN_ALL, Position, SpaceError};

/// Checks what every space has to keep: names that are unique and can stand in a comma-separated text, and the limits.
pub(super) fn positions(positions: &[Position]) -> Result<(), SpaceError> {
    if positions.is_empty() {
        return Err(SpaceError::Whole("a space needs at least one position".into()));
    }
    let choices: usize = positions.iter().map(|position| position.choices.len()).sum();
    if choices > MOST_CHOICES_IN_ALL {
        return Err(SpaceError::Whole(format!("{choices} choices in all; the limit is {MOST_CHOICES_IN_ALL}")));
    }
    let mut names = BTreeSet::new();
    for (index, position) in positions.iter().enumerate() {
        let fail = |reason: String| SpaceError::Position { number: index + 1, reason };
        self::position(position).map_err(fail)?;
        if !names.insert(&position.name) {
            return Err(fail(format!("the name `{}` stands twice", position.name)));
        }
    }
    Ok(())
}

/// Checks the name of one position and its choices.
pub(super) fn position(position: &Position) -> Result<(), String> {
    label(&position.name).map_err(|reason| format!("the name {reason}"))?;
    if position.choices.is_empty() || position.choices.len() > MOST_CHOICES {
        let count = position.choices.len();
        return Err(format!("`{}` has {count} choices; 1 to {MOST_CHOICES} are possible", position.name));
    }
    let mut seen = BTreeSet::new();
    for choice in &position.choices {
        self::choice(choice).map_err(|reason| format!("a choice of `{}` {reason}", position.name))?;
        if !seen.insert(choice) {
            return Err(format!("`{}` has the choice `{choice}` twice", position.name));
        }
    }
    Ok(())
}

/// Checks the name of a position: no text of an architecture holds it, so that it may be anything that can be shown, such
/// as the heading of a column.
fn label(name: &str) -> Result<(), String> {
    if name.is_empty() {
        Err("is empty".into())
    } else if name.len() > 100 {
        Err(format!("`{}…` is longer than 100 bytes", cut(name)))
    } else if name.chars().any(char::is_control) {
        Err(format!("{:?} has a control character", cut(name)))
    } else {
        Ok(())
    }
}

/// Checks the name of a layer or of a position in it: one word.
pub(super) fn name(name: &str) -> Result<(), String> {
    if name.contains(' ') {
        return Err(format!("{:?} has a space; names are one word, only choices may have several", cut(name)));
    }
    choice(name)
}

/// Checks the name of a choice: words with single spaces between, so that texts with it can be cut at their commas and
/// two choices never look alike.
fn choice(name: &str) -> Result<(), String> {
    if name.is_empty() {
        Err("is empty".into())
    } else if name.len() > 100 {
        Err(format!("`{}…` is longer than 100 bytes", cut(name)))
    } else if name.chars().any(|c| c == ',' || c.is_control() || c.is_whitespace() && c != ' ') {
        Err(format!("{:?} has a comma, a control character or white space other than a space", cut(name)))
    } else if name.split(' ').any(str::is_empty) {
        Err(format!(
            "{:?} has a space at its start or end, or two in a row; single spaces inside are possible",
            cut(name)
        ))
    } else {
        Ok(())
    }
}

fn cut(name: &str) -> String {
    name.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custom(name: &str, choices: &[&str]) -> Result<(), SpaceError> {
        let choices = choices.iter().map(|choice| (*choice).into()).collect();
        positions(&[Position { name: name.into(), choices }])
    }

    #[test]
    fn a_choice_may_have_single_spaces_inside() {
        assert_eq!(custom("op", &["conv 3x3", "a b c"]), Ok(()));
        assert_eq!(custom(" size, in px ", &["3"]), Ok(()));
        for (name, choice, words) in [
            ("op", " conv", "\" conv\" has a space at its start or end"),
            ("op", "conv ", "has a space at its start or end"),
            ("op", "conv  3x3", "two in a row"),
            ("op", "conv\t3x3", "\"conv\\t3x3\" has a comma, a control character or white space other than a space"),
            ("op", "conv\u{a0}3x3", "white space other than a space"),
            ("op", "conv,3x3", "has a comma"),
            ("op", "", "is empty"),
            ("the\top", "conv", "the name \"the\\top\" has a control character"),
            ("", "conv", "the name is empty"),
        ] {
            let message = custom(name, &[choice]).unwrap_err().to_string();
            assert!(message.starts_with("position 1 of the space: ") && message.contains(words), "{message}");
        }
    }
}
