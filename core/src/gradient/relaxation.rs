//! How far a mixture is from what it stands for: the relaxation gap with its bound, and the discretisation gap.

use serde::{Deserialize, Serialize};

use super::Scene;
use crate::numeric;
use crate::objective::{Mixture, Point};
use crate::policy::Policy;
use crate::random::Stream;
use crate::space::Space;

/// The steps of power iteration at a point.
const STEPS: usize = 6;
/// The points, each between the policy and a corner drawn from it, at which the curvature is looked for beside the policy.
const CORNERS: usize = 8;
/// How far to both sides the slopes are taken whose difference is a second derivative.
const RADIUS: f64 = 1e-2;
/// The distances at which the curvature at the policy is looked at again.
const RADII: [f64; 4] = [1e-1, 1e-2, 1e-3, 1e-4];

/// The loss of a policy p, of the mixture p, and of the architecture that p is cut to, all in units of the loss.
///
/// For independent h_i ~ p_i and f with second derivatives, the first-order term of f(h) about p has the mean 0, so that
/// `|E f(h) − f(p)| ≤ (M/2) E‖h − p‖² = (M/2) Σ_i (1 − ‖p_i‖²)`, M being the largest `|uᵀ ∇²f u|` on the way from p to the
/// corners, over directions u of length 1 along which each row keeps its sum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gaps {
    /// `E f(h)`, exact.
    pub expected: f64,
    /// f(p).
    pub relaxed: f64,
    /// `|E f(h) − f(p)|`, exact.
    pub relaxation_gap: f64,
    /// `Σ_i (1 − ‖p_i‖²)`: 0 at a corner, L (1 − 1/K) at the uniform policy.
    pub spread: f64,
    /// f of the most probable choices.
    pub discretised: f64,
    /// That less f(p): what a search that ends at p pays for its architecture.
    pub discretisation_gap: f64,
    /// The second derivatives; null where nobody asked for them, for they take 144 mixtures.
    pub curvature: Option<Curvature>,
}

/// How the slopes of f change, looked for by power iteration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curvature {
    /// An estimate of M from below: the largest that was found.
    pub largest: f64,
    /// `largest / 2 · spread`, which bounds the relaxation gap where `largest` is M.
    pub bound: f64,
    /// The same at p alone, by the radius of the differences: it settles as they shrink where second derivatives exist.
    pub by_radius: Vec<AtRadius>,
}

/// A curvature from differences over ± radius.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtRadius {
    /// The distance, in shares.
    pub radius: f64,
    /// ‖(∇f(p + radius u) − ∇f(p − radius u)) / (2 radius)‖ along the simplices, for the u found there.
    pub curvature: f64,
}

/// The gaps at the policy of `scene`; nothing where its objective answers no mixtures. With `curvature` it is asked for its
/// slopes around p, over ± 0.01 in shares, and around eight points between p and corners drawn from it by `seed`.
///
/// # Errors
/// If a point has no answer.
pub fn gaps(scene: &mut Scene, curvature: bool, seed: u64) -> Result<Option<Gaps>, String> {
    if scene.relaxation().is_none() {
        return Ok(None);
    }
    let policy = scene.policy().clone();
    let p = policy.all_probabilities().to_vec();
    let expected = scene.exact().mean;
    let relaxed = slopes_at(scene, &p)?.0;
    let mode = policy.mode();
    let none = || format!("`{}` has no loss", policy.space().format(&mode));
    let discretised = scene.reply(Point::Hard(mode.clone())).ok_or_else(none)?.loss;
    let squares = |row: usize| policy.probabilities(row).iter().map(|p| p * p).sum::<f64>();
    let spread = (0..policy.space().length()).map(|row| 1.0 - squares(row)).sum();
    let curvature = if curvature { Some(curvature_around(scene, &p, spread, seed)?) } else { None };
    Ok(Some(Gaps {
        expected,
        relaxed,
        relaxation_gap: (expected - relaxed).abs(),
        spread,
        discretised,
        discretisation_gap: discretised - relaxed,
        curvature,
    }))
}

fn curvature_around(scene: &mut Scene, p: &[f64], spread: f64, seed: u64) -> Result<Curvature, String> {
    let policy = scene.policy().clone();
    let space = policy.space();
    let mut by_radius = Vec::new();
    for radius in RADII {
        // From one direction, so that they differ by the radius alone.
        let mut random = Stream::new(seed, "curvature", 0);
        by_radius.push(AtRadius { radius, curvature: curvature_at(scene, p, radius, &mut random)? });
    }
    let mut largest = by_radius.iter().filter(|at| at.radius == RADIUS).fold(0.0, |most, at| at.curvature.max(most));
    for corner in 1..=CORNERS {
        let mut random = Stream::new(seed, "curvature", corner as u64);
        let share = corner as f64 / CORNERS as f64;
        let mut point: Vec<f64> = p.iter().map(|p| (1.0 - share) * p).collect();
        for (l, choice) in policy.sample(&mut random).choices().iter().enumerate() {
            point[space.offset(l) + usize::from(*choice)] += share;
        }
        largest = curvature_at(scene, &point, RADIUS, &mut random)?.max(largest);
    }
    Ok(Curvature { largest, bound: 0.5 * largest * spread, by_radius })
}

