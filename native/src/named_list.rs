//! A list of named things on the command line: names with commas between, options behind a colon with commas too.

use bilevel::run;
use serde::de::DeserializeOwned;

/// Reads `random,evolution:population=20,sample=5,local`: a piece with `=` and no colon before it is one more option of
/// the name before. Each comes with the text that named it. `what` is what they are.
///
/// # Errors
/// If a name or an option is unknown, or one stands twice.
pub(crate) fn parse<T: DeserializeOwned>(what: &str, text: &str) -> Result<Vec<(String, T)>, String> {
    let mut texts: Vec<String> = Vec::new();
    for piece in text.split(',').map(str::trim).filter(|piece| !piece.is_empty()) {
        let starts_with_name = piece.split(':').next().is_some_and(|name| !name.contains('='));
        match texts.last_mut() {
            Some(last) if !starts_with_name => {
                last.push(',');
                last.push_str(piece);
            }
            _ => texts.push(piece.into()),
        }
    }
    if texts.is_empty() {
        return Err(format!("name at least one {what}"));
    }
    for (place, text) in texts.iter().enumerate() {
        if texts[..place].contains(text) {
            return Err(format!("`{text}` stands twice; name each {what} once"));
        }
    }
    let read =
        |text: String| run::parse(&text).map(|spec| (text.clone(), spec)).map_err(|reason| format!("{text}: {reason}"));
    texts.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use bilevel::search::SearcherSpec;

    use super::*;

    fn texts(list: &str) -> Vec<String> {
        parse::<SearcherSpec>("searcher", list).unwrap().into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn options_belong_to_the_name_before_them() {
        assert_eq!(texts("random, local"), ["random", "local"]);
        assert_eq!(
            texts("reinforce:lr=0.5,reinforce:lr=0.01,evolution:population=20,sample=5,random"),
            ["reinforce:lr=0.5", "reinforce:lr=0.01", "evolution:population=20,sample=5", "random"]
        );
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (list, start) in [
            ("", "name at least one searcher"),
            ("random,random", "`random` stands twice"),
            ("random,evolve", "evolve: unknown variant `evolve`"),
            ("evolution:population=20,sampel=5", "evolution:population=20,sampel=5: unknown field `sampel`"),
        ] {
            let error = parse::<SearcherSpec>("searcher", list).unwrap_err();
            assert!(error.starts_with(start), "{error}");
        }
    }
}
