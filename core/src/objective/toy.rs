//! The toy of RELAX: squared distances from a target halfway between two choices, so that the better is hardly better.

use serde::{Deserialize, Serialize};

use super::{
    Answer, Answers, Direction, Failure, FailureKind, Known, Metric, Mixture, Objective, Point, Relaxation, Trial,
};
use crate::space::{Architecture, Space};

/// Options of [`Toy`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// t, in (0, 1): the choices of a position stand at equal distances from 0 to 1, and this is what they should be. The
    /// closer it is to halfway between two of them, the less there is to learn from one answer.
    pub target: f64,
    /// How far the extension to mixtures is from the multilinear one, in [0, 1]: 1 is the toy of the source, 0 gives a mixture
    /// the mean loss of its architectures. Architectures do not feel it.
    #[serde(skip_serializing_if = "is_one")]
    pub bend: f64,
}

fn is_one(bend: &f64) -> bool {
    *bend == 1.0
}

impl Default for Options {
    fn default() -> Self {
        Self { target: 0.499, bend: 1.0 }
    }
}

/// `f(h) = Σ_l (x_l − t)²`, x_l = h_l / (K_l − 1), a loss without unit; for one binary position the `(b − t)²` of the source.
///
/// A mixture has `x_l = Σ_k p_{l,k} k / (K_l − 1)`, so that its loss lies below the expected one by the variance of x: the
/// relaxation is convex, and its least point, x_l = t, is an architecture only where a choice stands there. With a bend below 1
/// that part of the difference is left.
///
/// # Source
/// Tucker et al. 2017, section 5.1; Grathwohl et al. 2018, section 5.1, with t = 0.499.
#[derive(Debug, Clone)]
pub struct Toy {
    /// K_l, `[L]`.
    choices: Vec<usize>,
    target: f64,
    bend: f64,
    metrics: [Metric; 1],
}

impl Toy {
    /// The toy over `space`.
    ///
    /// # Errors
    /// If the target is not in (0, 1), or the bend not in [0, 1].
    pub fn new(space: &Space, options: &Options) -> Result<Self, String> {
        let Options { target, bend } = *options;
        if !(target > 0.0 && target < 1.0) {
            return Err(format!("target must be in (0, 1), got {target}; try 0.499"));
        }
        if !(0.0..=1.0).contains(&bend) {
            return Err(format!("bend must be in [0, 1], got {bend}; try 1"));
        }
        let choices = (0..space.length()).map(|l| space.choices(l)).collect();
        Ok(Self { choices, target, bend, metrics: [Metric::new("loss", "", Direction::Minimise)] })
    }

    /// Where choice `k` of `choices` stands, in [0, 1].
    fn place(k: usize, choices: usize) -> f64 {
        k as f64 / (choices.max(2) - 1) as f64
    }

    /// f(h).
    pub fn loss(&self, architecture: &Architecture) -> f64 {
        let choices = architecture.choices().iter().zip(&self.choices);
        choices.map(|(k, choices)| self.distance(Self::place(usize::from(*k), *choices))).sum()
    }

    /// From what is straight to what is bent, by the bend; the latter itself at 1, with the sign of its 0.
    fn between(&self, straight: f64, bent: f64) -> f64 {
        if self.bend == 1.0 { bent } else { self.bend * bent + (1.0 - self.bend) * straight }
    }

    fn distance(&self, x: f64) -> f64 {
        (x - self.target) * (x - self.target)
    }

    /// The rows of a mixture, each with its places.
    fn rows<'a>(&'a self, p: &'a [f64]) -> impl Iterator<Item = (&'a [f64], Vec<f64>)> {
        let mut rest = p;
        self.choices.iter().map(move |choices| {
            let (row, after) = rest.split_at(*choices);
            rest = after;
            (row, (0..*choices).map(|k| Self::place(k, *choices)).collect())
        })
    }
}

