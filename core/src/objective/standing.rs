//! Which of two told trials is the better one.

use std::cmp::Ordering;

use super::TrialId;

/// How good a told trial is: more epochs stand before fewer, then the smaller loss, then the earlier number. The best of
/// several trials is the least.
///
/// A loss after few epochs says little about one after many, so that the two are never compared: after the same schedule
/// of training, a candidate that went on is known better than one that did not. A trial that left its work to the
/// objective, without a fidelity, had all of it.
///
/// ```
/// use bilevel::objective::Standing;
/// let full = Standing::new(None, 0.3, 7);
/// assert!(full < Standing::new(Some(4), 0.1, 2));
/// assert!(Standing::new(Some(4), 0.1, 2) < Standing::new(Some(4), 0.1, 3));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    epochs: Option<u32>,
    loss: f64,
    id: TrialId,
}

impl Standing {
    /// The standing of trial `id`, which was asked at so many epochs and told `loss`.
    pub fn new(epochs: Option<u32>, loss: f64, id: TrialId) -> Self {
        // −0 is 0: equal losses leave the choice to the number.
        Self { epochs, loss: loss + 0.0, id }
    }

    /// The number of its trial.
    pub fn id(&self) -> TrialId {
        self.id
    }
}

impl Ord for Standing {
    fn cmp(&self, other: &Self) -> Ordering {
        let epochs = |standing: &Self| standing.epochs.unwrap_or(u32::MAX);
        let by_epochs = epochs(other).cmp(&epochs(self));
        by_epochs.then(self.loss.total_cmp(&other.loss)).then(self.id.cmp(&other.id))
    }
}

impl PartialOrd for Standing {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Standing {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Standing {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_come_before_the_loss_and_the_loss_before_the_number() {
        let mut told = [
            Standing::new(Some(1), -5.0, 0),
            Standing::new(Some(9), 2.0, 1),
            Standing::new(Some(9), 0.0, 4),
            Standing::new(Some(9), -0.0, 5),
            Standing::new(Some(3), -9.0, 3),
            Standing::new(None, 3.0, 6),
        ];
        told.sort_unstable();
        assert_eq!(told.map(|standing| standing.id()), [6, 4, 5, 1, 3, 0]);
    }
}
