//! When a search that trains a supernet goes wrong, and when it ends early: rules over the instruments of its epochs.

use serde::{Deserialize, Serialize};

use crate::objective::Instruments;

/// What happens when the derived architecture is about to consist of shortcuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alarm {
    /// Nothing.
    Off,
    /// It is said, and the search goes on.
    #[default]
    Warn,
    /// It is said, and the architecture of the epoch before is taken.
    Stop,
}

/// A rule by which a search ends before its epochs do. The architecture is that of an earlier epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum EarlyStopping {
    /// When the curvature in the policy's logits has grown too fast.
    Eigenvalue(EigenvalueRule),
    /// When the derived cell has too many skips.
    Skips(SkipRule),
}

/// The training ends when the largest eigenvalue of the curvature in the policy's logits, averaged over `window` epochs, has grown by
/// more than `ratio` within `back` epochs; the architecture is that of before.
///
/// # Source
/// Zela et al. 2020 (RobustDARTS), section 4.3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EigenvalueRule {
    /// Above 1.
    pub ratio: f64,
    /// Epochs, from 1.
    pub window: usize,
    /// Epochs, from 1.
    pub back: usize,
    /// The first epoch at which it may end, from 1.
    pub not_before: usize,
}

impl Default for EigenvalueRule {
    fn default() -> Self {
        Self { ratio: 1.3, window: 5, back: 4, not_before: 10 }
    }
}

/// The training ends when the derived normal cell has `most` skips; the architecture is that of the last epoch that had fewer, and
/// while there is none it goes on.
///
/// # Source
/// Liang et al. 2019 (DARTS+), criterion 1.
/// # Differs from the source
/// At the start, where the policy is undecided and its largest choices are chance, the rule waits: `not_before`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SkipRule {
    /// From 1.
    pub most: usize,
    /// The first epoch at which it may end, from 1.
    pub not_before: usize,
}

impl Default for SkipRule {
    fn default() -> Self {
        Self { most: 2, not_before: 5 }
    }
}

impl EarlyStopping {
    /// Checks every range.
    ///
    /// # Errors
    /// Which value is out of which.
    pub fn check(&self) -> Result<(), String> {
        let whole = |name: &str, value: usize| match value {
            1..=1000 => Ok(()),
            _ => Err(format!("early_stopping: {name} must be in 1..=1000, got {value}")),
        };
        match *self {
            Self::Eigenvalue(EigenvalueRule { ratio, window, back, not_before }) => {
                if !(ratio > 1.0 && ratio.is_finite()) {
                    return Err(format!("early_stopping: ratio must be above 1, got {ratio}; try 1.3"));
                }
                whole("window", window)?;
                whole("back", back)?;
                whole("not_before", not_before)
            }
            Self::Skips(SkipRule { most, not_before }) => {
                whole("most", most)?;
                whole("not_before", not_before)
            }
        }
    }

    /// Of the epochs so far, the last one last: how many of them are kept, where the search is to end now.
    pub fn ends_with(&self, epochs: &[Instruments]) -> Option<usize> {
        let now = epochs.len();
        match *self {
            Self::Eigenvalue(EigenvalueRule { ratio, window, back, not_before }) => {
                let average = |end: usize| {
                    let of = &epochs[end.saturating_sub(window)..end];
                    let values: Option<Vec<f64>> = of.iter().map(|epoch| epoch.get("eigenvalue").copied()).collect();
                    values.map(|values| values.iter().sum::<f64>() / values.len() as f64)
                };
                let before = now.checked_sub(back).filter(|before| *before > 0)?;
                let (then, now_average) = (average(before)?, average(now)?);
                (now >= not_before && then > 0.0 && now_average > ratio * then).then_some(before)
            }
            Self::Skips(SkipRule { most, not_before }) => {
                let fewer = |epoch: &Instruments| epoch.get("derived_skips").is_some_and(|skips| *skips < most as f64);
                let many = epochs.last().is_some_and(|epoch| epoch.contains_key("derived_skips") && !fewer(epoch));
                let before = epochs.iter().rposition(fewer)? + 1;
                (many && now >= not_before).then_some(before)
            }
        }
    }
}

/// How far the policy is on its way from indifference to nothing but skips where the alarm goes off: of five choices, 50 %.
const SKIP_LEAD: f64 = 0.375;

/// For so many epochs in a row the derived architecture has to be without weights: while the policy is undecided it is another one
/// every epoch.
const IN_A_ROW: usize = 3;

