//! What the server adds to objects of the built-in kinds.

mod admit;
mod pod;
mod rest;
mod service;
mod workload;

use serde_json::{Value, json};

use super::{
    conform::{Unknown, conform},
    kinds::Kind,
    status::Result,
    world::{At, Call, World},
};

/// Returns an object of the kind without any content, as a new one is compared with.
pub(crate) fn empty(kind: &Kind) -> Value {
    kind.empty.get_or_init(|| make_empty(kind)).clone()
}

fn make_empty(kind: &Kind) -> Value {
    let mut object = json!({ "apiVersion": kind.api_version(), "kind": kind.info.kind });
    if !kind.is_custom() {
        object["metadata"] = json!({});
    }
    // Nothing in an empty object can have the wrong type.
    let _: std::result::Result<(), String> = conform(kind, &mut object, &mut Unknown::default());
    object
}

/// Sets what a new object starts with, whatever the request says.
pub(crate) fn prepare_create(kind: &Kind, object: &mut Value) {
    if kind.is("", "Namespace") {
        let name = super::world::text(object, "/metadata/name").to_owned();
        object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name.into();
    }
    if let Some(status) = kind.of().field("status")
        && status.emitted
        && !kind.is_custom()
    {
        let empty = kind.empty.get_or_init(|| make_empty(kind));
        object["status"] = empty["status"].clone();
    }
}

/// Sets what nobody owns: where a new object stands in its life.
pub(crate) fn start(kind: &Kind, object: &mut Value) {
    rest::start(kind, object);
    if kind.is("", "Namespace") {
        object["spec"]["finalizers"] = json!(["kubernetes"]);
        object["status"] = json!({ "phase": "Active" });
    } else if kind.is("", "Pod") {
        object["status"]["phase"] = "Pending".into();
        object["status"]["qosClass"] = admit::quality(object).into();
        if let Some(spec) = object.get_mut("spec") {
            set(spec, "priority", json!(0));
            set(spec, "preemptionPolicy", json!("PreemptLowerPriority"));
        }
    } else if kind.is("", "PersistentVolumeClaim") || kind.is("", "PersistentVolume") {
        object["status"]["phase"] = "Pending".into();
    }
}

fn definition(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    set(spec, "conversion", json!({ "strategy": "None" }));
    if let Some(names) = spec.get_mut("names").filter(|names| names.is_object()) {
        let kind = names.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        set(names, "listKind", json!(format!("{kind}List")));
        set(names, "singular", json!(kind.to_lowercase()));
    }
}

fn network_policy(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    let egress = spec.get("egress").and_then(Value::as_array).is_some_and(|l| !l.is_empty());
    let kinds = if egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
    set(spec, "policyTypes", kinds);
    for list in ["ingress", "egress"] {
        pod::each(spec, list, |rule| {
            pod::each(rule, "ports", |port| set(port, "protocol", json!("TCP")));
        });
    }
}

/// Adds defaults to the outcome of a server-side apply.
pub(crate) fn apply_merged(kind: &Kind, object: &mut Value) {
    match &kind.custom {
        Some(custom) => super::crd::defaults::fill_defaults(object, &custom.structure),
        None => apply(kind, object),
    }
}

/// Adds defaults.
pub(crate) fn apply(kind: &Kind, object: &mut Value) {
    if let Some(custom) = &kind.custom {
        return super::crd::defaults::fill(object, &custom.structure);
    }
    match (kind.group(), kind.info.kind.as_str()) {
        ("apps" | "batch", _) | ("", "ReplicationController") => {
            workload::defaults(kind, object);
        }
        ("", "Pod") => {
            if let Some(spec) = object.get_mut("spec") {
                pod::defaults(spec);
                pod::requests(spec);
                set(spec, "enableServiceLinks", json!(true));
            }
        }
        ("", "PodTemplate") => {
            if let Some(spec) = object.pointer_mut("/template/spec") {
                pod::defaults(spec);
            }
        }
        ("", "Secret") => secret(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(object),
        ("networking.k8s.io", "NetworkPolicy") => network_policy(object),
        ("", "PersistentVolumeClaim") => {
            if let Some(spec) = object.get_mut("spec") {
                set(spec, "volumeMode", json!("Filesystem"));
            }
        }
        ("", "Service") => workload::service(object),
        _ => rest::apply(kind, object),
    }
    rest::annotate(kind, object);
}

/// Changes a pod as admission does: its account, what it tolerates, what ranges give it.
///
/// # Errors
///
/// 403 when a range or an account forbids the pod.
pub(crate) fn admit(world: &mut World, call: &Call<'_>, object: &mut Value) -> Result<()> {
    if call.kind.is("", "Pod") && call.subresource.is_empty() {
        return admit::pod(world, call, object);
    }
    Ok(())
}

/// Sets what a change may not set otherwise.
pub(crate) fn keep(call: &Call<'_>, live: &Value, object: &mut Value) {
    rest::keep(&call.kind, live, object);
    // Only who finishes a namespace may take its finalizers.
    if call.kind.is("", "Namespace")
        && call.subresource.is_empty()
        && let Some(finalizers) = live.at("/spec/finalizers")
    {
        object["spec"]["finalizers"] = finalizers.clone();
    }
}

fn secret(object: &mut Value) {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let written = object.as_object_mut().and_then(|map| map.remove("stringData"));
    for (name, value) in written.as_ref().and_then(Value::as_object).into_iter().flatten() {
        object["data"][name] = STANDARD.encode(value.as_str().unwrap_or_default()).into();
    }
    set(object, "type", json!("Opaque"));
}

/// Sets what the server draws: addresses and ports.
pub(crate) fn assign(world: &mut World, kind: &Kind, object: &mut Value) {
    if kind.is("", "Service") {
        workload::addresses(world, object);
    }
}

/// Settles what a changed object keeps of what the server drew.
///
/// # Errors
///
/// 500 when that cannot be.
pub(crate) fn change(
    world: &mut World,
    kind: &Kind,
    live: &Value,
    object: &mut Value,
) -> Result<()> {
    if kind.is("", "Service") { service::change(world, live, object) } else { Ok(()) }
}

/// Sets a field that is zero, where zero counts as missing.
fn set_zero(object: &mut Value, name: &str, value: Value) {
    let Value::Object(map) = object else { return };
    let zero = |value: &Value| *value == json!(0) || *value == json!("") || value.is_null();
    if map.get(name).is_none_or(zero) {
        map.insert(name.to_owned(), value);
    }
}

/// Sets a field that is missing.
fn set(object: &mut Value, name: &str, value: Value) {
    let Value::Object(map) = object else { return };
    map.entry(name).or_insert(value);
}
