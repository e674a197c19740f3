//! Where a sum of functions of few positions each is least: one position after the other is eliminated.
//!
//! Eliminating a position replaces the functions that look at it by one function of their other positions: the least
//! that it can add. What is left to do is a smaller problem of the same kind. This is dynamic programming without a
//! series to go along, so that it also serves where the positions interact in a ring or at random.
//!
//! # Source
//! Bertelè and Brioschi 1972, nonserial dynamic programming; the order is the greedy one, the least table first.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// The most entries of all tables together, those that are minimised over counted in: about 80 MB, and a fraction of a
/// second.
const MOST_ENTRIES: u64 = 1 << 24;

/// A function of the positions in `scope`, none of them twice.
#[derive(Debug)]
pub(super) struct Factor<'a> {
    /// The positions that it looks at.
    pub(super) scope: Cow<'a, [usize]>,
    /// Its values, `[Π K_l]` over the scope, the last position fastest.
    pub(super) values: Cow<'a, [f64]>,
}

/// The place of the architecture `h` in a table over `scope`; `choices` is `[L]`, the K_l.
pub(super) fn index(scope: &[usize], choices: &[usize], h: &[u8]) -> usize {
    scope.iter().fold(0, |index, l| index * choices[*l] + usize::from(h[*l]))
}

/// An architecture, `[L]`, at which the sum of `factors` is least; `None` if finding it takes too large tables.
/// `choices` is `[L]`, the K_l.
pub(super) fn least(choices: &[usize], factors: Vec<Factor<'_>>) -> Option<Vec<u8>> {
    let steps = order(choices, factors.iter().map(|factor| factor.scope.as_ref()))?;
    // Positions without a choice are in no step: they come last, and stay at 0.
    let mut rank = vec![steps.len(); choices.len()];
    steps.iter().enumerate().for_each(|(step, (position, _))| rank[*position] = step);
    // A factor waits at the first of its positions to go; constants wait for ever.
    let mut waiting: Vec<Vec<Factor<'_>>> = (0..=steps.len()).map(|_| Vec::new()).collect();
    let first = |factor: &Factor<'_>| factor.scope.iter().map(|l| rank[*l]).min().unwrap_or(steps.len());
    for factor in factors {
        waiting[first(&factor)].push(factor);
    }
    let mut best: Vec<Vec<u8>> = Vec::new();
    for (step, (position, others)) in steps.iter().enumerate() {
        let (values, arguments) = eliminate(choices, *position, others, &std::mem::take(&mut waiting[step]));
        let message = Factor { scope: Cow::Borrowed(others.as_slice()), values: values.into() };
        waiting[first(&message)].push(message);
        best.push(arguments);
    }
    let mut h = vec![0; choices.len()];
    for ((position, others), arguments) in steps.iter().zip(&best).rev() {
        h[*position] = arguments[index(others, choices, &h)];
    }
    Some(h)
}

/// The positions with a choice in the order of their elimination, each with those that share a table with it then.
fn order<'a>(choices: &[usize], scopes: impl Iterator<Item = &'a [usize]>) -> Option<Vec<(usize, Vec<usize>)>> {
    let mut neighbours = vec![BTreeSet::new(); choices.len()];
    let connect = |neighbours: &mut Vec<BTreeSet<usize>>, clique: &[usize]| {
        let free = || clique.iter().copied().filter(|l| choices[*l] > 1);
        for l in free() {
            neighbours[l].extend(free().filter(|other| *other != l));
        }
    };
    scopes.for_each(|scope| connect(&mut neighbours, scope));
    let entries = |neighbours: &[BTreeSet<usize>], l: usize| {
        neighbours[l].iter().fold(choices[l] as u64, |entries, other| entries.saturating_mul(choices[*other] as u64))
    };
    let free = (0..choices.len()).filter(|l| choices[*l] > 1);
    let mut queue: BTreeSet<(u64, usize)> = free.map(|l| (entries(&neighbours, l), l)).collect();
    let (mut steps, mut in_all) = (Vec::new(), 0u64);
    while let Some((size, position)) = queue.pop_first() {
        in_all = in_all.checked_add(size).filter(|in_all| *in_all <= MOST_ENTRIES)?;
        let others: Vec<usize> = std::mem::take(&mut neighbours[position]).into_iter().collect();
        others.iter().for_each(|l| {
            queue.remove(&(entries(&neighbours, *l), *l));
        });
        // The sizes in the queue were those with the position still there.
        for l in &others {
            neighbours[*l].remove(&position);
        }
        connect(&mut neighbours, &others);
        queue.extend(others.iter().map(|l| (entries(&neighbours, *l), *l)));
        steps.push((position, others));
    }
    Some(steps)
}

