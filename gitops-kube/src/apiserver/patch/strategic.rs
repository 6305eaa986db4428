//! Strategic merge patch: a merge patch that knows which lists merge by key.

use gitops_core::schema::{Patch, TypeRef};
use serde_json::{Map, Value};

use super::super::status::{Failure, Result};

/// Lays a strategic merge patch over an object.
///
/// # Errors
///
/// 500 when an item of a list has no key, or the patch contradicts its own order.
pub(super) fn patched(object: &Value, patch: &Value, of: TypeRef<'_>) -> Result<Value> {
    let patch = super::mapping(patch)?;
    let empty = Map::new();
    let object = object.as_object().unwrap_or(&empty);
    Ok(Value::Object(merge(object, patch, Some(of))?))
}

const PATCH: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const DELETE_PRIMITIVES: &str = "$deleteFromPrimitiveList/";
const ORDER: &str = "$setElementOrder/";

fn merge(
    object: &Map<String, Value>,
    patch: &Map<String, Value>,
    of: Option<TypeRef<'_>>,
) -> Result<Map<String, Value>> {
    match patch.get(PATCH).and_then(Value::as_str) {
        Some("replace") => {
            let mut out = patch.clone();
            out.remove(PATCH);
            return Ok(out);
        }
        Some("delete") => return Ok(Map::new()),
        None => {}
        Some(_) => {
            return Err(Failure::internal(format!("unknown patch type found: {}", go_map(patch))));
        }
    }
    let mut out = object.clone();
    retain_keys(&mut out, patch)?;
    let ordered = orders(&mut out, patch, of)?;
    for (name, value) in patch {
        if name.starts_with('$') || ordered.contains(&name.as_str()) {
            continue;
        }
        let field = of.and_then(|of| of.field(name));
        let below = of.and_then(|of| of.at_key(name));
        let merged = match (out.get(name), value) {
            (_, Value::Null) => None,
            (Some(Value::Object(before)), Value::Object(patch)) => {
                Some(Value::Object(merge(before, patch, below)?))
            }
            (Some(Value::Array(before)), Value::Array(items)) => {
                let how = field.map(|field| field.patch.clone()).unwrap_or_default();
                Some(Value::Array(list(before, items, &how, below)?))
            }
            (_, value) => plain(value),
        };
        match merged {
            Some(merged) => out.insert(name.clone(), merged),
            None => out.remove(name),
        };
    }
    // What is added and deleted by one patch is deleted.
    for (name, value) in patch {
        if let Some(list) = name.strip_prefix(DELETE_PRIMITIVES) {
            drop_primitives(&mut out, list, value);
        }
    }
    Ok(out)
}

fn retain_keys(out: &mut Map<String, Value>, patch: &Map<String, Value>) -> Result<()> {
    let Some(retained) = patch.get(RETAIN) else { return Ok(()) };
    let wrong = || Failure::internal("invalid patch format of retainKeys directive");
    let retained = retained.as_array().ok_or_else(wrong)?;
    let kept = |name: &String| retained.iter().any(|entry| entry == name.as_str());
    for (name, value) in patch {
        let directive = name.starts_with(DELETE_PRIMITIVES) || name.starts_with(ORDER);
        if name != RETAIN && !value.is_null() && !directive && !kept(name) {
            return Err(wrong());
        }
    }
    out.retain(|name, _| kept(name));
    Ok(())
}

/// Merges the lists that come with an order; the answer names them.
fn orders<'p>(
    out: &mut Map<String, Value>,
    patch: &'p Map<String, Value>,
    of: Option<TypeRef<'_>>,
) -> Result<Vec<&'p str>> {
    let mut done = Vec::new();
    for (directive, order) in patch {
        let Some(name) = directive.strip_prefix(ORDER) else { continue };
        let (before, items) = (out.get(name), patch.get(name));
        let order = order.as_array().map_or(&[][..], Vec::as_slice);
        let items = items.and_then(Value::as_array).map(Vec::as_slice);
        let how = of.and_then(|of| of.field(name)).map(|f| f.patch.clone()).unwrap_or_default();
        check_order(items.unwrap_or_default(), order, &how)?;
        let before = before.and_then(Value::as_array).map(Vec::as_slice);
        let merged = match (before, items) {
            (None, None) => continue,
            (Some(before), None) => before.to_vec(),
            (None, Some(items)) => items.iter().filter_map(plain).collect(),
            (Some(before), Some(items)) => {
                list(before, items, &how, of.and_then(|of| of.at_key(name)))?
            }
        };
        let sorted = arrange(merged, order, before.unwrap_or_default(), &how);
        out.insert(name.to_owned(), Value::Array(sorted));
        done.push(name);
    }
    Ok(done)
}

/// Returns what a patch adds where nothing was: itself, without what only directs.
fn plain(value: &Value) -> Option<Value> {
    match value {
        Value::Object(map) if map.contains_key(PATCH) => None,
        Value::Object(map) => Some(Value::Object(
            map.iter()
                .filter(|(_, value)| !value.is_null())
                .filter_map(|(name, value)| Some((name.clone(), plain(value)?)))
                .collect(),
        )),
        Value::Array(items) => Some(Value::Array(items.iter().filter_map(plain).collect())),
        scalar => Some(scalar.clone()),
    }
}

