//! What admission makes of a new pod.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    super::{
        quantity::Quantity,
        status::{Failure, Result},
        world::{Call, World, metadata, text},
    },
    pod::each,
    set,
};

const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// The longest a token of a pod lives without being asked for, in seconds.
const TOKEN_SECONDS: u32 = 3607;

fn of_kind(world: &World, plural: &str, namespace: &str) -> Vec<Arc<Value>> {
    let Some(kind) = world.kinds.find("", "v1", plural) else { return Vec::new() };
    let found = world.store.list(&kind.resource, Some(namespace));
    found.map(|(_, object)| object).collect()
}

/// Changes a new pod.
pub(super) fn pod(world: &mut World, call: &Call<'_>, object: &mut Value) -> Result<()> {
    account(world, call, object)?;
    ranges(world, call, object)?;
    tolerate(object);
    Ok(())
}

/// Gives a pod its account, and the token of it.
fn account(world: &mut World, call: &Call<'_>, object: &mut Value) -> Result<()> {
    let name = text(object, "/metadata/name").to_owned();
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return Ok(()) };
    super::set_zero(spec, "serviceAccountName", json!("default"));
    let account = text(spec, "/serviceAccountName").to_owned();
    spec["serviceAccount"] = account.as_str().into();
    let accounts = of_kind(world, "serviceaccounts", &call.namespace);
    let found = accounts.iter().find(|other| text(other, "/metadata/name") == account);
    // Every namespace gets the default account from a controller, which may not be there.
    if found.is_none() && account != "default" {
        let why = format!(
            "error looking up service account {}/{account}: serviceaccount \"{account}\" not found",
            call.namespace
        );
        return Err(Failure::forbidden(call.about_named(&name), &why));
    }
    let no = Some(&json!(false));
    let said = spec.get("automountServiceAccountToken");
    let silent = found.is_some_and(|found| found.get("automountServiceAccountToken") == no);
    let wanted = match said {
        Some(said) => said != &json!(false),
        None => !silent,
    };
    if wanted {
        let suffix = world.draws.suffix();
        mount_token(spec, &format!("kube-api-access-{suffix}"));
    }
    Ok(())
}

fn mount_token(spec: &mut Value, volume: &str) {
    let mut used = false;
    for list in ["initContainers", "containers"] {
        each(spec, list, |container| {
            set(container, "volumeMounts", json!([]));
            let Some(mounts) = container["volumeMounts"].as_array_mut() else { return };
            if mounts.iter().all(|mount| text(mount, "/mountPath") != TOKEN_PATH) {
                mounts.push(json!({ "name": volume, "readOnly": true, "mountPath": TOKEN_PATH }));
                used = true;
            }
        });
    }
    if !used {
        return;
    }
    set(spec, "volumes", json!([]));
    let field = json!({ "apiVersion": "v1", "fieldPath": "metadata.namespace" });
    let certificate = json!([{ "key": "ca.crt", "path": "ca.crt" }]);
    if let Some(volumes) = spec["volumes"].as_array_mut() {
        volumes.push(json!({
            "name": volume,
            "projected": {
                "sources": [
                    { "serviceAccountToken": { "expirationSeconds": TOKEN_SECONDS, "path": "token" } },
                    { "configMap": { "name": "kube-root-ca.crt", "items": certificate } },
                    { "downwardAPI": { "items": [{ "path": "namespace", "fieldRef": field }] } },
                ],
                "defaultMode": 420,
            },
        }));
    }
}

/// Lets a pod stay for five minutes on a node that is lost.
fn tolerate(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        set(spec, "tolerations", json!([]));
        let Some(list) = spec["tolerations"].as_array_mut() else { return };
        let known = list.iter().any(|toleration| {
            let named = text(toleration, "/key");
            (named.is_empty() || named == key)
                && matches!(text(toleration, "/effect"), "" | "NoExecute")
        });
        if !known {
            list.push(json!({
                "key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300,
            }));
        }
    }
    if spec["tolerations"].as_array().is_some_and(Vec::is_empty)
        && let Some(map) = spec.as_object_mut()
    {
        map.remove("tolerations");
    }
}

