//! Which `ReplicaSet` has the Deployment's template, and which revision it is.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    super::{
        desk::{DEPLOYMENTS, Desk, Happened, REPLICA_SETS, Refused},
        hash,
        object::{
            annotate, annotation, condition, is_controlled, name, namespace, number, reference,
        },
    },
    Rollout, progress,
    scale::{max_surge, replicas, roll_target},
};
use crate::apiserver::world::metadata;

pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
pub(super) const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
pub(super) const LARGEST: &str = "deployment.kubernetes.io/max-replicas";
const HASH: &str = "pod-template-hash";

/// How long the list of a `ReplicaSet`'s former revisions gets, in bytes.
pub(crate) const REVISION_HISTORY_BYTES_MAX: usize = 2000;

/// Annotations that stay on the Deployment.
const KEPT: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    LARGEST,
    "deprecated.deployment.rollback.to",
];

pub(super) fn annotated_revision(set: &Value) -> i64 {
    annotation(set, REVISION).and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn without_hash(template: Option<&Value>) -> Value {
    let mut template = template.cloned().unwrap_or(Value::Null);
    if let Some(Value::Object(labels)) = template.pointer_mut("/metadata/labels") {
        labels.remove(HASH);
    }
    template
}

/// Sorts `ReplicaSets` into the one with the template and the others, and keeps its annotations up to date.
pub(super) fn find(
    desk: &mut Desk<'_>,
    rollout: &mut Rollout,
    sets: Vec<Arc<Value>>,
    create: bool,
) -> Result<(), Refused> {
    let wanted = without_hash(rollout.deployment.pointer("/spec/template"));
    let at = sets.iter().position(|set| without_hash(set.pointer("/spec/template")) == wanted);
    rollout.new = at.map(|at| Arc::clone(&sets[at]));
    rollout.old = sets;
    if let Some(at) = at {
        rollout.old.remove(at);
    }
    if rollout.new.is_some() {
        return refresh(desk, rollout);
    }
    if create { new_replica_set(desk, rollout) } else { Ok(()) }
}

fn next_revision(rollout: &Rollout) -> i64 {
    rollout.old.iter().map(|set| annotated_revision(set)).max().unwrap_or_default() + 1
}

/// Brings the annotations of the `ReplicaSet`, or of the Deployment, up to date.
fn refresh(desk: &mut Desk<'_>, rollout: &mut Rollout) -> Result<(), Refused> {
    let Some(new) = rollout.new.clone() else { return Ok(()) };
    let mut set = (*new).clone();
    let revision = next_revision(rollout);
    let mut changed = annotate_set(&rollout.deployment, &mut set, revision);
    let min_ready = rollout.deployment.pointer("/spec/minReadySeconds").cloned();
    if set.pointer("/spec/minReadySeconds") != min_ready.as_ref() {
        changed = true;
        match (min_ready, set["spec"].as_object_mut()) {
            (Some(seconds), Some(spec)) => _ = spec.insert("minReadySeconds".to_owned(), seconds),
            (None, Some(spec)) => _ = spec.remove("minReadySeconds"),
            _ => {}
        }
    }
    if changed {
        rollout.new = Some(desk.update(REPLICA_SETS, &set)?);
        return Ok(());
    }
    let revision = annotation(&set, REVISION).unwrap_or_default().to_owned();
    let mut changed = annotate(&mut rollout.deployment, REVISION, &revision);
    if progress::has_deadline(&rollout.deployment)
        && condition(&rollout.deployment["status"], "Progressing").is_none()
    {
        let message = format!("Found new replica set \"{}\"", name(&set));
        progress::set(
            desk,
            &mut rollout.deployment["status"],
            ["Progressing", "True"],
            ("FoundNewReplicaSet", message),
        );
        changed = true;
    }
    if changed {
        rollout.deployment = (*desk.update_status(DEPLOYMENTS, &rollout.deployment)?).clone();
    }
    Ok(())
}

fn annotate_set(deployment: &Value, set: &mut Value, revision: i64) -> bool {
    let mut changed = false;
    let annotations = deployment.pointer("/metadata/annotations").and_then(Value::as_object);
    for (key, value) in annotations.into_iter().flatten() {
        if !KEPT.contains(&key.as_str()) {
            changed |= annotate(set, key, value.as_str().unwrap_or_default());
        }
    }
    let before = annotation(set, REVISION).map(str::to_owned);
    let old = annotated_revision(set);
    if old < revision {
        annotate(set, REVISION, &revision.to_string());
        changed = true;
        if let Some(before) = before {
            let history = annotation(set, HISTORY).unwrap_or_default();
            let mut history: Vec<&str> =
                history.split(',').filter(|text| !text.is_empty()).collect();
            history.push(&before);
            while REVISION_HISTORY_BYTES_MAX < history.join(",").len() {
                history.remove(0);
            }
            let history = history.join(",");
            annotate(set, HISTORY, &history);
        }
    }
    changed
}

/// Writes how many pods the Deployment asks for, and how many it may have.
pub(super) fn annotate_replicas(deployment: &Value, set: &mut Value) -> bool {
    let wanted = replicas(deployment);
    let most = wanted + max_surge(deployment);
    let desired = annotate(set, DESIRED, &wanted.to_string());
    annotate(set, LARGEST, &most.to_string()) || desired
}

/// Makes the `ReplicaSet` of the template when there is none.
pub(super) fn new_replica_set(desk: &mut Desk<'_>, rollout: &mut Rollout) -> Result<(), Refused> {
    if rollout.new.is_some() {
        return Ok(());
    }
    let set = build(rollout);
    let wanted = replicas(&set);
    let made = match desk.create(REPLICA_SETS, &set) {
        Ok(made) => made,
        Err(refused) if refused.exists() => return collide(desk, rollout, &set, refused),
        Err(refused) => {
            let message =
                format!("Failed to create new replica set \"{}\": {}", name(&set), refused.message);
            if progress::has_deadline(&rollout.deployment) {
                let told = ("ReplicaSetCreateError", message);
                let status = &mut rollout.deployment["status"];
                progress::set(desk, status, ["Progressing", "False"], told);
                desk.update_status(DEPLOYMENTS, &rollout.deployment)?;
            }
            return Err(refused);
        }
    };
    if wanted > 0 {
        let message = format!("Scaled up replica set {} from 0 to {wanted}", name(&made));
        let component = "deployment-controller";
        let reason = "ScalingReplicaSet";
        let happened = Happened { component, warning: false, reason, message };
        desk.note(&rollout.deployment, DEPLOYMENTS, &happened);
    }
    let revision = next_revision(rollout).to_string();
    let mut changed = annotate(&mut rollout.deployment, REVISION, &revision);
    if progress::has_deadline(&rollout.deployment) {
        let message = format!("Created new replica set \"{}\"", name(&made));
        let told = ("NewReplicaSetCreated", message);
        progress::set(desk, &mut rollout.deployment["status"], ["Progressing", "True"], told);
        changed = true;
    }
    if changed {
        rollout.deployment = (*desk.update_status(DEPLOYMENTS, &rollout.deployment)?).clone();
    }
    rollout.new = Some(made);
    Ok(())
}

fn build(rollout: &Rollout) -> Value {
    let deployment = &rollout.deployment;
    let template = deployment.pointer("/spec/template").cloned().unwrap_or_else(|| json!({}));
    let collisions = deployment.pointer("/status/collisionCount").and_then(Value::as_i64);
    let hash = hash::template(&template, collisions);
    let mut template = template;
    metadata(&mut template).entry("labels").or_insert_with(|| json!({}))[HASH] =
        hash.as_str().into();
    let labels = template["metadata"]["labels"].clone();
    let mut selector = deployment.pointer("/spec/selector").cloned().unwrap_or_else(|| json!({}));
    selector["matchLabels"][HASH] = hash.as_str().into();
    let mut end = name(deployment).len().min(252 - hash.len());
    while !name(deployment).is_char_boundary(end) {
        end -= 1;
    }
    let mut set = json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{}-{hash}", &name(deployment)[..end]),
            "namespace": namespace(deployment),
            "ownerReferences": [reference(deployment, DEPLOYMENTS)],
            "labels": labels,
        },
        "spec": { "replicas": 0, "selector": selector, "template": template },
    });
    if number(deployment, "/spec/minReadySeconds") != 0 {
        set["spec"]["minReadySeconds"] = deployment["spec"]["minReadySeconds"].clone();
    }
    set["spec"]["replicas"] = roll_target(rollout, &set).into();
    annotate_set(deployment, &mut set, next_revision(rollout));
    annotate_replicas(deployment, &mut set);
    set
}

