//! LAX: the score function of a choice, less a learned function of the noise behind it.

use serde::{Deserialize, Serialize};

use super::gumbel::Perturbed;
use super::schedule;
use super::simplex::{add_back, rows};
use super::surrogate::Surrogate;
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, dot, independent, state};
use crate::numeric;
use crate::objective::Relaxation;
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// Options of [`Lax`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Hidden units of the network, in 1..=256.
    pub units: usize,
    /// The temperature at which the network sees z, in [0.01, 1000].
    pub surrogate_temperature: f64,
    /// The step size of Adam for its weights, in (0, 100].
    pub surrogate_rate: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { units: 10, surrogate_temperature: 1.0, surrogate_rate: 0.01 }
    }
}

/// `ĝ = f(b) ∇_α log p(b) − c_φ(z) ∇_α log p(z) + ∇_α c_φ(z)`, b = argmax z.
///
/// Without the conditioning of [`Relax`](super::Relax) the two scores differ, and their difference remains as noise.
///
/// # Source
/// Grathwohl et al. 2018, equation (5), for a discrete b.
/// # Differs from the source
/// The network stands on the running mean and deviation of the losses; the mean is a baseline of the first term. The first
/// plan only sets these and gives no gradient.
/// # Cost
/// One hard point. Memory of the plan: p, z and p exp(−z), `[3 A]`.
#[derive(Debug, Clone)]
pub struct Lax {
    space: Space,
    surrogate: Surrogate,
    temperature: f64,
    ready: Ready,
}

impl Lax {
    /// # Errors
    /// If an option is out of range.
    pub fn new(options: &Options, space: &Space) -> Result<Self, String> {
        let Options { units, surrogate_temperature: temperature, surrogate_rate } = *options;
        schedule::check("surrogate_temperature", temperature)?;
        let surrogate = Surrogate::new(space.choices_in_all(), units, surrogate_rate)?;
        Ok(Self { space: space.clone(), surrogate, temperature, ready: Ready::default() })
    }
}

impl Estimator for Lax {
    fn bias(&self, _: Option<Relaxation>) -> Bias {
        Bias::Unbiased
    }

    fn needs(&self) -> Needs {
        Needs::INDEPENDENT
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let policy = independent(policy);
        self.surrogate.begin(random);
        let draw = Perturbed::draw(policy, random);
        let mut plan = draw.plan(&self.space);
        // Taken here, where log p is a number even if p is not.
        plan.memory.extend(policy.log_probabilities().iter().zip(&draw.z).map(|(log_p, z)| numeric::exp(log_p - z)));
        plan
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let [Some(hard)] = replies else { return };
        let draw = Perturbed::of_plan(&self.space, &plan);
        let Some((mean, deviation)) = self.surrogate.observe(hard.loss) else { return };
        let y = draw.relaxed(&self.space, self.temperature);
        let (value, slopes) = self.surrogate.value(&y);
        let density = density_score(&self.space, &draw.p, &plan.memory[2 * draw.p.len()..]);
        let mut estimate = vec![0.0; draw.p.len()];
        draw.add_score(hard.loss - mean, &mut estimate);
        add_back(&self.space, &y, &slopes, deviation / self.temperature, &mut estimate);
        estimate.iter_mut().zip(&density).for_each(|(sum, score)| *sum -= deviation * value * score);
        if deviation > 0.0 {
            let mut direction = vec![0.0; y.len()];
            add_back(&self.space, &y, &estimate, 2.0 / (deviation * self.temperature), &mut direction);
            self.surrogate.step(&y, -2.0 * dot(&estimate, &density) / deviation, &direction);
        }
        self.ready.start(y.len()).copy_from_slice(&estimate);
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("lax": surrogate; ready);
}

/// ∇_α log p(z): with e_i = p_i exp(−z_i) it is 1 − e_i − p_i Σ (1 − e).
fn density_score(space: &Space, p: &[f64], e: &[f64]) -> Vec<f64> {
    let mut score: Vec<f64> = e.iter().map(|e| 1.0 - e).collect();
    for row in rows(space) {
        let sum: f64 = score[row.clone()].iter().sum();
        row.for_each(|i| score[i] -= p[i] * sum);
    }
    score
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Categorical;

    #[test]
    fn the_score_of_the_noise_is_that_of_differences() {
        let space = Space::named("sequence:1x3").unwrap();
        let mut policy = Categorical::new(space.clone());
        policy.update(&mut |logits| logits.copy_from_slice(&[0.4, -0.3, 0.9]));
        let draw = Perturbed::draw(&policy, &mut Stream::new(1, "test", 0));
        // log p(z) = Σ_i log p_i − z_i − p_i exp(−z_i).
        let log_density = |policy: &Categorical| -> f64 {
            let (p, log_p) = (policy.all_probabilities(), policy.log_probabilities());
            (0..3).map(|i| log_p[i] - draw.z[i] - p[i] * numeric::exp(-draw.z[i])).sum()
        };
        let e: Vec<f64> = draw.p.iter().zip(&draw.z).map(|(p, z)| p * numeric::exp(-z)).collect();
        for (i, got) in density_score(&space, &draw.p, &e).iter().enumerate() {
            let at = |step: f64| {
                let mut moved = policy.clone();
                moved.update(&mut |logits| logits[i] += step);
                log_density(&moved)
            };
            assert!((got - (at(1e-5) - at(-1e-5)) / 2e-5).abs() < 1e-8, "{i}");
        }
    }
}
