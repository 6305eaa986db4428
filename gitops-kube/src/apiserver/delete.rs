//! Deleting objects, at once or when nothing holds them any more.

use std::sync::Arc;

use gitops_core::yaml;
use serde_json::{Value, json};

use super::{
    answer::Answer,
    controllers, crd, list, negotiate,
    params::integer,
    protobuf, read,
    shown::Shown,
    status::{About, Failure, Problem, Result},
    world::{Call, World, metadata, seconds, text},
    write,
};

/// Namespaces that stay.
const PROTECTED: [&str; 3] = ["default", "kube-system", "kube-public"];

/// Answers the DELETE of one object.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer> {
    let options = options(call)?;
    let live = read::find(world, call)?;
    if call.kind.is("", "Namespace") && PROTECTED.contains(&call.name.as_str()) {
        return Err(Failure::forbidden(call.about(), "this namespace may not be deleted"));
    }
    check(call, &live, &options)?;
    let removal = remove(world, call, &live, &options);
    Ok(match removal {
        Removal::Held(object) => Answer::Object(200, object.in_version(&call.kind)),
        Removal::Gone(last) if answers_object(call) || is_definition(call) => {
            let last = last.or_else(|| whole(world, call));
            Answer::Object(200, last.unwrap_or_else(|| live.into()).in_version(&call.kind))
        }
        Removal::Gone(_) => {
            let mut details = json!({
                "name": call.name,
                "kind": call.kind.info.plural,
                "uid": text(&live, "/metadata/uid"),
            });
            if !call.kind.group().is_empty() {
                details["group"] = call.kind.group().into();
            }
            Answer::object(
                200,
                json!({
                    "kind": "Status",
                    "apiVersion": "v1",
                    "metadata": {},
                    "status": "Success",
                    "details": details,
                }),
            )
        }
    })
}

/// Deletes an object as options say, for who was asked otherwise.
///
/// # Errors
///
/// The options are wrong, or mean another version of the object.
pub(crate) fn end(
    world: &mut World,
    call: &Call<'_>,
    live: &Arc<Value>,
    options: &Value,
) -> Result<()> {
    check_options(options)?;
    check(call, live, options)?;
    remove(world, call, live, options);
    Ok(())
}

/// Kinds whose last state a DELETE answers.
fn answers_object(call: &Call<'_>) -> bool {
    const CORE: [&str; 7] = [
        "Service",
        "Pod",
        "PodTemplate",
        "ServiceAccount",
        "ResourceQuota",
        "PersistentVolume",
        "PersistentVolumeClaim",
    ];
    match call.kind.group() {
        "" => CORE.contains(&call.kind.info.kind.as_str()),
        group => group == "storage.k8s.io",
    }
}

fn is_definition(call: &Call<'_>) -> bool {
    call.kind.is("apiextensions.k8s.io", "CustomResourceDefinition")
}

/// Answers the DELETE of a collection.
pub(crate) fn collection(world: &mut World, call: &Call<'_>) -> Result<Answer> {
    let options = options(call)?;
    let selector = read::selector(call)?;
    let namespace = Some(call.namespace.as_str()).filter(|namespace| !namespace.is_empty());
    let found: Vec<(String, Arc<Value>)> = world
        .store
        .list(&call.kind.resource, namespace)
        .filter(|(_, object)| selector.matches(object))
        .map(|((_, name), object)| (name.clone(), object))
        .collect();
    let mut items = Vec::new();
    for (name, live) in found {
        let one = Call {
            request: call.request,
            kind: Arc::clone(&call.kind),
            namespace: call.namespace.clone(),
            name,
            subresource: String::new(),
            now: call.now,
            user: Arc::clone(&call.user),
            traces: std::cell::RefCell::default(),
        };
        items.extend(whole(world, &one).map(|shown| shown.in_version(&call.kind)));
        remove(world, &one, &live, &options);
    }
    let mut metadata = serde_json::Map::new();
    let version = world.store.version().to_string();
    metadata.insert("resourceVersion".to_owned(), version.into());
    Ok(Answer::Object(200, list::list_of(&call.kind, &items, &metadata)))
}

/// Reads what a DELETE asks for: from its body, or else from its parameters.
fn options(call: &Call<'_>) -> Result<Value> {
    let (request, body) = (call.request, call.request.body.as_ref());
    let mut options = json!({});
    if body.is_empty() {
        if let Some(seconds) = integer(request, "gracePeriodSeconds")? {
            options["gracePeriodSeconds"] = seconds.into();
        }
        if let Some(policy) = request.param("propagationPolicy") {
            options["propagationPolicy"] = policy.into();
        }
        if request.param("orphanDependents").is_some() {
            options["orphanDependents"] = request.flag("orphanDependents").into();
        }
        if request.dry_run() {
            options["dryRun"] = json!(["All"]);
        }
    } else {
        options = match request.content_type() {
            negotiate::PROTOBUF => protobuf::options(body).map_err(Failure::bad_request)?,
            _ => serde_json::from_slice(body)
                .or_else(|_| yaml::decode(body, yaml::Duplicates::Last))
                .map_err(|cause| Failure::bad_request(cause.to_string()))?,
        };
    }
    if !options.is_object() {
        return Err(Failure::bad_request("the body must be DeleteOptions"));
    }
    check_options(&options)?;
    match options.get("orphanDependents") {
        Some(Value::Bool(true)) => options["propagationPolicy"] = "Orphan".into(),
        Some(Value::Bool(false)) => options["propagationPolicy"] = "Background".into(),
        _ => {}
    }
    Ok(options)
}

