//! A network of two mixed layers, small enough to be differentiated by hand: the shares of four operations are its outer parameters.

use std::convert::Infallible;

use bilevel::bilevel::{Gradients, InnerProblem, Level};
use bilevel::numeric;
use bilevel::random::Stream;

use crate::number::{Dual, Number};

/// Images of so many numbers, so many classes, so many images in the batch of either loss.
const INPUTS: usize = 16;
const CLASSES: usize = 4;
const BATCH: usize = 64;
/// Mixed layers, and operations in each.
const LAYERS: usize = 2;
const OPERATIONS: usize = 4;

/// Which network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// Identity, ReLU, SiLU and the larger of two neighbours if true; identity, tanh, SiLU and the mean of two neighbours if not.
    pub(crate) kinks: bool,
    /// Whether each layer is normalised over its batch before its operations.
    pub(crate) normalised: bool,
}

/// Cross entropy of softmax(a₂ W₃), a_l = Σ_k softmax(x_l)_k op_k(normalised(a_{l−1} W_l)), a_0 being the images: w = (W₁, W₂, W₃), each
/// `[in][out]`; x `[2][4]`.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    pub(crate) kind: Kind,
    width: usize,
    /// Images `[BATCH][INPUTS]` and their classes, of either loss.
    data: [(Vec<f64>, Vec<usize>); 2],
}

/// A loss, its gradients, and on which side of each of its kinks the network was.
pub(crate) struct Pass<T> {
    pub(crate) loss: T,
    pub(crate) weights: Vec<T>,
    pub(crate) outer: Vec<T>,
    pub(crate) sides: Vec<bool>,
}

/// What the way back needs of a layer.
struct Layer<T> {
    input: Vec<T>,
    /// `[BATCH][width]`, as the operations see it.
    seen: Vec<T>,
    /// 1/σ of each unit, where it is normalised.
    scale: Vec<T>,
    shares: Vec<T>,
    output: Vec<T>,
}

impl Network {
    /// Random images with the classes that a random linear map has for them, and random weights and logits.
    pub(crate) fn draw(kind: Kind, width: usize, seed: u64) -> (Self, Vec<f64>, Vec<f64>) {
        let mut random = Stream::new(seed, "mixed network", 0);
        let truth: Vec<f64> = (0..INPUTS * CLASSES).map(|_| random.normal()).collect();
        let mut draw = || {
            let images: Vec<f64> = (0..BATCH * INPUTS).map(|_| random.normal()).collect();
            let scores = product(&images, &truth, INPUTS, CLASSES);
            (images, scores.chunks(CLASSES).map(numeric::argmax).collect())
        };
        let data = [draw(), draw()];
        let mut random = Stream::new(seed, "mixed network", 1);
        let sizes = [(INPUTS, width), (width, width), (width, CLASSES)];
        let weights = sizes.iter().flat_map(|(fan, out)| vec![(2.0 / *fan as f64).sqrt(); fan * out]);
        let weights = weights.map(|scale| scale * random.normal()).collect();
        let outer = (0..LAYERS * OPERATIONS).map(|_| 0.5 * random.normal()).collect();
        (Self { kind, width, data }, weights, outer)
    }

    /// How many kinks it has over its batch: every ReLU and every larger of two, for every image.
    pub(crate) fn kinks(&self) -> usize {
        if self.kind.kinks { LAYERS * BATCH * self.width * 2 } else { 0 }
    }

