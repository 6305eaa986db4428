//! Whether a value sets the paths of a set, without collecting them.

use gitops_core::schema::{Merge, TypeRef};
use serde_json::Value;

use super::{
    fields::{Element, Set},
    read::item_element,
};

/// Whether the paths that `value` sets, but for those of `hidden`, are those of `set`.
///
/// A value that names an item twice may be told to differ though it does not.
pub(crate) fn is_still(value: &Value, of: TypeRef<'_>, set: &Set, hidden: &Set) -> bool {
    leaf(value, of, set, hidden).is_some()
}

/// Whether the value itself is a leaf; nothing when what is below it differs.
fn leaf(value: &Value, of: TypeRef<'_>, set: &Set, hidden: &Set) -> Option<bool> {
    let none = Set::default();
    let atom = of.atom();
    match value {
        Value::Object(map) if atom.map.as_ref().is_some_and(|kind| !kind.atomic) => {
            let kind = atom.map.as_ref()?;
            let mut found = 0;
            for (name, value) in map {
                let Some(of) = of.at_key(name) else { continue };
                let (member, below) = set.at_field(name).unwrap_or((false, &none));
                let (hides, hidden) = hidden.at_field(name).unwrap_or((false, &none));
                let empty = value.as_object().is_some_and(serde_json::Map::is_empty);
                let wanted = leaf(value, of, below, hidden)?
                    || value.is_null()
                    || empty
                    || !kind.fields.contains_key(name);
                if member != (wanted && !hides) {
                    return None;
                }
                found += usize::from(member || !below.is_empty());
            }
            (found == set.len()).then_some(false)
        }
        Value::Array(items) => match &atom.list {
            Some(list) if list.merge != Merge::Atomic => {
                let of = of.items()?;
                let mut seen: Vec<Element> = Vec::with_capacity(items.len());
                for item in items {
                    let element = item_element(&list.merge, item).ok()?;
                    let (member, below) = set.at(&element)?;
                    if !member || seen.contains(&element) {
                        return None;
                    }
                    leaf(item, of, below, &none)?;
                    seen.push(element);
                }
                (seen.len() == set.len()).then_some(false)
            }
            _ => set.is_empty().then_some(true),
        },
        Value::Null => {
            let leaf = atom.scalar.is_some()
                || atom.map.as_ref().is_some_and(|map| map.atomic)
                || atom.list.as_ref().is_some_and(|list| list.merge == Merge::Atomic);
            set.is_empty().then_some(leaf)
        }
        _ => set.is_empty().then_some(true),
    }
}
