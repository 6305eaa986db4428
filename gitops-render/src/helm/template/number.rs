//! Number literals: what Go's `strconv` makes of them.

use super::ast::{Number, Span};
use super::print::quote::{quote_cut, unquote_constant};
use super::token::Token;

/// Reads a number or a character constant, whose place is the caller's to say.
pub(super) fn parse(word: &[u8], token: Token) -> Result<Number, String> {
    let text = Span::default();
    let mut number = Number { text, int: None, uint: None, float: None, complex: false };
    if let Some(value) = small(word) {
        number.int = Some(i64::from(value));
        number.uint = Some(u64::from(value));
        number.float = Some(f64::from(value));
        return Ok(number);
    }
    if token == Token::CharConstant {
        let Some((rune, tail)) = unquote_constant(word) else {
            return Err("invalid syntax".into());
        };
        if tail != b"'" {
            let text = String::from_utf8_lossy(word);
            return Err(format!("malformed character constant: {text}"));
        }
        number.int = Some(i64::from(rune));
        number.uint = Some(u64::from(rune));
        number.float = Some(f64::from(rune));
        return Ok(number);
    }
    let Ok(source) = std::str::from_utf8(word) else {
        return Err(illegal(word));
    };
    if token == Token::Complex || source.ends_with('i') {
        let part = source.strip_suffix('i').unwrap_or(source);
        let split = part.rfind(['+', '-']).filter(|at| *at > 0 && token == Token::Complex);
        let (real, imaginary) = part.split_at(split.unwrap_or(0));
        let real = if real.is_empty() { Some(0.0) } else { parse_float(real) };
        if let (Some(real), Some(imaginary)) = (real, parse_float(imaginary)) {
            number.complex = true;
            if imaginary == 0.0 {
                number.float = Some(real);
                number.int = whole(real);
                number.uint = whole(real).and_then(|value| u64::try_from(value).ok());
            }
            return Ok(number);
        }
        return Err(illegal(word));
    }
    number.uint = parse_uint(source);
    number.int = parse_int(source);
    if number.int == Some(0) {
        number.uint = Some(0);
    }
    #[allow(
        clippy::cast_precision_loss,
        clippy::float_cmp,
        reason = "as Go promotes a whole number"
    )]
    if let Some(value) = number.int {
        number.float = Some(value as f64);
    } else if let Some(value) = number.uint {
        number.float = Some(value as f64);
    } else if let Some(value) = parse_float(source) {
        if !source.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(format!("integer overflow: {}", quote_cut(word, None)));
        }
        number.float = Some(value);
        number.int = whole(value);
        number.uint = number.int.and_then(|value| u64::try_from(value).ok());
    }
    if number.int.is_none() && number.uint.is_none() && number.float.is_none() {
        return Err(illegal(word));
    }
    Ok(number)
}

/// What a few decimal digits mean, the first of many not zero.
fn small(word: &[u8]) -> Option<u32> {
    let plain = word.len() <= 9 && (word.len() == 1 || word.first() != Some(&b'0'));
    if !plain || word.is_empty() || !word.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(word.iter().fold(0, |value, digit| 10 * value + u32::from(digit - b'0')))
}

fn illegal(word: &[u8]) -> String {
    format!("illegal number syntax: {}", quote_cut(word, None))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "compared after")]
fn whole(value: f64) -> Option<i64> {
    let whole = value as i64;
    (value.fract() == 0.0 && whole as f64 - value == 0.0 && whole != i64::MAX).then_some(whole)
}

/// `strconv.ParseInt` with base 0.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let size = i128::from(parse_uint(digits)?);
    i64::try_from(if negative { -size } else { size }).ok()
}

/// `strconv.ParseUint` with base 0.
pub(crate) fn parse_uint(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let (radix, digits, prefixed) = if let Some(digits) = lower.strip_prefix("0x") {
        (16, digits, true)
    } else if let Some(digits) = lower.strip_prefix("0o") {
        (8, digits, true)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        (2, digits, true)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..], true)
    } else {
        (10, lower.as_str(), false)
    };
    let cleaned = without_underscores(digits, prefixed)?;
    if cleaned.is_empty() || cleaned.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(&cleaned, radix).ok()
}

/// Underscores may stand between digits, and behind a prefix.
fn without_underscores(digits: &str, prefixed: bool) -> Option<String> {
    if !digits.contains('_') {
        return Some(digits.to_owned());
    }
    let bad =
        digits.ends_with('_') || digits.contains("__") || digits.starts_with('_') && !prefixed;
    (!bad).then(|| digits.replace('_', ""))
}

/// `strconv.ParseFloat`, without a range error: what is too large is none.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    let (sign, size) = match text.as_bytes().first()? {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    let lower = size.to_ascii_lowercase();
    if matches!(lower.as_str(), "inf" | "infinity") {
        return Some(sign * f64::INFINITY);
    }
    if lower == "nan" {
        return Some(f64::NAN);
    }
    if let Some(digits) = lower.strip_prefix("0x") {
        return Some(sign * hexadecimal(digits)?);
    }
    let first = lower.bytes().next()?;
    if !first.is_ascii_digit() && first != b'.' {
        return None;
    }
    let value: f64 = between_digits(&lower, false)?.parse().ok()?;
    value.is_finite().then_some(sign * value)
}

/// Takes out underscores, which may stand between digits and behind a prefix only.
fn between_digits(text: &str, hex: bool) -> Option<String> {
    let digit = |byte: u8| byte.is_ascii_digit() || hex && byte.is_ascii_hexdigit();
    let mut before = hex;
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'_' && !(before && bytes.peek().is_some_and(|next| digit(*next))) {
            return None;
        }
        before = digit(byte);
    }
    Some(text.replace('_', ""))
}

/// `1.8p3` behind `0x`.
fn hexadecimal(digits: &str) -> Option<f64> {
    let digits = between_digits(digits, true)?;
    let (mantissa, exponent) = digits.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() {
        return None;
    }
    let value = u64::from_str_radix(&all, 16).ok()?;
    let shift = i32::try_from(fraction.len()).ok()? * 4;
    let exponent: i32 = exponent.parse().ok()?;
    #[allow(clippy::cast_precision_loss, reason = "a literal of so many digits is rounded")]
    let value = value as f64 * 2_f64.powi(exponent.checked_sub(shift)?);
    value.is_finite().then_some(value)
}
