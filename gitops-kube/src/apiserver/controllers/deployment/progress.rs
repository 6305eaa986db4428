//! The status of a Deployment: counts, availability, progress and its deadline.

use serde_json::{Value, json};

use super::{
    super::{
        desk::{DEPLOYMENTS, Desk, Refused},
        object::{
            after, condition, count, name, number, push_condition, remove_condition, time_at,
        },
        queue::{Again, Outcome},
    },
    Rollout, min_available,
    scale::replicas,
};
use crate::apiserver::world::text;

pub(super) fn has_deadline(deployment: &Value) -> bool {
    let seconds = deployment.pointer("/spec/progressDeadlineSeconds").and_then(Value::as_i64);
    seconds.is_some_and(|seconds| seconds != i64::from(i32::MAX))
}

/// Sets a condition; one of the same status and reason stays as it is.
pub(super) fn set(
    desk: &Desk<'_>,
    status: &mut Value,
    [kind, value]: [&str; 2],
    (reason, message): (&str, String),
) {
    if !status.is_object() {
        *status = json!({});
    }
    let current = condition(status, kind).cloned();
    let mut since = desk.time();
    if let Some(current) = current
        && text(&current, "/status") == value
    {
        if text(&current, "/reason") == reason {
            return;
        }
        text(&current, "/lastTransitionTime").clone_into(&mut since);
    }
    let condition = json!({
        "type": kind,
        "status": value,
        "lastUpdateTime": desk.time(),
        "lastTransitionTime": since,
        "reason": reason,
        "message": message,
    });
    push_condition(status, condition);
}

/// Notes that a Deployment was paused or resumed.
pub(super) fn check_paused(desk: &mut Desk<'_>, deployment: &mut Value) -> Result<(), Refused> {
    if !has_deadline(deployment) {
        return Ok(());
    }
    let reason = condition(&deployment["status"], "Progressing")
        .map(|condition| text(condition, "/reason").to_owned())
        .unwrap_or_default();
    if reason == "ProgressDeadlineExceeded" {
        return Ok(());
    }
    let paused = deployment.pointer("/spec/paused") == Some(&json!(true));
    let told = match (paused, reason == "DeploymentPaused") {
        (true, false) => ("DeploymentPaused", "Deployment is paused".to_owned()),
        (false, true) => ("DeploymentResumed", "Deployment is resumed".to_owned()),
        _ => return Ok(()),
    };
    set(desk, &mut deployment["status"], ["Progressing", "Unknown"], told);
    *deployment = (*desk.update_status(DEPLOYMENTS, deployment)?).clone();
    Ok(())
}

pub(super) fn is_complete(deployment: &Value, status: &Value) -> bool {
    let wanted = replicas(deployment);
    ["/updatedReplicas", "/replicas", "/availableReplicas"]
        .iter()
        .all(|pointer| number(status, pointer) == wanted)
        && number(status, "/observedGeneration") >= number(deployment, "/metadata/generation")
}

fn made_progress(before: &Value, after: &Value) -> bool {
    let old = |status: &Value| number(status, "/replicas") - number(status, "/updatedReplicas");
    let grew = |pointer: &str| number(after, pointer) > number(before, pointer);
    grew("/updatedReplicas")
        || old(after) < old(before)
        || grew("/readyReplicas")
        || grew("/availableReplicas")
}

fn calculate(desk: &Desk<'_>, rollout: &Rollout) -> Value {
    let deployment = &rollout.deployment;
    let available = rollout.sum("/status/availableReplicas");
    let total = rollout.sum("/spec/replicas");
    let updated = rollout.new.as_ref().map_or(0, |new| number(new, "/status/replicas"));
    let mut status = json!({});
    if let Some(map) = status.as_object_mut() {
        count(map, "observedGeneration", number(deployment, "/metadata/generation"));
        count(map, "replicas", rollout.sum("/status/replicas"));
        count(map, "updatedReplicas", updated);
        count(map, "readyReplicas", rollout.sum("/status/readyReplicas"));
        count(map, "availableReplicas", available);
        count(map, "unavailableReplicas", (total - available).max(0));
        let known = rollout.all().all(|set| {
            set.pointer("/status/terminatingReplicas").is_some()
                || number(set, "/status/observedGeneration") == 0
        });
        if known {
            let terminating = rollout.sum("/status/terminatingReplicas");
            map.insert("terminatingReplicas".to_owned(), terminating.into());
        }
        for name in ["collisionCount", "conditions"] {
            if let Some(value) = deployment["status"].get(name) {
                map.insert(name.to_owned(), value.clone());
            }
        }
    }
    if available >= min_available(deployment) {
        let message = "Deployment has minimum availability.".to_owned();
        set(desk, &mut status, ["Available", "True"], ("MinimumReplicasAvailable", message));
    } else {
        let message = "Deployment does not have minimum availability.".to_owned();
        set(desk, &mut status, ["Available", "False"], ("MinimumReplicasUnavailable", message));
    }
    status
}

