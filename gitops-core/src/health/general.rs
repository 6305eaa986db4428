//! What holds for objects of every kind.

use super::{
    Health, Status,
    read::{Reading, Seen},
};

/// Kinds whose controllers always say which generation they have seen.
const OBSERVING: &[(&str, &str)] = &[
    ("apps", "Deployment"),
    ("apps", "DaemonSet"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("policy", "PodDisruptionBudget"),
];

/// Decides by deletion, generation and the conditions that mean the same everywhere.
pub(super) fn assess(seen: Seen<'_>) -> Reading<Option<Health>> {
    if seen.exact_text("metadata.deletionTimestamp")?.is_some_and(|time| !time.is_empty()) {
        let message = "Resource scheduled for deletion".to_owned();
        return Ok(Some(Health { status: Status::Terminating, message }));
    }
    if let Some(generation) = seen.exact_int("metadata.generation")? {
        let observed = seen.exact_int("status.observedGeneration")?;
        if let Some(health) = unobserved(seen, generation, observed) {
            return Ok(Some(health));
        }
    }
    let conditions = seen.conditions()?;
    let mut decisive: Vec<_> = conditions
        .iter()
        .filter(|it| it.is("Reconciling", "True") || it.is("Stalled", "True"))
        .collect();
    if seen.is_strict() {
        // What is stalled needs help, even if its controller goes on trying.
        decisive.sort_by_key(|condition| condition.kind != "Stalled");
    }
    Ok(decisive.first().map(|condition| match condition.kind {
        "Stalled" => Health::failed(condition.message),
        _ => Health::in_progress(condition.message),
    }))
}

fn unobserved(seen: Seen<'_>, generation: i64, observed: Option<i64>) -> Option<Health> {
    let id = seen.object.id();
    match observed {
        Some(observed) if observed == generation => None,
        Some(observed) => Some(Health::in_progress(format!(
            "{} generation is {generation}, but latest observed generation is {observed}",
            id.kind
        ))),
        None => {
            let waits = seen.is_strict() && OBSERVING.contains(&(&id.group, &id.kind));
            waits.then(|| {
                Health::in_progress(format!("{} status.observedGeneration not found", id.kind))
            })
        }
    }
}
