//! Proximal policy optimisation: clipped probability ratios, so that one batch of answers is good for several steps.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
#[cfg(feature = "checkpoint")]
use serde_json::{Value, json};

use super::baseline::RunningBaseline;
use super::{Baseline, Bias, Estimator, Needs, Plan, Reply, state};
use crate::numeric;
use crate::objective::{Point, Relaxation};
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Architecture;
#[cfg(feature = "checkpoint")]
use crate::state::State;

/// Options of [`Ppo`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// ε: the ratio of new to old probability is clipped to [1 − ε, 1 + ε]; in (0, 1).
    pub clip: f64,
    /// Fresh architectures for each round of steps.
    pub samples: usize,
    /// How many of the last answers a round goes through, at least `samples`; more than that replays old ones.
    pub window: usize,
    /// How often a round goes through them.
    pub epochs: usize,
    /// Answers for one step.
    pub minibatch: usize,
    /// Weight of the entropy that is added to the reward, in units of the loss per nat.
    pub entropy: f64,
    /// What is taken from the loss.
    pub baseline: Baseline,
    /// The decay of the baseline's running mean, in [0, 1).
    pub decay: f64,
}

impl Default for Options {
    /// Ten epochs over the last 20 answers; the baseline's decay is NASNet's (Zoph et al. 2018, appendix).
    fn default() -> Self {
        Self {
            clip: 0.2,
            samples: 10,
            window: 20,
            epochs: 10,
            minibatch: 20,
            entropy: 0.0,
            baseline: Baseline::DebiasedEma,
            decay: 0.95,
        }
    }
}

/// One answer that a round goes through.
#[derive(Debug, Clone)]
struct Memory {
    architecture: Architecture,
    /// log p(h) under the parameters that h was drawn from.
    log_probability: f64,
    /// f(h) − b.
    advantage: f64,
}

/// ĝ = ∇_α [ mean max(r A, clip(r, 1 − ε, 1 + ε) A) − w·H(p_α) ], A = f(h) − b, r = p_α(h) / p_old(h) over the whole sequence.
///
/// # Source
/// Schulman et al. 2017, equation (7), for a loss (so max instead of min); the whole-sequence ratio, replay window and
/// running baseline as in Nekrasov et al. 2019 (nas-segm-pytorch).
/// # Differs from the source
/// The window starts empty, not filled with zeros.
/// # Cost
/// `samples` evaluations of f for `epochs · ⌈window / minibatch⌉` gradients. Memory of the plan: log p of each, `[samples]`.
#[derive(Debug, Clone)]
pub struct Ppo {
    options: Options,
    baseline: RunningBaseline,
    round: Round,
}

/// The answers, and what is still to be made of them.
#[derive(Debug, Clone, Default)]
struct Round {
    window: VecDeque<Memory>,
    /// Minibatches still to come in this epoch, as indices into the window; the next one is the last.
    pending: Vec<Vec<usize>>,
    epochs_left: usize,
}

/// Window, pending and epochs left; of each answer the choices, log p and the advantage.
#[cfg(feature = "checkpoint")]
impl State for Round {
    fn state(&self) -> Value {
        let answer = |memory: &Memory| {
            json!([memory.architecture.choices(), memory.log_probability.state(), memory.advantage.state()])
        };
        json!([self.window.iter().map(answer).collect::<Value>(), self.pending, self.epochs_left])
    }

    fn restore(&mut self, state: Value) -> Result<(), String> {
        type Saved = (Vec<(Vec<u8>, Value, Value)>, Vec<Vec<usize>>, usize);
        let (window, pending, epochs_left): Saved = serde_json::from_value(state).map_err(|error| error.to_string())?;
        let answer = |(choices, log_probability, advantage)| {
            let mut memory = Memory { architecture: Architecture::new(choices), log_probability: 0.0, advantage: 0.0 };
            memory.log_probability.restore(log_probability)?;
            memory.advantage.restore(advantage)?;
            Ok(memory)
        };
        let window = window.into_iter().map(answer).collect::<Result<_, String>>()?;
        *self = Self { window, pending, epochs_left };
        Ok(())
    }
}

#[cfg(feature = "checkpoint")]
impl Round {
    fn fits(&self, policy: &dyn Policy) -> Result<(), String> {
        if !self.window.iter().all(|memory| policy.space().contains(&memory.architecture)) {
            return Err("it has architectures of another space".into());
        }
        match self.pending.iter().flatten().find(|index| **index >= self.window.len()) {
            Some(index) => Err(format!("it waits for answer {index} of {}", self.window.len())),
            None if self.epochs_left > 0 && self.window.is_empty() => Err("there are no answers to go through".into()),
            None => Ok(()),
        }
    }
}

impl Ppo {
    /// # Errors
    /// If an option is out of range.
    pub fn new(options: &Options) -> Result<Self, String> {
        let Options { clip, samples, window, epochs, minibatch, entropy, baseline, decay } = *options;
        if !(clip > 0.0 && clip < 1.0) {
            return Err(format!("clip must be in (0, 1), got {clip}; try 0.2"));
        }
        for (name, value) in [("samples", samples), ("window", window), ("epochs", epochs), ("minibatch", minibatch)] {
            if !(1..=10_000).contains(&value) {
                return Err(format!("{name} must be in 1..=10000, got {value}"));
            }
        }
        if window < samples {
            return Err(format!("window must be at least samples, got {window} < {samples}"));
        }
        if !(entropy.is_finite() && entropy >= 0.0) {
            return Err(format!("entropy must be finite and ≥ 0, got {entropy}; try 0"));
        }
        Ok(Self { options: options.clone(), baseline: RunningBaseline::new(baseline, decay)?, round: Round::default() })
    }
}

