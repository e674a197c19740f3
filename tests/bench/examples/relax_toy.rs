//! The toy of RELAX as its authors run it: `min over θ of E[(b − t)²]`, one binary choice, t = 0.499, one estimate a step, Adam
//! with rate 0.01 from the uniform policy, 10,000 steps, 20 seeds.
//!
//! ```sh
//! cargo run --release --package bilevel-bench --example relax_toy
//! ```

#![allow(clippy::print_stdout, reason = "it is read by a person")]

use bilevel::estimator::{EstimatorSpec, Reply};
use bilevel::numeric::Moments;
use bilevel::objective::{Objective, ObjectiveSpec, Trial};
use bilevel::optimiser::{self, Adam};
use bilevel::policy::{Categorical, Policy};
use bilevel::random::Stream;
use bilevel::space::{Architecture, Space};

const STEPS: u64 = 10_000;
const SEEDS: u64 = 20;
/// The steps whose estimates the variance is that of.
const MEASURED: std::ops::Range<u64> = 500..1500;

fn main() {
    let space = Space::named("sequence:1x2").expect("a space");
    println!(
        "{:<42} {:>12} {:>10} {:>24} {:>12}",
        "estimator", "mean θ", "solved", "ln variance, 500 to 1500", "evaluations"
    );
    for name in [
        "reinforce:baseline=none",
        "reinforce",
        "rebar",
        "relax",
        "relax:control_variate=relaxed-and-network",
        "arm",
        "disarm",
        "rloo:samples=2",
    ] {
        let estimator: EstimatorSpec = bilevel::run::parse(name).expect("an estimator");
        let (mut last, mut solved, mut variance, mut evaluations) = (Moments::default(), 0, Moments::default(), 0);
        for seed in 0..SEEDS {
            let run = Run::new(&estimator, &space, seed);
            let (theta, estimates, asked) = run.end();
            last.push(theta);
            solved += u32::from(theta < 0.1);
            variance.push(estimates.variance());
            evaluations += asked;
        }
        let each = evaluations as f64 / (SEEDS * STEPS) as f64;
        println!("{name:<42} {:>12.4} {solved:>7} / 20 {:>24.1} {each:>12.2}", last.mean(), variance.mean().ln());
    }
}

struct Run {
    policy: Categorical,
    estimator: Box<dyn bilevel::estimator::Estimator>,
    objective: Box<dyn Objective>,
    adam: Adam,
    random: Stream,
    asked: u64,
}

impl Run {
    fn new(estimator: &EstimatorSpec, space: &Space, seed: u64) -> Self {
        let toy: ObjectiveSpec = bilevel::run::parse("toy").expect("an objective");
        let adam = optimiser::Options { learning_rate: 0.01, ..optimiser::Options::default() };
        let policy = Categorical::new(space.clone());
        Self {
            estimator: estimator.build(space).expect("it takes binary choices"),
            objective: toy.open(space, None).expect("the toy takes any space"),
            adam: Adam::new(&adam, policy.parameters().len()).expect("a sound rate"),
            policy,
            random: Stream::new(seed, "relax toy", 0),
            asked: 0,
        }
    }

    /// θ = p(b = 1) after the last step, the estimates of the measured steps for the logit of 1, and how often f was asked.
    fn end(mut self) -> (f64, Moments, u64) {
        let (mut estimates, mut gradient, mut step) = (Moments::default(), [0.0; 2], 0);
        while step < STEPS {
            let plan = self.estimator.plan(&self.policy, &mut self.random);
            self.asked += plan.points.len() as u64;
            let replies: Vec<Option<Reply>> = plan
                .points
                .iter()
                .map(|point| {
                    let trial = Trial { point: point.clone(), ..Trial::evaluate(0, Architecture::new([]), 0) };
                    let answer = self.objective.answer(&trial).ok()?;
                    Some(Reply { loss: answer.values[0], gradient: answer.gradient })
                })
                .collect();
            self.estimator.learn(plan, &replies);
            if self.estimator.gradient(&self.policy, &mut self.random, &mut gradient) {
                if MEASURED.contains(&step) {
                    estimates.push(gradient[1]);
                }
                let adam = &mut self.adam;
                self.policy.update(&mut |logits| adam.step(logits, &gradient));
                step += 1;
            }
        }
        (self.policy.probabilities(0)[1], estimates, self.asked)
    }
}