impl Objective for Toy {
    fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    fn answers(&self) -> Answers {
        let soft = if self.bend == 0.0 { Relaxation::Multilinear } else { Relaxation::Nonlinear };
        Answers { hard: true, soft: Some(soft), ..Answers::default() }
    }

    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure> {
        let missing = || Failure::new(FailureKind::Missing, "the point is not of this toy's space");
        match &trial.point {
            Point::Hard(h) => {
                let inside = h.choices().iter().zip(&self.choices).all(|(k, choices)| usize::from(*k) < *choices);
                if h.choices().len() != self.choices.len() || !inside {
                    return Err(missing());
                }
                Ok(Answer::free(vec![self.loss(h)]))
            }
            Point::Soft(Mixture(p)) => {
                if p.len() != self.choices.iter().sum::<usize>() {
                    return Err(missing());
                }
                let (mut loss, mut slopes) = (0.0, Vec::with_capacity(p.len()));
                for (row, places) in self.rows(p) {
                    let x: f64 = row.iter().zip(&places).map(|(p, place)| p * place).sum();
                    let mean: f64 = row.iter().zip(&places).map(|(p, place)| p * self.distance(*place)).sum();
                    loss += self.between(mean, self.distance(x));
                    let slope = |place: &f64| self.between(self.distance(*place), 2.0 * (x - self.target) * place);
                    slopes.extend(places.iter().map(slope));
                }
                Ok(Answer { gradient: Some(Mixture(slopes)), ..Answer::free(vec![loss]) })
            }
        }
    }

    fn known(&self) -> Known {
        let of_each = |pick: fn(&mut dyn Iterator<Item = f64>) -> f64| {
            let losses = |choices: &usize| {
                let choices = *choices;
                pick(&mut (0..choices).map(|k| self.distance(Self::place(k, choices))))
            };
            Some(self.choices.iter().map(losses).sum())
        };
        Known {
            optimum: of_each(|losses| losses.fold(f64::INFINITY, f64::min)),
            mean: of_each(|losses| {
                let (sum, count) = losses.fold((0.0, 0.0), |(sum, count), loss| (sum + loss, count + 1.0));
                sum / count
            }),
        }
    }

    fn expectation(&self, mixture: &Mixture) -> Option<(f64, Mixture)> {
        let (mut mean, mut slopes) = (0.0, Vec::with_capacity(mixture.0.len()));
        for (row, places) in self.rows(&mixture.0) {
            let losses: Vec<f64> = places.iter().map(|place| self.distance(*place)).collect();
            mean += row.iter().zip(&losses).map(|(p, loss)| p * loss).sum::<f64>();
            slopes.extend(losses);
        }
        Some((mean, Mixture(slopes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_binary_position_is_that_of_the_source() {
        let space = Space::named("sequence:1x2").unwrap();
        let toy = Toy::new(&space, &Options::default()).unwrap();
        let losses: Vec<f64> = space.enumerate().map(|h| toy.loss(&h)).collect();
        assert!((losses[0] - 0.249_001).abs() < 1e-12 && (losses[1] - 0.251_001).abs() < 1e-12, "{losses:?}");
    }

    #[test]
    fn a_bend_of_0_is_the_mean_and_half_of_it_is_half_way() {
        let space = Space::named("sequence:2x3").unwrap();
        let mixture = Mixture(vec![0.2, 0.3, 0.5, 0.6, 0.3, 0.1]);
        let soft = |bend: f64| {
            let mut toy = Toy::new(&space, &Options { bend, ..Options::default() }).unwrap();
            let trial =
                Trial { point: Point::Soft(mixture.clone()), ..Trial::evaluate(0, Architecture::new([0, 0]), 0) };
            let answer = toy.answer(&trial).unwrap();
            let mean = toy.expectation(&mixture).unwrap();
            (answer.values[0], answer.gradient.unwrap().0, mean)
        };
        let [(none, slopes, mean), (half, ..), (whole, bent, _)] = [0.0, 0.5, 1.0].map(soft);
        assert_eq!((none, slopes), (mean.0, mean.1.0));
        assert!(whole < none && (half - (none + whole) / 2.0).abs() < 1e-15);
        // 2 (x − t) x_k with x = 0.65 in the first row.
        assert!((bent[1] - (0.65 - 0.499)).abs() < 1e-15 && (bent[2] - 2.0 * (0.65 - 0.499)).abs() < 1e-15);
    }

    #[test]
    fn options_outside_are_refused() {
        let space = Space::named("sequence:1x2").unwrap();
        let refused = |options: &Options| Toy::new(&space, options).unwrap_err();
        let target = refused(&Options { target: 1.0, ..Options::default() });
        assert_eq!(target, "target must be in (0, 1), got 1; try 0.499");
        let bend = refused(&Options { bend: -0.1, ..Options::default() });
        assert_eq!(bend, "bend must be in [0, 1], got -0.1; try 1");
    }
}
