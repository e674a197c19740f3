//! Every way on two problems whose hypergradient is known, and the error of differences where there are no kinks.

use std::convert::Infallible;

use bilevel::bilevel::{
    ByDifferences, Hypergradient, InnerProblem, InnerStep, LogisticRegression, Quadratic, conjugate_gradient, exact,
    first_order, neumann, ready, unrolled,
};
use bilevel::random::Stream;

use crate::network::{Kind, Network};
use crate::{cosine, relative_error};

/// The outer parameters of the logistic regression: penalties of about 0.05.
const LOG_PENALTY: f64 = -3.0;

/// Estimates beside the exact hypergradient at settled weights.
pub(crate) fn print() {
    let (x, rate) = (vec![0.5; 10], 1.0);
    let quadratic = Quadratic::random(50, 10, 100.0, 7).expect("sound sizes");
    let w = quadratic.settled(&x).expect("it curves upwards");
    println!("random quadratic, W = 50, A = 10, condition 100, step 1");
    table(quadratic, &w, &x, rate);
    let logistic = LogisticRegression::synthetic(20, 100, 7).expect("sound sizes");
    let x = vec![LOG_PENALTY; 20];
    let w = logistic.settled(&x);
    println!("\nlogistic regression, W = A = 20, 100 examples, penalties exp(-3), step 1");
    table(logistic, &w, &x, rate);
}

fn table<P: InnerProblem<Error = Infallible> + Clone>(problem: P, w: &[f64], x: &[f64], rate: f64) {
    let inner = InnerStep::sgd(rate);
    let truth = Hypergradient::Exact(exact::Options::default());
    let truth = ready(truth.estimate(&mut problem.clone(), w, x, &inner)).expect("it curves upwards").gradient;
    let mut ways = vec![
        ("first-order".to_owned(), Hypergradient::FirstOrder(first_order::Options {})),
        ("unrolled".to_owned(), Hypergradient::Unrolled(unrolled::Options::default())),
    ];
    for terms in [1, 2, 5, 10, 20, 50, 100, 200, 500] {
        let options = neumann::Options { terms, ..Default::default() };
        ways.push((format!("neumann, {terms} terms"), Hypergradient::Neumann(options)));
    }
    let conjugate = |iterations, damping| {
        let options = conjugate_gradient::Options { iterations, damping, ..Default::default() };
        Hypergradient::ConjugateGradient(options)
    };
    for iterations in [1, 2, 5, 10, 20, 30, 50] {
        ways.push((format!("conjugate gradients, {iterations}"), conjugate(iterations, 0.0)));
    }
    for damping in [1.0, 0.1, 0.01, 0.001, 0.0001] {
        ways.push((format!("conjugate gradients, 50, damping {damping}"), conjugate(50, damping)));
    }
    println!("way,evaluations,relative error,cosine,relative error by differences");
    for (name, way) in ways {
        let known = ready(way.estimate(&mut problem.clone(), w, x, &inner)).expect("finite");
        let blind = ready(way.estimate(&mut ByDifferences(problem.clone()), w, x, &inner)).expect("finite");
        let (error, blind) = (relative_error(&known.gradient, &truth), relative_error(&blind.gradient, &truth));
        // Where there is no estimate there is no angle.
        let cosine = cosine(&known.gradient, &truth);
        let cosine = if cosine.is_nan() { "none".to_owned() } else { format!("{cosine:.6}") };
        println!("{name},{},{error:.2e},{cosine},{blind:.2e}", known.evaluations);
    }
}

/// The error of both products by differences, over epsilon.
pub(crate) fn differences() {
    println!("relative error of differences where there are no kinks");
    println!("epsilon,quadratic ww,quadratic xw,logistic ww,logistic xw,smooth network ww,smooth network xw");
    let mut random = Stream::new(7, "directions", 0);
    let mut draw = |count: usize| (0..count).map(|_| random.normal()).collect::<Vec<f64>>();
    let mut quadratic = Quadratic::random(50, 10, 100.0, 7).expect("sound sizes");
    let mut logistic = LogisticRegression::synthetic(20, 100, 7).expect("sound sizes");
    let (network, w, x) = Network::draw(Kind { kinks: false, normalised: false }, 80, 7);
    let network_at = (draw(w.len()), w, x);
    let quadratic_at = (draw(50), draw(50), draw(10));
    let logistic_at = (draw(20), draw(20), vec![LOG_PENALTY; 20]);
    let of_quadratic = known(&mut quadratic, &quadratic_at);
    let of_logistic = known(&mut logistic, &logistic_at);
    let of_network = network.second(&network_at.1, &network_at.2, &network_at.0);
    for exponent in 0..=12 {
        let epsilon = 1.0 / 10u64.pow(exponent) as f64;
        let columns = [
            errors(&mut ByDifferences(quadratic.clone()), &quadratic_at, &of_quadratic, epsilon),
            errors(&mut ByDifferences(logistic.clone()), &logistic_at, &of_logistic, epsilon),
            errors(&mut network.clone(), &network_at, &of_network, epsilon),
        ];
        let columns = columns.map(|(ww, xw)| format!("{ww:.1e},{xw:.1e}")).join(",");
        println!("1e-{exponent},{columns}");
    }
}

/// A direction in w, w and x.
type At = (Vec<f64>, Vec<f64>, Vec<f64>);

fn known<P: InnerProblem<Error = Infallible>>(problem: &mut P, (v, w, x): &At) -> (Vec<f64>, Vec<f64>) {
    let Ok(hessian) = ready(problem.hessian_vector(w, x, v, 1.0));
    let Ok(mixed) = ready(problem.mixed_vector(w, x, v, 1.0));
    (hessian, mixed)
}

/// The relative errors of ∇²_ww L v and ∇²_xw L v by differences.
fn errors<P: InnerProblem<Error = Infallible>>(
    problem: &mut P,
    (v, w, x): &At,
    (hessian, mixed): &(Vec<f64>, Vec<f64>),
    epsilon: f64,
) -> (f64, f64) {
    let Ok(of_weights) = ready(problem.hessian_vector(w, x, v, epsilon));
    let Ok(of_outer) = ready(problem.mixed_vector(w, x, v, epsilon));
    (relative_error(&of_weights, hessian), relative_error(&of_outer, mixed))
}
