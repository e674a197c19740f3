//! What every space keeps: texts, specifications, the enumeration, uniform draws and the neighbourhood.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigUint;
use strum::IntoEnumIterator;

use super::{Verdict, chi_square, ensure};
use crate::random::Stream;
use crate::space::{Architecture, Custom, LONGEST_TEXT, Layer, Layers, Position, Space, SpaceSpec};

/// The largest space that these laws go through as a whole.
const ENUMERABLE: u64 = 20_000;

/// Every kind of space by its default, and shapes at the edges: large, long, one position, no choice at all, names with
/// spaces.
///
/// # Panics
/// If one of them cannot be made.
pub fn subjects() -> Vec<Space> {
    let named = ["sequence:1x1", "sequence:1x7", "sequence:5x1", "sequence:20x7", "sequence:3x256", "sequence:300x2"];
    let named = named.iter().map(|name| name.parse().expect("the names above are right"));
    let lonely = Position { name: "Größe".into(), choices: vec!["ß→|~+".into()] };
    let wide = Position { name: "wide".into(), choices: (0..30).map(|k| format!("c{k}")).collect() };
    let words = Position { name: "words".into(), choices: vec!["conv 3x3".into(), "conv".into(), "3x3 conv a".into()] };
    let row = vec![Layer { name: None, repeat: 60, positions: vec![words.clone(), lonely.clone()] }];
    let custom = SpaceSpec::Custom(Custom { positions: vec![lonely, wide, words] });
    let specs = SpaceSpec::iter().chain(named).chain([custom, SpaceSpec::Layers(Layers { layers: row })]);
    specs.map(|spec| Space::new(spec).expect("a default is a space")).collect()
}

/// All architectures of a small space; a thousand draws from a large one.
fn architectures(space: &Space) -> Vec<Architecture> {
    if space.size_up_to(ENUMERABLE).is_some() {
        return space.enumerate().collect();
    }
    let mut random = Stream::new(0, "laws of spaces: architectures", 0);
    (0..1000).map(|_| space.sample(&mut random)).collect()
}

/// `parse` inverts `format`.
///
/// # Errors
/// If it does not.
pub fn texts_round_trip(space: &Space) -> Verdict {
    for h in architectures(space) {
        let text = space.format(&h);
        ensure!(space.parse(&text).as_ref() == Ok(&h), "`{text}` is {:?}, not {h:?}", space.parse(&text));
    }
    Ok(())
}

/// A specification survives JSON and TOML, and makes the same positions again.
///
/// # Errors
/// If it does not.
pub fn specifications_round_trip(space: &Space) -> Verdict {
    let wrapped = BTreeMap::from([("space", space.spec())]);
    let json = serde_json::to_string(&wrapped).map_err(|error| error.to_string())?;
    let toml = toml::to_string(&wrapped).map_err(|error| error.to_string())?;
    let from_json: BTreeMap<String, SpaceSpec> = serde_json::from_str(&json).map_err(|e| format!("{e} in {json}"))?;
    let from_toml: BTreeMap<String, SpaceSpec> = toml::from_str(&toml).map_err(|e| format!("{e} in {toml}"))?;
    for (form, mut back) in [("JSON", from_json), ("TOML", from_toml)] {
        let spec = back.remove("space").ok_or("the specification is gone")?;
        let again = Space::new(spec).map_err(|error| format!("{form}: {error}"))?;
        ensure!(again == *space && again.positions() == space.positions(), "{form} gives {again:?}");
    }
    Ok(())
}

