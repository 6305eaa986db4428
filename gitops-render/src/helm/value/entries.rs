//! What a map holds, in the order of its keys.

use std::collections::{BTreeMap, btree_map};

use super::{Text, Value};

/// How many entries a map may have that are searched and moved as they lie.
const FEW_ENTRIES_MAX: usize = 64;
/// So many are looked through one by one.
const LOOKED_THROUGH: usize = 8;

/// The entries of a map: most maps have few.
#[derive(Debug)]
pub(crate) enum Entries {
    Few(Vec<(Text, Value)>),
    Many(BTreeMap<Text, Value>),
}

/// The entries one after the other.
pub(crate) enum Iter<'e> {
    Few(std::slice::Iter<'e, (Text, Value)>),
    Many(btree_map::Iter<'e, Text, Value>),
}

impl Default for Entries {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Entries {
    /// Takes entries whose keys are in order and different from each other.
    pub(super) fn sorted(entries: Vec<(Text, Value)>) -> Self {
        if entries.len() <= FEW_ENTRIES_MAX {
            Self::Few(entries)
        } else {
            Self::Many(entries.into_iter().collect())
        }
    }

    /// Returns the value of `key`.
    pub(crate) fn get(&self, key: &[u8]) -> Option<&Value> {
        match self {
            Self::Few(entries) if entries.len() <= LOOKED_THROUGH => {
                entries.iter().find(|(known, _)| **known == *key).map(|(_, value)| value)
            }
            Self::Few(entries) => {
                let at = entries.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
                Some(&entries[at].1)
            }
            Self::Many(entries) => entries.get(key),
        }
    }

    /// Sets `key`; what was there before is dropped.
    pub(super) fn insert(&mut self, key: Text, value: Value) -> Option<Value> {
        let entries = match self {
            Self::Few(entries) => entries,
            Self::Many(entries) => return entries.insert(key, value),
        };
        match entries.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(at) => return Some(std::mem::replace(&mut entries[at].1, value)),
            Err(at) if entries.len() < FEW_ENTRIES_MAX => entries.insert(at, (key, value)),
            Err(_) => {
                let mut many: BTreeMap<_, _> = std::mem::take(entries).into_iter().collect();
                many.insert(key, value);
                *self = Self::Many(many);
            }
        }
        None
    }

    /// Removes `key`.
    pub(super) fn remove(&mut self, key: &[u8]) -> Option<Value> {
        match self {
            Self::Few(entries) => {
                let at = entries.binary_search_by(|(known, _)| (**known).cmp(key)).ok()?;
                Some(entries.remove(at).1)
            }
            Self::Many(entries) => entries.remove(key),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Few(entries) => entries.len(),
            Self::Many(entries) => entries.len(),
        }
    }

    /// Returns the entries in order.
    pub(crate) fn iter(&self) -> Iter<'_> {
        match self {
            Self::Few(entries) => Iter::Few(entries.iter()),
            Self::Many(entries) => Iter::Many(entries.iter()),
        }
    }

    /// Returns the values in the order of their keys.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Value> {
        self.iter().map(|(_, value)| value)
    }

    /// Puts what may hold others into `pending`, and drops all else.
    pub(super) fn take_apart(self, pending: &mut Vec<Value>) {
        let mut add = |value: Value| {
            if matches!(value, Value::List(_) | Value::Map(_)) {
                pending.push(value);
            }
        };
        match self {
            Self::Few(entries) => entries.into_iter().for_each(|(_, value)| add(value)),
            Self::Many(entries) => entries.into_values().for_each(add),
        }
    }
}

impl FromIterator<(Text, Value)> for Entries {
    fn from_iter<I: IntoIterator<Item = (Text, Value)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            // Of equal keys the last one counts.
            entries.reverse();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.dedup_by(|later, kept| later.0 == kept.0);
        }
        Self::sorted(entries)
    }
}

impl<'e> Iterator for Iter<'e> {
    type Item = (&'e Text, &'e Value);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Few(entries) => entries.next().map(|(key, value)| (key, value)),
            Self::Many(entries) => entries.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Few(entries) => entries.size_hint(),
            Self::Many(entries) => entries.size_hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_many_are_alike() {
        for count in [1, LOOKED_THROUGH, LOOKED_THROUGH + 1, FEW_ENTRIES_MAX, FEW_ENTRIES_MAX + 1] {
            let keys: Vec<String> = (0..count).map(|at| format!("key-{at:03}")).collect();
            let pairs = || keys.iter().map(|key| (Text::from(key), Value::text(key)));
            let mut inserted = Entries::default();
            for (key, value) in pairs().rev() {
                assert!(inserted.insert(key, value).is_none());
            }
            let collected: Entries = pairs().rev().chain(pairs()).collect();
            for mut entries in [inserted, collected] {
                assert_eq!(entries.len(), count);
                let known: Vec<String> = entries.iter().map(|(key, _)| key.to_string()).collect();
                assert_eq!(known, keys);
                assert_eq!(entries.values().count(), count);
                assert_eq!(
                    entries.get(b"key-000").and_then(Value::as_bytes),
                    Some(&b"key-000"[..])
                );
                assert!(entries.get(b"key").is_none());
                assert!(entries.insert(Text::from("key-000"), Value::Nil).is_some());
                assert!(matches!(entries.remove(b"key-000"), Some(Value::Nil)));
                assert!(entries.remove(b"key-000").is_none());
                assert_eq!(entries.len(), count - 1);
            }
        }
    }
}
