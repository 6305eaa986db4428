//! Functions that need chance: from the source that the environment gives.

use super::super::value::{Type, Value};
use super::args::{bytes, int};
use super::encode::base64;
use super::{Answer, Call, Function, fixed};

const INT: &[Type] = &[Type::Int];

const DIGITS: &[u8] = b"0123456789";
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

pub(super) const TABLE: &[Function] = &[
    fixed("randAlphaNum", INT, Type::Str, |call, v| characters(call, v, ALPHANUMERIC)),
    fixed("randAlpha", INT, Type::Str, |call, v| characters(call, v, LETTERS)),
    fixed("randNumeric", INT, Type::Str, |call, v| characters(call, v, DIGITS)),
    fixed("randAscii", INT, Type::Str, |call, v| {
        let printable: Vec<u8> = (b' '..=b'~').collect();
        characters(call, v, &printable)
    }),
    fixed("randBytes", INT, Type::Str, |call, v| {
        let Ok(count) = usize::try_from(int(v, 0)) else {
            return Err("runtime error: makeslice: len out of range".into());
        };
        call.room(count.saturating_mul(2))?;
        let mut bytes = vec![0; count];
        call.runtime.environment.random.fill(&mut bytes);
        Ok(Value::text(base64(&bytes)))
    }),
    fixed("randInt", &[Type::Int, Type::Int], Type::Int, |call, v| {
        let (least, most) = (int(v, 0), int(v, 1));
        match u64::try_from(most.wrapping_sub(least)) {
            Ok(span) if span > 0 => {
                let offset = i64::try_from(below(call, span)).unwrap_or(0);
                Ok(Value::int(least.wrapping_add(offset)))
            }
            _ => Err("invalid argument to Intn".into()),
        }
    }),
    fixed("shuffle", &[Type::Str], Type::Str, |call, v| {
        let text = String::from_utf8_lossy(bytes(v, 0)).into_owned();
        let mut runes: Vec<char> = text.chars().collect();
        for at in (1..runes.len()).rev() {
            let other = usize::try_from(below(call, at as u64 + 1)).unwrap_or(0);
            runes.swap(at, other);
        }
        Ok(Value::text(runes.into_iter().collect::<String>()))
    }),
    fixed("uuidv4", &[], Type::Str, |call, _| {
        let mut bytes = [0; 16];
        call.runtime.environment.random.fill(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let text = super::digest::hex(&bytes);
        let parts = [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]];
        Ok(Value::text(parts.join("-")))
    }),
];

/// A number below `span`, each as likely.
fn below(call: &mut Call<'_>, span: u64) -> u64 {
    let zone = u64::MAX - u64::MAX % span;
    loop {
        let mut bytes = [0; 8];
        call.runtime.environment.random.fill(&mut bytes);
        let number = u64::from_le_bytes(bytes);
        if number < zone {
            return number % span;
        }
    }
}

fn characters(call: &mut Call<'_>, values: &[Value], set: &[u8]) -> Answer {
    let count = int(values, 0);
    let Ok(count) = usize::try_from(count) else {
        return Ok(Value::text(""));
    };
    call.room(count)?;
    let mut out = Vec::with_capacity(count);
    while out.len() < count {
        let at = usize::try_from(below(call, set.len() as u64)).unwrap_or(0);
        out.push(set[at]);
    }
    Ok(Value::text(out))
}
