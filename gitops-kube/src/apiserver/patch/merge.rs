//! JSON merge patch: null removes, mappings merge, everything else replaces.

use serde_json::{Map, Value};

use super::{PatchError, check_depth};

/// Lays a JSON merge patch over a value.
///
/// Nulls of the patch are dropped where they remove nothing, but for those in a list that takes
/// the place of a mapping: the libraries of Kubernetes keep these.
///
/// # Errors
///
/// [`PatchError::Malformed`] when the original is null, or the patch is neither mapping nor list.
pub fn merge(original: Value, patch: Value) -> Result<Value, PatchError> {
    let malformed = |text: &str| Err(PatchError::Malformed(text.to_owned()));
    check_depth(&original)?;
    check_depth(&patch)?;
    match (original, patch) {
        (Value::Null, _) => malformed("Invalid JSON Document"),
        (Value::Object(mut map), Value::Object(patch)) => {
            lay(&mut map, patch);
            Ok(Value::Object(map))
        }
        (_, mut patch @ (Value::Object(_) | Value::Array(_))) => {
            prune(&mut patch);
            Ok(patch)
        }
        _ => malformed("Invalid JSON Patch"),
    }
}

fn lay(map: &mut Map<String, Value>, patch: Map<String, Value>) {
    for (name, value) in patch {
        match (map.get_mut(&name), value) {
            (_, Value::Null) => {
                map.remove(&name);
            }
            (Some(Value::Object(before)), Value::Object(patch)) => lay(before, patch),
            (Some(before @ Value::Object(_)), other) => *before = other,
            (_, mut other) => {
                prune(&mut other);
                map.insert(name, other);
            }
        }
    }
}

/// Drops the nulls of mappings; those of lists stay.
fn prune(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(prune);
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}
