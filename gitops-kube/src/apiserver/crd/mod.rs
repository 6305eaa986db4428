//! Custom resource definitions: what they bring, and what is checked of their objects.

mod bounds;
pub(super) mod cleanup;
pub(super) mod convert;
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

use serde_json::Value;

use super::kinds::Custom;

/// Brings an object into the form of the version it is stored in, and says whether it lost fields.
pub(super) fn fit_storage(custom: &Custom, object: &mut Value) -> bool {
    let Some(structure) = &custom.storage else { return false };
    let lost = prune::object(object, structure);
    defaults::fill(object, structure);
    !lost.is_empty()
}
