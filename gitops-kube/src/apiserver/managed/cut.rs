//! Cutting paths out of values.

use gitops_core::schema::{Merge, TypeRef};
use serde_json::{Map, Value};

use super::{
    fields::{Element, Set},
    read::item_element,
};

/// Returns `value` without what `set` names.
///
/// A mapping or list that only loses what is deeper inside stays, though empty; one that loses all
/// its own members is null, and so is one that no path leads into.
pub(crate) fn without(value: &Value, set: &Set, of: Option<TypeRef<'_>>) -> Value {
    let atom = of.map(TypeRef::atom);
    match value {
        Value::Object(map) => {
            if map.is_empty() || atom.is_some_and(|a| a.map.as_ref().is_some_and(|m| m.atomic)) {
                return Value::Null;
            }
            let mut out = Map::new();
            let mut entered = false;
            for (name, value) in map {
                let element = Element::field(name);
                if set.has(&element) {
                    continue;
                }
                let kept = match set.below(&element) {
                    Some(below) => {
                        entered = true;
                        hollow(value, below, of.and_then(|of| of.at_key(name)))
                    }
                    None => value.clone(),
                };
                out.insert(name.clone(), kept);
            }
            if out.is_empty() && !entered { Value::Null } else { Value::Object(out) }
        }
        Value::Array(items) => {
            let Some(list) = atom.and_then(|atom| atom.list.as_ref()) else { return Value::Null };
            if items.is_empty() || list.merge == Merge::Atomic {
                return Value::Null;
            }
            let mut out = Vec::new();
            for item in items {
                let kept = match item_element(&list.merge, item) {
                    Ok(element) if set.has(&element) => continue,
                    Ok(element) => match set.below(&element) {
                        Some(below) => hollow(item, below, of.and_then(TypeRef::items)),
                        None => item.clone(),
                    },
                    Err(_) => item.clone(),
                };
                out.push(kept);
            }
            if out.is_empty() { Value::Null } else { Value::Array(out) }
        }
        scalar => scalar.clone(),
    }
}

/// Cuts inside a member that stays itself: it is empty rather than null.
fn hollow(value: &Value, set: &Set, of: Option<TypeRef<'_>>) -> Value {
    match (without(value, set, of), value) {
        (Value::Null, Value::Object(_)) => Value::Object(Map::new()),
        (Value::Null, Value::Array(_)) => Value::Array(Vec::new()),
        (kept, _) => kept,
    }
}
