//! A search without error: where policies come by on the way.

use super::Scene;
use crate::optimiser::{self, Adam};
use crate::policy::Policy;

/// The logits after each of `at` steps, in increasing order, of Adam along the exact gradient from where the scene's policy is.
/// The policy is left at the last of them.
///
/// # Errors
/// If the learning rate is out of range.
pub fn trajectory(scene: &mut Scene, learning_rate: f64, at: &[u32]) -> Result<Vec<Vec<f64>>, String> {
    let mut adam = Adam::new(&optimiser::Options { learning_rate, ..optimiser::Options::default() })?;
    let (mut taken, mut found) = (0, Vec::with_capacity(at.len()));
    for wanted in at {
        while taken < *wanted {
            let mut logits = scene.policy().parameters().to_vec();
            adam.step(&mut logits, &scene.exact().gradient);
            scene.set_logits(&logits)?;
            taken += 1;
        }
        found.push(scene.policy().parameters().to_vec());
    }
    Ok(found)
}
