//! What the state of every estimator keeps: whoever takes it in goes on to the same bits, and nobody takes in another's.

use serde_json::{Value, json};
use strum::IntoEnumIterator;

use super::estimator::{Subject, replies};
use super::{Verdict, ensure};
use crate::estimator::{Baseline, Estimator, EstimatorSpec, Plan, concrete, gumbel_rao, ppo, rebar};
use crate::objective::chain::Chain;
use crate::optimiser::{self, Adam};
use crate::policy::{Categorical, Policy};
use crate::random::Stream;
use crate::state::State;

/// After each of so many steps a walk is left and taken up again,
const LEFT: usize = 30;
/// and goes on until it has gone so many.
const STEPS: usize = 60;

/// Every estimator as the other laws have it, and where the defaults have little to keep, with options that have more.
pub fn subjects() -> Vec<Subject> {
    let more = [
        EstimatorSpec::Concrete(concrete::Options {
            final_temperature: Some(0.1),
            anneal: 15,
            ..concrete::Options::default()
        }),
        EstimatorSpec::GumbelRao(gumbel_rao::Options {
            final_temperature: Some(0.1),
            anneal: 15,
            ..gumbel_rao::Options::default()
        }),
        // Several minibatches an epoch, so that some are left in the middle of one; with a mean that is not debiased.
        EstimatorSpec::Ppo(ppo::Options {
            epochs: 2,
            minibatch: 3,
            entropy: 0.1,
            baseline: Baseline::Ema,
            ..ppo::Options::default()
        }),
        EstimatorSpec::Rebar(rebar::Options { control_variate_rate: 0.0, ..rebar::Options::default() }),
    ];
    let mut subjects = super::estimator::subjects();
    let space = subjects[0].space.clone();
    subjects.extend(more.map(|estimator| Subject { estimator, space: space.clone(), bend: 1.0 }));
    subjects
}

/// A search in single steps: a plan, its answers, a gradient. What it is at any of them is in its fields and nowhere else.
#[derive(Debug)]
struct Walk {
    estimator: Box<dyn Estimator>,
    optimiser: Adam,
    policy: Categorical,
    /// The plan that is open.
    plan: Option<Plan>,
}

impl Walk {
    fn new(subject: &Subject, policy: &Categorical) -> Result<Self, String> {
        let optimiser = Adam::new(&optimiser::Options::default(), policy.parameters().len())?;
        Ok(Self { estimator: subject.estimator.build(&subject.space)?, optimiser, policy: policy.clone(), plan: None })
    }

    /// Answers the plan that is open, or follows the gradient that waits, or draws a plan: and what came of it, to the bit.
    fn step(&mut self, number: usize, chain: &Chain) -> String {
        let mut random = Stream::new(3, "laws of states", number as u64);
        let Self { estimator, optimiser, policy, plan } = self;
        if let Some(plan) = plan.take() {
            let failing = 0.2 / plan.points.len() as f64;
            let answers = replies(&plan.points, chain, || random.unit() < failing);
            estimator.learn(plan, &answers);
            return format!("{answers:?}");
        }
        let mut gradient = vec![0.0; policy.parameters().len()];
        if estimator.gradient(policy, &mut random, &mut gradient) {
            policy.update(&mut |parameters| optimiser.step(parameters, &gradient));
            return format!("{gradient:?}, {:?}", policy.parameters());
        }
        *plan = Some(estimator.plan(policy, &mut random));
        format!("{plan:?}")
    }

    fn state(&self) -> Value {
        json!([self.estimator.state(), self.optimiser.state()])
    }

    /// A new walk that goes on from where this one is, by the text of its state.
    fn restored(&self, subject: &Subject) -> Result<Self, String> {
        let text = self.state().to_string();
        let (estimator, optimiser) = serde_json::from_str(&text).map_err(|error| format!("{error} in {text}"))?;
        let mut walk = Self { plan: self.plan.clone(), ..Self::new(subject, &self.policy)? };
        walk.estimator.restore(&walk.policy, estimator)?;
        walk.optimiser.restore(optimiser)?;
        Ok(walk)
    }
}

