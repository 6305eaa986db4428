//! The controllers of pods that run for ever.

use super::{
    Health,
    read::{Reading, Seen},
};

pub(super) fn deployment(seen: Seen<'_>) -> Reading<Health> {
    // Without a deadline the controller does not report progress: there is nothing to wait for.
    let no_deadline = i64::from(i32::MAX);
    let mut progressed = seen.int("spec.progressDeadlineSeconds", no_deadline) == no_deadline;
    let mut available = false;
    for condition in seen.conditions()? {
        match condition.kind {
            "Progressing" if condition.reason == "ProgressDeadlineExceeded" => {
                return Ok(Health::failed("Progress deadline exceeded"));
            }
            "Progressing" => {
                progressed |=
                    condition.status == "True" && condition.reason == "NewReplicaSetAvailable";
            }
            "Available" => available |= condition.status == "True",
            _ => {}
        }
    }
    let wanted = seen.int("spec.replicas", 1);
    let replicas = seen.int("status.replicas", 0);
    let updated = seen.int("status.updatedReplicas", 0);
    let ready = seen.int("status.readyReplicas", 0);
    let ready_for_long = seen.int("status.availableReplicas", 0);
    let counted = fewer("Replicas", replicas, wanted)
        .or_else(|| fewer("Updated", updated, wanted))
        .or_else(|| surplus(replicas, wanted))
        .or_else(|| fewer("Available", ready_for_long, updated))
        .or_else(|| fewer("Ready", ready, wanted));
    if let Some(mut health) = counted {
        explain(seen, &mut health)?;
        return Ok(health);
    }
    if !progressed {
        return Ok(Health::in_progress("ReplicaSet not Available"));
    }
    if !available {
        return Ok(Health::in_progress("Deployment not Available"));
    }
    Ok(Health::current(format!("Deployment is available. Replicas: {replicas}")))
}

pub(super) fn stateful_set(seen: Seen<'_>) -> Reading<Health> {
    let on_delete = seen.text("spec.updateStrategy.type", "") == "OnDelete";
    let by_hand = Health::current("StatefulSet is using the ondelete update strategy");
    if on_delete && !seen.is_strict() {
        return Ok(by_hand);
    }
    let wanted = seen.int("spec.replicas", 1);
    let replicas = seen.int("status.replicas", 0);
    let ready = seen.int("status.readyReplicas", 0);
    let updated = seen.int("status.updatedReplicas", 0);
    let counted = fewer("Replicas", replicas, wanted)
        .or_else(|| fewer("Ready", ready, wanted))
        .or_else(|| surplus(replicas, wanted));
    if let Some(mut health) = counted {
        explain(seen, &mut health)?;
        return Ok(health);
    }
    if on_delete {
        return Ok(by_hand);
    }
    let partition = seen.int("spec.updateStrategy.rollingUpdate.partition", -1);
    let same_revision =
        seen.text("status.currentRevision", "") == seen.text("status.updateRevision", "");
    let mismatch = || Health::in_progress("Waiting for updated revision to match current");
    if partition != -1 {
        let to_update = wanted.saturating_sub(partition);
        if updated < to_update {
            return Ok(Health::in_progress(format!("updated: {updated}/{to_update}")));
        }
        // Without pods that are held back, the rollout ends with one revision.
        if seen.is_strict() && partition <= 0 && !same_revision {
            return Ok(mismatch());
        }
        return Ok(Health::current(format!("Partition rollout complete. updated: {updated}")));
    }
    if let Some(health) = fewer("current", seen.int("status.currentReplicas", 0), wanted) {
        return Ok(health);
    }
    if !same_revision {
        return Ok(mismatch());
    }
    Ok(Health::current(format!("All replicas scheduled as expected. Replicas: {replicas}")))
}

pub(super) fn daemon_set(seen: Seen<'_>) -> Reading<Health> {
    for field in ["metadata.generation", "status.observedGeneration"] {
        // A test or an importer may leave the generation out; the server never does.
        let needed = !(seen.is_strict() && field == "metadata.generation");
        if seen.exact_int(field)?.is_none() && needed {
            let kind = &seen.object.id().kind;
            return Ok(Health::in_progress(format!("{kind} {field} not found")));
        }
    }
    let wanted = seen.int("status.desiredNumberScheduled", -1);
    if wanted == -1 {
        return Ok(Health::in_progress("Missing .status.desiredNumberScheduled"));
    }
    let count = |field: &str| seen.int(&format!("status.{field}"), 0);
    // Pods that are updated by hand are not waited for.
    let by_hand = seen.is_strict() && seen.text("spec.updateStrategy.type", "") == "OnDelete";
    let updated = if by_hand { wanted } else { count("updatedNumberScheduled") };
    let counted = fewer("Current", count("currentNumberScheduled"), wanted)
        .or_else(|| fewer("Updated", updated, wanted))
        .or_else(|| fewer("Available", count("numberAvailable"), wanted))
        .or_else(|| fewer("Ready", count("numberReady"), wanted));
    Ok(counted.unwrap_or_else(|| {
        Health::current(format!("All replicas scheduled as expected. Replicas: {wanted}"))
    }))
}

pub(super) fn replica_set(seen: Seen<'_>) -> Reading<Health> {
    if seen.conditions()?.iter().any(|condition| condition.is("ReplicaFailure", "True")) {
        let mut health = Health::in_progress("Replica Failure condition. Check Pods");
        explain(seen, &mut health)?;
        return Ok(health);
    }
    let wanted = seen.int("spec.replicas", 1);
    let replicas = seen.int("status.replicas", 0);
    let counted = fewer("Labelled", seen.int("status.fullyLabeledReplicas", 0), wanted)
        .or_else(|| fewer("Available", seen.int("status.availableReplicas", 0), wanted))
        .or_else(|| fewer("Ready", seen.int("status.readyReplicas", 0), wanted))
        .or_else(|| surplus(replicas, wanted));
    Ok(counted.unwrap_or_else(|| {
        Health::current(format!("ReplicaSet is available. Replicas: {replicas}"))
    }))
}

fn fewer(what: &str, count: i64, wanted: i64) -> Option<Health> {
    (count < wanted).then(|| Health::in_progress(format!("{what}: {count}/{wanted}")))
}

fn surplus(count: i64, wanted: i64) -> Option<Health> {
    let pending = count.saturating_sub(wanted);
    (0 < pending).then(|| Health::in_progress(format!("Pending termination: {pending}")))
}

// Adds why pods are missing, where the controller says so.
fn explain(seen: Seen<'_>, health: &mut Health) -> Reading<()> {
    if !seen.is_strict() {
        return Ok(());
    }
    if let Some(failure) = seen.condition("ReplicaFailure")?.filter(|it| it.status == "True") {
        health.message = format!("{}: {}", health.message, failure.why());
    } else if seen.get("spec.paused").and_then(serde_json::Value::as_bool) == Some(true) {
        health.message.push_str(", and the rollout is paused");
    }
    Ok(())
}
