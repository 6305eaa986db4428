//! Strategic merge patch: a merge patch that knows which lists merge by key.

use gitops_core::schema::TypeRef;
use serde_json::{Map, Value};

use super::{
    PatchError, check_depth, list,
    meta::{How, Meta, go_text, go_type},
    order::{arrange, element_type, partition},
};

/// Lays a strategic merge patch over an object of a built-in type.
///
/// `$patch`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…` mean what they
/// mean to Kubernetes. Where its library goes through a mapping in random order, this one goes in
/// the order of names, and what one patch both adds and deletes is deleted.
///
/// # Errors
///
/// [`PatchError::Malformed`] when the patch or one of its directives is none,
/// [`PatchError::Unfitting`] for lists of lists, [`PatchError::Contradictory`] when an item has no
/// key, a field is unknown where its type is needed, or the patch breaks its own order.
///
/// # Example
///
/// ```
/// use gitops_core::schema::builtin;
/// use gitops_kube::apiserver::patch;
/// use serde_json::json;
///
/// let service = builtin("", "v1", "Service").expect("a built-in kind");
/// let live = json!({ "spec": { "ports": [{ "port": 80, "name": "http" }] } });
/// let change = json!({ "spec": { "ports": [{ "port": 80, "name": "web" }, { "port": 443 }] } });
/// let patched = patch::strategic(live, change, service)?;
/// let ports = json!([{ "port": 80, "name": "web" }, { "port": 443 }]);
/// assert_eq!(patched, json!({ "spec": { "ports": ports } }));
/// # Ok::<(), patch::PatchError>(())
/// ```
pub fn strategic(original: Value, patch: Value, of: TypeRef<'_>) -> Result<Value, PatchError> {
    check_depth(&original)?;
    check_depth(&patch)?;
    let map = |value| match value {
        Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok(map),
        _ => Err(PatchError::Malformed("invalid JSON document".to_owned())),
    };
    Ok(Value::Object(merge(map(original)?, map(patch)?, Meta::root(of))?))
}

pub(super) const PATCH: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const DELETE_PRIMITIVES: &str = "$deleteFromPrimitiveList";
const ORDER: &str = "$setElementOrder";

type Object = Map<String, Value>;

pub(super) fn merge(
    mut out: Object,
    mut patch: Object,
    meta: Meta<'_>,
) -> Result<Object, PatchError> {
    if let Some(directive) = patch.get(PATCH) {
        return match directive.as_str() {
            Some("replace") => {
                patch.remove(PATCH);
                Ok(patch)
            }
            Some("delete") => Ok(Map::new()),
            _ => Err(unknown_directive(&patch)),
        };
    }
    retain_keys(&mut out, &mut patch)?;
    merge_ordered(&mut out, &mut patch, meta)?;
    let mut deletions = Vec::new();
    for (name, value) in patch {
        match name.strip_prefix(DELETE_PRIMITIVES) {
            Some(rest) => {
                let name = rest.strip_prefix('/').ok_or_else(|| {
                    PatchError::Malformed("invalid patch format of primitive list".to_owned())
                })?;
                deletions.push((name.to_owned(), value));
            }
            None => merge_field(&mut out, name, value, meta)?,
        }
    }
    for (name, value) in deletions {
        delete_primitives(&mut out, name, value, meta)?;
    }
    Ok(out)
}

pub(super) fn unknown_directive(patch: &Object) -> PatchError {
    let directive = match patch.get(PATCH) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => "%!s(<nil>)".to_owned(),
        Some(other) => format!("%!s({}={})", go_type(other), go_text(other)),
    };
    PatchError::Contradictory(format!(
        "unknown patch type: {directive} in map: {}",
        go_text(&Value::Object(patch.clone()))
    ))
}

fn merge_field(
    out: &mut Object,
    name: String,
    value: Value,
    meta: Meta<'_>,
) -> Result<(), PatchError> {
    if value.is_null() {
        out.remove(&name);
        return Ok(());
    }
    let merged = match (out.get_mut(&name).map(Value::take), value) {
        (Some(Value::Object(before)), Value::Object(patch)) => {
            let how = meta.mapping(&name)?;
            Some(Value::Object(merge(before, patch, how.below)?))
        }
        (Some(Value::Array(before)), Value::Array(patch)) => {
            let how = meta.list(&name)?;
            Some(Value::Array(lists(before, patch, how)?))
        }
        (_, mut value) => {
            discard_nulls(&mut value);
            without_directives(value)
        }
    };
    match merged {
        Some(merged) => out.insert(name, merged),
        None => out.remove(&name),
    };
    Ok(())
}

fn lists(
    mut before: Vec<Value>,
    patch: Vec<Value>,
    how: How<'_>,
) -> Result<Vec<Value>, PatchError> {
    if how.merges() { list::merge(&mut before, patch, how) } else { Ok(patch) }
}

fn delete_primitives(
    out: &mut Object,
    name: String,
    value: Value,
    meta: Meta<'_>,
) -> Result<(), PatchError> {
    if value.is_null() {
        out.remove(&name);
        return Ok(());
    }
    let Some(before) = out.get_mut(&name) else { return Ok(()) };
    let merged = match (before.take(), value) {
        (Value::Object(before), Value::Object(patch)) => {
            Value::Object(merge(before, patch, meta.mapping(&name)?.below)?)
        }
        (Value::Array(before), Value::Array(patch)) => {
            Value::Array(list::delete(before, patch, meta.list(&name)?)?)
        }
        (before, value) if go_type(&before) == go_type(&value) => value,
        (before, _) => before,
    };
    out.insert(name, merged);
    Ok(())
}

