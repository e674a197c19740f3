//! Gumbel-Rao: straight-through Gumbel-softmax, averaged over the noise that leads to the same choice.

use serde::{Deserialize, Serialize};

use super::gumbel::given;
use super::schedule::Schedule;
use super::simplex::{self, add_back, corner};
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, independent, state};
use crate::objective::{Mixture, Point, Relaxation};
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// The most shares that a plan keeps.
const MOST_SHARES: usize = 1 << 22;

/// Options of [`GumbelRao`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// τ, in [0.01, 1000].
    pub temperature: f64,
    /// τ after `anneal` plans, on a straight line from `temperature`; that of all plans where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_temperature: Option<f64>,
    /// After how many plans the temperature is the final one; 1 to 1,000,000,000.
    pub anneal: u32,
    /// Draws of the noise for each choice, 1 to 1000, which cost no evaluation; 1 is the plain straight-through
    /// Gumbel-softmax.
    pub samples: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { temperature: 1.0, final_temperature: None, anneal: 1000, samples: 10 }
    }
}

/// `ĝ = mean over z | b of J(softmax(z / τ)) ∂f/∂b / τ`, b ~ p, the slopes at the corner of b.
///
/// # Source
/// Paulus, Maddison and Krause 2021, equation (14); with one sample Jang, Gu and Poole 2017, section 2.2, which is how GDAS
/// (Dong and Yang 2019, equation (5)) goes back.
/// # Cost
/// One soft point, at a corner. Memory of the plan: τ and the mixtures, `[1 + samples · A]`.
#[derive(Debug, Clone)]
pub struct GumbelRao {
    space: Space,
    schedule: Schedule,
    samples: usize,
    ready: Ready,
}

impl GumbelRao {
    /// # Errors
    /// If an option is out of range.
    pub fn new(options: &Options, space: &Space) -> Result<Self, String> {
        let Options { temperature, final_temperature, anneal, samples } = *options;
        if !(1..=1000).contains(&samples) {
            return Err(format!("samples must be in 1..=1000, got {samples}; try 10"));
        }
        if samples * space.choices_in_all() > MOST_SHARES {
            let most = MOST_SHARES / space.choices_in_all();
            return Err(format!("samples × choices must be at most {MOST_SHARES}, got {samples} samples; try {most}"));
        }
        let schedule = Schedule::new(temperature, final_temperature, anneal)?;
        Ok(Self { space: space.clone(), schedule, samples, ready: Ready::default() })
    }
}

impl Estimator for GumbelRao {
    fn bias(&self, _: Option<Relaxation>) -> Bias {
        Bias::Biased("it goes back through mixtures that were not asked about")
    }

    fn needs(&self) -> Needs {
        Needs::SOFT
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let temperature = self.schedule.next();
        let b = policy.sample(random);
        let mut memory = vec![temperature];
        for _ in 0..self.samples {
            let z = given(&self.space, independent(policy).all_probabilities(), &b, random);
            memory.extend(simplex::softmax(&self.space, &z, temperature));
        }
        Plan { points: vec![Point::Soft(Mixture(corner(&self.space, &b)))], memory }
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let Some([slopes]) = super::slopes(replies) else { return };
        let Some((temperature, mixtures)) = plan.memory.split_first() else { return };
        let weight = 1.0 / (temperature * self.samples as f64);
        let into = self.ready.start(slopes.len());
        mixtures.chunks_exact(slopes.len()).for_each(|y| add_back(&self.space, y, slopes, weight, into));
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("gumbel-rao": schedule; ready);
}
