//! ReinMax: straight-through of second order.

use serde::{Deserialize, Serialize};

use super::schedule;
use super::simplex::{self, add_back, corner};
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, independent, state};
use crate::objective::{Mixture, Point, Relaxation};
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// Options of [`ReinMax`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// τ of the softmax that the draw is averaged with, in [0.01, 1000]; its authors advise 1 or more.
    pub temperature: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { temperature: 1.0 }
    }
}

/// `ĝ = 2 J(π) g_b − ½ J(p) g_b`, π = ½ (softmax(α / τ) + b), g_b the slopes at the corner of b ~ p.
///
/// At τ = 1 it is exact where f is quadratic between the choices of a position, as Heun's method is.
///
/// # Source
/// Liu et al. 2023, equation (4) and algorithm 1; microsoft/ReinMax.
/// # Cost
/// One soft point, at a corner. Memory of the plan: p and π, `[2][A]`.
#[derive(Debug, Clone)]
pub struct ReinMax {
    space: Space,
    temperature: f64,
    ready: Ready,
}

impl ReinMax {
    /// # Errors
    /// If the temperature is out of range.
    pub fn new(options: &Options, space: &Space) -> Result<Self, String> {
        schedule::check("temperature", options.temperature)?;
        Ok(Self { space: space.clone(), temperature: options.temperature, ready: Ready::default() })
    }
}

impl Estimator for ReinMax {
    fn bias(&self, relaxation: Option<Relaxation>) -> Bias {
        match relaxation {
            Some(Relaxation::Multilinear) if self.temperature == 1.0 => Bias::Unbiased,
            Some(Relaxation::Multilinear) => Bias::Biased("at another temperature than 1 its two halves do not add up"),
            _ => Bias::Biased("it takes f to be quadratic between the choices of a position"),
        }
    }

    fn needs(&self) -> Needs {
        Needs::SOFT
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let b = corner(&self.space, &policy.sample(random));
        let policy = independent(policy);
        let mut memory = policy.all_probabilities().to_vec();
        let tempered = simplex::softmax(&self.space, policy.parameters(), self.temperature);
        memory.extend(tempered.iter().zip(&b).map(|(p, b)| 0.5 * (p + b)));
        Plan { points: vec![Point::Soft(Mixture(b))], memory }
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let Some([slopes]) = super::slopes(replies) else { return };
        let (p, halfway) = plan.memory.split_at(plan.memory.len() / 2);
        let into = self.ready.start(p.len());
        add_back(&self.space, halfway, slopes, 2.0, into);
        add_back(&self.space, p, slopes, -0.5, into);
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("reinmax": ; ready);
}

#[cfg(test)]
mod tests {
    use super::super::straight_through::{self, StraightThrough};
    use super::*;
    use crate::policy::Categorical;

    const LOGITS: [f64; 4] = [0.3, -0.7, 1.1, 0.0];

    /// The mean of `estimator` by enumeration of its draw, for slopes that are a function of the point.
    fn mean(estimator: &mut dyn Estimator, slopes: impl Fn(&[f64]) -> [f64; 4]) -> [f64; 4] {
        let mut policy = Categorical::new(Space::named("sequence:1x4").unwrap());
        policy.update(&mut |logits| logits.copy_from_slice(&LOGITS));
        let (mut sum, mut seen) = ([0.0; 4], [false; 4]);
        for number in 0..1000 {
            let mut random = Stream::new(number, "test", 0);
            let plan = estimator.plan(&policy, &mut random);
            let [Point::Soft(Mixture(b))] = plan.points.as_slice() else { panic!("one soft point") };
            let (k, gradient) = (crate::numeric::argmax(b), Mixture(slopes(b).to_vec()));
            estimator.learn(plan, &[Some(Reply { loss: 0.0, gradient: Some(gradient) })]);
            let mut draw = [0.0; 4];
            assert!(estimator.gradient(&policy, &mut random, &mut draw));
            if !std::mem::replace(&mut seen[k], true) {
                let p = policy.all_probabilities()[k];
                sum.iter_mut().zip(draw).for_each(|(sum, draw)| *sum += p * draw);
            }
        }
        assert_eq!(seen, [true; 4]);
        sum
    }

    fn near(got: [f64; 4], want: [f64; 4]) {
        assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-6), "{got:?}, want {want:?}");
    }

    #[test]
    fn it_is_exact_for_quadratic_losses_and_straight_through_for_linear_ones() {
        // cases.md C12.
        let space = Space::named("sequence:1x4").unwrap();
        let mut reinmax = ReinMax::new(&Options::default(), &space).unwrap();
        let mut straight = StraightThrough::new(&straight_through::Options {}, &space);
        let linear = |_: &[f64]| [1.0, -2.0, 0.5, 3.0];
        let exact = [0.039_114, -0.240_244, -0.169_691, 0.370_821];
        near(mean(&mut reinmax, linear), exact);
        near(mean(&mut straight, linear), exact);
        // Σ A_i (z_i − t_i)² + z_0 z_2.
        let quadratic = |z: &[f64]| {
            let (a, t) = ([1.0, 2.0, 0.5, 1.5], [0.1, 0.6, 0.2, 0.4]);
            let mut slopes = [0, 1, 2, 3].map(|i: usize| 2.0 * a[i] * (z[i] - t[i]));
            slopes[0] += z[2];
            slopes[2] += z[0];
            slopes
        };
        near(mean(&mut reinmax, quadratic), [0.102_453, -0.064_163, -0.028_727, -0.009_562]);
        near(mean(&mut straight, quadratic), [0.140_52, -0.188_968, 0.194_263, -0.145_815]);
    }
}
