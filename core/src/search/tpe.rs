//! The tree-structured Parzen estimator: draw like the good trials, prefer what the bad ones are not.

mod groups;

use serde::{Deserialize, Serialize};

use super::incumbent::Incumbent;
use super::{Outcome, Recommendation, Searcher};
use crate::objective::{Trial, TrialId};
use crate::random::Stream;
use crate::space::{Architecture, Space};
use groups::Groups;

/// Options of [`Tpe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// γ, the share of the trials that are good, in (0, 1). Less of it searches closer to the best.
    pub gamma: f64,
    /// How many architectures are drawn, to ask the most promising; 1 to 10,000. Fewer repeat less.
    pub candidates: usize,
    /// How many trials have to succeed before anything is learned from them; 0 to 1,000,000.
    pub startup: usize,
    /// w, how many times each choice counts as seen beforehand, in both groups; in (0, 1000]. More of it explores more.
    pub prior_weight: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { gamma: 0.1, candidates: 24, startup: 10, prior_weight: 1.0 }
    }
}

impl Options {
    fn check(&self) -> Result<(), String> {
        let Self { gamma, candidates, startup, prior_weight } = self;
        if !(*gamma > 0.0 && *gamma < 1.0) {
            return Err(format!("gamma must be in (0, 1), got {gamma}; try 0.1"));
        }
        if !(1..=10_000).contains(candidates) {
            return Err(format!("candidates must be in 1..=10000, got {candidates}; try 24"));
        }
        if *startup > 1_000_000 {
            return Err(format!("startup must be in 0..=1000000, got {startup}; try 10"));
        }
        if !(*prior_weight > 0.0 && *prior_weight <= 1000.0) {
            return Err(format!("prior_weight must be in (0, 1000], got {prior_weight}; try 1"));
        }
        Ok(())
    }
}

/// Two densities over architectures, l of the good and g of the bad trials; of some draws from l the one of the largest
/// l/g is asked, which is the one of the largest expected improvement.
///
/// With C_l and C_g the counts of choice k at a position in either group, `l_k ∝ C_l + w` and `g_k ∝ C_g + w`; positions
/// are independent, so that `ln(l/g) = Σ ln((C_l + w)/(C_g + w)) + constant`.
///
/// # Source
/// Bergstra, Bardenet, Bengio and Kégl 2011, section 4: a categorical density is ∝ N p_k + C_k with the prior p_k, here
/// 1/N, of N choices. Variants are compared in Watanabe 2023.
/// # Differs from the source
/// - By default γ is 0.1 and 24 are drawn, as in Optuna.
/// - A trial in flight counts among the bad, so that trials asked together differ; so does one that failed. Neither
///   counts for the quantile. The source has one trial in flight and no failures.
/// - Trials do not fade with age, and good ones are not limited to 25, as in some programs.
///
/// As in the source, an architecture may be asked again, and the nearer the end, the more often it is: on an objective
/// without noise this is trials lost. A larger `prior_weight` or fewer candidates repeat less.
/// # Cost
/// O(candidates Σ K_l + log n) a trial; memory grows with the number of trials.
#[derive(Debug)]
pub struct Tpe {
    space: Space,
    options: Options,
    random: Stream,
    incumbent: Incumbent,
    groups: Groups,
}

impl Tpe {
    /// # Errors
    /// If an option is out of range.
    pub fn new(options: &Options, space: &Space, seed: u64) -> Result<Self, String> {
        options.check()?;
        Ok(Self {
            groups: Groups::new(space, options.gamma, options.prior_weight),
            space: space.clone(),
            options: options.clone(),
            random: Stream::new(seed, "tpe", 0),
            incumbent: Incumbent::new(seed),
        })
    }

    /// The candidate of the largest l/g; the first drawn among equals.
    fn promising(&mut self) -> Architecture {
        let mut best = (f64::NEG_INFINITY, Vec::new());
        let mut candidate = vec![0; self.space.length()];
        for _ in 0..self.options.candidates {
            let score = self.groups.draw(&mut candidate, || self.random.unit());
            if score > best.0 {
                best = (score, candidate.clone());
            }
        }
        Architecture::new(best.1)
    }
}

impl Searcher for Tpe {
    fn ask(&mut self) -> Option<Trial> {
        let learned = self.groups.told() >= self.options.startup;
        let architecture = if learned { self.promising() } else { self.space.sample(&mut self.random) };
        self.groups.shun(&architecture);
        Some(self.incumbent.ask(architecture))
    }

    fn tell(&mut self, id: TrialId, outcome: &Outcome) {
        // A trial that failed stays among the bad.
        if let (architecture, Some(loss)) = self.incumbent.tell(id, outcome) {
            self.groups.pardon(&architecture);
            self.groups.insert(id, architecture, loss);
        }
    }

    fn recommend(&self) -> Recommendation {
        self.incumbent.recommend()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::Reply;
    use crate::objective::{Failure, FailureKind};

    fn tell(tpe: &mut Tpe, trial: &Trial, loss: f64) {
        tpe.tell(trial.id, &Outcome::Told(Reply { loss, gradient: None }));
    }

    #[test]
    fn options_out_of_range_are_refused() {
        let space = Space::named("sequence:4x4").unwrap();
        let default = Options::default();
        for (options, message) in [
            (Options { gamma: 2.0, ..default.clone() }, "gamma must be in (0, 1), got 2; try 0.1"),
            (Options { gamma: f64::NAN, ..default.clone() }, "gamma must be in (0, 1), got NaN; try 0.1"),
            (Options { candidates: 0, ..default.clone() }, "candidates must be in 1..=10000, got 0; try 24"),
            (Options { startup: 1_000_001, ..default.clone() }, "startup must be in 0..=1000000, got 1000001; try 10"),
            (Options { prior_weight: 0.0, ..default.clone() }, "prior_weight must be in (0, 1000], got 0; try 1"),
        ] {
            assert_eq!(Tpe::new(&options, &space, 1).unwrap_err(), message);
        }
    }

    #[test]
    fn what_is_good_is_asked_again_and_what_fails_is_not() {
        let space = Space::named("sequence:1x4").unwrap();
        let mut tpe = Tpe::new(&Options::default(), &space, 1).unwrap();
        let mut asked = [0; 4];
        for _ in 0..400 {
            let trial = tpe.ask().unwrap();
            let choice = trial.architecture().unwrap().choices()[0];
            asked[usize::from(choice)] += 1;
            match choice {
                0 => tpe.tell(trial.id, &Outcome::Failed(Failure::new(FailureKind::Failed, "no"))),
                _ => tell(&mut tpe, &trial, f64::from(choice)),
            }
        }
        assert!(asked[1] > 250 && asked[0] < 30, "{asked:?}");
        assert_eq!(tpe.groups.told() + asked[0], 400);
    }

    #[test]
    fn trials_in_flight_push_one_another_away() {
        let space = Space::named("sequence:1x4").unwrap();
        let mut tpe = Tpe::new(&Options { startup: 4, ..Options::default() }, &space, 1).unwrap();
        // One good choice, and as many bad trials of each.
        for choice in [0, 0, 0, 1, 1, 2, 2, 3, 3] {
            let trial = tpe.incumbent.ask(Architecture::new([choice]));
            tpe.groups.shun(trial.architecture().unwrap());
            tell(&mut tpe, &trial, f64::from(choice));
        }
        let choices: Vec<u8> = (0..4).map(|_| tpe.ask().unwrap().architecture().unwrap().choices()[0]).collect();
        assert_eq!(choices[0], 0);
        assert!(choices[1..].iter().any(|choice| *choice != 0), "{choices:?}");
    }
}
