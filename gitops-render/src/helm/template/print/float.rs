//! Floating-point numbers as Go's `strconv.FormatFloat` writes them.

/// The number in format `verb` (`e`, `E`, `f`, `g`, `G`, `b`, `x`, `X`), with as many digits as
/// needed when there is no precision. No sign for positive numbers.
pub(crate) fn format_float(value: f64, verb: u8, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf".into() } else { "-Inf".into() };
    }
    match verb {
        b'f' => match precision {
            Some(digits) => format!("{value:.digits$}"),
            None => format!("{value}"),
        },
        b'e' | b'E' => exponent_form(&scientific(value, precision), verb),
        b'b' => binary(value),
        b'x' | b'X' => hexadecimal(value, precision, verb),
        _ => general(value, verb, precision),
    }
}

/// As `%v` prints it.
pub(crate) fn plain_float(value: f64) -> String {
    format_float(value, b'g', None)
}

/// Rust's `1.5e-7`, with the digits that Go takes where two are as near.
fn scientific(value: f64, precision: Option<usize>) -> String {
    if let Some(digits) = precision {
        return format!("{value:.digits$e}");
    }
    let text = serde_json::Number::from_f64(value).map_or_else(String::new, |n| n.to_string());
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => ("-", text),
        None => ("", text.as_str()),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_start_matches('0');
    let zeros = all.len() - digits.len();
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return format!("{sign}0e0");
    }
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let place = i64::try_from(whole.len()).unwrap_or(0) - i64::try_from(zeros).unwrap_or(0) - 1;
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{first}{point}{rest}e{}", exponent + place)
}

/// Go's `1.5e-07`.
fn exponent_form(text: &str, verb: u8) -> String {
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    let letter = if verb.is_ascii_uppercase() { 'E' } else { 'e' };
    format!("{digits}{letter}{sign}{exponent:0>2}")
}

fn general(value: f64, verb: u8, precision: Option<usize>) -> String {
    let letter = if verb == b'G' { b'E' } else { b'e' };
    let text = scientific(value, precision.map(|digits| digits.max(1) - 1));
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let significant = digits.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
    // Zeros at the end do not count: `%g` never shows them.
    let kept = significant.iter().rposition(|digit| *digit != b'0').map_or(1, |last| last + 1);
    let limit = match precision {
        None => 6,
        Some(digits) => {
            let digits = i64::try_from(digits.max(1)).unwrap_or(i64::MAX);
            let kept = i64::try_from(kept).unwrap_or(i64::MAX);
            if digits > kept && kept > exponent { kept } else { digits }
        }
    };
    let fraction = usize::try_from(exponent + 1).unwrap_or(0);
    let sign = if digits.starts_with('-') { "-" } else { "" };
    let shown = String::from_utf8_lossy(&significant[..kept]).into_owned();
    if exponent < -4 || exponent >= limit {
        let (first, rest) = shown.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        return exponent_form(&format!("{sign}{first}{point}{rest}e{exponent}"), letter);
    }
    if exponent < 0 {
        let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
        return format!("{sign}0.{}{shown}", "0".repeat(zeros));
    }
    if kept <= fraction {
        return format!("{sign}{shown:0<fraction$}");
    }
    let (whole, rest) = shown.split_at(fraction);
    format!("{sign}{whole}.{rest}")
}

fn parts(value: f64) -> (bool, u64, i32) {
    let bits = value.to_bits();
    let exponent = i32::try_from(bits >> 52 & 0x7ff).unwrap_or(0);
    let fraction = bits & ((1 << 52) - 1);
    let negative = bits >> 63 == 1;
    if exponent == 0 {
        (negative, fraction, -1074)
    } else {
        (negative, fraction | 1 << 52, exponent - 1075)
    }
}

fn binary(value: f64) -> String {
    let (negative, mantissa, exponent) = parts(value);
    let sign = if negative { "-" } else { "" };
    format!("{sign}{mantissa}p{exponent:+}")
}

fn hexadecimal(value: f64, precision: Option<usize>, verb: u8) -> String {
    let (negative, mut mantissa, mut exponent) = parts(value);
    if mantissa == 0 {
        exponent = 0;
    } else {
        while mantissa < 1 << 52 {
            mantissa <<= 1;
            exponent -= 1;
        }
        exponent += 52;
    }
    if let Some(digits) = precision.filter(|digits| *digits < 13) {
        let shift = 4 * (13 - digits);
        let (half, rest) = (1_u64 << (shift - 1), mantissa & ((1 << shift) - 1));
        mantissa >>= shift;
        if rest > half || rest == half && mantissa & 1 == 1 {
            mantissa += 1;
        }
        mantissa <<= shift;
        if mantissa >= 1 << 53 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let mut fraction = format!("{:013x}", mantissa & ((1 << 52) - 1));
    match precision {
        Some(digits) => {
            fraction.extend(std::iter::repeat_n('0', digits.saturating_sub(fraction.len())));
            fraction.truncate(digits);
        }
        None => fraction.truncate(fraction.trim_end_matches('0').len()),
    }
    let point = if fraction.is_empty() { "" } else { "." };
    let (sign, letter) = (if negative { "-" } else { "" }, mantissa >> 52);
    let power = if exponent < 0 { '-' } else { '+' };
    let text = format!("{sign}0x{letter}{point}{fraction}p{power}{:02}", exponent.abs());
    if verb == b'X' { text.to_ascii_uppercase() } else { text }
}
