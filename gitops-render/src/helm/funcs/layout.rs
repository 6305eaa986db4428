//! Go's layouts of times: the reference time in pieces, and times written after it.

use super::moment::Moment;

/// A piece of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunk {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    UpperHalf,
    LowerHalf,
    ZoneName,
    /// An offset: `Z` for UTC or not, colons or not, and how many of hours, minutes, seconds.
    Offset {
        z: bool,
        colon: bool,
        parts: u8,
    },
    /// Decimals: how many, and whether zeros at the end are left out.
    Fraction {
        digits: usize,
        trim: bool,
    },
}

const FIXED: &[(&str, Chunk)] = &[
    ("January", Chunk::LongMonth),
    ("Jan", Chunk::Month),
    ("Monday", Chunk::LongWeekday),
    ("Mon", Chunk::Weekday),
    ("MST", Chunk::ZoneName),
    ("002", Chunk::ZeroYearDay),
    ("01", Chunk::ZeroMonth),
    ("02", Chunk::ZeroDay),
    ("03", Chunk::ZeroHour12),
    ("04", Chunk::ZeroMinute),
    ("05", Chunk::ZeroSecond),
    ("06", Chunk::Year),
    ("15", Chunk::Hour),
    ("1", Chunk::NumMonth),
    ("2006", Chunk::LongYear),
    ("2", Chunk::Day),
    ("__2", Chunk::UnderYearDay),
    ("_2", Chunk::UnderDay),
    ("3", Chunk::Hour12),
    ("4", Chunk::Minute),
    ("5", Chunk::Second),
    ("PM", Chunk::UpperHalf),
    ("pm", Chunk::LowerHalf),
    ("-07:00:00", Chunk::Offset { z: false, colon: true, parts: 3 }),
    ("-07:00", Chunk::Offset { z: false, colon: true, parts: 2 }),
    ("-070000", Chunk::Offset { z: false, colon: false, parts: 3 }),
    ("-0700", Chunk::Offset { z: false, colon: false, parts: 2 }),
    ("-07", Chunk::Offset { z: false, colon: false, parts: 1 }),
    ("Z07:00:00", Chunk::Offset { z: true, colon: true, parts: 3 }),
    ("Z07:00", Chunk::Offset { z: true, colon: true, parts: 2 }),
    ("Z070000", Chunk::Offset { z: true, colon: false, parts: 3 }),
    ("Z0700", Chunk::Offset { z: true, colon: false, parts: 2 }),
    ("Z07", Chunk::Offset { z: true, colon: false, parts: 1 }),
];

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A piece and how it is written.
type Found<'l> = Option<(Chunk, &'l [u8])>;

/// The text before the next piece, the piece as written, and what is behind it.
pub(super) fn next_chunk(layout: &[u8]) -> (&[u8], Found<'_>, &[u8]) {
    for at in 0..layout.len() {
        let rest = &layout[at..];
        if let Some((chunk, size)) = chunk_at(rest) {
            return (&layout[..at], Some((chunk, &rest[..size])), &rest[size..]);
        }
    }
    (layout, None, &[])
}

fn chunk_at(rest: &[u8]) -> Option<(Chunk, usize)> {
    // An underscore before a year is itself.
    if rest.starts_with(b"_2006") {
        return None;
    }
    for (text, chunk) in FIXED {
        let lower_behind = rest.get(text.len()).is_some_and(u8::is_ascii_lowercase);
        let short_name = matches!(chunk, Chunk::Month | Chunk::Weekday);
        if rest.starts_with(text.as_bytes()) && !(short_name && lower_behind) {
            return Some((*chunk, text.len()));
        }
    }
    if let [b'.' | b',', digit @ (b'0' | b'9'), ..] = rest {
        let digits = rest[1..].iter().take_while(|byte| *byte == digit).count();
        if !rest.get(1 + digits).is_some_and(u8::is_ascii_digit) {
            return Some((Chunk::Fraction { digits, trim: *digit == b'9' }, digits + 1));
        }
    }
    None
}

/// `time.Time.Format`.
pub(super) fn format(moment: &Moment, layout: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = layout;
    loop {
        let (text, chunk, after) = next_chunk(rest);
        out.extend_from_slice(text);
        let Some((chunk, written)) = chunk else {
            return out;
        };
        out.extend_from_slice(piece(moment, chunk, written).as_bytes());
        rest = after;
    }
}

fn piece(moment: &Moment, chunk: Chunk, written: &[u8]) -> String {
    let civil = moment.civil();
    let hour12 = if civil.hour % 12 == 0 { 12 } else { civil.hour % 12 };
    let month = MONTHS[civil.month as usize - 1];
    let weekday = WEEKDAYS[civil.weekday as usize];
    match chunk {
        Chunk::LongMonth => month.into(),
        Chunk::Month => month[..3].into(),
        Chunk::NumMonth => civil.month.to_string(),
        Chunk::ZeroMonth => format!("{:02}", civil.month),
        Chunk::LongWeekday => weekday.into(),
        Chunk::Weekday => weekday[..3].into(),
        Chunk::Day => civil.day.to_string(),
        Chunk::UnderDay => format!("{:2}", civil.day),
        Chunk::ZeroDay => format!("{:02}", civil.day),
        Chunk::UnderYearDay => format!("{:3}", civil.year_day),
        Chunk::ZeroYearDay => format!("{:03}", civil.year_day),
        Chunk::Hour => format!("{:02}", civil.hour),
        Chunk::Hour12 => hour12.to_string(),
        Chunk::ZeroHour12 => format!("{hour12:02}"),
        Chunk::Minute => civil.minute.to_string(),
        Chunk::ZeroMinute => format!("{:02}", civil.minute),
        Chunk::Second => civil.second.to_string(),
        Chunk::ZeroSecond => format!("{:02}", civil.second),
        Chunk::LongYear => year(civil.year),
        Chunk::Year => format!("{:02}", civil.year.rem_euclid(100)),
        Chunk::UpperHalf => if civil.hour >= 12 { "PM" } else { "AM" }.into(),
        Chunk::LowerHalf => if civil.hour >= 12 { "pm" } else { "am" }.into(),
        Chunk::ZoneName if !moment.zone_name.is_empty() => moment.zone_name.clone(),
        Chunk::ZoneName => {
            let minutes = moment.offset.unsigned_abs() / 60;
            let sign = if moment.offset < 0 { '-' } else { '+' };
            let text = format!("{sign}{:02}", minutes / 60);
            if minutes.is_multiple_of(60) { text } else { format!("{text}{:02}", minutes % 60) }
        }
        Chunk::Offset { z: true, .. } if moment.offset == 0 => "Z".into(),
        Chunk::Offset { colon, parts, .. } => offset(moment.offset, colon, parts),
        Chunk::Fraction { digits, trim } => {
            let all = format!("{:09}", moment.nanos);
            let mut text = &all[..digits.min(9)];
            if trim {
                text = text.trim_end_matches('0');
            }
            let point = char::from(written[0]);
            if text.is_empty() { String::new() } else { format!("{point}{text}") }
        }
    }
}

fn year(year: i64) -> String {
    if year < 0 { format!("-{:04}", -year) } else { format!("{year:04}") }
}

fn offset(seconds: i32, colon: bool, parts: u8) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let size = seconds.unsigned_abs();
    let mark = if colon { ":" } else { "" };
    let mut text = format!("{sign}{:02}", size / 3600);
    if parts > 1 {
        text.push_str(&format!("{mark}{:02}", size / 60 % 60));
    }
    if parts > 2 {
        text.push_str(&format!("{mark}{:02}", size % 60));
    }
    text
}
