//! Bytes in JSON: base64, read as leniently as a server reads it.

use base64::{Engine, engine::general_purpose::STANDARD};

/// Rewrites base64 in the one form that bytes are written in.
///
/// # Errors
///
/// The place of the first byte that cannot be there.
pub(crate) fn rewritten(text: &str) -> Result<String, usize> {
    decode(text.as_bytes()).map(|bytes| STANDARD.encode(bytes))
}

fn sextet(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// Decodes; ends of lines count for nothing, and neither do the bits that a last letter has over.
fn decode(text: &[u8]) -> Result<Vec<u8>, usize> {
    let is_end = |byte: u8| matches!(byte, b'\r' | b'\n');
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut letters) = (0, 0);
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        if let Some(letter) = sextet(byte) {
            bits = (bits << 6) | letter;
            letters += 1;
            if letters == 4 {
                push(&mut out, bits, 3);
                (bits, letters) = (0, 0);
            }
            continue;
        }
        if is_end(byte) {
            continue;
        }
        if byte != b'=' || letters < 2 {
            return Err(at - 1);
        }
        let skip = |mut at: usize| {
            while text.get(at).is_some_and(|byte| is_end(*byte)) {
                at += 1;
            }
            at
        };
        if letters == 2 {
            at = skip(at);
            match text.get(at) {
                None => return Err(text.len()),
                Some(b'=') => at += 1,
                Some(_) => return Err(at - 1),
            }
        }
        at = skip(at);
        if at < text.len() {
            return Err(at);
        }
        push(&mut out, bits << (6 * (4 - letters)), letters - 1);
        return Ok(out);
    }
    if letters == 0 { Ok(out) } else { Err(at - letters) }
}

/// Adds the first bytes of 24 bits.
fn push(out: &mut Vec<u8>, bits: u32, count: usize) {
    out.extend(bits.to_be_bytes().iter().skip(1).take(count));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_leniently_and_problems_have_a_place() {
        for (text, read) in [
            ("", Ok("")),
            ("eA==", Ok("eA==")),
            ("eB==", Ok("eA==")),
            ("e\nA=\r\n=", Ok("eA==")),
            ("dHdv", Ok("dHdv")),
            ("dHc=", Ok("dHc=")),
            ("2", Err(0)),
            ("dHdv2", Err(4)),
            ("dHd", Err(0)),
            ("=", Err(0)),
            ("a=", Err(1)),
            ("eA=", Err(3)),
            ("eA=x", Err(2)),
            ("dHc=x", Err(4)),
            ("d-Hc", Err(1)),
        ] {
            assert_eq!(rewritten(text), read.map(str::to_owned), "{text:?}");
        }
    }
}
