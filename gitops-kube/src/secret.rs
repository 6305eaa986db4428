//! What is wrong with a `Secret`, found out before its values travel.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gitops_core::Object;
use serde_json::Value;

/// Says what is wrong with `desired` where it is a `Secret` that the server could not read.
///
/// The server quotes the values in what it says, so that its words cannot be shown; this names
/// the key alone.
pub(crate) fn problem(desired: &Object) -> Option<String> {
    if !desired.is_secret() {
        return None;
    }
    ["data", "stringData"].into_iter().find_map(|field| match desired.value().get(field) {
        None | Some(Value::Null) => None,
        Some(Value::Object(map)) => map.iter().find_map(|(key, value)| {
            wrong(field, value).map(|wrong| format!("{field}[{key:?}] {wrong}"))
        }),
        Some(_) => Some(format!("{field} must be a mapping")),
    })
}

fn wrong(field: &str, value: &Value) -> Option<&'static str> {
    match value {
        Value::Null => None,
        Value::String(text) if field == "data" => {
            // The server skips line breaks, as they stand in folded values.
            let text: Vec<u8> = text.bytes().filter(|byte| !b"\r\n".contains(byte)).collect();
            let problem = "is no base64: encode the value, or write it in stringData";
            STANDARD.decode(text).is_err().then_some(problem)
        }
        Value::String(_) => None,
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some("must be a string: write the value in quotes")
        }
    }
}
