//! Durations as text, both ways.

const SECOND: u64 = 1_000_000_000;

/// `time.Duration.String`: `1h2m3.5s`.
pub(crate) fn duration_text(nanoseconds: i64) -> String {
    let size = nanoseconds.unsigned_abs();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    if size == 0 {
        return "0s".into();
    }
    let (unit, name) = match size {
        0..1_000 => (1, "ns"),
        1_000..1_000_000 => (1_000, "µs"),
        1_000_000..SECOND => (1_000_000, "ms"),
        _ => {
            let (minutes, rest) = (size / (60 * SECOND), size % (60 * SECOND));
            let seconds = fraction(rest, SECOND);
            return match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            };
        }
    };
    format!("{sign}{}{name}", fraction(size, unit))
}

fn fraction(size: u64, unit: u64) -> String {
    let (whole, rest) = (size / unit, size % unit);
    if rest == 0 {
        return whole.to_string();
    }
    let digits = unit.ilog10() as usize;
    let rest = format!("{rest:0>digits$}");
    format!("{whole}.{}", rest.trim_end_matches('0'))
}

/// `time.Duration.Round`: half a unit and more goes away from zero.
pub(crate) fn duration_round(span: i64, unit: i64) -> i64 {
    if unit <= 0 {
        return span;
    }
    let rest = span % unit;
    let down = span - rest;
    match (rest.unsigned_abs() < unit.unsigned_abs().div_ceil(2), span < 0) {
        (true, _) => down,
        (false, true) => down.checked_sub(unit).unwrap_or(i64::MIN),
        (false, false) => down.checked_add(unit).unwrap_or(i64::MAX),
    }
}

/// `time.Duration.Truncate`: towards zero.
pub(crate) const fn duration_truncate(span: i64, unit: i64) -> i64 {
    if unit <= 0 { span } else { span - span % unit }
}

/// Quotes as Go's `time` does: all but ASCII as its bytes.
pub(super) fn time_quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(*byte)]),
            b' '..=0x7f => out.push(char::from(*byte)),
            byte => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}

/// `time.ParseDuration`: `1h2.5m`, `-300ms`.
pub(super) fn parse_duration(text: &str) -> Result<i64, String> {
    let quoted = || time_quoted(text.as_bytes());
    let invalid = || format!("time: invalid duration {}", quoted());
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return Err(invalid());
        }
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let size: u64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3600 * SECOND,
            "" => return Err(format!("time: missing unit in duration {}", quoted())),
            unit => {
                let unit = time_quoted(unit.as_bytes());
                return Err(format!("time: unknown unit {unit} in duration {}", quoted()));
            }
        };
        let whole: u64 =
            if whole.is_empty() { Ok(0) } else { whole.parse() }.map_err(|_| invalid())?;
        let mut span = whole.checked_mul(size).ok_or_else(invalid)?;
        if !fraction.is_empty() {
            let digits = &fraction[..fraction.len().min(18)];
            let part: u128 = digits.parse().map_err(|_| invalid())?;
            let scale = 10_u128.pow(u32::try_from(digits.len()).unwrap_or(18));
            let part = part * u128::from(size) / scale;
            span = span.checked_add(u64::try_from(part).unwrap_or(0)).ok_or_else(invalid)?;
        }
        total = total.checked_add(span).filter(|total| *total <= 1 << 63).ok_or_else(invalid)?;
        rest = after;
    }
    let signed = if negative { -i128::from(total) } else { i128::from(total) };
    i64::try_from(signed).map_err(|_| invalid())
}
