//! The unordered-set estimator: samples without replacement, whatever their order.

use serde::{Deserialize, Serialize};

use super::simplex::add_score;
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, independent, state};
use crate::numeric;
use crate::objective::{Point, Relaxation};
use crate::policy::{Categorical, Policy};
use crate::random::Stream;
use crate::space::{Architecture, Space};

/// The most samples: the weights of k samples take time of the order k⁴ 2ᵏ.
const MOST_SAMPLES: usize = 12;

/// Options of [`UnorderedSet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// k, the different architectures of a plan, 2 to 12; all of a space that has no more.
    pub samples: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { samples: 4 }
    }
}

/// `ĝ = Σ_s p(s) R(S, s) ∇_α log p(s) [f(s) − Σ_s' p(s') R\s(S, s') f(s')]`, S a set of k samples without replacement.
///
/// R(S, s) = p\s(S \ s) / p(S), the probability of the rest of the set where s is left out of the space, over that of the
/// set; R\s(S, s') is the same in the space without s, and 1 for s itself.
///
/// # Source
/// Kool, van Hoof and Welling 2020, equations (14), (17) and theorem 4 with its built-in baseline.
/// # Differs from the source
/// The probabilities of sets are summed by dynamic programming over their subsets. A plan with a failed trial gives no
/// gradient: what is left of the set was not drawn without replacement.
/// # Cost
/// k hard points, no two alike. Memory of the plan: p, p(s) R(S, s) and p(s') R\s(S, s'), `[A + k + k²]`.
#[derive(Debug, Clone)]
pub struct UnorderedSet {
    space: Space,
    samples: usize,
    ready: Ready,
}

impl UnorderedSet {
    /// # Errors
    /// If the number of samples is out of range.
    pub fn new(options: &Options, space: &Space) -> Result<Self, String> {
        if !(2..=MOST_SAMPLES).contains(&options.samples) {
            return Err(format!("samples must be in 2..={MOST_SAMPLES}, got {}; try 4", options.samples));
        }
        let all = space.size_up_to(options.samples as u64);
        let samples = all.map_or(options.samples, |all| all as usize);
        Ok(Self { space: space.clone(), samples, ready: Ready::default() })
    }
}

impl Estimator for UnorderedSet {
    fn bias(&self, _: Option<Relaxation>) -> Bias {
        Bias::Unbiased
    }

