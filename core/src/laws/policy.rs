//! What every policy keeps, checked by enumeration and by central differences.
//!
//! Over small spaces all that a policy says is exact; over larger ones it may be an estimate that says so, which is held
//! to its standard errors.

use strum::IntoEnumIterator;

use super::unbiased::Estimates;
use super::{Verdict, chi_square, close, ensure};
use crate::numeric;
use crate::policy::{Entropy, Policy, PolicySpec, lstm};
use crate::random::Stream;
use crate::space::{Architecture, Custom, Space, SpaceSpec};

/// The step of central differences of fourth order, and the tolerance that goes with it: their error is the fifth
/// derivative, which for a network with large weights may be 10⁶, times 10⁻¹⁶ / 30, and rounding of order 10⁻¹².
const STEP: f64 = 1e-4;
const TOLERANCE: f64 = 1e-8;

/// A policy over a space small enough to enumerate.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Which policy.
    pub policy: PolicySpec,
    /// Over which space.
    pub space: Space,
}

impl Subject {
    /// The policy as it starts.
    ///
    /// # Panics
    /// If its options are out of range.
    pub fn start(&self) -> Box<dyn Policy> {
        let policy = self.policy.build(&self.space, &mut Stream::new(0, "laws of policies: start", 0));
        policy.expect("the options of the subjects are in range")
    }

    /// The policy with normal parameters of standard deviation `scale`.
    ///
    /// # Panics
    /// If its options are out of range.
    pub fn at(&self, scale: f64, index: u64) -> Box<dyn Policy> {
        let mut random = Stream::new(0, "laws of policies: parameters", index);
        let mut policy = self.start();
        policy.update(&mut |parameters| parameters.iter_mut().for_each(|x| *x = scale * random.normal()));
        policy
    }

    /// Where the laws look at it: at the start, somewhere, and where it has almost decided.
    fn places(&self) -> [Box<dyn Policy>; 3] {
        [self.start(), self.at(1.0, 1), self.at(4.0, 2)]
    }
}

/// Every kind of policy over spaces of equal and unequal positions, of one position, and without any choice.
///
/// # Panics
/// If one of the spaces cannot be made.
pub fn subjects() -> Vec<Subject> {
    let named = ["sequence:2x3", "sequence:4x2", "sequence:1x5", "sequence:2x1"].map(Space::named);
    let spaces = named.into_iter().chain([Space::new(SpaceSpec::Custom(Custom::default()))]);
    let spaces: Vec<Space> = spaces.map(|space| space.expect("the spaces above are right")).collect();
    // Five units, so that the products by four and eight have a rest.
    over(&spaces, 5)
}

/// Every kind of policy over a space that is still enumerated here, and large enough for a policy that estimates.
///
/// # Panics
/// If the space cannot be made.
pub fn larger_subjects() -> Vec<Subject> {
    over(&[Space::named("sequence:6x3").expect("the space is right")], 2)
}

fn over(spaces: &[Space], hidden: usize) -> Vec<Subject> {
    let specs: Vec<PolicySpec> = PolicySpec::iter().flat_map(|kind| variants(kind, hidden)).collect();
    let subject = |policy: &PolicySpec, space: &Space| Subject { policy: policy.clone(), space: space.clone() };
    specs.iter().flat_map(|policy| spaces.iter().map(move |space| subject(policy, space))).collect()
}

/// A kind of policy with options that between them take every branch, and few parameters: each costs the laws two passes.
fn variants(kind: PolicySpec, hidden: usize) -> Vec<PolicySpec> {
    match kind {
        PolicySpec::Categorical => vec![kind],
        PolicySpec::Lstm(default) => {
            let small = lstm::Options { hidden, layers: 1, ..default };
            let deep = lstm::Options { hidden: 2, layers: 3, temperature: 2.0, tanh_constant: 1.5, ..small.clone() };
            vec![PolicySpec::Lstm(small), PolicySpec::Lstm(deep)]
        }
    }
}

fn p(policy: &dyn Policy, h: &Architecture) -> f64 {
    numeric::exp(policy.log_probability(h))
}

/// Σ_h p(h) = 1.
///
/// # Errors
/// If it differs by more than 10⁻¹².
pub fn probabilities_add_up_to_1(subject: &Subject) -> Verdict {
    for policy in subject.places() {
        let sum: f64 = subject.space.enumerate().map(|h| p(policy.as_ref(), &h)).sum();
        close("Σ p", sum, 1.0, 1e-12)?;
    }
    Ok(())
}

