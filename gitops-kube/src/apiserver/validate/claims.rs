//! The rules of claims of storage.

use serde_json::{Value, json};

use super::{
    super::{quantity::Quantity, status::Problem, world::text},
    names, selector,
};

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/// Checks the spec of a claim.
pub(super) fn check(spec: &Value, path: &str, out: &mut Vec<Problem>) {
    let modes = spec.get("accessModes").and_then(Value::as_array);
    let modes: Vec<&str> = modes.into_iter().flatten().filter_map(Value::as_str).collect();
    let at = format!("{path}.accessModes");
    if modes.is_empty() {
        out.push(Problem::required(&at, "at least 1 access mode is required"));
    }
    if let Some(found) = spec.get("selector").filter(|found| found.is_object()) {
        selector::check(found, &format!("{path}.selector"), out);
    }
    for mode in modes.iter().filter(|mode| !MODES.contains(mode)) {
        out.push(Problem::not_supported(&at, &json!(mode), &MODES));
    }
    if modes.contains(&"ReadWriteOncePod") && modes.iter().any(|mode| *mode != "ReadWriteOncePod") {
        let detail = "may not use ReadWriteOncePod with other access modes";
        out.push(Problem::forbidden(&at, detail));
    }
    let storage = format!("{path}.resources[storage]");
    match spec.pointer("/resources/requests/storage").and_then(Value::as_str) {
        None => out.push(Problem::required(storage, "")),
        Some(amount) => {
            if Quantity::parse(amount).is_some_and(|amount| amount.amount() <= 0) {
                let detail = "must be greater than zero";
                out.push(Problem::invalid(storage, &json!(amount), detail));
            }
        }
    }
    let class = text(spec, "/storageClassName");
    for problem in names::subdomain(class).iter().filter(|_| !class.is_empty()) {
        out.push(Problem::invalid(format!("{path}.storageClassName"), &json!(class), problem));
    }
    let mode = text(spec, "/volumeMode");
    if !matches!(mode, "" | "Block" | "Filesystem") {
        let valid = ["Block", "Filesystem"];
        out.push(Problem::not_supported(format!("{path}.volumeMode"), &json!(mode), &valid));
    }
}

/// Refuses a change of what a claim keeps.
pub(super) fn check_change(live: &Value, object: &Value, out: &mut Vec<Problem>) {
    let bound = text(live, "/status/phase") == "Bound";
    let rest = |value: &Value| {
        let mut spec = value.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
        if bound {
            spec.remove("resources");
            spec.remove("volumeAttributesClassName");
        }
        // A claim is bound by naming its volume.
        if text(live, "/spec/volumeName").is_empty() {
            spec.remove("volumeName");
        }
        spec
    };
    let (old, new) = (rest(live), rest(object));
    if old != new {
        let before = super::diff::lines(&Value::Object(old));
        let after = super::diff::lines(&Value::Object(new));
        let detail = format!(
            "spec is immutable after creation except resources.requests and \
             volumeAttributesClassName for bound claims\n{}",
            super::diff::unified(&before, &after)
        );
        out.push(Problem::forbidden("spec", &detail));
    }
}
