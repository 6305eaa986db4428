//! Values as Go's `%v` shows them, and as JSON.

use serde_json::{Map as JsonMap, Number, Value as Json};

use crate::helm::value::{Map, Value};

/// Returns a value as Go prints it in a message.
pub(in crate::helm) fn go_value(value: &Value) -> String {
    match value {
        Value::Nil => "<nil>".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value, _) => value.to_string(),
        Value::Uint(value, _) => value.to_string(),
        Value::Float(value) => go_float(*value),
        Value::Str(text) => text.to_string(),
        Value::List(list) => {
            let items: Vec<_> = list.iter().map(go_value).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Map(map) => {
            let entries = map.entries();
            let pairs = entries.iter().map(|(key, value)| format!("{key}:{}", go_value(value)));
            format!("map[{}]", pairs.collect::<Vec<_>>().join(" "))
        }
        Value::Object(object) => object.type_name().to_owned(),
    }
}

// The shortest digits that read back, with an exponent below 1e-4 and from 1e21.
fn go_float(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-4..1e21).contains(&size) {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

/// Returns a map of plain values as JSON.
pub(in crate::helm) fn to_json(map: &Map) -> JsonMap<String, Json> {
    let entries = map.entries();
    entries.iter().map(|(key, value)| (key.to_string(), json(value))).collect()
}

fn json(value: &Value) -> Json {
    match value {
        Value::Nil | Value::Object(_) => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value, _) => Json::from(*value),
        Value::Uint(value, _) => Json::from(*value),
        Value::Float(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
        Value::Str(text) => Json::from(text.to_string()),
        Value::List(list) => Json::Array(list.iter().map(json).collect()),
        Value::Map(map) => Json::Object(to_json(map)),
    }
}
