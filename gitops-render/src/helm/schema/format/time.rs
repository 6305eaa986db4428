//! Dates, times and durations of RFC 3339.

use crate::helm::text::go_quote;

pub(super) fn date(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.splitn(3, '-').collect();
    let digits = |part: &&str, size: usize| {
        part.len() == size && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let layout = "2006-01-02";
    let refused = |rest: &str, wanted: &str| {
        let (text, rest) = (go_quote(text), go_quote(rest));
        Err(format!("parsing time {text} as \"{layout}\": cannot parse {rest} as \"{wanted}\""))
    };
    let Some(year) = parts.first().filter(|year| digits(year, 4)) else {
        return refused(text, "2006");
    };
    let rest = &text[year.len()..];
    let Some(month) = parts.get(1).filter(|month| digits(month, 2)) else {
        let wanted = if rest.starts_with('-') { "01" } else { "-" };
        return refused(rest.strip_prefix('-').unwrap_or(rest), wanted);
    };
    let rest = &rest[1 + month.len()..];
    let Some(day) = parts.get(2).filter(|day| digits(day, 2)) else {
        let wanted = if rest.starts_with('-') { "02" } else { "-" };
        return refused(rest.strip_prefix('-').unwrap_or(rest), wanted);
    };
    let number = |part: &str| part.parse::<u32>().unwrap_or(0);
    let (year, month, day) = (number(year), number(month), number(day));
    let outside = |what| Err(format!("parsing time {}: {what} out of range", go_quote(text)));
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return outside("month"),
    };
    if (1..=days).contains(&day) { Ok(()) } else { outside("day") }
}

pub(super) fn time(text: &str) -> Result<(), String> {
    let bytes = text.as_bytes();
    let wrong = |problem: &str| Err(problem.to_owned());
    if bytes.len() < 9 {
        return wrong("less than 9 characters long");
    }
    if bytes[2] != b':' || bytes[5] != b':' {
        return wrong("missing colon in correct place");
    }
    let two = |bytes: &[u8]| std::str::from_utf8(bytes).ok()?.parse::<i32>().ok();
    let (Some(hour), Some(minute), Some(second)) =
        (two(&bytes[..2]), two(&bytes[3..5]), two(&bytes[6..8]))
    else {
        return wrong("invalid hour/min/sec");
    };
    if 23 < hour || 59 < minute || 60 < second {
        return wrong("hour/min/sec out of range");
    }
    let mut rest = &bytes[8..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return wrong("no digits in second fraction");
        }
        rest = &fraction[digits..];
    }
    let mut at = hour * 60 + minute;
    if !matches!(rest, b"z" | b"Z") {
        at -= offset(rest)?;
    }
    let at = at.rem_euclid(24 * 60);
    if 60 <= second && at != 23 * 60 + 59 {
        return wrong("invalid leap second");
    }
    Ok(())
}

fn offset(text: &[u8]) -> Result<i32, String> {
    let wrong = |problem: &str| Err(problem.to_owned());
    let &[sign, h1, h2, colon, m1, m2] = text else {
        return wrong("offset must be 6 characters long");
    };
    let sign = match sign {
        b'+' => 1,
        b'-' => -1,
        _ => return wrong("offset must begin with plus/minus"),
    };
    if colon != b':' {
        return wrong("missing colon in offset in correct place");
    }
    if ![h1, h2, m1, m2].iter().all(u8::is_ascii_digit) {
        return wrong("invalid hour/min in offset");
    }
    let two = |a: u8, b: u8| i32::from(a - b'0') * 10 + i32::from(b - b'0');
    let (hour, minute) = (two(h1, h2), two(m1, m2));
    if 23 < hour || 59 < minute {
        return wrong("hour/min in offset out of range");
    }
    Ok(sign * (hour * 60 + minute))
}

pub(super) fn date_time(text: &str) -> Result<(), String> {
    if text.len() < 20 {
        return Err("less than 20 characters long".to_owned());
    }
    let (Some(day), Some(mark), Some(clock)) = (text.get(..10), text.get(10..11), text.get(11..))
    else {
        return Err("invalid date element: no ASCII".to_owned());
    };
    if !mark.eq_ignore_ascii_case("t") {
        return Err("11th character must be t or T".to_owned());
    }
    date(day).map_err(|problem| format!("invalid date element: {problem}"))?;
    time(clock).map_err(|problem| format!("invalid time element: {problem}"))
}

pub(super) fn duration(text: &str) -> Result<(), String> {
    let wrong = |problem: &str| Err(problem.to_owned());
    let Some(rest) = text.strip_prefix('P') else { return wrong("must start with P") };
    if rest.is_empty() {
        return wrong("nothing after P");
    }
    if let Some(weeks) = rest.strip_suffix('W') {
        return match weeks {
            "" => wrong("no number in week"),
            weeks if weeks.bytes().all(|byte| byte.is_ascii_digit()) => Ok(()),
            _ => wrong("invalid week"),
        };
    }
    for (index, part) in rest.split('T').enumerate() {
        if index != 0 && part.is_empty() {
            return wrong("no time elements");
        }
        let all = match index {
            0 => "YMD",
            1 => "HMS",
            _ => return wrong("more than one T"),
        };
        let (mut units, mut part) = (all, part);
        while !part.is_empty() {
            let after = part.trim_start_matches(|char: char| char.is_ascii_digit());
            if after.len() == part.len() {
                return wrong("missing number");
            }
            let Some(unit) = after.chars().next() else { return wrong("missing unit") };
            let Some(place) = units.find(unit) else {
                return Err(match all.contains(unit) {
                    true => format!("unit {unit:?} out of order"),
                    false => format!("invalid unit {unit:?}"),
                });
            };
            units = &units[place + 1..];
            part = &after[unit.len_utf8()..];
        }
    }
    Ok(())
}