/// `enumerate`, `index`, `at_index`, `size` and `contains` tell of the same set.
///
/// # Errors
/// If two of them differ.
pub fn the_enumeration_agrees(space: &Space) -> Verdict {
    let product: BigUint = (0..space.length()).map(|l| BigUint::from(space.choices(l))).product();
    ensure!(space.size() == product, "size is {}, the product of choices {product}", space.size());
    let Some(size) = space.size_up_to(ENUMERABLE) else {
        for (count, h) in architectures(space).iter().enumerate() {
            ensure!(space.contains(h), "draw {count} is outside");
            let index = space.index(h);
            ensure!(
                index.is_none_or(|index| space.at_index(index).as_ref() == Some(h)),
                "index {index:?} is not {h:?}"
            );
            ensure!(index.is_some() || space.size_up_to(u64::MAX).is_none(), "{h:?} has no index");
        }
        return Ok(());
    };
    ensure!(BigUint::from(size) == product, "size_up_to gives {size} of {product}");
    ensure!(space.size_up_to(size - 1).is_none(), "size_up_to({}) allows {size}", size - 1);
    let mut count = 0;
    for h in space.enumerate() {
        ensure!(space.contains(&h), "the enumeration leaves the space with {h:?}");
        ensure!(space.index(&h) == Some(count), "index of {h:?} is {:?}, its place {count}", space.index(&h));
        ensure!(space.at_index(count).as_ref() == Some(&h), "at_index({count}) is {:?}", space.at_index(count));
        count += 1;
    }
    ensure!(count == size, "{count} of {size} were enumerated");
    ensure!(space.at_index(size).is_none(), "there is something past the end: {:?}", space.at_index(size));
    outsiders(space)
}

/// One position more, one less, and one choice past the last are outside.
fn outsiders(space: &Space) -> Verdict {
    let zeros = vec![0u8; space.length()];
    let mut wrong = vec![zeros[1..].to_vec(), [zeros.as_slice(), &[0]].concat()];
    for l in (0..space.length()).filter(|l| space.choices(*l) < 256) {
        let mut h = zeros.clone();
        h[l] = space.choices(l) as u8;
        wrong.push(h);
    }
    for h in wrong.into_iter().map(Architecture::new) {
        ensure!(!space.contains(&h) && space.index(&h).is_none(), "{h:?} is outside, and the space has it");
    }
    Ok(())
}

/// Every architecture is drawn equally often: position by position, and jointly where that can be counted.
///
/// # Errors
/// If χ² of 20,000 draws exceeds 4 standard deviations.
pub fn draws_are_uniform(space: &Space) -> Verdict {
    let mut random = Stream::new(0, "laws of spaces: uniform", 0);
    let mut marginals: Vec<Vec<u64>> = (0..space.length()).map(|l| vec![0; space.choices(l)]).collect();
    let mut joint = vec![0; space.size_up_to(1000).unwrap_or(0) as usize];
    for _ in 0..20_000 {
        let h = space.sample(&mut random);
        ensure!(space.contains(&h), "{h:?} was drawn and is outside");
        for (counts, k) in marginals.iter_mut().zip(h.choices()) {
            counts[usize::from(*k)] += 1;
        }
        if let (false, Some(index)) = (joint.is_empty(), space.index(&h)) {
            joint[index as usize] += 1;
        }
    }
    for (l, counts) in marginals.iter().enumerate() {
        let uniform = vec![1.0 / counts.len() as f64; counts.len()];
        chi_square::fits(counts, &uniform).map_err(|words| format!("position {l}: {words}"))?;
    }
    chi_square::fits(&joint, &vec![1.0 / joint.len() as f64; joint.len()])
}

/// `neighbours` are the Σ (K_l − 1) architectures at Hamming distance 1, each once.
///
/// # Errors
/// If one is missing, twice there or elsewhere.
pub fn neighbours_differ_at_one_position(space: &Space) -> Verdict {
    let count = space.choices_in_all() - space.length();
    for h in architectures(space).iter().take(200) {
        let around: Vec<Architecture> = space.neighbours(h).collect();
        ensure!(around.len() == count, "{} neighbours of {h:?}, want {count}", around.len());
        ensure!(around.iter().collect::<BTreeSet<_>>().len() == count, "a neighbour of {h:?} comes twice");
        for other in &around {
            ensure!(space.contains(other), "{other:?} is outside");
            ensure!(distance(h, other) == 1, "{other:?} is no neighbour of {h:?}");
        }
    }
    Ok(())
}

fn distance(one: &Architecture, other: &Architecture) -> usize {
    one.choices().iter().zip(other.choices()).filter(|(a, b)| a != b).count()
}

