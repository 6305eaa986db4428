//! The scale of a workload: its replicas, read and written on their own.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    answer::Answer,
    decode,
    managed::{Conflict, Managed, Manager, Operation, Owned, Set},
    read,
    status::{Failure, Problem, Result},
    update,
    world::{Call, World, metadata, text},
};

/// Answers with the scale of an object.
pub(crate) fn read(world: &World, call: &Call<'_>) -> Result<Answer> {
    let live = read::find(world, call)?;
    Ok(Answer::object(200, scale_of(call, &live)))
}

fn pointer(call: &Call<'_>, name: &str, builtin: &str) -> String {
    let path = call
        .kind
        .custom
        .as_ref()
        .and_then(|custom| custom.scale.as_ref()?.get(name)?.as_str().map(str::to_owned));
    path.unwrap_or_else(|| builtin.to_owned()).replace('.', "/")
}

fn scale_of(call: &Call<'_>, live: &Value) -> Value {
    let replicas = live.pointer(&pointer(call, "specReplicasPath", ".spec.replicas")).cloned();
    let seen = live.pointer(&pointer(call, "statusReplicasPath", ".status.replicas")).cloned();
    let mut meta = serde_json::Map::new();
    for name in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = live.pointer(&format!("/metadata/{name}")) {
            meta.insert(name.to_owned(), value.clone());
        }
    }
    let mut spec = json!({});
    match replicas {
        Some(replicas) if replicas != json!(0) => spec["replicas"] = replicas,
        _ => {}
    }
    let mut status = json!({ "replicas": seen.unwrap_or_else(|| json!(0)) });
    let selector = selector(call, live);
    if !selector.is_empty() {
        status["selector"] = selector.into();
    }
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": meta,
        "spec": spec,
        "status": status,
    })
}

fn selector(call: &Call<'_>, live: &Value) -> String {
    if call.kind.is_custom() {
        return text(live, &pointer(call, "labelSelectorPath", "")).to_owned();
    }
    let selector = live.pointer("/spec/selector").cloned().unwrap_or(Value::Null);
    let labels = selector.get("matchLabels").unwrap_or(&selector).as_object();
    let pairs: Vec<String> = labels
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some(format!("{name}={}", value.as_str()?)))
        .collect();
    pairs.join(",")
}

/// Answers a PUT of a scale.
pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Result<Answer> {
    let scale = decode::parse(call.request)?;
    let live = read::find(world, call)?;
    check_kind(call, &scale)?;
    store(world, call, &live, &scale, None)
}

/// Answers a PATCH of a scale.
pub(crate) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer> {
    let live = read::find(world, call)?;
    if call.request.content_type() == "application/apply-patch+yaml" {
        let scale = decode::parse_apply(call.request)?;
        check_kind(call, &scale)?;
        return store(world, call, &live, &scale, Some(call.request.flag("force")));
    }
    let patch = decode::parse(call.request)?;
    let scale = super::patch::scale(call, &scale_of(call, &live), &patch)?;
    store(world, call, &live, &scale, None)
}

fn check_kind(call: &Call<'_>, scale: &Value) -> Result<()> {
    let (version, kind) = (text(scale, "/apiVersion"), text(scale, "/kind"));
    if (version, kind) == ("autoscaling/v1", "Scale") {
        return Ok(());
    }
    if call.request.method == http::Method::PUT {
        return Err(Failure::bad_request(format!(
            "{kind} in version {version:?} cannot be handled as a Scale"
        )));
    }
    let version = if version.contains('/') { version.to_owned() } else { format!("/{version}") };
    Err(Failure::bad_request(format!("invalid object type: {version}, Kind={kind}")))
}

fn negative(call: &Call<'_>, replicas: &Value) -> Failure {
    if call.kind.is_custom() {
        let path = pointer(call, "specReplicasPath", "").replace('/', ".");
        let problem = Problem::invalid(path, replicas, "should be a non-negative integer");
        return Failure::invalid(call.about_kind(&call.name), &[problem]);
    }
    let problem = Problem::invalid("spec.replicas", replicas, "must be greater than or equal to 0");
    let about = super::status::About { group: "autoscaling", resource: "Scale", name: &call.name };
    Failure::invalid(about, &[problem])
}

/// Stores replicas; `apply` says whether they are applied, and by force.
fn store(
    world: &mut World,
    call: &Call<'_>,
    live: &Arc<Value>,
    scale: &Value,
    apply: Option<bool>,
) -> Result<Answer> {
    let replicas = scale.pointer("/spec/replicas").cloned().unwrap_or_else(|| json!(0));
    if replicas.as_i64().is_none_or(|replicas| replicas < 0) {
        return Err(negative(call, &replicas));
    }
    let live = read::in_version(live, &call.kind);
    let mut object = (*live).clone();
    let path = pointer(call, "specReplicasPath", ".spec.replicas");
    let changed = live.pointer(&path) != Some(&replicas);
    put(&mut object, &path, replicas);
    let version = text(scale, "/metadata/resourceVersion").to_owned();
    metadata(&mut object).insert("resourceVersion".to_owned(), version.into());
    let managed = own(call, Managed::of(&live), &path, changed, apply)?;
    let answer = update::finish(world, call, &live, object, &managed, 200)?;
    let Answer::Object(code, object) = answer else { return Ok(answer) };
    Ok(Answer::object(code, scale_of(call, &object)))
}

/// Moves the ownership of the replicas to who scales.
fn own(
    call: &Call<'_>,
    mut managed: Managed,
    path: &str,
    changed: bool,
    apply: Option<bool>,
) -> Result<Managed> {
    let steps: Vec<&str> = path.split('/').filter(|step| !step.is_empty()).collect();
    let mut set = Set::default();
    set.insert_path(&steps);
    let operation = if apply.is_some() { Operation::Apply } else { Operation::Update };
    let version = call.kind.api_version();
    let scaler = Manager::new(&call.request.manager(), operation, &version, "scale");
    let owned = managed.owners.values().any(|owned| !owned.set.intersection(&set).is_empty());
    if !owned {
        // Replicas that nobody owns stay so, until someone applies them.
        if apply.is_none() {
            return Ok(managed);
        }
        let first =
            Manager::new("before-first-apply", Operation::Update, "autoscaling/v1", "scale");
        let owned = Owned { set: set.clone(), version: version.clone(), time: None };
        managed.owners.insert(first, owned);
    }
    if apply == Some(false) && changed {
        let conflicts: Vec<Conflict> = managed
            .owners
            .iter()
            .filter(|(other, owned)| **other != scaler && !owned.set.intersection(&set).is_empty())
            .map(|(other, _)| Conflict {
                // Seen from the scale, everyone wrote a scale.
                manager: Manager::new(
                    &other.name,
                    other.operation,
                    "autoscaling/v1",
                    &other.subresource,
                ),
                path: ".spec.replicas".to_owned(),
            })
            .collect();
        if !conflicts.is_empty() {
            return Err(super::patch::refuse(&conflicts));
        }
    }
    if changed {
        for owned in managed.owners.values_mut() {
            owned.set = owned.set.difference(&set);
        }
        managed.owners.retain(|_, owned| !owned.set.is_empty());
    }
    if changed || apply.is_some() {
        // The time of a scale is not kept, but for an applier that was there before.
        let time = managed.owners.get(&scaler).and_then(|owned| owned.time.clone());
        managed.owners.insert(scaler, Owned { set, version, time });
    }
    Ok(managed)
}

fn put(object: &mut Value, path: &str, value: Value) {
    let mut at = object;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[name];
    }
    *at = value;
}
