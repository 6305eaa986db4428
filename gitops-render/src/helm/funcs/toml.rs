//! TOML as Helm prints it in templates: tables behind plain keys, both sorted, tables indented.

use std::rc::Rc;

use super::super::template::limits::VALUE_DEPTH_MAX;
use super::super::template::print::float::plain_float;
use super::super::value::{Elem, IntType, Kind, List, Text, Type, Value};
use super::args::{any, bytes};
use super::layout::format;
use super::moment::moment;
use super::number_text::duration_text;
use super::{Answer, Call, Failure, Function, fixed, toml_read};

const ANY: &[Type] = &[Type::Any];
const NO_KEY: &str = "toml: top-level values must be Go maps or structs";
const NIL_ITEM: &str = "toml: cannot encode array with nil element";

pub(super) const TABLE: &[Function] = &[
    fixed("toToml", ANY, Type::Str, |call, v| {
        let text = encode(&any(v, 0))?.unwrap_or_else(String::into_bytes);
        call.room(text.len())?;
        Ok(Value::text(text))
    }),
    fixed("mustToToml", ANY, Type::Str, must),
    fixed("fromToml", &[Type::Str], Type::Map, |_, v| {
        Ok(match toml_read::read(bytes(v, 0)) {
            Ok(value) => value,
            Err(problem) => Value::map([("Error", Value::text(problem))]),
        })
    }),
];

fn must(call: &mut Call<'_>, values: &[Value]) -> Answer {
    let text = encode(&any(values, 0))??;
    call.room(text.len())?;
    Ok(Value::text(text))
}

fn encode(value: &Value) -> Result<Result<Vec<u8>, String>, Failure> {
    if matches!(value, Value::Nil) {
        return Err("reflect: call of reflect.Value.Type on zero Value".into());
    }
    let mut out = Vec::new();
    Ok(section(&mut out, value, &[]).map(|()| out))
}

/// What decides where a value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Nil,
    Plain,
    Table,
    Tables,
}

/// The entries of a table.
type Entries = Vec<(Text, Value)>;

fn deeper(depth: usize) -> Result<usize, String> {
    if depth >= VALUE_DEPTH_MAX {
        return Err(format!("toml: a value nests deeper than {VALUE_DEPTH_MAX} levels"));
    }
    Ok(depth + 1)
}

fn shape(value: &Value, depth: usize) -> Result<Shape, String> {
    let depth = deeper(depth)?;
    if matches!(value, Value::Nil) {
        return Ok(Shape::Nil);
    }
    if marshalled(value).is_some() {
        return Ok(Shape::Plain);
    }
    if let Some(list) = value.as_list() {
        if list.is_nil() {
            return Ok(Shape::Nil);
        }
        let mut tables = !list.is_empty();
        for item in list.iter() {
            match shape(item, depth)? {
                Shape::Nil => return Err(NIL_ITEM.into()),
                found => tables &= found == Shape::Table,
            }
        }
        return Ok(if tables { Shape::Tables } else { Shape::Plain });
    }
    if let Some(map) = value.as_map() {
        return Ok(if map.is_nil() { Shape::Nil } else { Shape::Table });
    }
    Ok(if matches!(value, Value::Object(_)) { Shape::Table } else { Shape::Plain })
}

/// The text of a type that writes itself, in quotes unless it is a time.
fn marshalled(value: &Value) -> Option<Vec<u8>> {
    if let Value::Int(span, IntType::Duration) = value {
        return Some(quoted(duration_text(*span).as_bytes()));
    }
    if let Some(time) = moment(value) {
        return Some(format(&time, b"2006-01-02T15:04:05.999999999Z07:00"));
    }
    match value {
        Value::Object(object) if object.view().is_none() && object.kind() == Kind::Ptr => {
            object.print().map(|text| quoted(&text))
        }
        _ => None,
    }
}

/// The keys of a map sorted, the fields of a struct in their order.
fn entries(value: &Value) -> Entries {
    match (value.as_map(), value) {
        (Some(map), _) => map.entries(),
        (None, Value::Object(object)) => object
            .fields()
            .into_iter()
            .filter(|(name, _)| name.starts_with(char::is_uppercase))
            .map(|(name, value)| (Text::from(name), value))
            .collect(),
        _ => Vec::new(),
    }
}

