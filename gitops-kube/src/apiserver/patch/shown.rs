//! A patched object that cannot be read, as a server shows it in its refusal.
//!
//! The library of JSON patches sorts the names of the mappings that a patch goes through, and
//! leaves the rest as the object was written: metadata in the order of its type.

use serde_json::{Map, Value};

use super::super::kinds::Kind;

const METADATA: [&str; 15] = [
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
];
const MANAGED_FIELDS: [&str; 7] =
    ["manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1", "subresource"];

/// Prints the object as JSON.
pub(super) fn patched(kind: &Kind, object: &Value, patch: &Value) -> String {
    let touched = match patch {
        Value::Array(operations) => operations.iter().any(|operation| {
            let goes = |name: &str| {
                operation
                    .get(name)
                    .and_then(Value::as_str)
                    .is_some_and(|path| path.starts_with("/metadata/"))
            };
            goes("path") || goes("from")
        }),
        patch => patch.get("metadata").is_some_and(Value::is_object),
    };
    let mut out = String::new();
    let Some(map) = object.as_object().filter(|_| !kind.is_custom()) else {
        return escaped(&object.to_string());
    };
    write_map(map.iter(), &mut out, |name, value, out| match (name, value) {
        ("metadata", Value::Object(meta)) => write_metadata(meta, touched, out),
        (_, value) => out.push_str(&value.to_string()),
    });
    escaped(&out)
}

fn write_metadata(meta: &Map<String, Value>, touched: bool, out: &mut String) {
    let mut entries: Vec<(&String, &Value)> = meta.iter().collect();
    if !touched {
        entries.sort_by_key(|(name, _)| METADATA.iter().position(|known| known == name));
    }
    write_map(entries.into_iter(), out, |name, value, out| match (name, value) {
        ("managedFields", Value::Array(items)) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if 0 < index {
                    out.push(',');
                }
                write_entry(item, out);
            }
            out.push(']');
        }
        (_, value) => out.push_str(&value.to_string()),
    });
}

fn write_entry(entry: &Value, out: &mut String) {
    let Some(map) = entry.as_object() else { return out.push_str(&entry.to_string()) };
    let mut entries: Vec<(&String, &Value)> = map.iter().collect();
    entries.sort_by_key(|(name, _)| MANAGED_FIELDS.iter().position(|known| known == name));
    write_map(entries.into_iter(), out, |_, value, out| out.push_str(&value.to_string()));
}

fn write_map<'v>(
    entries: impl Iterator<Item = (&'v String, &'v Value)>,
    out: &mut String,
    mut write: impl FnMut(&str, &Value, &mut String),
) {
    out.push('{');
    for (index, (name, value)) in entries.enumerate() {
        if 0 < index {
            out.push(',');
        }
        out.push_str(&Value::from(name.as_str()).to_string());
        out.push(':');
        write(name, value, out);
    }
    out.push('}');
}

/// Writes what could end a script as Go writes it.
fn escaped(text: &str) -> String {
    text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
