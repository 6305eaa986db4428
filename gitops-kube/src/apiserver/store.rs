//! The objects, the versions they had, and who waits for changes.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    ops::Bound,
    sync::Arc,
};

use serde_json::Value;
use tokio::sync::watch;

use super::{
    held::{Held, Parts},
    managed::Managed,
    recent::Recent,
};

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

/// An object's resource and where it is within.
pub(crate) type Place = (Arc<ResourceName>, Key);

/// One change of one object.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) version: u64,
    pub(crate) resource: Arc<ResourceName>,
    pub(crate) key: Key,
    /// The object before; `None` when it was created.
    pub(crate) old: Option<Arc<Held>>,
    /// The object after; when it was deleted, its last state.
    pub(crate) object: Arc<Held>,
    pub(crate) deleted: bool,
}

/// The objects of one resource.
#[derive(Debug, Default)]
struct Shelf {
    objects: BTreeMap<Key, Arc<Held>>,
    /// Those that are on their way out.
    marked: BTreeSet<Key>,
}

/// Every object.
#[derive(Debug)]
pub(crate) struct Store {
    shelves: BTreeMap<Arc<ResourceName>, Shelf>,
    /// Where what is owned is, by the uids of the owners.
    owned: HashMap<Box<str>, BTreeSet<Place>>,
    recent: RefCell<Recent>,
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
            shelves: BTreeMap::new(),
            owned: HashMap::new(),
            recent: RefCell::default(),
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

    /// Returns an object as it is held.
    pub(crate) fn held(&self, resource: &ResourceName, key: &Key) -> Option<&Arc<Held>> {
        self.shelves.get(resource)?.objects.get(key)
    }

    /// Returns an object.
    pub(crate) fn get(&self, resource: &ResourceName, key: &Key) -> Option<Arc<Value>> {
        self.held(resource, key).map(|held| self.tree(held))
    }

    /// Returns the managers of an object.
    pub(crate) fn managed(&self, resource: &ResourceName, key: &Key) -> Arc<Managed> {
        self.held(resource, key).map(|held| self.parts(held).managed).unwrap_or_default()
    }

    /// Returns what is held as a tree.
    pub(crate) fn tree(&self, held: &Held) -> Arc<Value> {
        self.parts(held).tree
    }

    /// Returns what is held as a tree, and the managers.
    pub(crate) fn parts(&self, held: &Held) -> Parts {
        let mut recent = self.recent.borrow_mut();
        recent.get(held.version).unwrap_or_else(|| {
            let parts = held.parts();
            recent.note(held.version, parts.clone(), held.json.bytes().len());
            parts
        })
    }

