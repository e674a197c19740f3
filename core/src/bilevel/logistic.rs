//! A logistic regression whose outer parameters are the logarithms of its penalties, one for each feature.

use std::convert::Infallible;

use super::{Gradients, InnerProblem, Level, dense, dot};
use crate::numeric;
use crate::random::Stream;

/// L_train = mean over its examples of ln(1 + exp(−y wᵀφ)) + ½ Σ_j exp(x_j) w_j², y being ±1; L_val the same over other examples,
/// without the penalty. W = A.
///
/// Weights and outer parameters of another length are a bug of the caller, and panic.
///
/// # Source
/// The problem of Pedregosa 2016, section 5, with a penalty for each feature.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegression {
    features: usize,
    train: Vec<f64>,
    validation: Vec<f64>,
}

impl LogisticRegression {
    /// Synthetic data: standard normal features, of which the first half matters, and labels drawn from the model; so many `examples`
    /// for either loss.
    ///
    /// # Errors
    /// If there are no features or no examples.
    pub fn synthetic(features: usize, examples: usize, seed: u64) -> Result<Self, String> {
        if features == 0 || examples == 0 {
            return Err(format!("features and examples must be 1 or more, got {features} and {examples}"));
        }
        let mut random = Stream::new(seed, "logistic regression", 0);
        let matters = features.div_ceil(2);
        let truth: Vec<f64> = (0..features).map(|j| if j < matters { random.normal() } else { 0.0 }).collect();
        let mut draw = || {
            let mut rows = Vec::with_capacity(features * examples);
            for _ in 0..examples {
                let row: Vec<f64> = (0..features).map(|_| random.normal()).collect();
                let label = if random.unit() < numeric::sigmoid(dot(&truth, &row)) { 1.0 } else { -1.0 };
                // Only y φ is ever used.
                rows.extend(row.iter().map(|feature| label * feature));
            }
            rows
        };
        Ok(Self { features, train: draw(), validation: draw() })
    }

    /// w*(x) = argmin_w L_train(w, x), `[W]`, by Newton's method to the last bits.
    pub fn settled(&self, outer: &[f64]) -> Vec<f64> {
        let mut w = vec![0.0; self.features];
        // Each step halves the error at least, and squares it near the end; 100 is for penalties that are next to nothing.
        for _ in 0..100 {
            let (_, slope) = self.data(Level::Train, &w);
            let slope: Vec<f64> = (0..w.len()).map(|j| slope[j] + numeric::exp(outer[j]) * w[j]).collect();
            let Some(step) = dense::solve(self.hessian(&w, outer), slope) else { break };
            // Damped where it is long, so that it cannot overshoot into where the loss is flat.
            let length = numeric::sqrt(dot(&step, &step));
            w = super::plus(&w, -1.0 / length.max(1.0), &step);
            if length < 1e-14 * (1.0 + numeric::sqrt(dot(&w, &w))) {
                break;
            }
        }
        w
    }

    /// ∇²_ww L_train, `[W][W]`.
    fn hessian(&self, w: &[f64], outer: &[f64]) -> Vec<f64> {
        let size = self.features;
        let mut hessian = vec![0.0; size * size];
        let share = size as f64 / self.train.len() as f64;
        for row in self.train.chunks(size) {
            let s = numeric::sigmoid(dot(row, w));
            for i in 0..size {
                (0..size).for_each(|j| hessian[i * size + j] += share * s * (1.0 - s) * row[i] * row[j]);
            }
        }
        (0..size).for_each(|i| hessian[i * size + i] += numeric::exp(outer[i]));
        hessian
    }

    /// The mean loss over the examples and its gradient, without the penalty.
    fn data(&self, level: Level, w: &[f64]) -> (f64, Vec<f64>) {
        let rows = match level {
            Level::Train => &self.train,
            Level::Validation => &self.validation,
        };
        let share = self.features as f64 / rows.len() as f64;
        let (mut loss, mut slope) = (0.0, vec![0.0; self.features]);
        for row in rows.chunks(self.features) {
            let margin = dot(row, w);
            loss += share * numeric::log_add_exp(0.0, -margin);
            let factor = -share * numeric::sigmoid(-margin);
            slope.iter_mut().zip(row).for_each(|(slope, feature)| *slope += factor * feature);
        }
        (loss, slope)
    }
}

impl InnerProblem for LogisticRegression {
    type Error = Infallible;

    async fn gradients(&mut self, level: Level, w: &[f64], outer: &[f64]) -> Result<Gradients, Infallible> {
        let (mut loss, mut weights) = self.data(level, w);
        let mut of_outer = vec![0.0; outer.len()];
        if level == Level::Train {
            for j in 0..self.features {
                let penalty = numeric::exp(outer[j]);
                of_outer[j] = 0.5 * penalty * w[j] * w[j];
                loss += of_outer[j];
                weights[j] += penalty * w[j];
            }
        }
        Ok(Gradients { loss, weights, outer: of_outer })
    }

    async fn hessian_vector(&mut self, w: &[f64], outer: &[f64], v: &[f64], _: f64) -> Result<Vec<f64>, Infallible> {
        Ok(self.hessian(w, outer).chunks(self.features).map(|row| dot(row, v)).collect())
    }

    async fn mixed_vector(&mut self, w: &[f64], outer: &[f64], v: &[f64], _: f64) -> Result<Vec<f64>, Infallible> {
        Ok((0..self.features).map(|j| numeric::exp(outer[j]) * w[j] * v[j]).collect())
    }
}