/// Compares what `add` adds, with a weight and onto what is there, to weight times the central differences of `f`.
fn adds_the_gradient(
    policy: &dyn Policy,
    what: &str,
    f: impl Fn(&dyn Policy) -> f64,
    add: impl Fn(f64, &mut [f64]),
) -> Verdict {
    let (weight, already) = (-2.5, 7.0);
    let mut gradient = vec![already; policy.parameters().len()];
    add(weight, &mut gradient);
    for (index, got) in gradient.iter().enumerate() {
        let at = |step: f64| {
            let mut moved = policy.boxed_clone();
            moved.update(&mut |parameters| parameters[index] += step);
            f(moved.as_ref())
        };
        let slope = (8.0 * (at(STEP) - at(-STEP)) - (at(2.0 * STEP) - at(-2.0 * STEP))) / (12.0 * STEP);
        close(&format!("{what}, parameter {index}"), (got - already) / weight, slope, TOLERANCE)?;
    }
    Ok(())
}

/// `add_score` adds weight · ∇ log p(h).
///
/// # Errors
/// If it differs from central differences.
pub fn the_score_is_the_gradient_of_log_p(subject: &Subject) -> Verdict {
    for policy in subject.places() {
        for h in subject.space.enumerate() {
            let add = |weight: f64, gradient: &mut [f64]| policy.add_score(&h, weight, gradient);
            adds_the_gradient(policy.as_ref(), &format!("score of {h:?}"), |moved| moved.log_probability(&h), add)?;
        }
    }
    Ok(())
}

/// E[∇ log p(h)] = 0.
///
/// # Errors
/// If it differs by more than 10⁻¹².
pub fn the_mean_score_is_0(subject: &Subject) -> Verdict {
    for policy in subject.places() {
        let mut mean = vec![0.0; policy.parameters().len()];
        for h in subject.space.enumerate() {
            policy.add_score(&h, p(policy.as_ref(), &h), &mut mean);
        }
        mean.iter().try_for_each(|got| close("E[score]", *got, 0.0, 1e-12))?;
    }
    Ok(())
}

/// Over small spaces H is exact, H = −Σ p log p, and `add_entropy_gradient` adds weight · ∇H and draws nothing.
///
/// # Errors
/// If the entropy is an estimate or differs from enumeration, or its gradient from central differences.
pub fn the_entropy_and_its_gradient_are_exact(subject: &Subject) -> Verdict {
    for policy in subject.places() {
        let Entropy::Exact(entropy) = policy.entropy() else { return Err("an estimate over a small space".into()) };
        close("H", entropy, entropy_by_enumeration(policy.as_ref()), 1e-12)?;
        let mut random = Stream::new(0, "laws of policies: nothing is drawn", 0);
        let untouched = random.unit();
        let mut random = Stream::new(0, "laws of policies: nothing is drawn", 0);
        policy.add_entropy_gradient(1.0, &mut random, &mut vec![0.0; policy.parameters().len()]);
        ensure!(random.unit() == untouched, "an exact gradient drew a random number");
        let unused = || Stream::new(0, "laws of policies: unused", 0);
        let add = |weight: f64, gradient: &mut [f64]| policy.add_entropy_gradient(weight, &mut unused(), gradient);
        adds_the_gradient(policy.as_ref(), "∇H", |moved| moved.entropy().nats(), add)?;
    }
    Ok(())
}

fn entropy_by_enumeration(policy: &dyn Policy) -> f64 {
    policy.space().enumerate().map(|h| -p(policy, &h) * policy.log_probability(&h)).sum()
}

