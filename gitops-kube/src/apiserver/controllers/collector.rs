//! The garbage collector as a controller: it follows owners and dependents, and deletes what nobody owns any more.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde_json::{Value, json};

use super::{
    super::{
        garbage::{has_finalizer, owners},
        store::{Event, Key, ResourceName},
        world::{World, metadata, text},
    },
    desk::{Desk, Refused},
    object::{is_deleting, namespace, uid},
    pods::STRATEGIC,
    queue::{Again, Outcome},
};

type Place = (Arc<ResourceName>, Key);

/// Who owns whom.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    places: HashMap<String, Place>,
    dependents: HashMap<String, BTreeSet<String>>,
}

impl Graph {
    pub(crate) fn clear(&mut self) {
        self.places.clear();
        self.dependents.clear();
    }

    /// Takes note of a change; returns the uids to look at.
    pub(crate) fn note(&mut self, event: &Event) -> Vec<String> {
        let object = &event.object;
        let id = uid(object).to_owned();
        for owner in event.old.iter().flat_map(|old| owners(old)) {
            self.unlink(text(owner, "/uid"), &id);
        }
        if event.deleted {
            self.places.remove(&id);
            let mut look = vec![id];
            // An owner that waits for its dependents may go now.
            look.extend(owners(object).iter().map(|owner| text(owner, "/uid").to_owned()));
            return look;
        }
        self.add(&event.resource, object);
        let held = has_finalizer(object, "orphan") || has_finalizer(object, "foregroundDeletion");
        let mut look = Vec::new();
        if (is_deleting(object) && held) || !owners(object).is_empty() {
            look.push(id);
        }
        let freed = event.old.iter().flat_map(|old| owners(old));
        look.extend(freed.map(|owner| text(owner, "/uid").to_owned()));
        look
    }

    pub(crate) fn add(&mut self, resource: &Arc<ResourceName>, object: &Value) {
        let id = uid(object).to_owned();
        let key = (namespace(object).to_owned(), text(object, "/metadata/name").to_owned());
        for owner in owners(object) {
            let owner = text(owner, "/uid").to_owned();
            self.dependents.entry(owner).or_default().insert(id.clone());
        }
        self.places.insert(id, (Arc::clone(resource), key));
    }

    fn unlink(&mut self, owner: &str, dependent: &str) {
        if let Some(dependents) = self.dependents.get_mut(owner) {
            dependents.remove(dependent);
            if dependents.is_empty() {
                self.dependents.remove(owner);
            }
        }
    }

    fn find(&self, world: &World, id: &str) -> Option<(Place, Arc<Value>)> {
        let place = self.places.get(id)?;
        let object = world.store.get(&place.0, &place.1)?;
        (uid(object) == id).then(|| (place.clone(), Arc::clone(object)))
    }

    fn dependents(&self, world: &World, id: &str) -> Vec<(Place, Arc<Value>)> {
        let ids = self.dependents.get(id).into_iter().flatten();
        ids.filter_map(|id| self.find(world, id)).collect()
    }

    /// Looks at one object, or at what is left of it.
    pub(super) fn sync(&self, desk: &mut Desk<'_>, id: &str) -> Outcome {
        let Some((place, object)) = self.find(desk.world, id) else {
            for (place, dependent) in self.dependents(desk.world, id) {
                self.check(desk, &place, &dependent)?;
            }
            return Ok(Again::Never);
        };
        if is_deleting(&object) && has_finalizer(&object, "orphan") {
            for (place, dependent) in self.dependents(desk.world, id) {
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
        let dependents = self.dependents(desk.world, uid(object));
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
        let policy = if !waiting.is_empty() && self.dependents.contains_key(uid(object)) {
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
