//! The suffix that says what a generated object holds.

use gitops_core::yaml::to_json;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{node::Node, problem::Outcome, resource::Resource};

/// Returns the suffix of a resource's name.
pub(super) fn suffix(resource: &Resource) -> Outcome<String> {
    let value = match resource.kind() {
        "ConfigMap" => content(resource, "ConfigMap", &["data"], "binaryData")?,
        "Secret" => content(resource, "Secret", &["data", "type"], "stringData")?,
        _ => resource.node.to_value()?,
    };
    let digest = Sha256::digest(go_json(&value));
    let hex = digest.iter().take(5).flat_map(|byte| [byte >> 4, byte & 15]);
    Ok(hex.map(letter).collect())
}

// Digits that could spell a word, or look alike, are other letters.
fn letter(digit: u8) -> char {
    match digit {
        0 => 'g',
        1 => 'h',
        3 => 'k',
        10 => 'm',
        14 => 't',
        _ => char::from_digit(u32::from(digit), 16).unwrap_or('g'),
    }
}

fn content(resource: &Resource, kind: &str, fields: &[&str], extra: &str) -> Outcome<Value> {
    let mut map = Map::new();
    map.insert("kind".to_owned(), kind.into());
    // The name does not count, so that it may change without the hash.
    map.insert("name".to_owned(), "".into());
    for field in fields {
        map.insert((*field).to_owned(), field_value(resource, field)?.unwrap_or_else(|| "".into()));
    }
    if let Some(value @ Value::Object(_)) = field_value(resource, extra)? {
        map.insert(extra.to_owned(), value);
    }
    Ok(Value::Object(map))
}

fn field_value(resource: &Resource, field: &str) -> Outcome<Option<Value>> {
    match resource.node.get(field) {
        None => Ok(None),
        Some(Node::Scalar(scalar)) => Ok(Some(scalar.text.clone().into())),
        Some(other) => other.to_value().map(Some),
    }
}

/// Returns JSON as Go prints it: safe to put into HTML.
pub(super) fn go_json(value: &Value) -> String {
    let text = to_json(value);
    if !text.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return text;
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        match char {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let escaped = format!("\\u{:04x}", u32::from(char));
                safe.push_str(&escaped);
            }
            other => safe.push(other),
        }
    }
    safe
}
