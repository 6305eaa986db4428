//! The end of namespaces: what a controller would do, done at once.

use std::sync::Arc;

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
        let left = content(world, &name).next().is_some();
        if left {
            continue;
        }
        finalize(world, &name);
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
