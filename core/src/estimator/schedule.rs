//! The temperature of a relaxation from plan to plan.

use crate::state::state;

/// The lowest and the highest temperature.
pub(super) const RANGE: std::ops::RangeInclusive<f64> = 0.01..=1000.0;

/// τ, the same for all plans or falling on a straight line to its end.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    first: f64,
    last: f64,
    anneal: u32,
    plans: u32,
}

state!(Schedule { plans });

impl Schedule {
    /// # Errors
    /// If a temperature is not in [0.01, 1000], or there is nothing to anneal over.
    pub(super) fn new(first: f64, last: Option<f64>, anneal: u32) -> Result<Self, String> {
        check("temperature", first)?;
        last.map_or(Ok(()), |last| check("final_temperature", last))?;
        if !(1..=1_000_000_000).contains(&anneal) {
            return Err(format!("anneal must be in 1..=1000000000 plans, got {anneal}; try 1000"));
        }
        Ok(Self { first, last: last.unwrap_or(first), anneal, plans: 0 })
    }

    /// τ of the next plan.
    pub(super) fn next(&mut self) -> f64 {
        let share = f64::from(self.plans.min(self.anneal)) / f64::from(self.anneal);
        self.plans = self.plans.saturating_add(1);
        self.first + share * (self.last - self.first)
    }
}

/// # Errors
/// If a temperature is out of range: its name and what would be right.
pub(super) fn check(name: &str, temperature: f64) -> Result<(), String> {
    if RANGE.contains(&temperature) {
        Ok(())
    } else {
        Err(format!("{name} must be in [0.01, 1000], got {temperature}; try 1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_falls_on_a_straight_line_and_stays() {
        let mut schedule = Schedule::new(1.0, Some(0.2), 4).unwrap();
        let taus: Vec<f64> = (0..6).map(|_| schedule.next()).collect();
        for (tau, want) in taus.iter().zip([1.0, 0.8, 0.6, 0.4, 0.2, 0.2]) {
            assert!((tau - want).abs() < 1e-12, "{taus:?}");
        }
    }

    #[test]
    fn temperatures_that_are_none_are_refused() {
        for (first, last, anneal, message) in [
            (0.0, None, 1, "temperature must be in [0.01, 1000], got 0; try 1"),
            (-1.0, None, 1, "temperature must be in [0.01, 1000], got -1; try 1"),
            (f64::NAN, None, 1, "temperature must be in [0.01, 1000], got NaN; try 1"),
            (1.0, Some(0.0), 1, "final_temperature must be in [0.01, 1000], got 0; try 1"),
            (1.0, None, 0, "anneal must be in 1..=1000000000 plans, got 0; try 1000"),
        ] {
            assert_eq!(Schedule::new(first, last, anneal).unwrap_err(), message);
        }
    }
}