/// What is wrong with the last of `epochs`, of which the first `frozen` moved no policy, and how many of them were in order; `None`
/// while nothing is wrong.
pub fn alarmed(epochs: &[Instruments], frozen: usize) -> Option<(String, usize)> {
    let now = epochs.len();
    let last = epochs.last()?;
    let moved = epochs.get(frozen..)?;
    if moved.is_empty() {
        return None;
    }
    if last.get("skip_lead").is_some_and(|lead| *lead > SKIP_LEAD) {
        let share = 100.0 * last.get("skip_share").copied().unwrap_or(0.0);
        let words = format!(
            "alarm: epoch {now}: the policy puts {share:.0} % on skips, where it has the choice; what is derived from it will be a \
             shortcut"
        );
        return Some((words, now - 1));
    }
    let bare = |epoch: &Instruments| epoch.get("derived_weights") == Some(&0.0);
    (moved.len() >= IN_A_ROW && moved[moved.len() - IN_A_ROW..].iter().all(bare)).then(|| {
        let words = format!(
            "alarm: epoch {now}: for {IN_A_ROW} epochs the derived architecture has had no operation with weights"
        );
        (words, now - IN_A_ROW)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs(name: &str, values: &[f64]) -> Vec<Instruments> {
        values.iter().map(|value| [(name.to_owned(), *value)].into()).collect()
    }

    #[test]
    fn the_eigenvalue_rule_is_that_of_robust_darts() {
        let rule = EarlyStopping::Eigenvalue(EigenvalueRule::default());
        let flat = epochs("eigenvalue", &[0.2; 30]);
        assert!((1..=30).all(|now| rule.ends_with(&flat[..now]).is_none()));
        // 0.2 up to epoch 12, then 0.09 more each epoch.
        let rising: Vec<f64> = (1..=20).map(|epoch| 0.2 + 0.09 * f64::from((epoch - 12).max(0))).collect();
        let rising = epochs("eigenvalue", &rising);
        let ends: Vec<Option<usize>> = (1..=14).map(|now| rule.ends_with(&rising[..now])).collect();
        // Means over 5: 0.218 at 13, 0.254 at 14, 0.308 at 15, where 1.3 times the 0.2 of four epochs before is passed.
        assert!(ends.iter().all(Option::is_none), "{ends:?}");
        assert_eq!(rule.ends_with(&rising[..15]), Some(11));
        let early = epochs("eigenvalue", &[0.1, 0.1, 0.1, 0.1, 5.0, 5.0]);
        assert_eq!(rule.ends_with(&early), None, "not before epoch 10");
        assert_eq!(rule.ends_with(&epochs("entropy", &[1.0; 20])), None, "nothing is measured");
    }

    #[test]
    fn the_skip_rule_keeps_the_last_epoch_with_fewer() {
        let rule = EarlyStopping::Skips(SkipRule { most: 2, not_before: 3 });
        let ends = |skips: &[f64]| rule.ends_with(&epochs("derived_skips", skips));
        assert_eq!(ends(&[0.0, 1.0, 1.0]), None);
        assert_eq!(ends(&[0.0, 1.0, 1.0, 2.0]), Some(3));
        assert_eq!(ends(&[0.0, 3.0, 3.0]), Some(1));
        assert_eq!(ends(&[0.0, 2.0]), None, "not before epoch 3");
        assert_eq!(ends(&[2.0, 3.0, 3.0, 3.0]), None, "there is no epoch to go back to");
    }

    #[test]
    fn the_alarm_goes_off_where_skips_take_over_or_weights_are_gone_for_good() {
        let planted: Vec<Instruments> = epochs("skip_lead", &[0.0, 0.2, 0.3, 0.4]);
        let at = |now: usize, frozen| alarmed(&planted[..now], frozen);
        assert_eq!((1..=3).filter_map(|now| at(now, 0)).count(), 0);
        let (words, kept) = at(4, 0).unwrap();
        assert!(words.starts_with("alarm: epoch 4: the policy puts ") && kept == 3, "{words}");
        assert_eq!(at(4, 4), None, "it has not moved");
        let bare = epochs("derived_weights", &[2.0, 0.0, 0.0, 0.0]);
        let (words, kept) = alarmed(&bare, 0).unwrap();
        assert!(words.contains("no operation with weights") && kept == 1, "the epoch before the three");
        assert_eq!(alarmed(&bare[..3], 0), None, "twice is chance");
        assert_eq!(alarmed(&bare, 2), None, "in one of them the policy stood still");
        assert_eq!(alarmed(&epochs("derived_weights", &[0.0, 0.0, 2.0, 0.0, 0.0]), 0), None);
    }

    #[test]
    fn values_out_of_range_are_named() {
        let error =
            EarlyStopping::Eigenvalue(EigenvalueRule { ratio: 1.0, ..EigenvalueRule::default() }).check().unwrap_err();
        assert_eq!(error, "early_stopping: ratio must be above 1, got 1; try 1.3");
        let error = EarlyStopping::Skips(SkipRule { most: 0, not_before: 1 }).check().unwrap_err();
        assert_eq!(error, "early_stopping: most must be in 1..=1000, got 0");
    }
}
