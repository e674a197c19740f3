//! IndeCateR: one draw, and every change of one of its choices.

use serde::{Deserialize, Serialize};

use super::simplex::add_back;
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, independent, state};
use crate::objective::{Point, Relaxation};
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::{Architecture, Space};

/// The most choices of all points of a plan together.
const MOST_CHOICES: u64 = 1 << 26;

/// Options of [`IndeCateR`]: none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {}

/// `ĝ = Σ_l Σ_k ∇_α p_l(k) · f(h with h_l = k)`, h ~ p: the choice of each position is summed out, given the others.
///
/// # Source
/// De Smet, Sansone and Zuidberg Dos Martires 2023, equation (7), with one draw for all positions.
/// # Differs from the source
/// A plan with a failed trial gives no gradient.
/// # Cost
/// 1 + Σ (K_l − 1) hard points: h and its neighbours. Memory of the plan: p, `[A]`.
#[derive(Debug, Clone)]
pub struct IndeCateR {
    space: Space,
    ready: Ready,
}

impl IndeCateR {
    /// # Errors
    /// If the points of a plan would have too many choices together.
    pub fn new(_: &Options, space: &Space) -> Result<Self, String> {
        let asked = space.choices_in_all() as u64 * space.length() as u64;
        if asked > MOST_CHOICES {
            return Err(format!(
                "indecater asks about every neighbour of a draw, {} architectures of {} positions; try rloo",
                space.choices_in_all(),
                space.length()
            ));
        }
        Ok(Self { space: space.clone(), ready: Ready::default() })
    }
}

impl Estimator for IndeCateR {
    fn bias(&self, _: Option<Relaxation>) -> Bias {
        Bias::Unbiased
    }

    fn needs(&self) -> Needs {
        Needs::INDEPENDENT
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let memory = independent(policy).all_probabilities().to_vec();
        let h = policy.sample(random);
        let neighbours: Vec<Architecture> = self.space.neighbours(&h).collect();
        Plan { points: std::iter::once(h).chain(neighbours).map(Point::Hard).collect(), memory }
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let Some(Point::Hard(h)) = plan.points.first() else { return };
        let Some(losses) = super::losses(replies) else { return };
        // The neighbours come position by position and choice by choice, h's own left out.
        let mut next = losses[1..].iter();
        let mut given_others = Vec::with_capacity(plan.memory.len());
        for (l, chosen) in h.choices().iter().enumerate() {
            for k in 0..self.space.choices(l) {
                let loss = if k == usize::from(*chosen) { Some(&losses[0]) } else { next.next() };
                given_others.extend(loss);
            }
        }
        add_back(&self.space, &plan.memory, &given_others, 1.0, self.ready.start(plan.memory.len()));
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("indecater": ; ready);
}