fn drop_primitives(out: &mut Map<String, Value>, list: &str, dropped: &Value) {
    let dropped = dropped.as_array().map_or(&[][..], Vec::as_slice);
    if let Some(Value::Array(items)) = out.get_mut(list) {
        items.retain(|item| !dropped.contains(item));
    }
}

fn list(
    before: &[Value],
    patch: &[Value],
    how: &Patch,
    of: Option<TypeRef<'_>>,
) -> Result<Vec<Value>> {
    if !how.merge {
        return Ok(patch.to_vec());
    }
    let Some(key) = how.key.as_deref() else {
        let mut merged: Vec<Value> = Vec::new();
        for item in before.iter().chain(patch) {
            if !merged.contains(item) {
                merged.push(item.clone());
            }
        }
        return Ok(arrange(merged, patch, before, how));
    };
    let no_key = |map: &Map<String, Value>| {
        Failure::internal(format!(
            "map: {} does not contain declared merge key: {key}",
            go_map(map)
        ))
    };
    let mut old = before.to_vec();
    let (mut items, mut replaces) = (Vec::new(), false);
    for item in patch {
        let Some(map) = item.as_object() else {
            return Err(Failure::internal("list items of a patch must be maps"));
        };
        match map.get(PATCH).and_then(Value::as_str) {
            None => items.push(map),
            Some("delete") => {
                let name = map.get(key).ok_or_else(|| no_key(map))?;
                old.retain(|item| item.get(key) != Some(name));
            }
            Some("replace") => replaces = true,
            Some(_) => {
                return Err(Failure::internal(
                    "merging lists cannot yet be specified in the patch",
                ));
            }
        }
    }
    if replaces {
        return Ok(items.into_iter().cloned().map(Value::Object).collect());
    }
    let mut merged = old.clone();
    let below = of.and_then(TypeRef::items);
    for map in &items {
        let name = map.get(key).ok_or_else(|| no_key(map))?;
        match merged.iter_mut().find(|item| item.get(key) == Some(name)) {
            Some(Value::Object(found)) => *found = merge(found, map, below)?,
            _ => merged.push(Value::Object((*map).clone())),
        }
    }
    let order: Vec<Value> = items.into_iter().cloned().map(Value::Object).collect();
    Ok(arrange(merged, &order, &old, how))
}

/// Every item of a patch must stand in the order that comes with it, in that order.
fn check_order(patch: &[Value], order: &[Value], how: &Patch) -> Result<()> {
    let mut rest = order.iter();
    let named = |item: &Value| item.get(PATCH).is_none();
    let fits = patch
        .iter()
        .filter(|item| named(item))
        .all(|item| rest.any(|entry| name(entry, how) == name(item, how)));
    if fits {
        return Ok(());
    }
    let print = |items: &[Value]| {
        let items: Vec<String> = items.iter().map(go_value).collect();
        items.join(" ")
    };
    Err(Failure::internal(format!(
        "The order in patch list:\n[{}]\n doesn't match $setElementOrder list:\n[{}]\n",
        print(patch),
        print(order)
    )))
}

/// What tells an item from others.
fn name<'v>(item: &'v Value, how: &Patch) -> &'v Value {
    match &how.key {
        Some(key) => item.get(key).unwrap_or(&Value::Null),
        None => item,
    }
}

/// Brings the items that `order` names into its order, and the others between them as near as
/// can be to where they stood in `before`.
fn arrange(items: Vec<Value>, order: &[Value], before: &[Value], how: &Patch) -> Vec<Value> {
    let place = |list: &[Value], item: &Value| {
        list.iter().position(|entry| name(entry, how) == name(item, how))
    };
    let (mut named, mut rest): (Vec<Value>, Vec<Value>) =
        items.into_iter().partition(|item| place(order, item).is_some());
    named.sort_by_key(|item| place(order, item));
    rest.sort_by_key(|item| place(before, item));
    let mut out = Vec::with_capacity(named.len() + rest.len());
    let (mut named, mut rest) = (named.into_iter().peekable(), rest.into_iter().peekable());
    while let (Some(right), Some(left)) = (named.peek(), rest.peek()) {
        let stood_before = match (place(before, left), place(before, right)) {
            (Some(left), Some(right)) => left < right,
            _ => false,
        };
        out.extend(if stood_before { rest.next() } else { named.next() });
    }
    out.extend(rest);
    out.extend(named);
    out
}

fn go_map(map: &Map<String, Value>) -> String {
    let pairs: Vec<String> =
        map.iter().map(|(name, value)| format!("{name}:{}", go_value(value))).collect();
    format!("map[{}]", pairs.join(" "))
}

fn go_value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_value).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(map) => go_map(map),
        scalar => scalar.to_string(),
    }
}