    /// The three matrices of w.
    fn split<'a, T>(&self, weights: &'a [T]) -> [&'a [T]; 3] {
        let (first, rest) = weights.split_at(INPUTS * self.width);
        let (second, third) = rest.split_at(self.width * self.width);
        [first, second, third]
    }

    /// Forward and back.
    pub(crate) fn pass<T: Number>(&self, level: Level, weights: &[T], outer: &[T]) -> Pass<T> {
        let (images, classes) = &self.data[usize::from(level == Level::Validation)];
        let [first, second, third] = self.split(weights);
        let mut sides = Vec::new();
        let images: Vec<T> = images.iter().map(|pixel| T::from(*pixel)).collect();
        let one = self.layer(images, first, INPUTS, &outer[..OPERATIONS], &mut sides);
        let two = self.layer(one.output.clone(), second, self.width, &outer[OPERATIONS..], &mut sides);
        let scores = product(&two.output, third, self.width, CLASSES);
        let mut loss = T::from(0.0);
        let mut slope = Vec::with_capacity(scores.len());
        let share = T::from(1.0 / BATCH as f64);
        for (row, class) in scores.chunks(CLASSES).zip(classes) {
            let p = softmax(row);
            loss += -(share * ln(p[*class]));
            slope.extend((0..CLASSES).map(|k| share * (p[k] - T::from(f64::from(u8::from(k == *class))))));
        }
        let of_third = outer_product(&two.output, &slope, self.width, CLASSES);
        let slope = back(&slope, third, self.width, CLASSES);
        let (of_second, of_two, slope) = self.layer_back(&two, second, self.width, &slope);
        let (of_first, of_one, _) = self.layer_back(&one, first, INPUTS, &slope);
        Pass { loss, weights: [of_first, of_second, of_third].concat(), outer: [of_one, of_two].concat(), sides }
    }

    fn layer<T: Number>(&self, input: Vec<T>, w: &[T], fan: usize, logits: &[T], sides: &mut Vec<bool>) -> Layer<T> {
        let width = self.width;
        let mut seen = product(&input, w, fan, width);
        let mut scale = vec![T::from(1.0); width];
        if self.kind.normalised {
            let share = T::from(1.0 / BATCH as f64);
            for (unit, scale) in scale.iter_mut().enumerate() {
                let mean = share * sum((0..BATCH).map(|n| seen[n * width + unit]));
                (0..BATCH).for_each(|n| seen[n * width + unit] = seen[n * width + unit] - mean);
                let variance = share * sum((0..BATCH).map(|n| seen[n * width + unit] * seen[n * width + unit]));
                *scale = inverse_root(variance + T::from(1e-5));
                (0..BATCH).for_each(|n| seen[n * width + unit] = seen[n * width + unit] * *scale);
            }
        }
        let shares = softmax(logits);
        let mut output = Vec::with_capacity(seen.len());
        for row in seen.chunks(width) {
            for unit in 0..width {
                let values = self.operations(row, unit);
                output.push(sum((0..OPERATIONS).map(|k| shares[k] * values[k])));
                if self.kind.kinks {
                    sides.extend([row[unit].value() > 0.0, row[unit].value() > row[(unit + 1) % width].value()]);
                }
            }
        }
        Layer { input, seen, scale, shares, output }
    }

    /// What the four operations make of a unit.
    fn operations<T: Number>(&self, row: &[T], unit: usize) -> [T; OPERATIONS] {
        let (z, next) = (row[unit], row[(unit + 1) % self.width]);
        let zero = T::from(0.0);
        if self.kind.kinks {
            let larger = if z.value() > next.value() { z } else { next };
            [z, if z.value() > 0.0 { z } else { zero }, z * sigmoid(z), larger]
        } else {
            [z, tanh(z), z * sigmoid(z), T::from(0.5) * (z + next)]
        }
    }

    /// ∂loss/∂w, ∂loss/∂logits and ∂loss/∂input from ∂loss/∂output.
    fn layer_back<T: Number>(&self, layer: &Layer<T>, w: &[T], fan: usize, slope: &[T]) -> (Vec<T>, Vec<T>, Vec<T>) {
        let (width, shares) = (self.width, &layer.shares);
        let (zero, one) = (T::from(0.0), T::from(1.0));
        let mut of_shares = [zero; OPERATIONS];
        let mut of_seen = vec![zero; slope.len()];
        for ((row, slope), of_row) in layer.seen.chunks(width).zip(slope.chunks(width)).zip(of_seen.chunks_mut(width)) {
            for unit in 0..width {
                let values = self.operations(row, unit);
                (0..OPERATIONS).for_each(|k| of_shares[k] += slope[unit] * values[k]);
                let (z, next) = (row[unit], (unit + 1) % width);
                let s = sigmoid(z);
                let silu = s * (one + z * (one - s));
                let pair = slope[unit] * shares[3];
                let second = if self.kind.kinks {
                    of_row[if z.value() > row[next].value() { unit } else { next }] += pair;
                    if z.value() > 0.0 { one } else { zero }
                } else {
                    let half = T::from(0.5) * pair;
                    of_row[unit] += half;
                    of_row[next] += half;
                    let t = tanh(z);
                    one - t * t
                };
                of_row[unit] += slope[unit] * (shares[0] + shares[1] * second + shares[2] * silu);
            }
        }
        let mean = sum((0..OPERATIONS).map(|k| shares[k] * of_shares[k]));
        let of_logits = (0..OPERATIONS).map(|k| shares[k] * (of_shares[k] - mean)).collect();
        if self.kind.normalised {
            let share = T::from(1.0 / BATCH as f64);
            for unit in 0..width {
                let at = |n: usize| n * width + unit;
                let mean = share * sum((0..BATCH).map(|n| of_seen[at(n)]));
                let along = share * sum((0..BATCH).map(|n| of_seen[at(n)] * layer.seen[at(n)]));
                for n in 0..BATCH {
                    of_seen[at(n)] = (of_seen[at(n)] - mean - layer.seen[at(n)] * along) * layer.scale[unit];
                }
            }
        }
        let of_w = outer_product(&layer.input, &of_seen, fan, width);
        (of_w, of_logits, back(&of_seen, w, fan, width))
    }

    /// (∇²_ww L_train v, ∇²_xw L_train v) where they exist, which is everywhere but on the kinks themselves.
    pub(crate) fn second(&self, weights: &[f64], outer: &[f64], direction: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let dual = |(value, slope): (&f64, &f64)| Dual { value: *value, slope: *slope };
        let weights: Vec<Dual> = weights.iter().zip(direction).map(dual).collect();
        let outer: Vec<Dual> = outer.iter().map(|x| Dual::from(*x)).collect();
        let pass = self.pass(Level::Train, &weights, &outer);
        let slopes = |numbers: Vec<Dual>| numbers.iter().map(|number| number.slope).collect();
        (slopes(pass.weights), slopes(pass.outer))
    }
}

