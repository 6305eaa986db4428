//! The rules of metadata.

use serde_json::{Value, json};

use super::{
    super::{kinds::Kind, status::Problem, world::text},
    names,
};

/// How many bytes the annotations of an object may have together.
pub(crate) const ANNOTATIONS_BYTES_MAX: usize = 256 * 1024;

/// Checks the metadata of a new object.
pub(super) fn check(kind: &Kind, object: &Value, out: &mut Vec<Problem>) {
    let name = text(object, "/metadata/name");
    for problem in name_problems(kind, name) {
        out.push(Problem::invalid("metadata.name", &json!(name), &problem));
    }
    check_change(kind, object, out);
}

/// Checks what is checked of a change more than once: everything but finalizers.
pub(super) fn check_again(object: &Value, out: &mut Vec<Problem>) {
    let mut object = json!({ "metadata": object.get("metadata") });
    if let Some(Value::Object(meta)) = object.get_mut("metadata") {
        meta.remove("finalizers");
    }
    check_rest(&object, out);
}

/// Checks what a change may change.
pub(super) fn check_change(_: &Kind, object: &Value, out: &mut Vec<Problem>) {
    check_rest(object, out);
}

fn check_rest(object: &Value, out: &mut Vec<Problem>) {
    let at = |name: &str| object.pointer(&format!("/metadata/{name}"));
    labels(at("labels"), "metadata.labels", out);
    annotations(at("annotations"), "metadata.annotations", out);
    let owners = at("ownerReferences").and_then(Value::as_array);
    for (index, owner) in owners.into_iter().flatten().enumerate() {
        let path = format!("metadata.ownerReferences[{index}]");
        let empty = |name: &str| text(owner, &format!("/{name}")).is_empty();
        if empty("apiVersion") {
            let problem = Problem::invalid(
                format!("{path}.apiVersion"),
                &json!(""),
                "version must not be empty",
            );
            out.push(problem);
        }
        for name in ["kind", "name", "uid"] {
            if empty(name) {
                let detail = "must not be empty";
                out.push(Problem::invalid(format!("{path}.{name}"), &json!(""), detail));
            }
        }
    }
    let finalizers = at("finalizers").and_then(Value::as_array);
    let finalizers = finalizers.into_iter().flatten().filter_map(Value::as_str);
    for (index, finalizer) in finalizers.enumerate() {
        for problem in names::qualified(finalizer) {
            out.push(Problem::invalid("metadata.finalizers", &json!(finalizer), &problem));
        }
        let standard = matches!(finalizer, "orphan" | "foregroundDeletion" | "kubernetes");
        if !finalizer.contains('/') && !standard {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            let field = format!("metadata.finalizers[{index}]");
            out.push(Problem::invalid(field, &json!(finalizer), detail));
        }
    }
}

/// Checks labels.
pub(super) fn labels(labels: Option<&Value>, path: &str, out: &mut Vec<Problem>) {
    for (key, value) in labels.and_then(Value::as_object).into_iter().flatten() {
        for problem in names::qualified(key) {
            out.push(Problem::invalid(path, &json!(key), &problem));
        }
        for problem in names::label_value(value.as_str().unwrap_or_default()) {
            out.push(Problem::invalid(path, value, &problem));
        }
    }
}

fn annotations(annotations: Option<&Value>, path: &str, out: &mut Vec<Problem>) {
    let mut bytes = 0;
    for (key, value) in annotations.and_then(Value::as_object).into_iter().flatten() {
        for problem in names::qualified(&key.to_lowercase()) {
            out.push(Problem::invalid(path, &json!(key), &problem));
        }
        bytes += key.len() + value.as_str().unwrap_or_default().len();
    }
    if ANNOTATIONS_BYTES_MAX < bytes {
        out.push(Problem::too_long(path, ANNOTATIONS_BYTES_MAX));
    }
}

fn name_problems(kind: &Kind, name: &str) -> Vec<String> {
    let path_segment = |name: &str| -> Vec<String> {
        if matches!(name, "." | "..") {
            return vec![format!("may not be '{name}'")];
        }
        let found = ['/', '%'].into_iter().filter(|c| name.contains(*c));
        found.map(|c| format!("may not contain '{c}'")).collect()
    };
    match (kind.group(), kind.info.kind.as_str()) {
        _ if kind.is_custom() => names::subdomain(name),
        ("", "Namespace") => names::label(name),
        ("", "Service") => names::service(name),
        ("rbac.authorization.k8s.io", _) => path_segment(name),
        _ => names::subdomain(name),
    }
}
