//! What every estimator keeps: its claim about bias, and patience with failures.
//!
//! Plans are drawn at a fixed policy θ. The first gradient after each plan is taken at θ too; those that follow, of
//! estimators that reuse their answers, at another policy θ'. Each must have the mean that enumeration gives there.

use strum::IntoEnumIterator;

use super::unbiased::Estimates;
use super::{Verdict, close, ensure, of_chain};
use crate::estimator::exact::{self, Expectation};
use crate::estimator::{
    Baseline, BaselineUpdate, Bias, Estimator, EstimatorSpec, Reply, gumbel_rao, nvil, rebar, reinforce, reinmax, relax,
};
use crate::objective::chain::{Chain, Options};
use crate::objective::{Mixture, Objective, Point};
use crate::policy::{Categorical, Policy};
use crate::random::Stream;
use crate::space::{Custom, Space, SpaceSpec};

/// Plans for one verdict, in blocks of 40: 500 blocks.
const PLANS: usize = 20_000;
const BLOCK: usize = 40;
/// Plans before the first estimate counts, so that running baselines have something to run on.
const WARM_UP: usize = 20;
/// More gradients than this from one plan would be an estimator that never ends.
const MOST_GRADIENTS: usize = 100_000;

/// An estimator over a space small enough to enumerate.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Which estimator.
    pub estimator: EstimatorSpec,
    /// Over which space.
    pub space: Space,
    /// How far the objective's extension to mixtures is from the multilinear one ([`Options::bend`]).
    pub bend: f64,
}

impl Subject {
    /// What the estimator weighs the entropy with: its gradient is that of E[f] − w·H.
    fn entropy(&self) -> f64 {
        match &self.estimator {
            EstimatorSpec::Reinforce(options) => options.entropy,
            EstimatorSpec::Ppo(options) => options.entropy,
            _ => 0.0,
        }
    }

    /// What it claims of its mean for the objective of its scene.
    fn bias(&self) -> Result<Bias, String> {
        let (chain, _, _) = self.scene()?;
        Ok(self.estimator.build(&self.space)?.bias(chain.answers().soft))
    }

    /// A chain of many levels over the space, and two policies that are not uniform: θ, and θ' a step of about one away.
    pub(super) fn scene(&self) -> Result<(Chain, Categorical, Categorical), String> {
        scene(&self.space, self.bend)
    }
}

/// Every estimator by its default and with options that change what it estimates, over equal, unequal and binary positions
/// as far as it takes them, and, if it asks about mixtures, on an objective whose relaxation is exact and on one where it
/// is not.
///
/// # Panics
/// If one of the spaces cannot be made, or an estimator takes none of them.
pub fn subjects() -> Vec<Subject> {
    let spaces =
        [Space::named("sequence:3x3"), Space::new(SpaceSpec::Custom(Custom::default())), Space::named("sequence:4x2")];
    let spaces = spaces.map(|space| space.expect("the spaces above are right"));
    let mut subjects = Vec::new();
    for estimator in EstimatorSpec::iter().flat_map(variants) {
        let before = subjects.len();
        for space in &spaces {
            let Ok(built) = estimator.build(space) else { continue };
            let bends: &[f64] = if built.needs().soft { &[0.0, 1.0] } else { &[0.0] };
            let subject = |bend: &f64| Subject { estimator: estimator.clone(), space: space.clone(), bend: *bend };
            subjects.extend(bends.iter().map(subject));
        }
        assert!(subjects.len() > before, "{estimator:?} takes none of the spaces");
    }
    subjects
}

fn variants(kind: EstimatorSpec) -> Vec<EstimatorSpec> {
    let more = match &kind {
        EstimatorSpec::Reinforce(default) => {
            let several = reinforce::Options { samples: 3, entropy: 0.5, ..default.clone() };
            // Without a mean there is nothing to be biased by; with a short one the bias is large enough to be seen.
            let before = reinforce::Options { baseline_update: BaselineUpdate::Before, ..default.clone() };
            let unbiased = reinforce::Options { baseline: Baseline::None, ..before.clone() };
            let biased = reinforce::Options { decay: 0.7, samples: 2, baseline: Baseline::Ema, ..before };
            [several, unbiased, biased].map(EstimatorSpec::Reinforce).to_vec()
        }
        EstimatorSpec::ReinMax(_) => vec![EstimatorSpec::ReinMax(reinmax::Options { temperature: 2.0 })],
        EstimatorSpec::GumbelRao(default) => {
            vec![EstimatorSpec::GumbelRao(gumbel_rao::Options { samples: 1, ..default.clone() })]
        }
        EstimatorSpec::Rebar(default) => {
            vec![EstimatorSpec::Rebar(rebar::Options { learn_temperature: false, ..default.clone() })]
        }
        EstimatorSpec::Relax(default) => {
            let control_variate = relax::ControlVariate::RelaxedAndNetwork;
            vec![EstimatorSpec::Relax(relax::Options { control_variate, ..default.clone() })]
        }
        EstimatorSpec::Nvil(default) => {
            vec![EstimatorSpec::Nvil(nvil::Options { normalise: true, ..default.clone() })]
        }
        _ => Vec::new(),
    };
    [vec![kind], more].concat()
}

