//! Secrets: what is wrong with them before their values travel, and in which form they do.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use gitops_core::Object;
use serde_json::{Map, Value};

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

/// Returns `desired` in the form in which it is applied: what a `Secret` says in `stringData`
/// stands in `data`.
///
/// The server stores it there, but would note that we own `stringData`, which no live object has:
/// a value that is no longer desired would stay for ever.
pub(crate) fn applied(desired: &Object) -> Cow<'_, Object> {
    let Some(Value::Object(texts)) = desired.value().get("stringData") else {
        return Cow::Borrowed(desired);
    };
    if !desired.is_secret() {
        return Cow::Borrowed(desired);
    }
    let edited = desired.edited(|map| {
        let mut data = match map.remove("data") {
            Some(Value::Object(data)) => data,
            _ => Map::new(),
        };
        for (key, text) in texts {
            if let Value::String(text) = text {
                data.insert(key.clone(), STANDARD.encode(text).into());
            }
        }
        map.remove("stringData");
        map.insert("data".to_owned(), Value::Object(data));
    });
    // Neither kind nor name were touched, so that it still is an object.
    edited.map_or(Cow::Borrowed(desired), Cow::Owned)
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
