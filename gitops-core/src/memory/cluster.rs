//! A cluster that is held in memory, seen by one field manager.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use serde_json::Value;

use super::{
    fields::{self, FieldPath},
    immutable,
    merge::{self, Applying},
    store::Store,
};
use crate::{
    After, Applier, ApplyError, BoxError, Change, Conflict, DiffError, Differ, Kind, Live, Object,
    ObjectId, Outcome, Pin, Scope,
};

const MANAGER: &str = "gitops";

/// A cluster in memory, seen by one field manager.
///
/// It models server-side apply: every leaf knows its owners, conflicts are refused, what is no
/// longer applied goes. It knows namespaces, finalizers, custom resources and immutable fields, and
/// starts empty: without even the namespace `default`. Nothing in it runs by itself, so that a
/// Deployment has no status until a test sets one.
///
/// A clone sees the same cluster, and so does what [`with_manager`](Self::with_manager) returns.
///
/// # Example
///
/// ```
/// # use gitops_core::{Applier, Change, Differ, Object, memory::MemoryCluster};
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let cluster = MemoryCluster::new();
/// let shop = Object::try_from(serde_json::json!({
///     "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" },
/// }))?;
/// let change = cluster.diff(&shop, &[]).await?;
/// assert_eq!(change.verb(), "create");
/// cluster.apply(&change).await?;
/// assert_eq!(cluster.diff(&shop, &[]).await?.verb(), "unchanged");
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemoryCluster {
    shared: Arc<Mutex<Shared>>,
    manager: String,
}

#[derive(Debug, Default)]
struct Shared {
    store: Store,
    writes: BTreeMap<String, u64>,
    disconnected: bool,
}

impl Default for MemoryCluster {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryCluster {
    /// Starts an empty cluster, seen by the field manager `gitops`.
    pub fn new() -> Self {
        Self { shared: Arc::default(), manager: MANAGER.to_owned() }
    }

    /// Returns the same cluster as another field manager sees it.
    #[must_use]
    pub fn with_manager(&self, manager: &str) -> Self {
        Self { shared: Arc::clone(&self.shared), manager: manager.to_owned() }
    }

    /// Returns every live object, as a server answers it.
    pub fn live(&self) -> BTreeMap<ObjectId, Object> {
        let shared = self.lock();
        shared.store.iter().map(|(id, stored)| (id.clone(), stored.live().object)).collect()
    }

    /// Returns how many writes the applier of this field manager has made.
    pub fn writes(&self) -> u64 {
        self.lock().writes.get(&self.manager).copied().unwrap_or_default()
    }

    /// Returns who owns the field at `path`, sorted.
    pub fn owners(&self, id: &ObjectId, path: &str) -> Vec<String> {
        let shared = self.lock();
        let owners = shared.store.get(id).and_then(|live| live.owners.get(&FieldPath::parse(path)));
        owners.into_iter().flatten().cloned().collect()
    }

    /// Lets every call fail as if the server were not there, until it is `true` again.
    pub fn set_reachable(&self, reachable: bool) {
        self.lock().disconnected = !reachable;
    }

    /// Sets the field at `path` as `manager`, who then owns it, by an ordinary update: nobody is
    /// asked. Paths are those of [`FieldChange`](crate::FieldChange). Says whether the object was
    /// there.
    pub fn rival_set(&self, id: &ObjectId, path: &str, value: Value, manager: &str) -> bool {
        self.edit(id, manager, |object| fields::set(object, &FieldPath::parse(path), value))
    }

    /// Removes the field at `path` by an ordinary update of `manager`. Says whether the object was
    /// there.
    pub fn rival_remove(&self, id: &ObjectId, path: &str, manager: &str) -> bool {
        self.edit(id, manager, |object| fields::remove(object, &FieldPath::parse(path)))
    }

