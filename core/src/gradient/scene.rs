//! An objective and a policy at which the exact gradient is known.

use crate::estimator::Reply;
use crate::estimator::exact::{self, Expectation};
use crate::objective::{
    self, MOST_CORNERS, Mixture, Objective, Point, Purpose, Relaxation, Scalarisation, Trial, multilinear,
};
use crate::policy::{Categorical, Policy};
use crate::space::{Architecture, Space};

/// What is measured on: policy, objective, and the gradient of the one's expectation of the other.
#[derive(Debug)]
pub struct Scene {
    policy: Categorical,
    objective: Box<dyn Objective>,
    scalarisation: Scalarisation,
    exact: Expectation,
    /// The loss of every architecture, where the expectation had to be summed from them.
    losses: Option<Vec<f64>>,
}

impl Scene {
    /// The scene of `objective` at the uniform policy over `space`.
    ///
    /// # Errors
    /// If the exact gradient cannot be had: the objective does not know its expectation, and the space is too large to sum it
    /// up, or an architecture has no loss.
    pub fn new(space: &Space, objective: Box<dyn Objective>, scalarisation: Scalarisation) -> Result<Self, String> {
        let policy = Categorical::new(space.clone());
        let exact = Expectation { mean: 0.0, gradient: Vec::new() };
        let mut scene = Self { policy, objective, scalarisation, exact, losses: None };
        if scene.known().is_none() {
            scene.losses = Some(scene.enumerated()?);
        }
        scene.exact = scene.expectation();
        Ok(scene)
    }

    /// Moves the policy to `logits`, `[A]`.
    ///
    /// # Errors
    /// If they are not finite, or not as many as the space has choices.
    pub fn set_logits(&mut self, logits: &[f64]) -> Result<(), String> {
        let want = self.policy.parameters().len();
        if logits.len() != want {
            return Err(format!(
                "{want} logits are wanted, one for each choice of each position, got {}",
                logits.len()
            ));
        }
        if let Some(index) = logits.iter().position(|logit| !logit.is_finite()) {
            return Err(format!("logit {index} is {}; it must be finite", logits[index]));
        }
        self.policy.update(&mut |parameters| parameters.copy_from_slice(logits));
        self.exact = self.expectation();
        Ok(())
    }

    /// The policy.
    pub fn policy(&self) -> &Categorical {
        &self.policy
    }

    /// `E[f]` at the policy and its gradient, `[A]`.
    pub fn exact(&self) -> &Expectation {
        &self.exact
    }

    /// How the objective extends its losses to mixtures, where it does.
    pub fn relaxation(&self) -> Option<Relaxation> {
        self.objective.answers().soft.filter(|_| !self.is_scalarised())
    }

    /// Whether the loss is made of two metrics.
    pub fn is_scalarised(&self) -> bool {
        self.scalarisation.second().is_some()
    }

    /// The loss at a point, and its slopes for a mixture; `None` where there is none.
    pub fn reply(&mut self, point: Point) -> Option<Reply> {
        let trial = Trial { id: 0, point, purpose: Purpose::Evaluate, fidelity: None, seed: 0 };
        let answer = objective::answer(self.objective.as_mut(), &trial).ok()?;
        let loss = self.scalarisation.loss(&answer.values).ok()?;
        let gradient = answer.gradient.and_then(|slopes| self.scalarisation.slopes(slopes));
        Some(Reply { loss, gradient })
    }

    /// `E[f]` and its slopes in p, where the objective knows them.
    fn known(&self) -> Option<(f64, Mixture)> {
        let mixture = Mixture(self.policy.all_probabilities().to_vec());
        let (mean, slopes) = self.objective.expectation(&mixture)?;
        Some((self.scalarisation.of_value(mean), self.scalarisation.slopes(slopes)?))
    }

    fn expectation(&self) -> Expectation {
        let summed = || {
            let space = self.policy.space();
            let choices: Vec<usize> = (0..space.length()).map(|l| space.choices(l)).collect();
            let losses = self.losses.as_deref().unwrap_or_default();
            let (mean, slopes) = multilinear(&choices, self.policy.all_probabilities(), |index| losses[index]);
            (mean, Mixture(slopes))
        };
        exact::independent(&self.policy, self.known().unwrap_or_else(summed))
    }

    /// The loss of every architecture.
    fn enumerated(&mut self) -> Result<Vec<f64>, String> {
        let space = self.policy.space().clone();
        if space.size_up_to(MOST_CORNERS).is_none() {
            return Err(format!(
                "the exact gradient is the sum over all {} architectures, and {MOST_CORNERS} can be summed; choose a \
                 smaller space, or the chain, which knows its expectation",
                space.size()
            ));
        }
        let mut loss = |h: Architecture| {
            let answer = objective::answer(self.objective.as_mut(), &Trial::evaluate(0, h.clone(), 0));
            answer.and_then(|answer| self.scalarisation.loss(&answer.values)).map_err(|failure| {
                format!("the exact gradient needs every architecture, and `{}` has none: {failure}", space.format(&h))
            })
        };
        space.enumerate().map(&mut loss).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::ObjectiveSpec;

    fn scene(objective: &str, space: &str) -> Result<Scene, String> {
        let space = Space::named(space).unwrap();
        let objective = crate::run::parse::<ObjectiveSpec>(objective)?.open(&space, None).map_err(|e| e.to_string())?;
        let scalarisation = Scalarisation::of_metric(objective.metrics(), None)?;
        Scene::new(&space, objective, scalarisation)
    }

    #[test]
    fn what_is_known_and_what_is_summed_agree_with_enumeration() {
        for (objective, space) in [("chain", "sequence:4x3"), ("nk", "sequence:4x3"), ("toy", "sequence:4x3")] {
            let mut scene = scene(objective, space).unwrap();
            let logits: Vec<f64> = (0..12).map(|i| f64::from(i * 7 % 5) / 3.0).collect();
            scene.set_logits(&logits).unwrap();
            let policy = scene.policy().clone();
            let want = exact::enumerate(&policy, |h| scene.reply(Point::Hard(h.clone())).unwrap().loss);
            let got = scene.exact();
            assert!((got.mean - want.mean).abs() < 1e-12);
            assert!(got.gradient.iter().zip(&want.gradient).all(|(a, b)| (a - b).abs() < 1e-12), "{objective}");
        }
    }

    #[test]
    fn a_sign_is_flipped_for_what_is_to_be_large() {
        let mut scene = scene("table", "nas-bench-201").unwrap();
        let soft = scene.reply(Point::Soft(Mixture(vec![0.2; 30]))).unwrap();
        assert!((soft.loss - scene.exact().mean).abs() < 1e-9 && soft.loss < 0.0);
        assert!(soft.gradient.unwrap().0.iter().all(|slope| *slope < 0.0));
    }

    #[test]
    fn what_cannot_be_summed_or_set_is_refused() {
        let error = scene("nk", "sequence:20x7").unwrap_err();
        assert!(error.starts_with("the exact gradient is the sum over all 79792266297612001 architectures"), "{error}");
        let mut scene = scene("toy", "sequence:1x2").unwrap();
        assert_eq!(
            scene.set_logits(&[0.0]).unwrap_err(),
            "2 logits are wanted, one for each choice of each position, got 1"
        );
        assert_eq!(scene.set_logits(&[0.0, f64::NAN]).unwrap_err(), "logit 1 is NaN; it must be finite");
    }
}