/// Another template hashes alike, or somebody took the name: the next try hashes with a count.
fn collide(
    desk: &mut Desk<'_>,
    rollout: &mut Rollout,
    set: &Value,
    refused: Refused,
) -> Result<(), Refused> {
    let found = desk.get(REPLICA_SETS, namespace(set), name(set));
    let wanted = without_hash(set.pointer("/spec/template"));
    if let Some(found) = found
        && is_controlled(&found, &rollout.deployment)
        && without_hash(found.pointer("/spec/template")) == wanted
    {
        rollout.new = Some(found);
        return Ok(());
    }
    let collisions = number(&rollout.deployment, "/status/collisionCount") + 1;
    rollout.deployment["status"]["collisionCount"] = collisions.into();
    desk.update_status(DEPLOYMENTS, &rollout.deployment)?;
    Err(refused)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{HISTORY, REVISION, REVISION_HISTORY_BYTES_MAX, annotate_set, annotation};

    #[test]
    fn the_oldest_revisions_are_forgotten_beyond_the_limit() {
        let deployment = json!({});
        let mut set = json!({ "metadata": { "annotations": { REVISION: "1" } } });
        for revision in 2..1_000 {
            assert!(annotate_set(&deployment, &mut set, revision));
            let history = annotation(&set, HISTORY).unwrap();
            assert!(history.len() <= REVISION_HISTORY_BYTES_MAX);
            assert!(history.ends_with(&(revision - 1).to_string()));
        }
        let history = annotation(&set, HISTORY).unwrap();
        assert!(!history.starts_with("1,"), "{history}");
        assert!(REVISION_HISTORY_BYTES_MAX - 5 < history.len());
    }
}
