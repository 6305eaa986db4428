//! Numbers as Go prints them.

use std::fmt::Write as _;

use serde_json::Number;

/// Returns `value` as Go's JSON prints it: without an exponent from 1e-6 up to 1e21.
///
/// Values that are not finite have no JSON form; they come out as `+Inf`, `-Inf` and `NaN`.
pub fn json_float(value: f64) -> String {
    let Some(decimal) = Decimal::of(&Number::from_f64(value)) else { return special(value) };
    let size = value.abs();
    if value == 0.0 || (1e-6..1e21).contains(&size) {
        return decimal.plain();
    }
    decimal.scientific(1)
}

/// Returns `value` as Go's YAML prints it: with an exponent below 1e-4 and from 1e6.
pub fn yaml_float(value: f64) -> String {
    match Decimal::of(&Number::from_f64(value)) {
        Some(decimal) => decimal.general(),
        None => special(value),
    }
}

/// Returns a number of a JSON value as Go's JSON prints it.
pub fn json_number(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() => json_float(value),
        _ => number.to_string(),
    }
}

/// Returns a number of a JSON value as Go's YAML prints it.
pub fn yaml_number(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() => yaml_float(value),
        _ => number.to_string(),
    }
}

/// Returns `value` as the text that Go gives a key of a map: of single precision.
#[expect(clippy::cast_possible_truncation, reason = "single precision is what is asked for")]
pub(super) fn key_float(value: f64) -> String {
    let single = value as f32;
    match single.is_finite().then(|| serde_json::to_string(&single).ok()).flatten() {
        Some(text) => Decimal::read(&text).general(),
        None => special(f64::from(single)),
    }
}

fn special(value: f64) -> String {
    let text = if value.is_nan() {
        "NaN"
    } else if value < 0.0 {
        "-Inf"
    } else {
        "+Inf"
    };
    text.to_owned()
}

/// The shortest decimal digits that read back as a number.
struct Decimal {
    negative: bool,
    // Without zeros at either end, but for zero itself.
    digits: String,
    // The power of ten of the first digit.
    exponent: i32,
}

impl Decimal {
    // The standard library has the digits too, but rounds up where two are as near; JSON's
    // printer takes the even one, as Go does.
    fn of(number: &Option<Number>) -> Option<Self> {
        number.as_ref().map(|number| Self::read(&number.to_string()))
    }

    fn read(text: &str) -> Self {
        let (negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        let zeros = all.len() - all.trim_start_matches('0').len();
        let digits = all.trim_matches('0');
        if digits.is_empty() {
            return Self { negative, digits: "0".to_owned(), exponent: 0 };
        }
        let exponent: i32 = exponent.parse().unwrap_or(0);
        // Printed numbers have fewer than 400 digits.
        let place = i32::try_from(whole.len()).unwrap_or(0) - i32::try_from(zeros).unwrap_or(0) - 1;
        Self { negative, digits: digits.to_owned(), exponent: exponent + place }
    }

    fn general(&self) -> String {
        if (-4..6).contains(&self.exponent) { self.plain() } else { self.scientific(2) }
    }

    fn plain(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        let digits = &self.digits;
        let places = self.exponent.unsigned_abs() as usize;
        if self.exponent < 0 {
            return format!("{sign}0.{}{digits}", "0".repeat(places - 1));
        }
        match digits.split_at_checked(places + 1) {
            Some((whole, fraction)) if !fraction.is_empty() => format!("{sign}{whole}.{fraction}"),
            _ => format!("{sign}{digits:0<width$}", width = places + 1),
        }
    }

    fn scientific(&self, width: usize) -> String {
        let mut text = String::new();
        if self.negative {
            text.push('-');
        }
        let (first, rest) = self.digits.split_at(1);
        text.push_str(first);
        if !rest.is_empty() {
            text.push('.');
            text.push_str(rest);
        }
        let sign = if self.exponent < 0 { '-' } else { '+' };
        // Writing to a string cannot fail.
        let _ = write!(text, "e{sign}{:0width$}", self.exponent.unsigned_abs());
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_printed_as_go_prints_them() {
        let cases = [
            (0.0, "0", "0"),
            (-0.0, "-0", "-0"),
            (1.0, "1", "1"),
            (-1.5, "-1.5", "-1.5"),
            (100_000.0, "100000", "100000"),
            (1e6, "1000000", "1e+06"),
            (123_456_789.5, "123456789.5", "1.234567895e+08"),
            (729_885_610_988_134.2, "729885610988134.2", "7.298856109881342e+14"),
            (1e20, "100000000000000000000", "1e+20"),
            (1e21, "1e+21", "1e+21"),
            (0.0001, "0.0001", "0.0001"),
            (0.000_01, "0.00001", "1e-05"),
            (1e-7, "1e-7", "1e-07"),
            (5e-324, "5e-324", "5e-324"),
            (f64::MAX, "1.7976931348623157e+308", "1.7976931348623157e+308"),
            (f64::NEG_INFINITY, "-Inf", "-Inf"),
        ];
        for (value, json, yaml) in cases {
            assert_eq!(json_float(value), json);
            assert_eq!(yaml_float(value), yaml);
        }
    }
}
