//! The desired objects, made ready to be compared.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Map, Value};

use super::PlanError;
use crate::{
    Delivery, DiffError, Kind, OWNER_LABEL, Object, ObjectId, Origin, RenderError, Revision, Scope,
};

/// Fills in the namespace where an object needs one and the label that says whose it is.
pub(super) async fn prepare(
    delivery: &Delivery<'_>,
    revision: &Revision,
    objects: Vec<Object>,
) -> Result<BTreeMap<ObjectId, Object>, PlanError> {
    let scopes = scopes(delivery, &objects).await?;
    let invalid = |cause| PlanError::Render { revision: revision.clone(), cause };
    let mut desired: BTreeMap<ObjectId, Object> = BTreeMap::new();
    for object in objects {
        let scope = scopes.get(object.kind()).copied().unwrap_or(Scope::Unknown);
        let object = stamp(&object, scope, delivery).map_err(invalid)?;
        if let Some(first) = desired.get(object.id()) {
            let (first, second) = (place(first), place(&object));
            let id = object.id().clone();
            return Err(invalid(RenderError::Duplicate { id, first, second }));
        }
        desired.insert(object.id().clone(), object);
    }
    Ok(desired)
}

async fn scopes(
    delivery: &Delivery<'_>,
    objects: &[Object],
) -> Result<BTreeMap<Kind, Scope>, PlanError> {
    let mut kinds: Vec<Kind> = objects.iter().map(|object| object.kind().clone()).collect();
    kinds.sort();
    kinds.dedup();
    let asked = kinds.into_iter().map(|kind| async move {
        let scope = delivery.differ.scope(&kind).await?;
        Ok::<_, DiffError>((kind, scope))
    });
    let answers = stream::iter(asked).buffered(delivery.policy.concurrency.max(1));
    let mut scopes: BTreeMap<Kind, Scope> = answers.try_collect().await.map_err(PlanError::Diff)?;
    for (kind, scope) in &mut scopes {
        if *scope == Scope::Unknown {
            *scope = objects.iter().find_map(|object| defined(object, kind)).unwrap_or(*scope);
        }
    }
    Ok(scopes)
}

// A kind that the server does not know yet may be defined beside its objects.
fn defined(definition: &Object, kind: &Kind) -> Option<Scope> {
    if !defines(definition, &kind.group, &kind.kind) {
        return None;
    }
    let text = |pointer: &str| definition.value().pointer(pointer).and_then(Value::as_str);
    match text("/spec/scope")? {
        "Namespaced" => Some(Scope::Namespaced),
        "Cluster" => Some(Scope::Cluster),
        _ => None,
    }
}

/// Whether `definition` is the custom resource definition of `kind` in `group`.
pub(super) fn defines(definition: &Object, group: &str, kind: &str) -> bool {
    let text = |pointer: &str| definition.value().pointer(pointer).and_then(Value::as_str);
    definition.id().is("apiextensions.k8s.io", "CustomResourceDefinition")
        && text("/spec/group") == Some(group)
        && text("/spec/names/kind") == Some(kind)
}

fn stamp(object: &Object, scope: Scope, delivery: &Delivery<'_>) -> Result<Object, RenderError> {
    for field in ["labels", "annotations"] {
        let found = object.value().get("metadata").and_then(|metadata| metadata.get(field));
        if found.is_some_and(|found| !found.is_object() && !found.is_null()) {
            let problem = format!("metadata.{field} of {} must be a mapping", object.id());
            return Err(RenderError::Invalid { at: place(object), problem });
        }
    }
    let edited = object.edited(|map| {
        let metadata = mapping(map, "metadata");
        match (scope, object.id().namespace.is_some()) {
            (Scope::Namespaced, false) => {
                let namespace = delivery.policy.namespace.clone();
                metadata.insert("namespace".to_owned(), Value::String(namespace));
            }
            (Scope::Cluster, true) => {
                metadata.remove("namespace");
            }
            _ => {}
        }
        let owner = Value::String(delivery.owner.to_string());
        mapping(metadata, "labels").insert(OWNER_LABEL.to_owned(), owner);
    });
    edited.map_err(|cause| RenderError::NotObject {
        at: place(object),
        hint: "write it as a Kubernetes object".to_owned(),
        cause,
    })
}

// Returns the mapping at `key`, which is a mapping, null or absent.
fn mapping<'a>(map: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let value = map.entry(key).or_insert(Value::Null);
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    value.as_object_mut().expect("the caller has checked that this is a mapping")
}

fn place(object: &Object) -> Origin {
    let unknown = || Origin { path: "the rendered objects".to_owned(), line: 0 };
    object.origin().cloned().unwrap_or_else(unknown)
}
