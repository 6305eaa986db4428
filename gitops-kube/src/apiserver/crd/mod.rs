//! Custom resource definitions: what they bring, and what is checked of their objects.

pub(super) mod defaults;
mod kinds;
mod schema;
pub(super) mod validate;

pub(super) use self::kinds::{conditions, kinds_of};

use std::sync::Arc;

use serde_json::Value;

use super::{
    store::{Key, ResourceName},
    world::{World, text},
};

/// Removes every object of a definition that is on its way out.
pub(super) fn remove_objects(world: &mut World, definition: &Value) {
    let resource = Arc::new(ResourceName {
        group: text(definition, "/spec/group").to_owned(),
        plural: text(definition, "/spec/names/plural").to_owned(),
    });
    let keys: Vec<Key> = world.store.list(&resource, None).map(|(key, _)| key.clone()).collect();
    for key in keys {
        world.store.remove(&resource, &key);
    }
}
