//! The order of a merged list: what the patch says, then what the object said.

use serde_json::Value;

use super::{
    PatchError,
    meta::{go_text, go_type},
    node::NIL,
    strategic::{PATCH, expected, no_key},
};

/// Names the Go type that all items of some lists have.
pub(super) fn element_type(lists: &[&[Value]]) -> Result<&'static str, PatchError> {
    let mut found = None;
    for item in lists.iter().flat_map(|list| list.iter()) {
        let kind = go_type(item);
        match found {
            None if item.is_null() => return Err(PatchError::Contradictory(NIL.to_owned())),
            None if item.is_array() => {
                return Err(PatchError::Unfitting("lists of lists are not supported".to_owned()));
            }
            None => found = Some(kind),
            Some(first) if first == kind => {}
            Some(_) => {
                let lists: Vec<String> =
                    lists.iter().map(|list| go_text(&Value::Array(list.to_vec()))).collect();
                return Err(PatchError::Contradictory(format!(
                    "list element types are not identical: [{}]",
                    lists.join(" ")
                )));
            }
        }
    }
    found.ok_or_else(|| {
        PatchError::Contradictory("no elements in any of the given slices".to_owned())
    })
}

/// Parts the items that `by` names from the others.
pub(super) fn partition(
    items: Vec<Value>,
    by: &[Value],
    key: &str,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    let (mut named, mut rest) = (Vec::new(), Vec::new());
    for item in items {
        let found = if key.is_empty() { by.contains(&item) } else { is_named(&item, by, key)? };
        if found { named.push(item) } else { rest.push(item) }
    }
    Ok((named, rest))
}

fn is_named(item: &Value, by: &[Value], key: &str) -> Result<bool, PatchError> {
    let map = item.as_object().ok_or_else(|| expected("map[string]interface {}", item))?;
    let name = map.get(key).ok_or_else(|| no_key(item, key))?;
    for (at, entry) in by.iter().enumerate() {
        if !entry.is_object() {
            let problem = format!("value for key {at} is not a map");
            return Err(PatchError::Contradictory(problem));
        }
        if entry.get(key) == Some(name) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Brings `named` into `order` and `rest` into the order of `before`, and interleaves the two as
/// near as can be to `before`.
pub(super) fn arrange(
    named: Vec<Value>,
    rest: Vec<Value>,
    order: &[Value],
    before: &[Value],
    key: &str,
    kind: &str,
) -> Result<Vec<Value>, PatchError> {
    let by_key = kind == "map[string]interface {}";
    let place = |list: &[Value], item: &Value| {
        if by_key {
            list.iter().position(|entry| entry.get(key) == item.get(key))
        } else {
            list.iter().position(|entry| entry == item)
        }
    };
    let named = sorted(named, order, by_key.then_some(key), place)?;
    let rest = sorted(rest, before, by_key.then_some(key), place)?;
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
    Ok(out)
}

/// Sorts as the real library does: what has no place in the order goes before everything it
/// meets, so that several such items end up the other way round.
fn sorted(
    items: Vec<Value>,
    order: &[Value],
    key: Option<&str>,
    place: impl Fn(&[Value], &Value) -> Option<usize>,
) -> Result<Vec<Value>, PatchError> {
    if let Some(key) = key {
        for item in items.iter().chain(order) {
            let map = item.as_object().ok_or_else(|| expected("map[string]interface {}", item))?;
            map.get(key).ok_or_else(|| no_key(item, key))?;
        }
    }
    let deleted = |item: &Value| key.is_some() && item.get(PATCH).is_some_and(|p| p == "delete");
    let (deleted, mut kept): (Vec<Value>, Vec<Value>) = items.into_iter().partition(deleted);
    let mut places: Vec<Option<usize>> = kept.iter().map(|item| place(order, item)).collect();
    let goes_before = |left: Option<usize>, right: Option<usize>| match (left, right) {
        (Some(left), Some(right)) => left < right,
        _ => true,
    };
    for start in 1..kept.len() {
        let mut at = start;
        while 0 < at && goes_before(places[at], places[at - 1]) {
            places.swap(at, at - 1);
            kept.swap(at, at - 1);
            at -= 1;
        }
    }
    kept.extend(deleted);
    Ok(kept)
}
