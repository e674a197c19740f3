//! A policy as a picture: the probability of each choice at each position, now and over the trials of a search.

mod bars;
mod heat_map;
mod lines;
mod over_time;

use crate::figure::operation;
use crate::space::Space;

/// The marginals `[L][K_l]` as a heat map: a row a position, a column a choice. Says how many it leaves out.
pub fn svg(space: &Space, marginals: &[Vec<f64>]) -> String {
    heat_map::svg(space, marginals)
}

/// The marginals `[L][K_l]` from near: a panel a position, a bar a choice. `width` is 320 to 1200 pixels, 720 where it is none. Says how
/// many it leaves out.
pub fn bars(space: &Space, marginals: &[Vec<f64>], width: f64) -> String {
    bars::svg(space, marginals, width)
}

/// The marginals `[L][K_l]` as lines for a terminal, at most 80 columns wide. Says how many it leaves out.
pub fn text(space: &Space, marginals: &[Vec<f64>]) -> String {
    lines::text(space, marginals)
}

/// How the marginals changed: a panel a position, a line a choice, over `(trial, marginals)` in ascending order.
pub fn over_time(space: &Space, snapshots: &[(u64, Vec<Vec<f64>>)]) -> String {
    over_time::svg(space, snapshots)
}

/// The name of a choice where there is little room: operations of cells have short ones.
fn name(space: &Space, position: usize, choice: usize) -> &str {
    operation::at(space, position, choice)
        .map_or(space.positions()[position].choices[choice].as_str(), |operation| operation.label)
}

/// Whether all positions have the same choices, so that one heading serves all.
fn share_choices(space: &Space) -> bool {
    space.positions().iter().all(|position| position.choices == space.positions()[0].choices)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::golden::{assert_golden, assert_well_formed, hostile_space};
    use crate::figure::label::columns;
    use crate::space::SpaceSpec;

    /// Probabilities that grow towards the last choice with the position.
    fn slanted(space: &Space, strength: f64) -> Vec<Vec<f64>> {
        let row = |l: usize| {
            let weights: Vec<f64> =
                (0..space.choices(l)).map(|k| 1.0 + strength * (l + 1) as f64 * ((k * 7 + l) % 5) as f64).collect();
            let sum: f64 = weights.iter().sum();
            weights.iter().map(|weight| weight / sum).collect()
        };
        (0..space.length()).map(row).collect()
    }

    fn snapshots(space: &Space) -> Vec<(u64, Vec<Vec<f64>>)> {
        (0..40).map(|t| (t * 25, slanted(space, (t as f64 - 5.0).max(0.0) * 0.05))).collect()
    }

    #[test]
    fn pictures_are_those_that_were_looked_at() {
        let cell = Space::named("nas-bench-201").unwrap();
        let genotype = Space::named("darts").unwrap();
        let ragged = Space::new(SpaceSpec::Custom(Default::default())).unwrap();
        let wide = Space::named("sequence:44x80").unwrap();
        for (name, space) in [("cell", cell), ("genotype", genotype), ("ragged", ragged), ("wide", wide)] {
            let marginals = slanted(&space, 1.0);
            assert_golden(&format!("policy-{name}.txt"), &text(&space, &marginals));
            if name != "wide" {
                assert_golden(&format!("policy-{name}.svg"), &svg(&space, &marginals));
                assert_golden(&format!("policy-{name}-bars.svg"), &bars(&space, &marginals, 340.0));
                assert_golden(&format!("policy-{name}-over-time.svg"), &over_time(&space, &snapshots(&space)));
            }
        }
    }

    #[test]
    fn hostile_names_long_spaces_and_odd_numbers_stay_sane() {
        let spaces =
            [hostile_space(), Space::named("sequence:390x256").unwrap(), Space::named("sequence:1x1").unwrap()];
        for space in spaces {
            for strength in [0.5, f64::NAN] {
                let marginals = slanted(&space, strength);
                let history = vec![(u64::MAX, marginals.clone()); 3];
                let pictures = [
                    svg(&space, &marginals),
                    bars(&space, &marginals, 320.0),
                    over_time(&space, &history),
                    over_time(&space, &[]),
                ];
                for picture in pictures {
                    assert_well_formed(&picture);
                    assert!(picture.len() < 500_000, "{}", picture.len());
                }
                let lines = text(&space, &marginals);
                assert!(lines.lines().all(|line| columns(line) <= 80), "{lines}");
                assert!(lines.lines().count() <= 70);
            }
        }
    }
}
