//! When a run ends.

use serde::{Deserialize, Serialize};

/// The most trials that a run may have; a run that names no number of trials has this one.
pub const MOST_TRIALS: u64 = 1_000_000_000;

/// What a run may spend. The first limit that is reached ends it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// Trials told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trials: Option<u64>,
    /// Seconds that a table says its trials would have cost; the trial that would pass it ends the run and does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub simulated_seconds: Option<f64>,
    /// Seconds of wall time: once a trial is told after them, nothing more is asked; trials in flight are still told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall_seconds: Option<f64>,
}

impl Budget {
    /// A budget of so many trials.
    pub fn trials(trials: u64) -> Self {
        Self { trials: Some(trials), ..Self::default() }
    }

    /// Whether no limit is named.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if let Some(trials) = self.trials
            && !(1..=MOST_TRIALS).contains(&trials)
        {
            return Err(format!("budget.trials must be in 1..={MOST_TRIALS}, got {trials}"));
        }
        for (name, seconds) in [("simulated_seconds", self.simulated_seconds), ("wall_seconds", self.wall_seconds)] {
            if let Some(seconds) = seconds
                && !(seconds > 0.0 && seconds.is_finite())
            {
                return Err(format!("budget.{name} must be finite and > 0, got {seconds}"));
            }
        }
        Ok(())
    }
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Stop {
    /// All trials of the budget are told.
    Trials,
    /// The next trial would have passed the simulated seconds.
    SimulatedSeconds,
    /// The wall time is over.
    WallSeconds,
    /// The searcher has nothing left to ask.
    Exhausted,
    /// Somebody stopped it; it can be resumed.
    Interrupted,
}
