//! JSON patches (RFC 6902), with the liberties that Kustomize takes.

use gitops_core::yaml::{self, Duplicates};
use serde_json::{Map, Value};

use super::super::{
    node::Node,
    problem::{Outcome, problem},
    scalar::is_unreadable_block,
};

/// One step of a JSON patch.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::kustomize) struct Operation {
    verb: String,
    path: Option<String>,
    from: Option<String>,
    value: Option<Value>,
}

/// Reads the steps of a patch: JSON when it starts with `[`, YAML otherwise.
pub(super) fn read(text: &str) -> Outcome<Vec<Operation>> {
    let value: Value = if text.starts_with('[') {
        serde_json::from_str(text).map_err(|err| problem(format!("no JSON patch: {err}")))?
    } else {
        yaml::decode(text.as_bytes(), Duplicates::Last)
            .map_err(|err| problem(format!("no JSON patch: {err}")))?
    };
    let list = match value {
        Value::Array(list) => list,
        Value::Null => Vec::new(),
        _ => return Err(problem("no JSON patch: expected a list of operations")),
    };
    list.into_iter().map(operation).collect()
}

fn operation(value: Value) -> Outcome<Operation> {
    let Value::Object(mut map) = value else {
        return Err(problem("no JSON patch: an operation must be a mapping"));
    };
    let text = |map: &Map<String, Value>, key: &str| map.get(key)?.as_str().map(str::to_owned);
    Ok(Operation {
        verb: text(&map, "op").unwrap_or_else(|| "unknown".to_owned()),
        path: text(&map, "path"),
        from: text(&map, "from"),
        value: map.remove("value"),
    })
}

/// Applies the steps to a resource.
pub(super) fn apply(node: &Node, operations: &[Operation]) -> Outcome<Node> {
    let mut document = node.to_value()?;
    for operation in operations {
        run(&mut document, operation).map_err(|err| {
            let path = operation.path.as_deref().unwrap_or_default();
            err.within(|| format!("{} {path}", operation.verb))
        })?;
    }
    if !document.is_object() {
        return Err(problem("the patch left no object"));
    }
    if let Some(text) = unreadable(&document) {
        let start: String = text.chars().take(20).collect();
        return Err(problem(format!(
            "{start:?}… starts with a tab: Kustomize refuses to print it"
        )));
    }
    Ok(Node::from_floats(&document))
}

/// Whether the steps put other annotations in the place of the ones that are there.
pub(super) fn replaces_annotations(operations: &[Operation]) -> bool {
    let whole = |path: &Option<String>| {
        matches!(path.as_deref(), Some("/metadata" | "/metadata/annotations"))
    };
    operations.iter().any(|step| match step.verb.as_str() {
        "test" => false,
        "move" => whole(&step.path) || whole(&step.from),
        _ => whole(&step.path),
    })
}

fn unreadable(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => is_unreadable_block(text).then_some(text),
        Value::Array(items) => items.iter().find_map(unreadable),
        Value::Object(map) => map.values().find_map(unreadable),
        _ => None,
    }
}

fn run(document: &mut Value, operation: &Operation) -> Outcome<()> {
    let Operation { verb, path, from, value } = operation;
    let path = path.as_deref().ok_or_else(|| problem("the operation has no path"))?;
    let from = || from.as_deref().ok_or_else(|| problem("the operation has no from"));
    let value = || value.clone().unwrap_or(Value::Null);
    match verb.as_str() {
        "add" => add(document, path, value()),
        "remove" => remove(document, path).map(|_| ()),
        "replace" => replace(document, path, value()),
        "move" => {
            let moved = remove(document, from()?)?;
            add(document, path, moved)
        }
        "copy" => {
            let (parent, key) = parent(document, from()?)?;
            let copied = get(parent, &key)?.cloned().unwrap_or(Value::Null);
            add(document, path, copied)
        }
        "test" => test(document, path, &value()),
        other => Err(problem(format!("unexpected kind {other:?}"))),
    }
}

