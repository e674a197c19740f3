//! Gumbel noise: z = log p + G, whose largest entry in each row is a draw h ~ p, and what follows from the pair.
//!
//! A row is a race of clocks: T_i = e_i / p_i with e_i exponential, z_i = −log T_i, and the first clock is the choice. Given
//! that choice b, the others are independent and late: T_b is exponential with rate Σ p = 1, T_i = T_b + e_i / p_i. So from
//! (z, b) there is exactly one set of such independent clocks that gives the same z, and a function of z may be
//! differentiated along either: at fixed noise of z, or at fixed noise of z given b. Taken together, as here, both
//! derivatives need one evaluation (Tucker et al. 2017, appendix: common random numbers).

use super::Plan;
use super::simplex::{self, rows};
use crate::numeric;
use crate::objective::Point;
use crate::policy::{Categorical, Policy};
use crate::random::Stream;
use crate::space::{Architecture, Space};

/// A draw of z at the policy's parameters, and the choices that it makes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Perturbed {
    /// p, `[A]`.
    pub(super) p: Vec<f64>,
    /// z, `[A]`.
    pub(super) z: Vec<f64>,
    /// b: the index of the largest z of each row, counted among all choices, `[L]`.
    pub(super) winners: Vec<usize>,
}

impl Perturbed {
    /// z = log p + G, G = −log(−log u).
    pub(super) fn draw(policy: &Categorical, random: &mut Stream) -> Self {
        let noise = |log_p: &f64| log_p - numeric::ln(-numeric::ln(random.open_unit()));
        let z = policy.log_probabilities().iter().map(noise).collect();
        Self::new(policy.space(), policy.all_probabilities().to_vec(), z)
    }

    /// The same from its numbers.
    pub(super) fn new(space: &Space, p: Vec<f64>, z: Vec<f64>) -> Self {
        let winners = rows(space).map(|row| row.start + numeric::argmax(&z[row])).collect();
        Self { p, z, winners }
    }

    /// A plan that asks about the choices, and keeps p and z, `[2 A]`.
    pub(super) fn plan(&self, space: &Space) -> Plan {
        Plan { points: vec![Point::Hard(self.architecture(space))], memory: [&self.p[..], &self.z[..]].concat() }
    }

    /// The draw of such a plan.
    pub(super) fn of_plan(space: &Space, plan: &Plan) -> Self {
        let (p, rest) = plan.memory.split_at(space.choices_in_all());
        Self::new(space, p.to_vec(), rest[..p.len()].to_vec())
    }

    /// The choices that z makes.
    pub(super) fn architecture(&self, space: &Space) -> Architecture {
        let choice = |(l, winner): (usize, &usize)| (winner - space.offset(l)) as u8;
        Architecture::new(self.winners.iter().enumerate().map(choice).collect::<Box<[u8]>>())
    }

    /// y = softmax(z / τ) of each row.
    pub(super) fn relaxed(&self, space: &Space, temperature: f64) -> Vec<f64> {
        simplex::softmax(space, &self.z, temperature)
    }

    /// w_i = exp(z_i − z_b) = T_b / T_i: how much less z_i moves with log p_i at fixed noise given b than it does at fixed
    /// noise. 1 at b itself, whose z does not move at all given that it won.
    fn lateness(&self, space: &Space) -> Vec<f64> {
        let late = |(row, winner): (std::ops::Range<usize>, &usize)| {
            let first = self.z[*winner];
            self.z[row].iter().map(move |z| numeric::exp(z - first)).collect::<Vec<_>>()
        };
        rows(space).zip(&self.winners).flat_map(late).collect()
    }

    /// `into += weight · (∇_α c(z) − ∇_α c(z̃))`, the derivatives at fixed noise of z and at fixed noise of z given b, for
    /// slopes ∂c/∂z whose rows add up to 0: with q_i = w_i ∂c/∂z_i it is q − p Σ q.
    pub(super) fn add_difference(&self, space: &Space, slopes: &[f64], weight: f64, into: &mut [f64]) {
        let late = self.lateness(space);
        for row in rows(space) {
            let q = |i: usize| late[i] * slopes[i];
            let sum: f64 = row.clone().map(q).sum();
            row.for_each(|i| into[i] += weight * (q(i) - self.p[i] * sum));
        }
    }

    /// The transpose of [`Self::add_difference`], from a vector in α to one in z: w ⊙ (v − Σ p v).
    pub(super) fn transposed_difference(&self, space: &Space, v: &[f64]) -> Vec<f64> {
        let mut out = self.lateness(space);
        for row in rows(space) {
            let mean: f64 = row.clone().map(|i| self.p[i] * v[i]).sum();
            row.for_each(|i| out[i] *= v[i] - mean);
        }
        out
    }

    /// `into += weight · ∇_α log p(b)`.
    pub(super) fn add_score(&self, weight: f64, into: &mut [f64]) {
        into.iter_mut().zip(&self.p).for_each(|(sum, p)| *sum -= weight * p);
        self.winners.iter().for_each(|winner| into[*winner] += weight);
    }
}