/// For all choices at `others`, `[Π K_l]`: the least sum of `factors` over the choices at `position`, and the first
/// choice that attains it.
fn eliminate(choices: &[usize], position: usize, others: &[usize], factors: &[Factor<'_>]) -> (Vec<f64>, Vec<u8>) {
    // How far one more at a position goes in the table of a factor.
    let stride = |factor: &Factor<'_>, wanted: usize| {
        let place = factor.scope.iter().position(|l| *l == wanted);
        place.map_or(0, |place| factor.scope[place + 1..].iter().map(|l| choices[*l]).product())
    };
    let own: Vec<usize> = factors.iter().map(|factor| stride(factor, position)).collect();
    let strides: Vec<Vec<usize>> =
        others.iter().map(|l| factors.iter().map(|factor| stride(factor, *l)).collect()).collect();
    let rows: usize = others.iter().map(|l| choices[*l]).product();
    let (mut values, mut arguments) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let mut at = vec![0; factors.len()];
    let mut digits = vec![0; others.len()];
    for _ in 0..rows {
        let (mut least, mut argument) = (f64::INFINITY, 0);
        for k in 0..choices[position] {
            let terms = factors.iter().zip(at.iter().zip(&own));
            let sum: f64 = terms.map(|(factor, (at, own))| factor.values[at + k * own]).sum();
            if sum < least {
                (least, argument) = (sum, k as u8);
            }
        }
        values.push(least);
        arguments.push(argument);
        for (digit, (l, strides)) in digits.iter_mut().zip(others.iter().zip(&strides)).rev() {
            *digit += 1;
            at.iter_mut().zip(strides).for_each(|(at, stride)| *at += stride);
            if *digit < choices[*l] {
                break;
            }
            *digit = 0;
            at.iter_mut().zip(strides).for_each(|(at, stride)| *at -= stride * choices[*l]);
        }
    }
    (values, arguments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;
    use crate::space::{Position, Space, SpaceSpec};

    fn factors<'a>(scopes: &[&'a [usize]], choices: &[usize], random: &mut Stream) -> Vec<Factor<'a>> {
        let mut factor = |scope: &'a [usize]| {
            let size: usize = scope.iter().map(|l| choices[*l]).product();
            let values: Vec<f64> = (0..size).map(|_| random.unit()).collect();
            Factor { scope: scope.into(), values: values.into() }
        };
        scopes.iter().map(|scope| factor(scope)).collect()
    }

    #[test]
    fn the_least_is_that_of_enumeration() {
        let choices = [3, 1, 2, 4, 1, 3];
        let position = |(l, k): (usize, &usize)| Position {
            name: l.to_string(),
            choices: (0..*k).map(|k| k.to_string()).collect(),
        };
        let positions = choices.iter().enumerate().map(position).collect();
        let space = Space::new(SpaceSpec::Custom(crate::space::Custom { positions })).unwrap();
        let mut random = Stream::new(1, "elimination", 0);
        let scopes: [&[&[usize]]; 4] = [
            &[&[0, 1], &[2, 3], &[5, 0], &[3, 4, 5]],
            &[&[5, 0, 2], &[3], &[0, 3, 5, 1], &[2, 5], &[4], &[]],
            &[&[3, 2, 1, 0], &[0]],
            &[&[1, 4]],
        ];
        for scopes in scopes {
            let sum = |factors: &[Factor<'_>], h: &[u8]| -> f64 {
                factors.iter().map(|factor| factor.values[index(&factor.scope, &choices, h)]).sum()
            };
            let seed = random.below(1000) as u64;
            let made = || factors(scopes, &choices, &mut Stream::new(seed, "factors", 0));
            let wanted = space.enumerate().map(|h| sum(&made(), h.choices())).fold(f64::INFINITY, f64::min);
            let found = least(&choices, made()).unwrap();
            assert!((sum(&made(), &found) - wanted).abs() < 1e-12, "{scopes:?}");
        }
    }

    #[test]
    fn tables_that_are_too_large_are_not_made() {
        let choices = [2; 60];
        let all: Vec<usize> = (0..60).collect();
        // Every pair interacts, so that the first to go shares a table with all others.
        let pairs: Vec<[usize; 2]> = all.iter().flat_map(|l| (0..*l).map(|other| [other, *l])).collect();
        let scopes: Vec<&[usize]> = pairs.iter().map(|pair| pair.as_slice()).collect();
        let factors = factors(&scopes, &choices, &mut Stream::new(1, "elimination", 1));
        assert_eq!(least(&choices, factors), None);
    }
}
