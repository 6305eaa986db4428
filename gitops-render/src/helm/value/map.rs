//! Go's maps with string keys: shared, changed in place, iterated in the order of their keys.

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::list::bury;
use super::{Text, Value};

/// The Go type of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapType {
    /// `map[string]interface {}`.
    Any,
    /// `common.Values`: `.Values` itself, `.Template` and the top of what a template gets.
    Values,
    /// `map[string]string`.
    Strings,
}

impl MapType {
    /// The name of the type.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Any => "map[string]interface {}",
            Self::Values => "common.Values",
            Self::Strings => "map[string]string",
        }
    }
}

/// A Go map.
#[derive(Debug)]
pub struct Map {
    of: MapType,
    nil: bool,
    entries: Rc<RefCell<BTreeMap<Text, Value>>>,
}

impl Map {
    /// A map of `entries`; the last of equal keys counts.
    pub fn new<K: Into<Text>>(
        map_type: MapType,
        entries: impl IntoIterator<Item = (K, Value)>,
    ) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
        Self { of: map_type, nil: false, entries: Rc::new(RefCell::new(entries)) }
    }

    /// The nil map: empty, and `null` in JSON.
    pub fn nil(map_type: MapType) -> Self {
        Self { of: map_type, nil: true, entries: Rc::default() }
    }

    /// The same map under another type: what is written to one is seen in both.
    #[must_use]
    pub fn retyped(&self, map_type: MapType) -> Self {
        Self { of: map_type, nil: self.nil, entries: Rc::clone(&self.entries) }
    }

    /// Whether both are one map.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.entries, &other.entries)
    }

    /// The type.
    pub const fn map_type(&self) -> MapType {
        self.of
    }

    /// Whether this is the nil map.
    pub const fn is_nil(&self) -> bool {
        self.nil
    }

    /// The value of `key`.
    pub fn get(&self, key: impl AsRef<[u8]>) -> Option<Value> {
        self.entries.borrow().get(key.as_ref()).cloned()
    }

    /// Whether there is a `key`, nil or not.
    pub fn contains(&self, key: impl AsRef<[u8]>) -> bool {
        self.entries.borrow().contains_key(key.as_ref())
    }

    /// Writes `value` at `key`, for every holder of this map.
    pub fn insert(&self, key: impl Into<Text>, value: Value) {
        self.entries.borrow_mut().insert(key.into(), value);
    }

    /// Removes `key`, for every holder of this map.
    pub fn remove(&self, key: impl AsRef<[u8]>) {
        self.entries.borrow_mut().remove(key.as_ref());
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.entries.borrow().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is in it now, sorted by key.
    pub fn entries(&self) -> Vec<(Text, Value)> {
        let entries = self.entries.borrow();
        entries.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The entries themselves, for as long as nothing changes them.
    pub(crate) fn read(&self) -> Ref<'_, BTreeMap<Text, Value>> {
        self.entries.borrow()
    }

    /// Takes what nothing else holds out of the map.
    pub(super) fn drain(&mut self) -> Vec<Value> {
        match Rc::get_mut(&mut self.entries) {
            Some(entries) => std::mem::take(entries.get_mut()).into_values().collect(),
            None => Vec::new(),
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        let mut pending = self.drain();
        bury(&mut pending);
    }
}
