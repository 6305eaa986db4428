//! The scale of a workload: its replicas, read and written on their own.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    answer::Answer,
    decode, read,
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
    store(world, call, &live, &scale)
}

/// Answers a PATCH of a scale.
pub(crate) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer> {
    let live = read::find(world, call)?;
    let scale = scale_of(call, &live);
    let patch = decode::parse(call.request)?;
    let scale = super::patch::scale(call, &scale, &patch)?;
    store(world, call, &live, &scale)
}

fn store(world: &mut World, call: &Call<'_>, live: &Arc<Value>, scale: &Value) -> Result<Answer> {
    if text(scale, "/kind") != "Scale" {
        return Err(Failure::bad_request(
            "the object provided is unrecognized (must be of type Scale)",
        ));
    }
    let replicas = scale.pointer("/spec/replicas").cloned().unwrap_or_else(|| json!(0));
    if replicas.as_i64().is_none_or(|replicas| replicas < 0) {
        let problem =
            Problem::invalid("spec.replicas", &replicas, "must be greater than or equal to 0");
        let about =
            super::status::About { group: "autoscaling", resource: "Scale", name: &call.name };
        return Err(Failure::invalid(about, &[problem]));
    }
    let mut object = (**live).clone();
    let path = pointer(call, "specReplicasPath", ".spec.replicas");
    put(&mut object, &path, replicas);
    let version = text(scale, "/metadata/resourceVersion").to_owned();
    metadata(&mut object).insert("resourceVersion".to_owned(), version.into());
    let answer = update::replace(world, call, live, object)?;
    let Answer::Object(code, object) = answer else { return Ok(answer) };
    Ok(Answer::object(code, scale_of(call, &object)))
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
