//! One position's choices as the corners of a figure: its probabilities, what an estimator asked for, and where gradients lead.
//!
//! K choices span a simplex of K − 1 dimensions. It is drawn flat, as a regular polygon whose point `Σ_k p_k v_k` stands for p;
//! with two or three choices nothing is lost by that, with more the inner points of several mixtures coincide.

use serde::Deserialize;

use super::label;
use super::svg::{Svg, WIDTHS, command, within};
use super::theme;
use crate::numeric;

/// Height and middle of a polygon, and of the line between two choices.
const POLYGON: (f64, f64) = (280.0, 148.0);
const LINE: (f64, f64) = (130.0, 76.0);
const RADIUS: f64 = 100.0;
/// The length of the arrow of the exact gradient, and the most of any other, in radii.
const ARROW: (f64, f64) = (0.45, 1.1);
/// The most points and single gradients that are drawn; the last of those that are given.
const MOST: (usize, usize) = (300, 24);

/// A position, and what came of some draws there. All rows have a number for each choice.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simplex {
    /// The names of the choices.
    pub choices: Vec<String>,
    /// The probabilities of the policy.
    pub policy: Vec<f64>,
    /// How often each choice was drawn, as a corner.
    pub hard: Vec<u32>,
    /// The mixtures that were asked for.
    pub soft: Vec<Vec<f64>>,
    /// The exact gradient in the logits.
    pub exact: Vec<f64>,
    /// The mean of the draws.
    #[serde(default)]
    pub mean: Option<Vec<f64>>,
    /// Single draws.
    pub draws: Vec<Vec<f64>>,
    /// The number of the picture's series colours, which tells whose draws they are.
    #[serde(default)]
    pub series: usize,
}

/// The simplex; `width` 320 to 1200 pixels, 400 where it is none.
///
/// An arrow says where a small step against a gradient in the logits moves the policy: dp_k = −p_k (g_k − Σ_j p_j g_j). All are
/// drawn in one scale, in which that of the exact gradient has a fixed length; longer ones are cut.
pub fn svg(simplex: &Simplex, width: f64) -> String {
    let width = within(width, WIDTHS, 400.0);
    let series = simplex.series % theme::SERIES;
    let description = "Corners are choices, discs at them how often each was drawn, dots the mixtures asked for, the ring the \
                       policy. A dark arrow is a step against the exact gradient, a coloured one against the mean of the \
                       draws, thin ones against single draws.";
    let style = theme::series()
        + &theme::exact()
        + ".bl-thin{stroke-width:1;stroke-opacity:.35;fill:none}.bl-mixture{fill-opacity:.45}";
    let (height, middle) = if simplex.choices.len() == 2 { LINE } else { POLYGON };
    let mut svg = Svg::new(width, height, "The simplex of one position", description, &style);
    let corners = corners(simplex.choices.len(), (width / 2.0, middle));
    outline(&mut svg, &corners);
    let sum = f64::from(simplex.hard.iter().copied().fold(0_u32, u32::saturating_add).max(1));
    for (corner, count) in corners.iter().zip(&simplex.hard) {
        if *count > 0 {
            svg.circle(&format!("bl-band{series}"), corner.0, corner.1, 4.0 + 26.0 * (f64::from(*count) / sum).sqrt());
        }
    }
    for mixture in last(&simplex.soft, MOST.0) {
        let (x, y) = at(&corners, mixture);
        svg.circle(&format!("bl-name{series} bl-mixture"), x, y, 2.0);
    }
    let from = at(&corners, &simplex.policy);
    let moves = |gradient: &Vec<f64>| direction(&corners, &simplex.policy, gradient);
    let exact = moves(&simplex.exact);
    let scale = match length(exact) {
        0.0 => 0.0,
        length => ARROW.0 * RADIUS / length,
    };
    let to = |gradient: &Vec<f64>| {
        let (x, y) = moves(gradient);
        let cut = (ARROW.1 * RADIUS / (scale * length((x, y))).max(1e-300)).min(1.0) * scale;
        (from.0 + cut * x, from.1 + cut * y)
    };
    for gradient in last(&simplex.draws, MOST.1) {
        svg.line(&format!("bl-series{series} bl-thin"), from, to(gradient));
    }
    if let Some(mean) = &simplex.mean {
        arrow(&mut svg, &format!("bl-series{series}"), &format!("bl-name{series}"), from, to(mean));
    }
    arrow(&mut svg, "bl-exact", "bl-ink", from, to(&simplex.exact));
    svg.circle("bl-paper", from.0, from.1, 4.5);
    svg.circle("bl-exact", from.0, from.1, 4.5);
    names(&mut svg, &corners, &simplex.choices, (width, middle));
    svg.finish()
}

/// The last `most` of some.
fn last<T>(all: &[T], most: usize) -> &[T] {
    &all[all.len().saturating_sub(most)..]
}

/// The corners of a regular polygon, the first above; two choices lie side by side.
fn corners(count: usize, (x, y): (f64, f64)) -> Vec<(f64, f64)> {
    let turn = if count == 2 { 0.75 } else { 0.0 };
    let corner = |k: usize| {
        let angle = 2.0 * std::f64::consts::PI * (k as f64 / count as f64 + turn);
        let sine = numeric::cos(angle - std::f64::consts::FRAC_PI_2);
        (x + RADIUS * sine, y - RADIUS * numeric::cos(angle))
    };
    (0..count).map(corner).collect()
}

