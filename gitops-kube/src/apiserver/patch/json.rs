//! JSON patch: a list of operations on paths.

use serde_json::{Map, Value};

use super::{
    JSON_PATCH_OPERATIONS_MAX, PatchError, check_depth,
    node::{NIL, Node},
};

/// Runs a JSON patch: RFC 6902, as the library of Kubernetes reads it.
///
/// Negative indices count from the end, `replace` adds a key that is not there, a `test` of a key
/// that is not there holds for null.
///
/// # Errors
///
/// [`PatchError::Malformed`] when the patch is no list of operations or the original is neither
/// mapping nor list, [`PatchError::TooMany`], [`PatchError::Unfitting`] when an operation cannot
/// be done or a test fails.
pub fn json(original: Value, patch: &Value) -> Result<Value, PatchError> {
    let operations = read(patch)?;
    if JSON_PATCH_OPERATIONS_MAX < operations.len() {
        return Err(PatchError::TooMany(operations.len()));
    }
    check_depth(&original)?;
    check_depth(patch)?;
    let mut root = match original {
        Value::Null => Node::Copied,
        Value::Object(_) | Value::Array(_) => Node::of(original),
        other => {
            return Err(PatchError::Malformed(format!(
                "json: cannot unmarshal {} into Go value of type jsonpatch.partialDoc",
                go_name(&other)
            )));
        }
    };
    for operation in operations {
        run(&mut root, operation).map_err(PatchError::Unfitting)?;
    }
    let out = root.into_value();
    check_depth(&out)?;
    Ok(out)
}

fn read(patch: &Value) -> Result<Vec<Option<&Map<String, Value>>>, PatchError> {
    let mismatch = |value: &Value, wanted: &str| {
        PatchError::Malformed(format!(
            "json: cannot unmarshal {} into Go value of type jsonpatch.{wanted}",
            go_name(value)
        ))
    };
    match patch {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::Null => Ok(None),
                Value::Object(map) => Ok(Some(map)),
                other => Err(mismatch(other, "Operation")),
            })
            .collect(),
        other => Err(mismatch(other, "Patch")),
    }
}

fn go_name(value: &Value) -> &'static str {
    super::super::conform::json_name(value)
}

fn run(root: &mut Node, operation: Option<&Map<String, Value>>) -> Result<(), String> {
    let field = |name: &str| operation.and_then(|map| map.get(name));
    let op = field("op").and_then(Value::as_str).unwrap_or("unknown");
    let value = || Node::of_operation(field("value"));
    let path = || path(field("path"), "operation missing path field");
    let from = || self::path(field("from"), "operation, missing from field");
    let undecoded = |_| format!("{op} operation failed to decode path: missing value");
    let unread = |why| format!("{op} operation failed to decode path: {why}");
    let unread_from = |why| format!("{op} operation failed to decode from: {why}");
    match op {
        "add" => add(root, path().map_err(undecoded)?, value()),
        "remove" => remove(root, path().map_err(undecoded)?),
        "replace" => replace(root, path().map_err(unread)?, value()),
        "move" => {
            let node = take(root, from().map_err(unread_from)?)?;
            let path = path().map_err(unread)?;
            let lost = || lost("move", "destination ", path, "");
            let (place, key) = find(root, path).ok_or_else(lost)?;
            let failed = |why| within(&format!("error in move for path: '{path}'"), why);
            place.insert(&key, node).map_err(failed)
        }
        "copy" => {
            let node = copy(root, from().map_err(unread_from)?)?;
            let path = path().map_err(undecoded)?;
            let lost = || lost("copy", "destination ", path, "");
            let (place, key) = find(root, path).ok_or_else(lost)?;
            let failed = |why| within("error while adding value during copy", why);
            place.insert(&key, node).map_err(failed)
        }
        "test" => test(root, path().map_err(unread)?, &value()),
        other => Err(format!("Unexpected kind: {other}")),
    }
}

fn path<'v>(value: Option<&'v Value>, missing: &str) -> Result<&'v str, String> {
    match value {
        None | Some(Value::Null) => Err(format!("{missing}: missing value")),
        Some(Value::String(text)) => Ok(text),
        Some(other) => {
            Err(format!("json: cannot unmarshal {} into Go value of type string", go_name(other)))
        }
    }
}

