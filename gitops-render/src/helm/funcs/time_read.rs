//! Reads times after a layout, with Go's words for what does not fit.

use super::layout::{Chunk, MONTHS, WEEKDAYS, next_chunk};
use super::moment::{Moment, days};
use super::number_text::time_quoted;

/// What was read so far.
struct Fields {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: u32,
    afternoon: Option<bool>,
    offset: Option<i32>,
    zone: String,
}

/// `time.Parse`.
pub(super) fn parse(layout: &[u8], text: &[u8]) -> Result<Moment, String> {
    let mut fields = Fields {
        year: 0,
        month: None,
        day: None,
        year_day: None,
        hour: 0,
        minute: 0,
        second: 0,
        nanos: 0,
        afternoon: None,
        offset: None,
        zone: String::new(),
    };
    let quoted = time_quoted;
    let misfit = |rest: &[u8], wanted: &[u8]| {
        let (text, layout) = (quoted(text), quoted(layout));
        let (rest, wanted) = (quoted(rest), quoted(wanted));
        format!("parsing time {text} as {layout}: cannot parse {rest} as {wanted}")
    };
    let out_of = |what: &str| format!("parsing time {}: {what} out of range", quoted(text));
    let (mut rest, mut pattern) = (text, layout);
    loop {
        let (prefix, chunk, after) = next_chunk(pattern);
        rest = skip(rest, prefix).ok_or_else(|| misfit(rest, prefix))?;
        let Some((chunk, written)) = chunk else {
            if !rest.is_empty() {
                return Err(format!("parsing time {}: extra text: {}", quoted(text), quoted(rest)));
            }
            break;
        };
        let hold = rest;
        rest = match fields.read(chunk, rest, after) {
            Ok(rest) => rest,
            Err(Misfit::Text) => return Err(misfit(hold, written)),
            Err(Misfit::Range(what)) => return Err(out_of(what)),
        };
        pattern = after;
    }
    fields.finish().map_err(out_of)
}

enum Misfit {
    Text,
    Range(&'static str),
}

type Rest<'t> = Result<&'t [u8], Misfit>;

/// Passes literal text; a blank in it stands for any number of blanks.
fn skip<'t>(mut text: &'t [u8], prefix: &[u8]) -> Option<&'t [u8]> {
    let mut prefix = prefix;
    while let Some((byte, after)) = prefix.split_first() {
        if *byte == b' ' {
            if text.first().is_some_and(|byte| *byte != b' ') {
                return None;
            }
            prefix = trim_blanks(prefix);
            text = trim_blanks(text);
            continue;
        }
        text = text.strip_prefix(&[*byte])?;
        prefix = after;
    }
    Some(text)
}

fn trim_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| **byte == b' ').count();
    &text[blanks..]
}

/// A number of one to `most` digits, or of exactly so many.
fn number(text: &[u8], most: usize, exact: bool) -> Result<(i64, &[u8]), Misfit> {
    let count = text.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 || exact && count < most {
        return Err(Misfit::Text);
    }
    let value = text[..count].iter().fold(0, |value, byte| value * 10 + i64::from(byte - b'0'));
    Ok((value, &text[count..]))
}

fn name<'t>(text: &'t [u8], names: &[&str], short: bool) -> Result<(usize, &'t [u8]), Misfit> {
    for (at, name) in names.iter().enumerate() {
        let name = if short { &name[..3] } else { name };
        let same = text.get(..name.len()).is_some_and(|t| t.eq_ignore_ascii_case(name.as_bytes()));
        if same {
            return Ok((at, &text[name.len()..]));
        }
    }
    Err(Misfit::Text)
}

