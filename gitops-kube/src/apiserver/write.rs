//! The way every write takes: server fields, defaults, rules, ownership, storage.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    access,
    answer::Answer,
    controllers, crd, defaults, garbage,
    kinds::Kind,
    managed::Managed,
    namespaces,
    read::in_version,
    status::{Failure, Result},
    world::{Call, World, metadata, text},
};

/// Fields of metadata that a write never changes.
const KEPT: [&str; 5] =
    ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "namespace"];

/// Sets what the server sets on a new object.
pub(crate) fn begin(world: &mut World, call: &Call<'_>, object: &mut Value) {
    let (uid, time) = (world.draws.uid(), call.time());
    let meta = metadata(object);
    for name in ["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
        meta.remove(name);
    }
    meta.insert("uid".to_owned(), uid.into());
    meta.insert("creationTimestamp".to_owned(), time.into());
    if has_generation(&call.kind) {
        meta.insert("generation".to_owned(), 1.into());
    }
    if call.kind.has_status() {
        reset(object, "status", None);
    }
    defaults::prepare_create(&call.kind, object);
}

/// Gives `object` the part of `live` that this request may not write.
pub(crate) fn keep_rest(call: &Call<'_>, live: &Value, object: &mut Value) {
    if call.subresource == "status" {
        let status = object.get("status").cloned();
        let managed = object.pointer("/metadata/managedFields").cloned();
        let version = object.pointer("/metadata/resourceVersion").cloned();
        let meta = object.get("metadata").cloned();
        *object = live.clone();
        reset(object, "status", status.as_ref());
        let meta = meta.as_ref().and_then(Value::as_object);
        for name in status_metadata(&call.kind) {
            match meta.and_then(|meta| meta.get(*name)) {
                Some(value) => metadata(object).insert((*name).to_owned(), value.clone()),
                None => metadata(object).remove(*name),
            };
        }
        for (name, value) in [("managedFields", managed), ("resourceVersion", version)] {
            if let Some(value) = value {
                metadata(object).insert(name.to_owned(), value);
            }
        }
    } else if call.kind.has_status() {
        reset(object, "status", live.get("status"));
    }
    let kept: Vec<Option<Value>> =
        KEPT.iter().map(|name| live.pointer(&format!("/metadata/{name}")).cloned()).collect();
    let generation = live.pointer("/metadata/generation").cloned();
    let meta = metadata(object);
    for (name, value) in KEPT.iter().zip(kept).chain([(&"generation", generation)]) {
        match value {
            Some(value) => meta.insert((*name).to_owned(), value),
            None => meta.remove(*name),
        };
    }
}

fn reset(object: &mut Value, field: &str, value: Option<&Value>) {
    let Some(map) = object.as_object_mut() else { return };
    match value {
        Some(value) => map.insert(field.to_owned(), value.clone()),
        None => map.remove(field),
    };
}

/// Returns the metadata that is written together with the status of a kind.
pub(crate) fn status_metadata(kind: &Kind) -> &'static [&'static str] {
    match (kind.group(), kind.info.kind.as_str()) {
        _ if kind.is_custom() => &[],
        ("networking.k8s.io", "ServiceCIDR")
        | ("apiextensions.k8s.io", "CustomResourceDefinition")
        | ("apiregistration.k8s.io", "APIService")
        | (
            "resource.k8s.io"
            | "storage.k8s.io"
            | "flowcontrol.apiserver.k8s.io"
            | "admissionregistration.k8s.io",
            _,
        ) => &[],
        ("apps", "Deployment") => &["annotations", "finalizers", "ownerReferences"],
        ("", "Pod") => &["labels", "annotations", "finalizers"],
        _ => &["labels", "annotations", "finalizers", "ownerReferences"],
    }
}

/// Whether objects of a kind count the changes of their spec.
pub(crate) fn has_generation(kind: &Kind) -> bool {
    kind.is_custom()
        || matches!(
            (kind.group(), kind.info.kind.as_str()),
            ("apps", "Deployment" | "DaemonSet" | "ReplicaSet" | "StatefulSet")
                | ("batch", "Job" | "CronJob")
                | ("networking.k8s.io", "Ingress" | "IngressClass" | "NetworkPolicy")
                | ("policy", "PodDisruptionBudget")
                | ("discovery.k8s.io", "EndpointSlice")
                | ("apiextensions.k8s.io", "CustomResourceDefinition")
                | ("admissionregistration.k8s.io" | "flowcontrol.apiserver.k8s.io", _)
                | ("", "Pod" | "PodTemplate" | "ReplicationController")
        )
}

