//! Golden values: what every searcher, policy, estimator and objective that looks up gives for one seed, as text that any
//! target can compare.
//!
//! The entries come from the enums that users name things by, so that a new variant brings its own and is missed in
//! `tests/golden/digests.json` until it is written there (`cargo xtask bless-golden`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use strum::IntoEnumIterator;

use crate::estimator::{Estimator, EstimatorSpec, Reply};
use crate::objective::{self, Mixture, Objective, ObjectiveSpec, Point, Purpose, Scalarisation, Trial, chain};
use crate::policy::{Categorical, Entropy, Policy, PolicySpec, lstm};
use crate::random::Stream;
use crate::run::{self, Budget, RunSpec};
use crate::search::{Preset, SearcherSpec};
use crate::space::{Architecture, Space};

/// The seed of every entry.
const SEED: u64 = 7;
/// Told trials of each run: enough that each searcher leaves its start behind.
const TRIALS: u64 = 300;
/// Those of a preset, whose policy costs a thousand times as much: enough for each to take a step.
const PRESET_TRIALS: u64 = 24;

/// What one entry holds to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// Of a run, the digest of its log; else a hash over the bits of everything that was given out.
    pub digest: String,
    /// The best architecture of a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<String>,
    /// Its loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
}

/// Entries by name, e.g. `searcher/ppo on chain sequence:20x7, 4 in flight`.
pub type Entries = BTreeMap<String, Golden>;

/// All entries, computed now.
///
/// # Errors
/// If one of them cannot be: which, and why.
pub fn entries() -> Result<Entries, String> {
    let mut entries = Entries::new();
    let mut enter = |name: String, golden: Result<Golden, String>| {
        let golden = golden.map_err(|reason| format!("{name}: {reason}"))?;
        entries.insert(name, golden);
        Ok::<(), String>(())
    };
    for searcher in SearcherSpec::iter() {
        // Binary choices for those that take no other.
        let scenes = [(table(), "nas-bench-201"), (landscape(), "sequence:20x7"), (landscape(), "sequence:20x2")];
        let takes = |(objective, space): &(ObjectiveSpec, &str)| {
            let built = Space::named(space).is_ok_and(|space| searcher.build(&space, SEED).is_ok());
            built && searcher.suits(objective).is_ok()
        };
        let others = searcher.suits(&table()).is_err();
        for (objective, space) in scenes.into_iter().filter(takes).take(if others { 1 } else { 2 }) {
            for in_flight in [1, 4] {
                let name =
                    format!("searcher/{} on {} {space}, {in_flight} in flight", searcher.name(), objective.name());
                enter(name, run_of(&searcher, &objective, space, in_flight, TRIALS))?;
            }
        }
    }
    for objective in super::objective::subjects() {
        for space in ["nas-bench-201", "sequence:20x7"] {
            // A table is of one space.
            if let Ok(opened) = objective.open(&Space::named(space).map_err(text)?, None) {
                let soft = opened.answers().soft.is_some();
                enter(format!("objective/{} on {space}", objective.name()), answers_of(opened, space))?;
                if soft {
                    let name = format!("objective/{} on mixtures of {space}", objective.name());
                    enter(name, mixtures_of(&objective, space))?;
                }
            }
        }
    }
    for preset in Preset::iter() {
        for (objective, space, in_flight) in [(table(), "nas-bench-201", 4), (landscape(), "sequence:20x7", 1)] {
            let name = format!("preset/{} on {} {space}, {in_flight} in flight", preset.name(), objective.name());
            enter(name, run_of(&preset.spec(), &objective, space, in_flight, PRESET_TRIALS))?;
        }
    }
    for policy in PolicySpec::iter() {
        let name: &str = (&policy).into();
        for space in ["nas-bench-201", "sequence:20x7"] {
            enter(format!("policy/{name} on {space}"), policy_of(&policy, space))?;
        }
        for estimator in EstimatorSpec::iter() {
            let estimator_name = estimator.name();
            // A chain that `exact` can enumerate; one of binary choices for those that take no other.
            let scenes = [(table(), "nas-bench-201"), (landscape(), "sequence:4x3"), (landscape(), "sequence:4x2")];
            let mut taken = 0;
            for (objective, space) in scenes {
                let takes = estimator.build(&Space::named(space).map_err(text)?).ok();
                let suits =
                    takes.is_some_and(|it| !it.needs().independent || matches!(policy, PolicySpec::Categorical));
                if suits && taken < 2 {
                    taken += 1;
                    let name = format!("estimator/{estimator_name} of {name} on {} {space}", objective.name());
                    enter(name, estimates_of(&estimator, &small(&policy), &objective, space))?;
                }
            }
        }
    }
    Ok(entries)
}

