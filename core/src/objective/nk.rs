//! Kauffman's NK landscape for any space: as rugged as wanted, from separable to random.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::elimination::{Factor, index, least};
use super::{Answer, Answers, Direction, Failure, FailureKind, Known, Metric, Objective, Trial};
use crate::random::Stream;
use crate::space::{Architecture, Space};

/// The most contributions that a landscape may have, and the most entries of all neighbourhoods together.
pub const MOST_CONTRIBUTIONS: u64 = 10_000_000;

/// With which other positions a position interacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Neighbourhood {
    /// With those that follow it, the first again after the last.
    #[default]
    Adjacent,
    /// With others drawn uniformly, for each position anew.
    Random,
}

/// Options of [`Nk`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which landscape: neighbourhoods and contributions are drawn from it.
    pub landscape: u64,
    /// Kauffman's K, the number of others that a position interacts with; 0 to L − 1. 0 is separable, L − 1 has no
    /// structure at all. Not to be confused with K_l, the number of choices.
    pub interactions: usize,
    /// With which others.
    pub neighbourhood: Neighbourhood,
}

impl Default for Options {
    fn default() -> Self {
        Self { landscape: 0, interactions: 2, neighbourhood: Neighbourhood::Adjacent }
    }
}

/// `f(h) = (1/L) Σ_l F_l(h_l, h at the positions that l interacts with)`, each value of each F_l uniform on [0, 1): a loss
/// without unit.
///
/// The contributions are kept in tables, so that the mean of all architectures is exact, and so is the optimum wherever
/// dynamic programming over them fits: on a ring of 20 positions with 7 choices, up to 3 interactions.
///
/// # Source
/// Kauffman and Levin 1987; Kauffman and Weinberger 1989.
/// # Differs from the source
/// - Positions have any number of choices, not 2.
/// - f is minimised, where the source maximises a fitness. As 1 − F is distributed as F is, so is the landscape.
/// - An adjacent neighbourhood is what follows a position, where Kauffman takes half of it from each side: F_l is the
///   contribution of another position, and the landscape is distributed alike.
///
/// ```
/// use bilevel::objective::Objective;
/// use bilevel::objective::nk::{Nk, Options};
/// use bilevel::space::Space;
/// let space = Space::named("sequence:20x7").unwrap();
/// let nk = Nk::new(&space, &Options::default()).unwrap();
/// let best = nk.optimum().unwrap();
/// assert_eq!(nk.known().optimum, Some(nk.loss(&best)));
/// ```
#[derive(Debug, Clone)]
pub struct Nk {
    /// K_l, `[L]`.
    choices: Vec<usize>,
    /// The positions that F_l looks at, `[L][K + 1]`, l itself first.
    scopes: Vec<Vec<usize>>,
    /// The values of F_l, `[L][Π K_l over its scope]`, the last position of the scope fastest.
    contributions: Vec<Vec<f64>>,
    metrics: [Metric; 1],
}

impl Nk {
    /// The landscape of `options` over `space`.
    ///
    /// # Errors
    /// If there are as many interactions as positions, or more than [`MOST_CONTRIBUTIONS`] contributions.
    pub fn new(space: &Space, options: &Options) -> Result<Self, String> {
        let (length, interactions) = (space.length(), options.interactions);
        if interactions >= length {
            let most = length - 1;
            return Err(format!(
                "interactions must be less than the {length} positions, got {interactions}; try {most}"
            ));
        }
        let too_many = |what: &str, count: u64| {
            Err(format!(
                "interactions = {interactions} makes {count} {what} over {length} positions, and {MOST_CONTRIBUTIONS} \
                 fit; try fewer interactions"
            ))
        };
        let neighbours = (length as u64).saturating_mul(interactions as u64 + 1);
        if neighbours > MOST_CONTRIBUTIONS {
            return too_many("neighbours", neighbours);
        }
        let choices: Vec<usize> = (0..length).map(|l| space.choices(l)).collect();
        let scopes: Vec<Vec<usize>> = (0..length).map(|l| scope(l, length, options)).collect();
        let size = |scope: &Vec<usize>| scope.iter().fold(1u64, |size, l| size.saturating_mul(choices[*l] as u64));
        let count = scopes.iter().map(size).fold(0, u64::saturating_add);
        if count > MOST_CONTRIBUTIONS {
            return too_many("contributions", count);
        }
        let table = |(l, scope)| {
            let mut random = Stream::new(options.landscape, "nk contributions", l as u64);
            (0..size(scope)).map(|_| random.unit()).collect()
        };
        let contributions = scopes.iter().enumerate().map(table).collect();
        Ok(Self { choices, scopes, contributions, metrics: [Metric::new("loss", "", Direction::Minimise)] })
    }

