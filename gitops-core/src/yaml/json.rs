//! Values as Go's JSON prints them.

use std::io;

use serde::Serialize as _;
use serde_json::{Serializer, Value, ser::Formatter};

use super::number::json_float;

/// Returns `value` as compact JSON with Go's numbers: `100` and `1e+21`, not `100.0` and `1e21`.
pub fn to_json(value: &Value) -> String {
    print(value, GoNumbers)
}

/// Returns `value` as compact JSON with every escape that Go's JSON has.
pub(super) fn to_escaped_json(value: &Value) -> String {
    print(value, GoEscapes)
}

fn print(value: &Value, formatter: impl Formatter) -> String {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, formatter);
    // A value has string keys, and memory takes every write.
    value.serialize(&mut serializer).expect("a value is always JSON");
    String::from_utf8(out).expect("JSON is UTF-8")
}

struct GoNumbers;

impl Formatter for GoNumbers {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(json_float(value).as_bytes())
    }
}

struct GoEscapes;

impl Formatter for GoEscapes {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(json_float(value).as_bytes())
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for part in fragment.split_inclusive(['<', '>', '&', '\u{2028}', '\u{2029}']) {
            let mut chars = part.chars();
            match chars.next_back() {
                Some(last @ ('<' | '>' | '&' | '\u{2028}' | '\u{2029}')) => {
                    writer.write_all(chars.as_str().as_bytes())?;
                    write!(writer, "\\u{:04x}", u32::from(last))?;
                }
                _ => writer.write_all(part.as_bytes())?,
            }
        }
        Ok(())
    }
}
