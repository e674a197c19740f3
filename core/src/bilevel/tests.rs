//! The ways beside right answers: known cases, the derivative of what is solved anew, and each other.

use std::convert::Infallible;

use strum::IntoEnumIterator;

use super::*;
use crate::random::Stream;

fn way(options: &str) -> Hypergradient {
    serde_json::from_str(options).unwrap()
}

fn neumann(terms: u32) -> Hypergradient {
    Hypergradient::Neumann(neumann::Options { terms, ..Default::default() })
}

fn conjugate_gradient(iterations: u32, damping: f64) -> Hypergradient {
    Hypergradient::ConjugateGradient(conjugate_gradient::Options { iterations, damping, ..Default::default() })
}

fn exact() -> Hypergradient {
    way(r#"{"name": "exact"}"#)
}

fn at<P: InnerProblem<Error = Infallible>>(
    way: &Hypergradient,
    problem: &mut P,
    w: &[f64],
    x: &[f64],
    inner: &InnerStep<'_>,
) -> Estimate {
    ready(way.estimate(problem, w, x, inner)).unwrap()
}

/// ‖a − b‖ / ‖b‖.
fn relative_error(a: &[f64], b: &[f64]) -> f64 {
    let off = plus(a, -1.0, b);
    (dot(&off, &off) / dot(b, b)).sqrt()
}

fn cosine(a: &[f64], b: &[f64]) -> f64 {
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// The central differences of a function of x, `[A]`.
fn slope(x: &[f64], step: f64, f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let moved = |j: usize, by: f64| (0..x.len()).map(|i| if i == j { x[i] + by } else { x[i] }).collect::<Vec<f64>>();
    (0..x.len()).map(|j| (f(&moved(j, step)) - f(&moved(j, -step))) / (2.0 * step)).collect()
}

/// L_train = w² − 2aw + a², L_val = aw − 2a + 1.
fn darts_toy() -> Quadratic {
    let train = Form { matrix: vec![2.0, -2.0, -2.0, 2.0], linear: vec![0.0, 0.0], constant: 0.0 };
    let validation = Form { matrix: vec![0.0, 1.0, 1.0, 0.0], linear: vec![0.0, -2.0], constant: 1.0 };
    Quadratic::new(1, train, validation).unwrap()
}

/// L_train = (w − a)²/2, L_val = (w − 3)²/2.
fn ladder() -> Quadratic {
    let train = Form { matrix: vec![1.0, -1.0, -1.0, 1.0], linear: vec![0.0, 0.0], constant: 0.0 };
    let validation = Form { matrix: vec![1.0, 0.0, 0.0, 0.0], linear: vec![-3.0, 0.0], constant: 4.5 };
    Quadratic::new(1, train, validation).unwrap()
}

#[test]
fn darts_settles_where_its_toy_says() {
    for (xi, fixed, loss) in [
        (0.0, 2.0, 1.0),
        (0.05, 1.818_182, 0.669_421),
        (0.1, 1.666_667, 0.444_444),
        (0.25, 1.333_333, 0.111_111),
        (0.5, 1.0, 0.0),
    ] {
        for known in [true, false] {
            let (mut toy, mut blind) = (darts_toy(), ByDifferences(darts_toy()));
            let (mut a, mut w, mut last) = ([2.0], [-2.0], 0.0);
            let unrolled = way(r#"{"name": "unrolled"}"#);
            for _ in 0..4000 {
                let inner = InnerStep::sgd(xi);
                let estimate = if known {
                    at(&unrolled, &mut toy, &w, &a, &inner)
                } else {
                    at(&unrolled, &mut blind, &w, &a, &inner)
                };
                a[0] -= 0.05 * estimate.gradient[0];
                w[0] -= 0.05 * ready(toy.gradients(Level::Train, &w, &a)).unwrap().weights[0];
                last = estimate.loss;
            }
            assert!((a[0] - fixed).abs() < 1e-6 && (w[0] - fixed).abs() < 1e-6, "{xi}: {a:?} {w:?}");
            assert!((last - loss).abs() < 1e-6, "{xi}: {last}");
        }
    }
}

#[test]
fn the_ladder_of_hypergradients() {
    let inner = InnerStep::sgd(0.1);
    let mut ladder = ladder();
    let mut gradient = |way: &Hypergradient, w: f64| at(way, &mut ladder, &[w], &[1.0], &inner).gradient[0];
    assert_eq!(gradient(&way(r#"{"name": "first-order"}"#), 1.0), 0.0);
    for (terms, want) in [(1, -0.2), (2, -0.38), (5, -0.81902), (10, -1.302_643_119_8), (50, -1.989_692_449_6)] {
        assert!((gradient(&neumann(terms), 1.0) - want).abs() < 1e-10, "{terms}");
    }
    assert!((gradient(&exact(), 1.0) + 2.0).abs() < 1e-15);
    assert!((gradient(&conjugate_gradient(1, 0.0), 1.0) + 2.0).abs() < 1e-15);
    // One unrolled step from w = 0.
    assert!((gradient(&way(r#"{"name": "unrolled"}"#), 0.0) + 0.29).abs() < 1e-15);
    let mut blind = ByDifferences(self::ladder());
    for v in [1.0, -20.0, 1e-3] {
        let hessian = ready(blind.hessian_vector(&[1.0], &[1.0], &[v], 0.01)).unwrap();
        let mixed = ready(blind.mixed_vector(&[1.0], &[1.0], &[v], 0.01)).unwrap();
        assert!((hessian[0] - v).abs() < 1e-6 && (mixed[0] + v).abs() < 1e-6, "{v}");
    }
}

/// dL_val(w_T(x), x)/dx after T steps of gradient descent, by carrying dw/dx, `[A][W]`, along.
fn unrolled(problem: &mut Quadratic, w: &[f64], x: &[f64], rate: f64, steps: usize) -> Vec<f64> {
    let (mut w, mut along) = (w.to_vec(), vec![vec![0.0; w.len()]; x.len()]);
    for _ in 0..steps {
        for (j, along) in along.iter_mut().enumerate() {
            let curved = ready(problem.hessian_vector(&w, x, along, 0.01)).unwrap();
            // Column j of ∇²_wx, from the rows that a product with its transpose has.
            let crossed = (0..w.len()).map(|i| {
                let unit: Vec<f64> = (0..w.len()).map(|k| f64::from(u8::from(k == i))).collect();
                ready(problem.mixed_vector(&w, x, &unit, 0.01)).unwrap()[j]
            });
            let crossed: Vec<f64> = crossed.collect();
            *along = plus(along, -rate, &plus(&curved, 1.0, &crossed));
        }
        w = plus(&w, -rate, &ready(problem.gradients(Level::Train, &w, x)).unwrap().weights);
    }
    let last = ready(problem.gradients(Level::Validation, &w, x)).unwrap();
    (0..x.len()).map(|j| last.outer[j] + dot(&along[j], &last.weights)).collect()
}

#[test]
fn steps_unrolled_by_hand_agree() {
    for (steps, want) in
        [(1, -0.29), (2, -0.5339), (5, -1.060_831_559_9), (10, -1.529_744_905_3), (50, -1.994_819_663_4)]
    {
        assert!((unrolled(&mut ladder(), &[0.0], &[1.0], 0.1, steps)[0] - want).abs() < 1e-10, "{steps}");
    }
    // One step is what `unrolled` estimates, from any w; K steps from a settled w are what `neumann` does.
    let mut problem = Quadratic::random(8, 3, 10.0, 7).unwrap();
    let (x, inner) = ([0.3, -1.0, 0.5], InnerStep::sgd(0.4));
    let anywhere = [0.5, 1.0, -0.3, 0.2, 0.0, -2.0, 0.7, 0.1];
    let one = at(&way(r#"{"name": "unrolled"}"#), &mut problem, &anywhere, &x, &inner);
    assert!(relative_error(&one.gradient, &unrolled(&mut problem, &anywhere, &x, 0.4, 1)) < 1e-12);
    let settled = problem.settled(&x).unwrap();
    for terms in [1, 2, 7, 30] {
        let series = at(&neumann(terms), &mut problem, &settled, &x, &inner);
        assert!(relative_error(&series.gradient, &unrolled(&mut problem, &settled, &x, 0.4, terms as usize)) < 1e-10);
    }
}

#[test]
fn darts_is_one_term_of_the_series_at_its_next_weights() {
    // On a quadratic, whose mixed derivatives are the same everywhere.
    let (mut problem, x, w) = (Quadratic::random(5, 4, 20.0, 1).unwrap(), [0.1, 0.2, -0.3, 1.0], [1.0; 5]);
    let inner = InnerStep::sgd(0.3);
    let train = ready(problem.gradients(Level::Train, &w, &x)).unwrap();
    let next = plus(&w, -0.3, &train.weights);
    let darts = at(&way(r#"{"name": "unrolled"}"#), &mut problem, &w, &x, &inner);
    let series = at(&neumann(1), &mut problem, &next, &x, &inner);
    assert_eq!((darts.gradient, darts.loss), (series.gradient, series.loss));
    assert_eq!((darts.evaluations, series.evaluations), (4, 3));
}

#[test]
fn the_unrolled_step_is_the_optimisers() {
    let (mut problem, x) = (LogisticRegression::synthetic(4, 30, 7).unwrap(), [-1.0, -2.0, 0.0, -1.5]);
    let (w, velocity) = ([0.5, -1.0, 0.3, 0.8], [0.2, 0.4, -0.5, 0.1]);
    let inner = InnerStep { learning_rate: 0.5, momentum: 0.9, velocity: &velocity, weight_decay: 0.1 };
    let got = at(&way(r#"{"name": "unrolled"}"#), &mut problem, &w, &x, &inner);
    let after = |x: &[f64]| {
        let mut problem = problem.clone();
        let train = ready(problem.gradients(Level::Train, &w, x)).unwrap().weights;
        let next: Vec<f64> = (0..4).map(|i| w[i] - 0.5 * (0.9 * velocity[i] + train[i] + 0.1 * w[i])).collect();
        ready(problem.gradients(Level::Validation, &next, x)).unwrap().loss
    };
    assert!((got.loss - after(&x)).abs() < 1e-15);
    assert!(relative_error(&got.gradient, &slope(&x, 1e-5, after)) < 1e-8);
}

#[test]
fn the_exact_way_is_the_derivative_of_what_is_solved_anew() {
    for seed in 0..20 {
        let mut random = Stream::new(seed, "exact hypergradient", 0);
        let x: Vec<f64> = (0..5).map(|_| random.normal() - 2.0).collect();
        let mut problem = Quadratic::random(9, 5, 50.0, seed).unwrap();
        let solved = |x: &[f64]| {
            let w = problem.settled(x).unwrap();
            ready(problem.clone().gradients(Level::Validation, &w, x)).unwrap().loss
        };
        let (want, w) = (slope(&x, 1e-3, solved), problem.settled(&x).unwrap());
        for known in [true, false] {
            let inner = InnerStep::sgd(0.1);
            let got = if known {
                at(&exact(), &mut problem, &w, &x, &inner)
            } else {
                at(&exact(), &mut ByDifferences(problem.clone()), &w, &x, &inner)
            };
            assert!(relative_error(&got.gradient, &want) < 1e-8, "{seed} {known}");
            assert_eq!(got.evaluations, 2 * 9 + 3);
        }
        let mut problem = LogisticRegression::synthetic(5, 50, seed).unwrap();
        let solved =
            |x: &[f64]| ready(problem.clone().gradients(Level::Validation, &problem.settled(x), x)).unwrap().loss;
        let (want, w) = (slope(&x, 1e-4, solved), problem.settled(&x));
        let got = at(&exact(), &mut problem, &w, &x, &InnerStep::sgd(0.1));
        assert!(relative_error(&got.gradient, &want) < 1e-6, "{seed}: {got:?} {want:?}");
    }
}

#[test]
fn more_terms_more_iterations_and_less_damping_are_nearer_to_the_truth() {
    let x = [0.2, -0.4, 1.0, 0.0];
    let mut quadratic = Quadratic::random(16, 4, 30.0, 3).unwrap();
    let w = quadratic.settled(&x).unwrap();
    approaches(&mut quadratic, &w, &x, 1.0);
    approaches(&mut ByDifferences(quadratic), &w, &x, 1.0);
    let x = [-3.0, -2.5, -3.5, -3.0];
    let mut logistic = LogisticRegression::synthetic(4, 100, 3).unwrap();
    let w = logistic.settled(&x);
    approaches(&mut logistic, &w, &x, 2.0);
}

fn approaches<P: InnerProblem<Error = Infallible>>(problem: &mut P, w: &[f64], x: &[f64], rate: f64) {
    let inner = InnerStep::sgd(rate);
    let truth = at(&exact(), problem, w, x, &inner).gradient;
    let mut falls = |ways: Vec<Hypergradient>, end: f64| {
        let mut before = (f64::INFINITY, -1.0);
        for way in ways {
            let estimate = at(&way, problem, w, x, &inner);
            assert_eq!(estimate.negative_curvature, None);
            let got = (relative_error(&estimate.gradient, &truth), cosine(&estimate.gradient, &truth));
            assert!(got.0 < before.0 && got.1 >= before.1 - 1e-12, "{way:?}: {got:?} after {before:?}");
            before = got;
        }
        assert!(before.0 < end, "{before:?}");
    };
    falls([1, 4, 16, 64, 256].map(neumann).into(), 1e-3);
    falls([1, 2, 4].map(|iterations| conjugate_gradient(iterations, 0.0)).into(), 0.3);
    falls([1.0, 0.1, 0.01, 1e-4].map(|damping| conjugate_gradient(40, damping)).into(), 1e-2);
    // As many iterations as weights are the truth, and what comes after is not asked for.
    let estimate = at(&conjugate_gradient(200, 0.0), problem, w, x, &inner);
    assert!(relative_error(&estimate.gradient, &truth) < 1e-8);
    assert!(estimate.evaluations < 120, "{}", estimate.evaluations);
}

#[test]
fn weight_decay_settles_weights_elsewhere() {
    let (x, decay) = ([0.4, -0.7], 0.25);
    let plain = Quadratic::random(6, 2, 10.0, 5).unwrap();
    let mut train = plain.form(Level::Train).clone();
    (0..6).for_each(|i| train.matrix[i * 8 + i] += decay);
    let mut decayed = Quadratic::new(6, train, plain.form(Level::Validation).clone()).unwrap();
    let w = decayed.settled(&x).unwrap();
    let want = at(&exact(), &mut decayed, &w, &x, &InnerStep::sgd(0.5)).gradient;
    let inner = InnerStep { weight_decay: decay, ..InnerStep::sgd(0.5) };
    for way in [exact(), neumann(1000), conjugate_gradient(20, 0.0)] {
        let got = at(&way, &mut plain.clone(), &w, &x, &inner).gradient;
        assert!(relative_error(&got, &want) < 1e-10, "{way:?}");
    }
}

#[test]
fn a_loss_at_its_least_has_no_correction() {
    // ∇_w L_val = 0 at w = 3: every way is that of first order, and no difference divides by 0.
    for way in Hypergradient::iter() {
        let rate = if way.name() == "unrolled" { 0.0 } else { 0.1 };
        let got = at(&way, &mut ByDifferences(ladder()), &[3.0], &[1.0], &InnerStep::sgd(rate));
        assert_eq!((got.gradient, got.loss), (vec![0.0], 0.0), "{way:?}");
    }
}

#[test]
fn downward_curvature_is_told_and_flat_directions_are_refused() {
    let train =
        Form { matrix: vec![1.0, 0.0, 1.0, 0.0, -4.0, 1.0, 1.0, 1.0, 0.0], linear: vec![0.0; 3], constant: 0.0 };
    let validation = Form { matrix: vec![0.0; 9], linear: vec![3.0, 0.0, 2.0], constant: 0.0 };
    let mut saddle = Quadratic::new(2, train, validation).unwrap();
    let inner = InnerStep::sgd(0.1);
    // Along ∇_w L_val = (3, 0) all is well.
    let got = at(&conjugate_gradient(5, 0.0), &mut saddle, &[0.0, 0.0], &[0.0], &inner);
    assert_eq!((got.negative_curvature, got.gradient), (None, vec![-1.0]));
    // From (3, 3) the first direction has the curvature −1.5: what is had is that of first order.
    let elsewhere = Form { linear: vec![3.0, 3.0, 2.0], ..saddle.form(Level::Validation).clone() };
    saddle = Quadratic::new(2, saddle.form(Level::Train).clone(), elsewhere).unwrap();
    let got = at(&conjugate_gradient(5, 0.0), &mut saddle, &[0.0, 0.0], &[0.0], &inner);
    assert_eq!((got.negative_curvature, got.gradient), (Some(-1.5), vec![2.0]));
    let damped = at(&conjugate_gradient(5, 10.0), &mut saddle, &[0.0, 0.0], &[0.0], &inner);
    assert_eq!(damped.negative_curvature, None);

    let flat = Form { matrix: vec![1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0], linear: vec![0.0; 3], constant: 0.0 };
    let mut flat = Quadratic::new(2, flat.clone(), Form { linear: vec![1.0, 2.0, 0.0], ..flat }).unwrap();
    let refused = ready(exact().estimate(&mut flat, &[0.0, 0.0], &[0.0], &inner));
    assert_eq!(refused, Err(HypergradientError::Singular));
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let mut problem = Quadratic::random(3, 2, 10.0, 1).unwrap();
    let (w, x, inner) = ([0.0; 3], [0.0; 2], InnerStep::sgd(0.1));
    for (options, message) in [
        (r#"{"name": "unrolled", "epsilon": 0}"#, "epsilon must be in [0.000000000001, 100], got 0; try 0.01"),
        (r#"{"name": "neumann", "terms": 0}"#, "terms must be in [1, 10000], got 0; try 5"),
        (r#"{"name": "neumann", "step": 0}"#, "step must be in [0.000000001, 1000], got 0; try 0.025"),
        (r#"{"name": "conjugate-gradient", "iterations": 0}"#, "iterations must be in [1, 10000], got 0; try 10"),
        (r#"{"name": "conjugate-gradient", "damping": -1}"#, "damping must be in [0, 1000000], got -1; try 0.01"),
        (r#"{"name": "exact", "epsilon": 1e3}"#, "epsilon must be in [0.000000000001, 100], got 1000; try 0.01"),
    ] {
        let refused = ready(way(options).estimate(&mut problem, &w, &x, &inner)).unwrap_err();
        assert_eq!(refused.to_string(), message);
    }
    for (inner, message) in [
        (InnerStep::sgd(-1.0), "learning_rate must be in [0, 1000], got -1; try 0.025"),
        (InnerStep::sgd(f64::NAN), "learning_rate must be in [0, 1000], got NaN; try 0.025"),
        (InnerStep { momentum: 1.0, ..inner }, "momentum must be in [0, 1), got 1; try 0.9"),
        (InnerStep { weight_decay: -0.5, ..inner }, "weight_decay must be in [0, 1000], got -0.5; try 0.0003"),
        (
            InnerStep { velocity: &[1.0], ..inner },
            "3 numbers were expected and 1 given; weights, velocity and gradients must have one length",
        ),
    ] {
        assert_eq!(ready(exact().estimate(&mut problem, &w, &x, &inner)).unwrap_err().to_string(), message);
    }
    // Curvatures up to 1 and a step of 3: every term is twice as long as the one before.
    let diverges = ready(neumann(10_000).estimate(&mut problem, &w, &x, &InnerStep::sgd(3.0)));
    assert!(matches!(diverges, Err(HypergradientError::Diverged { term: 400..600 })), "{diverges:?}");
    let nan = ready(exact().estimate(&mut problem, &[f64::NAN; 3], &x, &inner));
    assert_eq!(nan, Err(HypergradientError::NotFinite));
    let mut large = LogisticRegression::synthetic(2001, 1, 1).unwrap();
    let refused = ready(exact().estimate(&mut large, &vec![0.0; 2001], &vec![0.0; 2001], &inner));
    assert_eq!(refused, Err(HypergradientError::TooManyWeights { most: 2000, got: 2001 }));
    assert!(serde_json::from_str::<Hypergradient>(r#"{"name": "neumann", "term": 3}"#).is_err());
    assert!(Quadratic::random(2, 1, 0.5, 1).is_err() && Quadratic::random(0, 1, 2.0, 1).is_err());
    assert!(LogisticRegression::synthetic(0, 1, 1).is_err());
}

#[test]
fn names_are_those_of_the_documents() {
    for way in Hypergradient::iter() {
        assert_eq!(serde_json::to_value(&way).unwrap()["name"], way.name());
        assert_eq!(way.check(), Ok(()));
        assert_eq!(serde_json::from_str::<Hypergradient>(&format!(r#"{{"name": "{}"}}"#, way.name())).unwrap(), way);
    }
}

#[test]
fn value_stability() {
    // First made on 2026-11-27 by this very code; a change here changes every result.
    let problem = LogisticRegression::synthetic(3, 20, 7).unwrap();
    let x = [-2.0, -1.0, -3.0];
    let w = problem.settled(&x);
    let got: Vec<String> = Hypergradient::iter()
        .map(|way| {
            format!("{:?}", at(&way, &mut ByDifferences(problem.clone()), &w, &x, &InnerStep::sgd(0.5)).gradient[0])
        })
        .collect();
    assert_eq!(
        got,
        ["0.0", "-0.0024202054313039747", "-0.0099720858314894", "-0.023278286193661808", "-0.023278369604641556"]
    );
}
