//! Which strings are times to go-yaml, which quotes them.

/// Whether `text` is a time in one of the forms that go-yaml knows.
pub(super) fn is_timestamp(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits != 4 || text.as_bytes().get(4) != Some(&b'-') {
        return false;
    }
    date(text).is_some_and(|rest| {
        rest.is_empty()
            || rest.strip_prefix(['T', 't']).and_then(time).is_some_and(is_zone)
            || spaces(rest).and_then(time).is_some_and(str::is_empty)
    })
}

// Reads `2006-1-2` and returns what follows.
fn date(text: &str) -> Option<&str> {
    let (year, rest) = text.split_at_checked(4)?;
    let year: u32 = year.parse().ok()?;
    let (month, rest) = number(rest.strip_prefix('-')?)?;
    let (day, rest) = number(rest.strip_prefix('-')?)?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => return None,
    };
    (1..=days).contains(&day).then_some(rest)
}

// Reads `15:4:5.999999999` and returns what follows.
fn time(text: &str) -> Option<&str> {
    let (hour, rest) = number(text)?;
    let (minute, rest) = number(rest.strip_prefix(':')?)?;
    let (second, rest) = number(rest.strip_prefix(':')?)?;
    if 24 <= hour || 60 <= minute || 60 <= second {
        return None;
    }
    let fraction = rest.strip_prefix(['.', ',']).unwrap_or("");
    let after = fraction.trim_start_matches(|char: char| char.is_ascii_digit());
    Some(if after.len() < fraction.len() { after } else { rest })
}

fn is_zone(text: &str) -> bool {
    match text.as_bytes() {
        b"Z" => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => {
            let two = |high: &u8, low: &u8| {
                let both = high.is_ascii_digit() && low.is_ascii_digit();
                both.then(|| (high - b'0') * 10 + low - b'0')
            };
            two(h1, h2).is_some_and(|hour| hour <= 24)
                && two(m1, m2).is_some_and(|minute| minute <= 60)
        }
        _ => false,
    }
}

fn spaces(text: &str) -> Option<&str> {
    text.starts_with(' ').then(|| text.trim_start_matches(' '))
}

// Reads one or two digits.
fn number(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at(digits);
    Some((number.parse().ok()?, rest))
}
