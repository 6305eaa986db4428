//! Strategic merge patch: a merge patch that knows which lists merge by key.

use gitops_core::schema::{Field, Patch, TypeRef};
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
        Some("merge") | None => {}
        Some(other) => {
            return Err(Failure::internal(format!(
                "unknown patch type found: map[$patch:{other}]"
            )));
        }
    }
    let mut out = object.clone();
    if let Some(Value::Array(retained)) = patch.get(RETAIN) {
        out.retain(|name, _| retained.iter().any(|kept| kept == name));
    }
    for (name, value) in patch {
        if name == PATCH || name == RETAIN || name.starts_with(ORDER) {
            continue;
        }
        if let Some(list) = name.strip_prefix(DELETE_PRIMITIVES) {
            drop_primitives(&mut out, list, value);
            continue;
        }
        if value.is_null() {
            out.remove(name);
            continue;
        }
        let field = of.and_then(|of| of.field(name));
        let child = of.and_then(|of| of.at_key(name));
        let merged = match (out.get(name), value) {
            (Some(Value::Object(before)), Value::Object(patch)) => {
                Value::Object(merge(before, patch, child)?)
            }
            (_, Value::Object(patch)) => Value::Object(merge(&Map::new(), patch, child)?),
            (before, Value::Array(items)) if field.is_some_and(|field| field.patch.merge) => {
                let before = before.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                let order = patch.get(&format!("{ORDER}{name}")).and_then(Value::as_array);
                list(before, items, order, (&field.map(of_patch).unwrap_or_default(), child))?
            }
            (_, value) => value.clone(),
        };
        out.insert(name.clone(), merged);
    }
    for (name, value) in patch {
        if let (Some(name), Some(order)) = (name.strip_prefix(ORDER), value.as_array())
            && !patch.contains_key(name)
            && let Some(Value::Array(before)) = out.get(name)
        {
            let field = of.and_then(|of| of.field(name)).map(of_patch).unwrap_or_default();
            let sorted = sort(before.clone(), before, order, &field);
            out.insert(name.to_owned(), Value::Array(sorted));
        }
    }
    Ok(out)
}

fn of_patch(field: &Field) -> Patch {
    field.patch.clone()
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
    order: Option<&Vec<Value>>,
    (how, of): (&Patch, Option<TypeRef<'_>>),
) -> Result<Value> {
    let Some(key) = how.key.as_deref() else {
        let mut out = before.to_vec();
        for item in patch {
            if !out.contains(item) {
                out.push(item.clone());
            }
        }
        let out = match order {
            Some(order) => sort(out, before, order, how),
            None => out,
        };
        return Ok(Value::Array(out));
    };
    let items = of.and_then(TypeRef::items);
    let replaces = patch.iter().any(|item| {
        item.get(PATCH).and_then(Value::as_str) == Some("replace") && item.get(key).is_none()
    });
    let mut out = if replaces { Vec::new() } else { before.to_vec() };
    for item in patch {
        let Some(map) = item.as_object() else {
            return Err(Failure::internal("wrong type in patch of a list"));
        };
        let directive = map.get(PATCH).and_then(Value::as_str);
        if directive == Some("replace") && !map.contains_key(key) {
            continue;
        }
        let Some(name) = map.get(key) else {
            return Err(Failure::internal(format!(
                "map: {} does not contain declared merge key: {key}",
                go_map(map)
            )));
        };
        let at = out.iter().position(|item| item.get(key) == Some(name));
        match (directive, at) {
            (Some("delete"), _) => out.retain(|item| item.get(key) != Some(name)),
            (_, Some(at)) => {
                let empty = Map::new();
                let old = out[at].as_object().unwrap_or(&empty);
                out[at] = Value::Object(merge(old, map, items)?);
            }
            (_, None) => out.push(Value::Object(merge(&Map::new(), map, items)?)),
        }
    }
    let out = match order {
        Some(order) => {
            check_order(patch, order, key)?;
            sort(out, before, order, how)
        }
        None => out,
    };
    Ok(Value::Array(out))
}

/// Every item of a patch must stand in the order that comes with it.
fn check_order(patch: &[Value], order: &[Value], key: &str) -> Result<()> {
    let known = |item: &Value| {
        item.get(PATCH).is_some() || order.iter().any(|entry| entry.get(key) == item.get(key))
    };
    if patch.iter().all(known) {
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

/// Sorts the items that `order` names as it says; others keep their place beside their neighbours.
fn sort(items: Vec<Value>, before: &[Value], order: &[Value], how: &Patch) -> Vec<Value> {
    let name = |item: &Value| match &how.key {
        Some(key) => item.get(key).cloned().unwrap_or(Value::Null),
        None => item.clone(),
    };
    let rank = |item: &Value| order.iter().position(|entry| name(entry) == name(item));
    let (mut ordered, rest): (Vec<Value>, Vec<Value>) =
        items.into_iter().partition(|item| rank(item).is_some());
    ordered.sort_by_key(|item| rank(item));
    let place = |item: &Value| before.iter().position(|old| name(old) == name(item));
    // Server-only items go before the first ordered item that stood after them.
    let mut out = Vec::with_capacity(ordered.len() + rest.len());
    let mut rest = rest.into_iter().peekable();
    for item in ordered {
        while let Some(next) = rest.peek() {
            let goes_first = match (place(next), place(&item)) {
                (Some(mine), Some(theirs)) => mine < theirs,
                _ => false,
            };
            if !goes_first {
                break;
            }
            out.extend(rest.next());
        }
        out.push(item);
    }
    out.extend(rest);
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
