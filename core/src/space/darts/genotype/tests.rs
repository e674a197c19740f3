//! Genotypes that were published, that are laid out in other ways, and that are none.

use super::*;
use crate::random::Stream;
use crate::space::Space;

/// The two genotypes that the authors found, by first and by second order (quark0/darts, cnn/genotypes.py).
const DARTS_V1: &str = "Genotype(normal=[('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 0), \
    ('sep_conv_3x3', 1), ('skip_connect', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 2)], \
    normal_concat=[2, 3, 4, 5], reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), \
    ('max_pool_3x3', 0), ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('avg_pool_3x3', 0)], \
    reduce_concat=[2, 3, 4, 5])";
const DARTS_V2: &str = "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), \
    ('sep_conv_3x3', 1), ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], \
    normal_concat=[2, 3, 4, 5], reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), \
    ('max_pool_3x3', 1), ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], \
    reduce_concat=[2, 3, 4, 5])";

fn darts() -> Space {
    Space::named("darts").unwrap()
}

#[test]
fn the_published_genotypes_are_read() {
    // Pairs 0+1, 0+2, 1+2 are 0, 1, 2; of the operations max is 0, avg 1, skip 2, sep 3×3 3, dil 3×3 5.
    let v1 = [0, 3, 3, 0, 2, 3, 0, 2, 3, 1, 3, 2, /* reduce */ 0, 0, 0, 1, 0, 2, 1, 0, 2, 1, 1, 2];
    let v2 = [0, 3, 3, 0, 3, 3, 0, 2, 3, 1, 2, 5, /* reduce */ 0, 0, 0, 2, 0, 2, 1, 0, 2, 2, 0, 2];
    for (text, choices) in [(DARTS_V1, v1), (DARTS_V2, v2)] {
        let h = darts().parse(text).unwrap();
        assert_eq!(h.choices(), choices, "{text}");
        assert_eq!(darts().parse(&darts().format(&h)).unwrap(), h);
    }
}

#[test]
fn one_text_is_written() {
    let h = darts().parse(DARTS_V2).unwrap();
    assert_eq!(
        darts().format(&h),
        "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), \
         ('skip_connect', 0), ('sep_conv_3x3', 1), ('skip_connect', 0), ('dil_conv_3x3', 2)], \
         normal_concat=range(2, 6), reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('max_pool_3x3', 1), \
         ('skip_connect', 2), ('max_pool_3x3', 0), ('skip_connect', 2), ('max_pool_3x3', 1), ('skip_connect', 2)], \
         reduce_concat=range(2, 6))"
    );
}

/// The genotype with random white space, quotes, commas, ranges, order of fields and of edges.
fn laid_out(h: &Architecture, random: &mut Stream) -> String {
    let mut fields = Vec::new();
    for (name, edges) in CELLS.iter().zip(cells(h)) {
        let mut edges = edges;
        for pair in edges.chunks_exact_mut(2) {
            pair.rotate_left(random.below(2));
        }
        let mut edge = |edge: &crate::space::darts::Edge| {
            let quote = ['\'', '"'][random.below(2)];
            let comma = ["", ","][random.below(2)];
            format!("( {quote}{}{quote} , {} {comma} )", OPERATIONS[edge.operation], edge.from)
        };
        let edges: Vec<String> = edges.iter().map(&mut edge).collect();
        fields.push(format!("{name} = [ {} {} ]", edges.join(" , "), ["", ","][random.below(2)]));
        let concat = ["range ( 2 , 6 )", "[ 2 , 3 , 4 , 5 ]", "[ 2 , 3 , 4 , 5 , ]"][random.below(3)];
        fields.push(format!("{name}_concat = {concat}"));
    }
    for place in 1..fields.len() {
        fields.swap(place, random.below(place + 1));
    }
    let text = format!(" Genotype ( {} {} ) ", fields.join(" , "), ["", ","][random.below(2)]);
    text.split(' ').map(|token| format!("{token}{}", ["", " ", "\n  ", "\t", "\r\n"][random.below(5)])).collect()
}

