//! What every objective that looks up keeps: finite answers that depend on the question alone, and slopes that are right.

use strum::IntoEnumIterator;

use super::{Verdict, close, ensure};
use crate::numeric::Moments;
use crate::objective::{Direction, FailureKind, Mixture, Objective, ObjectiveSpec, Point, Trial, answer};
use crate::random::Stream;
use crate::space::{Architecture, Custom, Space, SpaceSpec};

/// Every objective that looks up, by its default; a function is whatever its author makes it.
pub fn subjects() -> Vec<ObjectiveSpec> {
    ObjectiveSpec::iter().filter(ObjectiveSpec::looks_up).collect()
}

/// A space and an objective over it.
type Opened = (Space, Box<dyn Objective>);

/// The spaces among a few that the objective fits, with the objective over each.
fn opened(spec: &ObjectiveSpec) -> Result<Vec<Opened>, String> {
    let spaces = ["nas-bench-201", "sequence:6x5", "sequence:1x3", "sequence:20x7"].map(Space::named);
    let spaces = spaces.into_iter().chain([Space::new(SpaceSpec::Custom(Custom::default()))]);
    let mut opened = Vec::new();
    for space in spaces {
        let space = space.map_err(|error| error.to_string())?;
        match spec.open(&space, None) {
            Ok(objective) => opened.push((space, objective)),
            Err(error) => {
                let words = error.to_string();
                ensure!(words.contains(spec.name()) && error.reason.len() > 10, "it refuses {space:?} with `{words}`");
            }
        }
    }
    ensure!(!opened.is_empty(), "it fits none of the spaces that there are");
    Ok(opened)
}

/// Every answer to a hard point is finite, one value for each metric, and the same however often and after whatever
/// else it is asked.
///
/// # Errors
/// If not.
pub fn answers_are_finite_and_repeatable(spec: &ObjectiveSpec) -> Verdict {
    for (space, mut objective) in opened(spec)? {
        let metrics = objective.metrics().to_vec();
        ensure!(!metrics.is_empty() && objective.answers().hard, "{space:?}: it measures nothing at a hard point");
        let mut random = Stream::new(0, "laws of objectives: finite", 0);
        let trials: Vec<Trial> = (0..500).map(|id| Trial::evaluate(id, space.sample(&mut random), id)).collect();
        let mut ask = |trial: &Trial| answer(objective.as_mut(), trial).map_err(|error| format!("{space:?}: {error}"));
        let first = trials.iter().map(&mut ask).collect::<Result<Vec<_>, _>>()?;
        for (trial, first) in trials.iter().zip(first).rev() {
            let again = ask(trial)?;
            ensure!(again == first, "{space:?}: {:?} was answered {first:?}, then {again:?}", trial.point);
        }
    }
    Ok(())
}

/// What is known without a search is what a search would find: of a space that can be enumerated the best value and the
/// mean of all that there are; of a larger one no draw beats the optimum, and the mean is that of draws within 4 standard
/// errors.
///
/// # Errors
/// If not.
pub fn what_is_known_is_true(spec: &ObjectiveSpec) -> Verdict {
    for (space, mut objective) in opened(spec)? {
        let known = objective.known();
        ensure!(objective.known() == known, "{space:?}: {known:?}, and then something else");
        let direction = objective.metrics()[0].direction;
        let better = |a: f64, b: f64| match direction {
            Direction::Maximise => a.max(b),
            Direction::Minimise => a.min(b),
        };
        let mut value = |h| answer(objective.as_mut(), &Trial::evaluate(0, h, 0)).ok().map(|answer| answer.values[0]);
        let mut random = Stream::new(0, "laws of objectives: known", 0);
        let all = space.size_up_to(20_000).is_some();
        let values: Vec<f64> = match all {
            true => space.enumerate().filter_map(&mut value).collect(),
            false => (0..2000).filter_map(|_| value(space.sample(&mut random))).collect(),
        };
        let best = values.iter().copied().reduce(better).ok_or("it answers nothing")?;
        let mut moments = Moments::default();
        values.iter().for_each(|value| moments.push(*value));
        if let Some(optimum) = known.optimum {
            close(&format!("{space:?}: the optimum"), optimum, if all { best } else { better(best, optimum) }, 1e-12)?;
        }
        if let Some(mean) = known.mean {
            let tolerance = if all { 1e-10 } else { 4.0 * moments.standard_error() };
            let words = format!("{space:?}: the mean is {mean}, of those asked {}", moments.mean());
            ensure!((mean - moments.mean()).abs() <= tolerance, "{words}");
        }
    }
    Ok(())
}

