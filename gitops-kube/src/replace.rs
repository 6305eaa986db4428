//! Objects that are deleted and made anew where they cannot be changed.

use gitops_core::Object;
use serde_json::{Map, Value};

use crate::{
    managed::{self, Fields, ListShape},
    paths,
};

/// The annotations of Flux and Argo CD that ask for it.
const FLUX_FORCE: &str = "kustomize.toolkit.fluxcd.io/force";
const ARGO_OPTIONS: &str = "argocd.argoproj.io/sync-options";

/// Whether `desired` asks to be deleted and made anew where it cannot be changed.
pub(crate) fn is_wanted(desired: &Object) -> bool {
    let flux = desired.annotation(FLUX_FORCE);
    let argo = desired.annotation(ARGO_OPTIONS).unwrap_or_default();
    let mut options = argo.split(',').map(str::trim);
    flux.is_some_and(|value| value.eq_ignore_ascii_case("enabled"))
        || options.any(|option| option == "Force=true" || option == "Replace=true")
}

/// Returns `live` with what `desired` says written over it.
pub(crate) fn merged(live: &Value, desired: &Value) -> Value {
    let shapes = managed::entries(live).into_iter().map(|entry| entry.fields).collect();
    merge(live, desired, shapes)
}

fn merge(live: &Value, desired: &Value, shapes: Vec<&Fields>) -> Value {
    match (live, desired) {
        (Value::Object(live), Value::Object(desired)) => {
            let mut merged = live.clone();
            for (key, value) in desired {
                let below = |fields| managed::field(fields, key);
                let shapes = shapes.iter().copied().filter_map(below).collect();
                let value = match live.get(key) {
                    Some(live) => merge(live, value, shapes),
                    None => value.clone(),
                };
                merged.insert(key.clone(), value);
            }
            Value::Object(merged)
        }
        (Value::Array(live), Value::Array(desired)) => {
            let ListShape::Keyed(names) = managed::list_shape(shapes.iter().copied()) else {
                return Value::Array(desired.clone());
            };
            let item = |item: &Value| merge_item(live, item, &names, &shapes);
            desired.iter().map(item).collect()
        }
        _ => desired.clone(),
    }
}

fn merge_item(live: &[Value], desired: &Value, names: &[String], shapes: &[&Fields]) -> Value {
    let keys = names.iter().filter_map(|name| Some((name.clone(), desired.get(name)?.clone())));
    let keys: Map<String, Value> = keys.collect();
    let Some(live) = paths::item_with(live, &keys) else {
        return desired.clone();
    };
    let below = |fields| managed::item(fields, &keys);
    merge(live, desired, shapes.iter().copied().filter_map(below).collect())
}
