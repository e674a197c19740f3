//! An inner problem whose two losses are quadratic: everything about it is known.

use std::convert::Infallible;

use super::{Gradients, InnerProblem, Level, dense, dot};
use crate::numeric;
use crate::random::Stream;

/// ½ zᵀ M z + bᵀ z + c over z = (w, x).
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// M, symmetric, `[W + A][W + A]`.
    pub matrix: Vec<f64>,
    /// b, `[W + A]`.
    pub linear: Vec<f64>,
    /// c.
    pub constant: f64,
}

/// Two [`Form`]s over the same weights and outer parameters. Points of another length are a bug of the caller, and panic.
#[derive(Debug, Clone, PartialEq)]
pub struct Quadratic {
    weights: usize,
    train: Form,
    validation: Form,
}

impl Quadratic {
    /// The problem in which the first `weights` variables are w and the others x.
    ///
    /// # Errors
    /// If the forms differ in size, a matrix is not symmetric, or there are more weights than variables.
    pub fn new(weights: usize, train: Form, validation: Form) -> Result<Self, String> {
        let size = train.linear.len();
        if weights > size {
            return Err(format!("weights must be in [0, {size}], the variables of the forms, got {weights}"));
        }
        for form in [&train, &validation] {
            if form.linear.len() != size || form.matrix.len() != size * size {
                return Err(format!("both forms must have {size} variables and a matrix of {size} × {size}"));
            }
            if (0..size).any(|i| (0..i).any(|j| form.matrix[i * size + j] != form.matrix[j * size + i])) {
                return Err("the matrix of a form must be symmetric; try its mean with its transpose".into());
            }
        }
        Ok(Self { weights, train, validation })
    }

    /// A random one: the curvatures of L_train in w go from 1 / `condition` to 1 in equal ratios, along random directions; all else is
    /// standard normal, L_val being convex.
    ///
    /// # Errors
    /// If `condition` is not in [1, 1e12], or there are no weights.
    pub fn random(weights: usize, outer: usize, condition: f64, seed: u64) -> Result<Self, String> {
        super::within("condition", condition, 1.0, 1e12, 100.0)?;
        if weights == 0 {
            return Err("weights must be 1 or more, got 0".into());
        }
        let size = weights + outer;
        let mut random = Stream::new(seed, "random quadratic", 0);
        let mut form = |of_weights: Vec<f64>| {
            let mut matrix = vec![0.0; size * size];
            for i in 0..size {
                for j in 0..=i {
                    let both = j < weights && i < weights;
                    let entry = if both { of_weights[i * weights + j] } else { random.normal() };
                    (matrix[i * size + j], matrix[j * size + i]) = (entry, entry);
                }
            }
            Form { matrix, linear: (0..size).map(|_| random.normal()).collect(), constant: 0.0 }
        };
        let ratio = |i: usize| i as f64 / (weights.max(2) - 1) as f64;
        let spectrum: Vec<f64> = (0..weights).map(|i| numeric::pow(condition, -ratio(i))).collect();
        let train = form(turned(&spectrum, &mut Stream::new(seed, "random quadratic", 1)));
        let validation = form(turned(&vec![1.0; weights], &mut Stream::new(seed, "random quadratic", 2)));
        Self::new(weights, train, validation)
    }

    /// One of its losses.
    pub fn form(&self, level: Level) -> &Form {
        match level {
            Level::Train => &self.train,
            Level::Validation => &self.validation,
        }
    }

    /// w*(x) = argmin_w L_train(w, x), `[W]`; `None` where the weights have none.
    pub fn settled(&self, outer: &[f64]) -> Option<Vec<f64>> {
        let size = self.train.linear.len();
        let hessian: Vec<f64> = self.rows().flat_map(|row| row[..self.weights].iter().copied()).collect();
        let slope = (0..self.weights).map(|i| {
            let row = &self.train.matrix[i * size..(i + 1) * size];
            -self.train.linear[i] - dot(&row[self.weights..], outer)
        });
        dense::solve(hessian, slope.collect())
    }

    /// The rows of the matrix of L_train that belong to weights.
    fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.train.matrix.chunks(self.train.linear.len().max(1)).take(self.weights)
    }
}

/// Q diag(spectrum) Qᵀ, Q being the product of three random reflections.
fn turned(spectrum: &[f64], random: &mut Stream) -> Vec<f64> {
    let size = spectrum.len();
    let mut matrix = vec![0.0; size * size];
    (0..size).for_each(|i| matrix[i * size + i] = spectrum[i]);
    for _ in 0..3 {
        let normal: Vec<f64> = (0..size).map(|_| random.normal()).collect();
        let scale = 2.0 / dot(&normal, &normal);
        // (I − 2nnᵀ) M, then the same from the right: the transpose in between makes both one step, M being symmetric.
        for _ in 0..2 {
            let mut next = vec![0.0; size * size];
            for column in 0..size {
                let along = scale * (0..size).map(|i| normal[i] * matrix[i * size + column]).sum::<f64>();
                (0..size).for_each(|i| next[column * size + i] = matrix[i * size + column] - along * normal[i]);
            }
            matrix = next;
        }
    }
    matrix
}

impl InnerProblem for Quadratic {
    type Error = Infallible;

    async fn gradients(&mut self, level: Level, weights: &[f64], outer: &[f64]) -> Result<Gradients, Infallible> {
        let form = self.form(level);
        let z = [weights, outer].concat();
        let product: Vec<f64> = form.matrix.chunks(z.len().max(1)).map(|row| dot(row, &z)).collect();
        let loss = 0.5 * dot(&z, &product) + dot(&form.linear, &z) + form.constant;
        let mut gradient = super::plus(&product, 1.0, &form.linear);
        let of_outer = gradient.split_off(self.weights);
        Ok(Gradients { loss, weights: gradient, outer: of_outer })
    }

    async fn hessian_vector(&mut self, _: &[f64], _: &[f64], v: &[f64], _: f64) -> Result<Vec<f64>, Infallible> {
        Ok(self.rows().map(|row| dot(&row[..self.weights], v)).collect())
    }

    async fn mixed_vector(&mut self, _: &[f64], _: &[f64], v: &[f64], _: f64) -> Result<Vec<f64>, Infallible> {
        let rows = self.train.matrix.chunks(self.train.linear.len().max(1)).skip(self.weights);
        Ok(rows.map(|row| dot(&row[..self.weights], v)).collect())
    }
}
