//! The desired objects, made ready to be compared.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Map, Value};

use super::{PlanError, Step, blocked::Blocker, cause::causes};
use crate::{
    Claim, Conflict, Delivery, DiffError, Kind, OWNER_LABEL, Object, ObjectId, Origin, Owner,
    RenderError, Revision, Scope, conflict::Verdict, object::path,
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
    if !definition.id().is("apiextensions.k8s.io", "CustomResourceDefinition") {
        return None;
    }
    let spec = definition.value().get("spec")?;
    let text = |pointer: &str| spec.pointer(pointer).and_then(Value::as_str);
    if text("/group") != Some(&kind.group) || text("/names/kind") != Some(&kind.kind) {
        return None;
    }
    match text("/scope")? {
        "Namespaced" => Some(Scope::Namespaced),
        "Cluster" => Some(Scope::Cluster),
        _ => None,
    }
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

/// Compares one object, deciding its conflicts by the rules of the policy.
///
/// The outer error is a passing fault; the inner one blocks the object.
pub(crate) async fn decide(
    delivery: &Delivery<'_>,
    desired: &Object,
    claim: Option<&Claim>,
) -> Result<Result<Step, Blocker>, DiffError> {
    let content = desired.digest();
    let mut applied = desired.clone();
    let mut takes = Vec::new();
    let mut yielded: Vec<Conflict> = Vec::new();
    loop {
        let change = match delivery.differ.diff(&applied, &takes).await {
            Ok(change) => change,
            Err(DiffError::Conflict { conflicts, .. }) => {
                let before = (takes.len(), yielded.len());
                match settle(delivery, &conflicts, &mut applied, &mut takes, &mut yielded) {
                    true if (takes.len(), yielded.len()) != before => continue,
                    _ => return Ok(Err(Blocker::Conflict { conflicts })),
                }
            }
            Err(err) => return Blocker::from_diff(err).map(Err),
        };
        return Ok(match foreign(delivery, &change) {
            Some(blocker) => Err(blocker),
            None => Ok(Step {
                causes: causes(&change, claim, &content),
                effect: change.effect(),
                yielded,
                content: Some(content),
                origin: desired.origin().cloned(),
                change,
            }),
        });
    }
}

// Decides every conflict; false when one of them fails.
fn settle(
    delivery: &Delivery<'_>,
    conflicts: &[Conflict],
    applied: &mut Object,
    takes: &mut Vec<Conflict>,
    yielded: &mut Vec<Conflict>,
) -> bool {
    for conflict in conflicts {
        match delivery.policy.conflicts.decide(conflict) {
            Verdict::Fail => return false,
            Verdict::Take if !takes.contains(conflict) => takes.push(conflict.clone()),
            Verdict::Take => {}
            Verdict::Yield => {
                let mut removed = false;
                let edited = applied.edited(|map| {
                    let mut value = Value::Object(std::mem::take(map));
                    removed = path::remove(&mut value, &conflict.path);
                    if let Value::Object(rest) = value {
                        *map = rest;
                    }
                });
                match edited {
                    Ok(edited) if removed => *applied = edited,
                    _ => return false,
                }
                yielded.push(conflict.clone());
            }
        }
    }
    true
}

// A live object that is not ours may only be written where the policy allows its adoption.
fn foreign(delivery: &Delivery<'_>, change: &crate::Change) -> Option<Blocker> {
    use crate::policy::Adopt;
    let label = change.fields().iter().find(|field| field.path.contains(OWNER_LABEL))?;
    let owner = label.before.as_ref().and_then(Value::as_str).map(Owner::from_label);
    match (delivery.policy.adopt, &owner) {
        (Adopt::All, _) | (Adopt::Unowned, None) => None,
        (Adopt::Unowned | Adopt::Nothing, _) => Some(Blocker::Owned { owner }),
    }
}