    fn needs(&self) -> Needs {
        Needs::INDEPENDENT
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let policy = independent(policy);
        let mut set: Vec<Architecture> = Vec::with_capacity(self.samples);
        while set.len() < self.samples {
            set.push(another(policy, &set, random));
        }
        let log_p: Vec<f64> = set.iter().map(|h| policy.log_probability(h)).collect();
        let all = self.space.size_up_to(self.samples as u64).is_some();
        let mut memory = policy.all_probabilities().to_vec();
        memory.extend(weights(&log_p, all));
        Plan { points: set.into_iter().map(Point::Hard).collect(), memory }
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let Some(losses) = super::losses(replies) else { return };
        let (p, weights) = plan.memory.split_at(self.space.choices_in_all());
        let (of_each, of_pairs) = weights.split_at(losses.len());
        let into = self.ready.start(p.len());
        let samples = plan.points.iter().zip(&losses).zip(of_each).zip(of_pairs.chunks_exact(losses.len()));
        for (((point, loss), weight), of_pair) in samples {
            let Point::Hard(h) = point else { continue };
            let baseline: f64 = of_pair.iter().zip(&losses).map(|(weight, loss)| weight * loss).sum();
            add_score(&self.space, h.choices(), p, weight * (loss - baseline), into);
        }
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("unordered-set": ; ready);
}

/// A draw from the policy that is not among `seen`, position by position: the probability of a choice is less what was seen
/// of the architectures that begin so.
fn another(policy: &Categorical, seen: &[Architecture], random: &mut Stream) -> Architecture {
    let space = policy.space();
    let mut alike: Vec<&[u8]> = seen.iter().map(Architecture::choices).collect();
    let mut choices = Vec::with_capacity(space.length());
    for l in 0..space.length() {
        // Of the architectures that begin with these choices and then k: the share that was seen, and whether all were.
        let left = |k: usize| {
            let begin_so = alike.iter().filter(|h| usize::from(h[l]) == k);
            let after =
                |h: &&&[u8]| -> f64 { (l + 1..h.len()).map(|j| policy.probabilities(j)[usize::from(h[j])]).product() };
            let (count, share) = begin_so.fold((0u64, 0.0), |(count, share), h| (count + 1, share + after(&h)));
            let all = (l + 1..space.length())
                .try_fold(1u64, |size, j| size.checked_mul(space.choices(j) as u64).filter(|size| *size <= count));
            // Rounding may leave nothing of what is hardly there; it can still be drawn where nothing else can.
            if all == Some(count) { 0.0 } else { (policy.probabilities(l)[k] * (1.0 - share)).max(f64::MIN_POSITIVE) }
        };
        let weights: Vec<f64> = (0..space.choices(l)).map(left).collect();
        let mut rest = random.unit() * weights.iter().sum::<f64>();
        let drawn = weights.iter().position(|weight| {
            rest -= weight;
            rest < 0.0 && *weight > 0.0
        });
        let k = drawn.or_else(|| weights.iter().rposition(|weight| *weight > 0.0)).unwrap_or(0);
        alike.retain(|h| usize::from(h[l]) == k);
        choices.push(k as u8);
    }
    Architecture::new(choices)
}

/// p(s) R(S, s), `[k]`, and p(s') R\s(S, s'), `[k][k]`, of the logarithms of the probabilities of the set; `all` says that it
/// is the whole space.
///
/// In logarithms throughout: the probability of a set is about k! times the product of its members', which on a space of any
/// size is too small for a number, and only ratios of such matter.
fn weights(log_p: &[f64], all: bool) -> Vec<f64> {
    let k = log_p.len();
    let rest = 1.0 - log_p.iter().map(|log_p| numeric::exp(*log_p)).sum::<f64>();
    let log_rest = if all || rest <= 0.0 { f64::NEG_INFINITY } else { numeric::ln(rest) };
    let without = |left_out: &[usize]| {
        let others: Vec<f64> = (0..k).filter(|i| !left_out.contains(i)).map(|i| log_p[i]).collect();
        log_probability(&others, log_rest)
    };
    let whole = without(&[]);
    let first: Vec<f64> = (0..k).map(|s| without(&[s])).collect();
    let mut weights = Vec::with_capacity(k + k * k);
    weights.extend((0..k).map(|s| numeric::exp(log_p[s] + first[s] - whole)));
    for s in 0..k {
        let of_pair = |other: usize| if other == s { log_p[s] } else { log_p[other] + without(&[s, other]) - first[s] };
        weights.extend((0..k).map(|other| numeric::exp(of_pair(other))));
    }
    weights
}

/// The logarithm of the probability that samples without replacement are this set, in any order, where `log_rest` is that of
/// the mass of all others.
fn log_probability(log_p: &[f64], log_rest: f64) -> f64 {
    // by[T]: that of the first |T| samples being the subset T.
    let mut by = vec![f64::NEG_INFINITY; 1 << log_p.len()];
    by[0] = 0.0;
    for subset in 0..by.len() {
        let still = |i: &usize| subset >> i & 1 == 0;
        let left = (0..log_p.len()).filter(still).map(|i| log_p[i]);
        let log_mass = left.fold(log_rest, numeric::log_add_exp);
        for i in (0..log_p.len()).filter(still) {
            let drawn = by[subset] + log_p[i] - log_mass;
            by[subset | 1 << i] = numeric::log_add_exp(by[subset | 1 << i], drawn);
        }
    }
    by[by.len() - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probability_of_a_set_is_the_sum_over_its_orders() {
        let p: [f64; 3] = [0.2, 0.3, 0.1];
        let ordered = |order: [usize; 3]| {
            let [a, b, c] = order.map(|i| p[i]);
            a * b / (1.0 - a) * c / (1.0 - a - b)
        };
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let want: f64 = orders.into_iter().map(ordered).sum();
        let got = log_probability(&p.map(numeric::ln), numeric::ln(0.4));
        assert!((numeric::exp(got) - want).abs() < 1e-14);
    }

    #[test]
    fn weights_are_numbers_where_probabilities_are_not() {
        for (space, k, logits) in
            [("sequence:120x5", 4, [0.0, 0.0]), ("sequence:32x8", 6, [0.0, 0.0]), ("sequence:1x2", 2, [700.0, -700.0])]
        {
            let space = Space::named(space).unwrap();
            let mut policy = Categorical::new(space.clone());
            policy.update(&mut |parameters| parameters[..2].copy_from_slice(&logits));
            let mut estimator = UnorderedSet::new(&Options { samples: k }, &space).unwrap();
            let plan = estimator.plan(&policy, &mut Stream::new(1, "test", 0));
            let weights = &plan.memory[space.choices_in_all()..];
            assert!(weights.iter().all(|weight| weight.is_finite()), "{space:?}: {weights:?}");
            // Each of k samples of a uniform policy stands for a k-th of all.
            if logits[0] == 0.0 {
                assert!(weights[..k].iter().all(|weight| (weight * k as f64 - 1.0).abs() < 1e-9), "{weights:?}");
            }
        }
    }

    #[test]
    fn draws_are_without_replacement_and_go_on_to_the_last_architecture() {
        let space = Space::named("sequence:2x3").unwrap();
        let mut policy = Categorical::new(space.clone());
        // One architecture has all but 10⁻¹⁷ of the probability.
        policy.update(&mut |logits| (logits[0], logits[3]) = (40.0, 40.0));
        let mut seen = Vec::new();
        for _ in 0..9 {
            let next = another(&policy, &seen, &mut Stream::new(1, "test", seen.len() as u64));
            assert!(!seen.contains(&next), "{next:?} again, after {seen:?}");
            seen.push(next);
        }
        assert_eq!(seen[0].choices(), [0, 0]);
    }

    #[test]
    fn second_draws_have_their_conditional_probabilities() {
        let mut policy = Categorical::new(Space::named("sequence:2x2").unwrap());
        policy.update(&mut |logits| logits.copy_from_slice(&[0.0, 1.0, 0.5, 0.0]));
        let first = Architecture::new([1, 0]);
        let p = |h: &Architecture| numeric::exp(policy.log_probability(h));
        let mut random = Stream::new(2, "test", 0);
        let n = 40_000;
        let mut counts = [0.0; 4];
        for _ in 0..n {
            let h = another(&policy, std::slice::from_ref(&first), &mut random);
            counts[policy.space().index(&h).unwrap() as usize] += 1.0;
        }
        for h in policy.space().enumerate() {
            let want = if h == first { 0.0 } else { p(&h) / (1.0 - p(&first)) };
            let got = counts[policy.space().index(&h).unwrap() as usize] / f64::from(n);
            assert!((got - want).abs() <= 4.0 * (want * (1.0 - want) / f64::from(n)).sqrt(), "{h:?}: {got} {want}");
        }
    }

    #[test]
    fn too_many_samples_are_refused() {
        let space = Space::named("sequence:2x2").unwrap();
        let error = UnorderedSet::new(&Options { samples: 13 }, &space).unwrap_err();
        assert_eq!(error, "samples must be in 2..=12, got 13; try 4");
    }
}
