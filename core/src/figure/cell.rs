//! One architecture as a picture: cells as the graphs that they are, anything else as its positions in a row.

mod circuit;
mod nas_bench_201;
mod positions;

use crate::space::{Architecture, Space, SpaceSpec};

/// The architecture as SVG, the same drawing from 120 pixels to full width.
///
/// # Panics
/// If the space lacks `architecture`.
#[track_caller]
pub fn svg(space: &Space, architecture: &Architecture) -> String {
    check(space, architecture);
    match space.spec() {
        SpaceSpec::NasBench201(_) => nas_bench_201::svg(architecture),
        SpaceSpec::Darts(_) => circuit::svg(&circuit::of_genotype(architecture)),
        SpaceSpec::DenseCell(_) => circuit::svg(&circuit::of_dense_cell(architecture)),
        SpaceSpec::Sequence(_) | SpaceSpec::Custom(_) | SpaceSpec::Layers(_) | SpaceSpec::Characters(_) => {
            positions::svg(space, architecture)
        }
    }
}

/// The architecture as lines for a terminal, at most 80 columns wide.
///
/// # Panics
/// If the space lacks `architecture`.
#[track_caller]
pub fn text(space: &Space, architecture: &Architecture) -> String {
    check(space, architecture);
    match space.spec() {
        SpaceSpec::NasBench201(_) => nas_bench_201::text(architecture),
        SpaceSpec::Darts(_) => circuit::text(&circuit::of_genotype(architecture)),
        SpaceSpec::DenseCell(_) => circuit::text(&circuit::of_dense_cell(architecture)),
        SpaceSpec::Sequence(_) | SpaceSpec::Custom(_) | SpaceSpec::Layers(_) | SpaceSpec::Characters(_) => {
            positions::text(space, architecture)
        }
    }
}

/// The architecture as a Graphviz graph.
///
/// # Panics
/// If the space lacks `architecture`.
#[track_caller]
pub fn dot(space: &Space, architecture: &Architecture) -> String {
    check(space, architecture);
    match space.spec() {
        SpaceSpec::NasBench201(_) => nas_bench_201::dot(architecture),
        SpaceSpec::Darts(_) => circuit::dot(&circuit::of_genotype(architecture)),
        SpaceSpec::DenseCell(_) => circuit::dot(&circuit::of_dense_cell(architecture)),
        SpaceSpec::Sequence(_) | SpaceSpec::Custom(_) | SpaceSpec::Layers(_) | SpaceSpec::Characters(_) => {
            positions::dot(space, architecture)
        }
    }
}

#[track_caller]
fn check(space: &Space, architecture: &Architecture) {
    assert!(space.contains(architecture), "{architecture:?} is not of this space");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::golden::{assert_golden, assert_well_formed, hostile_space};
    use crate::figure::label::columns;
    use crate::random::Stream;

    /// The cells that DARTS found by its second order (quark0/darts, cnn/genotypes.py).
    const DARTS_V2: &str = "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), \
        ('sep_conv_3x3', 1), ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], \
        normal_concat=range(2, 6), reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), \
        ('max_pool_3x3', 1), ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], \
        reduce_concat=range(2, 6))";

    #[test]
    fn pictures_are_those_that_were_looked_at() {
        let cell = Space::named("nas-bench-201").unwrap();
        let text_form = "|nor_conv_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|";
        let genotype = Space::named("darts").unwrap();
        let dense = Space::named("dense-20x7").unwrap();
        let every = Architecture::new((0..20).map(|edge| edge * 3 % 7).collect::<Vec<u8>>());
        let row = Space::new(SpaceSpec::Layers(Default::default())).unwrap();
        let cases = [
            ("genotype", genotype.clone(), genotype.parse(DARTS_V2).unwrap()),
            ("dense-cell", dense, every),
            ("layers", row, Architecture::new([1, 2, 1, 0, 1, 0])),
            ("cell", cell.clone(), cell.parse(text_form).unwrap()),
            ("positions", Space::new(SpaceSpec::Custom(Default::default())).unwrap(), Architecture::new([1, 0, 1])),
        ];
        for (name, space, architecture) in cases {
            assert_golden(&format!("{name}.svg"), &svg(&space, &architecture));
            assert_golden(&format!("{name}.txt"), &text(&space, &architecture));
            assert_golden(&format!("{name}.dot"), &dot(&space, &architecture));
        }
    }

    #[test]
    fn every_cell_is_well_formed_and_narrow() {
        for name in ["nas-bench-201", "darts", "dense-20x7"] {
            let space = Space::named(name).unwrap();
            let mut random = Stream::new(0, "tests of figures", 0);
            for architecture in (0..100).map(|_| space.sample(&mut random)) {
                assert_well_formed(&svg(&space, &architecture));
                assert!(text(&space, &architecture).lines().all(|line| columns(line) <= 80));
            }
        }
    }

    #[test]
    fn hostile_names_and_long_spaces_stay_sane() {
        let long = Space::named("sequence:390x256").unwrap();
        for space in [hostile_space(), long] {
            let architecture = Architecture::new(vec![0; space.length()]);
            let picture = svg(&space, &architecture);
            assert_well_formed(&picture);
            assert!(picture.len() < 100_000, "{}", picture.len());
            let lines = text(&space, &architecture);
            assert!(lines.lines().all(|line| columns(line) <= 80), "{lines}");
            // A quote or backslash of a name must not end the string that it stands in.
            let graph = dot(&space, &architecture).replace("\\\\", "").replace("\\\"", "");
            assert!(graph.lines().all(|line| line.matches('"').count() % 2 == 0), "{graph}");
        }
    }

    #[test]
    #[should_panic(expected = "is not of this space")]
    fn an_architecture_of_another_space_is_a_bug() {
        svg(&Space::named("nas-bench-201").unwrap(), &Architecture::new([9]));
    }
}
