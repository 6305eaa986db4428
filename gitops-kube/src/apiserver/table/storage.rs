//! The cells of volumes, claims and quotas.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{age, cell::texts};
use crate::apiserver::world::text;

fn modes(value: Option<&Value>) -> String {
    let have = texts(value);
    let all = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let short = all.iter().filter(|(mode, _)| have.iter().any(|one| one == mode));
    short.map(|(_, short)| *short).collect::<Vec<_>>().join(",")
}

fn or<'v>(item: &'v Value, path: &str, empty: &'v str) -> &'v str {
    item.pointer(path).and_then(Value::as_str).unwrap_or(empty)
}

fn phase(item: &Value) -> &str {
    match item.pointer("/metadata/deletionTimestamp") {
        Some(_) => "Terminating",
        None => text(item, "/status/phase"),
    }
}

fn class(item: &Value) -> &str {
    let old = item.pointer("/metadata/annotations/volume.beta.kubernetes.io~1storage-class");
    match old.and_then(Value::as_str) {
        Some(class) => class,
        None => text(item, "/spec/storageClassName"),
    }
}

pub(super) fn volume(item: &Value, now: Timestamp) -> Vec<Value> {
    let claim = item.pointer("/spec/claimRef").filter(|claim| !claim.is_null());
    let claim = claim
        .map(|claim| format!("{}/{}", text(claim, "/namespace"), text(claim, "/name")))
        .unwrap_or_default();
    vec![
        json!(text(item, "/metadata/name")),
        json!(or(item, "/spec/capacity/storage", "0")),
        json!(modes(item.pointer("/spec/accessModes"))),
        json!(text(item, "/spec/persistentVolumeReclaimPolicy")),
        json!(phase(item)),
        json!(claim),
        json!(class(item)),
        json!(or(item, "/spec/volumeAttributesClassName", "<unset>")),
        json!(text(item, "/status/reason")),
        json!(age::since(text(item, "/metadata/creationTimestamp"), now)),
        json!(or(item, "/spec/volumeMode", "<unset>")),
    ]
}

pub(super) fn claim(item: &Value, now: Timestamp) -> Vec<Value> {
    let volume = text(item, "/spec/volumeName");
    let (capacity, modes) = if volume.is_empty() {
        ("", String::new())
    } else {
        (or(item, "/status/capacity/storage", "0"), modes(item.pointer("/status/accessModes")))
    };
    vec![
        json!(text(item, "/metadata/name")),
        json!(phase(item)),
        json!(volume),
        json!(capacity),
        json!(modes),
        json!(class(item)),
        json!(or(item, "/spec/volumeAttributesClassName", "<unset>")),
        json!(age::since(text(item, "/metadata/creationTimestamp"), now)),
        json!(or(item, "/spec/volumeMode", "<unset>")),
    ]
}

/// Writes what a quota allows: its limits, or everything else.
pub(super) fn quota(item: &Value, what: &str) -> String {
    let hard = item.pointer("/status/hard").and_then(Value::as_object);
    let used = item.pointer("/status/used");
    let mut names: Vec<(&String, &Value)> = hard.into_iter().flatten().collect();
    names.sort_by_key(|(name, _)| *name);
    let lines =
        names.into_iter().filter(|(name, _)| name.starts_with("limits.") == (what == "limits"));
    let lines = lines.map(|(name, hard)| {
        let used = used.and_then(|used| used.get(name)).and_then(Value::as_str).unwrap_or("0");
        format!("{name}: {used}/{}", hard.as_str().unwrap_or_default())
    });
    lines.collect::<Vec<_>>().join(", ")
}
