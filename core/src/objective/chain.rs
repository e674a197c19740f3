//! A landscape with a known answer: unary terms plus terms of neighbouring positions, for any L and K.

use serde::{Deserialize, Serialize};

use super::{
    Answer, Answers, Direction, Failure, FailureKind, Known, Metric, Mixture, Objective, Point, Relaxation, Trial,
};
use crate::random::Stream;
use crate::space::{Architecture, Space};

/// Options of [`Chain`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which landscape: the terms are drawn from it.
    pub landscape: u64,
    /// The share of neighbour pairs with a term, in [0, 1].
    pub pairs: f64,
    /// How far the extension to mixtures is from the multilinear one, in [0, 1]: the share p of a choice enters it as
    /// p + bend · c · p (1 − p)², with a c in (−1, 1) for each choice, so that small shares of some count for more than
    /// they are worth and of others for less. Architectures do not feel it.
    #[serde(skip_serializing_if = "is_zero")]
    pub bend: f64,
}

fn is_zero(bend: &f64) -> bool {
    *bend == 0.0
}

impl Default for Options {
    fn default() -> Self {
        Self { landscape: 0, pairs: 0.5, bend: 0.0 }
    }
}

/// `f(h) = Σ_l u_l[h_l] + Σ_l W_l[h_l, h_{l+1}]`, a loss without unit.
///
/// `E[f]` under a factorised policy, its gradient and the optimum follow by dynamic programming even where the space
/// cannot be enumerated.
///
/// ```
/// use bilevel::objective::chain::{Chain, Options};
/// use bilevel::space::Space;
/// let space = Space::named("sequence:20x7").unwrap();
/// let chain = Chain::random(&space, &Options::default()).unwrap();
/// let (best, loss) = chain.optimum();
/// assert!((chain.loss(&best) - loss).abs() < 1e-12);
/// ```
#[derive(Debug, Clone)]
pub struct Chain {
    /// u, `[L][K_l]`.
    unary: Vec<Vec<f64>>,
    /// W, `[L − 1][K_l][K_{l+1}]`.
    pairs: Vec<Vec<Vec<f64>>>,
    /// bend · c, `[Σ K_l]`; empty where the extension is the multilinear one.
    bends: Vec<f64>,
    metrics: [Metric; 1],
}

impl Chain {
    /// A chain of given terms: `unary` is `[L][K_l]`, `pairs` is `[L − 1][K_l][K_{l+1}]`.
    ///
    /// # Errors
    /// If the shapes do not fit one another, or a term is not finite.
    pub fn new(unary: Vec<Vec<f64>>, pairs: Vec<Vec<Vec<f64>>>) -> Result<Self, String> {
        if unary.is_empty() || pairs.len() + 1 != unary.len() {
            return Err(format!("{} unary rows want one pair table less, got {}", unary.len(), pairs.len()));
        }
        for (l, table) in pairs.iter().enumerate() {
            let (rows, columns) = (unary[l].len(), unary[l + 1].len());
            if table.len() != rows || table.iter().any(|row| row.len() != columns) {
                return Err(format!("pair table {l} must be {rows} × {columns}"));
            }
        }
        let terms = unary.iter().flatten().chain(pairs.iter().flatten().flatten());
        if terms.clone().any(|term| !term.is_finite()) {
            return Err("a term of the chain is not finite".into());
        }
        Ok(Self { unary, pairs, bends: Vec::new(), metrics: [Metric::new("loss", "", Direction::Minimise)] })
    }

