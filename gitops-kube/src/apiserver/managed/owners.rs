//! The field managers of one object, and what an update or an apply does to what they own.

use std::{cmp::Ordering, collections::BTreeMap, fmt};

use gitops_core::schema::TypeRef;
use serde_json::Value;

use super::{
    cut::without,
    fields::Set,
    merge::{Comparison, compare, merge},
    read::{field_set, with_named_fields},
    still::is_still,
};

/// How many managers that update one object keeps apart; the oldest beyond go by one name.
pub(crate) const UPDATE_MANAGERS_MAX: usize = 10;

const ANCIENT: &str = "ancient-changes";

/// How a manager came to own its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    Apply,
    Update,
}

/// Who owns fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manager {
    pub(crate) name: String,
    pub(crate) operation: Operation,
    /// The version it wrote in; empty for appliers, which are one manager in every version.
    pub(crate) version: String,
    pub(crate) subresource: String,
}

impl Manager {
    pub(crate) fn new(name: &str, operation: Operation, version: &str, subresource: &str) -> Self {
        let name = if name.is_empty() { "unknown" } else { name };
        let version = if operation == Operation::Apply { "" } else { version };
        Self {
            name: name.to_owned(),
            operation,
            version: version.to_owned(),
            subresource: subresource.to_owned(),
        }
    }
}

/// Managers stand in the order of their texts as JSON, in which a subresource comes before none.
impl Ord for Manager {
    fn cmp(&self, other: &Self) -> Ordering {
        /// The bytes of a text with the quote that ends it.
        fn quoted(text: &str) -> impl Iterator<Item = u8> {
            text.bytes().chain([b'"'])
        }
        quoted(&self.name)
            .cmp(quoted(&other.name))
            .then_with(|| self.operation.cmp(&other.operation))
            .then_with(|| quoted(&self.version).cmp(quoted(&other.version)))
            .then_with(|| self.subresource.is_empty().cmp(&other.subresource.is_empty()))
            .then_with(|| quoted(&self.subresource).cmp(quoted(&other.subresource)))
    }
}

impl PartialOrd for Manager {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.name)?;
        if !self.subresource.is_empty() {
            write!(f, " with subresource {:?}", self.subresource)?;
        }
        match self.operation {
            Operation::Apply => Ok(()),
            Operation::Update => write!(f, " using {}", self.version),
        }
    }
}

/// What a manager owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owned {
    pub(crate) set: Set,
    pub(crate) version: String,
    pub(crate) time: Option<String>,
}

/// A field that an apply would take from another manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conflict {
    pub(crate) manager: Manager,
    pub(crate) path: String,
}

/// Version and time of a write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp<'a> {
    pub(crate) version: &'a str,
    pub(crate) time: &'a str,
}

/// Takes out of an object what a request may not write; none takes nothing out.
pub(crate) type Written<'a> = Option<&'a dyn Fn(&Value) -> Value>;

/// The managers of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Managed {
    pub(crate) owners: BTreeMap<Manager, Owned>,
}

impl Managed {
    /// Gives `manager` what changed from `old` to `new`, and takes it from everyone else.
    pub(crate) fn update(
        &mut self,
        old: &Value,
        new: &Value,
        of: TypeRef<'_>,
        manager: &Manager,
        stamp: Stamp<'_>,
    ) {
        self.change(&compare(old, new, of), manager, stamp);
    }

    /// Gives `manager` what changed, and takes it from everyone else.
    pub(crate) fn change(&mut self, change: &Comparison, manager: &Manager, stamp: Stamp<'_>) {
        if change.is_same() {
            return;
        }
        let set = change.added.union(&change.modified);
        for owned in self.owners.values_mut() {
            owned.set = owned.set.difference(&set).difference(&change.removed);
        }
        self.owners.retain(|_, owned| !owned.set.is_empty());
        let set = set.difference(&SERVER_FIELDS);
        if set.is_empty() {
            return;
        }
        let set = match self.owners.get(manager) {
            Some(before) => before.set.union(&set),
            None => set,
        };
        let (version, time) = (stamp.version.to_owned(), Some(stamp.time.to_owned()));
        self.owners.insert(manager.clone(), Owned { set, version, time });
        self.cap(stamp);
    }

