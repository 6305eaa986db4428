//! Cluster roles that gather the rules of others: what a controller would do, done at once.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::{
    select::matches_labels,
    store::ResourceName,
    world::{World, text},
};
use super::authorize::resource;

/// How many rounds roles that gather each other's rules are given to settle.
pub(crate) const ROUNDS_MAX: usize = 16;

/// Gathers rules until no cluster role changes any more.
pub(crate) fn settle(world: &mut World) {
    if !world.options.gather_roles {
        return;
    }
    let roles = Arc::new(resource("clusterroles"));
    for _ in 0..ROUNDS_MAX {
        if !round(world, &roles) {
            return;
        }
    }
}

fn round(world: &mut World, roles: &Arc<ResourceName>) -> bool {
    let mut changed = false;
    let all: Vec<_> =
        world.store.list(roles, None).map(|(key, role)| (key.clone(), role)).collect();
    for (key, role) in &all {
        let Some(selectors) =
            role.pointer("/aggregationRule/clusterRoleSelectors").and_then(Value::as_array)
        else {
            continue;
        };
        let mut rules: Vec<&Value> = Vec::new();
        for selector in selectors {
            let chosen = all
                .iter()
                .filter(|(other, object)| other != key && matches_labels(selector, object));
            for (_, object) in chosen {
                let more = object.get("rules").and_then(Value::as_array);
                for rule in more.into_iter().flatten() {
                    if !rules.contains(&rule) {
                        rules.push(rule);
                    }
                }
            }
        }
        let gathered = json!(rules);
        let before = role.get("rules").filter(|rules| !rules.is_null());
        let same = before.map_or(rules.is_empty(), |before| *before == gathered);
        // A gathered role may have been deleted since the list was made.
        if same || !text(role, "/metadata/deletionTimestamp").is_empty() {
            continue;
        }
        let mut role = (**role).clone();
        role["rules"] = gathered;
        world.store.put(roles, key.clone(), role);
        changed = true;
    }
    changed
}
