//! What the server does of its own accord once a definition was written or is gone.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    super::{
        kinds::Kind,
        managed::{Managed, Manager, Operation, Stamp},
        store::Key,
        world::{Call, World, text},
    },
    kinds_of, names,
};

/// Lets the names of a definition be accepted or refused, and its kinds be served.
pub(crate) fn written(world: &mut World, call: &Call<'_>, stored: &Value) {
    settle(world, call, stored);
    reconsider(world, call, stored);
}

/// Forgets the kinds of a definition and lets others have its names.
pub(crate) fn removed(world: &mut World, call: &Call<'_>, last: &Value) {
    world.kinds.undefine(text(last, "/metadata/name"));
    reconsider(world, call, last);
}

/// Looks again at the other definitions of a group that lack a name.
fn reconsider(world: &mut World, call: &Call<'_>, written: &Value) {
    let group = text(written, "/spec/group");
    let Some(kind) = definitions(world) else { return };
    let waiting: Vec<Arc<Value>> = world
        .store
        .list(&kind.resource, None)
        .map(|(_, other)| other)
        .filter(|other| {
            text(other, "/spec/group") == group
                && text(other, "/metadata/name") != text(written, "/metadata/name")
                && other.pointer("/spec/names") != other.pointer("/status/acceptedNames")
        })
        .collect();
    for other in waiting {
        settle(world, call, &other);
    }
}

/// Returns the kind that definitions have.
pub(super) fn definitions(world: &World) -> Option<Arc<Kind>> {
    world.kinds.find("apiextensions.k8s.io", "v1", "customresourcedefinitions").cloned()
}

fn settle(world: &mut World, call: &Call<'_>, stored: &Value) {
    let Some(kind) = definitions(world) else { return };
    let name = text(stored, "/metadata/name").to_owned();
    let mut settled = stored.clone();
    names::settle(world, &mut settled, &call.time());
    if settled != *stored {
        let key = (String::new(), name.clone());
        let managed = own(world, &kind, &key, call, (stored, &settled));
        world.store.put_managed(&kind.resource, key, settled.clone(), managed);
    }
    if names::is_established(&settled) {
        world.kinds.define(&name, kinds_of(&settled));
    } else {
        world.kinds.undefine(&name);
    }
}

/// The server owns what it says of a definition.
fn own(
    world: &World,
    kind: &Kind,
    key: &Key,
    call: &Call<'_>,
    (before, after): (&Value, &Value),
) -> Arc<Managed> {
    let mut managed = world.store.managed(&kind.resource, key);
    if managed.owners.is_empty() {
        return managed;
    }
    let version = kind.api_version();
    let manager = Manager::new("kube-apiserver", Operation::Update, &version, "status");
    let time = call.time();
    let stamp = Stamp { version: &version, time: &time };
    let bare = |object: &Value| {
        let mut object = object.clone();
        // Before its names are accepted, a definition says that it has none.
        if let Some(status) = object.get_mut("status")
            && text(status, "/acceptedNames/plural").is_empty()
            && let Some(status) = status.as_object_mut()
        {
            status.retain(|name, _| name == "storedVersions");
        }
        object
    };
    let (before, after) = (bare(before), bare(after));
    Arc::make_mut(&mut managed).update(&before, &after, kind.of(), &manager, stamp);
    managed
}

/// The status that a new definition shows before anyone looked at it.
pub(crate) fn begin(definition: &mut Value) {
    definition["status"] = json!({
        "acceptedNames": { "kind": "", "plural": "" },
        "conditions": null,
        "storedVersions": null,
    });
    names::note_stored(definition);
}