impl Fields {
    fn read<'t>(&mut self, chunk: Chunk, text: &'t [u8], after: &[u8]) -> Rest<'t> {
        let (slot, read, range, what) = match chunk {
            Chunk::LongMonth | Chunk::Month => {
                let (at, rest) = name(text, &MONTHS, chunk == Chunk::Month)?;
                self.month = i64::try_from(at + 1).ok();
                return Ok(rest);
            }
            Chunk::LongWeekday | Chunk::Weekday => {
                return Ok(name(text, &WEEKDAYS, chunk == Chunk::Weekday)?.1);
            }
            Chunk::LongYear | Chunk::Year => return self.year(chunk, text),
            Chunk::NumMonth | Chunk::ZeroMonth => {
                let (month, rest) = number(text, 2, chunk == Chunk::ZeroMonth)?;
                if !(1..=12).contains(&month) {
                    return Err(Misfit::Range("month"));
                }
                self.month = Some(month);
                return Ok(rest);
            }
            Chunk::Day | Chunk::UnderDay | Chunk::ZeroDay => {
                let text = match chunk {
                    Chunk::UnderDay => text.strip_prefix(b" ").unwrap_or(text),
                    _ => text,
                };
                let (day, rest) = number(text, 2, chunk == Chunk::ZeroDay)?;
                self.day = Some(day);
                return Ok(rest);
            }
            Chunk::UnderYearDay | Chunk::ZeroYearDay => {
                let padded = text.iter().take(2).take_while(|byte| **byte == b' ').count();
                let skipped = if chunk == Chunk::UnderYearDay { padded } else { 0 };
                let (day, rest) = number(&text[skipped..], 3 - skipped, true)?;
                self.year_day = Some(day);
                return Ok(rest);
            }
            Chunk::UpperHalf | Chunk::LowerHalf => return self.half(chunk, text),
            Chunk::ZoneName => return self.zone_name(text),
            Chunk::Offset { z, colon, parts } => return self.offset(text, z, colon, parts),
            Chunk::Fraction { digits, trim } => return self.fraction(text, digits, trim),
            Chunk::Hour => (&mut self.hour, number(text, 2, false)?, 0..24, "hour"),
            Chunk::Hour12 => (&mut self.hour, number(text, 2, false)?, 0..13, "hour"),
            Chunk::ZeroHour12 => (&mut self.hour, number(text, 2, true)?, 0..13, "hour"),
            Chunk::Minute => (&mut self.minute, number(text, 2, false)?, 0..60, "minute"),
            Chunk::ZeroMinute => (&mut self.minute, number(text, 2, true)?, 0..60, "minute"),
            Chunk::Second => (&mut self.second, number(text, 2, false)?, 0..60, "second"),
            Chunk::ZeroSecond => (&mut self.second, number(text, 2, true)?, 0..60, "second"),
        };
        *slot = read.0;
        if !range.contains(&read.0) {
            return Err(Misfit::Range(what));
        }
        let mut rest = read.1;
        // Decimals behind the seconds count, also where the layout has none.
        let next_is_fraction =
            matches!(next_chunk(after), (b"", Some((Chunk::Fraction { .. }, _)), _));
        if what == "second"
            && !next_is_fraction
            && let [b'.' | b',', digit, ..] = rest
            && digit.is_ascii_digit()
        {
            let digits = rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            rest = self.fraction(rest, digits, false)?;
        }
        Ok(rest)
    }

    fn year<'t>(&mut self, chunk: Chunk, text: &'t [u8]) -> Rest<'t> {
        if chunk == Chunk::LongYear {
            let (year, rest) = number(text, 4, true)?;
            self.year = year;
            return Ok(rest);
        }
        let (year, rest) = number(text, 2, true)?;
        self.year = year + if year >= 69 { 1900 } else { 2000 };
        Ok(rest)
    }

    fn half<'t>(&mut self, chunk: Chunk, text: &'t [u8]) -> Rest<'t> {
        let halves = if chunk == Chunk::UpperHalf { (b"PM", b"AM") } else { (b"pm", b"am") };
        let half = text.get(..2).ok_or(Misfit::Text)?;
        if half != halves.0 && half != halves.1 {
            return Err(Misfit::Text);
        }
        self.afternoon = Some(half == halves.0);
        Ok(&text[2..])
    }

    fn fraction<'t>(&mut self, text: &'t [u8], digits: usize, trim: bool) -> Rest<'t> {
        let mut count = digits;
        if trim {
            if !matches!(text, [b'.' | b',', digit, ..] if digit.is_ascii_digit()) {
                return Ok(text);
            }
            count = text[1..].iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
        }
        let body = text.get(1..=count).ok_or(Misfit::Text)?;
        if !matches!(text[0], b'.' | b',') || !body.iter().all(u8::is_ascii_digit) {
            return Err(Misfit::Text);
        }
        let padded: Vec<u8> = body.iter().copied().chain(std::iter::repeat(b'0')).take(9).collect();
        self.nanos = padded.iter().fold(0, |nanos, byte| nanos * 10 + u32::from(byte - b'0'));
        Ok(&text[1 + count..])
    }

    fn offset<'t>(&mut self, text: &'t [u8], z: bool, colon: bool, parts: u8) -> Rest<'t> {
        if z && let Some(rest) = text.strip_prefix(b"Z") {
            self.offset = Some(0);
            self.zone = "UTC".into();
            return Ok(rest);
        }
        let sign = match text.first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(Misfit::Text),
        };
        let mut rest = &text[1..];
        let mut seconds = 0;
        for (part, unit) in (0..parts).zip([3600, 60, 1]) {
            if part > 0 && colon {
                rest = rest.strip_prefix(b":").ok_or(Misfit::Text)?;
            }
            let (value, after) = number(rest, 2, true)?;
            let limit = if part == 0 { 24 } else { 60 };
            if value > limit {
                return Err(Misfit::Range("time zone offset hour"));
            }
            seconds += i32::try_from(value).unwrap_or(0) * unit;
            rest = after;
        }
        self.offset = Some(sign * seconds);
        Ok(rest)
    }

    fn zone_name<'t>(&mut self, text: &'t [u8]) -> Rest<'t> {
        if let Some(rest) = text.strip_prefix(b"UTC") {
            self.offset = Some(0);
            self.zone = "UTC".into();
            return Ok(rest);
        }
        let count = text.iter().take(6).take_while(|byte| byte.is_ascii_uppercase()).count();
        let valid = match count {
            3 => true,
            4 => text[3] == b'T' || &text[..4] == b"WITA",
            5 => text[4] == b'T',
            _ => false,
        };
        if !valid {
            return Err(Misfit::Text);
        }
        self.zone = String::from_utf8_lossy(&text[..count]).into_owned();
        Ok(&text[count..])
    }

    fn finish(mut self) -> Result<Moment, &'static str> {
        match self.afternoon {
            Some(true) if self.hour < 12 => self.hour += 12,
            Some(false) if self.hour == 12 => self.hour = 0,
            _ => {}
        }
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let (mut month, mut day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        if let Some(year_day) = self.year_day {
            if !(1..=365 + i64::from(leap)).contains(&year_day) {
                return Err("day-of-year");
            }
            if self.month.is_none() && self.day.is_none() {
                (month, day) = (1, year_day);
            }
        }
        let next = if month == 12 { (self.year + 1, 1) } else { (self.year, month + 1) };
        let length = days(next.0, next.1, 1) - days(self.year, month, 1);
        if self.year_day.is_none() && !(1..=length).contains(&day) {
            return Err("day");
        }
        let date = days(self.year, month, day);
        let seconds = date * 86_400 + self.hour * 3600 + self.minute * 60 + self.second;
        Ok(match self.offset {
            Some(0) if self.zone.is_empty() || self.zone == "UTC" => {
                Moment::utc(seconds, self.nanos)
            }
            Some(offset) => {
                let seconds = seconds - i64::from(offset);
                Moment::fixed(seconds, self.nanos, offset, self.zone)
            }
            None if self.zone.is_empty() => Moment::utc(seconds, self.nanos),
            None => Moment::fixed(seconds, self.nanos, 0, self.zone),
        })
    }
}
