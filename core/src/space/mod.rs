//! What can be chosen: a [`Space`] is L positions, each with its own named choices.

mod arch_string;
mod cells;
mod characters;
mod check;
mod custom;
pub mod darts;
pub mod dense_cell;
mod layers;
pub mod nas_bench_201;
mod operation;
mod sequence;
mod spec;

use std::fmt;
use std::sync::Arc;

use num_bigint::BigUint;
use serde::{Deserialize, Serialize};

pub use cells::{Cell, Cells, Edge};
pub use characters::Characters;
pub use custom::Custom;
pub use darts::Darts;
pub use dense_cell::DenseCell;
pub use layers::{Layer, Layers};
pub use nas_bench_201::NasBench201;
pub use operation::Operation;
pub use sequence::Sequence;
pub use spec::{SpaceError, SpaceSpec};

use crate::numeric;
use crate::random::Stream;

/// The most choices that one position may have: a choice is one byte.
pub const MOST_CHOICES: usize = 256;
/// The most choices that all positions may have together: a limit on memory before anything is allocated.
pub const MOST_CHOICES_IN_ALL: usize = 100_000;
/// The longest architecture text that is parsed, in bytes.
pub const LONGEST_TEXT: usize = 1 << 20;

/// One point of a space, h = (h_1..h_L): one byte a position, the index of the choice taken there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Architecture(Box<[u8]>);

impl Architecture {
    /// An architecture from the index of the choice at each position; whether a space has it is
    /// [`Space::contains`]'s to say.
    pub fn new(choices: impl Into<Box<[u8]>>) -> Self {
        Self(choices.into())
    }

    /// The index of the choice at each position, `[L]`.
    pub fn choices(&self) -> &[u8] {
        &self.0
    }
}

/// One decision: its name and the names of its choices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// The name, e.g. `1<-0`; unique in its space. 1 to 100 bytes without comma, white space or control character.
    pub name: String,
    /// The names of the choices, 1 to 256 of them, no two alike. As for the name, but single spaces may stand inside.
    pub choices: Vec<String>,
}

/// What a family of spaces has to say: its positions, and how an architecture reads as text.
pub(crate) trait Family: fmt::Debug {
    /// Checks what has to be right before the positions are laid out, such as how many there will be.
    fn check(&self) -> Result<(), SpaceError> {
        Ok(())
    }

    /// The L positions.
    fn positions(&self) -> Vec<Position>;

    /// The text of an architecture; by default the names of its choices with commas between.
    fn format(&self, positions: &[Position], architecture: &Architecture) -> String {
        let names = positions.iter().zip(architecture.choices());
        names.map(|(position, choice)| position.choices[usize::from(*choice)].as_str()).collect::<Vec<_>>().join(",")
    }

    /// The architecture of a text; the inverse of `format`.
    fn parse(&self, positions: &[Position], text: &str) -> Result<Architecture, TextError> {
        custom::parse_names(positions, text)
    }
}

/// Why a text is no architecture of a space.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("architecture `{text}`, column {column}: {reason}")]
pub struct TextError {
    /// The text, cut to 200 characters.
    pub text: String,
    /// Where the trouble starts, counted in characters from 1.
    pub column: usize,
    /// What was wrong and what would be right.
    pub reason: String,
}

impl TextError {
    /// An error at byte `offset` of `text`.
    pub(crate) fn at(text: &str, offset: usize, reason: impl Into<String>) -> Self {
        let column = text.get(..offset).unwrap_or(text).chars().count() + 1;
        Self { text: text.chars().take(200).collect(), column, reason: reason.into() }
    }
}

/// L positions, each with its own named choices. Cheap to clone.
///
/// ```
/// use bilevel::space::Space;
/// let space = Space::named("sequence:6x5").unwrap();
/// assert_eq!(space.size().to_string(), "15625");
/// let h = space.parse("0,4,2,2,1,3").unwrap();
/// assert_eq!(space.format(&h), "0,4,2,2,1,3");
/// assert_eq!(space.neighbours(&h).count(), 6 * 4);
/// ```
#[derive(Clone)]
pub struct Space(Arc<Inner>);

