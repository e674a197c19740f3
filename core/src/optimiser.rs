//! How a policy's parameters follow a gradient.

use serde::{Deserialize, Serialize};

use crate::numeric;
use crate::state::state;

/// Options of [`Adam`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The step size, in (0, 100]; `lr` for short.
    pub learning_rate: f64,
    /// β₁, the decay of the mean of gradients, in [0, 1); 0 follows the last gradient alone.
    pub beta1: f64,
    /// ε, in (0, 1]: gradients much smaller than this, in units of the loss, move nothing.
    pub epsilon: f64,
    /// The longest gradient, in units of the loss: a longer one is shortened to it before the step. In (0, 10⁹]; none
    /// where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
}

impl Default for Options {
    /// Those of Kingma and Ba, with a step size for the logits of a categorical policy.
    fn default() -> Self {
        Self { learning_rate: 0.1, beta1: 0.9, epsilon: 1e-8, clip_norm: None }
    }
}

/// Adam (Kingma and Ba 2015, algorithm 1), with β₂ = 0.999.
#[derive(Debug, Clone)]
pub struct Adam {
    options: Options,
    first: Vec<f64>,
    second: Vec<f64>,
    /// β₁ᵗ.
    decayed_1: f64,
    /// β₂ᵗ.
    decayed_2: f64,
}

state!(Adam { first, second, decayed_1, decayed_2 });

const BETA_2: f64 = 0.999;

impl Adam {
    /// Adam at rest, for so many parameters.
    ///
    /// # Errors
    /// If an option is out of range.
    pub fn new(options: &Options, parameters: usize) -> Result<Self, String> {
        let Options { learning_rate, beta1, epsilon, clip_norm } = *options;
        if !(learning_rate > 0.0 && learning_rate <= 100.0) {
            return Err(format!("learning_rate must be in (0, 100], got {learning_rate}; try 0.1"));
        }
        if !(0.0..1.0).contains(&beta1) {
            return Err(format!("beta1 must be in [0, 1), got {beta1}; try 0.9"));
        }
        if !(epsilon > 0.0 && epsilon <= 1.0) {
            return Err(format!("epsilon must be in (0, 1], got {epsilon}; try 1e-8"));
        }
        match clip_norm {
            Some(longest) if !(longest > 0.0 && longest <= 1e9) => {
                Err(format!("clip_norm must be in (0, 1e9], got {longest}; leave it out for none"))
            }
            _ => {
                let moments = vec![0.0; parameters];
                Ok(Self {
                    options: options.clone(),
                    first: moments.clone(),
                    second: moments,
                    decayed_1: 1.0,
                    decayed_2: 1.0,
                })
            }
        }
    }

    /// One step of `parameters` against `gradient`, both of the length that it was built for.
    pub fn step(&mut self, parameters: &mut [f64], gradient: &[f64]) {
        debug_assert_eq!(parameters.len(), self.first.len());
        let Options { learning_rate, beta1, epsilon, clip_norm } = self.options;
        self.decayed_1 *= beta1;
        self.decayed_2 *= BETA_2;
        let (unbias_1, unbias_2) = (1.0 / (1.0 - self.decayed_1), 1.0 / (1.0 - self.decayed_2));
        let shortened = clip_norm.map_or(1.0, |longest| {
            let length = numeric::sqrt(gradient.iter().map(|g| g * g).sum());
            if length > longest { longest / length } else { 1.0 }
        });
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((parameter, g), (first, second)) in parameters.iter_mut().zip(gradient).zip(moments) {
            let g = g * shortened;
            *first = beta1 * *first + (1.0 - beta1) * g;
            *second = BETA_2 * *second + (1.0 - BETA_2) * g * g;
            *parameter -= learning_rate * (*first * unbias_1) / (numeric::sqrt(*second * unbias_2) + epsilon);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adam(options: Options, parameters: usize) -> Adam {
        Adam::new(&options, parameters).unwrap()
    }

    #[test]
    fn the_first_step_is_the_learning_rate_against_the_sign() {
        let mut parameters = [1.0, 1.0];
        adam(Options::default(), 2).step(&mut parameters, &[1e-3, -50.0]);
        assert!((parameters[0] - 0.9).abs() < 1e-5 && (parameters[1] - 1.1).abs() < 1e-5, "{parameters:?}");
    }

    #[test]
    fn it_finds_the_bottom_of_a_bowl() {
        let (mut adam, mut x) = (adam(Options { learning_rate: 0.05, ..Options::default() }, 1), [3.0]);
        for _ in 0..2000 {
            let slope = [2.0 * (x[0] - 1.0)];
            adam.step(&mut x, &slope);
        }
        assert!((x[0] - 1.0).abs() < 1e-3, "{x:?}");
    }

    #[test]
    fn a_long_gradient_is_shortened_and_a_short_one_is_not() {
        // With a large ε the step is nearly proportional to the gradient, so that its length shows.
        let options = Options { learning_rate: 1.0, epsilon: 1.0, ..Options::default() };
        let step = |clip_norm: Option<f64>, gradient: [f64; 2]| {
            let mut x = [0.0; 2];
            adam(Options { clip_norm, ..options.clone() }, 2).step(&mut x, &gradient);
            x
        };
        assert_eq!(step(Some(5.0), [30.0, 40.0]), step(None, [3.0, 4.0]));
        assert_eq!(step(Some(5.0), [0.3, 0.4]), step(None, [0.3, 0.4]));
    }

    #[test]
    fn without_a_mean_of_gradients_the_last_one_leads() {
        let (mut x, mut adam) = ([0.0], adam(Options { beta1: 0.0, ..Options::default() }, 1));
        (0..10).for_each(|_| adam.step(&mut x, &[1.0]));
        let before = x;
        adam.step(&mut x, &[-1.0]);
        assert!(x[0] > before[0] + 0.09, "{x:?} after {before:?}");
    }

    #[test]
    fn options_out_of_range_say_which() {
        let default = Options::default;
        for (options, message) in [
            (Options { learning_rate: -1.0, ..default() }, "learning_rate must be in (0, 100], got -1; try 0.1"),
            (Options { beta1: 1.0, ..default() }, "beta1 must be in [0, 1), got 1; try 0.9"),
            (Options { epsilon: 0.0, ..default() }, "epsilon must be in (0, 1], got 0; try 1e-8"),
            (
                Options { clip_norm: Some(0.0), ..default() },
                "clip_norm must be in (0, 1e9], got 0; leave it out for none",
            ),
        ] {
            assert_eq!(Adam::new(&options, 1).unwrap_err(), message);
        }
    }
}
