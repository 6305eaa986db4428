//! Lists whose items are told apart by keys, merged the way kyaml does it.
//!
//! An item is matched by the texts at its keys. The order, and what happens to items that lack a
//! key, follow from how kyaml puts items into a list one by one.

use super::super::{
    node::Node,
    problem::{Outcome, problem},
};

/// Returns the texts at `keys` of every item.
pub(super) fn key_values(items: &[Node], keys: &[String]) -> Vec<Vec<String>> {
    let value = |item: &Node, key: &String| match item.get(key) {
        Some(found) if !found.is_empty() => found.text().to_owned(),
        _ => String::new(),
    };
    items.iter().map(|item| keys.iter().map(|key| value(item, key)).collect()).collect()
}

/// Returns the values of both lists, those of the patch first, each once.
pub(super) fn in_order(first: Vec<Vec<String>>, second: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let mut seen = std::collections::HashSet::new();
    let all = first.into_iter().chain(second).filter(|values| !values.is_empty());
    all.filter(|values| seen.insert(values.clone())).collect()
}

/// Makes values equal that agree in one key and do not contradict each other in the others.
pub(super) fn unify(list: &mut [Vec<String>]) {
    for first in 0..list.len() {
        let values = list[first].clone();
        for second in 0..list.len() {
            if let Some(both) = unified(&values, &list[second]) {
                list[first].clone_from(&both);
                list[second] = both;
            }
        }
    }
}

fn unified(left: &[String], right: &[String]) -> Option<Vec<String>> {
    if left.len() != right.len() {
        return None;
    }
    let mut common = false;
    let mut both = Vec::with_capacity(left.len());
    for (left, right) in left.iter().zip(right) {
        common |= left == right;
        if left != right && !left.is_empty() && !right.is_empty() {
            return None;
        }
        both.push(if left.is_empty() { right.clone() } else { left.clone() });
    }
    common.then_some(both)
}

/// Leaves out the keys that no item of the list has.
pub(super) fn used_keys(
    list: &[Vec<String>],
    values: &[String],
    keys: &[String],
) -> (Vec<String>, Vec<String>) {
    let used = |at: usize| list.iter().any(|found| found.get(at).is_some_and(|v| !v.is_empty()));
    let at: Vec<usize> = (0..keys.len()).filter(|at| used(*at)).collect();
    if at.is_empty() {
        return (keys.to_vec(), values.to_vec());
    }
    let pick = |from: &[String]| at.iter().filter_map(|at| from.get(*at).cloned()).collect();
    (pick(keys), pick(values))
}

/// Returns where the item with exactly these values is.
pub(super) fn position(items: &[Node], keys: &[String], values: &[String]) -> Option<usize> {
    let first = values.first().map_or("", String::as_str);
    if keys.first().is_none_or(String::is_empty) {
        return items.iter().position(|item| item.text() == first);
    }
    if keys.len() != values.len() {
        return None;
    }
    let has = |item: &Node| {
        let mut pairs = keys.iter().zip(values);
        pairs.all(|(key, value)| item.get(key).is_some_and(|found| found.text() == value))
    };
    items.iter().position(|item| item.as_map().is_some() && has(item))
}

/// Puts `element` in the place of the items with these values, or after all others; without an
/// element the items go away. Empty items go away in any case.
pub(super) fn put(
    items: &mut Vec<Node>,
    element: Option<&Node>,
    keys: &[String],
    values: &[String],
) -> Outcome<()> {
    let set = |list: &[String]| list.first().is_some_and(|first| !first.is_empty());
    let mappings_only = set(keys) && set(values);
    let mut kept = Vec::with_capacity(items.len() + 1);
    let mut placed = false;
    for item in items.drain(..) {
        let is_map = item.as_map().is_some();
        if item.is_null() || (is_map && item.is_empty()) {
            continue;
        }
        if !is_map && mappings_only {
            kept.push(item);
            continue;
        }
        if !has_values(&item, keys, values)? {
            // Without values nothing is told apart, and everything else goes.
            if !values.is_empty() {
                kept.push(item);
            }
            continue;
        }
        placed = true;
        kept.extend(element.cloned());
    }
    *items = kept;
    match element {
        Some(element) if !placed && !element.is_null() => items.push(element.clone()),
        _ => {}
    }
    Ok(())
}

fn has_values(item: &Node, keys: &[String], values: &[String]) -> Outcome<bool> {
    let mut found = false;
    for (at, key) in keys.iter().enumerate() {
        if let Some(value) = values.get(at) {
            found = has_value(item, key, value)?;
        }
        if !found {
            return Ok(false);
        }
    }
    Ok(true)
}

// An empty value matches whatever is at the key.
fn has_value(item: &Node, key: &str, value: &str) -> Outcome<bool> {
    if key.is_empty() {
        return match item {
            Node::Scalar(_) => Ok(item.known_text() == value),
            other => Err(problem(format!("expected a scalar, found {}", other.shape()))),
        };
    }
    match item {
        Node::Map(map) => {
            Ok(map.get(key).is_some_and(|found| value.is_empty() || found.text() == value))
        }
        other => Err(problem(format!("expected a mapping, found {}", other.shape()))),
    }
}

/// Puts every item of `rest` into `items`.
pub(super) fn put_all(items: &mut Vec<Node>, rest: &[Node], keys: &[String]) -> Outcome<()> {
    let scalars = keys.first().is_none_or(String::is_empty);
    for item in rest {
        if scalars {
            put(items, Some(item), &[String::new()], &[item.text().to_owned()])?;
            continue;
        }
        let mut values = Vec::new();
        for key in keys {
            match item {
                Node::Map(map) => match map.get(key) {
                    Some(value) => values.push(value.text().to_owned()),
                    None => items.push(item.clone()),
                },
                other if other.is_null() => items.push(item.clone()),
                other => {
                    let text = format!("expected a mapping, found {}", other.shape());
                    return Err(problem(text));
                }
            }
        }
        if 1 < keys.len() {
            put(items, None, keys, &values)?;
        }
        put(items, Some(item), keys, &values)?;
    }
    Ok(())
}
