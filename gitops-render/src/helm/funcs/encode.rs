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
    decode(text, 4, |group| {
        let mut out = [0; 3];
        let count = STANDARD.decode_slice(group, &mut out).ok();
        count.map(|count| out[..count].to_vec()).or_else(|| loose64(group))
    })
    .map_err(|at| format!("illegal base64 data at input byte {at}"))
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

/// A last group with bits that no byte needs.
fn loose64(group: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u32> =
        group.iter().take_while(|byte| **byte != b'=').map(|byte| digit64(*byte)).collect::<Option<_>>()?;
    let bits = digits.iter().fold(0, |bits, digit| bits << 6 | digit);
    let bits = bits << (6 * (4 - digits.len()));
    let bytes = bits.to_be_bytes();
    Some(bytes[1..digits.len().max(1)].to_vec())
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
    decode(text, 8, |group| {
        let digits: Vec<u64> = group
            .iter()
            .take_while(|byte| **byte != b'=')
            .map(|byte| ALPHABET32.iter().position(|known| known == byte).map(|at| at as u64))
            .collect::<Option<_>>()?;
        let bits = digits.iter().fold(0, |bits, digit| bits << 5 | digit);
        let bits = bits << (5 * (8 - digits.len()));
        Some(bits.to_be_bytes()[3..3 + digits.len() * 5 / 8].to_vec())
    })
    .map_err(|at| format!("illegal base32 data at input byte {at}"))
}

/// Decodes group by group; the error is the place of the first byte that is wrong, as Go counts it.
fn decode(
    text: &[u8],
    size: usize,
    group_bytes: impl Fn(&[u8]) -> Option<Vec<u8>>,
) -> Result<Vec<u8>, usize> {
    let is_digit = |byte: u8| match size {
        4 => digit64(byte).is_some(),
        _ => ALPHABET32.contains(&byte),
    };
    let mut out = Vec::new();
    let mut group: Vec<u8> = Vec::new();
    let mut at = 0;
    let mut starts = Vec::new();
    let next = |at: &mut usize| loop {
        let byte = text.get(*at).copied();
        if byte.is_some() {
            *at += 1;
        }
        if !matches!(byte, Some(b'\n' | b'\r')) {
            return byte;
        }
    };
    loop {
        let Some(byte) = next(&mut at) else {
            return match group.len() {
                0 => Ok(out),
                // Go names the first byte of the group that is cut off.
                count if size == 4 => Err(at - count),
                count => Err(at - count),
            };
        };
        if byte == b'=' {
            return padding(text, at, size, &mut group, group_bytes, next).map(|bytes| {
                out.extend(bytes);
                out
            });
        }
        if !is_digit(byte) {
            return Err(at - 1);
        }
        starts.push(at);
        group.push(byte);
        if group.len() == size {
            out.extend(group_bytes(&group).unwrap_or_default());
            group.clear();
        }
    }
}

fn padding(
    text: &[u8],
    mut at: usize,
    size: usize,
    group: &mut Vec<u8>,
    group_bytes: impl Fn(&[u8]) -> Option<Vec<u8>>,
    next: impl Fn(&mut usize) -> Option<u8>,
) -> Result<Vec<u8>, usize> {
    let allowed = match size {
        4 => group.len() >= 2,
        _ => matches!(group.len(), 2 | 4 | 5 | 7),
    };
    if !allowed {
        return Err(at - 1);
    }
    group.push(b'=');
    while group.len() < size {
        match next(&mut at) {
            Some(b'=') => group.push(b'='),
            Some(_) => return Err(at - 1),
            None => return Err(text.len()),
        }
    }
    if next(&mut at).is_some() {
        return Err(at - 1);
    }
    Ok(group_bytes(group).unwrap_or_default())
}