    /// Lays `config` over `live` for `manager`. What `config` has
    /// beyond `written` is laid over too, but nobody owns it and nothing conflicts over it.
    ///
    /// # Errors
    ///
    /// The fields that others own, unless `force` takes them.
    pub(crate) fn apply(
        &mut self,
        live: &Value,
        (config, written): (Value, Written<'_>),
        of: TypeRef<'_>,
        (manager, force): (&Manager, bool),
        stamp: Stamp<'_>,
    ) -> Result<Value, Vec<Conflict>> {
        let last = self.owners.get(manager).cloned();
        let part = written.map(|part| part(&config));
        let part = part.as_ref().unwrap_or(&config);
        let applied = match &last {
            // To look is cheaper than to collect.
            Some(last) if is_still(part, of, &last.set, &SERVER_FIELDS) => last.set.clone(),
            _ => field_set(part, of),
        };
        let owned = Owned {
            set: applied.clone(),
            version: stamp.version.to_owned(),
            time: last.as_ref().and_then(|last| last.time.clone()),
        };
        self.owners.insert(manager.clone(), owned);
        let merged = merge(live.clone(), config, of);
        let new = match &last {
            // Who still applies all that it applied leaves nothing out.
            Some(last)
                if !last.set.is_within(&applied)
                    && !last.set.is_within(&with_named_fields(&applied, Some(of))) =>
            {
                self.prune(&merged, &last.set, of)
            }
            _ => merged,
        };
        let taken = match written {
            None => self.take(live, &new, of, manager, force)?,
            Some(part) => self.take(&part(live), &part(&new), of, manager, force)?,
        };
        let changed = taken || *live != new;
        if let Some(owned) = self.owners.get_mut(manager) {
            owned.set = owned.set.difference(&SERVER_FIELDS);
            if changed {
                owned.time = Some(stamp.time.to_owned());
            }
        }
        self.owners.retain(|_, owned| !owned.set.is_empty());
        Ok(new)
    }

    /// Takes from everyone but `manager` what changes from `live` to `new`; whether anything does is the answer.
    fn take(
        &mut self,
        live: &Value,
        new: &Value,
        of: TypeRef<'_>,
        manager: &Manager,
        force: bool,
    ) -> Result<bool, Vec<Conflict>> {
        if self.owners.keys().all(|other| other == manager) {
            // There is nobody to take anything from.
            return Ok(live != new);
        }
        let change = compare(live, new, of);
        if change.is_same() {
            return Ok(false);
        }
        let set = change.added.union(&change.modified);
        if !force {
            let conflicts: Vec<Conflict> = self
                .owners
                .iter()
                .filter(|(other, _)| *other != manager)
                .flat_map(|(other, owned)| {
                    let paths = owned.set.intersection(&set).paths();
                    paths.into_iter().map(|path| Conflict { manager: other.clone(), path })
                })
                .collect();
            if !conflicts.is_empty() {
                return Err(conflicts);
            }
        }
        for (other, owned) in &mut self.owners {
            if other != manager {
                owned.set = owned.set.difference(&set).difference(&change.removed);
            }
        }
        self.owners.retain(|_, owned| !owned.set.is_empty());
        Ok(true)
    }

    /// Drops what the manager applied last and now left out, unless another owns it.
    fn prune(&self, merged: &Value, last: &Set, of: TypeRef<'_>) -> Value {
        let last = with_named_fields(last, Some(of));
        let pruned = cut(merged, &last, of);
        let mut owned = Set::default();
        for other in self.owners.values() {
            owned = owned.union(&other.set);
        }
        // What someone owns comes back, with the items around it.
        let merged_set = with_named_fields(&field_set(merged, of), Some(of));
        let pruned_set = with_named_fields(&field_set(&pruned, of), Some(of));
        let kept = pruned_set.union(&with_named_fields(&owned, Some(of)));
        let pruned = cut(merged, &merged_set.difference(&kept), of);
        // What nobody owned does not go with it, but for what the manager itself owned.
        let pruned_set = with_named_fields(&field_set(&pruned, of), Some(of));
        cut(merged, &merged_set.difference(&pruned_set).intersection(&last), of)
    }

    /// Lets the oldest updaters beyond the limit go by one name.
    fn cap(&mut self, stamp: Stamp<'_>) {
        let updaters = self.owners.keys().filter(|m| m.operation == Operation::Update).cloned();
        let mut updaters: Vec<Manager> = updaters.collect();
        if updaters.len() <= UPDATE_MANAGERS_MAX {
            return;
        }
        let time = |m: &Manager| self.owners.get(m).and_then(|owned| owned.time.clone());
        updaters.sort_by_key(|m| (m.name != ANCIENT, time(m), m.name.clone()));
        let mut open = updaters.len();
        let mut buckets: BTreeMap<String, Manager> = BTreeMap::new();
        for manager in updaters {
            if open <= UPDATE_MANAGERS_MAX {
                break;
            }
            let Some(owned) = self.owners.remove(&manager) else { continue };
            let first = !buckets.contains_key(&manager.version);
            let bucket = buckets
                .entry(manager.version.clone())
                .or_insert_with(|| Manager::new(ANCIENT, Operation::Update, &manager.version, ""));
            let before = self.owners.remove(bucket);
            let set = before.map_or(owned.set.clone(), |before| before.set.union(&owned.set));
            let time = owned.time.or_else(|| Some(stamp.time.to_owned()));
            let version = owned.version;
            self.owners.insert(bucket.clone(), Owned { set, version, time });
            if !first {
                open -= 1;
            }
        }
    }
}

fn cut(value: &Value, set: &Set, of: TypeRef<'_>) -> Value {
    if set.is_empty() { value.clone() } else { without(value, set, Some(of)) }
}

/// Fields that the server alone writes: nobody owns them.
static SERVER_FIELDS: std::sync::LazyLock<Set> = std::sync::LazyLock::new(server_fields);

fn server_fields() -> Set {
    let mut set = Set::default();
    for path in [
        &["apiVersion"] as &[&str],
        &["kind"],
        &["metadata"],
        &["metadata", "name"],
        &["metadata", "namespace"],
        &["metadata", "creationTimestamp"],
        &["metadata", "selfLink"],
        &["metadata", "uid"],
        &["metadata", "clusterName"],
        &["metadata", "generation"],
        &["metadata", "managedFields"],
        &["metadata", "resourceVersion"],
    ] {
        set.insert_path(path);
    }
    set
}
