//! The end of what is owned: what the garbage collector would do, done at once.

use std::{collections::HashSet, sync::Arc};

use serde_json::{Value, json};

use super::{
    store::{Key, Place, ResourceName},
    world::{At, World, metadata, seconds, text},
};

/// Returns the references to the owners of an object.
pub(crate) fn owners(object: &Value) -> &[Value] {
    entries(object, "/metadata/ownerReferences")
}

/// Returns the finalizers that hold an object.
pub(crate) fn finalizers(object: &Value) -> &[Value] {
    entries(object, "/metadata/finalizers")
}

fn entries<'o>(object: &'o Value, pointer: &str) -> &'o [Value] {
    object.at(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether a finalizer holds an object.
pub(crate) fn has_finalizer(object: &Value, name: &str) -> bool {
    finalizers(object).iter().any(|entry| entry == name)
}

/// Removes an object and returns its last state, or marks it where a finalizer holds it.
pub(crate) fn remove_or_mark(
    world: &mut World,
    resource: &Arc<ResourceName>,
    key: Key,
    object: &Value,
    now: jiff::Timestamp,
) -> Option<Arc<Value>> {
    if finalizers(object).is_empty() {
        return world.store.remove(resource, &key).map(|last| world.store.tree(&last));
    }
    if object.at("/metadata/deletionTimestamp").is_none() {
        let mut marked = object.clone();
        let meta = metadata(&mut marked);
        meta.insert("deletionTimestamp".to_owned(), json!(seconds(now)));
        meta.insert("deletionGracePeriodSeconds".to_owned(), json!(0));
        world.store.put(resource, key, marked);
    }
    None
}

/// Removes what only dead objects own, after `object` was removed or marked.
pub(crate) fn settle(world: &mut World, object: &Value, now: jiff::Timestamp) {
    if !world.options.finish_namespaces {
        return;
    }
    let mut dead = vec![object.clone()];
    while let Some(owner) = dead.pop() {
        let orphan = has_finalizer(&owner, "orphan");
        let waits = has_finalizer(&owner, "foregroundDeletion");
        let marked = owner.at("/metadata/deletionTimestamp").is_some();
        if marked && orphan {
            release(world, &owner);
        } else if !marked || waits || find(world, &owner).is_none() {
            collect(world, &owner, now, &mut dead);
        }
        if marked {
            finish(world, &owner, &mut dead);
        }
    }
}

/// Removes a new or changed object whose owners are all gone.
pub(crate) fn settle_owned(world: &mut World, object: &Value, now: jiff::Timestamp) {
    let owned = owners(object);
    if owned.is_empty() || !world.options.finish_namespaces {
        return;
    }
    if owned.iter().any(|owner| is_there(world, object, owner)) {
        return;
    }
    let Some((resource, key)) = find(world, object) else { return };
    let mut dead = Vec::new();
    end(world, &resource, key, object, now, &mut dead);
    for object in dead {
        settle(world, &object, now);
    }
}

/// Whether an owner exists; one of a kind that nobody knows might.
fn is_there(world: &World, object: &Value, owner: &Value) -> bool {
    let api_version = text(owner, "/apiVersion");
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let Some(kind) = world.kinds.named(group, version, text(owner, "/kind")) else { return true };
    let namespace = if kind.info.namespaced { text(object, "/metadata/namespace") } else { "" };
    let key = (namespace.to_owned(), text(owner, "/name").to_owned());
    let found = world.store.held(&kind.resource, &key);
    found.is_some_and(|found| *found.uid == *text(owner, "/uid"))
}

/// Removes an object, or marks it when something holds it.
fn end(
    world: &mut World,
    resource: &Arc<ResourceName>,
    key: Key,
    object: &Value,
    now: jiff::Timestamp,
    dead: &mut Vec<Value>,
) {
    if let Some(last) = remove_or_mark(world, resource, key, object, now) {
        dead.push((*last).clone());
    }
}

fn dependents(world: &World, uid: &str) -> Vec<(Place, Arc<Value>)> {
    let places = world.store.owned(uid);
    let found =
        places.filter_map(|place| Some((place.clone(), world.store.get(&place.0, &place.1)?)));
    found.collect()
}

/// Finds the place of an object that is still there.
fn find(world: &World, object: &Value) -> Option<Place> {
    let uid = text(object, "/metadata/uid");
    let key =
        (text(object, "/metadata/namespace").to_owned(), text(object, "/metadata/name").to_owned());
    world.store.resources().find_map(|resource| {
        let found = world.store.held(resource, &key)?;
        (*found.uid == *uid).then(|| (Arc::clone(resource), key.clone()))
    })
}

/// Deletes the dependents that have no other living owner.
fn collect(world: &mut World, owner: &Value, now: jiff::Timestamp, dead: &mut Vec<Value>) {
    let uid = text(owner, "/metadata/uid");
    let dependents = dependents(world, uid);
    if dependents.is_empty() {
        return;
    }
    let living: HashSet<String> = world
        .store
        .everything()
        .map(|held| held.uid.to_string())
        .filter(|living| living != uid)
        .collect();
    for ((resource, key), object) in dependents {
        if owners(&object).iter().any(|owner| living.contains(text(owner, "/uid"))) {
            continue;
        }
        end(world, &resource, key, &object, now, dead);
    }
}

/// Takes an owner out of its dependents.
fn release(world: &mut World, owner: &Value) {
    let uid = text(owner, "/metadata/uid");
    for ((resource, key), object) in dependents(world, uid) {
        let mut freed = (*object).clone();
        let meta = metadata(&mut freed);
        if let Some(Value::Array(list)) = meta.get_mut("ownerReferences") {
            list.retain(|owner| text(owner, "/uid") != uid);
            if list.is_empty() {
                meta.remove("ownerReferences");
            }
        }
        world.store.put(&resource, key, freed);
    }
}

/// Removes the collector's own finalizers from an object whose dependents no longer hold it.
fn finish(world: &mut World, owner: &Value, dead: &mut Vec<Value>) {
    if !has_finalizer(owner, "orphan") && !has_finalizer(owner, "foregroundDeletion") {
        return;
    }
    let Some((resource, key)) = find(world, owner) else { return };
    let uid = text(owner, "/metadata/uid");
    let blocked = has_finalizer(owner, "foregroundDeletion")
        && dependents(world, uid).iter().any(|(_, object)| {
            owners(object).iter().any(|owner| {
                text(owner, "/uid") == uid
                    && owner.get("blockOwnerDeletion") == Some(&Value::Bool(true))
            })
        });
    let Some(object) = world.store.get(&resource, &key) else { return };
    let mut freed = (*object).clone();
    let mut left = 0;
    if let Some(Value::Array(list)) = metadata(&mut freed).get_mut("finalizers") {
        list.retain(|entry| entry != "orphan" && (entry != "foregroundDeletion" || blocked));
        left = list.len();
    }
    if left == 0 {
        if let Some(last) = world.store.remove(&resource, &key) {
            let mut last = (*world.store.tree(&last)).clone();
            metadata(&mut last).remove("finalizers");
            // Whether dependents were freed was decided above.
            if !has_finalizer(owner, "orphan") {
                dead.push(last);
            }
        }
    } else if freed != *object {
        world.store.put(&resource, key, freed);
    }
}