/// The entries that are no tables, and those that are.
fn by_shape(value: &Value, depth: usize) -> Result<(Entries, Entries), String> {
    let (mut plain, mut tables) = (Vec::new(), Vec::new());
    for (key, item) in entries(value) {
        match shape(&item, depth)? {
            Shape::Nil => {}
            Shape::Plain => plain.push((key, item)),
            Shape::Table | Shape::Tables => tables.push((key, item)),
        }
    }
    Ok((plain, tables))
}

fn newline(out: &mut Vec<u8>) {
    if !out.is_empty() {
        out.push(b'\n');
    }
}

fn section(out: &mut Vec<u8>, value: &Value, path: &[Vec<u8>]) -> Result<(), String> {
    let depth = deeper(path.len())?;
    let indent = "  ".repeat(path.len().saturating_sub(1));
    match shape(value, depth)? {
        Shape::Nil if path.is_empty() && value.as_list().is_some() => out.extend_from_slice(b"[]"),
        Shape::Nil => {}
        Shape::Plain => {
            let Some(key) = path.last() else {
                return element(out, value, depth);
            };
            out.extend_from_slice(indent.as_bytes());
            out.extend_from_slice(key);
            out.extend_from_slice(b" = ");
            element(out, value, depth)?;
            out.push(b'\n');
        }
        Shape::Table => {
            if path.len() == 1 {
                newline(out);
            }
            if !path.is_empty() {
                out.extend_from_slice(format!("{indent}[").as_bytes());
                out.extend_from_slice(&path.join(&b'.'));
                out.extend_from_slice(b"]\n");
            }
            fields(out, value, path)?;
        }
        Shape::Tables => {
            if path.is_empty() {
                return Err(NO_KEY.into());
            }
            let list = value.as_list().unwrap_or_else(|| Rc::new(List::nil(Elem::Any)));
            for item in list.iter() {
                newline(out);
                out.extend_from_slice(format!("{indent}[[").as_bytes());
                out.extend_from_slice(&path.join(&b'.'));
                out.extend_from_slice(b"]]\n");
                fields(out, item, path)?;
            }
        }
    }
    Ok(())
}

fn fields(out: &mut Vec<u8>, value: &Value, path: &[Vec<u8>]) -> Result<(), String> {
    let (plain, tables) = by_shape(value, path.len())?;
    for (key, item) in plain.into_iter().chain(tables) {
        let mut path = path.to_vec();
        path.push(quoted_key(&key));
        section(out, &item, &path)?;
    }
    Ok(())
}

fn quoted_key(key: &[u8]) -> Vec<u8> {
    let bare = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if !key.is_empty() && key.iter().all(bare) { key.to_vec() } else { quoted(key) }
}

fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    for byte in text {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\x08' => out.extend_from_slice(b"\\b"),
            b'\x0c' => out.extend_from_slice(b"\\f"),
            0..=0x1f | 0x7f => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            byte => out.push(*byte),
        }
    }
    out.push(b'"');
    out
}

/// A value within a list, an inline table or behind a key.
fn element(out: &mut Vec<u8>, value: &Value, depth: usize) -> Result<(), String> {
    let depth = deeper(depth)?;
    if let Some(text) = marshalled(value) {
        out.extend_from_slice(&text);
        return Ok(());
    }
    let text = match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number, _) => number.to_string(),
        Value::Uint(number, _) => number.to_string(),
        Value::Float(number) => float(*number),
        Value::Str(text) => {
            out.extend_from_slice(&quoted(text));
            return Ok(());
        }
        _ => match value.as_list() {
            Some(list) => return array(out, &list, depth),
            None => return inline(out, value, depth),
        },
    };
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

fn array(out: &mut Vec<u8>, list: &List, depth: usize) -> Result<(), String> {
    out.push(b'[');
    for (at, item) in list.iter().enumerate() {
        if at > 0 {
            out.extend_from_slice(b", ");
        }
        element(out, item, depth)?;
    }
    out.push(b']');
    Ok(())
}

fn inline(out: &mut Vec<u8>, value: &Value, depth: usize) -> Result<(), String> {
    let (plain, tables) = by_shape(value, depth)?;
    out.push(b'{');
    for (at, (key, item)) in plain.iter().chain(&tables).enumerate() {
        if at > 0 {
            out.extend_from_slice(b", ");
        }
        out.extend_from_slice(&quoted_key(key));
        out.extend_from_slice(b" = ");
        element(out, item, depth)?;
    }
    out.push(b'}');
    Ok(())
}

fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let text = plain_float(number);
    if text.contains(['e', '.']) { text } else { format!("{text}.0") }
}
