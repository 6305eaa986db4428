//! The garbage collector as a controller: it follows owners and dependents, and deletes what nobody owns any more.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Value, json};

use super::{
    super::{
        garbage::{has_finalizer, owners},
        held::Held,
        store::{Event, Key, Place, ResourceName},
        world::{World, metadata, text},
    },
    desk::{Desk, Refused},
    object::{is_deleting, namespace, uid},
    pods::STRATEGIC,
    queue::{Again, Outcome},
};

/// Where objects are, by their uids.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    places: HashMap<String, Place>,
}

impl Graph {
    pub(crate) fn clear(&mut self) {
        self.places.clear();
    }

    /// Takes note of a change; returns the uids to look at.
    pub(crate) fn note(&mut self, world: &World, event: &Event) -> Vec<String> {
        let held = &event.object;
        let id = held.uid.to_string();
        let ids = |owners: &[Box<str>]| -> Vec<String> {
            owners.iter().map(ToString::to_string).collect()
        };
        if event.deleted {
            self.places.remove(&id);
            // An owner that waits for its dependents may go now.
            return std::iter::once(id).chain(ids(&held.owners)).collect();
        }
        self.add(&event.resource, &event.key, held);
        let mut look = Vec::new();
        if (held.marked && waits(&world.store.tree(held))) || !held.owners.is_empty() {
            look.push(id);
        }
        look.extend(event.old.iter().flat_map(|old| ids(&old.owners)));
        look
    }

    pub(crate) fn add(&mut self, resource: &Arc<ResourceName>, key: &Key, held: &Held) {
        self.places.insert(held.uid.to_string(), (Arc::clone(resource), key.clone()));
    }

    fn find(&self, world: &World, id: &str) -> Option<(Place, Arc<Value>)> {
        let place = self.places.get(id)?;
        let held = world.store.held(&place.0, &place.1)?;
        (*held.uid == *id).then(|| (place.clone(), world.store.tree(held)))
    }

    fn dependents(world: &World, id: &str) -> Vec<(Place, Arc<Value>)> {
        let places = world.store.owned(id);
        let found =
            places.filter_map(|place| Some((place.clone(), world.store.get(&place.0, &place.1)?)));
        found.collect()
    }

    /// Looks at one object, or at what is left of it.
    pub(super) fn sync(&self, desk: &mut Desk<'_>, id: &str) -> Outcome {
        let Some((place, object)) = self.find(desk.world, id) else {
            for (place, dependent) in Self::dependents(desk.world, id) {
                self.check(desk, &place, &dependent)?;
            }
            return Ok(Again::Never);
        };
        if is_deleting(&object) && has_finalizer(&object, "orphan") {
            for (place, dependent) in Self::dependents(desk.world, id) {
                drop_owners(desk, &place, &dependent, &[id.to_owned()])?;
            }
            drop_finalizer(desk, &place, &object, "orphan")?;
        } else if is_deleting(&object) && has_finalizer(&object, "foregroundDeletion") {
            self.hold(desk, &place, &object)?;
        } else {
            self.check(desk, &place, &object)?;
        }
        Ok(Again::Never)
    }

    /// Lets an object go that waited for its dependents, or deletes these first.
    fn hold(&self, desk: &mut Desk<'_>, place: &Place, object: &Value) -> Result<(), Refused> {
        let dependents = Self::dependents(desk.world, uid(object));
        let blocks = |dependent: &Value| {
            owners(dependent).iter().any(|owner| {
                text(owner, "/uid") == uid(object)
                    && owner.get("blockOwnerDeletion") == Some(&Value::Bool(true))
            })
        };
        if !dependents.iter().any(|(_, dependent)| blocks(dependent)) {
            return drop_finalizer(desk, place, object, "foregroundDeletion");
        }
        for (place, dependent) in dependents {
            if !is_deleting(&dependent) {
                self.check(desk, &place, &dependent)?;
            }
        }
        Ok(())
    }

