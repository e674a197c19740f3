//! One line of the log: a told trial.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::objective::{Cost, Failure, Instruments, Mixture, Point, Purpose, TrialId};
use crate::space::Space;

/// A told trial, as it stands in `trials.jsonl`. Numbers are decimal and read back to the same bits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The number of the trial, in order of asking.
    pub id: TrialId,
    /// How many trials had been asked before this one was told: with it the log holds the interleaving of asks and tells.
    pub asked: u64,
    /// The text of the architecture in its space; of a mixture, that of the largest share of each position.
    pub architecture: String,
    /// The mixture that was asked about, where it was not the architecture: a row of shares for each position, one row after
    /// the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mixture: Option<Vec<f64>>,
    /// The slopes of the search metric there, in the same order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slopes: Option<Vec<f64>>,
    /// The epochs of training that it asked for, if the searcher named any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<u32>,
    /// The values by name of metric; empty for a failed trial.
    pub values: BTreeMap<String, f64>,
    /// The loss that the searcher was told; null for a failed trial.
    pub loss: Option<f64>,
    /// What the answer cost.
    pub cost: Cost,
    /// Why there is no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What was wanted, where it was not a value: `train` is an epoch of a supernet and of the policy beside it, and the
    /// architecture is what would be derived after it.
    #[serde(default, skip_serializing_if = "Purpose::is_evaluate")]
    pub purpose: Purpose,
    /// The parameters of the policy after such an epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Vec<f64>>,
    /// What was measured in it, by name.
    #[serde(default, skip_serializing_if = "Instruments::is_empty")]
    pub instruments: Instruments,
    /// Seconds of wall time since the run began, kept where the budget counts them; not in the digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elapsed: Option<f64>,
    /// The digest of the log up to and with this line.
    pub digest: Digest,
}

impl Line {
    /// Whether it says what an architecture is worth: the others are of mixtures, or of epochs of a supernet.
    pub fn is_of_an_architecture(&self) -> bool {
        self.mixture.is_none() && self.purpose.is_evaluate()
    }

    /// What was asked about.
    ///
    /// # Errors
    /// If the architecture is none of the space, or the mixture has another length.
    pub fn point(&self, space: &Space) -> Result<Point, String> {
        match &self.mixture {
            None => space.parse(&self.architecture).map(Point::Hard).map_err(|error| error.to_string()),
            Some(shares) if shares.len() == space.choices_in_all() => Ok(Point::Soft(Mixture(shares.clone()))),
            Some(shares) => Err(format!(
                "a mixture of {} shares, and the space has {} choices",
                shares.len(),
                space.choices_in_all()
            )),
        }
    }
}

/// A hash over what was asked and told, chained line by line: the first 16 bytes of SHA-256, in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest([u8; 16]);

impl Digest {
    /// The digest of an empty log.
    pub fn start() -> Self {
        Self::of(Sha256::new().chain_update(b"bilevel run 1"))
    }

    /// The digest after `line`, whose own `digest` does not count, nor do seconds that a clock measured.
    pub fn after(self, line: &Line) -> Self {
        let Line {
            id,
            asked,
            architecture,
            mixture,
            slopes,
            epochs,
            values,
            loss,
            cost,
            failure,
            purpose,
            policy,
            instruments,
            elapsed: _,
            digest: _,
        } = line;
        let mut bytes = Vec::with_capacity(512);
        bytes.extend(self.0);
        bytes.extend(id.to_le_bytes());
        bytes.extend(asked.to_le_bytes());
        // Lengths before texts, so that no two lines give the same bytes.
        let text = |text: &str, bytes: &mut Vec<u8>| {
            bytes.extend((text.len() as u64).to_le_bytes());
            bytes.extend(text.as_bytes());
        };
        text(architecture, &mut bytes);
        bytes.extend((values.len() as u64).to_le_bytes());
        for (name, value) in values {
            text(name, &mut bytes);
            bytes.extend(value.to_bits().to_le_bytes());
        }
        for number in [*loss, (!cost.measured).then_some(cost.seconds)] {
            bytes.push(u8::from(number.is_some()));
            bytes.extend(number.unwrap_or(0.0).to_bits().to_le_bytes());
        }
        bytes.push(u8::from(failure.is_some()));
        if let Some(failure) = failure {
            text(&failure.to_string(), &mut bytes);
        }
        // At the end and only where there are any, so that a log without them has the digest that it always had.
        if let Some(epochs) = epochs {
            bytes.extend(epochs.to_le_bytes());
        }
        if !purpose.is_evaluate() {
            bytes.push(b't');
            for (name, value) in instruments {
                text(name, &mut bytes);
                bytes.extend(value.to_bits().to_le_bytes());
            }
        }
        for (mark, numbers) in [(b'm', mixture), (b's', slopes), (b'p', policy)] {
            if let Some(numbers) = numbers {
                bytes.push(mark);
                bytes.extend((numbers.len() as u64).to_le_bytes());
                numbers.iter().for_each(|number| bytes.extend(number.to_bits().to_le_bytes()));
            }
        }
        Self::of(Sha256::new().chain_update(&bytes))
    }

