//! Values as Go writes them in its own syntax: go-yaml's errors show them so.

use std::fmt::Write as _;

use super::typed::Typed;
use crate::yaml::number;

/// Returns `value` in Go's syntax.
pub(super) fn show(value: &Typed) -> String {
    match value {
        Typed::Null => "interface {}(nil)".to_owned(),
        Typed::Bool(value) => value.to_string(),
        Typed::Int(value) => value.to_string(),
        Typed::Uint(value) => format!("{value:#x}"),
        Typed::Float(value) => number::yaml_float(*value),
        Typed::Str(text) => shown(text),
        Typed::List(items) => {
            let items: Vec<_> = items.iter().map(show).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Typed::Mapping(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by(|a, b| order(&a.0, &b.0));
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| format!("{}:{}", show(key), show(value)))
                .collect();
            format!("map[interface {{}}]interface {{}}{{{}}}", entries.join(", "))
        }
    }
}

/// Returns `text` between quotes, as Go's `strconv.Quote` writes it.
pub(super) fn shown(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for char in text.chars() {
        let escape = match char {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\u{7}' => "\\a",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{b}' => "\\v",
            char if is_shown(char) => {
                quoted.push(char);
                continue;
            }
            _ => "",
        };
        quoted.push_str(escape);
        if escape.is_empty() {
            let code = u32::from(char);
            // Writing to a string cannot fail.
            let _ = match code {
                0..0x80 => write!(quoted, "\\x{code:02x}"),
                0x80..0x1_0000 => write!(quoted, "\\u{code:04x}"),
                _ => write!(quoted, "\\U{code:08x}"),
            };
        }
    }
    quoted.push('"');
    quoted
}

// Whether Go prints the character as it is. Of spaces it does that for the plain one only.
fn is_shown(char: char) -> bool {
    if char.is_ascii() {
        return (' '..='~').contains(&char);
    }
    // The standard library knows the same classes: what it escapes for debugging is not shown.
    let escaped = char.escape_debug().len() != 1;
    !char.is_whitespace() && (!escaped || is_mark(char))
}

// Marks that combine are escaped for debugging, but Go shows them.
fn is_mark(char: char) -> bool {
    let text: String = ['a', char].iter().collect();
    text.escape_debug().count() == 2
}

fn order(a: &Typed, b: &Typed) -> std::cmp::Ordering {
    let rank = |value: &Typed| match value {
        Typed::Null => 0,
        Typed::Int(_) => 1,
        Typed::Uint(_) => 2,
        Typed::Float(_) => 3,
        Typed::Str(_) => 4,
        Typed::Bool(_) => 5,
        Typed::List(_) | Typed::Mapping(_) => 6,
    };
    match (a, b) {
        (Typed::Int(a), Typed::Int(b)) => a.cmp(b),
        (Typed::Uint(a), Typed::Uint(b)) => a.cmp(b),
        (Typed::Float(a), Typed::Float(b)) => a.total_cmp(b),
        (Typed::Str(a), Typed::Str(b)) => a.cmp(b),
        (Typed::Bool(a), Typed::Bool(b)) => a.cmp(b),
        _ => rank(a).cmp(&rank(b)),
    }
}
