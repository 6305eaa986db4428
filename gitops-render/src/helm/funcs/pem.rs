//! Private keys in PEM: between the forms that Go writes and PKCS#8.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(super) const RSA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 0x05, 0];
pub(super) const EC_P256: &[u8] =
    &[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
pub(super) const ED25519: &[u8] = &[0x06, 3, 0x2b, 0x65, 0x70];
const P256: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];

/// One PEM block of that type.
pub(super) fn encode(kind: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {kind}-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {kind}-----\n"));
    text
}

/// The type and the content of the first PEM block.
pub(super) fn decode(text: &str) -> Option<(&str, Vec<u8>)> {
    let (_, after) = text.split_once("-----BEGIN ")?;
    let (kind, after) = after.split_once("-----")?;
    let (body, _) = after.split_once(&format!("-----END {kind}-----"))?;
    let body: String = body.chars().filter(|rune| !rune.is_whitespace()).collect();
    Some((kind, STANDARD.decode(body).ok()?))
}

/// A key as PKCS#8.
pub(super) fn private_key(text: &str) -> Result<Vec<u8>, String> {
    let Some((kind, der)) = decode(text) else {
        return Err("no PEM data in input".into());
    };
    match kind {
        "PRIVATE KEY" => Ok(der),
        "RSA PRIVATE KEY" => Ok(wrapped(RSA, &der)),
        "EC PRIVATE KEY" => Ok(wrapped(EC_P256, &der)),
        _ => match kind.strip_suffix(" PRIVATE KEY") {
            Some(name) => Err(format!("invalid private key type {name}")),
            None => Err(format!("no private key data in PEM block of type {kind}")),
        },
    }
}

/// A PKCS#8 key in the form that Go writes for its algorithm.
pub(super) fn printed_key(pkcs8: &[u8]) -> String {
    let inner = pkcs8_key(pkcs8);
    match inner {
        Some((algorithm, key)) if algorithm == RSA => encode("RSA PRIVATE KEY", key),
        Some((algorithm, key)) if algorithm == EC_P256 => {
            encode("EC PRIVATE KEY", &with_curve(key).unwrap_or_else(|| key.to_vec()))
        }
        _ => encode("PRIVATE KEY", pkcs8),
    }
}

/// An element of DER.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let size = content.len();
    let mut out = vec![tag];
    if size < 0x80 {
        out.push(u8::try_from(size).unwrap_or(0));
    } else {
        let bytes = size.to_be_bytes();
        let skip = bytes.iter().take_while(|byte| **byte == 0).count();
        out.push(0x80 | u8::try_from(bytes.len() - skip).unwrap_or(0));
        out.extend_from_slice(&bytes[skip..]);
    }
    out.extend_from_slice(content);
    out
}

/// A key of that algorithm as PKCS#8.
pub(super) fn wrapped(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    let parts = [element(0x02, &[0]), element(0x30, algorithm), element(0x04, key)];
    element(0x30, &parts.concat())
}

/// The tag, the content and the rest of the first element.
fn read(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (size, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        let bytes = rest.get(..count).filter(|_| count <= 4)?;
        let size = bytes.iter().fold(0, |size, byte| size << 8 | usize::from(*byte));
        (size, &rest[count..])
    };
    Some((*tag, rest.get(..size)?, &rest[size..]))
}

fn pkcs8_key(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, body, _) = read(der)?;
    let (_, _, rest) = read(body)?;
    let (_, algorithm, rest) = read(rest)?;
    let (_, key, _) = read(rest)?;
    Some((algorithm, key))
}

/// The numbers of an RSA key in PKCS#8: the version, and what RFC 8017 says makes a key of two primes.
pub(super) fn rsa_numbers(pkcs8: &[u8]) -> Option<[&[u8]; 9]> {
    let (algorithm, key) = pkcs8_key(pkcs8)?;
    let (_, mut rest, _) = read(key).filter(|_| algorithm == RSA)?;
    let mut numbers = [&[][..]; 9];
    for number in &mut numbers {
        let (tag, content, after) = read(rest)?;
        (*number, rest) = (content, after);
        if tag != 0x02 {
            return None;
        }
    }
    rest.is_empty().then_some(numbers)
}

/// An elliptic key that names its curve.
fn with_curve(key: &[u8]) -> Option<Vec<u8>> {
    let (_, body, _) = read(key)?;
    let (_, version, rest) = read(body)?;
    let (_, secret, rest) = read(rest)?;
    if rest.starts_with(&[0xa0]) {
        return None;
    }
    let parts = [element(0x02, version), element(0x04, secret), element(0xa0, P256), rest.to_vec()];
    Some(element(0x30, &parts.concat()))
}
