//! A policy that follows an estimator's gradient: the searcher behind `reinforce`, `concrete` and all others that are named by
//! their estimator.

use std::collections::{BTreeSet, VecDeque};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::incumbent::Incumbent;
use super::{Outcome, Recommendation, Searcher};
use crate::estimator::{Estimator, EstimatorSpec, Plan, Reply};
use crate::objective::{Point, Trial, TrialId};
use crate::optimiser::{self, Adam};
use crate::policy::{Policy, PolicySpec};
use crate::random::Stream;
use crate::space::{Architecture, Space};

/// Options of a policy-gradient searcher: those of its three parts, side by side but for the policy's, which have a table. It
/// is named by its estimator.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Options {
    /// The estimator and its options.
    #[serde(flatten)]
    pub estimator: EstimatorSpec,
    /// Those of Adam.
    #[serde(flatten)]
    pub optimiser: optimiser::Options,
    /// The policy and its options; the categorical one where none is named.
    #[serde(skip_serializing_if = "PolicySpec::is_default")]
    pub policy: PolicySpec,
}

/// What is not the estimator's; `lr` is taken for `learning_rate` before.
const OPTIMISER_FIELDS: [&str; 4] = ["learning_rate", "beta1", "epsilon", "clip_norm"];

/// By hand, because serde's `flatten` lets misspelt keys through.
impl<'de> Deserialize<'de> for Options {
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
            estimator: serde_json::from_value(fields.into()).map_err(beside)?,
        })
    }
}

impl Options {
    /// The defaults around an estimator.
    pub fn of(estimator: EstimatorSpec) -> Self {
        Self { estimator, optimiser: optimiser::Options::default(), policy: PolicySpec::default() }
    }

    /// The searcher of the policy, the estimator and Adam.
    ///
    /// # Errors
    /// If an option is out of range, or the policy has not what the estimator needs.
    pub fn build(&self, space: &Space, seed: u64) -> Result<PolicyGradient, String> {
        let policy = self.policy.build(space, &mut Stream::new(seed, "policy", 0))?;
        let estimator = self.estimator.build(space)?;
        if estimator.needs().independent && policy.as_categorical().is_none() {
            let name: &str = (&self.policy).into();
            return Err(format!(
                "it needs a policy with independent positions, and `{name}` has none; leave `policy` away, or take \
                 reinforce, rloo or ppo"
            ));
        }
        let optimiser = Adam::new(&self.optimiser, policy.parameters().len())?;
        Ok(PolicyGradient::new(policy, estimator, optimiser, seed))
    }
}

/// Policy + estimator + optimiser. Searchers of this kind differ in these three values, not in code paths.
///
/// The points of a plan are asked one after the other; when all of them are answered the estimator learns and the
/// policy takes the steps that it gives. With more trials in flight than a plan has points, further plans are drawn
/// from the policy as it is then.
///
/// An estimator that asks about nothing but mixtures never sees an architecture. After its steps the most probable one is
/// asked too, unless it was before: that is what would be taken now.
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
    /// The most probable architecture, where it is still to be asked; and those that were, beside plans of mixtures.
    child: Option<Architecture>,
    children: BTreeSet<Architecture>,
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
            child: None,
            children: BTreeSet::new(),
        }
    }

    fn learn(&mut self, plan: OpenPlan) {
        let only_mixtures = plan.plan.points.iter().all(|point| matches!(point, Point::Soft(_)));
        self.estimator.learn(plan.plan, &plan.replies);
        while self.estimator.gradient(self.policy.as_ref(), &mut self.random, &mut self.gradient) {
            // One that is no number would make the policy none, for good.
            if !self.gradient.iter().all(|entry| entry.is_finite()) {
                continue;
            }
            let (optimiser, gradient) = (&mut self.optimiser, &self.gradient);
            self.policy.update(&mut |parameters| optimiser.step(parameters, gradient));
        }
        if only_mixtures {
            self.child = Some(self.policy.mode()).filter(|mode| !self.children.contains(mode));
        }
    }
}

impl Searcher for PolicyGradient {
    fn ask(&mut self) -> Option<Trial> {
        if self.open.back().is_none_or(|plan| plan.asked == plan.plan.points.len()) {
            if let Some(child) = self.child.take() {
                self.children.insert(child.clone());
                return Some(self.incumbent.ask(child));
            }
            let plan = self.estimator.plan(self.policy.as_ref(), &mut self.random);
            let replies = vec![None; plan.points.len()];
            self.open.push_back(OpenPlan { plan, first: TrialId::MAX, asked: 0, told: 0, replies });
        }
        let plan = self.open.back_mut().expect("pushed just above");
        let trial = match &plan.plan.points[plan.asked] {
            Point::Hard(architecture) => self.incumbent.ask(architecture.clone()),
            Point::Soft(mixture) => self.incumbent.ask_mixture(mixture.clone()),
        };
        if plan.asked == 0 {
            plan.first = trial.id;
        }
        plan.asked += 1;
        Some(trial)
    }

    fn tell(&mut self, id: TrialId, outcome: &Outcome) {
        self.incumbent.close(id, outcome);
        let holds = |plan: &OpenPlan| plan.first <= id && id - plan.first < plan.asked as TrialId;
        // One that is of no plan is a child.
        let Some(place) = self.open.iter().position(holds) else { return };
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
