//! Go's `%q` and back: quoted strings and runes, as `strconv` writes and reads them.

use std::borrow::Cow;

use super::runes::{decode, is_print};

/// `%q` of a string.
pub(crate) fn quote(bytes: &[u8]) -> Vec<u8> {
    quote_with(bytes, b'"', false)
}

/// `%+q` of a string: ASCII only.
pub(crate) fn quote_ascii(bytes: &[u8]) -> Vec<u8> {
    quote_with(bytes, b'"', true)
}

/// `%q` of a rune.
pub(crate) fn quote_rune(rune: char, ascii: bool) -> Vec<u8> {
    quote_with(rune.encode_utf8(&mut [0; 4]).as_bytes(), b'\'', ascii)
}

/// `%.Nq` as text, for errors.
pub(crate) fn quote_cut(bytes: &[u8], runes: Option<usize>) -> String {
    let cut = runes.map_or(bytes, |count| cut_runes(bytes, count));
    String::from_utf8_lossy(&quote(cut)).into_owned()
}

/// At most the first `count` runes.
pub(crate) fn cut_runes(bytes: &[u8], count: usize) -> &[u8] {
    let mut at = 0;
    for _ in 0..count {
        let Some((_, width)) = decode(&bytes[at..]) else {
            break;
        };
        at += width;
    }
    &bytes[..at]
}

fn quote_with(bytes: &[u8], mark: u8, ascii: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 2);
    out.push(mark);
    let mut rest = bytes;
    while let Some((rune, width)) = decode(rest) {
        if width == 1 && rune == char::REPLACEMENT_CHARACTER {
            out.extend_from_slice(format!("\\x{:02x}", rest[0]).as_bytes());
        } else {
            escape(rune, mark, ascii, &mut out);
        }
        rest = &rest[width..];
    }
    out.push(mark);
    out
}

fn escape(rune: char, mark: u8, ascii: bool, out: &mut Vec<u8>) {
    if rune == char::from(mark) || rune == '\\' {
        out.push(b'\\');
        out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
        return;
    }
    if if ascii { matches!(rune, ' '..='~') } else { is_print(rune) } {
        out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes());
        return;
    }
    let text = match rune {
        '\x07' => "\\a".into(),
        '\x08' => "\\b".into(),
        '\x0c' => "\\f".into(),
        '\n' => "\\n".into(),
        '\r' => "\\r".into(),
        '\t' => "\\t".into(),
        '\x0b' => "\\v".into(),
        '\0'..=' ' | '\x7f' => format!("\\x{:02x}", u32::from(rune)),
        '\u{80}'..='\u{ffff}' => format!("\\u{:04x}", u32::from(rune)),
        _ => format!("\\U{:08x}", u32::from(rune)),
    };
    out.extend_from_slice(text.as_bytes());
}

/// `strconv.Unquote`: the string that a quoted or raw literal means.
pub(crate) fn unquote(literal: &[u8]) -> Option<Cow<'_, [u8]>> {
    let (mark, inner) = match literal {
        [first, inner @ .., last] if first == last => (*first, inner),
        _ => return None,
    };
    if mark == b'`' {
        if inner.contains(&b'`') {
            return None;
        }
        return Some(match inner.contains(&b'\r') {
            true => inner.iter().copied().filter(|byte| *byte != b'\r').collect(),
            false => Cow::Borrowed(inner),
        });
    }
    if !matches!(mark, b'"' | b'\'') || inner.contains(&b'\n') {
        return None;
    }
    let plain = |byte: &u8| byte.is_ascii() && !matches!(byte, b'"' | b'\\');
    if mark == b'"' && inner.iter().all(plain) {
        return Some(Cow::Borrowed(inner));
    }
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    let mut count = 0;
    while !rest.is_empty() {
        let (unit, tail) = unquote_unit(rest, mark)?;
        match unit {
            Unit::Byte(byte) => out.push(byte),
            Unit::Rune(rune) => out.extend_from_slice(rune.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = tail;
        count += 1;
    }
    (mark == b'"' || count == 1).then_some(Cow::Owned(out))
}

/// `strconv.UnquoteChar` of a character constant, quotes included: the rune and what is left.
pub(crate) fn unquote_constant(literal: &[u8]) -> Option<(u32, &[u8])> {
    let (unit, tail) = unquote_unit(literal.get(1..)?, *literal.first()?)?;
    Some(match unit {
        Unit::Byte(byte) => (u32::from(byte), tail),
        Unit::Rune(rune) => (u32::from(rune), tail),
    })
}

enum Unit {
    Byte(u8),
    Rune(char),
}

fn unquote_unit(text: &[u8], mark: u8) -> Option<(Unit, &[u8])> {
    let first = *text.first()?;
    if first == mark && matches!(mark, b'"' | b'\'') {
        return None;
    }
    if first != b'\\' {
        let (rune, width) = decode(text)?;
        return Some((Unit::Rune(rune), &text[width..]));
    }
    let kind = *text.get(1)?;
    let rest = &text[2..];
    let rune = |rune| Some((Unit::Rune(rune), rest));
    match kind {
        b'a' => rune('\x07'),
        b'b' => rune('\x08'),
        b'f' => rune('\x0c'),
        b'n' => rune('\n'),
        b'r' => rune('\r'),
        b't' => rune('\t'),
        b'v' => rune('\x0b'),
        b'\\' => rune('\\'),
        b'\'' | b'"' if kind == mark => rune(char::from(kind)),
        b'x' | b'u' | b'U' => unquote_hex(kind, rest),
        b'0'..=b'7' => {
            let digits = text.get(1..4)?;
            let value = number(digits, 8)?;
            let byte = u8::try_from(value).ok()?;
            Some((Unit::Byte(byte), &text[4..]))
        }
        _ => None,
    }
}

fn unquote_hex(kind: u8, rest: &[u8]) -> Option<(Unit, &[u8])> {
    let count = match kind {
        b'x' => 2,
        b'u' => 4,
        _ => 8,
    };
    let value = number(rest.get(..count)?, 16)?;
    let tail = &rest[count..];
    if kind == b'x' {
        return Some((Unit::Byte(u8::try_from(value).ok()?), tail));
    }
    Some((Unit::Rune(char::from_u32(value)?), tail))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    digits.iter().try_fold(0_u32, |value, byte| {
        let digit = char::from(*byte).to_digit(radix)?;
        value.checked_mul(radix)?.checked_add(digit)
    })
}
