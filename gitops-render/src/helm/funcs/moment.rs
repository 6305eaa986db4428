//! A point in time in a zone: Go's `time.Time`.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::super::template::print::quote::quote_cut;
use super::super::value::{CallError, GoObject, IntType, Signature, Type, Value};
use super::layout::{MONTHS, WEEKDAYS, format};
use super::number_text::{duration_round, duration_text};

const TIME: Type = Type::Named("time.Time");

/// A time with the offset and the name that its zone has then.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    /// Seconds since 1970.
    pub(super) seconds: i64,
    pub(super) nanos: u32,
    pub(super) offset: i32,
    pub(super) zone_name: String,
    zone: TimeZone,
}

/// The parts of a date and a time of day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: u32,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) weekday: u32,
    pub(super) year_day: i64,
}

/// Days since 1970 of a date.
pub(super) fn days(year: i64, month: i64, day: i64) -> i64 {
    let shifted = year - i64::from(month <= 2);
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The zone of that name in the database that comes with the program; UTC for others.
pub(super) fn zone(name: &str) -> TimeZone {
    match name {
        "" | "UTC" | "Local" => TimeZone::UTC,
        name => TimeZoneDatabase::bundled().get(name).unwrap_or(TimeZone::UTC),
    }
}

impl Moment {
    /// A time in UTC.
    pub(super) fn utc(seconds: i64, nanos: u32) -> Self {
        Self { seconds, nanos, offset: 0, zone_name: "UTC".into(), zone: TimeZone::UTC }
    }

    /// A time with a fixed offset.
    pub(super) fn fixed(seconds: i64, nanos: u32, offset: i32, name: String) -> Self {
        let fixed = jiff::tz::Offset::from_seconds(offset).unwrap_or(jiff::tz::Offset::UTC);
        Self { seconds, nanos, offset, zone_name: name, zone: TimeZone::fixed(fixed) }
    }

    /// The same time in another zone.
    pub(super) fn within(&self, zone: TimeZone) -> Self {
        let utc = zone == TimeZone::UTC;
        let at = Timestamp::new(self.seconds, 0).ok().filter(|_| !utc);
        let Some(at) = at else {
            return Self::utc(self.seconds, self.nanos);
        };
        let info = zone.to_offset_info(at);
        let (offset, zone_name) = (info.offset().seconds(), info.abbreviation().to_owned());
        Self { seconds: self.seconds, nanos: self.nanos, offset, zone_name, zone }
    }

    /// So many nanoseconds later.
    pub(super) fn plus(&self, nanoseconds: i64) -> Self {
        let nanos = i64::from(self.nanos) + nanoseconds.rem_euclid(1_000_000_000);
        let seconds = self.seconds + nanoseconds.div_euclid(1_000_000_000) + nanos / 1_000_000_000;
        let nanos = u32::try_from(nanos % 1_000_000_000).unwrap_or(0);
        let moved = Self { seconds, nanos, ..self.clone() };
        if self.zone.to_fixed_offset().is_ok() { moved } else { moved.within(self.zone.clone()) }
    }

    /// Nanoseconds since another time, as many as fit.
    pub(super) fn since(&self, other: &Self) -> i64 {
        let span = i128::from(self.seconds - other.seconds) * 1_000_000_000
            + i128::from(self.nanos)
            - i128::from(other.nanos);
        i64::try_from(span).unwrap_or(if span < 0 { i64::MIN } else { i64::MAX })
    }

    pub(super) fn civil(&self) -> Civil {
        let local = self.seconds + i64::from(self.offset);
        let (day_number, time) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let shifted = day_number + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_index = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month_index + 2) / 5 + 1;
        let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Civil {
            year,
            month: u32::try_from(month).unwrap_or(1),
            day,
            hour: time / 3600,
            minute: time / 60 % 60,
            second: time % 60,
            weekday: u32::try_from((day_number + 4).rem_euclid(7)).unwrap_or(0),
            year_day: day_number - days(year, 1, 1) + 1,
        }
    }

    /// `AddDate`: dates that are none roll over into the next month.
    fn add_date(&self, years: i64, months: i64, more_days: i64) -> Self {
        let civil = self.civil();
        let month = i64::from(civil.month) - 1 + months;
        let year = civil.year + years + month.div_euclid(12);
        let day = days(year, month.rem_euclid(12) + 1, 1) + civil.day - 1 + more_days;
        let old = days(civil.year, i64::from(civil.month), civil.day);
        let moved = Self { seconds: self.seconds + (day - old) * 86_400, ..self.clone() };
        if self.zone.to_fixed_offset().is_ok() { moved } else { moved.within(self.zone.clone()) }
    }

    /// What `%#v` prints.
    fn go_text(&self) -> Vec<u8> {
        let civil = self.civil();
        let zone = match self.zone_name.as_str() {
            "UTC" => "time.UTC".to_owned(),
            name => format!("time.Location({})", quote_cut(name.as_bytes(), None)),
        };
        let month = MONTHS[civil.month as usize - 1];
        let Civil { year, day, hour, minute, second, .. } = civil;
        let nanos = self.nanos;
        format!(
            "time.Date({year}, time.{month}, {day}, {hour}, {minute}, {second}, {nanos}, {zone})"
        )
        .into_bytes()
    }

    fn text(&self) -> Vec<u8> {
        format(self, b"2006-01-02 15:04:05.999999999 -0700 MST")
    }
}

