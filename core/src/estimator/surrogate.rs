//! A small network that learns to know the loss of a mixture, for control variates.

use super::baseline::{Baseline, RunningBaseline};
use crate::numeric;
use crate::optimiser::{self, Adam};
use crate::random::Stream;
use crate::state::state;

/// `c(y) = w₂ · tanh(W₁ (2y − 1) + b₁) + b₂`, with one hidden layer of `units`; w₂ starts at 0, so that c does.
#[derive(Debug, Clone)]
pub(super) struct Surrogate {
    inputs: usize,
    units: usize,
    /// W₁ `[units][inputs]`, b₁ `[units]`, w₂ `[units]`, b₂, one after the other.
    weights: Vec<f64>,
    /// Whether W₁ was drawn.
    begun: bool,
    adam: Adam,
    /// Of what it is to learn, and of its square less the mean.
    mean: RunningBaseline,
    square: RunningBaseline,
    /// The largest deviation so far.
    largest: f64,
}

state!(Surrogate { weights, begun, adam, mean, square, largest });

/// The decay of the running mean and variance.
const DECAY: f64 = 0.99;

impl Surrogate {
    /// A network for mixtures of `inputs` entries.
    ///
    /// # Errors
    /// If the units are not in 1..=256, or the learning rate is out of range.
    pub(super) fn new(inputs: usize, units: usize, learning_rate: f64) -> Result<Self, String> {
        if !(1..=256).contains(&units) {
            return Err(format!("units must be in 1..=256, got {units}; try 10"));
        }
        let adam = optimiser::Options { learning_rate, ..optimiser::Options::default() };
        let weights = vec![0.0; units * inputs + 2 * units + 1];
        let adam = Adam::new(&adam, weights.len())
            .map_err(|_| format!("surrogate_rate must be in (0, 100], got {learning_rate}; try 0.01"))?;
        let running = RunningBaseline::new(Baseline::DebiasedEma, DECAY)?;
        let (mean, square) = (running.clone(), running);
        Ok(Self { inputs, units, weights, begun: false, adam, mean, square, largest: 0.0 })
    }

    /// Draws W₁ before the first plan: uniform on ±√(6 / (inputs + outputs)) (Glorot and Bengio 2010).
    pub(super) fn begin(&mut self, random: &mut Stream) {
        if !std::mem::replace(&mut self.begun, true) {
            let width = numeric::sqrt(6.0 / (self.inputs + self.units) as f64);
            let first = &mut self.weights[..self.units * self.inputs];
            first.iter_mut().for_each(|weight| *weight = width * (2.0 * random.unit() - 1.0));
        }
    }

    /// Mean and standard deviation of what was observed before; takes one more in. `None` at the first. The deviation is 0 while
    /// all is alike, and again when it has become nothing beside what it was: then there is nothing to learn.
    pub(super) fn observe(&mut self, target: f64) -> Option<(f64, f64)> {
        let mean = self.mean.value();
        let deviation = self.square.value().map_or(0.0, numeric::sqrt);
        let off = mean.map_or(0.0, |mean| target - mean);
        self.mean.update(target);
        if mean.is_some() {
            self.square.update(off * off);
        }
        self.largest = self.largest.max(deviation);
        mean.map(|mean| (mean, if deviation > 1e-9 * self.largest { deviation } else { 0.0 }))
    }

    /// W₁, b₁, w₂, b₂.
    fn parts(&self) -> (&[f64], &[f64], &[f64], f64) {
        let (matrix, rest) = self.weights.split_at(self.units * self.inputs);
        let (bias, rest) = rest.split_at(self.units);
        (matrix, bias, &rest[..self.units], rest[self.units])
    }

    /// tanh(W₁ (2y − 1) + b₁).
    fn hidden(&self, y: &[f64]) -> Vec<f64> {
        let (matrix, bias, _, _) = self.parts();
        let unit = |(row, bias): (&[f64], &f64)| {
            numeric::tanh(row.iter().zip(y).map(|(w, y)| w * (2.0 * y - 1.0)).sum::<f64>() + bias)
        };
        matrix.chunks_exact(self.inputs).zip(bias).map(unit).collect()
    }

