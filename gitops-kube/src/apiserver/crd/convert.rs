//! Versions that only a webhook could convert into each other: refused rather than taken for the same.

use super::super::{
    status::{Failure, Result},
    world::{Call, World},
};

/// Refuses a request that a conversion webhook would have to be called for.
///
/// # Errors
///
/// 500, as from a server that cannot reach the webhook.
pub(crate) fn check(world: &World, call: &Call<'_>, verb: &str) -> Result<()> {
    let stored = call.kind.custom.as_ref().and_then(|custom| custom.webhook.as_ref());
    let Some(stored) = stored else { return Ok(()) };
    let asked = call.kind.api_version();
    let other = *stored != call.kind.info.version;
    if other && matches!(verb, "create" | "update" | "patch" | "watch") {
        return Err(refusal(call, &asked, stored));
    }
    let namespace = Some(call.namespace.as_str()).filter(|namespace| !namespace.is_empty());
    for ((_, name), held) in world.store.held_list(&call.kind.resource, namespace) {
        let meant = call.name.is_empty() || *name == call.name;
        if meant && !held.json.is_in(&asked) {
            let from = held.json.parse();
            let from = from.get("apiVersion").and_then(serde_json::Value::as_str);
            return Err(refusal(call, from.unwrap_or_default(), stored));
        }
    }
    Ok(())
}

fn refusal(call: &Call<'_>, from: &str, stored: &str) -> Failure {
    let (kind, group) = (&call.kind.info.kind, call.kind.group());
    Failure::internal(format!(
        "conversion webhook for {from}, Kind={kind} failed: conversion webhooks are not supported by \
         this server; objects are stored as {group}/{stored}: ask for that version, or convert with \
         the strategy None"
    ))
}
