//! DrNAS: mixtures drawn from a Dirichlet distribution around the policy's probabilities.

use serde::{Deserialize, Serialize};

use super::simplex::{add_back, rows};
use super::{Bias, Estimator, Needs, Plan, Ready, Reply, independent, state};
use crate::numeric;
use crate::objective::{Mixture, Point, Relaxation};
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// Options of [`Dirichlet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// s, the sum of the parameters of each position, in [0.5, 100]: the larger, the closer the mixtures are to the mean.
    pub concentration: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { concentration: 5.0 }
    }
}

/// `ĝ = ∇_α f(y)`, y_l ~ Dirichlet(s · softmax(α_l)), differentiated through the draw.
///
/// The mean of y is p, and positions are independent: exact on average where f is multilinear, for any concentration.
///
/// # Source
/// Chen et al. 2021 (DrNAS), section 3.1; derivatives of the draw by implicit reparameterisation, Figurnov, Mohamed and Mnih
/// 2018, equation (5).
/// # Differs from the source
/// There the parameters are elu(α) + 1 and the concentration is learned with them; here the mean is the policy's, as that of
/// every other estimator is, and the concentration an option.
/// # Cost
/// One soft point. Memory of the plan: p and ∂γ/∂a over Σ γ, `[2][A]`.
#[derive(Debug, Clone)]
pub struct Dirichlet {
    space: Space,
    concentration: f64,
    ready: Ready,
}

impl Dirichlet {
    /// # Errors
    /// If the concentration is out of range.
    pub fn new(options: &Options, space: &Space) -> Result<Self, String> {
        let concentration = options.concentration;
        if !(0.5..=100.0).contains(&concentration) {
            return Err(format!("concentration must be in [0.5, 100], got {concentration}; try 5"));
        }
        Ok(Self { space: space.clone(), concentration, ready: Ready::default() })
    }
}

impl Estimator for Dirichlet {
    fn bias(&self, relaxation: Option<Relaxation>) -> Bias {
        match relaxation {
            Some(Relaxation::Multilinear) => Bias::Unbiased,
            _ => Bias::Biased("it is the gradient of the mean loss of mixtures, not of architectures"),
        }
    }

    fn needs(&self) -> Needs {
        Needs::SOFT
    }

    fn plan(&mut self, policy: &dyn Policy, random: &mut Stream) -> Plan {
        let mut memory = independent(policy).all_probabilities().to_vec();
        let parameters: Vec<f64> = memory.iter().map(|p| self.concentration * p).collect();
        let mut y: Vec<f64> = parameters.iter().map(|a| gamma(*a, random)).collect();
        let mut slopes: Vec<f64> = parameters.iter().zip(&y).map(|(a, x)| slope(*a, *x)).collect();
        for row in rows(&self.space) {
            let sum: f64 = y[row.clone()].iter().sum();
            row.for_each(|i| (y[i], slopes[i]) = (y[i] / sum, slopes[i] / sum));
        }
        memory.extend(slopes);
        Plan { points: vec![Point::Soft(Mixture(y))], memory }
    }

    fn learn(&mut self, plan: Plan, replies: &[Option<Reply>]) {
        let [Point::Soft(Mixture(y))] = plan.points.as_slice() else { return };
        let Some([of_loss]) = super::slopes(replies) else { return };
        let (p, of_draw) = plan.memory.split_at(y.len());
        // ∂f/∂a_j = (∂f/∂y_j − Σ_i y_i ∂f/∂y_i) · ∂γ_j/∂a_j / Σ γ.
        let mut of_parameters = vec![0.0; y.len()];
        for row in rows(&self.space) {
            let mean: f64 = row.clone().map(|i| y[i] * of_loss[i]).sum();
            row.for_each(|i| of_parameters[i] = (of_loss[i] - mean) * of_draw[i]);
        }
        add_back(&self.space, p, &of_parameters, self.concentration, self.ready.start(y.len()));
    }

    fn gradient(&mut self, _: &dyn Policy, _: &mut Stream, gradient: &mut [f64]) -> bool {
        self.ready.give(gradient)
    }

    state!("dirichlet": ; ready);
}

