//! The factorised categorical policy: independent softmax logits for each position.

use std::cell::OnceCell;

use super::{Entropy, Policy, draw, minus_p_log_p};
use crate::numeric::{self, SumOfExp};
use crate::random::Stream;
use crate::space::{Architecture, Space};

/// `p_α(h) = Π_l softmax(α_l)[h_l]`, with one logit for each choice: A = Σ K_l. Starts uniform, α = 0.
///
/// # Source
/// The tabular controller of NAS-Bench-201 (Dong and Yang 2020).
/// # Differs from the source
/// Logits start at 0 instead of 10⁻³·N(0, 1): the noise is of no use, and the start is the same for every seed.
///
/// ```
/// use bilevel::policy::{Categorical, Policy};
/// use bilevel::space::Space;
/// let mut policy = Categorical::new(Space::named("sequence:2x3").unwrap());
/// assert!((policy.entropy().nats() - 2.0 * 3f64.ln()).abs() < 1e-12);
/// policy.update(&mut |logits| logits[1] = 50.0);
/// assert_eq!(policy.mode().choices(), [1, 0]);
/// ```
#[derive(Debug, Clone)]
pub struct Categorical {
    space: Space,
    /// α, `[Σ K_l]`.
    logits: Vec<f64>,
    /// p, brought up to date with the logits, `[Σ K_l]`.
    probabilities: Vec<f64>,
    /// Σ_k exp α_{l,k}, likewise, `[L]`.
    sums: Vec<SumOfExp>,
    /// Their logarithms, taken when they are first asked for: plain REINFORCE never asks, and they would be a sixth of
    /// its time.
    normalisers: OnceCell<Box<[f64]>>,
}

impl Categorical {
    /// The uniform policy over `space`.
    pub fn new(space: Space) -> Self {
        let (zeros, sums) = (vec![0.0; space.choices_in_all()], vec![SumOfExp::default(); space.length()]);
        let mut policy =
            Self { space, logits: zeros.clone(), probabilities: zeros, sums, normalisers: OnceCell::new() };
        policy.refresh();
        policy
    }

    fn refresh(&mut self) {
        for l in 0..self.space.length() {
            let row = range(&self.space, l);
            self.sums[l] = numeric::softmax(&self.logits[row.clone()], &mut self.probabilities[row]);
        }
        self.normalisers.take();
    }

    /// ln Σ_k exp α_{l,k}, `[L]`.
    fn normalisers(&self) -> &[f64] {
        self.normalisers.get_or_init(|| self.sums.iter().map(|sum| sum.ln()).collect())
    }

    /// The probability of each choice at `position`, `[K_l]`.
    pub fn probabilities(&self, position: usize) -> &[f64] {
        &self.probabilities[range(&self.space, position)]
    }

    /// p, the rows of all positions one after the other, `[Σ K_l]`.
    pub fn all_probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// log p likewise, `[Σ K_l]`; finite also where p is too small for a number.
    pub fn log_probabilities(&self) -> Vec<f64> {
        let positions = (0..self.space.length()).zip(self.normalisers());
        let row = |(l, normaliser): (usize, &f64)| {
            let normaliser = *normaliser;
            self.logits[range(&self.space, l)].iter().map(move |logit| logit - normaliser)
        };
        positions.flat_map(row).collect()
    }

    /// Σ_k −p_k log p_k at `position`; a choice with p = 0 adds nothing.
    fn position_entropy(&self, position: usize) -> f64 {
        let (range, normaliser) = (range(&self.space, position), self.normalisers()[position]);
        let rows = self.probabilities[range.clone()].iter().zip(&self.logits[range]);
        rows.map(|(p, logit)| minus_p_log_p(*p, logit - normaliser)).sum()
    }
}

fn range(space: &Space, position: usize) -> std::ops::Range<usize> {
    space.offset(position)..space.offset(position + 1)
}

impl Policy for Categorical {
    fn space(&self) -> &Space {
        &self.space
    }

    fn parameters(&self) -> &[f64] {
        &self.logits
    }

    fn update(&mut self, change: &mut dyn FnMut(&mut [f64])) {
        change(&mut self.logits);
        self.refresh();
    }

    fn sample(&self, random: &mut Stream) -> Architecture {
        let choice = |position| draw(self.probabilities(position), random);
        Architecture::new((0..self.space.length()).map(choice).collect::<Box<[u8]>>())
    }

    fn log_probability(&self, architecture: &Architecture) -> f64 {
        let choices = architecture.choices().iter().zip(self.normalisers()).enumerate();
        choices.map(|(l, (k, normaliser))| self.logits[self.space.offset(l) + usize::from(*k)] - normaliser).sum()
    }

    /// ∂ log p / ∂α_{l,k} = [h_l = k] − p_{l,k}.
    fn add_score(&self, architecture: &Architecture, weight: f64, gradient: &mut [f64]) {
        for (g, p) in gradient.iter_mut().zip(&self.probabilities) {
            *g -= weight * p;
        }
        for (l, k) in architecture.choices().iter().enumerate() {
            gradient[self.space.offset(l) + usize::from(*k)] += weight;
        }
    }

    fn entropy(&self) -> Entropy {
        Entropy::Exact((0..self.space.length()).map(|l| self.position_entropy(l)).sum())
    }

    /// ∂H / ∂α_{l,k} = −p_{l,k} (log p_{l,k} + H_l).
    fn add_entropy_gradient(&self, weight: f64, _: &mut Stream, gradient: &mut [f64]) {
        for l in 0..self.space.length() {
            let (entropy, normaliser) = (self.position_entropy(l), self.normalisers()[l]);
            for index in range(&self.space, l) {
                let (p, log_p) = (self.probabilities[index], self.logits[index] - normaliser);
                gradient[index] += weight * (minus_p_log_p(p, log_p) - p * entropy);
            }
        }
    }

    fn marginals(&self) -> Vec<Vec<f64>> {
        (0..self.space.length()).map(|l| self.probabilities(l).to_vec()).collect()
    }

    fn mode(&self) -> Architecture {
        let choice = |l| numeric::argmax(self.probabilities(l)) as u8;
        Architecture::new((0..self.space.length()).map(choice).collect::<Box<[u8]>>())
    }

    fn as_categorical(&self) -> Option<&Categorical> {
        Some(self)
    }

    fn boxed_clone(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }
}
