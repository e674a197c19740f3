//! What draws of an estimator say of its bias, variance and error, with intervals.

use crate::numeric;

/// Blocks are merged in pairs when there are so many, so that there are always half of it to all of it once enough was drawn.
const MOST_BLOCKS: usize = 128;
/// The quantile of a normal distribution that 95 % of it lie within, from both sides; and from one side.
const TWO_SIDED: f64 = 1.959_964;
const ONE_SIDED: f64 = 1.644_854;

/// Draws of a gradient beside the exact one. What the draws before have to do with a draw, such as a learned baseline, is
/// allowed for by taking errors from the means of blocks of draws that follow one another.
#[derive(Debug, Clone)]
pub struct Draws {
    exact: Vec<f64>,
    /// Numbers are kept as differences from the first draw, so that an estimator without variance has none.
    first: Vec<f64>,
    count: f64,
    sum: Vec<f64>,
    squares: Vec<f64>,
    /// Σ ‖ĝ − exact‖².
    errors: f64,
    blocks: Vec<Block>,
    open: Block,
    /// Draws of a full block.
    size: f64,
}

#[derive(Debug, Clone, Default)]
struct Block {
    count: f64,
    sum: Vec<f64>,
    errors: f64,
}

/// A number and the ends of an interval that has the true one with 95 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// The ends.
    pub interval: [f64; 2],
}

/// What the draws say.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// Their mean, `[A]`.
    pub mean: Vec<f64>,
    /// ‖mean − exact‖, the noise of the mean in it. The interval is for the norm of the bias itself, and has 0 in it where
    /// the noise alone would give as much with 5 %.
    pub bias: Estimate,
    /// The largest distance of an entry of the mean from the exact one, in standard errors of it.
    pub deviations: f64,
    /// The trace of the covariance of one draw.
    pub variance: Estimate,
    /// E‖ĝ − exact‖² of one draw.
    pub error: Estimate,
    /// The cosine between mean and exact gradient; `None` where one of them is 0.
    pub cosine: Option<f64>,
}