    /// f(h), in [0, 1).
    ///
    /// # Panics
    /// If `architecture` is not of the space.
    pub fn loss(&self, architecture: &Architecture) -> f64 {
        let tables = self.scopes.iter().zip(&self.contributions);
        let sum: f64 = tables.map(|(scope, table)| table[index(scope, &self.choices, architecture.choices())]).sum();
        sum / self.choices.len() as f64
    }

    /// An architecture of least loss; `None` where finding it takes too large tables. Takes a fraction of a second at
    /// most.
    pub fn optimum(&self) -> Option<Architecture> {
        let tables = self.scopes.iter().zip(&self.contributions);
        let factors = tables.map(|(scope, values)| Factor { scope: scope.into(), values: values.into() });
        least(&self.choices, factors.collect()).map(Architecture::new)
    }

    /// The mean loss of all architectures. Each contribution is part of as many architectures as any other of its F_l.
    pub fn mean(&self) -> f64 {
        let means = self.contributions.iter().map(|table| table.iter().sum::<f64>() / table.len() as f64);
        means.sum::<f64>() / self.choices.len() as f64
    }
}

/// The positions that F_l looks at.
fn scope(l: usize, length: usize, options: &Options) -> Vec<usize> {
    match options.neighbourhood {
        Neighbourhood::Adjacent => (0..=options.interactions).map(|next| (l + next) % length).collect(),
        Neighbourhood::Random => {
            let mut random = Stream::new(options.landscape, "nk neighbourhood", l as u64);
            // Floyd's subset of the others: after the step of `last`, any subset of 0..=last is equally likely.
            let others = length - 1;
            let mut drawn = BTreeSet::new();
            for last in others - options.interactions..others {
                let one = random.below(last + 1);
                if !drawn.insert(one) {
                    drawn.insert(last);
                }
            }
            [l].into_iter().chain(drawn.into_iter().map(|other| other + usize::from(other >= l))).collect()
        }
    }
}

impl Objective for Nk {
    fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    fn answers(&self) -> Answers {
        Answers { hard: true, ..Answers::default() }
    }

    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure> {
        let missing = |message: &str| Err(Failure::new(FailureKind::Missing, message));
        let Some(architecture) = trial.architecture() else {
            return missing("an NK landscape answers architectures, not mixtures of them");
        };
        let h = architecture.choices();
        if h.len() != self.choices.len() || h.iter().zip(&self.choices).any(|(k, choices)| usize::from(*k) >= *choices)
        {
            return missing("the point is not of this landscape's space");
        }
        Ok(Answer::free(vec![self.loss(architecture)]))
    }

