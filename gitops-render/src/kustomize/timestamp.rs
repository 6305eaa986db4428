//! Times without quotes, which come out in one form.

/// Returns the time that `text` is, as Go's JSON prints it.
pub(super) fn as_rfc3339(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes[4] != b'-' || !bytes[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut reader = Reader { rest: &text[5..] };
    let year: u32 = text[..4].parse().ok()?;
    let month = reader.number()?;
    reader.char('-')?;
    let day = reader.number()?;
    if !(1..=12).contains(&month) || !(1..=days(year, month)).contains(&day) {
        return None;
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if reader.rest.is_empty() {
        return Some(format!("{date}T00:00:00Z"));
    }
    let zoned = reader.char('T').or_else(|| reader.char('t')).is_some();
    if !zoned {
        reader.char(' ')?;
        reader.rest = reader.rest.trim_start_matches(' ');
    }
    let time = reader.time()?;
    let zone = if zoned { reader.zone()? } else { "Z".to_owned() };
    reader.rest.is_empty().then(|| format!("{date}T{time}{zone}"))
}

fn days(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn char(&mut self, char: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(char)?;
        Some(())
    }

    // One or two digits.
    fn number(&mut self) -> Option<u32> {
        let count = self.rest.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        digits.parse().ok()
    }

    fn time(&mut self) -> Option<String> {
        let hour = self.number()?;
        self.char(':')?;
        let minute = self.number()?;
        self.char(':')?;
        let second = self.number()?;
        if 23 < hour || 59 < minute || 59 < second {
            return None;
        }
        let mut time = format!("{hour:02}:{minute:02}:{second:02}");
        if let Some(fraction) = self.rest.strip_prefix(['.', ',']) {
            let count = fraction.bytes().take_while(u8::is_ascii_digit).count();
            if count == 0 || 9 < count {
                return None;
            }
            let digits = fraction[..count].trim_end_matches('0');
            if !digits.is_empty() {
                time = format!("{time}.{digits}");
            }
            self.rest = &fraction[count..];
        }
        Some(time)
    }

    fn zone(&mut self) -> Option<String> {
        if self.char('Z').is_some() {
            return Some("Z".to_owned());
        }
        let sign = self.rest.chars().next().filter(|sign| matches!(sign, '+' | '-'))?;
        self.char(sign)?;
        let (hours, minutes) = self.rest.split_once(':')?;
        let two = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !two(hours) || !two(minutes) || "24" < hours || "59" < minutes {
            return None;
        }
        self.rest = "";
        let utc = hours == "00" && minutes == "00";
        Some(if utc { "Z".to_owned() } else { format!("{sign}{hours}:{minutes}") })
    }
}

#[cfg(test)]
mod tests {
    use super::as_rfc3339;

    #[test]
    fn times_come_out_in_one_form() {
        let check = |text, want: Option<&str>| assert_eq!(as_rfc3339(text).as_deref(), want);
        check("2024-1-2", Some("2024-01-02T00:00:00Z"));
        check("2024-01-02 03:04:05", Some("2024-01-02T03:04:05Z"));
        check("2024-01-02T03:04:05.500Z", Some("2024-01-02T03:04:05.5Z"));
        check("2024-01-02t03:04:05+02:00", Some("2024-01-02T03:04:05+02:00"));
        check("2024-02-30", None);
        check("2024-01-02x", None);
    }
}