    /// A random chain over `space`: every term standard normal, a pair table present with probability
    /// `options.pairs`.
    ///
    /// # Errors
    /// If the share of pairs is not in [0, 1], or the bend not in [0, 1].
    pub fn random(space: &Space, options: &Options) -> Result<Self, String> {
        if !(0.0..=1.0).contains(&options.pairs) {
            return Err(format!("pairs must be in [0, 1], got {}; try 0.5", options.pairs));
        }
        if !(0.0..=1.0).contains(&options.bend) {
            return Err(format!("bend must be in [0, 1], got {}; try 1", options.bend));
        }
        let mut random = Stream::new(options.landscape, "chain", 0);
        let counts: Vec<usize> = (0..space.length()).map(|l| space.choices(l)).collect();
        let unary = counts.iter().map(|k| (0..*k).map(|_| random.normal()).collect()).collect();
        let pairs = counts.windows(2).map(|k| {
            let present = random.unit() < options.pairs;
            let mut term = || if present { random.normal() } else { 0.0 };
            (0..k[0]).map(|_| (0..k[1]).map(|_| term()).collect()).collect()
        });
        let pairs = pairs.collect();
        let mut bend = Stream::new(options.landscape, "chain bends", 0);
        let count = if options.bend == 0.0 { 0 } else { space.choices_in_all() };
        let bends = (0..count).map(|_| options.bend * (2.0 * bend.open_unit() - 1.0)).collect();
        Ok(Self { bends, ..Self::new(unary, pairs)? })
    }

    /// f(h).
    pub fn loss(&self, architecture: &Architecture) -> f64 {
        let h: Vec<usize> = architecture.choices().iter().map(|k| usize::from(*k)).collect();
        let unary: f64 = self.unary.iter().zip(&h).map(|(row, k)| row[*k]).sum();
        let pairs: f64 = self.pairs.iter().zip(h.windows(2)).map(|(table, k)| table[k[0]][k[1]]).sum();
        unary + pairs
    }

    /// The multilinear extension f(p), which is `E[f(h)]` for independent h_l ~ p_l, and ∂f/∂p, both `[Σ K_l]`.
    pub fn expected(&self, p: &[f64]) -> (f64, Vec<f64>) {
        let mut slopes: Vec<f64> = self.unary.iter().flatten().copied().collect();
        let mut mean: f64 = slopes.iter().zip(p).map(|(u, p)| u * p).sum();
        let mut here = 0;
        for table in &self.pairs {
            let next = here + table.len();
            for (i, row) in table.iter().enumerate() {
                for (j, term) in row.iter().enumerate() {
                    slopes[here + i] += term * p[next + j];
                    slopes[next + j] += term * p[here + i];
                    mean += term * p[here + i] * p[next + j];
                }
            }
            here = next;
        }
        (mean, slopes)
    }

    /// The extension with the bend of the options, and its slopes: the multilinear one at p + bend · c · p (1 − p)².
    pub fn relaxed(&self, p: &[f64]) -> (f64, Vec<f64>) {
        if self.bends.is_empty() {
            return self.expected(p);
        }
        let bent = p.iter().zip(&self.bends).map(|(p, bend)| p + bend * p * (1.0 - p) * (1.0 - p));
        let (value, mut slopes) = self.expected(&bent.collect::<Vec<_>>());
        for ((slope, p), bend) in slopes.iter_mut().zip(p).zip(&self.bends) {
            *slope *= 1.0 + bend * (1.0 - p) * (1.0 - 3.0 * p);
        }
        (value, slopes)
    }

    /// The architecture of least loss and its loss, by dynamic programming (Viterbi); the first among equals.
    pub fn optimum(&self) -> (Architecture, f64) {
        // cost[k]: the least loss of positions l.. given h_l = k; next[l][k]: the choice at l + 1 that attains it.
        let mut cost = self.unary.last().expect("a chain has a position").clone();
        let mut next: Vec<Vec<usize>> = Vec::new();
        for l in (0..self.pairs.len()).rev() {
            let mut choices = Vec::new();
            let mut here = self.unary[l].clone();
            for (i, total) in here.iter_mut().enumerate() {
                let ahead: Vec<f64> = self.pairs[l][i].iter().zip(&cost).map(|(term, cost)| term + cost).collect();
                let best = argmin(&ahead);
                choices.push(best);
                *total += ahead[best];
            }
            next.push(choices);
            cost = here;
        }
        let mut choice = argmin(&cost);
        let loss = cost[choice];
        let mut path = vec![choice as u8];
        for choices in next.iter().rev() {
            choice = choices[choice];
            path.push(choice as u8);
        }
        (Architecture::new(path), loss)
    }