/// Draws z given the choices `b`: T_b = e, T_i = T_b + e_i / p_i.
pub(super) fn given(space: &Space, p: &[f64], b: &Architecture, random: &mut Stream) -> Vec<f64> {
    let mut z = vec![0.0; p.len()];
    for (row, k) in rows(space).zip(b.choices()) {
        let winner = row.start + usize::from(*k);
        let first = -numeric::ln(random.open_unit());
        for i in row {
            let later = if i == winner { 0.0 } else { -numeric::ln(random.open_unit()) / p[i] };
            z[i] = -numeric::ln(first + later);
        }
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Categorical {
        let mut policy = Categorical::new(Space::named("sequence:1x4").unwrap());
        policy.update(&mut |logits| logits.copy_from_slice(&[0.3, -0.7, 1.1, 0.0]));
        policy
    }

    /// The noise v of the race given b, from z: v_b = exp(−T_b), v_i = exp(−p_i (T_i − T_b)).
    fn noise_given(draw: &Perturbed, p: &[f64]) -> Vec<f64> {
        let time = |i: usize| numeric::exp(-draw.z[i]);
        let b = draw.winners[0];
        let v = |i: usize| if i == b { time(b) } else { p[i] * (time(i) - time(b)) };
        (0..4).map(|i| numeric::exp(-v(i))).collect()
    }

    /// z of that noise at probabilities p, for the winner b.
    fn z_of_noise(v: &[f64], p: &[f64], b: usize) -> Vec<f64> {
        let first = -numeric::ln(v[b]);
        (0..4).map(|i| -numeric::ln(if i == b { first } else { first - numeric::ln(v[i]) / p[i] })).collect()
    }

    #[test]
    fn the_coupled_noise_is_uniform_and_gives_the_same_z() {
        let (policy, mut random) = (policy(), Stream::new(1, "coupling", 0));
        let n = 40_000;
        let (mut sums, mut squares, mut products) = ([0.0; 4], [0.0; 4], 0.0);
        for _ in 0..n {
            let draw = Perturbed::draw(&policy, &mut random);
            let v = noise_given(&draw, &draw.p);
            let again = z_of_noise(&v, &draw.p, draw.winners[0]);
            assert!(draw.z.iter().zip(&again).all(|(z, again)| (z - again).abs() < 1e-6), "{draw:?} {again:?}");
            for i in 0..4 {
                sums[i] += v[i];
                squares[i] += v[i] * v[i];
            }
            products += (v[0] - 0.5) * (v[1] - 0.5);
        }
        for i in 0..4 {
            // Mean 1/2 and second moment 1/3, each within 4 standard errors: √(1/12), √(4/45), 1/12 over √n.
            let n = f64::from(n);
            assert!((sums[i] / n - 0.5).abs() < 4.0 * 0.2887 / n.sqrt(), "{i}: {}", sums[i] / n);
            assert!((squares[i] / n - 1.0 / 3.0).abs() < 4.0 * 0.2982 / n.sqrt(), "{i}: {}", squares[i] / n);
            assert!((products / n).abs() < 4.0 / 12.0 / n.sqrt());
        }
    }

    #[test]
    fn both_derivatives_are_those_of_differences_at_fixed_noise() {
        let (policy, mut random) = (policy(), Stream::new(2, "coupling", 0));
        let slopes = [0.4, -1.0, 0.9, -0.3];
        let value = |z: &[f64]| -> f64 { z.iter().zip(&slopes).map(|(z, slope)| z * slope).sum() };
        for _ in 0..20 {
            let draw = Perturbed::draw(&policy, &mut random);
            let (v, b) = (noise_given(&draw, &draw.p), draw.winners[0]);
            let mut got = [0.0; 4];
            draw.add_difference(policy.space(), &slopes, 1.0, &mut got);
            for (j, got) in got.iter().enumerate() {
                let at = |step: f64| {
                    let mut moved = policy.clone();
                    moved.update(&mut |logits| logits[j] += step);
                    let shift = moved.log_probabilities();
                    let free: Vec<f64> = (0..4).map(|i| draw.z[i] - policy.log_probabilities()[i] + shift[i]).collect();
                    value(&free) - value(&z_of_noise(&v, moved.all_probabilities(), b))
                };
                let want = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((got - want).abs() < 1e-6, "{j}: {got} {want}");
            }
        }
    }

    #[test]
    fn the_transpose_is_one() {
        let (policy, mut random) = (policy(), Stream::new(3, "coupling", 0));
        let draw = Perturbed::draw(&policy, &mut random);
        let (slopes, v) = ([0.4, -1.0, 0.9, -0.3], [1.0, 2.0, -1.5, 0.2]);
        let mut out = [0.0; 4];
        draw.add_difference(policy.space(), &slopes, 1.0, &mut out);
        let transposed = draw.transposed_difference(policy.space(), &v);
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        assert!((dot(&out, &v) - dot(&slopes, &transposed)).abs() < 1e-12);
    }

    #[test]
    fn draws_given_a_choice_make_that_choice() {
        let (policy, mut random) = (policy(), Stream::new(4, "coupling", 0));
        for index in 0..4 {
            let b = policy.space().at_index(index).unwrap();
            let z = given(policy.space(), policy.all_probabilities(), &b, &mut random);
            assert_eq!(numeric::argmax(&z), index as usize);
        }
    }
}
