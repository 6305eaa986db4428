//! Deployments: a `ReplicaSet` for each template, and the way from one to the next.

mod progress;
mod revision;
mod scale;

use std::sync::Arc;

use serde_json::{Value, json};

use self::{
    revision::{annotated_revision, new_replica_set},
    scale::{max_unavailable, replicas},
};
use super::{
    desk::{DEPLOYMENTS, Desk, PODS, REPLICA_SETS, Refused},
    object::{controller, is_controlled, is_deleting, namespace, number, reference, selects, uid},
    pods::{self, STRATEGIC},
    queue::{Again, Outcome},
};
use crate::apiserver::world::text;

/// A Deployment with its `ReplicaSets` while it is looked at.
struct Rollout {
    deployment: Value,
    new: Option<Arc<Value>>,
    old: Vec<Arc<Value>>,
}

impl Rollout {
    fn all(&self) -> impl Iterator<Item = &Arc<Value>> {
        self.old.iter().chain(&self.new)
    }

    fn sum(&self, pointer: &str) -> i64 {
        self.all().map(|set| number(set, pointer)).sum()
    }
}

pub(super) fn sync(desk: &mut Desk<'_>, place: &str, called: &str) -> Outcome {
    let Some(found) = desk.get(DEPLOYMENTS, place, called) else { return Ok(Again::Never) };
    let sets = claim(desk, &found)?;
    let mut rollout = Rollout { deployment: (*found).clone(), new: None, old: Vec::new() };
    if is_deleting(&found) {
        revision::find(desk, &mut rollout, sets, false)?;
        return progress::write_status(desk, &mut rollout);
    }
    progress::check_paused(desk, &mut rollout.deployment)?;
    let paused = rollout.deployment.pointer("/spec/paused") == Some(&json!(true));
    let scaling = {
        revision::find(desk, &mut rollout, sets.clone(), false)?;
        scale::is_scaling(&rollout)
    };
    if paused || scaling {
        scale::in_proportion(desk, &mut rollout)?;
        if paused {
            cleanup(desk, &rollout)?;
        }
        return progress::write_status(desk, &mut rollout);
    }
    if text(&rollout.deployment, "/spec/strategy/type") == "Recreate" {
        recreate(desk, &mut rollout)
    } else {
        roll(desk, &mut rollout)
    }
}

/// Returns the `ReplicaSets` of a Deployment: takes in those it selects, frees those it no longer does.
fn claim(desk: &mut Desk<'_>, deployment: &Value) -> Result<Vec<Arc<Value>>, Refused> {
    let mut claimed = Vec::new();
    for set in desk.list(REPLICA_SETS, namespace(deployment)) {
        let fits = selects(deployment.pointer("/spec/selector"), &set);
        let place = (namespace(&set).to_owned(), text(&set, "/metadata/name").to_owned());
        let place = (place.0.as_str(), place.1.as_str(), "");
        if is_controlled(&set, deployment) {
            if fits {
                claimed.push(set);
            } else if !is_deleting(deployment) {
                let gone = json!([{ "$patch": "delete", "uid": uid(deployment) }]);
                let patch = json!({ "metadata": { "uid": uid(&set), "ownerReferences": gone } });
                desk.patch(REPLICA_SETS, place, STRATEGIC, &patch)?;
            }
        } else if fits
            && controller(&set).is_none()
            && !is_deleting(&set)
            && !is_deleting(deployment)
        {
            let owner = json!([reference(deployment, DEPLOYMENTS)]);
            let patch = json!({ "metadata": { "uid": uid(&set), "ownerReferences": owner } });
            claimed.push(desk.patch(REPLICA_SETS, place, STRATEGIC, &patch)?);
        }
    }
    pods::sort_by_age(&mut claimed);
    Ok(claimed)
}

fn roll(desk: &mut Desk<'_>, rollout: &mut Rollout) -> Outcome {
    new_replica_set(desk, rollout)?;
    if scale::up_new(desk, rollout)? || scale::down_old(desk, rollout)? {
        return progress::write_rollout(desk, rollout);
    }
    if progress::is_complete(&rollout.deployment, &rollout.deployment["status"]) {
        cleanup(desk, rollout)?;
    }
    progress::write_rollout(desk, rollout)
}

fn recreate(desk: &mut Desk<'_>, rollout: &mut Rollout) -> Outcome {
    let mut scaled = false;
    for at in 0..rollout.old.len() {
        if replicas(&rollout.old[at]) != 0 {
            let set = Arc::clone(&rollout.old[at]);
            rollout.old[at] = scale::set_replicas(desk, rollout, &set, 0)?;
            scaled = true;
        }
    }
    if scaled || old_pods_run(desk, rollout) {
        return progress::write_rollout(desk, rollout);
    }
    new_replica_set(desk, rollout)?;
    let wanted = replicas(&rollout.deployment);
    if let Some(new) = rollout.new.clone()
        && replicas(&new) != wanted
    {
        rollout.new = Some(scale::set_replicas(desk, rollout, &new, wanted)?);
    }
    if progress::is_complete(&rollout.deployment, &rollout.deployment["status"]) {
        cleanup(desk, rollout)?;
    }
    progress::write_rollout(desk, rollout)
}

fn old_pods_run(desk: &Desk<'_>, rollout: &Rollout) -> bool {
    if rollout.old.iter().any(|set| number(set, "/status/replicas") > 0) {
        return true;
    }
    let pods = desk.list(PODS, namespace(&rollout.deployment));
    let mut running = pods.iter().filter(|pod| !pods::is_finished(pod));
    running.any(|pod| rollout.old.iter().any(|set| is_controlled(pod, set)))
}

/// Deletes the oldest empty `ReplicaSets` beyond the history limit.
fn cleanup(desk: &mut Desk<'_>, rollout: &Rollout) -> Result<(), Refused> {
    let limit = rollout.deployment.pointer("/spec/revisionHistoryLimit").and_then(Value::as_i64);
    let Some(limit) = limit.filter(|limit| *limit != i64::from(i32::MAX)) else { return Ok(()) };
    let mut old: Vec<_> = rollout.old.iter().filter(|set| !is_deleting(set)).collect();
    let limit = usize::try_from(limit).unwrap_or_default();
    let Some(surplus) = old.len().checked_sub(limit) else { return Ok(()) };
    old.sort_by_key(|set| annotated_revision(set));
    for set in old.into_iter().take(surplus) {
        let empty = number(set, "/status/replicas") == 0 && replicas(set) == 0;
        let seen = number(set, "/metadata/generation") <= number(set, "/status/observedGeneration");
        if empty && seen {
            desk.delete(REPLICA_SETS, set, &[])?;
        }
    }
    Ok(())
}

/// Says how many pods must be available.
fn min_available(deployment: &Value) -> i64 {
    replicas(deployment) - max_unavailable(deployment)
}