/// What is an estimate over a larger space is right within its standard errors: the entropy within 4 of its own, each
/// marginal within 4 of a share of 64 draws, the gradient of the entropy in the mean of many.
///
/// The gradient not where a policy has almost decided: what is drawn once in a million has no standard error in a
/// thousand draws.
///
/// # Errors
/// If one of them is not, if the marginals of a position do not add up to 1, or if the mode is less probable than a
/// uniform policy would have it.
pub fn estimates_agree_with_the_enumeration(subject: &Subject) -> Verdict {
    for (place, policy) in subject.places().into_iter().enumerate() {
        let policy = policy.as_ref();
        let (nats, allowed) = match policy.entropy() {
            Entropy::Exact(nats) => (nats, 0.0),
            Entropy::Estimate { nats, standard_error } => (nats, chi_square::DEVIATIONS * standard_error),
        };
        let want = entropy_by_enumeration(policy);
        ensure!((nats - want).abs() <= allowed + 1e-9, "H is {nats} ± {allowed}, by enumeration {want}");
        let (got, want) = (policy.marginals(), marginals_by_enumeration(policy));
        for (got, want) in got.iter().zip(&want) {
            close("Σ of the marginals of a position", got.iter().sum(), 1.0, 1e-12)?;
            for (got, want) in got.iter().zip(want) {
                let allowed = chi_square::DEVIATIONS * numeric::sqrt(want * (1.0 - want).max(0.0) / 64.0) + 1e-9;
                ensure!((got - want).abs() <= allowed, "a marginal is {got} ± {allowed}, by enumeration {want}");
            }
        }
        let uniform: f64 = (0..subject.space.length()).map(|l| -numeric::ln(subject.space.choices(l) as f64)).sum();
        let at_mode = policy.log_probability(&policy.mode());
        ensure!(at_mode >= uniform - 1e-12, "log p of the mode is {at_mode}, of a uniform policy {uniform}");
        if place < 2 {
            entropy_gradients_have_the_right_mean(policy)?;
        }
    }
    Ok(())
}

fn entropy_gradients_have_the_right_mean(policy: &dyn Policy) -> Verdict {
    // ∇H = −Σ p log p ∇log p, since E[∇log p] = 0.
    let parameters = policy.parameters().len();
    let mut want = vec![0.0; parameters];
    for h in policy.space().enumerate() {
        policy.add_score(&h, -p(policy, &h) * policy.log_probability(&h), &mut want);
    }
    let mut random = Stream::new(0, "laws of policies: gradients of the entropy", 0);
    let (mut estimates, mut gradient) = (Estimates::new(parameters, 1), vec![0.0; parameters]);
    for _ in 0..10 * parameters.max(100) {
        gradient.fill(0.0);
        policy.add_entropy_gradient(1.0, &mut random, &mut gradient);
        estimates.push(&gradient);
    }
    estimates.agree_with(&want).map_err(|words| format!("∇H: {words}"))
}

/// `sample` draws h with probability p(h).
///
/// # Errors
/// If χ² of 20,000 draws exceeds 4 standard deviations.
pub fn draws_have_their_probabilities(subject: &Subject) -> Verdict {
    let mut random = Stream::new(0, "laws of policies: draws", 0);
    for policy in subject.places() {
        let probabilities: Vec<f64> = subject.space.enumerate().map(|h| p(policy.as_ref(), &h)).collect();
        let mut counts = vec![0; probabilities.len()];
        for _ in 0..20_000 {
            let h = policy.sample(&mut random);
            let index = subject.space.index(&h).ok_or_else(|| format!("{h:?} was drawn and is outside"))?;
            counts[index as usize] += 1;
        }
        chi_square::fits(&counts, &probabilities)?;
    }
    Ok(())
}

/// No architecture is more probable than the mode.
///
/// # Errors
/// If one is, by more than rounding.
pub fn the_mode_is_most_probable(subject: &Subject) -> Verdict {
    for policy in subject.places() {
        let mode = policy.mode();
        ensure!(subject.space.contains(&mode), "the mode {mode:?} is outside");
        let at_mode = policy.log_probability(&mode);
        for h in subject.space.enumerate() {
            let here = policy.log_probability(&h);
            ensure!(here <= at_mode + 1e-12, "log p is {here} at {h:?} and {at_mode} at the mode {mode:?}");
        }
    }
    Ok(())
}

/// `marginals` are the probabilities of each choice, by enumeration.
///
/// # Errors
/// If the shape is another or a number differs by more than 10⁻¹².
pub fn marginals_are_those_of_the_enumeration(subject: &Subject) -> Verdict {
    for policy in subject.places() {
        let (got, want) = (policy.marginals(), marginals_by_enumeration(policy.as_ref()));
        let shape = |rows: &[Vec<f64>]| rows.iter().map(Vec::len).collect::<Vec<_>>();
        ensure!(shape(&got) == shape(&want), "marginals of the shape {:?}, want {:?}", shape(&got), shape(&want));
        for (got, want) in got.iter().flatten().zip(want.iter().flatten()) {
            close("a marginal", *got, *want, 1e-12)?;
        }
    }
    Ok(())
}