    /// Changes the object by a JSON merge patch of `manager`, an ordinary update like
    /// [`rival_set`](Self::rival_set). Says whether the object was there.
    pub fn rival_patch(&self, id: &ObjectId, patch: &Value, manager: &str) -> bool {
        self.edit(id, manager, |object| fields::merge_patch(object, patch))
    }

    /// Deletes the object, whoever owns it. Says whether it was there.
    pub fn rival_delete(&self, id: &ObjectId) -> bool {
        let mut shared = self.lock();
        let there = shared.store.get(id).is_some();
        if there {
            shared.store.delete(id);
        }
        there
    }

    fn edit(&self, id: &ObjectId, manager: &str, edit: impl FnOnce(&mut Value)) -> bool {
        let mut shared = self.lock();
        let Some(stored) = shared.store.get(id) else { return false };
        let mut value = stored.value.clone();
        edit(&mut value);
        let owners = merge::edited(&stored.value, &value, &stored.owners, manager);
        if value != stored.value {
            shared.store.replace(id, value, owners);
        }
        true
    }

    fn applying<'a>(&'a self, takes: &'a [Conflict]) -> Applying<'a> {
        Applying { manager: &self.manager, takes }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(&self) -> Result<MutexGuard<'_, Shared>, BoxError> {
        let shared = self.lock();
        if shared.disconnected { Err("the cluster is disconnected".into()) } else { Ok(shared) }
    }
}

#[async_trait]
impl Differ for MemoryCluster {
    async fn scope(&self, kind: &Kind) -> Result<Scope, DiffError> {
        let unavailable = |cause| DiffError::Discovery { kind: kind.clone(), cause };
        Ok(self.connect().map_err(unavailable)?.store.scope(kind))
    }

    async fn diff(&self, desired: &Object, takes: &[Conflict]) -> Result<Change, DiffError> {
        let id = desired.id().clone();
        let unavailable = |cause| DiffError::Unavailable { id: id.clone(), cause };
        let store = &self.connect().map_err(unavailable)?.store;
        let waits_for = store.waits_for(desired);
        let after = waits_for.map_err(|cause| DiffError::Invalid { id: id.clone(), cause })?;
        let Some(stored) = store.get(&id) else {
            return Ok(Change::Create { desired: desired.clone(), after });
        };
        let merge = store.merge(desired, self.applying(takes));
        let live = stored.pin.clone();
        if let Some(because) = refused(&id, &stored.value, &merge) {
            if !immutable::may_replace(desired) {
                return Err(DiffError::Immutable { id, cause: because.into() });
            }
            let (desired, fields) = (desired.clone(), merge.fields);
            return Ok(Change::Replace { desired, live, fields, because });
        }
        if !merge.conflicts.is_empty() {
            return Err(DiffError::Conflict { id, conflicts: merge.conflicts });
        }
        if merge.fields.is_empty() {
            return Ok(Change::Unchanged { id, live });
        }
        let (desired, fields) = (desired.clone(), merge.fields);
        Ok(Change::Update { desired, live, fields, takes: merge.taken })
    }

