//! JSON merge patch: null removes, mappings merge, everything else replaces.

use serde_json::{Map, Value};

use super::super::status::Result;

/// Lays a merge patch over an object.
pub(super) fn patched(object: &Value, patch: &Value) -> Result<Value> {
    let patch = super::mapping(patch)?;
    let mut out = object.clone();
    lay(&mut out, patch);
    Ok(out)
}

fn lay(target: &mut Value, patch: &Map<String, Value>) {
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(map) = target.as_object_mut() else { return };
    for (name, value) in patch {
        match value {
            Value::Null => {
                map.remove(name);
            }
            Value::Object(patch) => {
                lay(map.entry(name.clone()).or_insert(Value::Null), patch);
            }
            value => {
                map.insert(name.clone(), value.clone());
            }
        }
    }
}