/// Counts a change of what the generation counts.
fn count_generation(call: &Call<'_>, live: &Value, object: &mut Value) {
    let kind = &call.kind;
    if !has_generation(kind) {
        return;
    }
    let changed = if kind.is_custom() {
        let rest = |value: &Value| {
            let mut map = value.as_object().cloned().unwrap_or_default();
            map.remove("metadata");
            map.remove("apiVersion");
            if kind.has_status() {
                map.remove("status");
            }
            map
        };
        rest(live) != rest(object)
    } else if kind.group() == "discovery.k8s.io" || kind.group() == "admissionregistration.k8s.io" {
        let rest = |value: &Value| {
            let mut map = value.as_object().cloned().unwrap_or_default();
            map.remove("metadata");
            map
        };
        rest(live) != rest(object)
    } else if kind.is("", "PodTemplate") {
        live.get("template") != object.get("template")
    } else {
        // Deployments count their annotations too, for their replica sets take them over; but not the revision that
        // comes with the status.
        let annotations = |value: &Value| value.pointer("/metadata/annotations").cloned();
        live.get("spec") != object.get("spec")
            || (kind.is("apps", "Deployment")
                && call.subresource != "status"
                && annotations(live) != annotations(object))
    };
    let before = live.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0);
    let deleting = live.pointer("/metadata/deletionTimestamp").is_none()
        && object.pointer("/metadata/deletionTimestamp").is_some();
    let after = if changed || deleting { before + 1 } else { before };
    if after != 0 {
        metadata(object).insert("generation".to_owned(), after.into());
    }
}

/// Stores a new object, unless the request is a dry run.
pub(crate) fn store_new(
    world: &mut World,
    call: &Call<'_>,
    mut object: Value,
    managed: &Managed,
) -> Result<Answer> {
    let name = text(&object, "/metadata/name").to_owned();
    defaults::admit(world, call, &mut object)?;
    if call.subresource.is_empty() {
        defaults::assign(world, &call.kind, &mut object);
    }
    defaults::start(&call.kind, &mut object);
    controllers::protect(world, &call.kind, &mut object);
    managed.write(&mut object);
    let key = (call.namespace.clone(), name.clone());
    if let Some(existing) = world.store.get(&call.kind.resource, &key) {
        let deleting = existing.pointer("/metadata/deletionTimestamp").is_some();
        let mut failure = Failure::already_exists(call.about_named(&name));
        if deleting {
            failure.message = format!("object is being deleted: {}", failure.message);
        }
        return Err(failure);
    }
    hide_write_only(&call.kind, &mut object);
    if let Some(custom) = &call.kind.custom {
        crd::fit_storage(custom, &mut object);
    }
    if call.kind.is("apiextensions.k8s.io", "CustomResourceDefinition") {
        crd::settle::begin(&mut object);
    }
    if call.request.dry_run() {
        return Ok(Answer::object(201, object));
    }
    let stored = world.store.put(&call.kind.resource, key.clone(), object);
    if call.traces.borrow().is_rewritten() {
        world.stale.note(&call.kind.resource, key.clone(), &stored);
    }
    world.managers.note(&call.kind.resource, key, &stored, managed);
    after_write(world, call, &stored);
    Ok(Answer::Object(201, in_version(&stored, &call.kind)))
}

/// Secrets are read in `data` alone, whatever they were written in.
fn hide_write_only(kind: &Kind, object: &mut Value) {
    if kind.is("", "Secret")
        && let Some(map) = object.as_object_mut()
    {
        map.remove("stringData");
    }
}

/// Stores a changed object, unless nothing changed or the request is a dry run.
pub(crate) fn store_changed(
    world: &mut World,
    call: &Call<'_>,
    live: &Arc<Value>,
    mut object: Value,
    managed: &Managed,
    code: u16,
) -> Result<Answer> {
    hide_write_only(&call.kind, &mut object);
    if call.kind.is("apiextensions.k8s.io", "CustomResourceDefinition") {
        crd::names::note_stored(&mut object);
    }
    defaults::keep(call, live, &mut object);
    if let Some(custom) = &call.kind.custom {
        crd::fit_storage(custom, &mut object);
    }
    defaults::assign(world, &call.kind, &mut object);
    if call.subresource != "status" {
        count_generation(call, live, &mut object);
    }
    managed.write(&mut object);
    if let Some(current) = live.pointer("/metadata/resourceVersion") {
        metadata(&mut object).insert("resourceVersion".to_owned(), current.clone());
    }
    settle_times(live, &mut object);
    let finished = is_finished(&object);
    if call.request.dry_run() {
        return Ok(Answer::object(code, object));
    }
    if finished {
        // Nothing holds the object any more.
        let last = world.store.remove(&call.kind.resource, &call.key());
        after_remove(world, call, last.as_deref());
        return Ok(Answer::object(code, object));
    }
    let rewritten = call.traces.borrow().is_rewritten();
    let stale = world.stale.has(&call.kind.resource, &call.key(), live);
    if object == **live && stale == rewritten {
        return Ok(Answer::Object(code, in_version(live, &call.kind)));
    }
    let stored = world.store.put(&call.kind.resource, call.key(), object);
    if rewritten {
        world.stale.note(&call.kind.resource, call.key(), &stored);
    }
    world.managers.note(&call.kind.resource, call.key(), &stored, managed);
    after_write(world, call, &stored);
    Ok(Answer::Object(code, in_version(&stored, &call.kind)))
}

