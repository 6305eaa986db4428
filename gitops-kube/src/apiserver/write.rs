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
    shown::Shown,
    status::{Failure, Result},
    store::Key,
    world::{At, Call, World, metadata, text},
};

/// Fields of metadata that a write never changes.
const KEPT: [&str; 6] = [
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "namespace",
    "generation",
];

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
        let version = object.at("/metadata/resourceVersion").cloned();
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
        if let Some(version) = version {
            metadata(object).insert("resourceVersion".to_owned(), version);
        }
    } else if call.kind.has_status() {
        reset(object, "status", live.get("status"));
    }
    let kept = live.get("metadata").and_then(Value::as_object);
    let meta = metadata(object);
    for name in KEPT {
        match kept.and_then(|kept| kept.get(name)) {
            Some(value) if meta.get(name) == Some(value) => continue,
            Some(value) => meta.insert(name.to_owned(), value.clone()),
            None => meta.remove(name),
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
        let annotations = "/metadata/annotations";
        live.get("spec") != object.get("spec")
            || (kind.is("apps", "Deployment")
                && call.subresource != "status"
                && live.at(annotations) != object.at(annotations))
    };
    let before = live.at("/metadata/generation").and_then(Value::as_i64).unwrap_or(0);
    let deleting = live.at("/metadata/deletionTimestamp").is_none()
        && object.at("/metadata/deletionTimestamp").is_some();
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
    managed: Managed,
) -> Result<Answer> {
    let name = text(&object, "/metadata/name").to_owned();
    defaults::admit(world, call, &mut object)?;
    if call.subresource.is_empty() {
        defaults::assign(world, &call.kind, &mut object);
    }
    defaults::start(&call.kind, &mut object);
    controllers::protect(world, &call.kind, &mut object);
    let key = (call.namespace.clone(), name.clone());
    if let Some(existing) = world.store.held(&call.kind.resource, &key) {
        let deleting = existing.marked;
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
        managed.write(&mut object);
        return Ok(Answer::object(201, object));
    }
    Ok(Answer::Object(201, store(world, call, key, object, managed)))
}

/// Stores an object and its managers, and lets the server notice.
fn store(world: &mut World, call: &Call<'_>, key: Key, object: Value, managed: Managed) -> Shown {
    let resource = &call.kind.resource;
    let managed = Arc::new(managed);
    let stored = world.store.put_managed(resource, key.clone(), object, managed);
    let tree = world.store.tree(&stored);
    if let Some(why) = call.traces.borrow().rewritten() {
        world.stale.note(resource, key, &tree, why);
    }
    after_write(world, call, &tree);
    Shown::from(stored).in_version(&call.kind)
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
    managed: Managed,
    code: u16,
) -> Answer {
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
    if let Some(current) = live.at("/metadata/resourceVersion") {
        metadata(&mut object).insert("resourceVersion".to_owned(), current.clone());
    }
    let resource = &call.kind.resource;
    // A write that changes nothing but the times of managers is no change.
    let before = world.store.managed(resource, &call.key());
    let settled = is_same_but_version(live, &object) && before.is_same_but_times(&managed);
    let finished = is_finished(&object);
    if call.request.dry_run() || finished {
        if finished && !call.request.dry_run() {
            // Nothing holds the object any more.
            let last = world.store.remove(resource, &call.key());
            let last = last.map(|last| world.store.tree(&last));
            after_remove(world, call, last.as_deref());
            // The answer is what lay in memory: it was not stored, and so not read back.
            call.traces.borrow().show_empty(&mut object, call.kind.of());
        }
        let managed = if settled { &*before } else { &managed };
        managed.write(&mut object);
        return Answer::object(code, object);
    }
    let rewritten = call.traces.borrow().rewritten();
    let stale = world.stale.why(resource, &call.key(), live);
    if settled
        && stale == rewritten
        && let Some(held) = world.store.held(resource, &call.key())
    {
        return Answer::Object(code, Shown::from(Arc::clone(held)).in_version(&call.kind));
    }
    let managed = if settled { Arc::unwrap_or_clone(before) } else { managed };
    Answer::Object(code, store(world, call, call.key(), object, managed))
}

/// Whether an object is to be deleted and nothing holds it.
pub(crate) fn is_finished(object: &Value) -> bool {
    let none = |path: &str| object.at(path).and_then(Value::as_array).is_none_or(Vec::is_empty);
    let namespace = text(object, "/kind") == "Namespace" && text(object, "/apiVersion") == "v1";
    let grace = object.at("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64);
    object.at("/metadata/deletionTimestamp").is_some()
        && grace.unwrap_or_default() == 0
        && none("/metadata/finalizers")
        && (!namespace || none("/spec/finalizers"))
}

/// Whether two objects differ in nothing but their version.
fn is_same_but_version(live: &Value, object: &Value) -> bool {
    let (Some(old), Some(new)) = (live.as_object(), object.as_object()) else { return false };
    is_same_but(old, new, "metadata", |old, new| {
        let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else { return false };
        is_same_but(old, new, "resourceVersion", |_, _| true)
    })
}

/// Whether two mappings have the same names, and equal values but for one that `judge` compares.
fn is_same_but(
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    name: &str,
    judge: impl Fn(&Value, &Value) -> bool,
) -> bool {
    old.len() == new.len()
        && old.iter().all(|(field, old)| {
            let new = new.get(field);
            new.is_some_and(|new| if field == name { judge(old, new) } else { old == new })
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
    if stored.at("/metadata/deletionTimestamp").is_some() {
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
    if text(&namespace, "/status/phase") != "Terminating" {
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