    /// Returns what is held of a resource in the order of the keys.
    pub(crate) fn held_list<'s>(
        &'s self,
        resource: &ResourceName,
        namespace: Option<&'s str>,
    ) -> impl Iterator<Item = (&'s Key, &'s Arc<Held>)> + use<'s> {
        let first = (namespace.unwrap_or_default().to_owned(), String::new());
        self.shelves
            .get(resource)
            .into_iter()
            .flat_map(move |shelf| {
                shelf.objects.range((Bound::Included(first.clone()), Bound::Unbounded))
            })
            .take_while(move |((place, _), _)| namespace.is_none_or(|namespace| place == namespace))
    }

    /// Returns the objects of a resource in the order of their keys.
    pub(crate) fn list<'s>(
        &'s self,
        resource: &ResourceName,
        namespace: Option<&'s str>,
    ) -> impl Iterator<Item = (&'s Key, Arc<Value>)> + use<'s> {
        self.held_list(resource, namespace).map(|(key, held)| (key, self.tree(held)))
    }

    /// Whether any object is on its way out.
    pub(crate) fn is_marked(&self) -> bool {
        self.shelves.values().any(|shelf| !shelf.marked.is_empty())
    }

    /// Returns where the objects of a resource are that are on their way out.
    pub(crate) fn marked(&self, resource: &ResourceName) -> impl Iterator<Item = &Key> {
        self.shelves.get(resource).into_iter().flat_map(|shelf| &shelf.marked)
    }

    /// Returns where the objects are that name an owner by its uid.
    pub(crate) fn owned(&self, uid: &str) -> impl Iterator<Item = &Place> {
        self.owned.get(uid).into_iter().flatten()
    }

    /// Returns every resource that has or had objects.
    pub(crate) fn resources(&self) -> impl Iterator<Item = &Arc<ResourceName>> {
        self.shelves.keys()
    }

    /// Returns everything as it is held.
    pub(crate) fn everything(&self) -> impl Iterator<Item = &Arc<Held>> {
        self.shelves.values().flat_map(|shelf| shelf.objects.values())
    }

    /// Stores an object under a new version, with the managers it has.
    pub(crate) fn put(
        &mut self,
        resource: &Arc<ResourceName>,
        key: Key,
        object: Value,
    ) -> Arc<Held> {
        let managed = self.managed(resource, &key);
        self.put_managed(resource, key, object, managed)
    }

    /// Stores an object and its managers under a new version.
    pub(crate) fn put_managed(
        &mut self,
        resource: &Arc<ResourceName>,
        key: Key,
        mut object: Value,
        managed: Arc<Managed>,
    ) -> Arc<Held> {
        let version = self.next_version();
        stamp(&mut object, version);
        let parts = Parts { tree: Arc::new(object), managed };
        let held = self.hold(version, parts);
        let shelf = self.shelves.entry(Arc::clone(resource)).or_default();
        if held.marked {
            shelf.marked.insert(key.clone());
        } else {
            shelf.marked.remove(&key);
        }
        let old = shelf.objects.insert(key.clone(), Arc::clone(&held));
        let place = (Arc::clone(resource), key);
        let before = old.as_ref().map_or(&[] as &[_], |old| &old.owners);
        if *before != *held.owners {
            self.disown(before, &place);
            for owner in &held.owners {
                self.owned.entry(owner.clone()).or_default().insert(place.clone());
            }
        }
        if let Some(old) = &old {
            self.recent.get_mut().forget(old.version);
        }
        let (resource, key) = place;
        let object = Arc::clone(&held);
        self.note(Event { version, resource, key, old, object, deleted: false });
        held
    }

    /// Removes an object and returns its last state.
    pub(crate) fn remove(&mut self, resource: &Arc<ResourceName>, key: &Key) -> Option<Arc<Held>> {
        let shelf = self.shelves.get_mut(resource)?;
        let old = shelf.objects.remove(key)?;
        shelf.marked.remove(key);
        let place = (Arc::clone(resource), key.clone());
        self.disown(&old.owners, &place);
        let version = self.next_version();
        let mut parts = self.parts(&old);
        stamp(Arc::make_mut(&mut parts.tree), version);
        let last = self.hold(version, parts);
        let (resource, key) = place;
        let object = Arc::clone(&last);
        self.note(Event { version, resource, key, old: Some(old), object, deleted: true });
        Some(last)
    }

    fn hold(&mut self, version: u64, parts: Parts) -> Arc<Held> {
        let held = Held::of(version, &parts);
        self.recent.get_mut().note(version, parts, held.json.bytes().len());
        Arc::new(held)
    }

    fn disown(&mut self, owners: &[Box<str>], place: &Place) {
        for owner in owners {
            if let Some(places) = self.owned.get_mut(owner) {
                places.remove(place);
                if places.is_empty() {
                    self.owned.remove(owner);
                }
            }
        }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::{Key, ResourceName, Store, WATCH_HISTORY_MAX};

    fn maps() -> Arc<ResourceName> {
        Arc::new(ResourceName { group: String::new(), plural: "configmaps".to_owned() })
    }

    fn key(namespace: &str, name: &str) -> Key {
        (namespace.to_owned(), name.to_owned())
    }

    fn object(uid: &str, owner: Option<&str>) -> Value {
        let owners: Vec<Value> = owner.iter().map(|uid| json!({ "uid": uid })).collect();
        json!({ "kind": "ConfigMap", "metadata": { "uid": uid, "ownerReferences": owners } })
    }

    #[test]
    fn the_oldest_change_is_forgotten_beyond_the_limit() {
        let mut store = Store::new();
        let first = store.version();
        for _ in 0..WATCH_HISTORY_MAX {
            store.put(&maps(), key("a", "one"), object("u", None));
        }
        assert_eq!(store.since(first).map(Iterator::count), Some(WATCH_HISTORY_MAX));
        store.put(&maps(), key("a", "one"), object("u", None));
        assert!(store.since(first).is_none());
        assert_eq!(store.since(first + 1).map(Iterator::count), Some(WATCH_HISTORY_MAX));
    }

    #[test]
    fn what_is_owned_and_what_ends_is_found_without_looking_at_everything() {
        let mut store = Store::new();
        store.put(&maps(), key("a", "one"), object("1", Some("0")));
        store.put(&maps(), key("b", "two"), object("2", Some("0")));
        let names = |store: &Store, uid: &str| -> Vec<String> {
            store.owned(uid).map(|(_, (_, name))| name.clone()).collect()
        };
        assert_eq!(names(&store, "0"), ["one", "two"]);
        store.put(&maps(), key("b", "two"), object("2", Some("9")));
        assert_eq!(
            (names(&store, "0"), names(&store, "9")),
            (vec!["one".into()], vec!["two".into()])
        );
        assert!(!store.is_marked());
        let mut marked = object("1", Some("0"));
        marked["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z".into();
        store.put(&maps(), key("a", "one"), marked);
        assert_eq!(store.marked(&maps()).collect::<Vec<_>>(), [&key("a", "one")]);
        store.remove(&maps(), &key("a", "one"));
        assert!(!store.is_marked() && names(&store, "0").is_empty());
    }

    #[test]
    fn a_namespace_is_listed_alone() {
        let mut store = Store::new();
        for place in [key("a", "x"), key("ab", "x"), key("b", "x"), key("b", "y"), key("c", "x")] {
            store.put(&maps(), place, object("u", None));
        }
        let listed = |namespace| -> Vec<Key> {
            store.held_list(&maps(), namespace).map(|(key, _)| key.clone()).collect()
        };
        assert_eq!(listed(Some("a")), [key("a", "x")]);
        assert_eq!(listed(Some("b")), [key("b", "x"), key("b", "y")]);
        assert_eq!(listed(None).len(), 5);
        assert!(listed(Some("d")).is_empty());
    }

    #[test]
    fn what_is_too_deep_for_its_text_is_stored_all_the_same() {
        let mut store = Store::new();
        let deep = (0..500).fold(json!(1), |inner, _| json!([inner]));
        let mut written = object("u", None);
        written["data"] = deep.clone();
        store.put(&maps(), key("a", "deep"), written);
        // The tree that is remembered goes out of memory, the one that is held does not.
        store.recent.take();
        assert_eq!(
            store.get(&maps(), &key("a", "deep")).map(|found| found["data"] == deep),
            Some(true)
        );
    }
}
