//! Entropy and marginals of an autoregressive policy: exact by enumeration where that is cheap, else estimated from draws.

use super::Lstm;
use crate::numeric::{self, Moments};
use crate::policy::{Entropy, Policy, draw, minus_p_log_p};
use crate::random::Stream;
use crate::space::Architecture;

/// The most architectures that are enumerated, which costs about as much as the estimates do over a long sequence.
const MOST_ENUMERATED: u64 = 256;
/// Draws for an estimate of entropy or marginals.
const DRAWS: usize = 64;
/// Draws for a gradient, which costs three times as much and is one of many that a search takes the mean of.
const GRADIENT_DRAWS: usize = 16;

/// Whether entropy, its gradient, marginals and mode are exact.
pub(super) fn is_exact(policy: &Lstm) -> bool {
    policy.space().size_up_to(MOST_ENUMERATED).is_some()
}

/// Calls `each` with every architecture and its log p.
fn enumerate(policy: &Lstm, mut each: impl FnMut(&Architecture, f64)) {
    for h in policy.space().enumerate() {
        each(&h, policy.log_probability(&h));
    }
}

/// The most probable architecture, by enumeration; the first among equals.
pub(super) fn most_probable(policy: &Lstm) -> Architecture {
    let mut best = (f64::NEG_INFINITY, None);
    enumerate(policy, |h, log_p| {
        if log_p > best.0 {
            best = (log_p, Some(h.clone()));
        }
    });
    best.1.unwrap_or_else(|| Architecture::new(vec![0; policy.space().length()]))
}

/// H, exact, or the mean over draws of Σ_l H(p(h_l | h_1..h_{l−1})), which varies less than −log p(h) does.
pub(super) fn entropy(policy: &Lstm) -> Entropy {
    if is_exact(policy) {
        let mut sum = 0.0;
        enumerate(policy, |_, log_p| sum += minus_p_log_p(numeric::exp(log_p), log_p));
        return Entropy::Exact(sum);
    }
    let mut moments = Moments::default();
    // A stream of its own, always the same, so that the estimate is a function of the parameters.
    let mut random = Stream::new(0, "estimate of entropy", 0);
    for _ in 0..DRAWS {
        let mut sum = 0.0;
        policy.walk(&mut policy.tape.borrow_mut(), |_, p, log_p| {
            sum += conditional(p, log_p);
            draw(p, &mut random)
        });
        moments.push(sum);
    }
    Entropy::Estimate { nats: moments.mean(), standard_error: moments.standard_error() }
}

/// The entropy of one position's choice given those before it.
fn conditional(p: &[f64], log_p: &[f64]) -> f64 {
    p.iter().zip(log_p).map(|(p, log_p)| minus_p_log_p(*p, *log_p)).sum()
}

/// `gradient += weight · ∇H`, exact or an unbiased estimate.
///
/// Exact: ∇H = −Σ_h p log p ∇log p. Else, with H_l the conditional entropy at position l of a drawn h, from
/// H = E[Σ_l H_l]: the mean of Σ_l (∇H_l + (H_{l+1} + … + H_L) ∇log p(h_l | h_1..h_{l−1})); entropy that came before a
/// choice does not depend on it. Not the derivative of the estimate of H, whose draws jump as the parameters move.
pub(super) fn add_gradient(policy: &Lstm, weight: f64, random: &mut Stream, gradient: &mut [f64]) {
    if is_exact(policy) {
        enumerate(policy, |h, log_p| {
            policy.add_score(h, weight * minus_p_log_p(numeric::exp(log_p), log_p), gradient);
        });
        return;
    }
    let space = policy.space();
    let mut conditionals = vec![0.0; space.length()];
    for _ in 0..GRADIENT_DRAWS {
        let tape = &mut *policy.tape.borrow_mut();
        policy.walk(tape, |l, p, log_p| {
            conditionals[l] = conditional(p, log_p);
            draw(p, random)
        });
        let drawn = tape.architecture();
        let (weight, mut to_come) = (weight / GRADIENT_DRAWS as f64, 0.0);
        for (l, k) in drawn.choices().iter().enumerate().rev() {
            for index in space.offset(l)..space.offset(l + 1) {
                let (p, log_p) = (tape.probabilities[index], tape.log_probabilities[index]);
                tape.pulls[index] = weight * (minus_p_log_p(p, log_p) - p * (conditionals[l] + to_come));
            }
            tape.pulls[space.offset(l) + usize::from(*k)] += weight * to_come;
            to_come += conditionals[l];
        }
        tape.add_gradient(&policy.layout, &policy.parameters, gradient);
    }
}

/// `[L][K_l]`, exact, or the mean over draws of p(· | h_1..h_{l−1}).
pub(super) fn marginals(policy: &Lstm) -> Vec<Vec<f64>> {
    let space = policy.space();
    let mut marginals: Vec<Vec<f64>> = (0..space.length()).map(|l| vec![0.0; space.choices(l)]).collect();
    if is_exact(policy) {
        enumerate(policy, |h, log_p| {
            let p = numeric::exp(log_p);
            marginals.iter_mut().zip(h.choices()).for_each(|(row, k)| row[usize::from(*k)] += p);
        });
        return marginals;
    }
    // The draws of the entropy's estimate, so that the two go together.
    let mut random = Stream::new(0, "estimate of entropy", 0);
    for _ in 0..DRAWS {
        policy.walk(&mut policy.tape.borrow_mut(), |l, p, _| {
            marginals[l].iter_mut().zip(p).for_each(|(sum, p)| *sum += p / DRAWS as f64);
            draw(p, &mut random)
        });
    }
    marginals
}
