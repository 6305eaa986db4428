//! Whether applying an object would change nothing, told without asking the server.

use std::collections::HashMap;

use gitops_core::Object;
use serde_json::{Map, Value};

use crate::{
    body::SERVER_FIELDS,
    managed::{self, Fields, LIST_ITEMS_MAX},
};

/// Whether `live` holds every field of `desired` with the same value, and `manager` owns exactly
/// these fields.
///
/// Then the last apply of `manager` was this very object, and nobody changed what it set: another
/// apply would have nothing to write. `false` says nothing.
pub(crate) fn is_settled(desired: &Object, live: &Value, manager: &str, has_status: bool) -> bool {
    let Some(entry) = managed::applied_by(live, manager) else {
        return false;
    };
    // Names of fields may differ between versions.
    if entry.api_version != desired.kind().api_version() || is_deleting(live) {
        return false;
    }
    let (Some(desired), Some(live)) = (desired.value().as_object(), live.as_object()) else {
        return false;
    };
    let mut owned = 0;
    for (key, value) in desired {
        let same = match key.as_str() {
            "apiVersion" | "kind" => live.get(key) == Some(value),
            // It is ignored where it is written on its own; a server that does not ignore it notes
            // that we own it, which is one field too many below.
            "status" if has_status => true,
            "metadata" => match metadata_is_settled(value, live.get(key), entry.fields) {
                Some(fields) => {
                    owned += usize::from(fields);
                    true
                }
                None => false,
            },
            _ => {
                owned += 1;
                field_is_settled(key, value, live, entry.fields)
            }
        };
        if !same {
            return false;
        }
    }
    owned == managed::parts(entry.fields)
}

pub(crate) fn is_deleting(live: &Value) -> bool {
    let metadata = live.get("metadata");
    metadata.and_then(|metadata| metadata.get("deletionTimestamp")).is_some_and(|at| !at.is_null())
}

// Returns whether fields of `metadata` are owned, `None` when they are not as desired.
fn metadata_is_settled(desired: &Value, live: Option<&Value>, fields: &Fields) -> Option<bool> {
    let (desired, live) = (desired.as_object()?, live?.as_object()?);
    let named = |key: &str| key == "name" || key == "namespace";
    let own = |key: &str| !named(key) && !SERVER_FIELDS.contains(&key);
    let set: Vec<_> = desired.iter().filter(|(key, _)| own(key)).collect();
    let Some(fields) = managed::field(fields, "metadata") else {
        return set.is_empty().then_some(false);
    };
    let same = set.iter().all(|(key, value)| field_is_settled(key, value, live, fields));
    (same && set.len() == managed::parts(fields)).then_some(true)
}

fn field_is_settled(key: &str, desired: &Value, live: &Map<String, Value>, at: &Fields) -> bool {
    let (Some(live), Some(fields)) = (live.get(key), managed::field(at, key)) else {
        return false;
    };
    value_is_settled(desired, live, fields)
}

fn value_is_settled(desired: &Value, live: &Value, fields: &Fields) -> bool {
    if managed::parts(fields) == 0 {
        // A leaf is owned whole.
        return !desired.is_null() && desired == live;
    }
    match (desired, live) {
        (Value::Object(desired), Value::Object(live)) => {
            desired.len() == managed::parts(fields)
                && desired.iter().all(|(key, value)| field_is_settled(key, value, live, fields))
        }
        (Value::Array(desired), Value::Array(live)) => {
            desired.len() == managed::parts(fields) && list_is_settled(desired, live, fields)
        }
        _ => false,
    }
}

fn list_is_settled(desired: &[Value], live: &[Value], fields: &Fields) -> bool {
    if LIST_ITEMS_MAX < desired.len() {
        return false;
    }
    let owned = Owned::read(fields);
    // The items have to be live in the order in which they are desired.
    let mut next = 0;
    desired.iter().all(|item| {
        let rest = &live[next.min(live.len())..];
        let at = match item {
            Value::Object(map) => item_at(map, rest, &owned),
            scalar => managed::member(fields, scalar)
                .and_then(|_| rest.iter().position(|other| other == scalar)),
        };
        next += at.map_or(0, |at| at + 1);
        at.is_some()
    })
}

// The items of a list that are owned, by their keys.
struct Owned<'a> {
    names: Vec<String>,
    items: HashMap<String, (Map<String, Value>, &'a Fields)>,
}

impl<'a> Owned<'a> {
    fn read(fields: &'a Fields) -> Self {
        let items: HashMap<_, _> = fields
            .iter()
            .filter_map(|(name, fields)| Some((managed::item_keys(name)?, fields.as_object()?)))
            .map(|(keys, fields)| (Value::from(keys.clone()).to_string(), (keys, fields)))
            .collect();
        let first = items.values().next();
        let names = first.map(|(keys, _)| keys.keys().cloned().collect()).unwrap_or_default();
        Self { names, items }
    }

    fn find(&self, item: &Map<String, Value>) -> Option<&(Map<String, Value>, &'a Fields)> {
        let keys = self.names.iter().map(|name| Some((name.clone(), item.get(name)?.clone())));
        if let Some(keys) = keys.collect::<Option<Map<String, Value>>>() {
            return self
                .items
                .get(&Value::Object(keys).to_string())
                .filter(|found| fits(found, item));
        }
        self.items.values().find(|found| fits(found, item))
    }
}

// A key that the item leaves out was filled in by the server, and is not owned.
fn fits((keys, fields): &(Map<String, Value>, &Fields), item: &Map<String, Value>) -> bool {
    keys.iter().all(|(key, value)| match item.get(key) {
        Some(own) => own == value && managed::field(fields, key).is_some(),
        None => managed::field(fields, key).is_none(),
    })
}

// Returns where the item is live, when it is as desired.
fn item_at(desired: &Map<String, Value>, live: &[Value], owned: &Owned<'_>) -> Option<usize> {
    let (keys, fields) = owned.find(desired)?;
    let is = |item: &Value| keys.iter().all(|(key, value)| item.get(key) == Some(value));
    let at = live.iter().position(is)?;
    let live = live[at].as_object()?;
    let same = desired.len() == managed::parts(fields)
        && desired.iter().all(|(key, value)| field_is_settled(key, value, live, fields));
    same.then_some(at)
}
