//! The only door to transcendental functions, so that they give the same bits on every target.
//!
//! The functions of the standard library call the platform's mathematics library and differ in the last bit between
//! glibc and WebAssembly; `libm` is plain Rust and does not. `clippy.toml` refuses the former everywhere in the core.

/// eˣ.
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// The natural logarithm.
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// The hyperbolic tangent.
pub fn tanh(x: f64) -> f64 {
    libm::tanh(x)
}

/// The logistic function, 1 / (1 + e⁻ˣ).
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// The cosine of an angle in radians.
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// xʸ.
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

/// ln Γ(x), x > 0.
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// ψ(x) = d ln Γ(x) / dx, x > 0: by ψ(x) = ψ(x + 1) − 1/x up to 12, and from there the asymptotic series (Abramowitz and Stegun
/// 1964, 6.3.5 and 6.3.18), with an error below 10⁻¹² of 1.
pub fn digamma(x: f64) -> f64 {
    let (mut x, mut sum) = (x, 0.0);
    while x < 12.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = square
        * (1.0 / 12.0 - square * (1.0 / 120.0 - square * (1.0 / 252.0 - square * (1.0 / 240.0 - square / 132.0))));
    sum + ln(x) - 0.5 / x - series
}

/// The square root; correctly rounded on every target by IEEE 754.
pub fn sqrt(x: f64) -> f64 {
    x.sqrt()
}

/// Turns logits into log-probabilities in place: `x_k − ln Σ_j exp x_j`, stable for logits of any size.
pub fn log_softmax(logits: &mut [f64]) {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logits.iter().map(|x| exp(x - largest)).sum();
    let normaliser = largest + ln(sum);
    for x in logits {
        *x -= normaliser;
    }
}

/// p_k = exp x_k / Σ_j exp x_j, each logit exponentiated once. Both slices have one length.
pub fn softmax(logits: &[f64], probabilities: &mut [f64]) -> SumOfExp {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for (p, x) in probabilities.iter_mut().zip(logits) {
        *p = exp(x - largest);
        sum += *p;
    }
    let share = 1.0 / sum;
    probabilities.iter_mut().for_each(|p| *p *= share);
    SumOfExp { largest, sum }
}

/// Σ_j exp x_j of a [`softmax`], kept as exp(max x) · Σ_j exp(x_j − max x), so that it is finite for logits of any size.
#[derive(Debug, Clone, Copy, Default)]
pub struct SumOfExp {
    largest: f64,
    sum: f64,
}

impl SumOfExp {
    /// Its logarithm, which takes as long as several exponentials: log p_k = x_k − ln Σ_j exp x_j.
    pub fn ln(self) -> f64 {
        self.largest + ln(self.sum)
    }
}

/// ln(eᵃ + eᵇ), stable for numbers of any size; −∞ counts as nothing.
pub fn log_add_exp(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + ln(1.0 + exp(low - high)) }
}

/// The index of the largest value; the first among equals. 0 for an empty slice.
pub fn argmax(values: &[f64]) -> usize {
    let mut best = 0;
    for (index, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = index;
        }
    }
    best
}

/// Mean and standard error of the mean, updated one value at a time (Welford 1962).
#[derive(Debug, Clone, Default)]
pub struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Takes one more value in.
    pub fn push(&mut self, value: f64) {
        self.count += 1.0;
        let before = value - self.mean;
        self.mean += before / self.count;
        self.squares += before * (value - self.mean);
    }

    /// The mean; 0 before the first value.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The unbiased sample variance; 0 below two values.
    pub fn variance(&self) -> f64 {
        if self.count < 2.0 { 0.0 } else { self.squares / (self.count - 1.0) }
    }

    /// The standard error of the mean; 0 below two values.
    pub fn standard_error(&self) -> f64 {
        if self.count < 2.0 { 0.0 } else { sqrt(self.variance() / self.count) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_softmax_is_stable_and_normalised() {
        let mut logits = [1000.0, 1001.0, -1000.0];
        log_softmax(&mut logits);
        let total: f64 = logits.iter().map(|x| exp(*x)).sum();
        assert!((total - 1.0).abs() < 1e-12);
        assert!((logits[1] - logits[0] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn softmax_agrees_with_its_logarithm() {
        let logits = [3.0, -1.0, 0.5, -800.0];
        let mut p = [0.0; 4];
        let normaliser = softmax(&logits, &mut p).ln();
        let log_p = logits.map(|x| x - normaliser);
        let mut alone = logits;
        log_softmax(&mut alone);
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        for k in 0..4 {
            assert!((p[k] - exp(log_p[k])).abs() < 1e-15 && (log_p[k] - alone[k]).abs() < 1e-12, "{k}");
        }
    }

    #[test]
    fn argmax_takes_the_first_among_equals() {
        assert_eq!(argmax(&[0.0, 2.0, 2.0]), 1);
    }

    #[test]
    fn digamma_is_the_derivative_of_ln_gamma() {
        // ψ(1) = −γ; ψ(1/2) = −γ − 2 ln 2 (Abramowitz and Stegun 1964, 6.3.2 and 6.3.3).
        let euler = 0.577_215_664_901_532_9;
        assert!((digamma(1.0) + euler).abs() < 1e-14);
        assert!((digamma(0.5) + euler + 2.0 * ln(2.0)).abs() < 1e-14);
        for x in [0.01, 0.3, 2.5, 11.9, 12.1, 80.0] {
            let difference = (ln_gamma(x + 1e-5 * x) - ln_gamma(x - 1e-5 * x)) / (2e-5 * x);
            assert!((digamma(x) - difference).abs() < 1e-7 * difference.abs().max(1.0), "{x}");
        }
    }

    #[test]
    fn moments_match_the_definition() {
        let mut moments = Moments::default();
        [1.0, 2.0, 4.0].into_iter().for_each(|x| moments.push(x));
        assert!((moments.mean() - 7.0 / 3.0).abs() < 1e-15);
        assert!((moments.variance() - 7.0 / 3.0).abs() < 1e-14);
        assert!((moments.standard_error() - sqrt(7.0) / 3.0).abs() < 1e-14);
    }
}
