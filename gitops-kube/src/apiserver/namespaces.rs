//! The end of namespaces: what a controller would do, done at once.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    store::{Key, ResourceName},
    world::{World, metadata, seconds, text},
};

/// Empties every namespace that is being deleted, and removes those that are empty.
pub(crate) fn settle(world: &mut World, now: Timestamp) {
    if !world.options.finish_namespaces {
        return;
    }
    let Some(kind) = world.kinds.find("", "v1", "namespaces").cloned() else { return };
    let ending: Vec<String> = world
        .store
        .list(&kind.resource, None)
        .filter(|(_, namespace)| text(namespace, "/status/phase") == "Terminating")
        .map(|((_, name), _)| name.clone())
        .collect();
    for name in ending {
        empty(world, &name, now);
        let left = remaining(world, &name);
        let key = (String::new(), name);
        if !left.resources.is_empty() {
            explain(world, &kind.resource, &key, &left, now);
            continue;
        }
        finalize(world, &key.1);
    }
}

/// Takes the server's own finalizer from a namespace, and removes one that nothing else holds.
pub(crate) fn finalize(world: &mut World, name: &str) {
    let Some(kind) = world.kinds.find("", "v1", "namespaces").cloned() else { return };
    let key = (String::new(), name.to_owned());
    let Some(namespace) = world.store.get(&kind.resource, &key).cloned() else { return };
    let held = namespace.pointer("/metadata/finalizers").and_then(Value::as_array);
    if held.is_none_or(Vec::is_empty) {
        world.store.remove(&kind.resource, &key);
        return;
    }
    let mut freed = (*namespace).clone();
    if let Some(Value::Array(list)) = freed.pointer_mut("/spec/finalizers") {
        list.retain(|entry| entry != "kubernetes");
    }
    if freed != *namespace {
        world.store.put(&kind.resource, key, freed);
    }
}

/// What still stands in a namespace that is on its way out.
#[derive(Default)]
struct Remaining {
    /// How many objects of each resource there are.
    resources: BTreeMap<String, usize>,
    /// How many objects each finalizer holds.
    finalizers: BTreeMap<String, usize>,
}

impl Remaining {
    fn messages(&self) -> (String, String) {
        let list = |counts: &BTreeMap<String, usize>, what: &str| -> String {
            let parts = counts.iter();
            let parts =
                parts.map(|(name, count)| format!("{name} {what} {count} resource instances"));
            parts.collect::<Vec<_>>().join(", ")
        };
        (
            format!("Some resources are remaining: {}", list(&self.resources, "has")),
            format!(
                "Some content in the namespace has finalizers remaining: {}",
                list(&self.finalizers, "in")
            ),
        )
    }
}

fn remaining(world: &World, namespace: &str) -> Remaining {
    let mut out = Remaining::default();
    for (resource, _, object) in content(world, namespace) {
        let list = object.pointer("/metadata/finalizers").and_then(Value::as_array);
        for finalizer in list.into_iter().flatten().filter_map(Value::as_str) {
            *out.finalizers.entry(finalizer.to_owned()).or_default() += 1;
        }
        let name = format!("{}.{}", resource.plural, resource.group);
        *out.resources.entry(name).or_default() += 1;
    }
    out
}

/// What the conditions of a namespace say that waits for its content.
const CONDITIONS: [(&str, &str, &str); 5] = [
    (
        "NamespaceDeletionDiscoveryFailure",
        "ResourcesDiscovered",
        "All resources successfully discovered",
    ),
    (
        "NamespaceDeletionGroupVersionParsingFailure",
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
    ),
    (
        "NamespaceDeletionContentFailure",
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
    ),
    ("NamespaceContentRemaining", "SomeResourcesRemain", ""),
    ("NamespaceFinalizersRemaining", "SomeFinalizersRemain", ""),
];

/// Says in the conditions of a namespace what it waits for.
fn explain(
    world: &mut World,
    resource: &Arc<ResourceName>,
    key: &Key,
    left: &Remaining,
    now: Timestamp,
) {
    let Some(namespace) = world.store.get(resource, key).cloned() else { return };
    let (content, finalizers) = left.messages();
    let after: Vec<Value> = CONDITIONS
        .iter()
        .map(|(kind, reason, message)| {
            let (status, message) = match *kind {
                "NamespaceContentRemaining" => ("True", content.as_str()),
                "NamespaceFinalizersRemaining" => ("True", finalizers.as_str()),
                _ => ("False", *message),
            };
            json!({
                "type": kind, "status": status, "lastTransitionTime": seconds(now),
                "reason": reason, "message": message,
            })
        })
        .collect();
    let said = |conditions: &[Value]| -> Vec<String> {
        conditions.iter().map(|condition| text(condition, "/message").to_owned()).collect()
    };
    let before = namespace.pointer("/status/conditions").and_then(Value::as_array);
    if before.is_some_and(|before| said(before) == said(&after)) {
        return;
    }
    let mut explained = (*namespace).clone();
    explained["status"]["conditions"] = after.into();
    world.store.put(resource, key.clone(), explained);
}

/// Returns what is in a namespace.
pub(crate) fn content<'w>(
    world: &'w World,
    namespace: &'w str,
) -> impl Iterator<Item = (Arc<ResourceName>, Key, Arc<Value>)> + 'w {
    world.store.resources().flat_map(move |resource| {
        let objects = world.store.list(resource, Some(namespace));
        objects.map(|(key, object)| (Arc::clone(resource), key.clone(), Arc::clone(object)))
    })
}

/// Deletes what is in a namespace, but for what a finalizer holds.
pub(crate) fn empty(world: &mut World, namespace: &str, now: Timestamp) {
    let found: Vec<_> = content(world, namespace).collect();
    for (resource, key, object) in found {
        let finalizers = object.pointer("/metadata/finalizers").and_then(Value::as_array);
        if finalizers.is_none_or(Vec::is_empty) {
            world.store.remove(&resource, &key);
        } else if object.pointer("/metadata/deletionTimestamp").is_none() {
            let mut marked = (*object).clone();
            let meta = metadata(&mut marked);
            meta.insert("deletionTimestamp".to_owned(), json!(seconds(now)));
            meta.insert("deletionGracePeriodSeconds".to_owned(), json!(0));
            world.store.put(&resource, key, marked);
        }
    }
}