    /// c(y), and ∂c/∂y.
    pub(super) fn value(&self, y: &[f64]) -> (f64, Vec<f64>) {
        let (matrix, _, output, last) = self.parts();
        let hidden = self.hidden(y);
        let mut slopes = vec![0.0; self.inputs];
        for ((row, out), t) in matrix.chunks_exact(self.inputs).zip(output).zip(&hidden) {
            let inner = 2.0 * out * (1.0 - t * t);
            slopes.iter_mut().zip(row).for_each(|(slope, w)| *slope += inner * w);
        }
        (hidden.iter().zip(output).map(|(t, out)| t * out).sum::<f64>() + last, slopes)
    }

    /// ∂/∂φ of `of_value · c(y) + direction · ∂c/∂y`, φ all weights in their order.
    fn derivative(&self, y: &[f64], of_value: f64, direction: &[f64]) -> Vec<f64> {
        let (matrix, _, output, _) = self.parts();
        let hidden = self.hidden(y);
        let mut derivative = Vec::with_capacity(self.weights.len());
        // direction · ∂c/∂y = Σ_j w₂_j (1 − t_j²) m_j, m = 2 W₁ · direction.
        let along: Vec<f64> = matrix
            .chunks_exact(self.inputs)
            .map(|row| 2.0 * row.iter().zip(direction).map(|(w, d)| w * d).sum::<f64>())
            .collect();
        // By the sum before the tanh, through value and slope alike.
        let of_sum: Vec<f64> = (0..self.units)
            .map(|j| {
                let flat = 1.0 - hidden[j] * hidden[j];
                output[j] * flat * (of_value - 2.0 * hidden[j] * along[j])
            })
            .collect();
        for j in 0..self.units {
            let flat = output[j] * (1.0 - hidden[j] * hidden[j]);
            let of_weight = |(y, d): (&f64, &f64)| of_sum[j] * (2.0 * y - 1.0) + 2.0 * flat * d;
            derivative.extend(y.iter().zip(direction).map(of_weight));
        }
        derivative.extend(of_sum);
        derivative.extend((0..self.units).map(|j| of_value * hidden[j] + (1.0 - hidden[j] * hidden[j]) * along[j]));
        derivative.push(of_value);
        derivative
    }

    /// A step of Adam against the gradient of `of_value · c(y) + direction · ∂c/∂y` in the weights.
    pub(super) fn step(&mut self, y: &[f64], of_value: f64, direction: &[f64]) {
        let derivative = self.derivative(y, of_value, direction);
        self.adam.step(&mut self.weights, &derivative);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network() -> Surrogate {
        let mut network = Surrogate::new(4, 3, 0.01).unwrap();
        let mut random = Stream::new(1, "test", 0);
        network.weights.iter_mut().for_each(|w| *w = random.normal());
        network
    }

    #[test]
    fn slopes_are_those_of_differences() {
        let (network, y) = (network(), [0.1, 0.4, 0.3, 0.2]);
        let (_, slopes) = network.value(&y);
        for (i, slope) in slopes.iter().enumerate() {
            let at = |step: f64| {
                let mut moved = y;
                moved[i] += step;
                network.value(&moved).0
            };
            assert!((slope - (at(1e-5) - at(-1e-5)) / 2e-5).abs() < 1e-8, "{i}");
        }
    }

    #[test]
    fn mixed_second_derivatives_are_those_of_differences() {
        let (network, y, direction) = (network(), [0.1, 0.4, 0.3, 0.2], [0.5, -1.0, 2.0, 0.3]);
        let derivative = network.derivative(&y, 0.7, &direction);
        for (i, got) in derivative.iter().enumerate() {
            let at = |step: f64| {
                let mut moved = network.clone();
                moved.weights[i] += step;
                let (value, slopes) = moved.value(&y);
                0.7 * value + slopes.iter().zip(&direction).map(|(slope, d)| slope * d).sum::<f64>()
            };
            assert!((got - (at(1e-5) - at(-1e-5)) / 2e-5).abs() < 1e-7, "{i}");
        }
    }

    #[test]
    fn it_starts_at_0() {
        assert_eq!(Surrogate::new(4, 3, 0.01).unwrap().value(&[0.1, 0.4, 0.3, 0.2]), (0.0, vec![0.0; 4]));
        assert_eq!(Surrogate::new(4, 0, 0.01).unwrap_err(), "units must be in 1..=256, got 0; try 10");
        let error = Surrogate::new(4, 1, 0.0).unwrap_err();
        assert_eq!(error, "surrogate_rate must be in (0, 100], got 0; try 0.01");
    }
}
