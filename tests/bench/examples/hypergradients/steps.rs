//! What the validation loss really does when x moves and an inner step follows, beside what either second derivative predicts.

use bilevel::bilevel::Level;

use crate::kinks::{KINDS, RATE, SIZES, Scene};
use crate::{cosine, median, plus, relative_error};

/// How far x moves to either side, logit by logit.
const MOVES: [f64; 5] = [1.0, 0.1, 0.01, 1e-3, 1e-4];
/// The radii of the difference in w.
const RADII: [f64; 3] = [0.1, 0.01, 1e-3];

/// Errors of the predictions, over the change that is there: 1 is what predicting no change has.
pub(crate) fn print() {
    println!("d/dx of L_val(w - {RATE} grad_w L_train(w, x), x held) by differences of h in x, and what predicts it");
    println!(
        "median over networks of the error over the truth (cosine); 1 is what the first order has, which predicts 0"
    );
    for (name, kind) in KINDS {
        for (width, networks) in SIZES {
            let scenes: Vec<Scene> = (0..networks).map(|seed| Scene::new(kind, width, seed)).collect();
            println!("\n{name}, width {width}, {networks} networks");
            let radii = RADII.map(|radius| format!("difference of {radius}")).join(",");
            println!("h,almost everywhere,{radii}");
            for h in MOVES {
                let truths: Vec<Vec<f64>> = scenes.iter().map(|scene| truth(scene, h)).collect();
                let against = |predict: &dyn Fn(&Scene) -> Vec<f64>| {
                    let pairs = scenes.iter().zip(&truths).map(|(scene, truth)| {
                        let predicted: Vec<f64> = predict(scene).iter().map(|mixed| -RATE * mixed).collect();
                        (relative_error(&predicted, truth), cosine(&predicted, truth))
                    });
                    let (errors, cosines): (Vec<f64>, Vec<f64>) = pairs.unzip();
                    format!("{:.3} ({:.3})", median(errors), median(cosines))
                };
                let everywhere = against(&|scene| scene.exact.1.clone());
                let differences = RADII.map(|radius| against(&|scene| scene.difference(radius).1)).join(",");
                println!("{h},{everywhere},{differences}");
            }
        }
    }
}

/// (L_val(w − ξ∇_w L_train(w, x + h e_j), x) − the same at x − h e_j) / 2h for every j: the way of x through the weights alone.
fn truth(scene: &Scene, h: f64) -> Vec<f64> {
    let after = |j: usize, by: f64| {
        let mut x = scene.x.clone();
        x[j] += by;
        let next = plus(&scene.w, -RATE, &scene.network.pass(Level::Train, &scene.w, &x).weights);
        scene.network.pass(Level::Validation, &next, &scene.x).loss
    };
    (0..scene.x.len()).map(|j| (after(j, h) - after(j, -h)) / (2.0 * h)).collect()
}