/// Says where something went wrong; a panic speaks for itself.
fn within(place: &str, why: String) -> String {
    if why.starts_with("panic: ") { why } else { format!("{place}: {why}") }
}

fn lost(operation: &str, which: &str, path: &str, quote: &str) -> String {
    format!(
        "{operation} operation does not apply: doc is missing {which}path: {quote}{path}{quote}: \
         missing value"
    )
}

/// Finds the mapping or list that holds the last step of a path, and that step, unescaped.
fn find<'n>(root: &'n mut Node, path: &str) -> Option<(&'n mut Node, String)> {
    let unescape = |step: &str| {
        // Left to right in one pass: `~01` is `~1`.
        let mut out = String::with_capacity(step.len());
        let mut rest = step;
        while let Some(at) = rest.find('~') {
            out.push_str(&rest[..at]);
            let (text, skip) = match rest.as_bytes().get(at + 1) {
                Some(b'1') => ("/", 2),
                Some(b'0') => ("~", 2),
                _ => ("~", 1),
            };
            out.push_str(text);
            rest = &rest[at + skip..];
        }
        out.push_str(rest);
        out
    };
    let mut steps: Vec<&str> = path.split('/').skip(1).collect();
    let last = steps.pop()?;
    let mut place = root;
    for step in steps {
        place = place.container(&unescape(step))?;
    }
    Some((place, unescape(last)))
}

fn add(root: &mut Node, path: &str, node: Node) -> Result<(), String> {
    let (place, key) = find(root, path).ok_or_else(|| lost("add", "", path, "\""))?;
    place.insert(&key, node).map_err(|why| within(&format!("error in add for path: '{path}'"), why))
}

fn remove(root: &mut Node, path: &str) -> Result<(), String> {
    let (place, key) = find(root, path).ok_or_else(|| lost("remove", "", path, "\""))?;
    place.remove(&key).map_err(|why| format!("error in remove for path: '{path}': {why}"))
}

/// Takes away what a `move` moves.
fn take(root: &mut Node, from: &str) -> Result<Node, String> {
    let (place, key) = find(root, from).ok_or_else(|| lost("move", "from ", from, ""))?;
    let failed = |why| format!("error in move for path: '{key}': {why}");
    let node = place.get(&key).map_err(failed)?.clone();
    place.remove(&key).map_err(failed)?;
    Ok(node)
}

fn copy(root: &mut Node, from: &str) -> Result<Node, String> {
    let (place, key) = find(root, from).ok_or_else(|| lost("copy", "from ", from, ""))?;
    let failed = |why| format!("error in copy for from: '{from}': {why}");
    Ok(place.get(&key).map_err(failed)?.copied())
}

/// Replaces a value; a key of a mapping need not be there.
fn replace(root: &mut Node, path: &str, node: Node) -> Result<(), String> {
    if path.is_empty() {
        return match node {
            Node::Absent => Err(NIL.to_owned()),
            Node::Map(_) | Node::List(_) => {
                *root = node;
                Ok(())
            }
            _ => Err("replace operation value must be object or array: %!w(<nil>)".to_owned()),
        };
    }
    let (place, key) = find(root, path).ok_or_else(|| lost("replace", "", path, ""))?;
    if place.get(&key).is_err() {
        return Err(format!(
            "replace operation does not apply: doc is missing key: {path}: missing value"
        ));
    }
    place.set(&key, node).map_err(|why| within(&format!("error in remove for path: '{path}'"), why))
}

fn test(root: &mut Node, path: &str, wanted: &Node) -> Result<(), String> {
    let failed = || Err(format!("testing value {path} failed: test failed"));
    if path.is_empty() {
        return if root.same(wanted)? { Ok(()) } else { failed() };
    }
    let (place, key) = find(root, path).ok_or_else(|| {
        format!("test operation does not apply: is missing path: {path}: missing value")
    })?;
    let found =
        place.get(&key).map_err(|why| format!("error in test for path: '{path}': {why}"))?;
    match (found, wanted) {
        (Node::Absent, Node::Absent | Node::Null) => Ok(()),
        (Node::Absent, _) | (_, Node::Absent) => failed(),
        (found, wanted) => {
            if found.same(wanted)? {
                Ok(())
            } else {
                failed()
            }
        }
    }
}
