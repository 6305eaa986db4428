//! Go's maps with string keys: shared, changed in place, iterated in the order of their keys.

use std::cell::{Ref, RefCell};
use std::rc::Rc;

use super::list::bury;
use super::{SealedMap, Text, Value, entries::Entries};

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
    held: Rc<RefCell<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    entries: Entries,
    // What is in the map as long as nobody has looked; there are no entries then.
    sealed: Option<SealedMap>,
}

impl Map {
    /// A map of `entries`; the last of equal keys counts.
    pub fn new<K: Into<Text>>(
        map_type: MapType,
        entries: impl IntoIterator<Item = (K, Value)>,
    ) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key.into(), value)).collect();
        let held = Held { entries, sealed: None };
        Self { of: map_type, nil: false, held: Rc::new(RefCell::new(held)) }
    }

    /// A map of its own of what is sealed.
    pub(in crate::helm) fn unsealed(map_type: MapType, sealed: SealedMap) -> Self {
        let held = Held { entries: Entries::default(), sealed: Some(sealed) };
        Self { of: map_type, nil: false, held: Rc::new(RefCell::new(held)) }
    }

    /// What is in the map, if nobody has looked at it yet.
    pub(in crate::helm) fn sealed(&self) -> Option<SealedMap> {
        self.held.borrow().sealed.clone()
    }

    // Makes the entries its own, if they are not yet. Whoever reads them has done so, and nobody
    // holds them then.
    fn open(&self) -> &RefCell<Held> {
        let is_sealed = self.held.borrow().sealed.is_some();
        if is_sealed {
            let mut held = self.held.borrow_mut();
            if let Some(sealed) = held.sealed.take() {
                let entries = sealed.iter().map(|(key, value)| (key.clone(), value.value()));
                held.entries = Entries::sorted(entries.collect());
            }
        }
        &self.held
    }

    /// The nil map: empty, and `null` in JSON.
    pub fn nil(map_type: MapType) -> Self {
        Self { of: map_type, nil: true, held: Rc::default() }
    }

    /// The same map under another type: what is written to one is seen in both.
    #[must_use]
    pub fn retyped(&self, map_type: MapType) -> Self {
        Self { of: map_type, nil: self.nil, held: Rc::clone(&self.held) }
    }

    /// Whether both are one map.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.held, &other.held)
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
        self.open().borrow().entries.get(key.as_ref()).cloned()
    }

    /// Whether there is a `key`, nil or not.
    pub fn contains(&self, key: impl AsRef<[u8]>) -> bool {
        self.open().borrow().entries.get(key.as_ref()).is_some()
    }

    /// Writes `value` at `key`, for every holder of this map.
    pub fn insert(&self, key: impl Into<Text>, value: Value) {
        self.open().borrow_mut().entries.insert(key.into(), value);
    }

    /// Removes `key`, for every holder of this map.
    pub fn remove(&self, key: impl AsRef<[u8]>) {
        self.open().borrow_mut().entries.remove(key.as_ref());
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        let held = self.held.borrow();
        held.sealed.as_ref().map_or(held.entries.len(), SealedMap::len)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is in it now, sorted by key.
    pub fn entries(&self) -> Vec<(Text, Value)> {
        self.read().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The entries themselves, for as long as nothing changes them.
    pub(crate) fn read(&self) -> Ref<'_, Entries> {
        Ref::map(self.open().borrow(), |held| &held.entries)
    }

    /// Takes what nothing else holds out of the map.
    pub(super) fn drain(&mut self, pending: &mut Vec<Value>) {
        if let Some(held) = Rc::get_mut(&mut self.held) {
            std::mem::take(&mut held.get_mut().entries).take_apart(pending);
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        let mut pending = Vec::new();
        self.drain(&mut pending);
        bury(&mut pending);
    }
}