/// A draw from the gamma distribution with shape `a` and scale 1 (Marsaglia and Tsang 2000).
fn gamma(a: f64, random: &mut Stream) -> f64 {
    if a < 1.0 {
        let larger = gamma(a + 1.0, random);
        return larger * numeric::exp(numeric::ln(random.open_unit()) / a);
    }
    let d = a - 1.0 / 3.0;
    let c = 1.0 / numeric::sqrt(9.0 * d);
    loop {
        let x = random.normal();
        let v = 1.0 + c * x;
        if v > 0.0 {
            let v = v * v * v;
            if numeric::ln(random.open_unit()) < 0.5 * x * x + d * (1.0 - v + numeric::ln(v)) {
                return d * v;
            }
        }
    }
}

/// ∂x/∂a at a fixed quantile of the gamma distribution: −(∂F/∂a) / F', F its cumulative distribution.
///
/// By the series F(x) = Σ_n t_n, t_n = x^(a + n) e^(−x) / Γ(a + n + 1), whose terms have the derivatives
/// t_n (ln x − ψ(a + n + 1)). Absolute errors are of the order of 10⁻¹⁵, so that only beyond the density of 10⁻¹⁰ the
/// quotient is worth nothing, which no draw reaches often enough to matter.
fn slope(a: f64, x: f64) -> f64 {
    if x <= f64::MIN_POSITIVE {
        return 0.0;
    }
    let (ln_x, ln_gamma) = (numeric::ln(x), numeric::ln_gamma(a + 1.0));
    let mut term = numeric::exp(a * ln_x - x - ln_gamma);
    // F'(x) = x^(a − 1) e^(−x) / Γ(a) = t_0 · a / x.
    let density = term * a / x;
    let mut digamma = numeric::digamma(a + 1.0);
    let (mut sum, mut n) = (0.0, 0.0);
    loop {
        let add = term * (ln_x - digamma);
        sum += add;
        n += 1.0;
        digamma += 1.0 / (a + n);
        term *= x / (a + n);
        if (a + n > x && add.abs() <= 1e-17 * sum.abs()) || n > 2000.0 {
            break;
        }
    }
    if density > 0.0 { -sum / density } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gamma_draws_have_their_mean_and_variance() {
        let mut random = Stream::new(1, "gamma", 0);
        for a in [0.05, 0.7, 1.0, 3.5, 40.0] {
            let mut moments = numeric::Moments::default();
            (0..40_000).for_each(|_| moments.push(gamma(a, &mut random)));
            assert!((moments.mean() - a).abs() < 4.0 * moments.standard_error(), "{a}: {moments:?}");
            // The fourth central moment is 3a² + 6a, the variance of the variance (2a² + 6a) / n.
            let tolerance = 4.0 * numeric::sqrt((2.0 * a * a + 6.0 * a) / 40_000.0);
            assert!((moments.variance() - a).abs() < tolerance, "{a}: {moments:?}");
        }
    }

    #[test]
    fn the_mean_slope_is_1() {
        // E[x] = a for each shape a, so that E[∂x/∂a] = 1; and of ln x, E[∂ ln x/∂a] = ψ'(a).
        let mut random = Stream::new(2, "gamma", 0);
        for a in [0.05, 0.7, 1.0, 3.5, 40.0, 100.0] {
            let mut moments = numeric::Moments::default();
            (0..20_000).for_each(|_| moments.push(slope(a, gamma(a, &mut random))));
            assert!((moments.mean() - 1.0).abs() < 4.0 * moments.standard_error(), "{a}: {moments:?}");
        }
    }

    #[test]
    fn for_one_exponential_the_slope_is_known() {
        // a = 1: F = 1 − e^(−x); ∂F/∂a at a = 1 by differences of the series itself.
        let cumulative = |a: f64, x: f64| -> f64 {
            (0..400)
                .map(|n| {
                    numeric::exp((a + f64::from(n)) * numeric::ln(x) - x - numeric::ln_gamma(a + f64::from(n) + 1.0))
                })
                .sum()
        };
        for (a, x) in [(1.0, 0.5), (1.0, 3.0), (0.2, 0.01), (2.5, 4.0), (7.0, 2.0)] {
            let difference = (cumulative(a + 1e-5, x) - cumulative(a - 1e-5, x)) / 2e-5;
            let density = (cumulative(a, x + 1e-6) - cumulative(a, x - 1e-6)) / 2e-6;
            let want = -difference / density;
            assert!((slope(a, x) - want).abs() < 1e-5 * want.abs().max(1.0), "{a} {x}: {} {want}", slope(a, x));
        }
    }
}