    fn uniform(&self) -> Vec<f64> {
        self.unary.iter().flat_map(|row| vec![1.0 / row.len() as f64; row.len()]).collect()
    }
}

fn argmin(values: &[f64]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value < values[best] {
            best = index;
        }
    }
    best
}

impl Objective for Chain {
    fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    fn answers(&self) -> Answers {
        let soft = if self.bends.is_empty() { Relaxation::Multilinear } else { Relaxation::Nonlinear };
        Answers { hard: true, soft: Some(soft), ..Answers::default() }
    }

    fn answer(&mut self, trial: &Trial) -> Result<Answer, Failure> {
        let missing = || Failure::new(FailureKind::Missing, "the point is not of this chain's space");
        match &trial.point {
            Point::Hard(h) => {
                let inside = h.choices().iter().zip(&self.unary).all(|(k, row)| usize::from(*k) < row.len());
                if h.choices().len() != self.unary.len() || !inside {
                    return Err(missing());
                }
                Ok(Answer::free(vec![self.loss(h)]))
            }
            Point::Soft(Mixture(p)) => {
                if p.len() != self.unary.iter().map(Vec::len).sum::<usize>() {
                    return Err(missing());
                }
                let (mean, slopes) = self.relaxed(p);
                Ok(Answer { gradient: Some(Mixture(slopes)), ..Answer::free(vec![mean]) })
            }
        }
    }

    fn known(&self) -> Known {
        // As an answer would have it: dynamic programming adds the same terms in another order.
        let optimum = self.loss(&self.optimum().0);
        Known { optimum: Some(optimum), mean: Some(self.expected(&self.uniform()).0) }
    }

    fn expectation(&self, mixture: &Mixture) -> Option<(f64, Mixture)> {
        let (mean, slopes) = self.expected(&mixture.0);
        Some((mean, Mixture(slopes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> (Space, Chain) {
        let space = Space::named("sequence:4x3").unwrap();
        let chain = Chain::random(&space, &Options { landscape: 3, pairs: 1.0, ..Options::default() }).unwrap();
        (space, chain)
    }

    #[test]
    fn the_optimum_is_that_of_enumeration() {
        let (space, chain) = small();
        let least = space.enumerate().map(|h| chain.loss(&h)).fold(f64::INFINITY, f64::min);
        let (best, loss) = chain.optimum();
        assert!((loss - least).abs() < 1e-12);
        assert!((chain.loss(&best) - least).abs() < 1e-12);
    }

    #[test]
    fn a_bend_moves_mixtures_and_no_architecture() {
        let (space, straight) = small();
        let bent = Chain::random(&space, &Options { landscape: 3, pairs: 1.0, bend: 1.0 }).unwrap();
        let corner = space.at_index(40).unwrap();
        let one_hot: Vec<f64> =
            corner.choices().iter().flat_map(|k| (0..3).map(move |j| f64::from(u8::from(j == *k)))).collect();
        assert!((bent.relaxed(&one_hot).0 - straight.loss(&corner)).abs() < 1e-12);
        let inside = [0.2, 0.5, 0.3].repeat(4);
        assert!((bent.relaxed(&inside).0 - straight.relaxed(&inside).0).abs() > 0.05);
        assert_eq!(bent.expected(&inside), straight.relaxed(&inside));
        let error = Chain::random(&space, &Options { bend: 2.0, ..Options::default() }).unwrap_err();
        assert_eq!(error, "bend must be in [0, 1], got 2; try 1");
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        assert_eq!(
            Chain::new(vec![vec![0.0; 2]; 2], vec![]).unwrap_err(),
            "2 unary rows want one pair table less, got 0"
        );
        let error = Chain::new(vec![vec![0.0; 2]; 2], vec![vec![vec![0.0; 3]; 2]]).unwrap_err();
        assert_eq!(error, "pair table 0 must be 2 × 2");
    }
}
