//! What every objective that looks up keeps: finite answers that depend on the question alone, and slopes that are right.

use strum::IntoEnumIterator;

use super::{Verdict, close, ensure};
use crate::numeric::Moments;
use crate::objective::{
    Direction, FailureKind, Mixture, Objective, ObjectiveSpec, Point, Relaxation, Trial, answer, chain, multilinear,
};
use crate::random::Stream;
use crate::space::{Architecture, Custom, Space, SpaceSpec};

/// Every objective that looks up, by its default; a function is whatever its author makes it.
pub fn subjects() -> Vec<ObjectiveSpec> {
    ObjectiveSpec::iter().filter(ObjectiveSpec::looks_up).collect()
}

/// A chain whose extension to mixtures is not the multilinear one.
pub fn bent() -> ObjectiveSpec {
    ObjectiveSpec::Chain(chain::Options { bend: 0.7, ..chain::Options::default() })
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
        points.extend(
            [0, space.choices_in_all() - 1, space.choices_in_all() + 1].map(|n| Point::Soft(Mixture(vec![1.0; n]))),
        );
        if objective.answers().soft.is_none() {
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
    Mixture((0..space.length()).flat_map(|l| vec![1.0 / space.choices(l) as f64; space.choices(l)]).collect())
}

/// The value and the slopes at a mixture.
fn soft(objective: &mut dyn Objective, p: Mixture) -> Result<(f64, Vec<f64>), String> {
    let trial = Trial { point: Point::Soft(p), ..Trial::evaluate(0, Architecture::new([]), 0) };
    let answer = answer(objective, &trial).map_err(|failure| failure.to_string())?;
    let slopes = answer.gradient.ok_or("a soft answer without a gradient")?;
    Ok((answer.values[0], slopes.0))
}

/// A mixture that is nowhere uniform; its rows do not add up to 1.
fn uneven(space: &Space, random: &mut Stream) -> Mixture {
    let mut inside = uniform(space);
    inside.0.iter_mut().for_each(|p| *p *= 0.5 + random.unit());
    inside
}

/// Who answers mixtures: at a corner the value of the architecture there, and slopes that are central differences.
///
/// # Errors
/// If a corner differs by more than 10⁻¹² or a slope by more than 10⁻⁷ at a step of 10⁻⁵.
pub fn mixtures_extend_architectures(spec: &ObjectiveSpec) -> Verdict {
    for (space, mut objective) in opened(spec)? {
        if objective.answers().soft.is_none() {
            continue;
        }
        let mut random = Stream::new(0, "laws of objectives: soft", 0);
        for id in 0..50 {
            let h = space.sample(&mut random);
            let row = |(l, k): (usize, &u8)| {
                let k = usize::from(*k);
                (0..space.choices(l)).map(move |j| f64::from(u8::from(j == k)))
            };
            let corner = Mixture(h.choices().iter().enumerate().flat_map(row).collect());
            let hard =
                answer(objective.as_mut(), &Trial::evaluate(id, h, id)).map_err(|failure| failure.to_string())?;
            close("a corner", soft(objective.as_mut(), corner)?.0, hard.values[0], 1e-12)?;
        }
        let inside = uneven(&space, &mut random);
        let (_, slopes) = soft(objective.as_mut(), inside.clone())?;
        ensure!(slopes.len() == inside.0.len(), "slopes of another shape than the mixture");
        for (index, slope) in slopes.iter().enumerate() {
            let mut at = |step: f64| {
                let mut moved = inside.clone();
                moved.0[index] += step;
                soft(objective.as_mut(), moved).map(|(value, _)| value)
            };
            close(&format!("slope {index}"), *slope, (at(1e-5)? - at(-1e-5)?) / 2e-5, 1e-7)?;
        }
    }
    Ok(())
}

/// Who knows its expectation under independent positions: it is the multilinear extension of the hard answers, and so are
/// its slopes along the simplex; and who says that its own extension is the multilinear one answers mixtures with just that.
///
/// # Errors
/// If a number differs by more than 10⁻¹⁰.
pub fn expectations_are_those_of_the_enumeration(spec: &ObjectiveSpec) -> Verdict {
    for (space, mut objective) in opened(spec)? {
        if space.size_up_to(20_000).is_none() {
            continue;
        }
        let rows: Vec<_> = (0..space.length()).map(|l| space.offset(l)..space.offset(l + 1)).collect();
        let mut mixture = uneven(&space, &mut Stream::new(0, "laws of objectives: expectation", 0));
        for row in &rows {
            let sum: f64 = mixture.0[row.clone()].iter().sum();
            mixture.0[row.clone()].iter_mut().for_each(|p| *p /= sum);
        }
        let mut value = |h| answer(objective.as_mut(), &Trial::evaluate(0, h, 0)).map(|answer| answer.values[0]);
        let values: Result<Vec<f64>, _> = space.enumerate().map(&mut value).collect();
        let values = values.map_err(|failure| failure.to_string())?;
        let choices: Vec<usize> = (0..space.length()).map(|l| space.choices(l)).collect();
        let (mean, slopes) = multilinear(&choices, &mixture.0, |index| values[index]);
        // Slopes out of the simplex are whatever the formula has there.
        let along = |slopes: &[f64]| -> Vec<f64> {
            let centred = |row: &std::ops::Range<usize>| {
                let mean: f64 = row.clone().map(|i| mixture.0[i] * slopes[i]).sum();
                row.clone().map(|i| slopes[i] - mean).collect::<Vec<_>>()
            };
            rows.iter().flat_map(centred).collect()
        };
        let known = objective.expectation(&mixture).map(|(mean, slopes)| (mean, slopes.0));
        let is_exact = objective.answers().soft == Some(Relaxation::Multilinear);
        let relaxed = is_exact.then(|| soft(objective.as_mut(), mixture.clone())).transpose()?;
        for (got, of_it) in known.into_iter().chain(relaxed) {
            close("E[f]", got, mean, 1e-10)?;
            for (got, want) in along(&of_it).iter().zip(along(&slopes)) {
                close("a slope of E[f]", *got, want, 1e-10)?;
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
