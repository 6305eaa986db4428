//! The rules of kinds: what a new object must be, and what a change may not touch.

use serde_json::Value;

use super::{kinds::Kind, status::Problem, world::Call};

/// Returns what is wrong with a new object.
pub(crate) fn created(kind: &Kind, object: &Value) -> Vec<Problem> {
    let _ = (kind, object);
    Vec::new()
}

/// Returns what is wrong with a change.
pub(crate) fn changed(call: &Call<'_>, live: &Value, object: &Value) -> Vec<Problem> {
    if call.kind.is("", "ConfigMap") || call.kind.is("", "Secret") {
        return immutable(live, object);
    }
    Vec::new()
}

fn immutable(live: &Value, object: &Value) -> Vec<Problem> {
    if live.get("immutable") != Some(&Value::Bool(true)) {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for field in ["immutable", "data", "binaryData"] {
        if live.get(field) != object.get(field) {
            problems.push(Problem::forbidden(field, "field is immutable when `immutable` is set"));
        }
    }
    problems
}