/// A fresh estimator and optimiser that take in a state are what it was taken of, whenever that was, and go on to the same
/// bits.
///
/// # Errors
/// If they are not, or do not.
pub fn a_walk_goes_on_from_its_state(subject: &Subject) -> Verdict {
    let (chain, here, _) = subject.scene()?;
    let mut walk = Walk::new(subject, &here)?;
    let (mut seen, mut restored) = (Vec::new(), Vec::new());
    for number in 0..STEPS {
        if number < LEFT {
            let other = walk.restored(subject).map_err(|words| format!("after {number} steps: {words}"))?;
            ensure!(
                format!("{other:?}") == format!("{walk:?}"),
                "after {number} steps: {other:?} of the state of {walk:?}"
            );
            restored.push(other);
        }
        seen.push(walk.step(number, &chain));
    }
    for (left, mut walk) in restored.into_iter().enumerate() {
        for (number, seen) in seen.iter().enumerate().skip(left) {
            let got = walk.step(number, &chain);
            ensure!(got == *seen, "left after {left} steps, at step {number}: got {got}, want {seen}");
        }
    }
    Ok(())
}

/// What is no state of an estimator is refused in words and changes nothing: a state of another estimator, one with a word
/// for a part of it, one with too much or too little. A list of another length is refused too, or has nobody panic.
///
/// # Errors
/// If it is taken in.
pub fn another_state_is_refused(subject: &Subject) -> Verdict {
    let (chain, here, _) = subject.scene()?;
    let walk = |estimator: EstimatorSpec, steps: usize| -> Result<Walk, String> {
        let mut walk = Walk::new(&Subject { estimator, ..subject.clone() }, &here)?;
        (0..steps).for_each(|number| drop(walk.step(number, &chain)));
        Ok(walk)
    };
    for steps in [0, 10, 11, 12] {
        let mut subject_walk = walk(subject.estimator.clone(), steps)?;
        let own = subject_walk.estimator.state();
        let others = EstimatorSpec::iter().filter(|other| other.name() != subject.estimator.name());
        // Some do not take the space.
        let others = others.filter_map(|other| Some(walk(other, steps).ok()?.estimator.state()));
        for state in others.chain(changed(&own, &nonsense)) {
            let before = format!("{subject_walk:?}");
            let Err(words) = subject_walk.estimator.restore(&here, state.clone()) else {
                return Err(format!("took in {state}"));
            };
            ensure!(words.len() > 10, "refused {state} and says only `{words}`");
            ensure!(format!("{subject_walk:?}") == before, "refused {state} and is {subject_walk:?}, no more {before}");
        }
        for state in changed(&own, &of_another_length) {
            let mut walk = walk(subject.estimator.clone(), 0)?;
            if walk.estimator.restore(&here, state).is_ok() {
                (0..20).for_each(|number| drop(walk.step(number, &chain)));
            }
        }
    }
    Ok(())
}

/// What a state cannot have in the place of this part of it.
fn nonsense(part: &Value) -> Vec<Value> {
    let mut all = vec![json!("nonsense")];
    if let Value::Object(table) = part {
        let without = |name: &String| {
            let mut table = table.clone();
            table.remove(name);
            Value::Object(table)
        };
        all.extend(table.keys().map(without));
        all.push(table.clone().into_iter().chain([("more".into(), json!(1))]).collect());
    }
    all
}

/// A list with one less, and with one more.
fn of_another_length(part: &Value) -> Vec<Value> {
    let Some((last, rest)) = part.as_array().and_then(|list| list.split_last()) else { return Vec::new() };
    vec![rest.into(), [rest, &[last.clone(), last.clone()]].concat().into()]
}

/// All that a state becomes when one of its parts, be it all of it, is changed in one of these ways.
fn changed(state: &Value, change: &dyn Fn(&Value) -> Vec<Value>) -> Vec<Value> {
    let mut all = change(state);
    let places: Vec<String> = match state {
        Value::Array(list) => (0..list.len()).map(|place| format!("/{place}")).collect(),
        Value::Object(table) => table.keys().map(|name| format!("/{name}")).collect(),
        _ => Vec::new(),
    };
    for place in places {
        let part = state.pointer(&place).expect("it is there");
        for new in changed(part, change) {
            let mut state = state.clone();
            *state.pointer_mut(&place).expect("it is there") = new;
            all.push(state);
        }
    }
    all
}