impl InnerProblem for Network {
    type Error = Infallible;

    async fn gradients(&mut self, level: Level, weights: &[f64], outer: &[f64]) -> Result<Gradients, Infallible> {
        let Pass { loss, weights, outer, sides: _ } = self.pass(level, weights, outer);
        Ok(Gradients { loss, weights, outer })
    }
}

fn sum<T: Number>(numbers: impl Iterator<Item = T>) -> T {
    numbers.fold(T::from(0.0), |sum, number| sum + number)
}

fn sigmoid<T: Number>(z: T) -> T {
    let s = numeric::sigmoid(z.value());
    z.through(s, s * (1.0 - s))
}

fn tanh<T: Number>(z: T) -> T {
    let t = numeric::tanh(z.value());
    z.through(t, 1.0 - t * t)
}

fn ln<T: Number>(z: T) -> T {
    z.through(numeric::ln(z.value()), 1.0 / z.value())
}

/// 1/√z.
fn inverse_root<T: Number>(z: T) -> T {
    let root = 1.0 / z.value().sqrt();
    z.through(root, -0.5 * root / z.value())
}

fn softmax<T: Number>(logits: &[T]) -> Vec<T> {
    let largest = logits.iter().fold(f64::NEG_INFINITY, |largest, z| largest.max(z.value()));
    let exp = |z: &T| {
        let e = numeric::exp(z.value() - largest);
        z.through(e, e)
    };
    let terms: Vec<T> = logits.iter().map(exp).collect();
    let total = sum(terms.iter().copied());
    let share = total.through(1.0 / total.value(), -1.0 / (total.value() * total.value()));
    terms.iter().map(|term| *term * share).collect()
}

/// `[rows][fan]` times `[fan][out]`.
fn product<T: Number>(a: &[T], w: &[T], fan: usize, out: usize) -> Vec<T> {
    let mut product = vec![T::from(0.0); a.len() / fan * out];
    for (row, to) in a.chunks(fan).zip(product.chunks_mut(out)) {
        for (a, w) in row.iter().zip(w.chunks(out)) {
            to.iter_mut().zip(w).for_each(|(to, w)| *to += *a * *w);
        }
    }
    product
}

/// The transpose of `[rows][fan]` times `[rows][out]`: ∂loss/∂w of a product.
fn outer_product<T: Number>(a: &[T], slope: &[T], fan: usize, out: usize) -> Vec<T> {
    let mut gradient = vec![T::from(0.0); fan * out];
    for (row, slope) in a.chunks(fan).zip(slope.chunks(out)) {
        for (a, to) in row.iter().zip(gradient.chunks_mut(out)) {
            to.iter_mut().zip(slope).for_each(|(to, slope)| *to += *a * *slope);
        }
    }
    gradient
}

/// `[rows][out]` times the transpose of `[fan][out]`: ∂loss/∂a of a product.
fn back<T: Number>(slope: &[T], w: &[T], fan: usize, out: usize) -> Vec<T> {
    let rows = slope.chunks(out);
    rows.flat_map(|slope| (0..fan).map(|i| sum(slope.iter().zip(&w[i * out..]).map(|(s, w)| *s * *w)))).collect()
}
