//! How a policy's parameters follow a gradient.

use crate::numeric;

/// Adam (Kingma and Ba 2015, algorithm 1), with β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
#[derive(Debug, Clone)]
pub struct Adam {
    learning_rate: f64,
    first: Vec<f64>,
    second: Vec<f64>,
    /// β₁ᵗ and β₂ᵗ.
    decayed: (f64, f64),
}

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

impl Adam {
    /// Adam at rest.
    ///
    /// # Errors
    /// If the learning rate is not in (0, 100].
    pub fn new(learning_rate: f64) -> Result<Self, String> {
        if learning_rate > 0.0 && learning_rate <= 100.0 {
            Ok(Self { learning_rate, first: Vec::new(), second: Vec::new(), decayed: (1.0, 1.0) })
        } else {
            Err(format!("learning_rate must be in (0, 100], got {learning_rate}; try 0.1"))
        }
    }

    /// One step of `parameters` against `gradient`, both `[A]`.
    pub fn step(&mut self, parameters: &mut [f64], gradient: &[f64]) {
        self.first.resize(parameters.len(), 0.0);
        self.second.resize(parameters.len(), 0.0);
        self.decayed = (self.decayed.0 * BETA_1, self.decayed.1 * BETA_2);
        let (unbias_1, unbias_2) = (1.0 / (1.0 - self.decayed.0), 1.0 / (1.0 - self.decayed.1));
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((parameter, g), (first, second)) in parameters.iter_mut().zip(gradient).zip(moments) {
            *first = BETA_1 * *first + (1.0 - BETA_1) * g;
            *second = BETA_2 * *second + (1.0 - BETA_2) * g * g;
            *parameter -= self.learning_rate * (*first * unbias_1) / (numeric::sqrt(*second * unbias_2) + EPSILON);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_the_learning_rate_against_the_sign() {
        let mut parameters = [1.0, 1.0];
        Adam::new(0.1).unwrap().step(&mut parameters, &[1e-3, -50.0]);
        assert!((parameters[0] - 0.9).abs() < 1e-5 && (parameters[1] - 1.1).abs() < 1e-5, "{parameters:?}");
    }

    #[test]
    fn it_finds_the_bottom_of_a_bowl() {
        let (mut adam, mut x) = (Adam::new(0.05).unwrap(), [3.0]);
        for _ in 0..2000 {
            let slope = [2.0 * (x[0] - 1.0)];
            adam.step(&mut x, &slope);
        }
        assert!((x[0] - 1.0).abs() < 1e-3, "{x:?}");
    }
}
