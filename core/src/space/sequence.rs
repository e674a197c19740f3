//! `sequence:LxK`: L positions with the same K numbered choices, the plainest space there is.

use std::fmt;
use std::str::FromStr;

use super::{Family, MOST_CHOICES, MOST_CHOICES_IN_ALL, Position, SpaceError};

/// L positions with the choices `0` to `K − 1` each. Text form: the numbers with commas between.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    length: usize,
    choices: usize,
}

impl Sequence {
    pub(super) const NAME: &str = "sequence";

    /// L = `length` positions with K = `choices` choices.
    ///
    /// # Errors
    /// If either is 0, K exceeds 256 or L·K exceeds 100,000.
    pub fn new(length: usize, choices: usize) -> Result<Self, SpaceError> {
        let in_all = length.checked_mul(choices).filter(|all| (1..=MOST_CHOICES_IN_ALL).contains(all));
        if in_all.is_none() || choices > MOST_CHOICES {
            return Err(SpaceError::Sequence { got: format!("{}:{length}x{choices}", Self::NAME) });
        }
        Ok(Self { length, choices })
    }
}

/// `sequence:2x3`, the smallest on which every law says something.
impl Default for Sequence {
    fn default() -> Self {
        Self { length: 2, choices: 3 }
    }
}

impl Family for Sequence {
    fn positions(&self) -> Vec<Position> {
        let choices: Vec<String> = (0..self.choices).map(|k| k.to_string()).collect();
        (0..self.length).map(|l| Position { name: l.to_string(), choices: choices.clone() }).collect()
    }
}

impl FromStr for Sequence {
    type Err = SpaceError;

    fn from_str(text: &str) -> Result<Self, SpaceError> {
        let fail = || SpaceError::Sequence { got: text.chars().take(100).collect() };
        let numbers = text.strip_prefix("sequence:").ok_or_else(fail)?;
        let (length, choices) = numbers.split_once('x').ok_or_else(fail)?;
        let number = |digits: &str| digits.parse::<usize>().map_err(|_| fail());
        Self::new(number(length)?, number(choices)?).map_err(|_| fail())
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}x{}", Self::NAME, self.length, self.choices)
    }
}