/// A point outside the space, or of a kind that the objective does not answer, is a failure and no panic.
///
/// # Errors
/// If it is answered, or the objective panics.
pub fn points_outside_are_failures(spec: &ObjectiveSpec) -> Verdict {
    for (space, mut objective) in opened(spec)? {
        let length = space.length();
        let beyond: Vec<u8> = (0..length).map(|l| space.choices(l) as u8).collect();
        let wrong = [vec![], vec![0; length - 1], vec![0; length + 1], beyond, vec![255; length]];
        let mut points: Vec<Point> = wrong.into_iter().map(|h| Point::Hard(Architecture::new(h))).collect();
        points.extend([vec![], vec![vec![1.0]; length + 1], vec![vec![]; length]].map(|p| Point::Soft(Mixture(p))));
        if !objective.answers().soft {
            points.push(Point::Soft(uniform(&space)));
        }
        for point in points {
            let trial = Trial { point, ..Trial::evaluate(0, Architecture::new([]), 0) };
            match answer(objective.as_mut(), &trial) {
                Err(failure) if failure.kind != FailureKind::Panicked => {}
                other => return Err(format!("{space:?}: {:?} gives {other:?}", trial.point)),
            }
        }
    }
    Ok(())
}

fn uniform(space: &Space) -> Mixture {
    Mixture((0..space.length()).map(|l| vec![1.0 / space.choices(l) as f64; space.choices(l)]).collect())
}

/// The value and the slopes at a mixture.
fn soft(objective: &mut dyn Objective, p: Mixture) -> Result<(f64, Vec<Vec<f64>>), String> {
    let trial = Trial { point: Point::Soft(p), ..Trial::evaluate(0, Architecture::new([]), 0) };
    let answer = answer(objective, &trial).map_err(|failure| failure.to_string())?;
    let slopes = answer.gradient.ok_or("a soft answer without a gradient")?;
    Ok((answer.values[0], slopes.0))
}

/// Who answers mixtures: at a corner the value of the architecture there, and slopes that are central differences.
///
/// # Errors
/// If a corner differs by more than 10⁻¹² or a slope by more than 10⁻⁷ at a step of 10⁻⁵.
pub fn mixtures_extend_architectures(spec: &ObjectiveSpec) -> Verdict {
    for (space, mut objective) in opened(spec)? {
        if !objective.answers().soft {
            continue;
        }
        let mut random = Stream::new(0, "laws of objectives: soft", 0);
        for id in 0..50 {
            let h = space.sample(&mut random);
            let row = |(l, k): (usize, &u8)| (0..space.choices(l)).map(|j| f64::from(j == usize::from(*k))).collect();
            let corner = Mixture(h.choices().iter().enumerate().map(row).collect());
            let hard =
                answer(objective.as_mut(), &Trial::evaluate(id, h, id)).map_err(|failure| failure.to_string())?;
            close("a corner", soft(objective.as_mut(), corner)?.0, hard.values[0], 1e-12)?;
        }
        let mut inside = uniform(&space);
        inside.0.iter_mut().flatten().for_each(|p| *p *= 0.5 + random.unit());
        let (_, slopes) = soft(objective.as_mut(), inside.clone())?;
        ensure!(
            slopes.iter().map(Vec::len).eq(inside.0.iter().map(Vec::len)),
            "slopes of another shape than the mixture"
        );
        for (l, row) in slopes.iter().enumerate() {
            for (k, slope) in row.iter().enumerate() {
                let mut at = |step: f64| {
                    let mut moved = inside.clone();
                    moved.0[l][k] += step;
                    soft(objective.as_mut(), moved).map(|(value, _)| value)
                };
                close(&format!("slope {l}, {k}"), *slope, (at(1e-5)? - at(-1e-5)?) / 2e-5, 1e-7)?;
            }
        }
    }
    Ok(())
}

/// A specification survives JSON, and its name alone is the default.
///
/// # Errors
/// If not.
pub fn specifications_round_trip(spec: &ObjectiveSpec) -> Verdict {
    let json = serde_json::to_string(spec).map_err(|error| error.to_string())?;
    let back: ObjectiveSpec = serde_json::from_str(&json).map_err(|error| format!("{error} in {json}"))?;
    ensure!(back == *spec, "it comes back as {back:?}");
    let bare = serde_json::from_value::<ObjectiveSpec>(serde_json::json!({"name": spec.name()}));
    ensure!(bare.as_ref().is_ok_and(|bare| bare == spec), "its name alone gives {bare:?}");
    Ok(())
}
