//! ARM: for binary choices, the difference between a draw and its mirror image.

use serde::{Deserialize, Serialize};

use super::binary::Binary;
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, independent, state};
use crate::objective::Relaxation;
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// Options of [`Arm`]: none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {}

/// `∂/∂a_l: [f(1{u > σ(−a)}) − f(1{u < σ(a)})] (u_l − ½)`, u uniform, a_l = α_{l,1} − α_{l,0}.
///
/// # Source
/// Yin and Zhou 2019, theorem 1, equation (5).
/// # Differs from the source
/// Two logits for each binary choice, which get the gradient of their difference with opposite signs. A plan with a failed
/// trial gives no gradient.
/// # Cost
/// Two hard points, one where both are the same. Memory of the plan: u, `[L]`.
#[derive(Debug, Clone)]
pub struct Arm {
    binary: Binary,
    ready: Ready,
}

impl Arm {
    /// # Errors
    /// If a position has another number of choices than 2.
    pub fn new(_: &Options, space: &Space) -> Result<Self, String> {
        Ok(Self { binary: Binary::new("arm", space)?, ready: Ready::default() })
    }
}

impl Estimator for Arm {
    fn bias(&self, _: Option<Relaxation>) -> Bias {
        Bias::Unbiased
    }

    fn needs(&self) -> Needs {
        Needs::INDEPENDENT
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let (u, pair) = self.binary.antithetic(independent(policy), random);
        Plan { points: pair, memory: u }
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let Some(losses) = super::losses(replies) else { return };
        let difference = match losses.as_slice() {
            [upper, lower] => upper - lower,
            _ => 0.0,
        };
        self.binary.spread(plan.memory.iter().map(|u| difference * (u - 0.5)), &mut self.ready);
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("arm": ; ready);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objective::Point;
    use crate::policy::Categorical;
    use crate::space::Architecture;

    #[test]
    fn mirror_images_that_are_the_same_are_asked_once() {
        let space = Space::named("sequence:1x2").unwrap();
        let mut arm = Arm::new(&Options {}, &space).unwrap();
        let mut policy = Categorical::new(space);
        policy.update(&mut |logits| logits[1] = 20.0);
        let plan = arm.plan(&policy, &mut Stream::new(1, "test", 0));
        assert_eq!(plan.points, [Point::Hard(Architecture::new([1]))]);
    }

    #[test]
    fn other_than_binary_choices_are_refused() {
        let error = Arm::new(&Options {}, &Space::named("sequence:2x3").unwrap()).unwrap_err();
        assert_eq!(error, "arm is for binary choices, and position 0 has 3; try rloo or unordered-set");
    }
}