impl Draws {
    /// None yet.
    pub fn new(exact: &[f64]) -> Self {
        let zeros = vec![0.0; exact.len()];
        let open = Block { sum: zeros.clone(), ..Block::default() };
        Self {
            exact: exact.to_vec(),
            first: Vec::new(),
            count: 0.0,
            sum: zeros.clone(),
            squares: zeros,
            errors: 0.0,
            blocks: Vec::new(),
            open,
            size: 1.0,
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count as u64
    }

    /// Takes one more in, `[A]`.
    pub fn push(&mut self, draw: &[f64]) {
        if self.first.is_empty() {
            self.first = draw.to_vec();
        }
        let mut error = 0.0;
        let sums = self.sum.iter_mut().zip(&mut self.squares).zip(&mut self.open.sum);
        for (((sum, squares), block), ((draw, first), exact)) in sums.zip(draw.iter().zip(&self.first).zip(&self.exact))
        {
            let (from_first, off) = (draw - first, draw - exact);
            *sum += from_first;
            *squares += from_first * from_first;
            *block += from_first;
            error += off * off;
        }
        self.count += 1.0;
        self.errors += error;
        self.open.count += 1.0;
        self.open.errors += error;
        if self.open.count == self.size {
            let empty = Block { sum: vec![0.0; draw.len()], ..Block::default() };
            self.blocks.push(std::mem::replace(&mut self.open, empty));
        }
        if self.blocks.len() == MOST_BLOCKS {
            self.blocks = self.blocks.chunks_exact(2).map(|pair| Block::merged(&pair[0], &pair[1])).collect();
            self.size *= 2.0;
        }
    }

    /// What they say; `None` below two.
    pub fn moments(&self) -> Option<Moments> {
        if self.count < 2.0 {
            return None;
        }
        let n = self.count;
        let entries = 0..self.exact.len();
        let mean: Vec<f64> = entries.clone().map(|i| self.first[i] + self.sum[i] / n).collect();
        let off: Vec<f64> = mean.iter().zip(&self.exact).map(|(mean, exact)| mean - exact).collect();
        let spread = |i: usize| ((self.squares[i] - self.sum[i] * self.sum[i] / n) / (n - 1.0)).max(0.0);
        let norm = |v: &[f64]| numeric::sqrt(v.iter().map(|x| x * x).sum());
        let variance = entries.clone().map(spread).sum();
        let bias = norm(&off);
        // What is smaller is rounding. An entry that does not vary is off by that, or by infinitely many standard errors.
        let rounding = 1e-12 * norm(&self.exact).max(norm(&mean)).max(1e-300);
        let deviation = |i: usize| {
            let error = numeric::sqrt(spread(i) / n);
            match (off[i].abs() <= rounding, error <= rounding) {
                (true, _) => 0.0,
                (false, true) => f64::INFINITY,
                (false, false) => off[i].abs() / error,
            }
        };
        let (of_variance, of_error, of_mean) = self.errors_of_blocks(&off, bias * bias);
        let around = |value: f64, error: f64| Estimate {
            value,
            interval: [(value - TWO_SIDED * error).max(0.0), value + TWO_SIDED * error],
        };
        let cosine = norm(&mean) * norm(&self.exact);
        let along: f64 = mean.iter().zip(&self.exact).map(|(mean, exact)| mean * exact).sum();
        Some(Moments {
            bias: Estimate {
                value: bias,
                interval: [if bias <= rounding { 0.0 } else { (bias - of_mean).max(0.0) }, bias + of_mean],
            },
            deviations: entries.map(deviation).fold(0.0, f64::max),
            variance: around(variance, of_variance),
            error: around(self.errors / n, of_error),
            cosine: (cosine > 0.0).then(|| (along / cosine).clamp(-1.0, 1.0)),
            mean,
        })
    }

    /// Standard errors of variance and error, and how far the mean is off with 5 % or less, from the means of blocks.
    fn errors_of_blocks(&self, off: &[f64], bias_squared: f64) -> (f64, f64, f64) {
        let b = self.blocks.len() as f64;
        if b < 2.0 {
            return (f64::INFINITY, f64::INFINITY, f64::INFINITY);
        }
        let (mut variance, mut error) = (numeric::Moments::default(), numeric::Moments::default());
        let mut centred = Vec::with_capacity(self.blocks.len());
        for block in &self.blocks {
            let mean: Vec<f64> = block.sum.iter().map(|sum| sum / block.count).collect();
            let from_exact =
                mean.iter().zip(&self.first).zip(&self.exact).map(|((mean, first), exact)| mean + first - exact);
            let along: f64 = from_exact.zip(off).map(|(block, off)| block * off).sum();
            error.push(block.errors / block.count);
            // ‖ĝ − mean‖² = ‖ĝ − exact‖² − 2 (ĝ − exact) · off + ‖off‖².
            variance.push(block.errors / block.count - 2.0 * along + bias_squared);
            centred.push(mean);
        }
        let of_all: Vec<f64> = (0..off.len()).map(|i| centred.iter().map(|mean| mean[i]).sum::<f64>() / b).collect();
        centred.iter_mut().for_each(|mean| mean.iter_mut().zip(&of_all).for_each(|(mean, all)| *mean -= all));
        // C, the covariance of the mean, has the traces of the Gram matrix of the centred blocks over b (b − 1), and C² those
        // of its square.
        let (mut trace, mut square) = (0.0, 0.0);
        for (i, one) in centred.iter().enumerate() {
            for (j, other) in centred.iter().enumerate().take(i + 1) {
                let product: f64 = one.iter().zip(other).map(|(a, b)| a * b).sum();
                trace += if i == j { product } else { 0.0 };
                square += if i == j { product * product } else { 2.0 * product * product };
            }
        }
        let scale = 1.0 / (b * (b - 1.0));
        let (trace, square) = (trace * scale, square * scale * scale);
        // ‖error of the mean‖² as a multiple of χ² with as many degrees of freedom as give its mean and variance
        // (Satterthwaite 1946), and its quantile after Wilson and Hilferty 1931.
        let of_mean = if square > 0.0 {
            let freedom = trace * trace / square;
            let root = 2.0 / (9.0 * freedom);
            let cube = 1.0 - root + ONE_SIDED * numeric::sqrt(root);
            numeric::sqrt(trace * cube * cube * cube)
        } else {
            0.0
        };
        // The mean stands in the place of the true one: its own error, squared, varies by 2 tr C².
        let of_variance = numeric::sqrt(variance.standard_error() * variance.standard_error() + 2.0 * square);
        (of_variance, error.standard_error(), of_mean)
    }
}

impl Block {
    fn merged(a: &Self, b: &Self) -> Self {
        let sum = a.sum.iter().zip(&b.sum).map(|(a, b)| a + b).collect();
        Self { count: a.count + b.count, sum, errors: a.errors + b.errors }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    /// n draws of a normal vector with these means and deviations, beside an exact vector of zeros.
    fn normal(seed: u64, n: usize, means: &[f64], deviations: &[f64]) -> Moments {
        let mut random = Stream::new(seed, "statistics", 0);
        let mut draws = Draws::new(&vec![0.0; means.len()]);
        for _ in 0..n {
            let draw: Vec<f64> =
                means.iter().zip(deviations).map(|(mean, deviation)| mean + deviation * random.normal()).collect();
            draws.push(&draw);
        }
        draws.moments().unwrap()
    }

    #[test]
    fn intervals_have_the_truth_as_often_as_they_say() {
        let (means, deviations) = ([0.3, -0.4, 0.0], [1.0, 2.0, 0.5]);
        let (bias, variance) = (0.5, 5.25);
        let mut hits = [0; 4];
        for seed in 0..400 {
            let moments = normal(seed, 300, &means, &deviations);
            let within = |estimate: Estimate, truth: f64| {
                usize::from(estimate.interval[0] <= truth && truth <= estimate.interval[1])
            };
            hits[0] += within(moments.bias, bias);
            hits[1] += within(moments.variance, variance);
            hits[2] += within(moments.error, variance + bias * bias);
            hits[3] += within(normal(seed + 1000, 300, &[0.0; 3], &deviations).bias, 0.0);
        }
        // 95 % of 400 are 380 ± 4.4; the interval of a bias away from 0 is wider than it had to be.
        assert!(hits[0] >= 363, "{hits:?}");
        assert!(hits[1..].iter().all(|hits| (360..=396).contains(hits)), "{hits:?}");
    }

    #[test]
    fn what_does_not_vary_has_no_variance() {
        let mut draws = Draws::new(&[0.1, 0.2]);
        (0..1000).for_each(|_| draws.push(&[0.1, 0.3]));
        let moments = draws.moments().unwrap();
        assert_eq!(moments.variance.value, 0.0);
        assert!((moments.bias.value - 0.1).abs() < 1e-15 && moments.deviations == f64::INFINITY, "{moments:?}");
        assert!((moments.bias.interval[0] - 0.1).abs() < 1e-12 && (moments.error.value - 0.01).abs() < 1e-12);
        assert_eq!(Draws::new(&[0.0]).moments(), None);
    }

    #[test]
    fn blocks_are_merged_and_none_is_lost() {
        let mut draws = Draws::new(&[0.0]);
        for i in 0..1000 {
            draws.push(&[f64::from(i)]);
        }
        let kept: f64 = draws.blocks.iter().chain([&draws.open]).map(|block| block.sum[0]).sum();
        assert_eq!(kept, draws.sum[0]);
        assert!(draws.blocks.len() >= MOST_BLOCKS / 2 - 1 && draws.blocks.len() < MOST_BLOCKS);
    }
}
