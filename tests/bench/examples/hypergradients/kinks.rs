//! The difference of DARTS over its radius, on networks with and without kinks, and how many kinks it steps over.

use bilevel::bilevel::{Level, ready};

use crate::network::{Kind, Network};
use crate::{dot, median, plus, relative_error};

/// Widths, and how many networks of each.
pub(crate) const SIZES: [(usize, u64); 3] = [(8, 20), (80, 10), (800, 3)];
/// The inner step, and how many such steps have been made from random weights.
pub(crate) const RATE: f64 = 0.05;
const STEPS: usize = 20;

/// A network at weights, the gradient of L_val after the next step, and the second derivatives along it.
pub(crate) struct Scene {
    pub(crate) network: Network,
    pub(crate) w: Vec<f64>,
    pub(crate) x: Vec<f64>,
    /// v = ∇_w L_val(w').
    pub(crate) v: Vec<f64>,
    /// (∇²_ww L_train v, ∇²_xw L_train v) almost everywhere.
    pub(crate) exact: (Vec<f64>, Vec<f64>),
}

impl Scene {
    pub(crate) fn new(kind: Kind, width: usize, seed: u64) -> Self {
        let (network, mut w, x) = Network::draw(kind, width, seed);
        for _ in 0..STEPS {
            w = plus(&w, -RATE, &network.pass(Level::Train, &w, &x).weights);
        }
        let next = plus(&w, -RATE, &network.pass(Level::Train, &w, &x).weights);
        let v = network.pass(Level::Validation, &next, &x).weights;
        let exact = network.second(&w, &x, &v);
        Self { network, w, x, v, exact }
    }

    /// ∇_x L_train(w + r v/‖v‖) − ∇_x L_train(w − r v/‖v‖) over 2r, times ‖v‖; the same for ∇_w; and on how many kinks the ends
    /// lie on different sides.
    pub(crate) fn difference(&self, radius: f64) -> (Vec<f64>, Vec<f64>, usize) {
        let norm = dot(&self.v, &self.v).sqrt();
        let end = |sign: f64| self.network.pass(Level::Train, &plus(&self.w, sign * radius / norm, &self.v), &self.x);
        let (above, below) = (end(1.0), end(-1.0));
        let slopes = |above: &[f64], below: &[f64]| {
            above.iter().zip(below).map(|(a, b)| norm * (a - b) / (2.0 * radius)).collect::<Vec<f64>>()
        };
        let crossed = above.sides.iter().zip(&below.sides).filter(|(above, below)| above != below).count();
        (slopes(&above.weights, &below.weights), slopes(&above.outer, &below.outer), crossed)
    }
}

/// The networks, by name.
pub(crate) const KINDS: [(&str, Kind); 4] = [
    ("smooth", Kind { kinks: false, normalised: false }),
    ("smooth, normalised", Kind { kinks: false, normalised: true }),
    ("kinks", Kind { kinks: true, normalised: false }),
    ("kinks, normalised", Kind { kinks: true, normalised: true }),
];

/// A table for each network and width: medians over networks.
pub(crate) fn print() {
    one_network();
    for (name, kind) in KINDS {
        for (width, networks) in SIZES {
            let scenes: Vec<Scene> = (0..networks).map(|seed| Scene::new(kind, width, seed)).collect();
            let kinks = scenes[0].network.kinks();
            println!("\n{name}, width {width}, {} weights, {kinks} kinks, {networks} networks", scenes[0].w.len());
            println!(
                "epsilon,kinks crossed,networks that crossed none,relative error xw,the largest,relative error ww"
            );
            for (label, radius) in radii() {
                let rows = scenes.iter().map(|scene| {
                    let (ww, xw, crossed) = scene.difference(radius);
                    (relative_error(&xw, &scene.exact.1), relative_error(&ww, &scene.exact.0), crossed as f64)
                });
                let rows: Vec<(f64, f64, f64)> = rows.collect();
                let column = |of: fn(&(f64, f64, f64)) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
                let (xw, ww, crossed) = (column(|row| row.0), column(|row| row.1), column(|row| row.2));
                let largest = xw.iter().copied().fold(0.0, f64::max);
                let none = crossed.iter().filter(|crossed| **crossed == 0.0).count();
                let (crossed, xw, ww) = (median(crossed), median(xw), median(ww));
                println!("{label},{crossed},{none},{xw:.1e},{largest:.1e},{ww:.1e}");
            }
        }
    }
}

/// 1, 0.3, 0.1, … 1e-12.
fn radii() -> impl Iterator<Item = (String, f64)> {
    (0..=12).flat_map(|exponent| {
        let ten = 1.0 / 10u64.pow(exponent) as f64;
        [(format!("1e-{exponent}"), ten), (format!("3e-{}", exponent + 1), 0.3 * ten)]
    })
}

/// The numbers themselves, as one would see them who tries radii on one network.
fn one_network() {
    let scene = Scene::new(KINDS[2].1, 80, 0);
    println!("one network with {} kinks: entries of ∇²_xw L_train v by differences", scene.network.kinks());
    println!("epsilon,kinks crossed,first layer: identity,ReLU,SiLU,larger,second layer: identity,ReLU,SiLU,larger");
    let words = |entries: &[f64]| entries.iter().map(|entry| format!("{entry:.4}")).collect::<Vec<String>>().join(",");
    for (label, radius) in radii().step_by(2) {
        let (_, xw, crossed) = scene.difference(radius);
        println!("{label},{crossed},{}", words(&xw));
    }
    println!("almost everywhere,0,{}", words(&scene.exact.1));
    // The default of the library is the same difference.
    let mut network = scene.network.clone();
    let Ok(library) =
        ready(bilevel::bilevel::InnerProblem::mixed_vector(&mut network, &scene.w, &scene.x, &scene.v, 0.01));
    assert!(relative_error(&library, &scene.difference(0.01).1) < 1e-9, "the library's difference is this one");
}