#[test]
fn every_layout_means_the_same() {
    let mut random = Stream::new(0, "tests of genotypes", 0);
    for _ in 0..2000 {
        let h = darts().sample(&mut random);
        let text = laid_out(&h, &mut random);
        assert_eq!(darts().parse(&text), Ok(h), "{text}");
    }
}

/// Asserts that replacing `old` by `new` in DARTS_V2 is refused at the first character of `at`, or where `new` stands.
#[track_caller]
fn refused(old: &str, new: &str, at: &str, reason: &str) {
    let place = DARTS_V2.find(old).unwrap();
    let text = DARTS_V2.replacen(old, new, 1);
    let error = darts().parse(&text).unwrap_err();
    assert!(error.reason.contains(reason), "{error}");
    let column = text[place..].find(at).map(|offset| text[..place + offset].chars().count() + 1);
    assert_eq!(Some(error.column), column, "{text}: {error}");
}

#[test]
fn nothing_is_ever_evaluated() {
    let error = darts().parse("__import__('os').system('true')").unwrap_err();
    assert_eq!(error.column, 1);
    assert!(error.reason.starts_with("expected `Genotype(`, found `__import__('`"), "{error}");
    refused("[('sep_conv_3x3', 0)", "[__import__('os')", "__import__", "expected `(`");
    refused("('sep_conv_3x3'", "(__import__('os')", "__import__", "expected an operation in quotes");
    refused("[2, 3, 4, 5]", "__import__('os')", "__import__", "normal_concat must be range(2, 6) or [2, 3, 4, 5]");
    refused("[2, 3, 4, 5]", "range(2, 2 + 4)", "range", "normal_concat must be range(2, 6)");
    refused(", 0)", ", len('x'))", "len", "expected the number of a node");
    refused("normal=", "normal=list(", "list", "expected `[`");
}

#[test]
fn what_is_no_cell_of_this_space_is_refused_with_the_reason() {
    refused("'sep_conv_3x3'", "'none'", "'none'", "a genotype has no edge `none`");
    refused("'sep_conv_3x3'", "'sep_conv_7x7'", "'sep", "unknown operation `sep_conv_7x7`; there are max_pool_3x3, ");
    refused("('sep_conv_3x3', 1)", "('skip_connect', 0)", "0", "node 2 takes node 0 twice");
    refused("('sep_conv_3x3', 1)", "('skip_connect', 2)", "2)", "node 2 can take the nodes before it, 0 to 1");
    refused("('dil_conv_3x3', 2)", "('dil_conv_3x3', 99999999999999999999999)", "999", "node 5 can take");
    refused("[2, 3, 4, 5]", "[3, 4, 5]", "[3", "normal_concat must be range(2, 6) or [2, 3, 4, 5]");
    refused("[2, 3, 4, 5]", "[2, 3, 4, 5, 6]", "[2", "all four intermediate nodes");
    refused("[2, 3, 4, 5]", "range(2, 7)", "range", "all four intermediate nodes");
    refused(", ('dil_conv_3x3', 2)]", "]", "]", "normal has 7 edges and needs 8");
    refused(
        "('dil_conv_3x3', 2)]",
        "('dil_conv_3x3', 2), ('skip_connect', 1)]",
        "('skip",
        "normal has more than 8 edges",
    );
}

#[test]
fn fields_stand_once_each() {
    refused("reduce=", "normal=", "normal=", "the field normal stands twice");
    refused("reduce_concat", "normal_concat", "normal_concat", "the field normal_concat stands twice");
    refused("normal=", "usual=", "usual", "expected a field: normal, normal_concat, reduce or reduce_concat");
    refused(", reduce_concat=[2, 3, 4, 5])", ")", ")", "the field reduce_concat is missing");
    let cut = &DARTS_V2[..DARTS_V2.len() - 1];
    let error = darts().parse(cut).unwrap_err();
    assert_eq!(
        (error.column, error.reason.starts_with("expected `)`, found the end")),
        (cut.len() + 1, true),
        "{error}"
    );
}
