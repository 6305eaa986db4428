//! Merging a list of a strategic merge patch into the list of the object.

use serde_json::Value;

use super::{
    PatchError,
    meta::How,
    order::{arrange, element_type, partition},
    strategic::{self, PATCH, no_key, unknown_directive},
};

/// Merges `patch` into `before`.
///
/// `before` is left as the real library leaves the memory of that list, for an order that comes
/// with the patch is read off it: items that were deleted are overwritten by what followed.
pub(super) fn merge(
    before: &mut [Value],
    patch: Vec<Value>,
    how: How<'_>,
) -> Result<Vec<Value>, PatchError> {
    if before.is_empty() && patch.is_empty() {
        return Ok(Vec::new());
    }
    let kind = element_type(&[before, &patch])?;
    let (merged, patch, original) = if kind == "map[string]interface {}" {
        if how.key().is_empty() {
            return Err(PatchError::Contradictory(format!(
                "cannot merge lists without merge key for {}",
                how.below.kind()
            )));
        }
        merge_maps(before, patch, how)?
    } else {
        let both = before.iter().chain(&patch).cloned().collect();
        (distinct(both), patch, before.to_vec())
    };
    let (named, rest) = partition(merged, &patch, how.key())?;
    arrange(named, rest, &patch, &original, how.key(), kind)
}

/// Deletes the scalars that a patch names.
pub(super) fn delete(
    mut before: Vec<Value>,
    patch: Vec<Value>,
    how: How<'_>,
) -> Result<Vec<Value>, PatchError> {
    if before.is_empty() && patch.is_empty() {
        return Ok(before);
    }
    if element_type(&[&before, &patch])? == "map[string]interface {}" {
        return merge(&mut before, patch, how);
    }
    before.retain(|item| !patch.contains(item));
    Ok(before)
}

/// Drops what occurs again; the last item takes its place.
fn distinct(mut items: Vec<Value>) -> Vec<Value> {
    let mut at = 0;
    while at + 1 < items.len() {
        let mut next = at + 1;
        while next < items.len() {
            if items[at] == items[next] {
                items.swap_remove(next);
            } else {
                next += 1;
            }
        }
        at += 1;
    }
    items
}

type Merged = (Vec<Value>, Vec<Value>, Vec<Value>);

/// Merges items by key; the answer also holds the patch and the original without directives.
fn merge_maps(before: &mut [Value], patch: Vec<Value>, how: How<'_>) -> Result<Merged, PatchError> {
    let key = how.key();
    let mut len = before.len();
    let (mut items, mut replaces) = (Vec::new(), false);
    for item in patch {
        match item.get(PATCH).map(Value::as_str) {
            None => items.push(item),
            Some(Some("delete")) => {
                let name = item.get(key).ok_or_else(|| no_key(&item, key))?;
                while let Some(at) = before[..len].iter().position(|old| old.get(key) == Some(name))
                {
                    for next in at + 1..len {
                        before[next - 1] = before[next].clone();
                    }
                    len -= 1;
                }
            }
            Some(Some("replace")) => replaces = true,
            Some(Some("merge")) => {
                return Err(PatchError::Contradictory(
                    "merging lists cannot yet be specified in the patch".to_owned(),
                ));
            }
            Some(_) => return Err(unknown_directive(item.as_object().unwrap_or(&NO_FIELDS))),
        }
    }
    if replaces {
        return Ok((items.clone(), Vec::new(), items));
    }
    let original = before[..len].to_vec();
    let mut merged = original.clone();
    for item in &items {
        let name = item.get(key).ok_or_else(|| no_key(item, key))?;
        let found = merged.iter_mut().find(|old| old.get(key) == Some(name));
        if let (Some(Value::Object(old)), Value::Object(patch)) = (found, item) {
            *old = strategic::merge(std::mem::take(old), patch.clone(), how.below)?;
            continue;
        }
        if let Some(slot) = before.get_mut(merged.len()) {
            *slot = item.clone();
        }
        merged.push(item.clone());
    }
    Ok((merged, items, original))
}

static NO_FIELDS: std::sync::LazyLock<serde_json::Map<String, Value>> =
    std::sync::LazyLock::new(serde_json::Map::new);