fn scene(space: &Space, bend: f64) -> Result<(Chain, Categorical, Categorical), String> {
    let chain = Chain::random(space, &Options { landscape: 5, pairs: 1.0, bend })?;
    let mut random = Stream::new(0, "laws of estimators: policies", 0);
    let mut here = Categorical::new(space.clone());
    here.update(&mut |logits| logits.iter_mut().for_each(|x| *x = 0.7 * random.normal()));
    let mut there = here.clone();
    there.update(&mut |logits| logits.iter_mut().for_each(|x| *x += random.normal()));
    Ok((chain, here, there))
}

/// Answers each point of a plan, or fails it.
pub(super) fn replies(points: &[Point], chain: &Chain, mut fails: impl FnMut() -> bool) -> Vec<Option<Reply>> {
    let reply = |point: &Point| (!fails()).then(|| of_chain(chain, point));
    points.iter().map(reply).collect()
}

/// The means of the first and of the later gradients of a plan, beside those that enumeration gives.
struct Means {
    first: (Estimates, Expectation),
    later: (Estimates, Expectation),
}

impl Means {
    /// Of `PLANS` plans in which each trial fails with probability `failing`, whatever it is.
    fn measure(subject: &Subject, failing: f64) -> Result<Self, String> {
        let (chain, here, there) = subject.scene()?;
        let (mut draws, mut fails) = (Stream::new(1, "laws of estimators", 0), Stream::new(1, "laws of estimators", 1));
        let parameters = here.parameters().len();
        // ∇(E[f] − w·H) = E[(f + w log p) ∇log p], because E[∇log p] = 0.
        let exactly = |policy: &Categorical| {
            exact::enumerate(policy, |h| chain.loss(h) + subject.entropy() * policy.log_probability(h))
        };
        let mut means = Self {
            first: (Estimates::new(parameters, BLOCK), exactly(&here)),
            later: (Estimates::new(parameters, BLOCK), exactly(&there)),
        };
        let mut estimator = subject.estimator.build(&subject.space)?;
        let mut gradient = vec![0.0; parameters];
        for number in 0..WARM_UP + PLANS {
            let plan = estimator.plan(&here, &mut draws);
            ensure!(!plan.points.is_empty(), "a plan without points");
            // An estimator that needs its whole plan answered still gets it more often than not.
            let failing = failing.min(0.5 / plan.points.len() as f64);
            let answers = replies(&plan.points, &chain, || fails.unit() < failing);
            estimator.learn(plan, &answers);
            let mut policy = &here;
            for count in 0.. {
                ensure!(count < MOST_GRADIENTS, "{count} gradients from one plan, and no end");
                // What is there already must not count.
                gradient.fill(f64::NAN);
                if !estimator.gradient(policy, &mut draws, &mut gradient) {
                    break;
                }
                let into = if count == 0 { &mut means.first.0 } else { &mut means.later.0 };
                if number >= WARM_UP {
                    into.push(&gradient);
                }
                policy = &there;
            }
        }
        Ok(means)
    }

    fn agree(&self) -> Verdict {
        for (when, (estimates, expectation)) in [("first", &self.first), ("later", &self.later)] {
            if estimates.blocks() > 0 {
                let verdict = estimates.agree_with(&expectation.gradient);
                verdict.map_err(|words| format!("{when} gradients: {words}"))?;
            }
        }
        Ok(())
    }
}

