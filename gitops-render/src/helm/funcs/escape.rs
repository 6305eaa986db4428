//! `html`, `js` and `urlquery`.

use super::super::template::print::runes::{decode, is_print};
use super::super::template::print::{sprint, sprint_all};
use super::super::value::{GoObject, Kind, Type, Value};
use super::{Call, Failure, Function, variadic};

const ANY: &[Type] = &[Type::Any];

pub(super) const TABLE: &[Function] = &[
    variadic("html", ANY, Type::Str, |call, v| finish(call, html(&text(v)))),
    variadic("js", ANY, Type::Str, |call, v| finish(call, js(&text(v)))),
    variadic("urlquery", ANY, Type::Str, |call, v| finish(call, query(&text(v)))),
];

fn finish(call: &mut Call<'_>, text: Vec<u8>) -> Result<Value, Failure> {
    call.room(text.len())?;
    Ok(Value::text(text))
}

/// The arguments as a template prints them.
fn text(values: &[Value]) -> Vec<u8> {
    let shown: Vec<Value> = values
        .iter()
        .map(|value| match value {
            Value::Nil => Value::text("<no value>"),
            Value::Object(object) if object.kind() == Kind::Ptr && object.print().is_none() => {
                let text = sprint(value);
                let text = text.strip_prefix(b"&").unwrap_or(&text).to_vec();
                Value::object(Pointed(text))
            }
            value => value.clone(),
        })
        .collect();
    sprint_all(&shown)
}

/// What a pointer leads to, printed.
#[derive(Debug)]
struct Pointed(Vec<u8>);

impl GoObject for Pointed {
    fn type_name(&self) -> &'static str {
        "struct"
    }

    fn print(&self) -> Option<Vec<u8>> {
        Some(self.0.clone())
    }
}

fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        let escaped = match byte {
            0 => "\u{FFFD}",
            b'"' => "&#34;",
            b'\'' => "&#39;",
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            byte => {
                out.push(*byte);
                continue;
            }
        };
        out.extend_from_slice(escaped.as_bytes());
    }
    out
}

fn js(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((rune, width)) = decode(rest) {
        let escaped = match rune {
            '\\' => "\\\\".into(),
            '\'' => "\\'".into(),
            '"' => "\\\"".into(),
            '<' | '>' | '&' | '=' | '\0'..='\x1f' => format!("\\u{:04X}", u32::from(rune)),
            '\x20'..='\x7f' => rune.to_string(),
            rune if is_print(rune) => {
                out.extend_from_slice(&rest[..width]);
                rest = &rest[width..];
                continue;
            }
            rune => format!("\\u{:04X}", u32::from(rune)),
        };
        out.extend_from_slice(escaped.as_bytes());
        rest = &rest[width..];
    }
    out
}

/// `url.QueryEscape`.
fn query(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match byte {
            b' ' => out.push(b'+'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(*byte),
            byte => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    out
}