/// Gives containers what the ranges of their namespace say, and refuses what they forbid.
fn ranges(world: &World, call: &Call<'_>, object: &mut Value) -> Result<()> {
    let name = text(object, "/metadata/name").to_owned();
    let ranges = of_kind(world, "limitranges", &call.namespace);
    let limits: Vec<&Value> = ranges
        .iter()
        .filter_map(|range| range.pointer("/spec/limits")?.as_array())
        .flatten()
        .filter(|limit| text(limit, "/type") == "Container")
        .collect();
    let mut set_here: Vec<String> = Vec::new();
    for limit in &limits {
        for (list, what) in [("containers", "container"), ("initContainers", "init container")] {
            let Some(spec) = object.get_mut("spec") else { return Ok(()) };
            each(spec, list, |container| give(container, limit, what, &mut set_here));
        }
    }
    if !set_here.is_empty() {
        let words = format!("LimitRanger plugin set: {}", set_here.join("; "));
        let annotations = metadata(object).entry("annotations").or_insert_with(|| json!({}));
        if let Some(map) = annotations.as_object_mut() {
            map.insert("kubernetes.io/limit-ranger".to_owned(), words.into());
        }
    }
    let mut problems: Vec<String> = Vec::new();
    for limit in &limits {
        let containers = object.pointer("/spec/containers").and_then(Value::as_array);
        for container in containers.into_iter().flatten() {
            bounds(container, limit, &mut problems);
        }
    }
    match problems.as_slice() {
        [] => Ok(()),
        [one] => Err(Failure::forbidden(call.about_named(&name), one)),
        many => {
            let why = format!("[{}]", many.join(", "));
            Err(Failure::forbidden(call.about_named(&name), &why))
        }
    }
}

fn give(container: &mut Value, limit: &Value, what: &str, out: &mut Vec<String>) {
    let name = text(container, "/name").to_owned();
    for (field, from) in [("requests", "defaultRequest"), ("limits", "default")] {
        let given: Map<String, Value> =
            limit.get(from).and_then(Value::as_object).cloned().unwrap_or_default();
        let mut added: Vec<&String> = Vec::new();
        for (resource, amount) in &given {
            if container.pointer(&format!("/resources/{field}/{resource}")).is_none() {
                if !container["resources"].is_object() {
                    container["resources"] = json!({});
                }
                container["resources"][field][resource] = amount.clone();
                added.push(resource);
            }
        }
        if !added.is_empty() {
            let list: Vec<&str> = added.into_iter().map(String::as_str).collect();
            let word = field.trim_end_matches('s');
            out.push(format!("{} {word} for {what} {name}", list.join(", ")));
        }
    }
}

fn bounds(container: &Value, limit: &Value, out: &mut Vec<String>) {
    let amount = |value: Option<&Value>| value.and_then(Value::as_str).and_then(Quantity::parse);
    let at = |field: &str, resource: &str| {
        amount(container.pointer(&format!("/resources/{field}/{resource}")))
    };
    for (resource, least) in limit.get("min").and_then(Value::as_object).into_iter().flatten() {
        let Some(least) = amount(Some(least)) else { continue };
        let least_text = least.text();
        let start = format!("minimum {resource} usage per Container is {least_text}");
        match (at("requests", resource), at("limits", resource)) {
            (None, _) => out.push(format!("{start}.  No request is specified")),
            (Some(found), _) if found.amount() < least.amount() => {
                out.push(format!("{start}, but request is {}", found.text()));
            }
            (_, Some(found)) if found.amount() < least.amount() => {
                out.push(format!("{start}, but limit is {}", found.text()));
            }
            _ => {}
        }
    }
    for (resource, most) in limit.get("max").and_then(Value::as_object).into_iter().flatten() {
        let Some(most) = amount(Some(most)) else { continue };
        let start = format!("maximum {resource} usage per Container is {}", most.text());
        match at("limits", resource) {
            None => out.push(format!("{start}.  No limit is specified")),
            Some(found) if most.amount() < found.amount() => {
                out.push(format!("{start}, but limit is {}", found.text()));
            }
            Some(_) => {}
        }
    }
}

/// Returns how a pod is treated when a node runs short.
pub(super) fn quality(object: &Value) -> &'static str {
    let lists = ["/spec/containers", "/spec/initContainers"];
    let containers: Vec<&Value> =
        lists.iter().filter_map(|list| object.pointer(list)?.as_array()).flatten().collect();
    let amount = |container: &Value, field: &str, resource: &str| {
        let value = container.pointer(&format!("/resources/{field}/{resource}"))?;
        value.as_str().and_then(Quantity::parse).map(Quantity::amount).filter(|amount| *amount != 0)
    };
    let fields =
        [("requests", "cpu"), ("requests", "memory"), ("limits", "cpu"), ("limits", "memory")];
    let none = |container: &Value| {
        fields.iter().all(|(field, resource)| amount(container, field, resource).is_none())
    };
    if containers.iter().all(|container| none(container)) {
        return "BestEffort";
    }
    let full = |container: &Value| {
        ["cpu", "memory"].iter().all(|resource| {
            let limit = amount(container, "limits", resource);
            limit.is_some() && limit == amount(container, "requests", resource)
        })
    };
    if containers.iter().all(|container| full(container)) { "Guaranteed" } else { "Burstable" }
}
