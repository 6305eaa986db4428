//! Base64 and base32.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::value::{Type, Value};
use super::args::bytes;
use super::{Call, Function, fixed};

const STR: &[Type] = &[Type::Str];

pub(super) const TABLE: &[Function] = &[
    fixed("b64enc", STR, Type::Str, |call, v| {
        let text = base64(bytes(v, 0));
        call.room(text.len())?;
        Ok(Value::text(text))
    }),
    fixed("b64dec", STR, Type::Str, |_, v| {
        Ok(Value::text(unbase64(bytes(v, 0)).unwrap_or_else(String::into_bytes)))
    }),
    fixed("b32enc", STR, Type::Str, |call: &mut Call<'_>, v| {
        let text = base32(bytes(v, 0));
        call.room(text.len())?;
        Ok(Value::text(text))
    }),
    fixed("b32dec", STR, Type::Str, |_, v| {
        Ok(Value::text(unbase32(bytes(v, 0)).unwrap_or_else(String::into_bytes)))
    }),
];

/// Standard base64.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// What base64 means; line ends in it do not count. The error is Go's text.
pub(super) fn unbase64(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut at = 0;
    loop {
        let (mut bits, mut count) = (0_u32, 0);
        while count < 4 {
            let Some(byte) = after_newlines(text, &mut at) else {
                return if count == 0 { Ok(out) } else { Err(corrupt64(at - count)) };
            };
            if byte == b'=' {
                padding64(text, at, count)?;
                let bytes = (bits << (6 * (4 - count))).to_be_bytes();
                out.extend_from_slice(&bytes[1..count]);
                return Ok(out);
            }
            bits = bits << 6 | digit64(byte).ok_or_else(|| corrupt64(at - 1))?;
            count += 1;
        }
        out.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
}

fn corrupt64(at: usize) -> String {
    format!("illegal base64 data at input byte {at}")
}

/// The next byte that is no line end.
fn after_newlines(text: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let byte = *text.get(*at)?;
        *at += 1;
        if !matches!(byte, b'\n' | b'\r') {
            return Some(byte);
        }
    }
}

/// Checks what stands from the first `=` on, which is before `at`, behind `count` digits.
fn padding64(text: &[u8], mut at: usize, count: usize) -> Result<(), String> {
    if count < 2 {
        return Err(corrupt64(at - 1));
    }
    if count == 2 {
        match after_newlines(text, &mut at) {
            Some(b'=') => {}
            Some(_) => return Err(corrupt64(at - 2)),
            None => return Err(corrupt64(text.len())),
        }
    }
    match after_newlines(text, &mut at) {
        Some(_) => Err(corrupt64(at - 1)),
        None => Ok(()),
    }
}

fn digit64(byte: u8) -> Option<u32> {
    Some(match byte {
        b'A'..=b'Z' => u32::from(byte - b'A'),
        b'a'..=b'z' => u32::from(byte - b'a') + 26,
        b'0'..=b'9' => u32::from(byte - b'0') + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

const ALPHABET32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn base32(bytes: &[u8]) -> String {
    let mut out = String::new();
    for group in bytes.chunks(5) {
        let mut padded = [0_u8; 8];
        padded[3..3 + group.len()].copy_from_slice(group);
        let bits = u64::from_be_bytes(padded);
        let digits = (group.len() * 8).div_ceil(5);
        for at in 0..8 {
            let digit = usize::try_from(bits >> (35 - 5 * at) & 31).unwrap_or(0);
            out.push(if at < digits { char::from(ALPHABET32[digit]) } else { '=' });
        }
    }
    out
}

fn unbase32(text: &[u8]) -> Result<Vec<u8>, String> {
    let corrupt = |at: usize| format!("illegal base32 data at input byte {at}");
    let text: Vec<u8> =
        text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let mut out = Vec::with_capacity(text.len() / 8 * 5);
    for (start, group) in (0..).step_by(8).zip(text.chunks(8)) {
        let left = text.len() - start;
        let (mut bits, mut count) = (0_u64, 0);
        for (at, byte) in group.iter().enumerate() {
            if *byte == b'=' && at >= 2 && left - at - 1 < 8 {
                if left < 8 {
                    return Err(corrupt(text.len()));
                }
                if let Some(bad) = group[at..].iter().position(|byte| *byte != b'=') {
                    return Err(corrupt(start + at + bad - 1));
                }
                if matches!(at, 3 | 6) {
                    return Err(corrupt(start + at));
                }
                let bytes = (bits << (5 * (8 - count))).to_be_bytes();
                out.extend_from_slice(&bytes[3..3 + count * 5 / 8]);
                return Ok(out);
            }
            let Some(digit) = (0_u64..).zip(ALPHABET32).find(|(_, known)| *known == byte) else {
                return Err(corrupt(start + at));
            };
            bits = bits << 5 | digit.0;
            count += 1;
        }
        if count < 8 {
            return Err(corrupt(start));
        }
        out.extend_from_slice(&bits.to_be_bytes()[3..]);
    }
    Ok(out)
}
