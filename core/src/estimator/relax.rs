//! RELAX: REBAR with a control variate that is learned, also where nobody can relax the loss.

use serde::{Deserialize, Serialize};

use super::gumbel::Perturbed;
use super::rebar::{self, RelaxedLoss, Terms};
use super::schedule;
use super::simplex::add_back;
use super::surrogate::Surrogate;
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, dot, independent, state};
use crate::objective::Relaxation;
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// What the control variate is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlVariate {
    /// A small network that learns from the losses: hard points are enough.
    #[default]
    Network,
    /// The relaxed loss of REBAR, and a network for what it lacks.
    RelaxedAndNetwork,
}

/// Options of [`Relax`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// What the control variate is made of.
    pub control_variate: ControlVariate,
    /// Hidden units of the network, in 1..=256.
    pub units: usize,
    /// The temperature at which the network sees z, in [0.01, 1000].
    pub surrogate_temperature: f64,
    /// The step size of Adam for its weights, in (0, 100].
    pub surrogate_rate: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { control_variate: ControlVariate::Network, units: 10, surrogate_temperature: 1.0, surrogate_rate: 0.01 }
    }
}

/// `ĝ = [f(b) − c_φ(z̃)] ∇_α log p(b) + ∇_α c_φ(z) − ∇_α c_φ(z̃)`, b = argmax z, z̃ as z given b.
///
/// φ follows the gradient of ‖ĝ‖² on earlier draws, by its mixed second derivatives in closed form.
///
/// # Source
/// Grathwohl et al. 2018, equation (7) and algorithm 2.
/// # Differs from the source
/// z̃ has the noise that gives z again ([`Rebar`](super::Rebar)). The network sees softmax(z / τ) at a fixed τ and stands on
/// the running mean and deviation of what it is to learn, from earlier draws: a loss in percent is learned as fast as one in
/// thousandths. So the first plan only sets these and gives no gradient.
/// # Cost
/// One hard point; with `relaxed-and-network` three soft points beside it. Memory of the plan: p and z, `[2 A]`, and λ.
#[derive(Debug, Clone)]
pub struct Relax {
    space: Space,
    surrogate: Surrogate,
    temperature: f64,
    relaxed: Option<RelaxedLoss>,
    ready: Ready,
}

impl Relax {
    /// # Errors
    /// If an option is out of range.
    pub fn new(options: &Options, space: &Space) -> Result<Self, String> {
        let Options { control_variate, units, surrogate_temperature: temperature, surrogate_rate } = *options;
        schedule::check("surrogate_temperature", temperature)?;
        let relaxed = match control_variate {
            ControlVariate::Network => None,
            ControlVariate::RelaxedAndNetwork => Some(RelaxedLoss::new(&rebar::Options::default())?),
        };
        let surrogate = Surrogate::new(space.choices_in_all(), units, surrogate_rate)?;
        Ok(Self { space: space.clone(), surrogate, temperature, relaxed, ready: Ready::default() })
    }
}

impl Estimator for Relax {
    fn bias(&self, _: Option<Relaxation>) -> Bias {
        Bias::Unbiased
    }

    fn needs(&self) -> Needs {
        if self.relaxed.is_some() { Needs::SOFT } else { Needs::INDEPENDENT }
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        self.surrogate.begin(random);
        let draw = Perturbed::draw(independent(policy), random);
        let mut plan = draw.plan(&self.space);
        if let Some(relaxed) = &self.relaxed {
            relaxed.ask(&self.space, &draw, &mut plan);
        }
        plan
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let Some((Some(hard), soft)) = replies.split_first().map(|(hard, soft)| (hard.as_ref(), soft)) else { return };
        let draw = Perturbed::of_plan(&self.space, &plan);
        let terms = match &self.relaxed {
            None => None,
            Some(relaxed) => match Terms::new(&self.space, &draw, &plan, soft) {
                None => return,
                Some(terms) => Some((relaxed.weight, terms)),
            },
        };
        let of_relaxed = terms.as_ref().map_or(0.0, |(weight, terms)| weight * terms.0[0].0);
        let left = hard.loss - of_relaxed;
        let standard = self.surrogate.observe(left);
        let Some((mean, deviation)) = standard else { return };
        let y = draw.relaxed(&self.space, self.temperature);
        let (value, slopes) = self.surrogate.value(&y);
        let count = draw.p.len();
        let (mut of_z, mut estimate, mut score) = (vec![0.0; count], vec![0.0; count], vec![0.0; count]);
        draw.add_score(1.0, &mut score);
        add_back(&self.space, &y, &slopes, deviation / self.temperature, &mut of_z);
        draw.add_difference(&self.space, &of_z, 1.0, &mut estimate);
        let signal = left - mean - deviation * value;
        estimate.iter_mut().zip(&score).for_each(|(sum, score)| *sum += signal * score);
        if let Some((weight, terms)) = &terms {
            estimate.iter_mut().zip(&terms.0[0].1).for_each(|(sum, difference)| *sum += weight * difference);
        }
        // ‖ĝ‖² by φ, in units of the deviation: −2 ĝ·∇log p · c, and 2 ĝ along the differences of ∂c/∂y.
        if deviation > 0.0 {
            let mut direction = vec![0.0; count];
            let back = draw.transposed_difference(&self.space, &estimate);
            add_back(&self.space, &y, &back, 2.0 / (deviation * self.temperature), &mut direction);
            self.surrogate.step(&y, -2.0 * dot(&estimate, &score) / deviation, &direction);
        }
        if let (Some(relaxed), Some((_, terms))) = (&mut self.relaxed, &terms) {
            relaxed.learn(&estimate, &score, terms);
        }
        self.ready.start(count).copy_from_slice(&estimate);
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("relax": surrogate, relaxed; ready);
}
