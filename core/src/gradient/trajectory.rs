//! Where policies come by on the way of a search.

use super::{Measurement, Scene};
use crate::estimator::EstimatorSpec;
use crate::optimiser::{self, Adam};
use crate::policy::Policy;

/// The logits after each of `at` steps, in increasing order, of Adam along the exact gradient from where the scene's policy is:
/// a search without error. The policy is left at the last of them.
///
/// # Errors
/// If the learning rate is out of range.
pub fn trajectory(scene: &mut Scene, learning_rate: f64, at: &[u32]) -> Result<Vec<Vec<f64>>, String> {
    along(scene, learning_rate, at, |scene| Ok(scene.exact().gradient.clone()))
}

/// The same along draws of the estimator called `name`, one a step, whose noise is named by the seed and that name: the search
/// that it drives.
///
/// # Errors
/// If the learning rate or an option is out of range, the estimator does not suit the scene, or a draw gives no gradient.
pub fn trajectory_of(
    scene: &mut Scene,
    (name, estimator): (&str, &EstimatorSpec),
    seed: u64,
    learning_rate: f64,
    at: &[u32],
) -> Result<Vec<Vec<f64>>, String> {
    // Not the draws that are measured afterwards.
    let name = format!("trajectory {name}");
    let mut measurement = Measurement::new(scene, &name, estimator, None, seed)?;
    along(scene, learning_rate, at, |scene| measurement.draw(scene).map(<[f64]>::to_vec))
}

fn along(
    scene: &mut Scene,
    learning_rate: f64,
    at: &[u32],
    mut gradient: impl FnMut(&mut Scene) -> Result<Vec<f64>, String>,
) -> Result<Vec<Vec<f64>>, String> {
    let adam = optimiser::Options { learning_rate, ..optimiser::Options::default() };
    let mut adam = Adam::new(&adam, scene.policy().parameters().len())?;
    let (mut taken, mut found) = (0, Vec::with_capacity(at.len()));
    for wanted in at {
        while taken < *wanted {
            let gradient = gradient(scene)?;
            let mut logits = scene.policy().parameters().to_vec();
            adam.step(&mut logits, &gradient);
            scene.set_logits(&logits)?;
            taken += 1;
        }
        found.push(scene.policy().parameters().to_vec());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::{ObjectiveSpec, Scalarisation};
    use crate::space::Space;

    #[test]
    fn an_estimator_without_error_walks_as_the_exact_gradient_and_another_by_its_seed() {
        let walk = |name: &str, seed: u64| {
            let space = Space::named("sequence:4x3").unwrap();
            let objective = crate::run::parse::<ObjectiveSpec>("chain").unwrap().open(&space, None).unwrap();
            let scalarisation = Scalarisation::of_metric(objective.metrics(), None).unwrap();
            let mut scene = Scene::new(&space, objective, scalarisation).unwrap();
            if name.is_empty() {
                return trajectory(&mut scene, 0.1, &[0, 5, 20]).unwrap();
            }
            let estimator: EstimatorSpec = crate::run::parse(name).unwrap();
            trajectory_of(&mut scene, (name, &estimator), seed, 0.1, &[0, 5, 20]).unwrap()
        };
        let exact = walk("", 0);
        // On the straight chain DARTS follows E f.
        let softmax = walk("softmax", 1);
        let apart = |a: &[Vec<f64>], b: &[Vec<f64>]| -> f64 {
            a.iter().flatten().zip(b.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
        };
        assert!(apart(&exact, &softmax) < 1e-6);
        assert_eq!(walk("rloo", 1), walk("rloo", 1));
        assert!(apart(&walk("rloo", 1), &walk("rloo", 2)) > 1e-3);
    }
}