/// Writes the counts alone.
pub(super) fn write_status(desk: &mut Desk<'_>, rollout: &mut Rollout) -> Outcome {
    let status = calculate(desk, rollout);
    store(desk, rollout, status)?;
    Ok(Again::Never)
}

fn store(desk: &mut Desk<'_>, rollout: &mut Rollout, status: Value) -> Result<(), Refused> {
    if rollout.deployment["status"] == status {
        return Ok(());
    }
    rollout.deployment["status"] = status;
    desk.update_status(DEPLOYMENTS, &rollout.deployment).map(|_| ())
}

/// Writes counts and how the rollout goes.
pub(super) fn write_rollout(desk: &mut Desk<'_>, rollout: &mut Rollout) -> Outcome {
    let mut status = calculate(desk, rollout);
    let deployment = &rollout.deployment;
    let before = &deployment["status"];
    let current = condition(before, "Progressing").cloned();
    let reason = current.as_ref().map(|c| text(c, "/reason").to_owned()).unwrap_or_default();
    let deadline = has_deadline(deployment);
    if !deadline {
        remove_condition(&mut status, "Progressing");
    }
    let subject = match &rollout.new {
        Some(new) => format!("ReplicaSet \"{}\"", name(new)),
        None => format!("Deployment \"{}\"", name(deployment)),
    };
    let done = number(&status, "/replicas") == number(&status, "/updatedReplicas")
        && reason == "NewReplicaSetAvailable";
    if deadline && !done {
        if is_complete(deployment, &status) {
            let told =
                ("NewReplicaSetAvailable", format!("{subject} has successfully progressed."));
            set(desk, &mut status, ["Progressing", "True"], told);
        } else if made_progress(before, &status) {
            remove_condition(&mut status, "Progressing");
            let told = ("ReplicaSetUpdated", format!("{subject} is progressing."));
            set(desk, &mut status, ["Progressing", "True"], told);
            keep_transition(&mut status, current.as_ref());
        } else if timed_out(desk, deployment, &status) {
            let told =
                ("ProgressDeadlineExceeded", format!("{subject} has timed out progressing."));
            set(desk, &mut status, ["Progressing", "False"], told);
        }
    }
    fail(rollout, &mut status);
    let again = next_check(rollout, &status);
    store(desk, rollout, status)?;
    Ok(again)
}

/// A condition that was true before is true since then.
fn keep_transition(status: &mut Value, current: Option<&Value>) {
    let Some(current) = current.filter(|current| text(current, "/status") == "True") else {
        return;
    };
    if let Some(Value::Array(list)) = status.get_mut("conditions")
        && let Some(last) = list.last_mut()
    {
        last["lastTransitionTime"] = current["lastTransitionTime"].clone();
    }
}

fn deadline_of(deployment: &Value, status: &Value) -> Option<jiff::Timestamp> {
    let progressing = condition(status, "Progressing")?;
    let from = time_at(progressing, "/lastUpdateTime")?;
    Some(after(from, number(deployment, "/spec/progressDeadlineSeconds")))
}

fn timed_out(desk: &Desk<'_>, deployment: &Value, status: &Value) -> bool {
    let reason = condition(status, "Progressing").map(|condition| text(condition, "/reason"));
    match reason {
        None | Some("NewReplicaSetAvailable") => false,
        Some("ProgressDeadlineExceeded") => true,
        Some(_) => deadline_of(deployment, status).is_some_and(|deadline| deadline < desk.now),
    }
}

/// Says when the deadline must be looked at again.
fn next_check(rollout: &Rollout, status: &Value) -> Again {
    let deployment = &rollout.deployment;
    let over = condition(status, "Progressing")
        .is_none_or(|condition| text(condition, "/reason") == "ProgressDeadlineExceeded");
    if over || !has_deadline(deployment) || is_complete(deployment, status) {
        return Again::Never;
    }
    deadline_of(deployment, status).map_or(Again::Never, |deadline| Again::At(after(deadline, 1)))
}

/// Passes on that a `ReplicaSet` cannot make its pods.
fn fail(rollout: &Rollout, status: &mut Value) {
    let failure = rollout
        .new
        .iter()
        .chain(&rollout.old)
        .find_map(|set| condition(set.get("status")?, "ReplicaFailure").cloned());
    let Some(mut failure) = failure else {
        return remove_condition(status, "ReplicaFailure");
    };
    failure["lastUpdateTime"] = failure["lastTransitionTime"].clone();
    let same = condition(status, "ReplicaFailure").is_some_and(|current| {
        current["status"] == failure["status"] && current["reason"] == failure["reason"]
    });
    if !same {
        push_condition(status, failure);
    }
}
