//! The methods of `time.Duration`.

use super::super::funcs::{duration_round, duration_text, duration_truncate};
use super::super::value::{IntType, Signature, Type, Value};

const DURATION: Type = Type::Named("time.Duration");

/// The signature of the method of that name, if there is one.
pub(super) fn signature(name: &[u8]) -> Option<Signature> {
    let (params, result): (&'static [Type], _) = match name {
        b"Hours" | b"Minutes" | b"Seconds" => (&[], Type::Float64),
        b"Milliseconds" | b"Microseconds" | b"Nanoseconds" => (&[], Type::Int64),
        b"String" => (&[], Type::Str),
        b"Abs" => (&[], DURATION),
        b"Round" | b"Truncate" => (&[DURATION], DURATION),
        _ => return None,
    };
    Some(Signature { params, variadic: false, result })
}

/// Calls it on so many nanoseconds.
pub(super) fn call(span: i64, name: &[u8], values: &[Value]) -> Value {
    const SECOND: i64 = 1_000_000_000;
    #[expect(clippy::cast_precision_loss, reason = "as Go converts")]
    let fraction =
        |unit: i64| Value::Float((span / unit) as f64 + (span % unit) as f64 / unit as f64);
    let unit = match values.first() {
        Some(Value::Int(unit, _)) => *unit,
        _ => 0,
    };
    match name {
        b"Hours" => fraction(3600 * SECOND),
        b"Minutes" => fraction(60 * SECOND),
        b"Seconds" => fraction(SECOND),
        b"Milliseconds" => Value::int64(span / 1_000_000),
        b"Microseconds" => Value::int64(span / 1_000),
        b"Nanoseconds" => Value::int64(span),
        b"String" => Value::text(duration_text(span)),
        b"Abs" => Value::Int(span.checked_abs().unwrap_or(i64::MAX), IntType::Duration),
        b"Round" => Value::Int(duration_round(span, unit), IntType::Duration),
        _ => Value::Int(duration_truncate(span, unit), IntType::Duration),
    }
}