    fn of(hash: Sha256) -> Self {
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.finalize()[..16]);
        Self(digest)
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl std::str::FromStr for Digest {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.len() == 32 && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        let number = digits.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        let number = number.ok_or_else(|| format!("a digest has 32 hexadecimal digits, got {text:?}"))?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::FailureKind;

    fn line() -> Line {
        Line {
            id: 3,
            asked: 5,
            architecture: "0,1".into(),
            mixture: None,
            slopes: None,
            epochs: None,
            values: [("accuracy".to_owned(), 0.1 + 0.2)].into(),
            loss: Some(-0.3),
            cost: Cost { seconds: 1.5, measured: false },
            failure: None,
            purpose: Purpose::Evaluate,
            policy: None,
            instruments: Instruments::new(),
            elapsed: None,
            digest: Digest::start(),
        }
    }

    #[test]
    fn a_line_reads_back_to_the_same_bits() {
        for (epochs, mixture) in [(None, None), (Some(3), None), (None, Some(vec![0.1 + 0.2, 0.7]))] {
            let (epochs, mixture, slopes) = (epochs, mixture.clone(), mixture);
            let line = Line { epochs, mixture, slopes, ..line() };
            let text = serde_json::to_string(&line).unwrap();
            assert_eq!(serde_json::from_str::<Line>(&text).unwrap(), line);
            assert_eq!(text.contains("epochs"), epochs.is_some());
            assert_eq!(text.contains("mixture"), line.mixture.is_some());
        }
    }

    #[test]
    fn every_field_counts_in_the_digest() {
        let plain = Digest::start().after(&line());
        let changes: [fn(&mut Line); 12] = [
            |line| line.id = 4,
            |line| line.asked = 6,
            |line| line.architecture = "1,0".into(),
            |line| line.epochs = Some(0),
            |line| line.mixture = Some(vec![]),
            |line| line.slopes = Some(vec![]),
            |line| line.policy = Some(vec![]),
            |line| line.purpose = Purpose::Train,
            |line| *line.values.entry("accuracy".into()).or_default() = 0.3,
            |line| line.loss = None,
            |line| line.cost.seconds = 1.6,
            |line| line.failure = Some(Failure::new(FailureKind::Failed, "x")),
        ];
        for change in changes {
            let mut changed = line();
            change(&mut changed);
            assert_ne!(Digest::start().after(&changed), plain, "{changed:?}");
        }
        assert_ne!(plain.after(&line()), plain, "the chain goes on");
        let epoch = Line { purpose: Purpose::Train, ..line() };
        let measured = Line { instruments: [("entropy".to_owned(), 1.0)].into(), ..epoch.clone() };
        assert_ne!(Digest::start().after(&epoch), Digest::start().after(&measured));
    }

    #[test]
    fn measured_seconds_do_not_count() {
        let measured = |seconds| Line { cost: Cost { seconds, measured: true }, ..line() };
        assert_eq!(Digest::start().after(&measured(1.0)), Digest::start().after(&measured(2.0)));
    }
}
