//! Numbers: exact where decimals are, printed as English text.

use serde_json::Number;

/// Whether `number` has no fraction.
pub(super) fn is_whole(number: &Number) -> bool {
    number.as_f64().is_some_and(|value| value.fract() == 0.0)
}

/// Whether `number` is a whole multiple of `step`, by their decimal digits.
pub(super) fn is_multiple(number: &Number, step: &Number) -> bool {
    let exact = || {
        let (number, places) = decimal(number)?;
        let (step, step_places) = decimal(step)?;
        let most = places.max(step_places);
        let number = number.checked_mul(10_i128.checked_pow(most - places)?)?;
        let step = step.checked_mul(10_i128.checked_pow(most - step_places)?)?;
        Some(step != 0 && number % step == 0)
    };
    exact().unwrap_or_else(|| {
        let (number, step) = (number.as_f64().unwrap_or(0.0), step.as_f64().unwrap_or(1.0));
        (number / step).fract() == 0.0
    })
}

// Returns the digits without the point, and how many of them stand behind it.
fn decimal(number: &Number) -> Option<(i128, u32)> {
    let text = match number.as_f64() {
        Some(value) if number.is_f64() => format!("{value}"),
        _ => number.to_string(),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let places = u32::try_from(fraction.len()).ok()?;
    Some((format!("{whole}{fraction}").parse().ok()?, places))
}

/// Returns a number as English text, with commas between thousands.
pub(super) fn shown(value: f64) -> String {
    let text = format!("{}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if value < 0.0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(whole))
}

/// Returns a count as English text.
pub(super) fn count(value: u64) -> String {
    grouped(&value.to_string())
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if 0 < index && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiples_are_exact() {
        let number = |text: &str| text.parse::<Number>().unwrap();
        assert!(is_multiple(&number("0.3"), &number("0.1")));
        assert!(!is_multiple(&number("10"), &number("3")));
        assert!(is_multiple(&number("4.0"), &number("2")));
    }

    #[test]
    fn thousands_have_commas() {
        assert_eq!(shown(70_000.0), "70,000");
        assert_eq!(shown(-1_234_567.5), "-1,234,567.5");
        assert_eq!(shown(0.25), "0.25");
        assert_eq!(count(100), "100");
    }
}