struct Inner {
    spec: SpaceSpec,
    positions: Vec<Position>,
    /// `offsets[l]` = K_1 + … + K_{l−1}; one more entry with the sum of all.
    offsets: Vec<usize>,
}

impl Space {
    /// The space of a specification.
    ///
    /// # Errors
    /// If the positions break a rule of [`Position`] or a limit of this module, or the layers one of [`Layer`].
    pub fn new(spec: SpaceSpec) -> Result<Self, SpaceError> {
        spec.family().check()?;
        let positions = spec.family().positions();
        check::positions(&positions)?;
        let mut offsets = vec![0];
        for position in &positions {
            offsets.push(offsets.last().copied().unwrap_or(0) + position.choices.len());
        }
        Ok(Self(Arc::new(Inner { spec, positions, offsets })))
    }

    /// The ready-made space of a name, e.g. `nas-bench-201` or `sequence:20x7`.
    ///
    /// # Errors
    /// If the name is none of them, or its numbers are out of range.
    pub fn named(name: &str) -> Result<Self, SpaceError> {
        Self::new(name.parse()?)
    }

    /// The specification that this space was made from.
    pub fn spec(&self) -> &SpaceSpec {
        &self.0.spec
    }

    /// The L positions.
    pub fn positions(&self) -> &[Position] {
        &self.0.positions
    }

    /// L, the number of positions.
    pub fn length(&self) -> usize {
        self.0.positions.len()
    }

    /// K_l, the number of choices at `position`.
    pub fn choices(&self, position: usize) -> usize {
        self.0.positions[position].choices.len()
    }

    /// Σ K_l, the number of choices at all positions together.
    pub fn choices_in_all(&self) -> usize {
        self.0.offsets[self.length()]
    }

    /// Where the choices of `position` start in a row of all choices, position by position: K_1 + … + K_{l−1}.
    pub fn offset(&self, position: usize) -> usize {
        self.0.offsets[position]
    }

    /// The architecture with the largest of `shares`, `[Σ K_l]`, at each position; the first among equals.
    ///
    /// # Panics
    /// If there are fewer shares than choices.
    pub(crate) fn largest(&self, shares: &[f64]) -> Architecture {
        let row = |l: usize| &shares[self.offset(l)..self.offset(l + 1)];
        Architecture((0..self.length()).map(|l| numeric::argmax(row(l)) as u8).collect())
    }

    /// The number of architectures, Π K_l.
    pub fn size(&self) -> BigUint {
        self.0.positions.iter().map(|position| BigUint::from(position.choices.len())).product()
    }

    /// The number of architectures where it is at most `limit`.
    pub fn size_up_to(&self, limit: u64) -> Option<u64> {
        let mut size = 1u64;
        for position in &self.0.positions {
            size = size.checked_mul(position.choices.len() as u64).filter(|size| *size <= limit)?;
        }
        Some(size)
    }

    /// Whether `architecture` has L positions and a choice that exists at each.
    pub fn contains(&self, architecture: &Architecture) -> bool {
        let choices = architecture.choices();
        choices.len() == self.length() && choices.iter().enumerate().all(|(l, k)| usize::from(*k) < self.choices(l))
    }

    /// An architecture with every choice drawn uniformly.
    pub fn sample(&self, random: &mut Stream) -> Architecture {
        Architecture((0..self.length()).map(|l| random.below(self.choices(l)) as u8).collect())
    }

    /// `architecture` with one position, drawn uniformly among those with a choice, set to another choice, drawn
    /// uniformly too. A space without any choice gives the same architecture back.
    pub fn mutate(&self, architecture: &Architecture, random: &mut Stream) -> Architecture {
        let free = (0..self.length()).filter(|l| self.choices(*l) > 1);
        let count = free.clone().count();
        let mut mutant = architecture.clone();
        if count == 0 {
            return mutant;
        }
        let position = free.clone().nth(random.below(count)).expect("below(count) is an index of the free positions");
        let other = random.below(self.choices(position) - 1) as u8;
        let now = mutant.0[position];
        mutant.0[position] = if other >= now { other + 1 } else { other };
        mutant
    }

