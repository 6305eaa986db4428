//! JSON patch: a list of operations on paths.

use serde_json::Value;

use super::{
    super::status::{Failure, Result},
    JSON_PATCH_OPERATIONS_MAX,
};

/// Runs a JSON patch.
///
/// # Errors
///
/// 400 when the patch is none, 422 when it does not fit the object.
pub(super) fn patched(object: &Value, patch: &Value) -> Result<Value> {
    let Some(operations) = patch.as_array() else {
        return Err(Failure::bad_request(
            "error decoding patch: json: cannot unmarshal object into Go value of type \
             jsonpatch.Patch",
        ));
    };
    if JSON_PATCH_OPERATIONS_MAX < operations.len() {
        let message = format!(
            "The allowed maximum operations in a JSON patch is {JSON_PATCH_OPERATIONS_MAX}, got {}",
            operations.len()
        );
        return Err(Failure::new(413, "RequestEntityTooLarge", message));
    }
    let mut out = object.clone();
    for operation in operations {
        run(&mut out, operation).ok_or_else(Failure::unprocessable)?;
    }
    Ok(out)
}

fn run(object: &mut Value, operation: &Value) -> Option<()> {
    let text = |name: &str| operation.get(name).and_then(Value::as_str);
    let path = text("path")?;
    let value = || Some(operation.get("value").cloned().unwrap_or(Value::Null));
    match text("op")? {
        "add" => add(object, path, value()?),
        "remove" => remove(object, path).map(|_| ()),
        "replace" => replace(object, path, value()?),
        "move" => {
            let value = remove(object, text("from")?)?;
            add(object, path, value)
        }
        "copy" => {
            let from = text("from")?;
            let value = if let Some(value) = at(object, from) {
                value.clone()
            } else {
                // A key that is not there is copied as null, but only from a mapping.
                at(object, split(from)?.0)?.as_object()?;
                Value::Null
            };
            add(object, path, value)
        }
        "test" => {
            let wanted = value()?;
            match at(object, path) {
                Some(found) => (*found == wanted).then_some(()),
                None => wanted.is_null().then_some(()),
            }
        }
        _ => None,
    }
}

fn at<'v>(object: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    object.pointer_mut(path)
}

/// Splits a path into its parent and its last step, unescaped.
fn split(path: &str) -> Option<(&str, String)> {
    let (parent, last) = path.rsplit_once('/')?;
    Some((parent, last.replace("~1", "/").replace("~0", "~")))
}

fn add(object: &mut Value, path: &str, value: Value) -> Option<()> {
    if path.is_empty() {
        *object = value;
        return Some(());
    }
    let (parent, last) = split(path)?;
    match at(object, parent)? {
        Value::Object(map) => {
            map.insert(last, value);
        }
        Value::Array(items) => {
            let index = if last == "-" { items.len() } else { last.parse().ok()? };
            if items.len() < index {
                return None;
            }
            items.insert(index, value);
        }
        _ => return None,
    }
    Some(())
}

/// Replaces a value; a key of a mapping need not be there.
fn replace(object: &mut Value, path: &str, value: Value) -> Option<()> {
    if path.is_empty() {
        *object = value;
        return Some(());
    }
    let (parent, last) = split(path)?;
    match at(object, parent)? {
        Value::Object(map) => {
            map.insert(last, value);
        }
        Value::Array(items) => *items.get_mut(last.parse::<usize>().ok()?)? = value,
        _ => return None,
    }
    Some(())
}

fn remove(object: &mut Value, path: &str) -> Option<Value> {
    let (parent, last) = split(path)?;
    match at(object, parent)? {
        Value::Object(map) => map.remove(&last),
        Value::Array(items) => {
            let index: usize = last.parse().ok()?;
            (index < items.len()).then(|| items.remove(index))
        }
        _ => None,
    }
}