/// The policy with few parameters, so that `exact` can keep the score of each architecture.
fn small(policy: &PolicySpec) -> PolicySpec {
    match policy {
        PolicySpec::Categorical => PolicySpec::Categorical,
        PolicySpec::Lstm(default) => PolicySpec::Lstm(lstm::Options { hidden: 2, ..default.clone() }),
    }
}

fn table() -> ObjectiveSpec {
    ObjectiveSpec::Table(Default::default())
}

fn landscape() -> ObjectiveSpec {
    ObjectiveSpec::Chain(chain::Options::default())
}

fn run_of(
    searcher: &SearcherSpec,
    objective: &ObjectiveSpec,
    space: &str,
    in_flight: usize,
    trials: u64,
) -> Result<Golden, String> {
    let spec = RunSpec {
        schema_version: run::SCHEMA_VERSION,
        space: space.parse().map_err(text)?,
        objective: objective.clone(),
        metric: None,
        searcher: searcher.clone(),
        budget: Budget::trials(trials),
        seed: SEED,
        in_flight: Some(in_flight),
        order: run::Order::Asked,
        retrain: None,
        data_sha256: None,
        scalarisation: None,
        front: Vec::new(),
    };
    let summary = run::to_end(&spec).map_err(text)?;
    let best = summary.best.ok_or("no trial succeeded")?;
    Ok(Golden { digest: summary.digest.to_string(), best: Some(best.architecture), loss: Some(best.loss) })
}

/// The values of 100 architectures, and what is known without asking.
fn answers_of(mut objective: Box<dyn Objective>, space: &str) -> Result<Golden, String> {
    let space = Space::named(space).map_err(text)?;
    let mut random = Stream::new(SEED, "golden answers", 0);
    let mut bits = Bits::default();
    for id in 0..100 {
        let trial = Trial::evaluate(id, space.sample(&mut random), SEED);
        bits.numbers(&objective::answer(objective.as_mut(), &trial).map_err(text)?.values);
    }
    let objective::Known { optimum, mean } = objective.known();
    [optimum, mean].into_iter().for_each(|known| bits.numbers(known.as_slice()));
    Ok(bits.golden())
}

/// Values, slopes and expectations at 10 mixtures.
fn mixtures_of(objective: &ObjectiveSpec, space: &str) -> Result<Golden, String> {
    let space = Space::named(space).map_err(text)?;
    let mut objective = objective.open(&space, None).map_err(text)?;
    let mut random = Stream::new(SEED, "golden mixtures", 0);
    let mut policy = Categorical::new(space);
    let mut bits = Bits::default();
    for _ in 0..10 {
        policy.update(&mut |logits| logits.iter_mut().for_each(|logit| *logit = random.normal()));
        let mixture = Mixture(policy.all_probabilities().to_vec());
        let known = objective.expectation(&mixture);
        let trial = Trial { point: Point::Soft(mixture), ..Trial::evaluate(0, Architecture::new([]), SEED) };
        let answer = objective::answer(objective.as_mut(), &trial).map_err(text)?;
        bits.numbers(&answer.values);
        bits.numbers(&answer.gradient.ok_or("a soft answer without slopes")?.0);
        if let Some((mean, slopes)) = known {
            bits.numbers(&[mean]);
            bits.numbers(&slopes.0);
        }
    }
    Ok(bits.golden())
}