    /// The Σ (K_l − 1) architectures that differ from `architecture` at one position: position by position, choices
    /// ascending.
    pub fn neighbours(&self, architecture: &Architecture) -> impl Iterator<Item = Architecture> {
        (0..self.length()).flat_map(move |l| {
            let others = (0..self.choices(l)).filter(move |k| *k != usize::from(architecture.choices()[l]));
            others.map(move |k| {
                let mut neighbour = architecture.clone();
                neighbour.0[l] = k as u8;
                neighbour
            })
        })
    }

    /// All architectures in the order of [`Space::index`]: as an odometer counts, the last position fastest.
    pub fn enumerate(&self) -> impl Iterator<Item = Architecture> + use<> {
        let radices: Vec<u8> = self.0.positions.iter().map(|position| (position.choices.len() - 1) as u8).collect();
        let first = Architecture(vec![0; radices.len()].into());
        std::iter::successors(Some(first), move |now| {
            let mut next = now.clone();
            for l in (0..radices.len()).rev() {
                if next.0[l] < radices[l] {
                    next.0[l] += 1;
                    return Some(next);
                }
                next.0[l] = 0;
            }
            None
        })
    }

    /// The place of `architecture` in the enumeration, from 0; `None` if the space lacks it or the place is beyond u64.
    pub fn index(&self, architecture: &Architecture) -> Option<u64> {
        if !self.contains(architecture) {
            return None;
        }
        architecture
            .choices()
            .iter()
            .enumerate()
            .try_fold(0u64, |index, (l, k)| index.checked_mul(self.choices(l) as u64)?.checked_add(u64::from(*k)))
    }

    /// The architecture at a place of the enumeration; `None` past its end.
    pub fn at_index(&self, index: u64) -> Option<Architecture> {
        let mut rest = index;
        let mut choices = vec![0u8; self.length()];
        for l in (0..self.length()).rev() {
            let radix = self.choices(l) as u64;
            choices[l] = (rest % radix) as u8;
            rest /= radix;
        }
        (rest == 0).then(|| Architecture(choices.into()))
    }

    /// The text of an architecture, in the form that the space's field uses: an arch string for NAS-Bench-201, a
    /// genotype for DARTS; else the names of the choices with commas between.
    ///
    /// # Panics
    /// If the space lacks `architecture`.
    #[track_caller]
    pub fn format(&self, architecture: &Architecture) -> String {
        assert!(self.contains(architecture), "{architecture:?} is not of this space");
        self.0.spec.family().format(&self.0.positions, architecture)
    }

    /// The architecture of a text; the inverse of [`Space::format`].
    ///
    /// # Errors
    /// If the text is malformed or names a choice that does not exist, with the column.
    pub fn parse(&self, text: &str) -> Result<Architecture, TextError> {
        if text.len() > LONGEST_TEXT {
            return Err(TextError::at(text, LONGEST_TEXT, format!("longer than {LONGEST_TEXT} bytes")));
        }
        self.0.spec.family().parse(&self.0.positions, text)
    }
}

impl PartialEq for Space {
    fn eq(&self, other: &Self) -> bool {
        self.0.spec == other.0.spec
    }
}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Space").field(&self.0.spec).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_goes_beyond_u64() {
        assert_eq!(Space::named("sequence:20x7").unwrap().size().to_string(), "79792266297612001");
        let large = Space::named("sequence:100x10").unwrap();
        assert_eq!(large.size().to_string(), format!("1{}", "0".repeat(100)));
        assert_eq!(large.size_up_to(u64::MAX), None);
    }

    #[test]
    fn enumeration_counts_like_an_odometer() {
        let space = Space::named("sequence:2x3").unwrap();
        let texts: Vec<String> = space.enumerate().map(|h| space.format(&h)).collect();
        assert_eq!(texts, ["0,0", "0,1", "0,2", "1,0", "1,1", "1,2", "2,0", "2,1", "2,2"]);
        for (place, h) in space.enumerate().enumerate() {
            assert_eq!(space.index(&h), Some(place as u64));
            assert_eq!(space.at_index(place as u64), Some(h));
        }
        assert_eq!(space.at_index(9), None);
    }
}
