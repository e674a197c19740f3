//! What is taken from the loss before it weighs a score: a running mean of the losses seen *before*.

use serde::{Deserialize, Serialize};

use crate::state::state;

/// A baseline b for the advantage f(h) − b.
///
/// It never depends on the loss that it is taken from, so that E[b · ∇ log p] = 0 and the estimator stays unbiased; unless
/// it is asked to, see [`BaselineUpdate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// b = 0.
    None,
    /// b ← d·b + (1 − d)·f, starting at 0.
    Ema,
    /// The same divided by 1 − dᵗ after t losses (Kingma and Ba 2015), so that it is a mean of losses from the start.
    #[default]
    DebiasedEma,
}

/// When a running mean takes a loss in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineUpdate {
    /// After the advantage of that loss is formed: unbiased.
    #[default]
    After,
    /// Before, as the code of ENAS (Pham et al. 2018) and of NAS-Bench-201 (Dong and Yang 2020) has it. The loss then
    /// takes part in what is taken from it, f − (d·b + (1 − d)·f) = d·(f − b), so that the gradient is too small by the
    /// decay d: biased, to no effect under Adam but for its ε.
    Before,
}

/// A baseline at work.
#[derive(Debug, Clone)]
pub(super) struct RunningBaseline {
    kind: Baseline,
    decay: f64,
    average: f64,
    /// dᵗ after t losses: the weight that the start of the average still has.
    start: f64,
}

state!(RunningBaseline { average, start });

impl RunningBaseline {
    /// # Errors
    /// If the decay is not in [0, 1).
    pub(super) fn new(kind: Baseline, decay: f64) -> Result<Self, String> {
        if (0.0..1.0).contains(&decay) {
            Ok(Self { kind, decay, average: 0.0, start: 1.0 })
        } else {
            Err(format!("decay must be in [0, 1), got {decay}; try 0.9"))
        }
    }

    /// b as of now; `None` while a debiased average has seen nothing: then there is no advantage to speak of.
    pub(super) fn value(&self) -> Option<f64> {
        match self.kind {
            Baseline::None => Some(0.0),
            Baseline::Ema => Some(self.average),
            Baseline::DebiasedEma if self.start == 1.0 => None,
            Baseline::DebiasedEma => Some(self.average / (1.0 - self.start)),
        }
    }

    pub(super) fn update(&mut self, loss: f64) {
        self.average = self.decay * self.average + (1.0 - self.decay) * loss;
        self.start *= self.decay;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debiased_average_of_a_constant_is_the_constant() {
        let mut baseline = RunningBaseline::new(Baseline::DebiasedEma, 0.9).unwrap();
        assert_eq!(baseline.value(), None);
        for _ in 0..5 {
            baseline.update(3.0);
            assert!((baseline.value().unwrap() - 3.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_plain_average_starts_at_0() {
        let mut baseline = RunningBaseline::new(Baseline::Ema, 0.9).unwrap();
        baseline.update(3.0);
        assert!((baseline.value().unwrap() - 0.3).abs() < 1e-12);
    }

    #[test]
    fn a_decay_of_1_is_refused() {
        let error = RunningBaseline::new(Baseline::Ema, 1.0).unwrap_err();
        assert_eq!(error, "decay must be in [0, 1), got 1; try 0.9");
    }
}