    fn known(&self) -> Known {
        Known { optimum: self.optimum().map(|best| self.loss(&best)), mean: Some(self.mean()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::{Custom, SpaceSpec};

    const BOTH: [Neighbourhood; 2] = [Neighbourhood::Adjacent, Neighbourhood::Random];

    fn named(name: &str) -> Space {
        Space::named(name).unwrap()
    }

    #[test]
    fn optimum_and_mean_are_those_of_enumeration() {
        let uneven = Space::new(SpaceSpec::Custom(Custom::default())).unwrap();
        for (space, most) in [(named("sequence:5x3"), 4), (named("sequence:8x2"), 7), (uneven, 2)] {
            for (interactions, neighbourhood) in (0..=most).flat_map(|k| BOTH.map(|neighbourhood| (k, neighbourhood))) {
                let options = Options { landscape: 3, interactions, neighbourhood };
                let nk = Nk::new(&space, &options).unwrap();
                let losses: Vec<f64> = space.enumerate().map(|h| nk.loss(&h)).collect();
                let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
                let mean = losses.iter().sum::<f64>() / losses.len() as f64;
                let known = nk.known();
                assert!((known.optimum.unwrap() - least).abs() < 1e-14, "{space:?} {options:?}");
                assert!((known.mean.unwrap() - mean).abs() < 1e-13, "{space:?} {options:?}");
            }
        }
    }

    #[test]
    fn without_interactions_it_is_separable() {
        for neighbourhood in BOTH {
            let nk =
                Nk::new(&named("sequence:20x7"), &Options { landscape: 1, interactions: 0, neighbourhood }).unwrap();
            let least = |table: &Vec<f64>| table.iter().copied().fold(f64::INFINITY, f64::min);
            let sum: f64 = nk.contributions.iter().map(least).sum();
            assert!((nk.known().optimum.unwrap() - sum / 20.0).abs() < 1e-15);
        }
    }

    #[test]
    fn a_position_interacts_with_as_many_others_as_asked() {
        let space = named("sequence:7x2");
        let scopes = |interactions, neighbourhood| {
            Nk::new(&space, &Options { landscape: 5, interactions, neighbourhood }).unwrap().scopes
        };
        assert_eq!(scopes(2, Neighbourhood::Adjacent)[5], [5, 6, 0]);
        let mut hits = [[0.0; 7]; 7];
        for landscape in 0..2000 {
            let options = Options { landscape, interactions: 3, neighbourhood: Neighbourhood::Random };
            for (l, scope) in Nk::new(&space, &options).unwrap().scopes.iter().enumerate() {
                let distinct: BTreeSet<&usize> = scope.iter().collect();
                assert_eq!((scope[0], scope.len(), distinct.len()), (l, 4, 4));
                scope[1..].iter().for_each(|other| hits[l][*other] += 1.0);
            }
        }
        // Each other is among the 3 of 6 with probability 1/2: 1000 ± 4 √500.
        let sound = |l: usize, other: usize| l == other || (hits[l][other] - 1000.0_f64).abs() < 4.0 * 22.4;
        assert!((0..49).all(|pair| sound(pair / 7, pair % 7)), "{hits:?}");
    }

    #[test]
    fn with_all_interactions_neighbours_tell_nothing() {
        // Correlation of the losses of neighbours; in theory 1 − (K + 1)/L = 0 at K = L − 1 and 1 − 1/L at K = 0.
        let space = named("sequence:10x2");
        let correlation = |interactions| {
            let nk = Nk::new(&space, &Options { landscape: 2, interactions, ..Options::default() }).unwrap();
            let mean = nk.mean();
            let (mut both, mut one, mut pairs) = (0.0, 0.0, 0.0);
            for h in space.enumerate() {
                let here = nk.loss(&h) - mean;
                for neighbour in space.neighbours(&h) {
                    both += here * (nk.loss(&neighbour) - mean);
                    one += here * here;
                    pairs += 1.0;
                }
            }
            assert!(pairs == 10240.0 && one > 0.0);
            both / one
        };
        let (smooth, random) = (correlation(0), correlation(9));
        assert!(smooth > 0.75 && random.abs() < 0.1, "{smooth} {random}");
    }

    #[test]
    fn a_ring_too_tangled_for_tables_has_a_mean_and_no_optimum() {
        let nk = Nk::new(&named("sequence:20x7"), &Options { interactions: 4, ..Options::default() }).unwrap();
        let known = nk.known();
        assert_eq!(known.optimum, None);
        assert!((known.mean.unwrap() - 0.5).abs() < 0.01);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (space, interactions, message) in [
            ("sequence:3x4", 3, "interactions must be less than the 3 positions, got 3; try 2"),
            (
                "sequence:20x7",
                9,
                "interactions = 9 makes 5649504980 contributions over 20 positions, and 10000000 fit; try fewer \
                 interactions",
            ),
            (
                "sequence:100000x1",
                99_999,
                "interactions = 99999 makes 10000000000 neighbours over 100000 positions, and 10000000 fit; try fewer \
                 interactions",
            ),
        ] {
            let options = Options { interactions, neighbourhood: Neighbourhood::Random, ..Options::default() };
            assert_eq!(Nk::new(&named(space), &options).unwrap_err(), message);
        }
    }
}
