//! Helm's functions on durations: `durationSeconds`, `durationRoundTo` and their like.

use super::super::template::parse_float;
use super::super::template::print::float::plain_float;
use super::super::template::print::quote::quote_cut;
use super::super::value::{IntType, Type, Value};
use super::number_text::{duration_round, duration_truncate, parse_duration};
use super::{Answer, Call, Function, fixed};

const ANY: &[Type] = &[Type::Any];
const TWO: &[Type] = &[Type::Any, Type::Any];
const SECOND: i64 = 1_000_000_000;

pub(super) const TABLE: &[Function] = &[
    fixed("durationSeconds", ANY, Type::Float64, |_, v| Ok(part(v, SECOND, 1.0))),
    fixed("durationMinutes", ANY, Type::Float64, |_, v| Ok(part(v, 60 * SECOND, 1.0))),
    fixed("durationHours", ANY, Type::Float64, |_, v| Ok(part(v, 3600 * SECOND, 1.0))),
    fixed("durationDays", ANY, Type::Float64, |_, v| Ok(part(v, 3600 * SECOND, 24.0))),
    fixed("durationWeeks", ANY, Type::Float64, |_, v| {
        let Value::Float(days) = part(v, 3600 * SECOND, 24.0) else {
            return Ok(Value::Float(0.0));
        };
        Ok(Value::Float(days / 7.0))
    }),
    fixed("durationMilliseconds", ANY, Type::Int64, |_, v| Ok(whole(v, 1_000_000))),
    fixed("durationMicroseconds", ANY, Type::Int64, |_, v| Ok(whole(v, 1_000))),
    fixed("durationNanoseconds", ANY, Type::Int64, |_, v| Ok(whole(v, 1))),
    fixed("durationRoundTo", TWO, Type::Any, |_, v| Ok(to_multiple(v, true))),
    fixed("durationTruncateTo", TWO, Type::Any, |_, v| Ok(to_multiple(v, false))),
];

/// `mustToDuration`.
pub(super) fn must(_: &mut Call<'_>, values: &[Value]) -> Answer {
    Ok(Value::Int(read(&values[0])?, IntType::Duration))
}

fn overflow(shown: &str) -> String {
    format!("duration seconds overflow: {shown}")
}

/// The nanoseconds that a value means; numbers are seconds.
fn read(value: &Value) -> Result<i64, String> {
    match value {
        Value::Int(span, IntType::Duration) => Ok(*span),
        Value::Int(seconds, _) => {
            seconds.checked_mul(SECOND).ok_or_else(|| overflow(&seconds.to_string()))
        }
        Value::Uint(seconds, _) => {
            let span = i64::try_from(*seconds).ok().and_then(|seconds| seconds.checked_mul(SECOND));
            span.ok_or_else(|| overflow(&seconds.to_string()))
        }
        Value::Float(seconds) => from_float(*seconds),
        Value::Str(text) => {
            let all = text.to_str();
            let trimmed = all.trim();
            if trimmed.is_empty() {
                return Err("empty duration".into());
            }
            if let Ok(span) = parse_duration(trimmed) {
                return Ok(span);
            }
            match parse_float(trimmed) {
                Some(seconds) => from_float(seconds),
                None => Err(format!("could not parse duration {}", quote_cut(text, None))),
            }
        }
        Value::Nil => Err("invalid duration".into()),
        value => Err(format!("unsupported duration type {}", value.type_name())),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "checked before")]
fn from_float(seconds: f64) -> Result<i64, String> {
    if !seconds.is_finite() {
        return Err(format!("invalid duration seconds: {}", plain_float(seconds)));
    }
    let span = seconds * SECOND as f64;
    if span.abs() >= i64::MAX as f64 {
        return Err(overflow(&plain_float(seconds)));
    }
    Ok(span as i64)
}

#[allow(clippy::cast_precision_loss, reason = "as Go converts")]
fn part(values: &[Value], unit: i64, divisor: f64) -> Value {
    let span = read(&values[0]).unwrap_or(0);
    let exact = (span / unit) as f64 + (span % unit) as f64 / unit as f64;
    Value::Float(exact / divisor)
}

fn whole(values: &[Value], unit: i64) -> Value {
    Value::int64(read(&values[0]).unwrap_or(0) / unit)
}

fn to_multiple(values: &[Value], round: bool) -> Value {
    let span = read(&values[0]);
    let unit = read(&values[1]);
    let shown = match (span, unit) {
        (Err(_), _) => 0,
        (Ok(span), Ok(unit)) if round => duration_round(span, unit),
        (Ok(span), Ok(unit)) => duration_truncate(span, unit),
        (Ok(span), _) => span,
    };
    Value::Int(shown, IntType::Duration)
}
