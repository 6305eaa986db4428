//! The leaves of an object, and their paths.

use std::{collections::BTreeMap, fmt};

use serde_json::{Map, Value, json};

/// One step down an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// The key of a mapping.
    Key(String),
    /// The item of a list that has this `name`.
    Item(String),
}

/// The way from the root of an object to one of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FieldPath(pub(super) Vec<Step>);

/// The fields of an object that have no fields below them, each with its value.
///
/// A list whose items all have a name is a mapping by that name, any other list is one value. The
/// item of such a list is a leaf of its own, whose value is the name alone.
pub(super) type Leaves = BTreeMap<FieldPath, Value>;

impl FieldPath {
    /// Reads a path as `Display` writes it.
    pub(super) fn parse(text: &str) -> Self {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some((quoted, after)) =
                rest.strip_prefix("[\"").and_then(|rest| rest.split_once("\"]"))
            {
                steps.push(Step::Key(quoted.to_owned()));
                rest = after;
            } else if let Some((name, after)) =
                rest.strip_prefix("[name=").and_then(|rest| rest.split_once(']'))
            {
                steps.push(Step::Item(name.to_owned()));
                rest = after;
            } else {
                rest = rest.strip_prefix('.').unwrap_or(rest);
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                // A bracket that opens nothing known belongs to the key.
                let end = if end == 0 { rest.len() } else { end };
                steps.push(Step::Key(rest[..end].to_owned()));
                rest = &rest[end..];
            }
        }
        Self(steps)
    }

    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    pub(super) fn first_key(&self) -> Option<&str> {
        match self.0.first() {
            Some(Step::Key(key)) => Some(key),
            Some(Step::Item(_)) | None => None,
        }
    }

    fn child(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if key.contains(['.', '[', '"']) => write!(f, "[\"{key}\"]")?,
                Step::Key(key) if index == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Item(name) => write!(f, "[name={name}]")?,
            }
        }
        Ok(())
    }
}

/// Returns the leaves of `value`, in the order in which they are written. Nulls are no leaves.
pub(super) fn leaves(value: &Value) -> Vec<(FieldPath, Value)> {
    let mut found = Vec::new();
    collect(&FieldPath::default(), value, &mut found);
    found
}

fn collect(path: &FieldPath, value: &Value, found: &mut Vec<(FieldPath, Value)>) {
    match value {
        Value::Null => {}
        Value::Object(map) if !map.is_empty() || path.0.is_empty() => {
            for (key, value) in map {
                collect(&path.child(Step::Key(key.clone())), value, found);
            }
        }
        Value::Array(items) if is_keyed(items) => {
            for item in items {
                let name = item_name(item).unwrap_or_default();
                let path = path.child(Step::Item(name.to_owned()));
                found.push((path.clone(), json!({ "name": name })));
                for (key, value) in item.as_object().into_iter().flatten() {
                    if key != "name" {
                        collect(&path.child(Step::Key(key.clone())), value, found);
                    }
                }
            }
        }
        _ => found.push((path.clone(), value.clone())),
    }
}

fn is_keyed(items: &[Value]) -> bool {
    let mut names: Vec<_> = items.iter().filter_map(item_name).collect();
    names.sort_unstable();
    names.dedup();
    !items.is_empty() && names.len() == items.len()
}

fn item_name(item: &Value) -> Option<&str> {
    item.get("name")?.as_str()
}

/// Returns the field at `path`.
pub(super) fn get<'a>(value: &'a Value, path: &FieldPath) -> Option<&'a Value> {
    path.0.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Item(name) => value.as_array()?.iter().find(|item| item_name(item) == Some(name)),
    })
}

/// Sets the field at `path`, making what is missing on the way.
pub(super) fn set(value: &mut Value, path: &FieldPath, new: Value) {
    let Some((last, way)) = path.0.split_last() else {
        *value = new;
        return;
    };
    let parent = way.iter().fold(value, |value, step| enter(value, step));
    let field = enter(parent, last);
    // The leaf of an item says that it is there, nothing of what is in it.
    if !matches!(last, Step::Item(name) if new == json!({ "name": name })) {
        *field = new;
    }
}

fn many(map: &Map<String, Value>) -> bool {
    1 < map.len()
}

fn enter<'a>(value: &'a mut Value, step: &Step) -> &'a mut Value {
    match step {
        Step::Key(key) => {
            if !value.is_object() {
                *value = json!({});
            }
            value.as_object_mut().expect("made a mapping above").entry(key).or_insert(Value::Null)
        }
        Step::Item(name) => {
            if !value.is_array() {
                *value = json!([]);
            }
            let items = value.as_array_mut().expect("made a list above");
            let found = items.iter().position(|item| item_name(item) == Some(name));
            let index = found.unwrap_or_else(|| {
                items.push(json!({ "name": name }));
                items.len() - 1
            });
            &mut items[index]
        }
    }
}

/// Removes the leaf at `path`, and what is empty without it. An item of a list stays as long as
/// there is more in it than its name.
pub(super) fn remove(value: &mut Value, path: &FieldPath) {
    remove_below(value, &path.0);
}

fn remove_below(value: &mut Value, steps: &[Step]) {
    let Some((step, rest)) = steps.split_first() else { return };
    match (step, value) {
        (Step::Key(key), Value::Object(map)) => {
            if !rest.is_empty() {
                let Some(child) = map.get_mut(key) else { return };
                remove_below(child, rest);
            }
            if rest.is_empty() || map.get(key).is_some_and(is_empty) {
                map.remove(key);
            }
        }
        (Step::Item(name), Value::Array(items)) => {
            let found = items.iter().position(|item| item_name(item) == Some(name));
            let Some(index) = found else { return };
            if !rest.is_empty() {
                remove_below(&mut items[index], rest);
            } else if !items[index].as_object().is_some_and(many) {
                items.remove(index);
            }
        }
        _ => {}
    }
}

/// Whether `value` is a mapping or a list with nothing in it.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// Changes `value` by a JSON merge patch.
pub(super) fn merge_patch(value: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = json!({});
    }
    let map = value.as_object_mut().expect("made a mapping above");
    for (key, patch) in patch {
        if patch.is_null() {
            map.remove(key);
        } else {
            merge_patch(map.entry(key).or_insert(Value::Null), patch);
        }
    }
}
