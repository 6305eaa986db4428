//! Conversions that never fail, as `int`, `int64` and `float64` do them: what fits not is 0.

use super::super::template::{parse_float, parse_int};
use super::super::value::Value;

/// As `int64`; `int` is the same here.
#[allow(clippy::cast_possible_wrap, reason = "as Go converts")]
pub(super) fn to_int64(value: &Value) -> i64 {
    match value {
        Value::Int(_, super::super::value::IntType::Duration) => 0,
        Value::Int(number, _) => *number,
        Value::Uint(number, _) => *number as i64,
        Value::Float(number) => float_to_int(*number),
        Value::Str(text) => {
            let text = text.to_str();
            parse_int(without_zero_decimals(&text)).unwrap_or(0)
        }
        Value::Bool(flag) => i64::from(*flag),
        _ => 0,
    }
}

/// As the processor converts: what is out of range becomes the smallest number.
#[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
pub(super) fn float_to_int(number: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) { number as i64 } else { i64::MIN }
}

/// `12.00` without its decimals, which are all zeros.
fn without_zero_decimals(text: &str) -> &str {
    let trimmed = text.trim_end_matches('0');
    match trimmed.strip_suffix('.') {
        Some(whole) if trimmed.len() < text.len() => whole,
        _ => text,
    }
}

/// As `float64`.
#[allow(clippy::cast_precision_loss, reason = "as Go converts")]
pub(super) fn to_float64(value: &Value) -> f64 {
    match value {
        Value::Int(_, super::super::value::IntType::Duration) => 0.0,
        Value::Int(number, _) => *number as f64,
        Value::Uint(number, _) => *number as f64,
        Value::Float(number) => *number,
        Value::Str(text) => parse_float(&text.to_str()).unwrap_or(0.0),
        Value::Bool(flag) => f64::from(u8::from(*flag)),
        _ => 0.0,
    }
}