    /// Deletes a dependent that no living owner keeps.
    fn check(&self, desk: &mut Desk<'_>, place: &Place, object: &Value) -> Result<(), Refused> {
        let references = owners(object);
        if references.is_empty() || is_deleting(object) {
            return Ok(());
        }
        let (mut solid, mut gone, mut waiting) = (false, Vec::new(), Vec::new());
        for reference in references {
            let id = text(reference, "/uid").to_owned();
            if !is_known(desk.world, reference) {
                // An owner of a kind that is not served may be there or not.
                solid = true;
                continue;
            }
            match self.find(desk.world, &id) {
                None => gone.push(id),
                Some((_, owner)) if !same_namespace(&owner, object) => gone.push(id),
                Some((_, owner))
                    if is_deleting(&owner)
                        && has_finalizer(&owner, "foregroundDeletion")
                        && reference.get("blockOwnerDeletion") == Some(&Value::Bool(true)) =>
                {
                    waiting.push(id);
                }
                Some(_) => solid = true,
            }
        }
        if solid {
            gone.extend(waiting);
            return if gone.is_empty() { Ok(()) } else { drop_owners(desk, place, object, &gone) };
        }
        let policy = if !waiting.is_empty() && desk.world.store.owned(uid(object)).next().is_some()
        {
            "Foreground"
        } else if has_finalizer(object, "orphan") {
            "Orphan"
        } else if has_finalizer(object, "foregroundDeletion") {
            "Foreground"
        } else {
            "Background"
        };
        let Some(path) = path(desk.world, &place.0) else { return Ok(()) };
        let path = [path.0.as_str(), path.1.as_str(), path.2.as_str()];
        desk.delete_at(path, object, &[("propagationPolicy", json!(policy))])
    }
}

/// Whether an object waits for the collector before it goes.
fn waits(object: &Value) -> bool {
    has_finalizer(object, "orphan") || has_finalizer(object, "foregroundDeletion")
}

/// Owners of cluster scope keep everything, others what is in their namespace.
fn same_namespace(owner: &Value, object: &Value) -> bool {
    namespace(owner).is_empty() || namespace(owner) == namespace(object)
}

fn is_known(world: &World, reference: &Value) -> bool {
    let of = text(reference, "/apiVersion");
    let (group, version) = of.split_once('/').unwrap_or(("", of));
    world.kinds.named(group, version, text(reference, "/kind")).is_some()
}

/// Returns group, version and plural under which a resource is served.
fn path(world: &World, resource: &ResourceName) -> Option<(String, String, String)> {
    let (group, versions) =
        world.kinds.groups().iter().find(|(group, _)| *group == resource.group)?;
    let served = |version: &&String| world.kinds.find(group, version, &resource.plural).is_some();
    let version = versions.iter().find(served)?;
    Some((group.clone(), version.clone(), resource.plural.clone()))
}

fn drop_owners(
    desk: &mut Desk<'_>,
    place: &Place,
    object: &Value,
    gone: &[String],
) -> Result<(), Refused> {
    let Some((group, version, plural)) = path(desk.world, &place.0) else { return Ok(()) };
    let left: Vec<&Value> = owners(object)
        .iter()
        .filter(|owner| !gone.iter().any(|gone| gone == text(owner, "/uid")))
        .collect();
    let custom = desk.world.kinds.find(&group, &version, &plural).is_some_and(|k| k.is_custom());
    let (kind, references) = if custom {
        let left = if left.is_empty() { Value::Null } else { json!(left) };
        ("application/merge-patch+json", left)
    } else {
        let list: Vec<Value> =
            gone.iter().map(|id| json!({ "$patch": "delete", "uid": id })).collect();
        (STRATEGIC, json!(list))
    };
    let patch = json!({ "metadata": { "uid": uid(object), "ownerReferences": references } });
    desk.patch_at([&group, &version, &plural], object, kind, &patch)
}

fn drop_finalizer(
    desk: &mut Desk<'_>,
    place: &Place,
    object: &Value,
    finalizer: &str,
) -> Result<(), Refused> {
    let Some((group, version, plural)) = path(desk.world, &place.0) else { return Ok(()) };
    let mut freed = object.clone();
    let left = match metadata(&mut freed).get("finalizers") {
        Some(Value::Array(list)) => {
            list.iter().filter(|entry| *entry != finalizer).cloned().collect()
        }
        _ => Vec::new(),
    };
    let left = if left.is_empty() { Value::Null } else { Value::Array(left) };
    let patch = json!({
        "metadata": {
            "resourceVersion": text(object, "/metadata/resourceVersion"),
            "finalizers": left,
        },
    });
    desk.patch_at([&group, &version, &plural], object, "application/merge-patch+json", &patch)
}
