//! The objects, the versions they had, and who waits for changes.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use serde_json::Value;
use tokio::sync::watch;

/// How many changes a watch may lag behind before it is told that its version is gone.
pub(crate) const WATCH_HISTORY_MAX: usize = 16_384;

/// A resource, whatever the version: group and plural.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ResourceName {
    pub(crate) group: String,
    pub(crate) plural: String,
}

/// Where an object is within its resource; cluster-scoped objects have an empty namespace.
pub(crate) type Key = (String, String);

/// One change of one object.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) version: u64,
    pub(crate) resource: Arc<ResourceName>,
    /// The object before; `None` when it was created.
    pub(crate) old: Option<Arc<Value>>,
    /// The object after; when it was deleted, its last state.
    pub(crate) object: Arc<Value>,
    pub(crate) deleted: bool,
}

/// Every object.
#[derive(Debug)]
pub(crate) struct Store {
    objects: BTreeMap<Arc<ResourceName>, BTreeMap<Key, Arc<Value>>>,
    version: u64,
    history: VecDeque<Event>,
    /// The version of the newest change that the history forgot.
    forgotten: u64,
    changed: watch::Sender<u64>,
    writes: u64,
}

impl Store {
    pub(crate) fn new() -> Self {
        let (changed, _) = watch::channel(0);
        Self {
            objects: BTreeMap::new(),
            version: 1,
            history: VecDeque::new(),
            forgotten: 1,
            changed,
            writes: 0,
        }
    }

    /// Forgets every change so far: older versions are gone.
    pub(crate) fn forget(&mut self) {
        self.history.clear();
        self.forgotten = self.version;
        self.writes = 0;
    }

    /// Returns the version of the last change.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Returns how many changes there were.
    pub(crate) fn writes(&self) -> u64 {
        self.writes
    }

    /// Returns a receiver that hears of every change.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(crate) fn get(&self, resource: &ResourceName, key: &Key) -> Option<&Arc<Value>> {
        self.objects.get(resource)?.get(key)
    }

    /// Returns the objects of a resource in the order of their keys.
    pub(crate) fn list<'s>(
        &'s self,
        resource: &ResourceName,
        namespace: Option<&'s str>,
    ) -> impl Iterator<Item = (&'s Key, &'s Arc<Value>)> {
        self.objects
            .get(resource)
            .into_iter()
            .flatten()
            .filter(move |((place, _), _)| namespace.is_none_or(|namespace| place == namespace))
    }

    /// Returns every resource that has or had objects.
    pub(crate) fn resources(&self) -> impl Iterator<Item = &Arc<ResourceName>> {
        self.objects.keys()
    }

    /// Returns every object.
    pub(crate) fn everything(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.objects.values().flat_map(BTreeMap::values)
    }

    /// Stores an object under a new version and returns it.
    pub(crate) fn put(
        &mut self,
        resource: &Arc<ResourceName>,
        key: Key,
        mut object: Value,
    ) -> Arc<Value> {
        let version = self.next_version();
        stamp(&mut object, version);
        let object = Arc::new(object);
        let place = self.objects.entry(Arc::clone(resource)).or_default();
        let old = place.insert(key, Arc::clone(&object));
        let resource = Arc::clone(resource);
        self.note(Event { version, resource, old, object: Arc::clone(&object), deleted: false });
        object
    }

    /// Removes an object and returns its last state.
    pub(crate) fn remove(&mut self, resource: &Arc<ResourceName>, key: &Key) -> Option<Arc<Value>> {
        let old = self.objects.get_mut(resource)?.remove(key)?;
        let version = self.next_version();
        let mut last = (*old).clone();
        stamp(&mut last, version);
        let object = Arc::new(last);
        let resource = Arc::clone(resource);
        let event =
            Event { version, resource, old: Some(old), object: Arc::clone(&object), deleted: true };
        self.note(event);
        Some(object)
    }

    /// Returns the changes of a resource after `version`, or `None` when some are forgotten.
    pub(crate) fn since(&self, version: u64) -> Option<impl Iterator<Item = &Event> + use<'_>> {
        if version < self.forgotten {
            return None;
        }
        let start = self.history.partition_point(|event| event.version <= version);
        Some(self.history.range(start..))
    }

    fn next_version(&mut self) -> u64 {
        self.version += 1;
        self.version
    }

    fn note(&mut self, event: Event) {
        self.writes += 1;
        if self.history.len() == WATCH_HISTORY_MAX
            && let Some(oldest) = self.history.pop_front()
        {
            self.forgotten = oldest.version;
        }
        self.history.push_back(event);
        self.changed.send_replace(self.version);
    }
}

fn stamp(object: &mut Value, version: u64) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("resourceVersion".to_owned(), version.to_string().into());
    }
}
