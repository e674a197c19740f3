//! What estimators for binary choices share: antithetic draws, and gradients of a difference of two logits.

use super::Ready;
use crate::numeric;
use crate::objective::Point;
use crate::policy::{Categorical, Policy};
use crate::random::Stream;
use crate::space::{Architecture, Space};

/// A space of binary choices.
#[derive(Debug, Clone)]
pub(super) struct Binary {
    length: usize,
}

impl Binary {
    /// # Errors
    /// If a position has another number of choices than 2.
    pub(super) fn new(estimator: &str, space: &Space) -> Result<Self, String> {
        match (0..space.length()).find(|l| space.choices(*l) != 2) {
            None => Ok(Self { length: space.length() }),
            Some(l) => Err(format!(
                "{estimator} is for binary choices, and position {l} has {}; try rloo or unordered-set",
                space.choices(l)
            )),
        }
    }

    /// u, `[L]`, and the architectures 1{u > σ(−a)} and 1{u < σ(a)}, each distributed as the policy: one point where they
    /// are the same.
    pub(super) fn antithetic(&self, policy: &Categorical, random: &mut Stream) -> (Vec<f64>, Vec<Point>) {
        let u: Vec<f64> = (0..self.length).map(|_| random.unit()).collect();
        let (mut upper, mut lower) = (vec![0u8; self.length], vec![0u8; self.length]);
        for (l, pair) in policy.parameters().chunks_exact(2).enumerate() {
            let a = pair[1] - pair[0];
            upper[l] = u8::from(u[l] > numeric::sigmoid(-a));
            lower[l] = u8::from(u[l] < numeric::sigmoid(a));
        }
        let mut points = vec![Point::Hard(Architecture::new(upper.clone()))];
        if lower != upper {
            points.push(Point::Hard(Architecture::new(lower)));
        }
        (u, points)
    }

    /// Makes slopes in a, `[L]`, slopes in the two logits of each.
    pub(super) fn spread(&self, slopes: impl Iterator<Item = f64>, ready: &mut Ready) {
        let into = ready.start(2 * self.length);
        for (pair, slope) in into.chunks_exact_mut(2).zip(slopes) {
            pair[0] = -slope;
            pair[1] = slope;
        }
    }
}
