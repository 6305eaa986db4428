//! The end of a definition: first its objects go, then the definition itself.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    super::{
        garbage::finalizers,
        shown::Shown,
        store::{Key, ResourceName},
        world::{Call, World, metadata, text},
    },
    names, settle,
};

const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// Marks a definition and ends its objects; it stays as long as one of them is held.
pub(crate) fn delete(world: &mut World, call: &Call<'_>, live: &Value) -> Shown {
    let mut marked = live.clone();
    let meta = metadata(&mut marked);
    meta.insert("deletionTimestamp".to_owned(), json!(call.time()));
    let finalizers = meta.entry("finalizers").or_insert_with(|| json!([]));
    if let Some(list) = finalizers.as_array_mut()
        && !list.iter().any(|known| known == CLEANUP)
    {
        list.push(CLEANUP.into());
    }
    names::terminating(&mut marked, &call.time());
    let stored = world.store.put(&call.kind.resource, call.key(), marked);
    let tree = world.store.tree(&stored);
    end_objects(world, call, &tree);
    settle_if_empty(world, call, &tree);
    stored.into()
}

/// Lets a definition go whose last object is gone.
pub(crate) fn object_removed(world: &mut World, call: &Call<'_>) {
    let Some(custom) = &call.kind.custom else { return };
    let Some(kind) = settle::definitions(world) else { return };
    let key = (String::new(), custom.definition.clone());
    let Some(definition) = world.store.get(&kind.resource, &key) else { return };
    if definition.pointer("/metadata/deletionTimestamp").is_some() {
        settle_if_empty(world, call, &definition);
    }
}

fn objects(definition: &Value) -> Arc<ResourceName> {
    Arc::new(ResourceName {
        group: text(definition, "/spec/group").to_owned(),
        plural: text(definition, "/spec/names/plural").to_owned(),
    })
}

/// Removes every object of a definition that nothing holds, and marks the others.
fn end_objects(world: &mut World, call: &Call<'_>, definition: &Value) {
    let resource = objects(definition);
    let found: Vec<(Key, Arc<Value>)> =
        world.store.list(&resource, None).map(|(key, object)| (key.clone(), object)).collect();
    for (key, object) in found {
        if finalizers(&object).is_empty() {
            world.store.remove(&resource, &key);
        } else if object.pointer("/metadata/deletionTimestamp").is_none() {
            let mut marked = (*object).clone();
            let generation = marked.pointer("/metadata/generation").and_then(Value::as_i64);
            let meta = metadata(&mut marked);
            meta.insert("deletionTimestamp".to_owned(), json!(call.time()));
            meta.insert("deletionGracePeriodSeconds".to_owned(), json!(0));
            if let Some(generation) = generation {
                meta.insert("generation".to_owned(), json!(generation + 1));
            }
            world.store.put(&resource, key, marked);
        }
    }
}

fn settle_if_empty(world: &mut World, call: &Call<'_>, definition: &Value) {
    if world.store.held_list(&objects(definition), None).next().is_some() {
        return;
    }
    let Some(kind) = settle::definitions(world) else { return };
    let key = (String::new(), text(definition, "/metadata/name").to_owned());
    let mut freed = definition.clone();
    let finalizers = metadata(&mut freed).get_mut("finalizers").and_then(Value::as_array_mut);
    let held = finalizers.is_some_and(|list| {
        list.retain(|known| known != CLEANUP);
        !list.is_empty()
    });
    if held {
        world.store.put(&kind.resource, key, freed);
        return;
    }
    if let Some(last) = world.store.remove(&kind.resource, &key) {
        settle::removed(world, call, &world.store.tree(&last));
    }
}
