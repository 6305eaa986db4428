//! The rules of metadata.

use serde_json::{Value, json};

use super::{
    super::{
        crd,
        kinds::Kind,
        status::Problem,
        world::{At, text},
    },
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
    if kind.is("apiextensions.k8s.io", "CustomResourceDefinition")
        && let Some(problem) = crd::definition::name_problem(object)
    {
        out.push(Problem::invalid("metadata.name", &json!(name), &problem));
    }
    check_change(kind, object, out);
    if !kind.is_custom() {
        standard_finalizers(object, out);
    }
}

/// Checks the metadata of an object inside another; a name it need not have.
pub(super) fn embedded(meta: &Value, path: &str, out: &mut Vec<Problem>) {
    let name = text(meta, "/name");
    for problem in path_segment(name) {
        out.push(Problem::invalid(format!("{path}.name"), &json!(name), &problem));
    }
    let namespace = text(meta, "/namespace");
    if !namespace.is_empty() {
        for problem in names::label(namespace) {
            out.push(Problem::invalid(format!("{path}.namespace"), &json!(namespace), &problem));
        }
    }
    rest(meta, path, out);
}

/// Checks what is checked of a change more than once: everything but finalizers.
pub(super) fn check_again(object: &Value, out: &mut Vec<Problem>) {
    let mut object = json!({ "metadata": object.get("metadata") });
    if let Some(Value::Object(meta)) = object.get_mut("metadata") {
        meta.remove("finalizers");
    }
    rest(&object["metadata"], "metadata", out);
}

/// Checks what a change may change.
pub(super) fn check_change(_: &Kind, object: &Value, out: &mut Vec<Problem>) {
    rest(object.get("metadata").unwrap_or(&Value::Null), "metadata", out);
}

fn rest(meta: &Value, path: &str, out: &mut Vec<Problem>) {
    let at = |name: &str| meta.get(name);
    labels(at("labels"), &format!("{path}.labels"), out);
    annotations(at("annotations"), &format!("{path}.annotations"), out);
    owners(at("ownerReferences"), &format!("{path}.ownerReferences"), out);
    let finalizers_at = format!("{path}.finalizers");
    let finalizers = at("finalizers").and_then(Value::as_array);
    for finalizer in finalizers.into_iter().flatten().filter_map(Value::as_str) {
        for problem in names::qualified(finalizer) {
            out.push(Problem::invalid(&finalizers_at, &json!(finalizer), &problem));
        }
    }
}

/// Says of which finalizers of a built-in kind nobody knows whose they are.
pub(super) fn standard_finalizers(object: &Value, out: &mut Vec<Problem>) {
    let finalizers = object.at("/metadata/finalizers").and_then(Value::as_array);
    for (index, finalizer) in finalizers.into_iter().flatten().enumerate() {
        let name = finalizer.as_str().unwrap_or_default();
        if !name.contains('/') && !STANDARD_FINALIZERS.contains(&name) {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            out.push(Problem::invalid(format!("metadata.finalizers[{index}]"), finalizer, detail));
        }
    }
}

/// Finalizers without a domain.
pub(super) const STANDARD_FINALIZERS: [&str; 3] = ["orphan", "foregroundDeletion", "kubernetes"];

fn owners(owners: Option<&Value>, path: &str, out: &mut Vec<Problem>) {
    let mut controller: Option<String> = None;
    let list = owners.and_then(Value::as_array);
    for owner in list.into_iter().flatten() {
        let field = |name: &str| text(owner, &format!("/{name}"));
        if field("apiVersion").is_empty() {
            let detail = "version must not be empty";
            out.push(Problem::invalid(format!("{path}.apiVersion"), &json!(""), detail));
        }
        for name in ["kind", "name", "uid"] {
            if field(name).is_empty() {
                let detail = "must not be empty";
                out.push(Problem::invalid(format!("{path}.{name}"), &json!(""), detail));
            }
        }
        if (field("apiVersion"), field("kind")) == ("v1", "Event") {
            let detail = "/v1, Kind=Event is disallowed from being an owner";
            let message = format!("Invalid value: {}: {detail}", owner_text(owner));
            out.push(Problem::said("FieldValueInvalid", path, message));
        }
        if owner.get("controller") == Some(&json!(true)) {
            let name = format!("{}/{}", field("kind"), field("name"));
            match &controller {
                Some(first) => {
                    let all: Vec<String> = list.into_iter().flatten().map(owner_text).collect();
                    let message = format!(
                        "Invalid value: [{}]: Only one reference can have Controller set to true. \
                         Found \"true\" in references for {first} and {name}",
                        all.join(",")
                    );
                    out.push(Problem::said("FieldValueInvalid", path, message));
                }
                None => controller = Some(name),
            }
        }
    }
}

/// Writes an owner in the order of its struct.
fn owner_text(owner: &Value) -> String {
    let names = ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];
    let fields = names.iter().filter_map(|name| Some(format!("{name:?}:{}", owner.get(*name)?)));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
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
    match (kind.group(), kind.info.kind.as_str()) {
        _ if kind.is_custom() => names::subdomain(name),
        ("", "Namespace") => names::label(name),
        ("", "Service") => names::service(name),
        ("rbac.authorization.k8s.io", _) => path_segment(name),
        _ => names::subdomain(name),
    }
}

pub(super) fn path_segment(name: &str) -> Vec<String> {
    if matches!(name, "." | "..") {
        return vec![format!("may not be '{name}'")];
    }
    let found = ['/', '%'].into_iter().filter(|c| name.contains(*c));
    found.map(|c| format!("may not contain '{c}'")).collect()
}
