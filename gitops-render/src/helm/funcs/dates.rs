//! Functions on dates and durations. The local zone is UTC: a render knows no place.

use super::super::value::{IntType, Type, Value};
use super::args::{any, bytes, string};
use super::layout::format;
use super::moment::{Moment, days, moment, rounded_span, zone};
use super::number_text::{duration_text, parse_duration};
use super::time_read::parse;
use super::{Answer, Call, Function, fixed};

const ANY: &[Type] = &[Type::Any];
const STR2: &[Type] = &[Type::Str, Type::Str];
const TIME: Type = Type::Named("time.Time");

pub(super) const TABLE: &[Function] = &[
    fixed("now", &[], TIME, |call, _| Ok(Value::object(now(call)))),
    fixed("date", &[Type::Str, Type::Any], Type::Str, |call, v| {
        Ok(in_zone(call, bytes(v, 0), &any(v, 1), "Local"))
    }),
    fixed("dateInZone", &[Type::Str, Type::Any, Type::Str], Type::Str, zoned),
    fixed("date_in_zone", &[Type::Str, Type::Any, Type::Str], Type::Str, zoned),
    fixed("htmlDate", ANY, Type::Str, |call, v| {
        Ok(in_zone(call, b"2006-01-02", &any(v, 0), "Local"))
    }),
    fixed("htmlDateInZone", &[Type::Any, Type::Str], Type::Str, |call, v| {
        Ok(in_zone(call, b"2006-01-02", &any(v, 0), &string(v, 1)))
    }),
    fixed("dateModify", &[Type::Str, TIME], TIME, |_, v| modify(v, false)),
    fixed("date_modify", &[Type::Str, TIME], TIME, |_, v| modify(v, false)),
    fixed("mustDateModify", &[Type::Str, TIME], TIME, |_, v| modify(v, true)),
    fixed("must_date_modify", &[Type::Str, TIME], TIME, |_, v| modify(v, true)),
    fixed("toDate", STR2, TIME, |_, v| {
        let zero = || Moment::utc(days(1, 1, 1) * 86_400, 0);
        Ok(Value::object(parse(bytes(v, 0), bytes(v, 1)).unwrap_or_else(|_| zero())))
    }),
    fixed("mustToDate", STR2, TIME, |_, v| Ok(Value::object(parse(bytes(v, 0), bytes(v, 1))?))),
    fixed("unixEpoch", &[TIME], Type::Str, |_, v| {
        Ok(Value::text(moment(&v[0]).map_or(0, |moment| moment.seconds).to_string()))
    }),
    fixed("ago", ANY, Type::Str, |call, v| {
        let now = now(call);
        let then = moment_of(&any(v, 0)).unwrap_or_else(|| now.clone());
        Ok(Value::text(rounded_span(now.since(&then))))
    }),
    fixed("duration", ANY, Type::Str, |_, v| {
        let seconds = match &v[0] {
            Value::Str(text) => text.to_str().parse().unwrap_or(0),
            Value::Int(number, IntType::Int64) => *number,
            _ => 0_i64,
        };
        Ok(Value::text(duration_text(seconds.wrapping_mul(1_000_000_000))))
    }),
    fixed("durationRound", ANY, Type::Str, |call, v| {
        let span = match &v[0] {
            Value::Str(text) => parse_duration(&text.to_str()).unwrap_or(0),
            Value::Int(number, IntType::Int64) => *number,
            value => moment(value).map_or(0, |then| now(call).since(&then)),
        };
        Ok(Value::text(coarse(span.unsigned_abs())))
    }),
    fixed("mustToDuration", ANY, Type::Any, super::durations::must),
];

fn now(call: &Call<'_>) -> Moment {
    let now = (call.runtime.environment.clock)();
    let nanos = now.as_nanosecond();
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).unwrap_or(0);
    Moment::utc(seconds, u32::try_from(nanos.rem_euclid(1_000_000_000)).unwrap_or(0))
}

/// The time that a value means, if any.
fn moment_of(value: &Value) -> Option<Moment> {
    match value {
        Value::Int(seconds, IntType::Int | IntType::Int64) => Some(Moment::utc(*seconds, 0)),
        value => moment(value),
    }
}

fn in_zone(call: &Call<'_>, layout: &[u8], value: &Value, zone_name: &str) -> Value {
    let moment = moment_of(value).unwrap_or_else(|| now(call));
    Value::text(format(&moment.within(zone(zone_name)), layout))
}

fn zoned(call: &mut Call<'_>, values: &[Value]) -> Answer {
    Ok(in_zone(call, bytes(values, 0), &any(values, 1), &string(values, 2)))
}

fn modify(values: &[Value], must: bool) -> Answer {
    let Some(moment) = moment(&any(values, 1)) else {
        return Err("no time to modify".into());
    };
    match parse_duration(&string(values, 0)) {
        Ok(span) => Ok(Value::object(moment.plus(span))),
        Err(problem) if must => Err(problem.into()),
        Err(_) => Ok(Value::object(moment)),
    }
}

/// The largest unit alone.
fn coarse(span: u64) -> String {
    const HOUR: u64 = 3_600_000_000_000;
    let units = [
        (HOUR * 24 * 365, "y"),
        (HOUR * 24 * 30, "mo"),
        (HOUR * 24, "d"),
        (HOUR, "h"),
        (HOUR / 60, "m"),
        (HOUR / 3600, "s"),
    ];
    match units.iter().find(|(unit, _)| span > *unit) {
        Some((unit, name)) => format!("{}{name}", span / unit),
        None => "0s".into(),
    }
}
