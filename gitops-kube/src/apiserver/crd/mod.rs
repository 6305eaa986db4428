//! Custom resource definitions: what they bring, and what is checked of their objects.

mod bounds;
pub(super) mod defaults;
pub(super) mod definition;
pub(super) mod embedded;
mod formats;
mod kinds;
mod lists;
pub(super) mod names;
mod patterns;
pub(super) mod prune;
pub(super) mod rules;
mod schema;
pub(super) mod settle;
pub(super) mod structure;
pub(super) mod validate;
mod value;

use self::kinds::kinds_of;

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
