//! REBAR: the score function, less a relaxed loss whose own gradient is put back by reparameterisation.

use serde::{Deserialize, Serialize};

use super::gumbel::Perturbed;
use super::schedule::{self, RANGE};
use super::simplex::add_back;
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, dot, independent, state};
use crate::numeric;
use crate::objective::{Mixture, Point, Relaxation};
use crate::optimiser::{self, Adam};
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// The step in log λ over which the temperature's derivative is a central difference.
const STEP: f64 = 0.05;

/// Options of [`Rebar`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// λ to begin with, in [0.01, 1000].
    pub initial_temperature: f64,
    /// Whether λ is learned, which takes two more soft points for each gradient.
    pub learn_temperature: bool,
    /// η to begin with: the weight of the relaxed loss, which is always learned.
    pub initial_weight: f64,
    /// The step size of Adam for η and log λ, in [0, 1]; 0 leaves both as they are.
    pub control_variate_rate: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { initial_temperature: 0.5, learn_temperature: true, initial_weight: 1.0, control_variate_rate: 0.01 }
    }
}

/// `ĝ = [f(b) − η f(y)] ∇_α log p(b) + η (∇_α f(y) − ∇_α f(ỹ))`, y = softmax(z / λ), ỹ the same for z given b.
///
/// η and λ follow the gradient of ‖ĝ‖² on earlier draws.
///
/// # Source
/// Tucker et al. 2017, equation (6) and section 3.2; categorical as in Grathwohl et al. 2018, appendix.
/// # Differs from the source
/// The noise of ỹ is the one that gives y again, so that both are one point and one value; only their derivatives differ. λ is
/// learned by central differences in log λ.
/// # Cost
/// One hard and one soft point, and two soft points more while λ is learned. Memory of the plan: p, z and λ, `[2 A + 1]`.
#[derive(Debug, Clone)]
pub struct Rebar {
    space: Space,
    relaxed: RelaxedLoss,
    ready: Ready,
}

impl Rebar {
    /// # Errors
    /// If an option is out of range.
    pub fn new(options: &Options, space: &Space) -> Result<Self, String> {
        Ok(Self { space: space.clone(), relaxed: RelaxedLoss::new(options)?, ready: Ready::default() })
    }
}

impl Estimator for Rebar {
    fn bias(&self, _: Option<Relaxation>) -> Bias {
        Bias::Unbiased
    }

    fn needs(&self) -> Needs {
        Needs::SOFT
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let draw = Perturbed::draw(independent(policy), random);
        let mut plan = draw.plan(&self.space);
        self.relaxed.ask(&self.space, &draw, &mut plan);
        plan
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let Some((Some(hard), soft)) = replies.split_first().map(|(hard, soft)| (hard.as_ref(), soft)) else { return };
        let draw = Perturbed::of_plan(&self.space, &plan);
        let Some(terms) = Terms::new(&self.space, &draw, &plan, soft) else { return };
        let mut score = vec![0.0; draw.p.len()];
        draw.add_score(1.0, &mut score);
        let weight = self.relaxed.weight;
        let estimate = |(loss, difference): &(f64, Vec<f64>)| -> Vec<f64> {
            let signal = hard.loss - weight * loss;
            score.iter().zip(difference).map(|(score, difference)| signal * score + weight * difference).collect()
        };
        let all: Vec<Vec<f64>> = terms.0.iter().map(estimate).collect();
        self.ready.start(draw.p.len()).copy_from_slice(&all[0]);
        self.relaxed.learn(&all[0], &score, &terms);
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("rebar": relaxed; ready);
}

/// η f(softmax(z / λ)) with what is learned of it, as a control variate.
#[derive(Debug, Clone)]
pub(super) struct RelaxedLoss {
    /// η.
    pub(super) weight: f64,
    log_temperature: f64,
    learn_temperature: bool,
    adam: Option<Adam>,
}

state!(RelaxedLoss { weight, log_temperature, adam });

impl RelaxedLoss {
    /// # Errors
    /// If an option is out of range.
    pub(super) fn new(options: &Options) -> Result<Self, String> {
        let Options { initial_temperature, learn_temperature, initial_weight, control_variate_rate: learning_rate } =
            *options;
        schedule::check("initial_temperature", initial_temperature)?;
        if !initial_weight.is_finite() {
            return Err(format!("initial_weight must be finite, got {initial_weight}; try 1"));
        }
        if !(0.0..=1.0).contains(&learning_rate) {
            return Err(format!("control_variate_rate must be in [0, 1], got {learning_rate}; try 0.01"));
        }
        let learns = learning_rate > 0.0;
        let adam = optimiser::Options { learning_rate, ..optimiser::Options::default() };
        let adam = if learns { Some(Adam::new(&adam, 2)?) } else { None };
        Ok(Self {
            weight: initial_weight,
            log_temperature: numeric::ln(initial_temperature),
            learn_temperature: learn_temperature && learns,
            adam,
        })
    }