fn marginals_by_enumeration(policy: &dyn Policy) -> Vec<Vec<f64>> {
    let space = policy.space();
    let mut marginals: Vec<Vec<f64>> = (0..space.length()).map(|l| vec![0.0; space.choices(l)]).collect();
    for h in space.enumerate() {
        for (row, k) in marginals.iter_mut().zip(h.choices()) {
            row[usize::from(*k)] += p(policy, &h);
        }
    }
    marginals
}

/// All that can be asked of a policy, to compare two of them to the bit.
fn portrait(policy: &dyn Policy) -> Vec<f64> {
    let mut numbers = policy.parameters().to_vec();
    for h in policy.space().enumerate() {
        let mut score = vec![0.0; policy.parameters().len()];
        policy.add_score(&h, 1.0, &mut score);
        numbers.push(policy.log_probability(&h));
        numbers.extend(score);
    }
    let mut slopes = vec![0.0; policy.parameters().len()];
    policy.add_entropy_gradient(1.0, &mut Stream::new(0, "laws of policies: portrait", 0), &mut slopes);
    numbers.extend(slopes);
    numbers.extend(policy.marginals().concat());
    numbers.push(policy.entropy().nats());
    numbers.extend(policy.mode().choices().iter().map(|k| f64::from(*k)));
    numbers
}

/// A policy is a function of its parameters: however it came to them it answers the same, and elsewhere otherwise.
///
/// # Errors
/// If an answer depends on the way, or an update changes none.
pub fn an_update_brings_all_up_to_date(subject: &Subject) -> Verdict {
    let there = subject.at(1.0, 1);
    let mut detour = subject.at(4.0, 2);
    detour.update(&mut |parameters| parameters.fill(-3.0));
    detour.update(&mut |parameters| parameters.copy_from_slice(there.parameters()));
    ensure!(detour.parameters() == there.parameters(), "the parameters are not those that were written");
    ensure!(portrait(detour.as_ref()) == portrait(there.as_ref()), "the same parameters, other answers");
    let (start, decided) = (subject.start(), subject.space.size_up_to(1).is_some());
    let moved = subject.space.enumerate().any(|h| start.log_probability(&h) != there.log_probability(&h));
    ensure!(decided || moved, "an update changed no probability");
    Ok(())
}

/// A copy starts the same and goes its own way.
///
/// # Errors
/// If it differs from the start, or an update of one moves the other.
pub fn a_copy_goes_its_own_way(subject: &Subject) -> Verdict {
    let mut original = subject.at(1.0, 1);
    let before = portrait(original.as_ref());
    let mut copy = original.boxed_clone();
    ensure!(portrait(copy.as_ref()) == before, "the copy is another policy");
    copy.update(&mut |parameters| parameters.fill(1.5));
    ensure!(portrait(original.as_ref()) == before, "the copy moved the original");
    let after = portrait(copy.as_ref());
    original.update(&mut |parameters| parameters.fill(-0.5));
    ensure!(portrait(copy.as_ref()) == after, "the original moved the copy");
    Ok(())
}

/// Parameters of ±255 and ±1000 give numbers, and draws that are possible.
///
/// # Errors
/// If anything is NaN or infinite, or something of probability 0 is drawn.
pub fn extreme_parameters_give_numbers(subject: &Subject) -> Verdict {
    for (index, size) in [255.0, 1e3].into_iter().enumerate() {
        let mut random = Stream::new(0, "laws of policies: extreme", index as u64);
        for _ in 0..20 {
            let mut policy = subject.start();
            policy.update(&mut |parameters| {
                parameters.iter_mut().for_each(|x| *x = [-size, 0.0, size][random.below(3)]);
            });
            let wrong = portrait(policy.as_ref()).iter().position(|x| !x.is_finite());
            ensure!(wrong.is_none(), "±{size}: a number is not finite at {:?}", policy.parameters());
            for _ in 0..50 {
                let h = policy.sample(&mut random);
                ensure!(subject.space.contains(&h), "±{size}: {h:?} was drawn and is outside");
                ensure!(p(policy.as_ref(), &h) > 0.0, "±{size}: {h:?} of probability 0 was drawn");
            }
        }
    }
    Ok(())
}
