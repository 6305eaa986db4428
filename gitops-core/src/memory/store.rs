//! The objects of the cluster in memory, and how they come and go.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    kinds,
    merge::{self, Applying, Merge, Owners},
};
use crate::{After, BoxError, Kind, LiveObject, Object, ObjectId, Pin, Scope};

// There is no clock: what matters of the time is that there is one.
const DELETED_AT: &str = "1970-01-01T00:00:00Z";
const NAME_BYTES_MAX: usize = 253;
// Group and kind of what defines other kinds.
const DEFINITIONS: (&str, &str) = ("apiextensions.k8s.io", "CustomResourceDefinition");

/// Everything that is live.
#[derive(Debug, Default)]
pub(super) struct Store {
    objects: BTreeMap<ObjectId, Stored>,
    uids: u64,
    versions: u64,
}

/// One live object.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) value: Value,
    pub(super) owners: Owners,
    pub(super) pin: Pin,
    pub(super) deleting: bool,
}

impl Store {
    pub(super) fn get(&self, id: &ObjectId) -> Option<&Stored> {
        self.objects.get(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&ObjectId, &Stored)> {
        self.objects.iter()
    }

    pub(super) fn scope(&self, kind: &Kind) -> Scope {
        match kinds::built_in(kind) {
            Scope::Unknown => {
                let mut scopes =
                    self.definitions().map(|(_, stored)| kinds::defined(&stored.value, kind));
                scopes.find(|scope| *scope != Scope::Unknown).unwrap_or(Scope::Unknown)
            }
            scope => scope,
        }
    }

    /// Says what has to be there before `desired` can be.
    ///
    /// # Errors
    ///
    /// Why the object can never be as it is.
    pub(super) fn waits_for(&self, desired: &Object) -> Result<Option<After>, BoxError> {
        let id = desired.id();
        check_name(id)?;
        let namespace = match (self.scope(desired.kind()), &id.namespace) {
            (Scope::Unknown, _) => {
                let (group, kind) = (id.group.clone(), id.kind.clone());
                return Ok(Some(After::Kind { group, kind }));
            }
            (Scope::Cluster, Some(_)) => {
                return Err(format!("{} lives in no namespace", id.kind).into());
            }
            (Scope::Namespaced, None) => {
                return Err(format!("{} needs a namespace", id.kind).into());
            }
            (Scope::Cluster, None) => return Ok(None),
            (Scope::Namespaced, Some(namespace)) => namespace,
        };
        let there = self.objects.get(&namespace_id(namespace)).is_some_and(|ns| !ns.deleting);
        Ok((!there).then(|| After::Namespace(namespace.clone())))
    }

    /// Computes what applying `desired` leads to, whether it is live or not.
    pub(super) fn merge(&self, desired: &Object, by: Applying<'_>) -> Merge {
        match self.get(desired.id()) {
            Some(live) => merge::merge(&live.value, &live.owners, desired, by),
            None => merge::merge(&skeleton(desired), &Owners::new(), desired, by),
        }
    }

    /// Makes an object that is not there.
    pub(super) fn create(&mut self, id: &ObjectId, merge: Merge) {
        self.uids += 1;
        let pin = Pin { uid: format!("uid-{}", self.uids), resource_version: self.next_version() };
        let Merge { mut value, owners, .. } = merge;
        fill_status(id, &mut value);
        self.objects.insert(id.clone(), Stored { value, owners, pin, deleting: false });
    }

    /// Gives a live object another content; one that was only held by a finalizer may then go.
    pub(super) fn replace(&mut self, id: &ObjectId, value: Value, owners: Owners) {
        let resource_version = self.next_version();
        if let Some(stored) = self.objects.get_mut(id) {
            stored.value = value;
            stored.owners = owners;
            stored.pin.resource_version = resource_version;
        }
        self.settle(id);
    }

    /// Deletes an object with everything in it, and says whether it is gone.
    pub(super) fn delete(&mut self, id: &ObjectId) -> bool {
        for content in self.contents(id) {
            self.delete(&content);
        }
        if self.get(id).is_some_and(|stored| !stored.deleting) {
            let resource_version = self.next_version();
            let stored = self.objects.get_mut(id).expect("looked up above");
            stored.deleting = true;
            stored.pin.resource_version = resource_version;
            if id.is("", "Namespace") {
                stored.value["status"]["phase"] = json!("Terminating");
            }
        }
        self.settle(id);
        !self.objects.contains_key(id)
    }

    // Takes a deleted object out once nothing holds it, then what only it was holding.
    fn settle(&mut self, id: &ObjectId) {
        let Some(stored) = self.objects.get(id) else { return };
        if !stored.deleting || is_held(&stored.value) || !self.contents(id).is_empty() {
            return;
        }
        self.objects.remove(id);
        for holder in self.holders(id) {
            self.settle(&holder);
        }
    }

    // The namespace and the definition that `id` cannot outlive.
    fn holders(&self, id: &ObjectId) -> Vec<ObjectId> {
        let namespace = id.namespace.as_deref().map(namespace_id);
        let namespace = namespace.filter(|namespace| self.objects.contains_key(namespace));
        let defines =
            |(_, stored): &(&ObjectId, &Stored)| kinds::defines(&stored.value, &id.group, &id.kind);
        let definitions = self.definitions().filter(defines).map(|(holder, _)| holder.clone());
        namespace.into_iter().chain(definitions).collect()
    }

    fn definitions(&self) -> impl Iterator<Item = (&ObjectId, &Stored)> {
        let first = ObjectId {
            group: DEFINITIONS.0.to_owned(),
            kind: DEFINITIONS.1.to_owned(),
            namespace: None,
            name: String::new(),
        };
        self.objects.range(first..).take_while(|(id, _)| is_definition(id))
    }

    fn contents(&self, id: &ObjectId) -> Vec<ObjectId> {
        let Some(stored) = self.objects.get(id) else { return Vec::new() };
        // Most objects hold nothing: the others need not be looked at.
        if !id.is("", "Namespace") && !is_definition(id) {
            return Vec::new();
        }
        let within = self.objects.keys().filter(|other| holds(id, &stored.value, other));
        within.cloned().collect()
    }

    /// Returns how many states there have been: as long as it stays, nothing was written.
    pub(super) fn version(&self) -> u64 {
        self.versions
    }

    fn next_version(&mut self) -> String {
        self.versions += 1;
        self.versions.to_string()
    }
}

impl Stored {
    /// Returns the object as a server answers it.
    pub(super) fn live(&self) -> LiveObject {
        let mut value = self.value.clone();
        value["metadata"]["uid"] = json!(self.pin.uid);
        value["metadata"]["resourceVersion"] = json!(self.pin.resource_version);
        if self.deleting {
            value["metadata"]["deletionTimestamp"] = json!(DELETED_AT);
        }
        let object = Object::try_from(value).expect("what is stored has a kind and a name");
        LiveObject { object, pin: self.pin.clone(), deleting: self.deleting }
    }
}

// Whether `id` cannot outlive `holder`: it is in that namespace or of that kind.
fn holds(holder: &ObjectId, value: &Value, id: &ObjectId) -> bool {
    match &id.namespace {
        Some(namespace) if *holder == namespace_id(namespace) => true,
        _ => is_definition(holder) && kinds::defines(value, &id.group, &id.kind),
    }
}

fn is_held(value: &Value) -> bool {
    value["metadata"]["finalizers"].as_array().is_some_and(|held| !held.is_empty())
}

fn is_definition(id: &ObjectId) -> bool {
    id.is(DEFINITIONS.0, DEFINITIONS.1)
}

fn namespace_id(name: &str) -> ObjectId {
    ObjectId {
        group: String::new(),
        kind: "Namespace".to_owned(),
        namespace: None,
        name: name.to_owned(),
    }
}

fn skeleton(desired: &Object) -> Value {
    let id = desired.id();
    let mut value = json!({
        "apiVersion": desired.kind().api_version(),
        "kind": id.kind,
        "metadata": { "name": id.name },
    });
    if let Some(namespace) = &id.namespace {
        value["metadata"]["namespace"] = json!(namespace);
    }
    value
}

// What a server itself says of an object as soon as it is there.
fn fill_status(id: &ObjectId, value: &mut Value) {
    if id.is("", "Namespace") {
        value["status"] = json!({ "phase": "Active" });
    }
    if is_definition(id) {
        value["status"] = json!({ "conditions": [
            { "type": "NamesAccepted", "status": "True", "reason": "NoConflicts" },
            { "type": "Established", "status": "True", "reason": "InitialNamesAccepted" },
        ] });
    }
}

fn check_name(id: &ObjectId) -> Result<(), BoxError> {
    // Roles may be called system:something, all other objects have the names of hosts.
    let allowed = |c: char| match id.group.as_str() {
        "rbac.authorization.k8s.io" => c != '/' && c != '%',
        _ => c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.',
    };
    if id.name.chars().all(allowed) && id.name.len() <= NAME_BYTES_MAX {
        return Ok(());
    }
    Err(format!(
        "metadata.name {:?} is not valid: use at most {NAME_BYTES_MAX} lower case letters, \
         digits, dots and hyphens",
        id.name
    )
    .into())
}
