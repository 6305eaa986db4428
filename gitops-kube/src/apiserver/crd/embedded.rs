//! Objects inside objects: they have a version, a kind and metadata of their own.

use serde_json::{Map, Value};

use super::{
    super::{
        conform::{self, Unknown},
        status::Problem,
        validate::{self, names},
    },
    structure::{Structure, Values},
};

/// Checks the objects inside a value.
pub(crate) fn check(value: &Value, schema: &Structure, path: &str, out: &mut Vec<Problem>) {
    match value {
        Value::Object(map) => {
            if schema.embedded {
                envelope(map, path, out);
            }
            for (name, value) in map {
                if let Some(below) = schema.properties.get(name) {
                    check(value, below, &join(path, name), out);
                } else if let Values::Of(below) = &schema.values {
                    check(value, below, &format!("{path}[{name}]"), out);
                }
            }
        }
        Value::Array(items) => {
            let Some(below) = &schema.items else { return };
            for (index, item) in items.iter().enumerate() {
                check(item, below, &format!("{path}[{index}]"), out);
            }
        }
        _ => {}
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn envelope(map: &Map<String, Value>, path: &str, out: &mut Vec<Problem>) {
    for name in ["apiVersion", "kind"] {
        let at = join(path, name);
        match map.get(name) {
            None => out.push(Problem::required(at, "")),
            Some(Value::String(text)) if text.is_empty() => {
                out.push(Problem::invalid(at, &"".into(), "must not be empty"));
            }
            Some(Value::String(text)) if name == "apiVersion" => {
                if 1 < text.matches('/').count() {
                    let detail = format!("unexpected GroupVersion string: {text}");
                    out.push(Problem::invalid(at, &text.as_str().into(), &detail));
                }
            }
            Some(Value::String(text)) => {
                let problems = names::label_1035(&text.to_lowercase());
                if !problems.is_empty() {
                    let detail = format!(
                        "may have mixed case, but should otherwise match: {}",
                        problems.join(",")
                    );
                    out.push(Problem::invalid(at, &text.as_str().into(), &detail));
                }
            }
            Some(other) => out.push(Problem::invalid(at, other, "must be a string")),
        }
    }
    let Some(metadata) = map.get("metadata") else { return };
    let mut decoded = metadata.clone();
    let at = join(path, "metadata");
    if let Err(cause) = conform::metadata(&mut decoded, &mut Unknown::default()) {
        out.push(Problem::invalid(at, metadata, &cause));
        return;
    }
    validate::embedded_metadata(&decoded, &at, out);
}

/// Brings the metadata of embedded objects into the form the server holds.
pub(crate) fn coerce(value: &mut Value, schema: &Structure, path: &str) -> Result<(), Problem> {
    match value {
        Value::Object(map) => {
            if schema.embedded
                && let Some(metadata) = map.get_mut("metadata")
            {
                let before = metadata.clone();
                conform::metadata(metadata, &mut Unknown::default())
                    .map_err(|cause| Problem::invalid(join(path, "metadata"), &before, &cause))?;
            }
            for (name, value) in map.iter_mut() {
                if let Some(below) = schema.field(name) {
                    coerce(value, below, &join(path, name))?;
                }
            }
        }
        Value::Array(items) => {
            if let Some(below) = &schema.items {
                for (index, item) in items.iter_mut().enumerate() {
                    coerce(item, below, &format!("{path}[{index}]"))?;
                }
            }
        }
        _ => {}
    }
    Ok(())
}
