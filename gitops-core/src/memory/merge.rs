//! What applying an object changes, and who owns which field afterwards.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use super::fields::{self, FieldPath, Leaves, Step};
use crate::{Conflict, FieldChange, Object};

/// Which managers own each leaf.
pub(super) type Owners = BTreeMap<FieldPath, BTreeSet<String>>;

/// Who applies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Applying<'a> {
    /// The field manager that applies.
    pub(super) manager: &'a str,
    /// The fields that it takes from their managers.
    pub(super) takes: &'a [Conflict],
}

/// What applying an object leads to.
#[derive(Debug)]
pub(super) struct Merge {
    pub(super) value: Value,
    pub(super) owners: Owners,
    /// What differs: values, or only who owns them. Nothing is to be written where it is empty.
    pub(super) fields: Vec<FieldChange>,
    /// What other managers own and is not taken from them.
    pub(super) conflicts: Vec<Conflict>,
    /// What is taken from other managers.
    pub(super) taken: Vec<Conflict>,
}

/// Computes what applying `desired` to `live` leads to.
pub(super) fn merge(live: &Value, owners: &Owners, desired: &Object, by: Applying<'_>) -> Merge {
    let mut merging = Merging {
        by,
        secret: desired.is_secret(),
        leaves: fields::leaves(live).into_iter().collect(),
        live,
        merge: Merge {
            value: live.clone(),
            owners: owners.clone(),
            fields: Vec::new(),
            conflicts: Vec::new(),
            taken: Vec::new(),
        },
    };
    let desired = ownable(desired.value());
    let wanted = fields::leaves(&desired);
    merging.remove_all_but(&wanted.iter().map(|(path, _)| path).collect());
    for (path, value) in wanted {
        merging.set(path, value);
    }
    let mut merge = merging.merge;
    // What was empty and is no more is no leaf any longer.
    let leaves: Leaves = fields::leaves(&merge.value).into_iter().collect();
    merge.owners.retain(|path, _| leaves.contains_key(path));
    merge.conflicts.sort();
    merge.conflicts.dedup();
    merge.fields.sort_by(|a, b| a.path.cmp(&b.path));
    merge
}

/// Returns who owns what after somebody made `new` out of `old` without applying.
pub(super) fn edited(old: &Value, new: &Value, owners: &Owners, manager: &str) -> Owners {
    let before: Leaves = fields::leaves(old).into_iter().collect();
    let after: Leaves = fields::leaves(new).into_iter().collect();
    let owner = |path: &FieldPath, value: &Value| match before.get(path) {
        Some(old) if old == value => owners.get(path).cloned(),
        _ => Some(BTreeSet::from([manager.to_owned()])),
    };
    after.iter().filter_map(|(path, value)| Some((path.clone(), owner(path, value)?))).collect()
}

struct Merging<'a> {
    by: Applying<'a>,
    secret: bool,
    live: &'a Value,
    // The leaves of the live object that are still in the merged one.
    leaves: Leaves,
    merge: Merge,
}

