//! What controllers ask of objects: owners, labels, conditions, counts.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    super::{
        garbage::owners,
        world::{At, metadata, text},
    },
    desk::Resource,
};

/// Returns the number at a pointer, 0 where there is none.
pub(crate) fn number(value: &Value, pointer: &str) -> i64 {
    value.at(pointer).and_then(Value::as_i64).unwrap_or_default()
}

pub(crate) fn name(value: &Value) -> &str {
    text(value, "/metadata/name")
}

pub(crate) fn namespace(value: &Value) -> &str {
    text(value, "/metadata/namespace")
}

pub(crate) fn uid(value: &Value) -> &str {
    text(value, "/metadata/uid")
}

pub(crate) fn is_deleting(value: &Value) -> bool {
    value.at("/metadata/deletionTimestamp").is_some()
}

pub(crate) fn label<'v>(value: &'v Value, key: &str) -> &'v str {
    let labels = value.at("/metadata/labels");
    labels.and_then(|labels| labels.get(key)).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn annotation<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.at("/metadata/annotations")?.get(key)?.as_str()
}

/// Sets an annotation and tells whether it changed.
pub(crate) fn annotate(value: &mut Value, key: &str, text: &str) -> bool {
    if annotation(value, key) == Some(text) {
        return false;
    }
    let map = metadata(value).entry("annotations").or_insert_with(|| json!({}));
    if !map.is_object() {
        *map = json!({});
    }
    map[key] = text.into();
    true
}

pub(crate) fn time_at(value: &Value, pointer: &str) -> Option<Timestamp> {
    value.at(pointer)?.as_str()?.parse().ok()
}

/// Returns the later of two points in time, `seconds` after `from`.
pub(crate) fn after(from: Timestamp, seconds: i64) -> Timestamp {
    from.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// Returns the reference to the controller of an object.
pub(crate) fn controller(value: &Value) -> Option<&Value> {
    owners(value).iter().find(|owner| owner.get("controller") == Some(&Value::Bool(true)))
}

/// Whether `owner` controls an object.
pub(crate) fn is_controlled(value: &Value, owner: &Value) -> bool {
    controller(value).is_some_and(|reference| text(reference, "/uid") == uid(owner))
}

/// A reference that makes `owner` the controller.
pub(crate) fn reference(owner: &Value, of: Resource) -> Value {
    json!({
        "apiVersion": of.api_version(),
        "kind": of.kind,
        "name": name(owner),
        "uid": uid(owner),
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// Whether a label selector selects the labels of an object; an empty one selects all.
pub(crate) fn selects(selector: Option<&Value>, object: &Value) -> bool {
    let Some(selector) = selector else { return false };
    let value = |key: &str| object.at("/metadata/labels").and_then(|labels| labels.get(key));
    let all = selector.get("matchLabels").and_then(Value::as_object);
    let labels = all.is_none_or(|all| all.iter().all(|(key, wanted)| value(key) == Some(wanted)));
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    labels
        && expressions.into_iter().flatten().all(|expression| {
            let found = value(text(expression, "/key"));
            let among = expression
                .get("values")
                .and_then(Value::as_array)
                .is_some_and(|values| found.is_some_and(|found| values.contains(found)));
            match text(expression, "/operator") {
                "In" => among,
                "NotIn" => !among,
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => false,
            }
        })
}

/// Whether every label is there with its value.
pub(crate) fn has_labels(labels: Option<&Value>, object: &Value) -> bool {
    let found = object.at("/metadata/labels");
    let wanted = labels.and_then(Value::as_object).into_iter().flatten();
    wanted.into_iter().all(|(key, value)| found.and_then(|found| found.get(key)) == Some(value))
}

/// Returns the condition of a type.
pub(crate) fn condition<'v>(status: &'v Value, kind: &str) -> Option<&'v Value> {
    let list = status.get("conditions").and_then(Value::as_array)?;
    list.iter().find(|condition| text(condition, "/type") == kind)
}

/// Removes a condition.
pub(crate) fn remove_condition(status: &mut Value, kind: &str) {
    if let Some(Value::Array(list)) = status.get_mut("conditions") {
        list.retain(|condition| text(condition, "/type") != kind);
        if list.is_empty()
            && let Some(map) = status.as_object_mut()
        {
            map.remove("conditions");
        }
    }
}

/// Puts a condition at the end of the list.
pub(crate) fn push_condition(status: &mut Value, condition: Value) {
    remove_condition(status, text(&condition, "/type").to_owned().as_str());
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    if let Value::Array(list) = &mut status["conditions"] {
        list.push(condition);
    }
}

/// Writes a count, or leaves the field away when it is 0.
pub(crate) fn count(status: &mut Map<String, Value>, field: &str, count: i64) {
    if count == 0 {
        status.remove(field);
    } else {
        status.insert(field.to_owned(), count.into());
    }
}

/// Returns a number or the share of `total` that a percentage means.
pub(crate) fn scaled(value: Option<&Value>, total: i64, up: bool) -> i64 {
    match value {
        Some(Value::String(text)) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or_default();
            let product = percent.saturating_mul(total);
            if up { product.saturating_add(99).div_euclid(100) } else { product.div_euclid(100) }
        }
        Some(value) => value.as_i64().unwrap_or_default(),
        None => 0,
    }
}

/// Orders objects by age, then by name.
pub(crate) fn by_age(a: &Value, b: &Value) -> std::cmp::Ordering {
    let key = |value: &Value| {
        (text(value, "/metadata/creationTimestamp").to_owned(), name(value).to_owned())
    };
    key(a).cmp(&key(b))
}
