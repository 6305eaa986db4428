//! The end of namespaces: what a controller would do, done at once.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    garbage::{finalizers, remove_or_mark},
    store::{Key, ResourceName},
    world::{World, seconds, text},
};

/// Empties every namespace that is being deleted, and removes those that are empty.
pub(crate) fn settle(world: &mut World, now: Timestamp) {
    if !world.options.finish_namespaces {
        return;
    }
    if !world.store.is_marked() {
        return;
    }
    let Some(kind) = world.kinds.find("", "v1", "namespaces").cloned() else { return };
    let marked = world.store.marked(&kind.resource).map(|(_, name)| name);
    let ending: Vec<String> = marked.cloned().collect();
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
    let Some(namespace) = world.store.get(&kind.resource, &key) else { return };
    if finalizers(&namespace).is_empty() {
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
pub(crate) struct Remaining {
    /// How many objects of each resource there are.
    pub(crate) resources: BTreeMap<String, usize>,
    /// How many objects each finalizer holds.
    finalizers: BTreeMap<String, usize>,
}

/// A condition of a namespace: its type, whether it holds, its reason and its message.
pub(crate) type Told = (&'static str, bool, &'static str, String);

impl Remaining {
    /// Returns what the conditions of the namespace say.
    pub(crate) fn conditions(&self) -> [Told; 5] {
        let fine = |kind, reason, message: &str| (kind, false, reason, message.to_owned());
        let list = |counts: &BTreeMap<String, usize>, what: &str| -> String {
            let parts = counts.iter();
            let parts =
                parts.map(|(name, count)| format!("{name} {what} {count} resource instances"));
            parts.collect::<Vec<_>>().join(", ")
        };
        let content = if self.resources.is_empty() {
            fine("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed")
        } else {
            let message = format!("Some resources are remaining: {}", list(&self.resources, "has"));
            ("NamespaceContentRemaining", true, "SomeResourcesRemain", message)
        };
        let finalizers = if self.finalizers.is_empty() {
            fine(
                "NamespaceFinalizersRemaining",
                "ContentHasNoFinalizers",
                "All content-preserving finalizers finished",
            )
        } else {
            let held = list(&self.finalizers, "in");
            let message = format!("Some content in the namespace has finalizers remaining: {held}");
            ("NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", message)
        };
        [
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
            content,
            finalizers,
        ]
    }
}

/// Counts what is in a namespace.
pub(crate) fn remaining(world: &World, namespace: &str) -> Remaining {
    let mut out = Remaining::default();
    for (resource, _, object) in content(world, namespace) {
        for finalizer in finalizers(&object).iter().filter_map(Value::as_str) {
            *out.finalizers.entry(finalizer.to_owned()).or_default() += 1;
        }
        let name = format!("{}.{}", resource.plural, resource.group);
        *out.resources.entry(name).or_default() += 1;
    }
    out
}

/// Says in the conditions of a namespace what it waits for.
fn explain(
    world: &mut World,
    resource: &Arc<ResourceName>,
    key: &Key,
    left: &Remaining,
    now: Timestamp,
) {
    let Some(namespace) = world.store.get(resource, key) else { return };
    let after: Vec<Value> = left
        .conditions()
        .into_iter()
        .map(|(kind, holds, reason, message)| {
            json!({
                "type": kind, "status": if holds { "True" } else { "False" },
                "lastTransitionTime": seconds(now), "reason": reason, "message": message,
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
        objects.map(|(key, object)| (Arc::clone(resource), key.clone(), object))
    })
}

/// Deletes what is in a namespace, but for what a finalizer holds.
pub(crate) fn empty(world: &mut World, namespace: &str, now: Timestamp) {
    let found: Vec<_> = content(world, namespace).collect();
    for (resource, key, object) in found {
        remove_or_mark(world, &resource, key, &object, now);
    }
}
