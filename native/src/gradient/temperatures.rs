//! Temperatures on the command line: one, a list, or a range.

/// Temperatures of a range that does not say how many.
const OF_A_RANGE: usize = 9;
/// The most temperatures.
const MOST: usize = 200;

/// Reads `0.5`, `0.1,0.5,1` or `0.05:5`, which is nine from 0.05 to 5 at equal distances on a logarithmic scale; `0.05:5:17`
/// says how many.
///
/// # Errors
/// If a number is none, not positive, or there are too many.
pub(crate) fn parse(text: &str) -> Result<Vec<f64>, String> {
    let number = |text: &str| match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        Ok(value) => Err(format!("temperature must be finite and > 0, got {value}; try 1")),
        Err(_) => Err(format!("`{text}` is no temperature; write 0.5, a list 0.1,0.5,1 or a range 0.05:5")),
    };
    let parts: Vec<&str> = text.split(':').collect();
    let (low, high, count) = match parts.as_slice() {
        [list] => {
            let mut all = list.split(',').map(number).collect::<Result<Vec<f64>, _>>()?;
            all.sort_by(f64::total_cmp);
            all.dedup();
            return if all.len() <= MOST {
                Ok(all)
            } else {
                Err(format!("{MOST} temperatures are enough, got {}", all.len()))
            };
        }
        [low, high] => (number(low)?, number(high)?, OF_A_RANGE),
        [low, high, count] => {
            let count = count.parse().ok().filter(|count| (2..=MOST).contains(count));
            (
                number(low)?,
                number(high)?,
                count.ok_or(format!("a range has 2 to {MOST} temperatures, as in 0.05:5:17"))?,
            )
        }
        _ => return Err(format!("`{text}` is no range of temperatures; write 0.05:5, or 0.05:5:17 for 17 of them")),
    };
    if low >= high {
        return Err(format!("a range goes from a lower to a higher temperature, got {low}:{high}"));
    }
    // The ends as they were written, and between them what rounds to them in few digits: they are names of rows.
    let between = |k: usize| {
        let share = k as f64 / (count - 1) as f64;
        let value = low * (high / low).powf(share);
        format!("{value:.3e}").parse().unwrap_or(value)
    };
    let mut all: Vec<f64> = (0..count).map(between).collect();
    (all[0], all[count - 1]) = (low, high);
    all.dedup();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_a_list_and_a_range() {
        assert_eq!(parse("0.5").unwrap(), [0.5]);
        assert_eq!(parse("1,0.1,0.5, 1").unwrap(), [0.1, 0.5, 1.0]);
        assert_eq!(parse("0.05:5:3").unwrap(), [0.05, 0.5, 5.0]);
        let range = parse("0.05:5").unwrap();
        assert_eq!((range.len(), range[0], range[8]), (9, 0.05, 5.0));
        assert!(range.windows(2).all(|pair| (pair[1] / pair[0] - 100f64.powf(1.0 / 8.0)).abs() < 2e-3), "{range:?}");
    }

    #[test]
    fn what_is_no_temperature_is_refused() {
        for (text, start) in [
            ("0", "temperature must be finite and > 0, got 0; try 1"),
            ("-1", "temperature must be finite and > 0, got -1; try 1"),
            ("1,inf", "temperature must be finite and > 0, got inf"),
            ("warm", "`warm` is no temperature"),
            ("", "`` is no temperature"),
            ("5:0.05", "a range goes from a lower to a higher temperature, got 5:0.05"),
            ("0.1:1:1", "a range has 2 to 200 temperatures"),
            ("1:2:3:4", "`1:2:3:4` is no range of temperatures"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(start), "{error}");
        }
    }
}
