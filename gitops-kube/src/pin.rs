//! Which state of a live object an answer shows.

use gitops_core::Pin;
use serde_json::Value;

/// Returns the pin of an object as the server sent it; empty texts where it says nothing.
pub(crate) fn of(object: &Value) -> Pin {
    let text = |key| {
        let value = object.get("metadata").and_then(|metadata| metadata.get(key));
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    Pin { uid: text("uid"), resource_version: text("resourceVersion") }
}
