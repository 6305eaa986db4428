//! What a scalar means: the types of YAML 1.1 as go-yaml v2 knows them.

use super::{node::Tag, timestamp::is_timestamp};

/// What a scalar means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    /// A string that may have been meant as a time.
    Timestamp(&'a str),
    Str(&'a str),
}

/// Returns what `text` means without quotes and without a tag.
///
/// Times are only told from other strings where `times` asks for it.
pub(super) fn resolve_plain(text: &str, times: bool) -> Scalar<'_> {
    let Some(first) = text.bytes().next() else { return Scalar::Null };
    let known = match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text),
        b'.' => special_float(text).or_else(|| point_float(text)),
        b'+' | b'-' => special_float(text).or_else(|| number(text)),
        b'0'..=b'9' if times && is_timestamp(text) => Some(Scalar::Timestamp(text)),
        b'0'..=b'9' => number(text),
        _ => None,
    };
    known.unwrap_or(Scalar::Str(text))
}

/// Returns what `text` means with a tag, or what go-yaml says when it does not fit.
pub(super) fn resolve_tagged(tag: Tag, text: &str) -> Result<Scalar<'_>, String> {
    let resolved = match tag {
        Tag::Str | Tag::Binary | Tag::Other | Tag::Merge => return Ok(Scalar::Str(text)),
        Tag::None => return Ok(resolve_plain(text, false)),
        Tag::Bool | Tag::Int | Tag::Float | Tag::Null => resolve_plain(text, false),
        Tag::Timestamp => resolve_plain(text, true),
    };
    let (fits, name) = match (tag, resolved) {
        (Tag::Float, Scalar::Int(value)) => return Ok(Scalar::Float(as_float(value))),
        (Tag::Float, found) => (matches!(found, Scalar::Float(_)), "!!float"),
        (Tag::Bool, found) => (matches!(found, Scalar::Bool(_)), "!!bool"),
        (Tag::Int, found) => (matches!(found, Scalar::Int(_) | Scalar::Uint(_)), "!!int"),
        (Tag::Null, found) => (matches!(found, Scalar::Null), "!!null"),
        (_, found) => (matches!(found, Scalar::Timestamp(_)), "!!timestamp"),
    };
    if fits {
        return Ok(resolved);
    }
    let found = match resolved {
        Scalar::Null => "!!null",
        Scalar::Bool(_) => "!!bool",
        Scalar::Int(_) | Scalar::Uint(_) => "!!int",
        Scalar::Float(_) => "!!float",
        Scalar::Timestamp(_) => "!!timestamp",
        Scalar::Str(_) => "!!str",
    };
    Err(format!("cannot decode {found} `{text}` as a {name}"))
}

#[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
fn as_float(value: i64) -> f64 {
    value as f64
}

fn word(text: &str) -> Option<Scalar<'_>> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        _ => return None,
    })
}

fn special_float(text: &str) -> Option<Scalar<'_>> {
    Some(Scalar::Float(match text {
        ".nan" | ".NaN" | ".NAN" => f64::NAN,
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => f64::INFINITY,
        "-.inf" | "-.Inf" | "-.INF" => f64::NEG_INFINITY,
        _ => return None,
    }))
}

fn number(text: &str) -> Option<Scalar<'_>> {
    let plain;
    let text = if text.contains('_') {
        plain = text.replace('_', "");
        plain.as_str()
    } else {
        text
    };
    if let Some(number) = integer(text) {
        return Some(number);
    }
    if is_float(text) {
        return finite(text);
    }
    let digits = text.strip_prefix("0b")?;
    let signed = i64::from_str_radix(digits, 2).ok().map(Scalar::Int);
    signed.or_else(|| unsigned(digits, 2).map(Scalar::Uint))
}

// Go's integers: `0x`, `0o`, `0b` and a leading 0 choose the base.
fn integer(text: &str) -> Option<Scalar<'static>> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let signed = digits.len() < text.len();
    let (base, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    let size = unsigned(digits, base)?;
    if negative {
        return 0_i64.checked_sub_unsigned(size).map(Scalar::Int);
    }
    match i64::try_from(size) {
        Ok(size) => Some(Scalar::Int(size)),
        Err(_) => (!signed).then_some(Scalar::Uint(size)),
    }
}

fn unsigned(digits: &str, base: u32) -> Option<u64> {
    // The standard library would take another sign.
    let first = digits.as_bytes().first()?;
    if matches!(first, b'+' | b'-') {
        return None;
    }
    u64::from_str_radix(digits, base).ok()
}

// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let rest = text.trim_start_matches(|char: char| char.is_ascii_digit());
    let whole = text.len() - rest.len();
    let rest = match rest.strip_prefix('.') {
        None if whole == 0 => return false,
        None => rest,
        Some(fraction) => {
            let rest = fraction.trim_start_matches(|char: char| char.is_ascii_digit());
            if whole == 0 && rest.len() == fraction.len() {
                return false;
            }
            rest
        }
    };
    let Some(exponent) = rest.strip_prefix(['e', 'E']) else { return rest.is_empty() };
    let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

// A number that starts with its point. It may have `_` between digits only.
fn point_float(text: &str) -> Option<Scalar<'_>> {
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let between = |at: usize| digit(bytes.get(at - 1)) && digit(bytes.get(at + 1));
    if !text.match_indices('_').all(|(at, _)| between(at)) {
        return None;
    }
    let plain = text.replace('_', "");
    if is_float(&plain) { finite(&plain) } else { None }
}

fn finite(text: &str) -> Option<Scalar<'static>> {
    text.parse().ok().filter(|value: &f64| value.is_finite()).map(Scalar::Float)
}
