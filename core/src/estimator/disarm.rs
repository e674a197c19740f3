//! DisARM: ARM with its noise summed out, given the two draws.

use serde::{Deserialize, Serialize};

use super::binary::Binary;
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, independent, state};
use crate::numeric;
use crate::objective::{Point, Relaxation};
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// Options of [`DisArm`]: none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {}

/// `∂/∂a_l: ½ (f(b) − f(b̃)) (−1)^b̃_l 1{b_l ≠ b̃_l} σ(|a_l|)`, b and b̃ antithetic, a_l = α_{l,1} − α_{l,0}.
///
/// # Source
/// Dong, Mnih and Tucker 2020, equation (7).
/// # Differs from the source
/// Two logits for each binary choice, which get the gradient of their difference with opposite signs. A plan with a failed
/// trial gives no gradient.
/// # Cost
/// Two hard points, one where both are the same. Memory of the plan: σ(|a|), `[L]`.
#[derive(Debug, Clone)]
pub struct DisArm {
    binary: Binary,
    ready: Ready,
}

impl DisArm {
    /// # Errors
    /// If a position has another number of choices than 2.
    pub fn new(_: &Options, space: &Space) -> Result<Self, String> {
        Ok(Self { binary: Binary::new("disarm", space)?, ready: Ready::default() })
    }
}

impl Estimator for DisArm {
    fn bias(&self, _: Option<Relaxation>) -> Bias {
        Bias::Unbiased
    }

    fn needs(&self) -> Needs {
        Needs::INDEPENDENT
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let policy = independent(policy);
        let memory = policy.parameters().chunks_exact(2).map(|pair| numeric::sigmoid((pair[1] - pair[0]).abs()));
        let (_, points) = self.binary.antithetic(policy, random);
        Plan { points, memory: memory.collect() }
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let Some(losses) = super::losses(replies) else { return };
        let slopes: Vec<f64> = match (plan.points.as_slice(), losses.as_slice()) {
            ([Point::Hard(b), Point::Hard(mirrored)], [loss, other]) => {
                let half = 0.5 * (loss - other);
                let slope = |((b, mirrored), scale): ((&u8, &u8), &f64)| match (*b, *mirrored) {
                    (1, 0) => half * scale,
                    (0, 1) => -half * scale,
                    _ => 0.0,
                };
                b.choices().iter().zip(mirrored.choices()).zip(&plan.memory).map(slope).collect()
            }
            _ => vec![0.0; plan.memory.len()],
        };
        self.binary.spread(slopes.into_iter(), &mut self.ready);
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("disarm": ; ready);
}