fn check_options(options: &Value) -> Result<()> {
    const POLICIES: [&str; 4] = ["Foreground", "Background", "Orphan", "nil"];
    let mut problems = Vec::new();
    let policy = options.get("propagationPolicy").filter(|policy| !policy.is_null());
    if let Some(policy) = policy {
        if options.get("orphanDependents").is_some_and(|orphan| !orphan.is_null()) {
            let why = "orphanDependents and deletionPropagation cannot be both set";
            problems.push(Problem::invalid("propagationPolicy", policy, why));
        }
        if !policy.as_str().is_some_and(|policy| POLICIES[..3].contains(&policy)) {
            problems.push(Problem::not_supported("propagationPolicy", policy, &POLICIES));
        }
    }
    let dry_run = options.get("dryRun").and_then(Value::as_array).filter(|list| !list.is_empty());
    if let Some(list) = dry_run
        && list.iter().any(|value| value != "All")
    {
        problems.push(Problem::not_supported("dryRun", &json!(list), &["All"]));
    }
    if problems.is_empty() {
        return Ok(());
    }
    let about = About { group: "meta.k8s.io", resource: "DeleteOptions", name: "" };
    Err(Failure::invalid(about, &problems))
}

fn check(call: &Call<'_>, live: &Value, options: &Value) -> Result<()> {
    let pairs = [
        ("uid", "UID", "/metadata/uid"),
        ("resourceVersion", "ResourceVersion", "/metadata/resourceVersion"),
    ];
    for (name, word, pointer) in pairs {
        let wanted = options.pointer(&format!("/preconditions/{name}")).and_then(Value::as_str);
        let found = text(live, pointer);
        if let Some(wanted) = wanted
            && wanted != found
        {
            return Err(Failure::conflict(
                call.about(),
                &format!(
                    "the {word} in the precondition ({wanted}) does not match the {word} in record \
                     ({found}). The object might have been deleted and then recreated"
                ),
            ));
        }
    }
    Ok(())
}

/// What became of an object that was to be removed.
enum Removal {
    /// Something holds it: it is marked.
    Held(Shown),
    /// It is gone, with its last state; without one in a dry run.
    Gone(Option<Shown>),
}

/// Returns an object with its managers.
fn whole(world: &World, call: &Call<'_>) -> Option<Shown> {
    world.store.held(&call.kind.resource, &call.key()).map(|held| Arc::clone(held).into())
}

/// Removes an object, or marks it when something holds it.
fn remove(world: &mut World, call: &Call<'_>, live: &Arc<Value>, options: &Value) -> Removal {
    let dry = options.get("dryRun").and_then(Value::as_array).is_some_and(|l| !l.is_empty());
    let mut object = (**live).clone();
    prepare(&mut object, &call.kind, options);
    let held = !write::is_finished(&{
        let mut marked = object.clone();
        let meta = metadata(&mut marked);
        meta.insert("deletionTimestamp".to_owned(), json!(call.time()));
        meta.remove("deletionGracePeriodSeconds");
        marked
    });
    let grace = controllers::grace(world, call, live, options);
    if !held && grace == 0 {
        if dry {
            return Removal::Gone(None);
        }
        if call.kind.is("apiextensions.k8s.io", "CustomResourceDefinition") {
            return Removal::Held(crd::cleanup::delete(world, call, &object));
        }
        let last = world.store.remove(&call.kind.resource, &call.key());
        let tree = last.as_ref().map(|last| world.store.tree(last));
        write::after_remove(world, call, tree.as_deref());
        return Removal::Gone(last.map(Shown::from));
    }
    let deleting = live.pointer("/metadata/deletionTimestamp").is_some();
    if deleting && object != **live && !dry {
        // Another policy than before: other finalizers hold it.
        let stored = world.store.put(&call.kind.resource, call.key(), object);
        write::after_write(world, call, &world.store.tree(&stored));
        return Removal::Held(stored.into());
    }
    if deleting {
        return Removal::Held(whole(world, call).unwrap_or_else(|| Arc::clone(live).into()));
    }
    let meta = metadata(&mut object);
    let ends = call.now.checked_add(jiff::SignedDuration::from_secs(grace)).unwrap_or(call.now);
    meta.insert("deletionTimestamp".to_owned(), json!(seconds(ends)));
    meta.insert("deletionGracePeriodSeconds".to_owned(), json!(grace));
    if call.kind.is("", "Namespace") {
        meta.remove("deletionGracePeriodSeconds");
        object["status"]["phase"] = "Terminating".into();
    }
    if let Some(generation) = live.pointer("/metadata/generation").and_then(Value::as_i64) {
        metadata(&mut object).insert("generation".to_owned(), json!(generation + 1));
    }
    if dry {
        world.store.managed(&call.kind.resource, &call.key()).write(&mut object);
        return Removal::Held(object.into());
    }
    let stored = world.store.put(&call.kind.resource, call.key(), object);
    write::after_write(world, call, &world.store.tree(&stored));
    Removal::Held(stored.into())
}

/// Gives an object the finalizer that a propagation policy asks for, in place of those of others.
fn prepare(object: &mut Value, kind: &super::kinds::Kind, options: &Value) {
    let finalizer = match options.get("propagationPolicy").and_then(Value::as_str) {
        Some("Foreground") => Some("foregroundDeletion"),
        Some("Orphan") if !kind.is("", "Namespace") => Some("orphan"),
        Some("Background") => None,
        _ => return,
    };
    let meta = metadata(object);
    let mut list = match meta.remove("finalizers") {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    list.retain(|entry| {
        entry.as_str() == finalizer || (entry != "foregroundDeletion" && entry != "orphan")
    });
    if let Some(finalizer) = finalizer
        && !list.iter().any(|entry| entry == finalizer)
    {
        list.push(finalizer.into());
    }
    if !list.is_empty() {
        meta.insert("finalizers".to_owned(), list.into());
    }
}
