//! Defaults that structural schemas give.

use serde_json::{Map, Value};

/// Fills what a schema gives a default for.
pub(crate) fn fill(value: &mut Value, schema: &Value) {
    match value {
        Value::Object(map) => fill_map(map, schema),
        Value::Array(items) => {
            let Some(schema) = schema.get("items") else { return };
            for item in items {
                fill(item, schema);
            }
        }
        _ => {}
    }
}

fn fill_map(map: &mut Map<String, Value>, schema: &Value) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, schema) in properties.into_iter().flatten() {
        if let Some(default) = schema.get("default") {
            // A null where null is not allowed counts as absent.
            let nullable = schema.get("nullable") == Some(&Value::Bool(true));
            if map.get(name).is_some_and(Value::is_null) && !nullable {
                map.remove(name);
            }
            if !map.contains_key(name) {
                map.insert(name.clone(), default.clone());
            }
        }
        if let Some(value) = map.get_mut(name) {
            fill(value, schema);
        }
    }
    if let Some(schema @ Value::Object(_)) = schema.get("additionalProperties") {
        for (name, value) in map.iter_mut() {
            if properties.is_none_or(|properties| !properties.contains_key(name)) {
                fill(value, schema);
            }
        }
    }
}
