//! `toYamlPretty`: YAML whose sequences stand deeper than the key that they belong to.

use gitops_core::yaml::{self, Input};
use serde_json::{Map, Value as Json};

use super::super::template::limits::VALUE_DEPTH_MAX;
use super::super::value::{Elem, Value};
use super::Failure;
use super::yaml::to_json;

/// The YAML of a value, with its last newline.
pub(super) fn encode(value: &Value) -> Result<String, Failure> {
    let mut out = String::new();
    write(&mut out, &to_json(&without_nil(value, 0), 0)?, 0)?;
    Ok(out)
}

/// The value with empty lists and maps in place of nil ones, which this printer shows alike.
fn without_nil(value: &Value, depth: usize) -> Value {
    match value {
        Value::Map(map) if map.is_nil() => Value::map::<&str>([]),
        Value::List(list) if list.is_nil() => Value::list(Vec::new()),
        Value::Map(map) if depth < VALUE_DEPTH_MAX => {
            let entries = map.entries().into_iter();
            Value::map(entries.map(|(key, item)| (key, without_nil(&item, depth + 1))))
        }
        Value::List(list) if list.elem() != Elem::Byte && depth < VALUE_DEPTH_MAX => {
            Value::list(list.iter().map(|item| without_nil(item, depth + 1)).collect())
        }
        other => other.clone(),
    }
}

fn plain(json: &Json) -> Result<String, Failure> {
    yaml::encode(json).map_err(|error| Failure::new(error.to_string()))
}

/// Whether a value stands on the line of its key.
fn is_flat(json: &Json) -> bool {
    match json {
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => entries.is_empty(),
        _ => true,
    }
}

/// Writes the value; its first line is where the output ends, the others are indented.
fn write(out: &mut String, json: &Json, indent: usize) -> Result<(), Failure> {
    match json {
        Json::Object(entries) if !entries.is_empty() => {
            for (at, key) in keys(entries)?.into_iter().enumerate() {
                if at > 0 {
                    out.extend(std::iter::repeat_n(' ', indent));
                }
                let item = entries.get(&key).unwrap_or(&Json::Null);
                if is_flat(item) {
                    let pair = Map::from_iter([(key, item.clone())]);
                    shifted(out, &plain(&Json::Object(pair))?, indent);
                    continue;
                }
                let head = plain(&Json::Object(Map::from_iter([(key, Json::Null)])))?;
                out.push_str(head.trim_end().strip_suffix(" null").unwrap_or(&head));
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent + 2));
                write(out, item, indent + 2)?;
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.extend(std::iter::repeat_n(' ', indent));
                }
                if is_flat(item) {
                    shifted(out, &plain(&Json::Array(vec![item.clone()]))?, indent);
                } else {
                    out.push_str("- ");
                    write(out, item, indent + 2)?;
                }
            }
        }
        flat => shifted(out, &plain(flat)?, indent),
    }
    Ok(())
}

/// Writes lines, all but the first and the empty ones indented.
fn shifted(out: &mut String, text: &str, indent: usize) {
    for (at, line) in text.split_inclusive('\n').enumerate() {
        if at > 0 && line != "\n" {
            out.extend(std::iter::repeat_n(' ', indent));
        }
        out.push_str(line);
    }
}

/// The keys in the order in which they are printed.
fn keys(entries: &Map<String, Json>) -> Result<Vec<String>, Failure> {
    let flat = entries.keys().map(|key| (key.clone(), Json::Null)).collect();
    let text = plain(&Json::Object(flat))?;
    let input = Input::new(text.as_bytes());
    let documents = yaml::documents(&input).map_err(|error| Failure::new(error.to_string()))?;
    let root = documents.first().map(yaml::Document::root);
    let keys = root.into_iter().flat_map(|root| root.entries().collect::<Vec<_>>());
    Ok(keys.filter_map(|(key, _)| key.text().map(str::to_owned)).collect())
}
