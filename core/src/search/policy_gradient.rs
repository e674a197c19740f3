//! A policy that follows an estimator's gradient: the searcher behind `reinforce`, `rloo` and `ppo`.

use std::collections::VecDeque;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::incumbent::Incumbent;
use super::{Outcome, Recommendation, Searcher};
use crate::estimator::{Estimator, EstimatorSpec, Plan, Reply};
use crate::objective::{Point, Trial, TrialId};
use crate::optimiser::{self, Adam};
use crate::policy::{Policy, PolicySpec};
use crate::random::Stream;
use crate::space::Space;

/// Options of a policy-gradient searcher: those of its three parts, side by side but for the policy's, which have a table.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Options<E> {
    /// Those of Adam.
    #[serde(flatten)]
    pub optimiser: optimiser::Options,
    /// Those of the estimator.
    #[serde(flatten)]
    pub estimator: E,
    /// The policy and its options; the categorical one where none is named.
    #[serde(skip_serializing_if = "PolicySpec::is_default")]
    pub policy: PolicySpec,
}

/// What is not the estimator's; `lr` is taken for `learning_rate` before.
const OPTIMISER_FIELDS: [&str; 4] = ["learning_rate", "beta1", "epsilon", "clip_norm"];

/// By hand, because serde's `flatten` lets misspelt keys through.
impl<'de, E: DeserializeOwned> Deserialize<'de> for Options<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::<String, Value>::deserialize(deserializer)?;
        if let Some(short) = fields.remove("lr")
            && fields.insert("learning_rate".into(), short).is_some()
        {
            return Err(D::Error::custom("`learning_rate` and `lr` are the same option; give one of them"));
        }
        let of_optimiser: Map<String, Value> =
            OPTIMISER_FIELDS.iter().filter_map(|field| fields.remove_entry(*field)).collect();
        if let Some((field, value)) = of_optimiser.iter().find(|(_, value)| !value.is_number()) {
            return Err(D::Error::custom(format!("{field} is no number: {value}")));
        }
        let policy = fields.remove("policy").map_or_else(|| Ok(PolicySpec::default()), serde_json::from_value);
        let beside = |error| {
            let beside = OPTIMISER_FIELDS.map(|field| format!("`{field}`")).join(", ");
            D::Error::custom(format!("{error} (beside {beside}, `policy`)"))
        };
        Ok(Self {
            optimiser: serde_json::from_value(of_optimiser.into()).map_err(D::Error::custom)?,
            policy: policy.map_err(D::Error::custom)?,
            estimator: serde_json::from_value::<E>(fields.into()).map_err(beside)?,
        })
    }
}

impl<E: Clone> Options<E> {
    /// The searcher of the policy, the estimator of `kind` and Adam.
    ///
    /// # Errors
    /// If an option is out of range.
    pub fn build(&self, kind: fn(E) -> EstimatorSpec, space: &Space, seed: u64) -> Result<PolicyGradient, String> {
        let policy = self.policy.build(space, &mut Stream::new(seed, "policy", 0))?;
        let estimator = kind(self.estimator.clone()).build(space)?;
        Ok(PolicyGradient::new(policy, estimator, Adam::new(&self.optimiser)?, seed))
    }
}

/// Policy + estimator + optimiser. Searchers of this kind differ in these three values, not in code paths.
///
/// The points of a plan are asked one after the other; when all of them are answered the estimator learns and the
/// policy takes the steps that it gives. With more trials in flight than a plan has points, further plans are drawn
/// from the policy as it is then.
#[derive(Debug)]
pub struct PolicyGradient {
    policy: Box<dyn Policy>,
    estimator: Box<dyn Estimator>,
    optimiser: Adam,
    random: Stream,
    incumbent: Incumbent,
    /// Plans with open or unasked points, oldest first.
    open: VecDeque<OpenPlan>,
    gradient: Vec<f64>,
}

#[derive(Debug)]
struct OpenPlan {
    plan: Plan,
    /// The number of the trial of its first point; the others follow it.
    first: TrialId,
    asked: usize,
    told: usize,
    replies: Vec<Option<Reply>>,
}

impl PolicyGradient {
    /// The searcher of these three.
    pub fn new(policy: Box<dyn Policy>, estimator: Box<dyn Estimator>, optimiser: Adam, seed: u64) -> Self {
        let gradient = vec![0.0; policy.parameters().len()];
        Self {
            policy,
            estimator,
            optimiser,
            random: Stream::new(seed, "policy gradient", 0),
            incumbent: Incumbent::new(seed),
            open: VecDeque::new(),
            gradient,
        }
    }

    fn learn(&mut self, plan: OpenPlan) {
        self.estimator.learn(plan.plan, &plan.replies);
        while self.estimator.gradient(self.policy.as_ref(), &mut self.random, &mut self.gradient) {
            let (optimiser, gradient) = (&mut self.optimiser, &self.gradient);
            self.policy.update(&mut |parameters| optimiser.step(parameters, gradient));
        }
    }
}

impl Searcher for PolicyGradient {
    fn ask(&mut self) -> Option<Trial> {
        if self.open.back().is_none_or(|plan| plan.asked == plan.plan.points.len()) {
            let plan = self.estimator.plan(self.policy.as_ref(), &mut self.random);
            let replies = vec![None; plan.points.len()];
            self.open.push_back(OpenPlan { plan, first: TrialId::MAX, asked: 0, told: 0, replies });
        }
        let plan = self.open.back_mut().expect("pushed just above");
        let Point::Hard(architecture) = &plan.plan.points[plan.asked] else {
            unreachable!("the estimators of this searcher plan hard points");
        };
        let trial = self.incumbent.ask(architecture.clone());
        if plan.asked == 0 {
            plan.first = trial.id;
        }
        plan.asked += 1;
        Some(trial)
    }

    fn tell(&mut self, id: TrialId, outcome: &Outcome) {
        self.incumbent.tell(id, outcome);
        let holds = |plan: &OpenPlan| plan.first <= id && id < plan.first + plan.asked as TrialId;
        let place = self.open.iter().position(holds).expect("an open trial belongs to an open plan");
        let plan = &mut self.open[place];
        plan.replies[(id - plan.first) as usize] = outcome.reply().cloned();
        plan.told += 1;
        if plan.told == plan.plan.points.len() {
            let plan = self.open.remove(place).expect("found just above");
            self.learn(plan);
        }
    }

    fn recommend(&self) -> Recommendation {
        Recommendation { mode: Some(self.policy.mode()), ..self.incumbent.recommend() }
    }

    fn policy(&self) -> Option<&dyn Policy> {
        Some(self.policy.as_ref())
    }
}