/// A policy that has learned something, so that no two of its choices are alike.
fn learned(policy: &PolicySpec, space: &Space) -> Result<Box<dyn Policy>, String> {
    let mut policy = policy.build(space, &mut Stream::new(SEED, "golden policy", 0))?;
    let mut random = Stream::new(SEED, "golden parameters", 0);
    policy.update(&mut |parameters| parameters.iter_mut().for_each(|parameter| *parameter += random.normal()));
    Ok(policy)
}

fn policy_of(policy: &PolicySpec, space: &str) -> Result<Golden, String> {
    let policy = learned(policy, &Space::named(space).map_err(text)?)?;
    let mut random = Stream::new(SEED, "golden samples", 0);
    let mut bits = Bits::default();
    bits.numbers(policy.parameters());
    for _ in 0..20 {
        let architecture = policy.sample(&mut random);
        bits.bytes(architecture.choices());
        bits.numbers(&[policy.log_probability(&architecture)]);
        let mut score = vec![0.0; policy.parameters().len()];
        policy.add_score(&architecture, 1.0, &mut score);
        bits.numbers(&score);
    }
    let mut gradient = vec![0.0; policy.parameters().len()];
    policy.add_entropy_gradient(1.0, &mut random, &mut gradient);
    match policy.entropy() {
        Entropy::Exact(nats) => bits.numbers(&[nats]),
        Entropy::Estimate { nats, standard_error } => bits.numbers(&[nats, standard_error]),
    }
    bits.numbers(&gradient);
    policy.marginals().iter().for_each(|row| bits.numbers(row));
    bits.bytes(policy.mode().choices());
    Ok(bits.golden())
}

/// The gradients of the first five plans, the policy following each with a small step.
fn estimates_of(
    estimator: &EstimatorSpec,
    policy: &PolicySpec,
    objective: &ObjectiveSpec,
    space: &str,
) -> Result<Golden, String> {
    let space = Space::named(space).map_err(text)?;
    let mut policy = learned(policy, &space)?;
    let mut objective = objective.open(&space, None).map_err(text)?;
    let mut estimator = estimator.build(&space)?;
    let mut random = Stream::new(SEED, "golden estimates", 0);
    let mut bits = Bits::default();
    for _ in 0..5 {
        let plan = estimator.plan(policy.as_ref(), &mut random);
        let replies: Result<Vec<_>, _> = plan.points.iter().map(|point| reply(objective.as_mut(), point)).collect();
        estimator.learn(plan, &replies?);
        follow(estimator.as_mut(), policy.as_mut(), &mut random, &mut bits);
    }
    Ok(bits.golden())
}

fn follow(estimator: &mut dyn Estimator, policy: &mut dyn Policy, random: &mut Stream, bits: &mut Bits) {
    let mut gradient = vec![0.0; policy.parameters().len()];
    while estimator.gradient(policy, random, &mut gradient) {
        bits.numbers(&gradient);
        policy.update(&mut |parameters| {
            parameters.iter_mut().zip(&gradient).for_each(|(parameter, slope)| *parameter -= 1e-3 * slope);
        });
    }
}

fn reply(objective: &mut dyn Objective, point: &Point) -> Result<Option<Reply>, String> {
    let trial = Trial { id: 0, point: point.clone(), purpose: Purpose::Evaluate, fidelity: None, seed: SEED };
    let scalarisation = Scalarisation::of_metric(objective.metrics(), None)?;
    let answer = objective::answer(objective, &trial).map_err(text)?;
    let gradient = answer.gradient.and_then(|slopes| scalarisation.slopes(slopes));
    Ok(Some(Reply { loss: scalarisation.loss(&answer.values).map_err(text)?, gradient }))
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

/// A hash over bits.
#[derive(Default)]
struct Bits(Sha256);

impl Bits {
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn numbers(&mut self, numbers: &[f64]) {
        numbers.iter().for_each(|number| self.bytes(&number.to_bits().to_le_bytes()));
    }

    fn golden(self) -> Golden {
        let digest = self.0.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        Golden { digest, best: None, loss: None }
    }
}
