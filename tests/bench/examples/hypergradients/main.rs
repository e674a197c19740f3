//! How good is each way to the hypergradient, and what does the finite difference of DARTS measure on a network with kinks?
//!
//! ```sh
//! cargo run --release --package bilevel-bench --example hypergradients            # all of it, in five minutes
//! cargo run --release --package bilevel-bench --example hypergradients -- ways    # or ways, differences, kinks, steps
//! ```

#![allow(clippy::print_stdout, reason = "it is read by a person")]

mod kinks;
mod network;
mod number;
mod steps;
mod ways;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let parts: [(&str, fn()); 4] =
        [("ways", ways::print), ("differences", ways::differences), ("kinks", kinks::print), ("steps", steps::print)];
    for (name, print) in parts {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            print();
            println!();
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// a + scale·b.
fn plus(a: &[f64], scale: f64, b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + scale * b).collect()
}

/// ‖a − b‖ / ‖b‖.
fn relative_error(a: &[f64], b: &[f64]) -> f64 {
    let off = plus(a, -1.0, b);
    (dot(&off, &off) / dot(b, b)).sqrt()
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// The middle of the values; the mean of two where there are two.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len().is_multiple_of(2) { 0.5 * (values[half - 1] + values[half]) } else { values[half] }
}