/// The largest ‖H u‖ that power iteration meets, ‖u‖ = 1: no more than the largest |uᵀHu|, since H is symmetric, and close to
/// it even where eigenvalues of both signs are as large. H u is a difference of slopes, without what leads off the simplices.
fn curvature_at(scene: &mut Scene, point: &[f64], radius: f64, random: &mut Stream) -> Result<f64, String> {
    let space = scene.policy().space().clone();
    let mut direction: Vec<f64> = point.iter().map(|_| random.normal()).collect();
    let mut largest: f64 = 0.0;
    for _ in 0..STEPS {
        let length = along_rows(&space, &mut direction);
        if length == 0.0 {
            break;
        }
        let mut slopes = |way: f64| {
            let step = way * radius / length;
            let moved: Vec<f64> = point.iter().zip(&direction).map(|(x, u)| x + step * u).collect();
            slopes_at(scene, &moved).map(|(_, slopes)| slopes)
        };
        let (ahead, back) = (slopes(1.0)?, slopes(-1.0)?);
        direction = ahead.iter().zip(&back).map(|(ahead, back)| (ahead - back) / (2.0 * radius)).collect();
        largest = along_rows(&space, &mut direction).max(largest);
    }
    Ok(largest)
}

/// Takes the mean of each row off it, so that rows keep their sums along `direction`, and gives the length of what is left.
fn along_rows(space: &Space, direction: &mut [f64]) -> f64 {
    for l in 0..space.length() {
        let row = &mut direction[space.offset(l)..space.offset(l + 1)];
        let mean = row.iter().sum::<f64>() / row.len() as f64;
        row.iter_mut().for_each(|entry| *entry -= mean);
    }
    numeric::sqrt(direction.iter().map(|x| x * x).sum())
}

/// f and its slopes at a mixture, or a little off the simplices.
fn slopes_at(scene: &mut Scene, shares: &[f64]) -> Result<(f64, Vec<f64>), String> {
    let reply = scene.reply(Point::Soft(Mixture(shares.to_vec()))).ok_or("a mixture has no loss")?;
    let Mixture(slopes) = reply.gradient.ok_or("a mixture has no slopes")?;
    Ok((reply.loss, slopes))
}

#[cfg(test)]
mod tests {
    use super::super::trajectory;
    use super::*;
    use crate::objective::{ObjectiveSpec, Scalarisation};

    fn scene(objective: &str, space: &str) -> Scene {
        let space = Space::named(space).unwrap();
        let objective = crate::run::parse::<ObjectiveSpec>(objective).unwrap().open(&space, None).unwrap();
        let scalarisation = Scalarisation::of_metric(objective.metrics(), None).unwrap();
        Scene::new(&space, objective, scalarisation).unwrap()
    }

    #[test]
    fn what_is_linear_in_each_row_has_no_relaxation_gap() {
        for (objective, space) in [("chain", "sequence:5x4"), ("table", "nas-bench-201")] {
            let mut scene = scene(objective, space);
            let count = scene.policy().parameters().len();
            scene.set_logits(&(0..count).map(|i| (i * 7 % 5) as f64 / 3.0).collect::<Vec<_>>()).unwrap();
            let gaps = gaps(&mut scene, false, 1).unwrap().unwrap();
            assert!(gaps.relaxation_gap < 1e-11 * gaps.expected.abs().max(1.0), "{gaps:?}");
            assert!(gaps.discretisation_gap.abs() > 0.01 && gaps.curvature.is_none(), "{gaps:?}");
        }
    }

    #[test]
    fn a_curvature_that_is_known_bounds_the_estimate_and_the_gap() {
        // Without pairs f is a sum of u (p + b p (1 − p)²), whose second derivatives are u b (6p − 4): 4 |u b| at most on the
        // simplices, and u b is the difference of the slopes at 0 and at 1.
        let mut scene = scene("chain:bend=1,pairs=0", "sequence:6x5");
        let at = |scene: &mut Scene, p: f64| slopes_at(scene, &[p; 30]).unwrap().1;
        let (none, all) = (at(&mut scene, 0.0), at(&mut scene, 1.0));
        let most = none.iter().zip(&all).map(|(none, all)| 4.0 * (none - all).abs()).fold(0.0, f64::max);
        for logits in trajectory(&mut scene, 0.1, &[0, 3, 10, 30, 60]).unwrap() {
            scene.set_logits(&logits).unwrap();
            let gaps = gaps(&mut scene, true, 1).unwrap().unwrap();
            let curvature = gaps.curvature.as_ref().unwrap();
            assert!(gaps.relaxation_gap <= 0.5 * most * gaps.spread, "{gaps:?}");
            assert!(curvature.largest <= most * (1.0 + 1e-9) && curvature.largest > 0.3 * most, "{gaps:?} {most}");
            // Slopes are quadratic: their differences are exact at every radius.
            let radii = curvature.by_radius.iter().map(|at| at.curvature);
            let ends = radii.fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
            assert!(ends.0 > (1.0 - 1e-6) * ends.1, "{curvature:?}");
        }
    }

    #[test]
    fn a_corner_has_neither_gap() {
        let mut scene = scene("chain:bend=1", "sequence:3x4");
        let logits: Vec<f64> = (0..12).map(|i| if i % 4 == 1 { 60.0 } else { 0.0 }).collect();
        scene.set_logits(&logits).unwrap();
        let gaps = gaps(&mut scene, true, 1).unwrap().unwrap();
        assert!(
            gaps.spread < 1e-12 && gaps.relaxation_gap < 1e-12 && gaps.discretisation_gap.abs() < 1e-12,
            "{gaps:?}"
        );
    }

    #[test]
    fn what_answers_no_mixtures_has_none() {
        assert_eq!(gaps(&mut scene("nk", "sequence:4x3"), true, 1).unwrap(), None);
    }
}