    async fn live(&self, id: &ObjectId) -> Result<Live, DiffError> {
        Ok(match self.connect() {
            Ok(shared) => {
                shared.store.get(id).map_or(Live::Absent, |found| Live::Present(found.live()))
            }
            Err(cause) => Live::Unknown { reason: cause.to_string() },
        })
    }
}

#[async_trait]
impl Applier for MemoryCluster {
    async fn apply(&self, change: &Change) -> Result<Outcome, ApplyError> {
        let unavailable = |cause| ApplyError::Unavailable { id: change.id().clone(), cause };
        let mut shared = self.connect().map_err(unavailable)?;
        let store = &mut shared.store;
        let before = store.version();
        let by = self.applying(change.takes());
        let outcome = match change {
            Change::Create { desired, .. } => create(store, desired, by)?,
            Change::Update { desired, live, .. } => update(store, desired, live, by)?,
            Change::Replace { desired, live, .. } => replace(store, desired, live, by)?,
            Change::Delete { id, live } => delete(store, id, live)?,
            Change::Unchanged { .. } => Outcome::Unchanged,
        };
        if store.version() != before {
            *shared.writes.entry(self.manager.clone()).or_default() += 1;
        }
        Ok(outcome)
    }
}

fn create(store: &mut Store, desired: &Object, by: Applying<'_>) -> Result<Outcome, ApplyError> {
    let id = desired.id();
    check(store, desired)?;
    let merge = store.merge(desired, by);
    match store.get(id) {
        None => {
            store.create(id, merge);
            Ok(Outcome::Created)
        }
        Some(live) if merge.fields.is_empty() && !live.deleting => Ok(Outcome::Unchanged),
        Some(_) => Err(ApplyError::Stale { id: id.clone() }),
    }
}

fn update(
    store: &mut Store,
    desired: &Object,
    pin: &Pin,
    by: Applying<'_>,
) -> Result<Outcome, ApplyError> {
    let id = desired.id();
    let stale = || ApplyError::Stale { id: id.clone() };
    let live = store.get(id).ok_or_else(stale)?;
    let merge = store.merge(desired, by);
    if merge.fields.is_empty() {
        return Ok(Outcome::Unchanged);
    }
    if live.pin != *pin {
        return Err(stale());
    }
    if !merge.conflicts.is_empty() {
        return Err(ApplyError::Conflict { id: id.clone(), conflicts: merge.conflicts });
    }
    if let Some(because) = refused(id, &live.value, &merge) {
        return Err(ApplyError::Invalid { id: id.clone(), cause: because.into() });
    }
    store.replace(id, merge.value, merge.owners);
    Ok(Outcome::Updated)
}

fn replace(
    store: &mut Store,
    desired: &Object,
    pin: &Pin,
    by: Applying<'_>,
) -> Result<Outcome, ApplyError> {
    let id = desired.id();
    check(store, desired)?;
    if let Some(live) = store.get(id) {
        if store.merge(desired, by).fields.is_empty() && !live.deleting {
            return Ok(Outcome::Unchanged);
        }
        match delete(store, id, pin)? {
            Outcome::Terminating => return Ok(Outcome::Terminating),
            _ => debug_assert!(store.get(id).is_none(), "a deleted object is gone"),
        }
    }
    // The object is gone: now, or since a call whose answer was lost.
    let merge = store.merge(desired, by);
    store.create(id, merge);
    Ok(Outcome::Replaced)
}

fn delete(store: &mut Store, id: &ObjectId, pin: &Pin) -> Result<Outcome, ApplyError> {
    let Some(live) = store.get(id) else { return Ok(Outcome::Unchanged) };
    if live.pin.uid == pin.uid && live.deleting {
        return Ok(Outcome::Terminating);
    }
    if live.pin != *pin {
        return Err(ApplyError::Stale { id: id.clone() });
    }
    Ok(if store.delete(id) { Outcome::Deleted } else { Outcome::Terminating })
}

// Whether the object can be at all.
fn check(store: &Store, desired: &Object) -> Result<(), ApplyError> {
    let id = desired.id().clone();
    match store.waits_for(desired) {
        Ok(None) => Ok(()),
        Ok(Some(After::Kind { group, kind })) => {
            let cause = format!("there is no kind {kind} in group {group:?}").into();
            Err(ApplyError::Missing { id, cause })
        }
        Ok(Some(After::Namespace(name))) => {
            let cause = format!("there is no namespace {name}, or it is being deleted").into();
            Err(ApplyError::Missing { id, cause })
        }
        Err(cause) => Err(ApplyError::Invalid { id, cause }),
    }
}

// Returns why the change of values is refused, if it is.
fn refused(id: &ObjectId, live: &Value, merge: &merge::Merge) -> Option<String> {
    let mut changed = merge.fields.iter().filter(|field| field.before != field.after);
    changed.find_map(|field| immutable::reason(id, live, &field.path))
}