impl Merging<'_> {
    // What we owned and no longer want goes, unless somebody else owns it too.
    fn remove_all_but(&mut self, wanted: &BTreeSet<&FieldPath>) {
        let ours = |(path, owners): (&FieldPath, &BTreeSet<String>)| {
            (owners.contains(self.by.manager) && !wanted.contains(path)).then(|| path.clone())
        };
        let dropped: Vec<FieldPath> = self.merge.owners.iter().filter_map(ours).collect();
        // From the end, so that what is in an item goes before the item.
        for path in dropped.iter().rev() {
            let others = self.others(path);
            let before = self.leaves.get(path).cloned();
            if others.is_empty() {
                fields::remove(&mut self.merge.value, path);
                self.merge.owners.remove(path);
                self.leaves.remove(path);
            } else if let Some(owners) = self.merge.owners.get_mut(path) {
                owners.remove(self.by.manager);
            }
            let after = fields::get(&self.merge.value, path).and(before.clone());
            self.note(path, before, after, others, true);
        }
        for path in dropped.iter().rev() {
            self.remove_unowned_items(path);
        }
    }

    // An item of which nobody owns anything is not held by its name.
    fn remove_unowned_items(&mut self, path: &FieldPath) {
        for end in (1..path.0.len()).rev() {
            let item = FieldPath(path.0[..end].to_vec());
            if matches!(item.0.last(), Some(Step::Item(_)))
                && !self.merge.owners.contains_key(&item)
            {
                fields::remove(&mut self.merge.value, &item);
                if fields::get(&self.merge.value, &item).is_none() {
                    self.leaves.remove(&item);
                }
            }
        }
    }

    fn set(&mut self, path: FieldPath, value: Value) {
        let ours = self.merge.owners.get(&path).is_some_and(|all| all.contains(self.by.manager));
        if self.leaves.get(&path) == Some(&value) {
            if !ours {
                self.merge
                    .owners
                    .entry(path.clone())
                    .or_default()
                    .insert(self.by.manager.to_owned());
                self.note(&path, Some(value.clone()), Some(value), self.others(&path), false);
            }
            return;
        }
        let replaced = self.replaced_by(&path);
        if is_empty_of(&value, &path, &replaced) {
            return;
        }
        let before = fields::get(self.live, &path).filter(|value| !value.is_null()).cloned();
        let mut held_by = Vec::new();
        for replaced in replaced {
            for manager in self.others(&replaced) {
                let conflict = Conflict { path: replaced.to_string(), manager: manager.clone() };
                if self.by.takes.contains(&conflict) {
                    self.merge.taken.push(conflict);
                } else {
                    self.merge.conflicts.push(conflict);
                }
                held_by.push(manager);
            }
            self.merge.owners.remove(&replaced);
            self.leaves.remove(&replaced);
        }
        held_by.sort();
        held_by.dedup();
        fields::set(&mut self.merge.value, &path, value.clone());
        self.note(&path, before, Some(value), held_by, ours);
        self.merge.owners.insert(path, BTreeSet::from([self.by.manager.to_owned()]));
    }

    // The live leaves that cannot be together with a leaf at `path`.
    fn replaced_by(&self, path: &FieldPath) -> Vec<FieldPath> {
        let excludes = |live: &FieldPath, value: &Value| {
            let below = live.is_within(path) && !matches!(path.0.last(), Some(Step::Item(_)));
            let above = path.is_within(live)
                && !matches!(live.0.last(), Some(Step::Item(_)))
                && !fields::is_empty(value);
            live == path || below || above
        };
        let found = self.leaves.iter().filter(|(live, value)| excludes(live, value));
        found.map(|(live, _)| live.clone()).collect()
    }

    fn others(&self, path: &FieldPath) -> Vec<String> {
        let owners = self.merge.owners.get(path).into_iter().flatten();
        owners.filter(|owner| *owner != self.by.manager).cloned().collect()
    }

    fn note(
        &mut self,
        path: &FieldPath,
        before: Option<Value>,
        after: Option<Value>,
        held_by: Vec<String>,
        ours: bool,
    ) {
        let sensitive = self.secret && matches!(path.first_key(), Some("data" | "stringData"));
        let path = path.to_string();
        let change = FieldChange { path, before, after, held_by, ours, desired: true, sensitive };
        self.merge.fields.push(change);
    }
}

// An empty mapping or list asks for nothing where there is one that holds something.
fn is_empty_of(value: &Value, path: &FieldPath, live: &[FieldPath]) -> bool {
    let below = live.iter().find_map(|live| live.0.get(path.0.len()));
    matches!(
        (value, below),
        (Value::Object(_), Some(Step::Key(_))) | (Value::Array(_), Some(Step::Item(_)))
    ) && fields::is_empty(value)
}

// Returns what of an object can be applied: neither its name nor what the server fills in.
fn ownable(desired: &Value) -> Value {
    let mut value = desired.clone();
    let Value::Object(map) = &mut value else { return value };
    for key in ["apiVersion", "kind", "status"] {
        map.remove(key);
    }
    if let Some(Value::Object(metadata)) = map.get_mut("metadata") {
        for key in [
            "name",
            "namespace",
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "managedFields",
        ] {
            metadata.remove(key);
        }
        if metadata.is_empty() {
            map.remove("metadata");
        }
    }
    if desired["kind"] == "Secret" {
        encode_strings(map);
    }
    value
}

// A server keeps `stringData` of a secret as `data`.
fn encode_strings(map: &mut Map<String, Value>) {
    let Some(Value::Object(strings)) = map.remove("stringData") else { return };
    let data = map.entry("data").or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(data) = data else { return };
    for (key, value) in strings {
        let text = value.as_str().unwrap_or_default();
        data.insert(key, Value::String(STANDARD.encode(text)));
    }
}
