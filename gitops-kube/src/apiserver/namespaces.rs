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
        let key = (String::new(), name);
        let held = world.store.get(&kind.resource, &key).is_some_and(|namespace| {
            let list = namespace.pointer("/metadata/finalizers").and_then(Value::as_array);
            list.is_some_and(|list| !list.is_empty())
        });
        if !held {
            world.store.remove(&kind.resource, &key);
        }
    }
}

fn content<'w>(
    world: &'w World,
    namespace: &'w str,
) -> impl Iterator<Item = (Arc<ResourceName>, Key, Arc<Value>)> + 'w {
    world.store.resources().flat_map(move |resource| {
        let objects = world.store.list(resource, Some(namespace));
        objects.map(|(key, object)| (Arc::clone(resource), key.clone(), Arc::clone(object)))
    })
}

fn empty(world: &mut World, namespace: &str, now: Timestamp) {
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
