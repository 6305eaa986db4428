//! Numbers as Go prints them.

use std::fmt::Write as _;

use serde_json::Number;

/// Returns `value` as Go's JSON prints it: without an exponent from 1e-6 up to 1e21.
///
/// Values that are not finite have no JSON form; they come out as `+Inf`, `-Inf` and `NaN`.
pub fn json_float(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || !value.is_finite() || (1e-6..1e21).contains(&size) {
        return plain_float(value);
    }
    let (digits, exponent) = parts(value);
    with_exponent(value, &digits, exponent, 1)
}

/// Returns `value` as Go's YAML prints it: with an exponent below 1e-4 and from 1e6.
pub fn yaml_float(value: f64) -> String {
    if !value.is_finite() {
        return special(value);
    }
    let (digits, exponent) = parts(value);
    general(value, &digits, exponent)
}

/// Returns `value` as the decimal text that Go gives a key of a map: of single precision.
#[expect(clippy::cast_possible_truncation, reason = "single precision is what is asked for")]
pub(super) fn key_float(value: f64) -> String {
    let single = value as f32;
    let text = if single.is_finite() { format!("{single:e}") } else { String::new() };
    let Some((digits, exponent)) = split(&text) else { return special(f64::from(single)) };
    general(f64::from(single), &digits, exponent)
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

fn general(value: f64, digits: &str, exponent: i32) -> String {
    if value == 0.0 {
        return if value.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    if !(-4..6).contains(&exponent) {
        return with_exponent(value, digits, exponent, 2);
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let (whole, fraction) = place_point(digits, exponent);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn plain_float(value: f64) -> String {
    if !value.is_finite() {
        return special(value);
    }
    // Rust prints the shortest digits that read back, without an exponent.
    format!("{value}")
}

// Splits the digits before and after the point.
fn place_point(digits: &str, exponent: i32) -> (String, String) {
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return ("0".to_owned(), zeros + digits);
    }
    let whole = exponent.unsigned_abs() as usize + 1;
    if digits.len() <= whole {
        return (format!("{digits:0<whole$}"), String::new());
    }
    (digits[..whole].to_owned(), digits[whole..].to_owned())
}

fn with_exponent(value: f64, digits: &str, exponent: i32, width: usize) -> String {
    let mut text = String::new();
    if value < 0.0 {
        text.push('-');
    }
    text.push_str(&digits[..1]);
    if 1 < digits.len() {
        text.push('.');
        text.push_str(&digits[1..]);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    // Writing to a string cannot fail.
    let _ = write!(text, "e{sign}{:0width$}", exponent.unsigned_abs());
    text
}

// Returns the shortest digits that read back, and the power of ten of the first one.
fn parts(value: f64) -> (String, i32) {
    split(&format!("{value:e}")).unwrap_or_else(|| ("0".to_owned(), 0))
}

fn split(scientific: &str) -> Option<(String, i32)> {
    let (mantissa, exponent) = scientific.split_once('e')?;
    let digits = mantissa.chars().filter(char::is_ascii_digit).collect();
    Some((digits, exponent.parse().ok()?))
}
