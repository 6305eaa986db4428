//! Checksums.

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::super::value::{Type, Value};
use super::args::bytes;
use super::{Function, fixed};

const STR: &[Type] = &[Type::Str];

pub(super) const TABLE: &[Function] = &[
    fixed("sha1sum", STR, Type::Str, |_, v| Ok(Value::text(hex(&Sha1::digest(bytes(v, 0)))))),
    fixed("sha256sum", STR, Type::Str, |_, v| Ok(Value::text(hex(&Sha256::digest(bytes(v, 0)))))),
    fixed("sha512sum", STR, Type::Str, |_, v| Ok(Value::text(hex(&Sha512::digest(bytes(v, 0)))))),
    fixed("adler32sum", STR, Type::Str, |_, v| Ok(Value::text(adler32(bytes(v, 0)).to_string()))),
];

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let (mut low, mut high) = (1, 0);
    for byte in bytes {
        low = (low + u32::from(*byte)) % MODULUS;
        high = (high + low) % MODULUS;
    }
    high << 16 | low
}
