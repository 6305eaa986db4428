//! TOML as Helm prints it in templates: tables behind plain keys, both sorted, tables indented.

use super::super::template::limits::VALUE_DEPTH_MAX;
use super::super::template::print::float::plain_float;
use super::super::value::{List, Map, Type, Value};
use super::args::{any, bytes};
use super::{Answer, Call, Function, fixed, toml_read};
use std::rc::Rc;

const ANY: &[Type] = &[Type::Any];

pub(super) const TABLE: &[Function] = &[
    fixed("toToml", ANY, Type::Str, |call, v| {
        let text = encode(&any(v, 0)).unwrap_or_else(|problem| problem);
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
    let text = encode(&any(values, 0))?;
    call.room(text.len())?;
    Ok(Value::text(text))
}

fn encode(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    match value {
        Value::Map(map) => table(&mut out, map, &[])?,
        Value::Nil => return Err("toml: cannot encode a nil value".into()),
        value => element(&mut out, value, 0)?,
    }
    Ok(out)
}

/// The map below a value, if it is a table.
fn as_table(value: &Value) -> Option<Rc<Map>> {
    value.as_map()
}

/// The tables that a list is made of, if it is made of nothing else.
fn tables(value: &Value) -> Option<Vec<Rc<Map>>> {
    let list = value.as_list().filter(|list| !list.is_empty())?;
    list.iter().map(as_table).collect()
}

fn table(out: &mut String, map: &Map, path: &[String]) -> Result<(), String> {
    if path.len() > VALUE_DEPTH_MAX {
        return Err(format!("toml: a value nests deeper than {VALUE_DEPTH_MAX} levels"));
    }
    let entries = map.entries();
    let indent = "  ".repeat(path.len());
    let mut later = Vec::new();
    for (key, value) in &entries {
        if matches!(value, Value::Nil) {
            continue;
        }
        if as_table(value).is_some() || tables(value).is_some() {
            later.push((key, value));
            continue;
        }
        out.push_str(&indent);
        out.push_str(&quoted_key(&key.to_str()));
        out.push_str(" = ");
        element(out, value, path.len())?;
        out.push('\n');
    }
    for (key, value) in later {
        let mut path = path.to_vec();
        path.push(quoted_key(&key.to_str()));
        let header = "  ".repeat(path.len() - 1);
        let name = path.join(".");
        if let Some(inner) = as_table(value) {
            if path.len() == 1 && !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&format!("{header}[{name}]\n"));
            table(out, &inner, &path)?;
            continue;
        }
        for inner in tables(value).unwrap_or_default() {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&format!("{header}[[{name}]]\n"));
            table(out, &inner, &path)?;
        }
    }
    Ok(())
}

fn quoted_key(key: &str) -> String {
    let bare = |rune: char| rune.is_ascii_alphanumeric() || matches!(rune, '_' | '-');
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for rune in text.chars() {
        match rune {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\0'..='\x1f' | '\x7f' => out.push_str(&format!("\\u{:04x}", u32::from(rune))),
            rune => out.push(rune),
        }
    }
    out.push('"');
    out
}

fn element(out: &mut String, value: &Value, depth: usize) -> Result<(), String> {
    if depth > VALUE_DEPTH_MAX {
        return Err(format!("toml: a value nests deeper than {VALUE_DEPTH_MAX} levels"));
    }
    match value {
        Value::Nil => return Err("toml: cannot encode array with nil element".into()),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Int(number, _) => out.push_str(&number.to_string()),
        Value::Uint(number, _) => out.push_str(&number.to_string()),
        Value::Float(number) => out.push_str(&float(*number)),
        Value::Str(text) => out.push_str(&quoted(&text.to_str())),
        Value::Object(object) => match (object.view(), object.print()) {
            (Some(view), _) => element(out, &view, depth)?,
            (None, Some(text)) => out.push_str(&String::from_utf8_lossy(&text)),
            (None, None) => return Err("toml: type not supported".into()),
        },
        Value::List(list) => array(out, list, depth)?,
        Value::Map(map) => {
            out.push('{');
            for (at, (key, item)) in map.entries().iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                out.push_str(&quoted_key(&key.to_str()));
                out.push_str(" = ");
                element(out, item, depth + 1)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn array(out: &mut String, list: &List, depth: usize) -> Result<(), String> {
    out.push('[');
    for (at, item) in list.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        element(out, item, depth + 1)?;
    }
    out.push(']');
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