fn retain_keys(out: &mut Object, patch: &mut Object) -> Result<(), PatchError> {
    let Some(retained) = patch.remove(RETAIN) else { return Ok(()) };
    let wrong = || PatchError::Malformed("invalid patch format of retainKeys".to_owned());
    let retained = retained.as_array().ok_or_else(wrong)?;
    let kept = |name: &String| retained.iter().any(|entry| entry == name.as_str());
    for (name, value) in patch.iter() {
        let directive = name.starts_with(DELETE_PRIMITIVES) || name.starts_with(ORDER);
        if !value.is_null() && !directive && !kept(name) {
            return Err(wrong());
        }
    }
    out.retain(|name, _| kept(name));
    Ok(())
}

/// Merges the lists that come with an order, and takes them out of the patch.
fn merge_ordered(out: &mut Object, patch: &mut Object, meta: Meta<'_>) -> Result<(), PatchError> {
    let directives: Vec<String> =
        patch.keys().filter(|name| name.starts_with(ORDER)).cloned().collect();
    for directive in directives {
        let order = patch.remove(&directive).unwrap_or_default();
        let order = array(order)?;
        let name = directive.strip_prefix(ORDER).and_then(|rest| rest.strip_prefix('/'));
        let name = name.ok_or_else(bad_order)?;
        let before = out.get(name).cloned().map(array).transpose()?;
        let items = patch.get(name).cloned().map(array).transpose()?;
        let how = meta.list(name)?;
        check_order(items.as_deref().unwrap_or_default(), &order, how.key())?;
        let mut seen = before.clone().unwrap_or_default();
        let kind = element_type(&[&seen, items.as_deref().unwrap_or_default()]);
        let merged = match (before, items) {
            (None, None) => continue,
            (Some(before), None) => before,
            (None, Some(items)) => items.into_iter().filter_map(without_directives).collect(),
            (Some(_), Some(items)) if how.merges() => list::merge(&mut seen, items, how)?,
            (Some(_), Some(items)) => items,
        };
        let (named, rest) = partition(merged, &order, how.key())?;
        let sorted = arrange(named, rest, &order, &seen, how.key(), kind?)?;
        out.insert(name.to_owned(), Value::Array(sorted));
        patch.remove(name);
    }
    Ok(())
}

fn bad_order() -> PatchError {
    PatchError::Malformed("invalid patch format of setElementOrder list".to_owned())
}

fn array(value: Value) -> Result<Vec<Value>, PatchError> {
    match value {
        Value::Array(items) => Ok(items),
        other => Err(expected("[]interface {}", &other)),
    }
}

/// Says that a value is not of the type it should be.
pub(super) fn expected(wanted: &str, found: &Value) -> PatchError {
    PatchError::Contradictory(format!("expected a {wanted}, but received a {}", go_type(found)))
}

/// Every item of a patch must stand in the order that comes with it, in that order.
fn check_order(patch: &[Value], order: &[Value], key: &str) -> Result<(), PatchError> {
    if patch.is_empty() || order.is_empty() {
        return Ok(());
    }
    let mut kept: Vec<&Value> = Vec::new();
    for item in patch {
        match (item, key) {
            (_, "") => kept.push(item),
            (Value::Object(map), _) if map.get(PATCH).is_some_and(|patch| patch == "delete") => {}
            (Value::Object(_), _) => kept.push(item),
            (other, _) => return Err(expected("map[string]interface {}", other)),
        }
    }
    let mut rest = order.iter();
    let mut kept = kept.into_iter().peekable();
    while 0 < rest.len()
        && let Some(item) = kept.peek()
    {
        if item.get(PATCH).is_some() {
            kept.next();
            continue;
        }
        let Some(entry) = rest.next() else { break };
        if is_same(item, entry, key)? {
            kept.next();
        }
    }
    if kept.peek().is_none() {
        return Ok(());
    }
    Err(PatchError::Contradictory(format!(
        "The order in patch list:\n{}\n doesn't match {ORDER} list:\n{}\n",
        go_text(&Value::Array(patch.to_vec())),
        go_text(&Value::Array(order.to_vec()))
    )))
}

fn is_same(left: &Value, right: &Value, key: &str) -> Result<bool, PatchError> {
    if key.is_empty() {
        return Ok(left == right);
    }
    for side in [left, right] {
        if !side.is_object() {
            return Err(expected("map[string]interface {}", side));
        }
    }
    let of = |side: &Value| side.get(key).cloned().ok_or_else(|| no_key(side, key));
    Ok(of(left)? == of(right)?)
}

/// Says that an item lacks the field that tells it apart.
pub(super) fn no_key(item: &Value, key: &str) -> PatchError {
    PatchError::Contradictory(format!(
        "map: {} does not contain declared merge key: {key}",
        go_text(item)
    ))
}

fn discard_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(discard_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(discard_nulls),
        _ => {}
    }
}

/// Returns what a patch adds where nothing was: itself, without what only directs.
fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(map) if map.contains_key(PATCH) => None,
        Value::Object(map) => Some(Value::Object(
            map.into_iter()
                .filter_map(|(name, value)| Some((name, without_directives(value)?)))
                .collect(),
        )),
        Value::Array(items) => {
            Some(Value::Array(items.into_iter().filter_map(without_directives).collect()))
        }
        scalar => Some(scalar),
    }
}