/// Whether an object is to be deleted and nothing holds it.
pub(crate) fn is_finished(object: &Value) -> bool {
    let none =
        |path: &str| object.pointer(path).and_then(Value::as_array).is_none_or(Vec::is_empty);
    let namespace = text(object, "/kind") == "Namespace" && text(object, "/apiVersion") == "v1";
    let grace = object.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64);
    object.pointer("/metadata/deletionTimestamp").is_some()
        && grace.unwrap_or_default() == 0
        && none("/metadata/finalizers")
        && (!namespace || none("/spec/finalizers"))
}

/// A write that changes nothing but the times of managers is no change.
fn settle_times(live: &Value, object: &mut Value) {
    let managed = |value: &Value| value.pointer("/metadata/managedFields").is_some();
    if !managed(live) || !managed(object) || !is_same_but_times(live, object) {
        return;
    }
    if let Some(old) = live.pointer("/metadata/managedFields") {
        metadata(object).insert("managedFields".to_owned(), old.clone());
    }
}

/// Whether two objects differ in nothing but their version and the times of managers.
fn is_same_but_times(live: &Value, object: &Value) -> bool {
    let (Some(old), Some(new)) = (live.as_object(), object.as_object()) else { return false };
    is_same_but(old, new, &["metadata"], |_, old, new| {
        let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else { return false };
        is_same_but(old, new, &["managedFields", "resourceVersion"], |name, old, new| {
            name == "resourceVersion" || are_same_managers(old, new)
        })
    })
}

fn are_same_managers(old: &Value, new: &Value) -> bool {
    let (Some(old), Some(new)) = (old.as_array(), new.as_array()) else { return false };
    old.len() == new.len()
        && old.iter().zip(new).all(|(old, new)| match (old.as_object(), new.as_object()) {
            (Some(old), Some(new)) => {
                // An entry that has no time is the same as one that has.
                let same = |one: &Map<String, Value>, other: &Map<String, Value>| {
                    one.iter().all(|(name, value)| name == "time" || other.get(name) == Some(value))
                };
                same(old, new) && same(new, old)
            }
            _ => false,
        })
}

/// Whether two mappings have the same names, and equal values but for some that `judge` compares.
fn is_same_but(
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    names: &[&str],
    judge: impl Fn(&str, &Value, &Value) -> bool,
) -> bool {
    old.len() == new.len()
        && old.iter().all(|(name, old)| {
            new.get(name).is_some_and(|new| {
                if names.contains(&name.as_str()) { judge(name, old, new) } else { old == new }
            })
        })
}

/// Lets the server notice what was written.
pub(crate) fn after_write(world: &mut World, call: &Call<'_>, stored: &Value) {
    if call.kind.is("apiextensions.k8s.io", "CustomResourceDefinition") {
        crd::settle::written(world, call, stored);
        world.repeats.forget();
    }
    if call.kind.is("rbac.authorization.k8s.io", "ClusterRole") {
        access::settle(world);
    }
    if stored.pointer("/metadata/deletionTimestamp").is_some() {
        garbage::settle(world, stored, call.now);
    } else {
        garbage::settle_owned(world, stored, call.now);
    }
    namespaces::settle(world, call.now);
}

/// Lets the server notice what is gone.
pub(crate) fn after_remove(world: &mut World, call: &Call<'_>, last: Option<&Value>) {
    if call.kind.is("apiextensions.k8s.io", "CustomResourceDefinition")
        && let Some(last) = last
    {
        crd::settle::removed(world, call, last);
        world.repeats.forget();
    }
    if call.kind.is_custom() {
        crd::cleanup::object_removed(world, call);
    }
    if call.kind.is("rbac.authorization.k8s.io", "ClusterRole") {
        access::settle(world);
    }
    if let Some(last) = last {
        garbage::settle(world, last, call.now);
    }
    namespaces::settle(world, call.now);
}

/// Refuses an object for a namespace that is not there or on its way out.
pub(crate) fn check_namespace(world: &World, call: &Call<'_>, name: &str) -> Result<()> {
    if !call.kind.info.namespaced {
        return Ok(());
    }
    let Some(namespace) = world.namespace(&call.namespace) else {
        let about =
            super::status::About { group: "", resource: "namespaces", name: &call.namespace };
        return Err(Failure::not_found(about));
    };
    if text(namespace, "/status/phase") != "Terminating" {
        return Ok(());
    }
    let why = format!(
        "unable to create new content in namespace {} because it is being terminated",
        call.namespace
    );
    let mut failure = Failure::forbidden(call.about_named(name), &why);
    if let Some(Value::Object(details)) = &mut failure.details {
        let message = format!("namespace {} is being terminated", call.namespace);
        let cause = json!({
            "reason": "NamespaceTerminating", "message": message, "field": "metadata.namespace",
        });
        details.insert("causes".to_owned(), json!([cause]));
    }
    Err(failure)
}
