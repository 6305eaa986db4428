//! The values of `--set-json`: JSON with something after it.

use serde_json::{Deserializer, Value};

use super::{Parser, Step, Stop};
use crate::helm::values::floats;

impl Parser<'_, '_> {
    // Reads one JSON value and the comma after it. Nothing is null.
    pub(super) fn json(&mut self) -> Step<Value> {
        if self.blank() {
            return Ok(Value::Null);
        }
        let (value, length) = leading_value(self.rest).map_err(Stop::Error)?;
        self.rest = &self.rest[length..];
        self.blank();
        Ok(value)
    }
}

// Returns the value that `text` starts with and where it ends, which may be right before a letter.
fn leading_value(text: &str) -> Result<(Value, usize), String> {
    let length = match text.as_bytes() {
        [b'{' | b'[' | b'"', ..] => {
            let mut values = Deserializer::from_str(text).into_iter::<Value>();
            let mut value = match values.next() {
                Some(Ok(value)) => value,
                Some(Err(err)) => return Err(err.to_string()),
                None => return Err("unexpected EOF".to_owned()),
            };
            floats(&mut value);
            return Ok((value, values.byte_offset()));
        }
        [b't' | b'n', ..] => 4,
        [b'f', ..] => 5,
        bytes => number_length(bytes),
    };
    let scalar = text.get(..length).unwrap_or(text);
    let mut value = serde_json::from_str(scalar).map_err(|err| err.to_string())?;
    floats(&mut value);
    Ok((value, length))
}

fn number_length(bytes: &[u8]) -> usize {
    let digits =
        |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count() + from;
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    // After a leading zero the number is over.
    at = if bytes.get(at) == Some(&b'0') { at + 1 } else { digits(at) };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1;
        if matches!(bytes.get(at), Some(b'+' | b'-')) {
            at += 1;
        }
        at = digits(at);
    }
    at
}