/// A time that is an argument.
pub(super) fn moment(value: &Value) -> Option<Moment> {
    match value {
        Value::Object(object) => {
            let any: &dyn std::any::Any = object.as_ref();
            any.downcast_ref::<Moment>().cloned()
        }
        _ => None,
    }
}

impl GoObject for Moment {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn method(&self, name: &str) -> Option<Signature> {
        let (params, result): (&'static [Type], _) = match name {
            "Year" | "Day" | "Hour" | "Minute" | "Second" | "Nanosecond" | "YearDay" => {
                (&[], Type::Int)
            }
            "Month" | "Weekday" => (&[], Type::Any),
            "Unix" | "UnixNano" | "UnixMilli" | "UnixMicro" => (&[], Type::Int64),
            "Format" => (&[Type::Str], Type::Str),
            "String" => (&[], Type::Str),
            "IsZero" => (&[], Type::Bool),
            "UTC" | "Local" => (&[], TIME),
            "AddDate" => (&[Type::Int, Type::Int, Type::Int], TIME),
            "Add" => (&[Type::Named("time.Duration")], TIME),
            "Sub" => (&[TIME], Type::Any),
            "Before" | "After" | "Equal" => (&[TIME], Type::Bool),
            "Compare" => (&[TIME], Type::Int),
            "GoString" => (&[], Type::Str),
            _ => return None,
        };
        Some(Signature { params, variadic: false, result })
    }

    fn call(&self, name: &str, args: &[Value]) -> Result<Value, CallError> {
        let civil = self.civil();
        let int = |at| super::args::int(args, at);
        let wide = i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanos);
        let scaled = |unit: i128| i64::try_from(wide.div_euclid(unit)).unwrap_or(0);
        Ok(match name {
            "Year" => Value::int(civil.year),
            "Month" => Value::object(Named {
                type_name: "time.Month",
                number: i64::from(civil.month),
                name: MONTHS[civil.month as usize - 1],
            }),
            "Weekday" => Value::object(Named {
                type_name: "time.Weekday",
                number: i64::from(civil.weekday),
                name: WEEKDAYS[civil.weekday as usize],
            }),
            "Day" => Value::int(civil.day),
            "Hour" => Value::int(civil.hour),
            "Minute" => Value::int(civil.minute),
            "Second" => Value::int(civil.second),
            "Nanosecond" => Value::int(i64::from(self.nanos)),
            "YearDay" => Value::int(civil.year_day),
            "Unix" => Value::int64(self.seconds),
            "UnixNano" => Value::int64(scaled(1)),
            "UnixMicro" => Value::int64(scaled(1_000)),
            "UnixMilli" => Value::int64(scaled(1_000_000)),
            "Format" => Value::text(format(self, super::args::bytes(args, 0))),
            "String" => Value::text(self.text()),
            "GoString" => Value::text(self.go_text()),
            "IsZero" => Value::Bool(self.seconds == days(1, 1, 1) * 86_400 && self.nanos == 0),
            "UTC" | "Local" => Value::object(Self::utc(self.seconds, self.nanos)),
            "AddDate" => Value::object(self.add_date(int(0), int(1), int(2))),
            "Add" => Value::object(self.plus(int(0))),
            _ => {
                let Some(other) = args.first().and_then(moment) else {
                    return Err(CallError::new("no time to compare with"));
                };
                let span = self.since(&other);
                match name {
                    "Sub" => Value::Int(span, IntType::Duration),
                    "Before" => Value::Bool(span < 0),
                    "After" => Value::Bool(span > 0),
                    "Compare" => Value::int(span.signum()),
                    _ => Value::Bool(span == 0),
                }
            }
        })
    }

    fn go_syntax(&self) -> Option<Vec<u8>> {
        Some(self.go_text())
    }

    fn print(&self) -> Option<Vec<u8>> {
        Some(self.text())
    }

    fn to_json(&self) -> Option<Value> {
        Some(Value::text(format(self, b"2006-01-02T15:04:05.999999999Z07:00")))
    }
}

/// A number with a name: a month or a day of the week.
#[derive(Debug)]
struct Named {
    type_name: &'static str,
    number: i64,
    name: &'static str,
}

impl GoObject for Named {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn view(&self) -> Option<Value> {
        Some(Value::int(self.number))
    }

    fn method(&self, name: &str) -> Option<Signature> {
        let result = Type::Str;
        (name == "String").then_some(Signature { params: &[], variadic: false, result })
    }

    fn call(&self, _: &str, _: &[Value]) -> Result<Value, CallError> {
        Ok(Value::text(self.name))
    }

    fn print(&self) -> Option<Vec<u8>> {
        Some(self.name.as_bytes().to_vec())
    }
}

/// The text of the time between, in whole seconds.
pub(super) fn rounded_span(nanoseconds: i64) -> String {
    const SECOND: i64 = 1_000_000_000;
    duration_text(duration_round(nanoseconds, SECOND))
}
