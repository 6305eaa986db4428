//! `ReplicaSets` and `ReplicationControllers`: as many pods as they ask for.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    desk::{Desk, PODS, REPLICA_SETS, REPLICATION_CONTROLLERS, Refused, Resource},
    object::{
        condition, controller, count, has_labels, is_deleting, name, namespace, number,
        push_condition, remove_condition,
    },
    pods::{self, PODS_PER_STEP_MAX},
    queue::{Again, Outcome},
};
use crate::apiserver::world::text;

pub(super) fn sync_set(desk: &mut Desk<'_>, namespace: &str, name: &str) -> Outcome {
    sync(desk, REPLICA_SETS, namespace, name)
}

pub(super) fn sync_controller(desk: &mut Desk<'_>, namespace: &str, name: &str) -> Outcome {
    sync(desk, REPLICATION_CONTROLLERS, namespace, name)
}

fn sync(desk: &mut Desk<'_>, of: Resource, place: &str, called: &str) -> Outcome {
    let Some(set) = desk.get(of, place, called) else { return Ok(Again::Never) };
    let selector = selector(&set, of);
    let claimed = pods::claim(desk, &set, of, &selector)?;
    let terminating = claimed.iter().filter(|pod| is_deleting(pod) && !pods::is_finished(pod));
    let terminating = i64::try_from(terminating.count()).unwrap_or_default();
    let active: Vec<Arc<Value>> = claimed.into_iter().filter(|pod| pods::is_active(pod)).collect();
    let managed = if is_deleting(&set) { Ok(()) } else { manage(desk, &set, of, active.clone()) };
    let min_ready = number(&set, "/spec/minReadySeconds");
    let again = pods::next_available(&active, min_ready, desk.now).map_or(Again::Never, Again::At);
    let counts = Counts { active: &active, terminating, min_ready };
    write_status(desk, &set, of, &counts, managed.as_ref().err())?;
    managed.map(|()| again)
}

fn selector(set: &Value, of: Resource) -> Value {
    let selector = set.pointer("/spec/selector").cloned().unwrap_or(Value::Null);
    // A ReplicationController selects by labels alone.
    if of == REPLICATION_CONTROLLERS { json!({ "matchLabels": selector }) } else { selector }
}

fn manage(
    desk: &mut Desk<'_>,
    set: &Value,
    of: Resource,
    mut active: Vec<Arc<Value>>,
) -> Result<(), Refused> {
    let wanted = usize::try_from(number(set, "/spec/replicas")).unwrap_or_default();
    if active.len() < wanted {
        let template = set.pointer("/spec/template").cloned().unwrap_or(Value::Null);
        let pod = pods::from_template(&template, set, of);
        for _ in 0..(wanted - active.len()).min(PODS_PER_STEP_MAX) {
            pods::create(desk, set, of, &pod)?;
        }
        return Ok(());
    }
    let surplus = (active.len() - wanted).min(PODS_PER_STEP_MAX);
    if surplus > 0 {
        let related = related(desk, set);
        pods::rank_for_deletion(&mut active, &related);
        for pod in active.iter().take(surplus) {
            pods::delete(desk, set, of, pod)?;
        }
    }
    Ok(())
}

/// Returns the pods of all sets with the same controller, or of the set alone.
fn related(desk: &Desk<'_>, set: &Value) -> Vec<Arc<Value>> {
    let owner = controller(set).map(|owner| text(owner, "/uid").to_owned());
    let sets: Vec<Arc<Value>> = desk
        .list(REPLICA_SETS, namespace(set))
        .into_iter()
        .filter(|other| {
            controller(other).map(|owner| text(owner, "/uid")) == owner.as_deref()
                && (owner.is_some() || name(other) == name(set))
        })
        .collect();
    let pods = desk.list(PODS, namespace(set)).into_iter();
    pods.filter(|pod| {
        sets.iter().any(|set| super::object::selects(set.pointer("/spec/selector"), pod))
    })
    .collect()
}

struct Counts<'a> {
    active: &'a [Arc<Value>],
    terminating: i64,
    min_ready: i64,
}

fn write_status(
    desk: &mut Desk<'_>,
    set: &Value,
    of: Resource,
    counts: &Counts<'_>,
    failure: Option<&Refused>,
) -> Result<(), Refused> {
    let Counts { active, terminating, min_ready } = *counts;
    let labels = set.pointer("/spec/template/metadata/labels");
    let number_of = |fits: &dyn Fn(&Value) -> bool| {
        i64::try_from(active.iter().filter(|pod| fits(pod)).count()).unwrap_or_default()
    };
    let now = desk.now;
    let before = set.get("status").cloned().unwrap_or_else(|| json!({}));
    let mut status = before.clone();
    if let Some(map) = status.as_object_mut() {
        map.insert("replicas".to_owned(), number_of(&|_| true).into());
        count(map, "fullyLabeledReplicas", number_of(&|pod| has_labels(labels, pod)));
        count(map, "readyReplicas", number_of(&pods::is_ready));
        let available = number_of(&|pod| pods::is_available(pod, min_ready, now));
        count(map, "availableReplicas", available);
        if of == REPLICA_SETS {
            map.insert("terminatingReplicas".to_owned(), terminating.into());
        }
        count(map, "observedGeneration", number(set, "/metadata/generation"));
    }
    match failure {
        Some(failure) if condition(&status, "ReplicaFailure").is_none() => {
            let short = number_of(&|_| true) < number(set, "/spec/replicas");
            let reason = if short { "FailedCreate" } else { "FailedDelete" };
            let condition = json!({
                "type": "ReplicaFailure",
                "status": "True",
                "lastTransitionTime": desk.time(),
                "reason": reason,
                "message": failure.message,
            });
            push_condition(&mut status, condition);
        }
        None => remove_condition(&mut status, "ReplicaFailure"),
        Some(_) => {}
    }
    if status == before {
        return Ok(());
    }
    let mut changed = set.clone();
    changed["status"] = status;
    desk.update_status(of, &changed).map(|_| ())
}