/// `mutate` draws a position uniformly among those with a choice, and another choice there uniformly.
///
/// # Errors
/// If it gives anything but a neighbour, or χ² over all neighbours exceeds 4 standard deviations.
pub fn a_mutant_is_a_uniform_neighbour(space: &Space) -> Verdict {
    let mut random = Stream::new(0, "laws of spaces: mutate", 0);
    let h = space.sample(&mut random);
    let free: Vec<usize> = (0..space.length()).filter(|l| space.choices(*l) > 1).collect();
    if free.is_empty() {
        ensure!(space.mutate(&h, &mut random) == h, "nothing can be chosen, and the mutant is another");
        return Ok(());
    }
    let mut counts: BTreeMap<Architecture, u64> = space.neighbours(&h).map(|other| (other, 0)).collect();
    let changed = |other: &Architecture| h.choices().iter().zip(other.choices()).position(|(a, b)| a != b);
    let probability = |other: &Architecture| {
        changed(other).map_or(0.0, |l| 1.0 / (free.len() as f64 * (space.choices(l) - 1) as f64))
    };
    let least = counts.keys().map(probability).fold(1.0, f64::min);
    for _ in 0..(20.0 / least) as usize {
        let mutant = space.mutate(&h, &mut random);
        match counts.get_mut(&mutant) {
            Some(count) => *count += 1,
            None => return Err(format!("{mutant:?} is no neighbour of {h:?}")),
        }
    }
    let probabilities: Vec<f64> = counts.keys().map(probability).collect();
    chi_square::fits(&counts.into_values().collect::<Vec<_>>(), &probabilities)
}

/// A text is an architecture of the space, whose own text means the same, or an error with a column inside the text.
///
/// # Errors
/// If it is neither.
pub fn a_text_is_read_or_refused(space: &Space, text: &str) -> Verdict {
    match space.parse(text) {
        Ok(h) => {
            ensure!(space.contains(&h), "`{text}` is {h:?}, outside");
            let own = space.format(&h);
            ensure!(space.parse(&own).as_ref() == Ok(&h), "`{text}` is {h:?}, whose own text `{own}` is another");
        }
        Err(error) => {
            let characters = text.chars().count();
            let column = error.column;
            ensure!((1..=characters + 1).contains(&column), "column {column} of {characters} characters: {error}");
            ensure!(text.starts_with(&error.text), "the error quotes `{}` of `{text}`", error.text);
            ensure!(!error.reason.is_empty(), "`{text}` is refused without a word");
        }
    }
    Ok(())
}

/// Texts with one to three random edits, cut texts and texts too long are read or refused, never a panic.
///
/// # Errors
/// If [`a_text_is_read_or_refused`] finds one that is not.
pub fn mutilated_texts_are_read_or_refused(space: &Space) -> Verdict {
    let mut random = Stream::new(0, "laws of spaces: mutilated", 0);
    for _ in 0..3000 {
        let mut text: Vec<char> = space.format(&space.sample(&mut random)).chars().collect();
        for _ in 0..=random.below(3) {
            edit(&mut text, &mut random);
        }
        a_text_is_read_or_refused(space, &text.into_iter().collect::<String>())?;
    }
    for length in [LONGEST_TEXT, LONGEST_TEXT + 1] {
        a_text_is_read_or_refused(space, &",".repeat(length))?;
        // Two bytes each, so that an odd limit falls into the middle of one.
        a_text_is_read_or_refused(space, &format!("0{}", "ß".repeat(length / 2 + 1)))?;
    }
    Ok(())
}

/// One edit: remove, insert, replace, swap, repeat a piece, or cut.
fn edit(text: &mut Vec<char>, random: &mut Stream) {
    const INSERTED: [char; 24] = [
        ',', '|', '+', '~', '0', '1', '9', '-', ' ', '\n', '\0', 'ß', '→', '\u{301}', '𝛼', '\u{feff}', '(', ')', '[',
        ']', '\'', '"', '=', '/',
    ];
    let place = random.below(text.len() + 1);
    let new = INSERTED[random.below(INSERTED.len())];
    match (random.below(6), text.get(place).copied()) {
        (0, Some(_)) => drop(text.remove(place)),
        (1, Some(_)) => text[place] = new,
        (2, Some(_)) => text.swap(place, 0),
        (3, _) => text.truncate(place),
        (4, _) => text.extend_from_within(place..),
        _ => text.insert(place, new),
    }
}