fn outline(svg: &mut Svg, corners: &[(f64, f64)]) {
    let mut path = String::new();
    for (k, (x, y)) in corners.iter().enumerate() {
        command(&mut path, if k == 0 { 'M' } else { 'L' }, &[*x, *y]);
    }
    path.push('Z');
    svg.path("bl-plate", &path);
}

/// `Σ_k row_k v_k`; numbers that are none count as 0.
fn at(corners: &[(f64, f64)], row: &[f64]) -> (f64, f64) {
    let sound = |x: f64| if x.is_finite() { x.clamp(-1e6, 1e6) } else { 0.0 };
    corners.iter().zip(row).fold((0.0, 0.0), |(x, y), (corner, p)| (x + sound(*p) * corner.0, y + sound(*p) * corner.1))
}

/// Where a step against a gradient in the logits moves the policy, on the paper.
fn direction(corners: &[(f64, f64)], policy: &[f64], gradient: &[f64]) -> (f64, f64) {
    let mean: f64 = policy.iter().zip(gradient).map(|(p, g)| p * g).sum();
    let step: Vec<f64> = policy.iter().zip(gradient).map(|(p, g)| -p * (g - mean)).collect();
    at(corners, &step)
}

fn length((x, y): (f64, f64)) -> f64 {
    (x * x + y * y).sqrt()
}

/// A line with a head, of a fixed size; nothing where it has no length.
fn arrow(svg: &mut Svg, line: &str, head: &str, from: (f64, f64), to: (f64, f64)) {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    let long = length((x, y));
    if long < 1.0 {
        return;
    }
    let (x, y) = (x / long, y / long);
    let size = 9.0_f64.min(long);
    let base = (to.0 - size * x, to.1 - size * y);
    svg.line(line, from, base);
    let mut path = String::new();
    command(&mut path, 'M', &[to.0, to.1]);
    command(&mut path, 'L', &[base.0 - 0.5 * size * y, base.1 + 0.5 * size * x]);
    command(&mut path, 'L', &[base.0 + 0.5 * size * y, base.1 - 0.5 * size * x]);
    path.push('Z');
    svg.path(head, &path);
}

/// The names of the choices, outside their corners.
fn names(svg: &mut Svg, corners: &[(f64, f64)], names: &[String], (width, middle): (f64, f64)) {
    for ((x, y), name) in corners.iter().zip(names) {
        if corners.len() == 2 {
            svg.text("bl-ink bl-small bl-middle", *x, y - 40.0, &label::fit(name, 1.8 * RADIUS, 10.5));
            continue;
        }
        let (across, down) = ((x - width / 2.0) / RADIUS, (y - middle) / RADIUS);
        let class = match across {
            aside if aside > 0.3 => "",
            aside if aside < -0.3 => " bl-end",
            _ => " bl-middle",
        };
        let x = x + 14.0 * across;
        let room = match class {
            "" => width - x - 6.0,
            " bl-end" => x - 6.0,
            _ => width - 12.0,
        };
        svg.text(&format!("bl-ink bl-small bl-halo{class}"), x, y + 22.0 * down + 4.0, &label::fit(name, room, 10.5));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::golden::{assert_golden, assert_well_formed};

    fn simplex(choices: usize) -> Simplex {
        let even = vec![1.0 / choices as f64; choices];
        let towards = |k: usize, size: f64| (0..choices).map(|j| if j == k { -size } else { 0.0 }).collect::<Vec<_>>();
        Simplex {
            choices: (0..choices).map(|k| format!("choice {k}")).collect(),
            policy: even,
            hard: (0..choices as u32).map(|k| 3 * k).collect(),
            soft: (0..choices).map(|k| (0..choices).map(|j| if j == k { 1.0 } else { 0.0 }).collect()).collect(),
            exact: towards(0, 1.0),
            mean: Some(towards(1, 0.7)),
            draws: vec![towards(choices - 1, 9.0)],
            series: 1,
        }
    }

    #[test]
    fn pictures_are_those_that_were_looked_at() {
        let mut five = simplex(5);
        five.soft = vec![vec![0.1, 0.6, 0.1, 0.1, 0.1], vec![0.3, 0.1, 0.1, 0.2, 0.3]];
        assert_golden("simplex.svg", &svg(&five, 400.0));
        assert_golden("simplex-two.svg", &svg(&simplex(2), 340.0));
    }

    #[test]
    fn an_arrow_leads_where_the_loss_falls_and_keeps_the_sum() {
        let corners = corners(3, (0.0, 0.0));
        // The loss falls as the first logit grows: towards the first corner, straight up.
        let (x, y) = direction(&corners, &[1.0 / 3.0; 3], &[-1.0, 0.0, 0.0]);
        assert!(x.abs() < 1e-9 && y < -1.0, "{x} {y}");
        // A gradient that is the same for all logits moves nothing.
        assert!(length(direction(&corners, &[0.2, 0.3, 0.5], &[4.0; 3])) < 1e-9);
    }

    #[test]
    fn odd_numbers_stay_sane() {
        let wild = vec![f64::NAN, 1e308, f64::INFINITY];
        let odd = Simplex {
            choices: vec!["<a>&".repeat(50), String::new(), "]]>".into()],
            policy: wild.clone(),
            hard: vec![u32::MAX; 3],
            soft: vec![wild.clone(), vec![]],
            exact: wild.clone(),
            mean: Some(wild.clone()),
            draws: vec![wild, vec![0.0; 9]],
            series: 77,
        };
        let none = Simplex { choices: vec![], ..odd.clone() };
        for simplex in [odd, none, simplex(1), simplex(30)] {
            for width in [400.0, f64::NAN, -5.0] {
                assert_well_formed(&svg(&simplex, width));
            }
        }
    }
}
