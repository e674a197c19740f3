//! Numbers of several lines as the tables say them.

use bilevel::numeric;
use bilevel_bench::interval;

use crate::row::Row;

/// Where there is none.
const NONE: &str = "–";

/// The values that are there.
pub(crate) fn values(rows: &[&Row], name: &str) -> Vec<f64> {
    rows.iter().filter_map(|row| row.get(name)).collect()
}

pub(crate) fn mean_of(rows: &[&Row], name: &str) -> Option<f64> {
    let values = values(rows, name);
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

pub(crate) fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| NONE.into(), |value| signed(&format!("{value:.decimals$}")))
}

/// With a minus that is as wide as a plus, and none before what is rounded to nothing.
fn signed(text: &str) -> String {
    let nothing = text.chars().all(|c| "-0.".contains(c));
    if nothing { text.replace('-', "") } else { text.replace('-', "−") }
}

/// Mean and half the width of the 95 % interval, in %: `93.1 ± 0.8`.
pub(crate) fn accuracy(rows: &[&Row], name: &str) -> String {
    plus_minus(&values(rows, name), 1)
}

/// The same of a loss in nats.
pub(crate) fn loss(rows: &[&Row], name: &str) -> String {
    plus_minus(&values(rows, name), 2)
}

fn plus_minus(values: &[f64], decimals: usize) -> String {
    match values {
        [] => NONE.into(),
        [one] => format!("{one:.decimals$}"),
        _ => {
            let [mean, _, high] = interval(values);
            format!("{mean:.decimals$} ± {:.decimals$}", high - mean)
        }
    }
}

/// Mean, and the least and the largest: `88.0 (84.1 to 90.2)`.
pub(crate) fn range_of(rows: &[&Row], name: &str) -> String {
    let values = values(rows, name);
    let Some(mean) = mean_of(rows, name) else { return NONE.into() };
    let (low, high) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)));
    format!("{mean:.1} ({low:.1} to {high:.1})")
}

/// Of each of `rows` its entry less that of the one of `others` with the same seed.
pub(crate) fn differences(rows: &[&Row], others: &[&Row], name: &str) -> Vec<f64> {
    let less = |row: &&Row| {
        let other = others.iter().find(|other| other.key.seed == row.key.seed)?;
        Some(row.get(name)? - other.get(name)?)
    };
    rows.iter().filter_map(less).collect()
}

/// Mean and 95 % interval, signed: `+0.4 (−0.2 to +1.0)`.
pub(crate) fn interval_of(values: &[f64], decimals: usize) -> String {
    match values {
        [] => NONE.into(),
        _ if values.iter().all(|value| *value == 0.0) => "0".into(),
        [one] => format!("{one:+.decimals$}").replace('-', "−"),
        _ => {
            let [mean, low, high] = interval(values).map(|end| format!("{end:+.decimals$}").replace('-', "−"));
            format!("{mean} ({low} to {high})")
        }
    }
}

/// A correlation of ranks with its 95 % interval, by Fisher's transformation with the variance of Bonett and Wright 2000.
pub(crate) fn interval_of_rank(rho: f64, count: usize) -> String {
    let half = 1.96 * ((1.0 + rho * rho / 2.0) / (count as f64 - 3.0).max(1.0)).sqrt();
    correlation([fisher(rho), fisher(rho) - half, fisher(rho) + half])
}

/// The mean of correlations, one a seed, and its 95 % interval, by the same transformation.
pub(crate) fn interval_of_ranks(rhos: &[f64]) -> String {
    let transformed: Vec<f64> = rhos.iter().map(|rho| fisher(*rho)).collect();
    match transformed[..] {
        [] => NONE.into(),
        [one] => format!("{:+.2}", numeric::tanh(one)).replace('-', "−"),
        _ => correlation(interval(&transformed)),
    }
}

fn correlation(transformed: [f64; 3]) -> String {
    let [rho, low, high] = transformed.map(|z| format!("{:+.2}", numeric::tanh(z)).replace('-', "−"));
    format!("{rho} ({low} to {high})")
}

/// atanh ρ, and that of 0.99 where the order is perfect: of a few ranks it often is.
fn fisher(rho: f64) -> f64 {
    let rho = rho.clamp(-0.99, 0.99);
    0.5 * numeric::ln((1.0 + rho) / (1.0 - rho))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_they_are_printed() {
        assert_eq!([number(Some(-0.004), 2), number(Some(-0.5), 1), number(None, 1)], ["0.00", "−0.5", "–"]);
        assert_eq!(
            [interval_of(&[], 1), interval_of(&[-1.0], 1), interval_of(&[1.0, 1.0], 1)],
            ["–", "−1.0", "+1.0 (+1.0 to +1.0)"]
        );
    }
    #[test]
    fn the_interval_of_a_correlation_is_not_symmetric() {
        // By hand: atanh 0.6 = 0.69315, half 1.96·√(1.18/100) = 0.21291: tanh of 0.48024 and 0.90606.
        assert_eq!(interval_of_rank(0.6, 103), "+0.60 (+0.45 to +0.72)");
        assert_eq!([interval_of_ranks(&[]), interval_of_ranks(&[-0.5])], ["–", "−0.50"]);
        assert_eq!(interval_of_ranks(&[0.5, 0.5]), "+0.50 (+0.50 to +0.50)");
    }
}