// Returns what holds the value at `path`, and the last step.
fn parent<'a>(document: &'a mut Value, path: &str) -> Outcome<(&'a mut Value, String)> {
    let missing = || problem(format!("doc is missing path: {path}"));
    let mut steps = path.split('/').skip(1).map(unescape).peekable();
    let mut at = document;
    loop {
        let step = steps.next().ok_or_else(missing)?;
        if steps.peek().is_none() {
            if !at.is_object() && !at.is_array() {
                return Err(missing());
            }
            return Ok((at, step));
        }
        at = match at {
            Value::Object(map) => map.get_mut(&step).ok_or_else(missing)?,
            Value::Array(items) => {
                let index = index(&step, items.len()).map_err(|_| missing())?;
                items.get_mut(index).ok_or_else(missing)?
            }
            _ => return Err(missing()),
        };
    }
}

fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

// A negative index counts from the end.
fn index(step: &str, length: usize) -> Outcome<usize> {
    let bad = || problem(format!("unable to access invalid index: {step}"));
    let number: i64 = step.parse().map_err(|_| bad())?;
    if number < 0 {
        let back = usize::try_from(number.unsigned_abs()).map_err(|_| bad())?;
        return length.checked_sub(back).ok_or_else(bad);
    }
    usize::try_from(number).map_err(|_| bad())
}

fn get<'a>(holder: &'a Value, key: &str) -> Outcome<Option<&'a Value>> {
    match holder {
        Value::Array(items) => {
            let index = index(key, items.len())?;
            let bad = || problem(format!("unable to access invalid index: {key}"));
            items.get(index).map(Some).ok_or_else(bad)
        }
        other => Ok(other.get(key)),
    }
}

fn add(document: &mut Value, path: &str, value: Value) -> Outcome<()> {
    let (holder, key) = parent(document, path)?;
    match holder {
        Value::Array(items) => {
            if key == "-" {
                items.push(value);
                return Ok(());
            }
            let index = index(&key, items.len() + 1)?;
            if items.len() < index {
                return Err(problem(format!("unable to access invalid index: {key}")));
            }
            items.insert(index, value);
        }
        Value::Object(map) => {
            map.insert(key, value);
        }
        _ => {}
    }
    Ok(())
}

fn remove(document: &mut Value, path: &str) -> Outcome<Value> {
    let (holder, key) = parent(document, path)?;
    match holder {
        Value::Array(items) => {
            let index = index(&key, items.len())?;
            if items.len() <= index {
                return Err(problem(format!("unable to access invalid index: {key}")));
            }
            Ok(items.remove(index))
        }
        Value::Object(map) => map
            .remove(&key)
            .ok_or_else(|| problem(format!("unable to remove nonexistent key: {key}"))),
        _ => Ok(Value::Null),
    }
}

fn replace(document: &mut Value, path: &str, value: Value) -> Outcome<()> {
    let (holder, key) = parent(document, path)?;
    match holder {
        Value::Array(items) => {
            let index = index(&key, items.len())?;
            let bad = || problem(format!("unable to access invalid index: {key}"));
            *items.get_mut(index).ok_or_else(bad)? = value;
        }
        // A key that is missing is added.
        Value::Object(map) => {
            map.insert(key, value);
        }
        _ => {}
    }
    Ok(())
}

fn test(document: &mut Value, path: &str, want: &Value) -> Outcome<()> {
    let failed = || problem(format!("testing value {path} failed"));
    let (holder, key) = parent(document, path)?;
    let found = get(holder, &key)?.unwrap_or(&Value::Null);
    if equal(found, want) { Ok(()) } else { Err(failed()) }
}

// Numbers are equal by value, however they are written.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| equal(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, l)| right.get(key).is_some_and(|r| equal(l, r)))
        }
        (left, right) => left == right,
    }
}
