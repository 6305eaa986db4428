//! Defaults that structural schemas give.

use serde_json::Value;

use super::structure::Structure;

/// Drops nulls that stand for nothing, then fills what a schema gives a default for: what is read
/// from a request or from storage.
pub(crate) fn fill(value: &mut Value, schema: &Structure) {
    drop_nulls(value, schema);
    fill_defaults(value, schema);
}

fn drop_nulls(value: &mut Value, schema: &Structure) {
    match value {
        Value::Object(map) => map.retain(|name, value| {
            let Some(below) = schema.field(name) else { return true };
            if value.is_null() && below.drops_null() && below.default.is_none() {
                return false;
            }
            drop_nulls(value, below);
            true
        }),
        Value::Array(items) => {
            if let Some(below) = &schema.items {
                for item in items {
                    drop_nulls(item, below);
                }
            }
        }
        _ => {}
    }
}

/// Fills what a schema gives a default for. Nulls without one stay: what is applied is not read
/// through the schema, so that they are judged as they are.
pub(crate) fn fill_defaults(value: &mut Value, schema: &Structure) {
    match value {
        Value::Object(map) => {
            for (name, below) in &schema.properties {
                let Some(default) = &below.default else { continue };
                if map.get(name).is_none_or(|value| value.is_null() && below.drops_null()) {
                    map.insert(name.clone(), default.clone());
                }
            }
            for (name, value) in map.iter_mut() {
                let Some(below) = schema.field(name) else { continue };
                fill_null(value, below);
                fill_defaults(value, below);
            }
        }
        Value::Array(items) => {
            let Some(below) = &schema.items else { return };
            for item in items {
                fill_null(item, below);
                fill_defaults(item, below);
            }
        }
        _ => {}
    }
}

/// Replaces a null that may be none by the default.
fn fill_null(value: &mut Value, schema: &Structure) {
    if value.is_null()
        && schema.drops_null()
        && let Some(default) = &schema.default
    {
        *value = default.clone();
    }
}