/// Who claims to be unbiased is, within 4 standard errors in each coordinate and all together; who claims a bias has a
/// reason and shows it.
///
/// # Errors
/// If the claim is wrong either way.
pub fn the_claim_about_bias_is_true(subject: &Subject) -> Verdict {
    let means = Means::measure(subject, 0.0)?;
    ensure!(means.first.0.blocks() == PLANS / BLOCK, "some plans gave no gradient, though all was answered");
    match (subject.bias()?, means.agree()) {
        (Bias::Unbiased, verdict) => verdict,
        (Bias::Biased(why), _) if why.len() < 10 => Err(format!("claims a bias and says only `{why}`")),
        (Bias::Biased(why), Ok(())) => Err(format!("claims a bias that does not show: {why}")),
        (Bias::Biased(_), Err(_)) => Ok(()),
    }
}

/// Failures that have nothing to do with the architecture do not bias an unbiased estimator.
///
/// # Errors
/// If a fifth of failures (fewer for long plans) does.
pub fn failures_at_random_bias_nobody(subject: &Subject) -> Verdict {
    match subject.bias()? {
        Bias::Unbiased => Means::measure(subject, 0.2)?.agree(),
        Bias::Biased(_) => Ok(()),
    }
}

/// Nothing but failures gives no gradient; gradients among failures are numbers, and there is an end to them.
///
/// # Errors
/// If not.
pub fn failures_are_survived(subject: &Subject) -> Verdict {
    let (chain, here, _) = subject.scene()?;
    let mut random = Stream::new(2, "laws of estimators", 0);
    let mut fails = Stream::new(2, "laws of estimators", 1);
    let mut estimator = subject.estimator.build(&subject.space)?;
    for number in 0..300 {
        // 100 plans fail altogether, 100 have every number of failures, 100 are answered.
        let failing = [1.0, fails.unit(), 0.0][number / 100];
        let plan = estimator.plan(&here, &mut random);
        let answers = replies(&plan.points, &chain, || fails.unit() < failing);
        estimator.learn(plan, &answers);
        let gradients = drain(estimator.as_mut(), &here, &mut random)?;
        ensure!(number >= 100 || gradients == 0, "a gradient out of nothing but failures");
        ensure!(number < 200 || gradients > 0, "no gradient though all is answered again");
    }
    Ok(())
}

/// Takes all gradients that wait and counts them.
fn drain(estimator: &mut dyn Estimator, policy: &dyn Policy, random: &mut Stream) -> Result<usize, String> {
    let mut gradient = vec![f64::NAN; policy.parameters().len()];
    for count in 0..MOST_GRADIENTS {
        if !estimator.gradient(policy, random, &mut gradient) {
            return Ok(count);
        }
        ensure!(gradient.iter().all(|g| g.is_finite()), "a gradient is {gradient:?}");
    }
    Err(format!("{MOST_GRADIENTS} gradients from one plan, and no end"))
}

/// By the expectation that the chain itself knows.
fn exactly(policy: &Categorical, chain: &Chain) -> Result<Expectation, String> {
    let known = chain.expectation(&Mixture(policy.all_probabilities().to_vec()));
    known.map(|known| exact::independent(policy, known)).ok_or_else(|| "a chain knows its expectation".into())
}

/// The dynamic programme for chains gives what enumeration gives.
///
/// # Errors
/// If they differ by more than 10⁻¹².
pub fn a_chain_by_dynamic_programming_is_that_by_enumeration(subject: &Subject) -> Verdict {
    let (chain, here, there) = subject.scene()?;
    for policy in [here, there] {
        let (fast, slow) = (exactly(&policy, &chain)?, exact::enumerate(&policy, |h| chain.loss(h)));
        close("E[f]", fast.mean, slow.mean, 1e-12)?;
        for (fast, slow) in fast.gradient.iter().zip(&slow.gradient) {
            close("∇E[f]", *fast, *slow, 1e-12)?;
        }
    }
    Ok(())
}

/// On a space too large to enumerate, the gradient of the dynamic programme is that of central differences of its mean.
///
/// # Errors
/// If they differ by more than 10⁻⁸ at a step of 10⁻⁵.
pub fn a_large_chain_agrees_with_central_differences() -> Verdict {
    let space = Space::named("sequence:20x7").map_err(|error| error.to_string())?;
    let (chain, policy, _) = scene(&space, 0.0)?;
    for (index, got) in exactly(&policy, &chain)?.gradient.iter().enumerate() {
        let at = |step: f64| {
            let mut moved = policy.clone();
            moved.update(&mut |logits| logits[index] += step);
            exactly(&moved, &chain).map(|expectation| expectation.mean)
        };
        close(&format!("logit {index}"), *got, (at(1e-5)? - at(-1e-5)?) / 2e-5, 1e-8)?;
    }
    Ok(())
}
