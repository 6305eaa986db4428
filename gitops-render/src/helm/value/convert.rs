//! Between template values and JSON.

use serde_json::Value as Json;

use super::{Text, Value};

impl Value {
    /// What Go makes of JSON: every number is a `float64`.
    pub fn from_json(json: &Json) -> Self {
        convert(json, false)
    }

    /// The same, but whole numbers are `int64`, as those given with `--set` are.
    pub fn from_json_with_integers(json: &Json) -> Self {
        convert(json, true)
    }
}

fn convert(json: &Json, integers: bool) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(value) if integers => Value::int64(value),
            _ => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::text(text),
        Json::Array(items) => {
            Value::list(items.iter().map(|item| convert(item, integers)).collect())
        }
        Json::Object(entries) => {
            Value::map(entries.iter().map(|(key, item)| (Text::from(key), convert(item, integers))))
        }
    }
}
