//! Reading one object.

use std::sync::Arc;

use serde_json::Value;

use super::{
    answer::Answer,
    kinds::Kind,
    list::too_large,
    select::Selector,
    shown::Shown,
    status::{Failure, Result},
    world::{Call, World},
};

/// Answers with one object.
pub(crate) fn get(world: &World, call: &Call<'_>) -> Result<Answer> {
    let asked = call.request.param("resourceVersion").unwrap_or_default();
    if !asked.is_empty() {
        // Reading one object fails inside the server, reading many at its door.
        let version = asked.parse::<u64>().map_err(|_| Failure::internal(not_a_number(asked)))?;
        if world.store.version() < version {
            return Err(too_large(asked, world.store.version()));
        }
    }
    let held = world.store.held(&call.kind.resource, &call.key());
    let held = held.ok_or_else(|| Failure::not_found(call.about()))?;
    Ok(Answer::Object(200, Shown::from(Arc::clone(held)).in_version(&call.kind)))
}

/// Returns the stored object a request names, without its managers.
pub(crate) fn find(world: &World, call: &Call<'_>) -> Result<Arc<Value>> {
    let found = world.store.get(&call.kind.resource, &call.key());
    found.ok_or_else(|| Failure::not_found(call.about()))
}

/// Returns an object as the version of `kind` shows it.
pub(crate) fn in_version(object: &Arc<Value>, kind: &Kind) -> Arc<Value> {
    let version = kind.api_version();
    if object.get("apiVersion").and_then(Value::as_str) == Some(version.as_str()) {
        return Arc::clone(object);
    }
    let mut object = (**object).clone();
    object["apiVersion"] = version.into();
    Arc::new(object)
}

/// Reads the selectors of a request.
pub(crate) fn selector(call: &Call<'_>) -> Result<Selector> {
    let param = |name| call.request.param(name).unwrap_or_default();
    let selector = Selector::new(param("labelSelector"), param("fieldSelector"))?;
    selector.check(&call.kind)?;
    Ok(selector)
}

/// Refuses a resourceVersion that is no number.
pub(crate) fn bad_version(version: &str) -> Failure {
    Failure::bad_request(format!("invalid resource version: {}", not_a_number(version)))
}

/// Says that a resourceVersion is no number.
pub(crate) fn not_a_number(version: &str) -> String {
    format!(
        "resourceVersion: Invalid value: {version:?}: strconv.ParseUint: parsing {version:?}: \
         invalid syntax"
    )
}
