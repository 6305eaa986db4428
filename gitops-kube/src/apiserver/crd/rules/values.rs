//! Values of objects as expressions see them.

use std::collections::HashMap;

use kube_cel::cel::{
    Value as Cel,
    objects::{Key, Map},
};
use serde_json::Value;

use super::super::structure::Structure;

/// Converts a value by its schema.
pub(super) fn of(value: &Value, schema: Option<&Structure>) -> Cel {
    match value {
        Value::Null => Cel::Null,
        Value::Bool(flag) => Cel::Bool(*flag),
        Value::Number(number) => {
            let double = schema.is_some_and(|schema| schema.kind == "number");
            match number.as_i64() {
                Some(integer) if !double => Cel::Int(integer),
                _ => Cel::Float(number.as_f64().unwrap_or_default()),
            }
        }
        Value::String(text) => from_text(text, schema),
        Value::Array(items) => {
            let below = schema.and_then(|schema| schema.items.as_deref());
            Cel::List(items.iter().map(|item| of(item, below)).collect::<Vec<_>>().into())
        }
        Value::Object(map) => {
            let named =
                schema.is_some_and(|schema| !schema.properties.is_empty() || schema.embedded);
            let pairs = map.iter().filter_map(|(name, value)| {
                let below = schema.and_then(|schema| schema.field(name));
                let name = if named { super::escape(name)? } else { name.clone() };
                Some((Key::from(name), of(value, below)))
            });
            let map: HashMap<Key, Cel> = pairs.collect();
            Cel::Map(Map { map: map.into() })
        }
    }
}

fn from_text(text: &str, schema: Option<&Structure>) -> Cel {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let converted = match schema.map_or("", |schema| schema.format.as_str()) {
        "byte" => STANDARD.decode(text).ok().map(|bytes| Cel::Bytes(bytes.into())),
        "date" => call("timestamp", &format!("{text}T00:00:00Z")),
        "date-time" => call("timestamp", text),
        "duration" => call("duration", text),
        _ => None,
    };
    converted.unwrap_or_else(|| Cel::from(text))
}

/// Lets the language read a text itself.
fn call(function: &str, text: &str) -> Option<Cel> {
    let program = kube_cel::cel::Program::compile(&format!("{function}(value)")).ok()?;
    let mut context = kube_cel::cel::Context::default();
    context.add_variable_from_value("value", text);
    program.execute(&context).ok()
}