impl Estimator for Ppo {
    fn bias(&self, _: Option<Relaxation>) -> Bias {
        Bias::Biased("after the first step the ratio is clipped and the answers come from an older policy")
    }

    fn needs(&self) -> Needs {
        Needs::default()
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let samples: Vec<Architecture> = (0..self.options.samples).map(|_| policy.sample(random)).collect();
        let memory = samples.iter().map(|h| policy.log_probability(h)).collect();
        Plan { points: samples.into_iter().map(Point::Hard).collect(), memory }
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        // One baseline for the whole batch, taken before any of its losses is counted; the first batch has its own mean.
        let losses: Vec<f64> = replies.iter().flatten().map(|reply| reply.loss).collect();
        let mean = losses.iter().sum::<f64>() / losses.len().max(1) as f64;
        let baseline = self.baseline.value().unwrap_or(mean);
        for ((point, log_probability), reply) in plan.points.into_iter().zip(plan.memory).zip(replies) {
            let (Point::Hard(architecture), Some(reply)) = (point, reply) else { continue };
            self.baseline.update(reply.loss);
            self.round.window.push_back(Memory { architecture, log_probability, advantage: reply.loss - baseline });
        }
        while self.round.window.len() > self.options.window {
            self.round.window.pop_front();
        }
        self.round.pending.clear();
        self.round.epochs_left = if self.round.window.is_empty() { 0 } else { self.options.epochs };
    }

    fn gradient(&mut self, policy: &dyn Policy, random: &mut Stream, gradient: &mut [f64]) -> bool {
        if self.round.pending.is_empty() {
            if self.round.epochs_left == 0 {
                return false;
            }
            self.round.epochs_left -= 1;
            let mut order: Vec<usize> = (0..self.round.window.len()).collect();
            random.shuffle(&mut order);
            self.round.pending = order.chunks(self.options.minibatch).map(<[usize]>::to_vec).collect();
        }
        let minibatch = self.round.pending.pop().expect("filled just above");
        gradient.fill(0.0);
        for index in &minibatch {
            let Memory { architecture, log_probability, advantage } = &self.round.window[*index];
            let ratio = numeric::exp(policy.log_probability(architecture) - log_probability);
            // max(rA, clip(r)A) is flat where the ratio has already moved past the clip in the good direction.
            let flat = if *advantage > 0.0 { ratio < 1.0 - self.options.clip } else { ratio > 1.0 + self.options.clip };
            if !flat {
                policy.add_score(architecture, ratio * advantage / minibatch.len() as f64, gradient);
            }
        }
        if self.options.entropy > 0.0 {
            policy.add_entropy_gradient(-self.options.entropy, random, gradient);
        }
        true
    }

    state!("ppo": baseline; round);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Categorical;
    use crate::space::Space;

    #[test]
    fn a_ratio_past_the_clip_gives_no_gradient() {
        let options =
            Options { samples: 1, window: 1, epochs: 2, minibatch: 1, baseline: Baseline::None, ..Options::default() };
        let mut ppo = Ppo::new(&options).unwrap();
        let mut policy = Categorical::new(Space::named("sequence:1x2").unwrap());
        let mut random = Stream::new(1, "test", 0);
        let plan = ppo.plan(&policy, &mut random);
        let Point::Hard(drawn) = plan.points[0].clone() else { panic!("a hard point") };
        ppo.learn(plan, &[Some(Reply { loss: 1.0, gradient: None })]);
        let mut gradient = [0.0; 2];
        assert!(ppo.gradient(&policy, &mut random, &mut gradient));
        assert!((gradient[usize::from(drawn.choices()[0])] - 0.5).abs() < 1e-12, "r = 1: the REINFORCE gradient");
        // The loss was positive, so descent makes the drawn choice less likely; far past the clip it stops.
        policy.update(&mut |logits| logits[usize::from(drawn.choices()[0])] -= 3.0);
        assert!(ppo.gradient(&policy, &mut random, &mut gradient));
        assert_eq!(gradient, [0.0; 2]);
        assert!(!ppo.gradient(&policy, &mut random, &mut gradient), "two epochs, two gradients");
    }

    #[test]
    fn options_out_of_range_say_which() {
        for (options, message) in [
            (Options { clip: 1.5, ..Options::default() }, "clip must be in (0, 1), got 1.5; try 0.2"),
            (Options { epochs: 0, ..Options::default() }, "epochs must be in 1..=10000, got 0"),
            (Options { window: 5, ..Options::default() }, "window must be at least samples, got 5 < 10"),
            (Options { entropy: -1.0, ..Options::default() }, "entropy must be finite and ≥ 0, got -1; try 0"),
        ] {
            assert_eq!(Ppo::new(&options).unwrap_err(), message);
        }
    }
}