    /// Adds the points y at λ and, while λ is learned, a step above and below it, and λ to the memory.
    pub(super) fn ask(&self, space: &Space, draw: &Perturbed, plan: &mut Plan) {
        let steps: &[f64] = if self.learn_temperature { &[0.0, STEP, -STEP] } else { &[0.0] };
        let temperature = |step: &f64| numeric::exp(self.log_temperature + step);
        let soft = |step: &f64| Point::Soft(Mixture(draw.relaxed(space, temperature(step))));
        plan.points.extend(steps.iter().map(soft));
        plan.memory.push(temperature(&0.0));
    }

    /// A step of η and log λ against the gradient of ‖ĝ‖².
    pub(super) fn learn(&mut self, estimate: &[f64], score: &[f64], terms: &Terms) {
        let Some(adam) = &mut self.adam else { return };
        // ‖ĝ‖² by what η multiplies: −c ∇log p + difference.
        let by_weight = |(loss, difference): &(f64, Vec<f64>)| dot(estimate, difference) - loss * dot(estimate, score);
        let mut parameters = [self.weight, self.log_temperature];
        let of_temperature = match terms.0.as_slice() {
            [_, above, below] => self.weight * (by_weight(above) - by_weight(below)) / STEP,
            _ => 0.0,
        };
        adam.step(&mut parameters, &[2.0 * by_weight(&terms.0[0]), of_temperature]);
        self.weight = parameters[0];
        if self.learn_temperature {
            self.log_temperature = parameters[1].clamp(numeric::ln(*RANGE.start()), numeric::ln(*RANGE.end()));
        }
    }
}

/// f(y) and ∇_α f(y) − ∇_α f(ỹ), at λ and, where they were asked for, a step above and below it.
#[derive(Debug)]
pub(super) struct Terms(pub(super) Vec<(f64, Vec<f64>)>);

impl Terms {
    /// From the answers to [`RelaxedLoss::ask`], whose λ is the last number of the plan's memory; `None` if one is missing.
    pub(super) fn new(space: &Space, draw: &Perturbed, plan: &Plan, replies: &[Option<Reply>]) -> Option<Self> {
        let temperature = plan.memory.last()?;
        let steps = [1.0, numeric::exp(STEP), numeric::exp(-STEP)];
        let points = plan.points[1..].iter().zip(replies).zip(steps);
        let term = |((point, reply), step): ((&Point, &Option<Reply>), f64)| {
            let (Point::Soft(Mixture(y)), Some(Reply { loss, gradient: Some(Mixture(slopes)) })) = (point, reply)
            else {
                return None;
            };
            let (mut of_z, mut difference) = (vec![0.0; y.len()], vec![0.0; y.len()]);
            add_back(space, y, slopes, 1.0 / (temperature * step), &mut of_z);
            draw.add_difference(space, &of_z, 1.0, &mut difference);
            Some((*loss, difference))
        };
        points.map(term).collect::<Option<Vec<_>>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_out_of_range_say_which() {
        let space = Space::named("sequence:2x2").unwrap();
        let default = Options::default;
        for (options, message) in [
            (
                Options { initial_temperature: 0.0, ..default() },
                "initial_temperature must be in [0.01, 1000], got 0; try 1",
            ),
            (Options { initial_weight: f64::INFINITY, ..default() }, "initial_weight must be finite, got inf; try 1"),
            (
                Options { control_variate_rate: 2.0, ..default() },
                "control_variate_rate must be in [0, 1], got 2; try 0.01",
            ),
        ] {
            assert_eq!(Rebar::new(&options, &space).unwrap_err(), message);
        }
    }
}
