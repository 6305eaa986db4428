//! Namespaces: what every one holds from the start, and how they end.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    super::namespaces,
    desk::{CONFIG_MAPS, Desk, NAMESPACES, SERVICE_ACCOUNTS},
    object::{condition, push_condition},
    queue::{Again, Outcome},
};
use crate::apiserver::world::text;

const ROOT: &str = "kube-root-ca.crt";
const DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal \
                           endpoints such as the internal service IP or kubernetes.default.svc. No other usage is \
                           guaranteed across distributions of Kubernetes clusters.";
/// The server has no certificate, so this one is for show; its name says so.
const CERTIFICATE: &str = include_str!("root.crt");

/// Looks at one namespace.
pub(super) fn sync(desk: &mut Desk<'_>, _: &str, called: &str) -> Outcome {
    let Some(namespace) = desk.get(NAMESPACES, "", called) else { return Ok(Again::Never) };
    if text(&namespace, "/status/phase") == "Terminating" {
        return end(desk, &namespace, called);
    }
    if desk.get(SERVICE_ACCOUNTS, called, "default").is_none() {
        let account = json!({
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": { "name": "default", "namespace": called },
        });
        desk.create(SERVICE_ACCOUNTS, &account)?;
    }
    let existing = desk.get(CONFIG_MAPS, called, ROOT);
    let data = json!({ "ca.crt": CERTIFICATE });
    match existing {
        None => {
            let bundle = json!({
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {
                    "name": ROOT,
                    "namespace": called,
                    "annotations": { "kubernetes.io/description": DESCRIPTION },
                },
                "data": data,
            });
            desk.create(CONFIG_MAPS, &bundle)?;
        }
        Some(existing) if existing["data"] != data => {
            let mut changed = (*existing).clone();
            changed["data"] = data;
            desk.update(CONFIG_MAPS, &changed)?;
        }
        Some(_) => {}
    }
    Ok(Again::Never)
}

fn end(desk: &mut Desk<'_>, namespace: &Value, called: &str) -> Outcome {
    namespaces::empty(desk.world, called, desk.now);
    let mut remaining: BTreeMap<String, usize> = BTreeMap::new();
    let mut finalizers: BTreeMap<String, usize> = BTreeMap::new();
    for (resource, _, object) in namespaces::content(desk.world, called) {
        let group = if resource.group.is_empty() { String::new() } else { resource.group.clone() };
        *remaining.entry(format!("{}.{group}", resource.plural)).or_default() += 1;
        let list = object.pointer("/metadata/finalizers").and_then(Value::as_array);
        for finalizer in list.into_iter().flatten().filter_map(Value::as_str) {
            *finalizers.entry(finalizer.to_owned()).or_default() += 1;
        }
    }
    let mut changed = namespace.clone();
    for told in conditions(&remaining, &finalizers) {
        set(desk, &mut changed, told);
    }
    if changed["status"] != namespace["status"] {
        desk.update_status(NAMESPACES, &changed)?;
    }
    if remaining.is_empty() {
        namespaces::finalize(desk.world, called);
    }
    Ok(Again::Never)
}

type Told = (&'static str, bool, &'static str, String);

fn conditions(
    remaining: &BTreeMap<String, usize>,
    finalizers: &BTreeMap<String, usize>,
) -> Vec<Told> {
    let list = |map: &BTreeMap<String, usize>, verb: &str| {
        let parts: Vec<String> = map
            .iter()
            .map(|(name, count)| format!("{name} {verb} {count} resource instances"))
            .collect();
        parts.join(", ")
    };
    let fine = |kind, reason, message: &str| (kind, false, reason, message.to_owned());
    let mut told = vec![
        fine(
            "NamespaceDeletionDiscoveryFailure",
            "ResourcesDiscovered",
            "All resources successfully discovered",
        ),
        fine(
            "NamespaceDeletionGroupVersionParsingFailure",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        fine(
            "NamespaceDeletionContentFailure",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
    ];
    told.push(if remaining.is_empty() {
        fine("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed")
    } else {
        let message = format!("Some resources are remaining: {}", list(remaining, "has"));
        ("NamespaceContentRemaining", true, "SomeResourcesRemain", message)
    });
    told.push(if finalizers.is_empty() {
        fine(
            "NamespaceFinalizersRemaining",
            "ContentHasNoFinalizers",
            "All content-preserving finalizers finished",
        )
    } else {
        let message = format!(
            "Some content in the namespace has finalizers remaining: {}",
            list(finalizers, "in")
        );
        ("NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", message)
    });
    told
}

fn set(desk: &Desk<'_>, namespace: &mut Value, (kind, holds, reason, message): Told) {
    let status = if holds { "True" } else { "False" };
    if let Some(known) = condition(&namespace["status"], kind)
        && text(known, "/status") == status
        && text(known, "/message") == message
    {
        return;
    }
    let made = json!({
        "type": kind,
        "status": status,
        "lastTransitionTime": desk.time(),
        "reason": reason,
        "message": message,
    });
    if let Some(Value::Array(list)) = namespace["status"].get_mut("conditions")
        && let Some(known) = list.iter_mut().find(|known| known["type"] == kind)
    {
        *known = made;
    } else {
        push_condition(&mut namespace["status"], made);
    }
}
