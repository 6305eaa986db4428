//! `StatefulSets`: pods with names, made and replaced in order.

mod pod;

use std::{cmp::Reverse, sync::Arc};

use serde_json::{Value, json};

use self::pod::{claims, end, ordinal, start};
use super::{
    desk::{Desk, REVISIONS, Refused, STATEFUL_SETS},
    hash,
    object::{count, is_deleting, label, name, namespace, number},
    pods,
    queue::{Again, Outcome},
    revisions::{self, New},
};
use crate::apiserver::world::text;

const REVISION: &str = "controller-revision-hash";
const HASH: &str = "controller.kubernetes.io/hash";

/// A set while it is looked at.
struct Work {
    set: Value,
    current: Arc<Value>,
    update: Arc<Value>,
    collisions: i64,
    /// The pods the set wants, by ordinal; those that are not there yet have no phase.
    replicas: Vec<Arc<Value>>,
    /// Pods beyond the wanted, the highest ordinal first.
    condemned: Vec<Arc<Value>>,
    /// What a deletion in this step takes from the current pods.
    taken: i64,
}

pub(super) fn sync(desk: &mut Desk<'_>, place: &str, called: &str) -> Outcome {
    let Some(set) = desk.get(STATEFUL_SETS, place, called) else { return Ok(Again::Never) };
    let set = (*set).clone();
    let selector = set.pointer("/spec/selector").cloned().unwrap_or(Value::Null);
    let mut found = pods::claim(desk, &set, STATEFUL_SETS, &selector)?;
    found.retain(|pod| pod::is_member(&set, pod));
    let history = revisions::list(desk, &set);
    let (current, update, collisions) = current_revisions(desk, &set, &history)?;
    let mut work = Work {
        replicas: Vec::new(),
        condemned: Vec::new(),
        taken: 0,
        set,
        current,
        update,
        collisions,
    };
    sort_out(&mut work, &found);
    let min_ready = number(&work.set, "/spec/minReadySeconds");
    let again = pods::next_available(&found, min_ready, desk.now).map_or(Again::Never, Again::At);
    let managed = if is_deleting(&work.set) { Ok(()) } else { manage(desk, &mut work) };
    write_status(desk, &work)?;
    managed?;
    let live: Vec<&str> = found.iter().map(|pod| label(pod, REVISION)).collect();
    let unused = revisions::list(desk, &work.set).into_iter().filter(|revision| {
        let called = name(revision);
        called != name(&work.current) && called != name(&work.update) && !live.contains(&called)
    });
    revisions::truncate(desk, &work.set, unused.collect())?;
    Ok(again)
}

/// Returns the revision the set comes from, the one it goes to, and how many hashes collided.
fn current_revisions(
    desk: &mut Desk<'_>,
    set: &Value,
    history: &[Arc<Value>],
) -> Result<(Arc<Value>, Arc<Value>, i64), Refused> {
    let mut collisions = number(set, "/status/collisionCount");
    let wanted = revisions::canonical(&revisions::data(set));
    let same = |revision: &&Arc<Value>| revisions::canonical(&revision["data"]) == wanted;
    let next = revisions::next_number(history);
    let update = match (history.iter().rev().find(same), history.last()) {
        (Some(equal), Some(last)) if name(equal) == name(last) => Arc::clone(last),
        (Some(equal), _) => revisions::renumber(desk, equal, next)?,
        (None, _) => loop {
            let hash = hash::revision(&wanted, collisions);
            let new = New { of: STATEFUL_SETS, hash: &hash, label: HASH, number: next };
            match revisions::create(desk, set, &new) {
                Err(refused) if refused.exists() => {
                    let called = format!("{}-{hash}", name(set));
                    let existing = desk.get(REVISIONS, namespace(set), &called);
                    match existing.filter(|existing| same(&existing)) {
                        Some(existing) => break existing,
                        None if collisions < COLLISIONS_MAX => collisions += 1,
                        None => return Err(refused),
                    }
                }
                made => break made?,
            }
        },
    };
    let called = text(set, "/status/currentRevision");
    let current = history.iter().find(|revision| name(revision) == called);
    Ok((current.map_or_else(|| Arc::clone(&update), Arc::clone), update, collisions))
}

/// How many other names are tried when revisions hash alike.
pub(crate) const COLLISIONS_MAX: i64 = 64;
/// How many pods a set can have.
pub(crate) const REPLICAS_MAX: i64 = 10_000;

fn sort_out(work: &mut Work, found: &[Arc<Value>]) {
    let (start, end) = (start(&work.set), end(&work.set).min(start(&work.set) + REPLICAS_MAX - 1));
    for at in start..=end {
        let there = found.iter().find(|pod| ordinal(pod) == Some(at)).map(Arc::clone);
        work.replicas.push(there.unwrap_or_else(|| Arc::new(pod::new(work, at))));
    }
    work.condemned = found
        .iter()
        .filter(|pod| ordinal(pod).is_some_and(|at| at < start || end < at))
        .cloned()
        .collect();
    work.condemned.sort_by_key(|pod| Reverse(ordinal(pod)));
}

fn is_created(pod: &Value) -> bool {
    !pods::phase(pod).is_empty()
}

fn is_running(desk: &Desk<'_>, work: &Work, pod: &Value) -> bool {
    let min_ready = number(&work.set, "/spec/minReadySeconds");
    pods::phase(pod) == "Running" && pods::is_available(pod, min_ready, desk.now)
}

fn manage(desk: &mut Desk<'_>, work: &mut Work) -> Result<(), Refused> {
    let ordered = text(&work.set, "/spec/podManagementPolicy") != "Parallel";
    let all = work.replicas.iter().chain(work.condemned.iter().rev());
    let sick = all
        .into_iter()
        .find(|pod| !is_running(desk, work, pod) || is_deleting(pod))
        .map(|pod| name(pod).to_owned());
    for at in 0..work.replicas.len() {
        if bring_up(desk, work, at)? && ordered {
            return Ok(());
        }
    }
    for at in 0..work.condemned.len() {
        let pod = Arc::clone(&work.condemned[at]);
        if is_deleting(&pod) {
            if ordered {
                return Ok(());
            }
            continue;
        }
        let waits = ordered && !is_running(desk, work, &pod) && sick.as_deref() != Some(name(&pod));
        if waits {
            return Ok(());
        }
        pods::delete(desk, &work.set, STATEFUL_SETS, &pod)?;
        if ordered {
            return Ok(());
        }
    }
    roll(desk, work)
}

/// Makes, replaces or mends one pod; tells whether the next must wait for it.
fn bring_up(desk: &mut Desk<'_>, work: &mut Work, at: usize) -> Result<bool, Refused> {
    let pod = Arc::clone(&work.replicas[at]);
    if pods::is_finished(&pod) {
        if !is_deleting(&pod) {
            pods::delete(desk, &work.set, STATEFUL_SETS, &pod)?;
        }
        return Ok(true);
    }
    if !is_created(&pod) {
        pod::make_claims(desk, &work.set, &pod)?;
        work.replicas[at] = pods::create(desk, &work.set, STATEFUL_SETS, &pod)?;
        return Ok(true);
    }
    if pods::phase(&pod) == "Pending" {
        pod::make_claims(desk, &work.set, &pod)?;
    }
    if is_deleting(&pod) || !is_running(desk, work, &pod) {
        return Ok(true);
    }
    pod::mend(desk, &work.set, &pod)?;
    Ok(false)
}

/// Deletes the pod of the highest ordinal that has the old template, when the ones above run.
fn roll(desk: &mut Desk<'_>, work: &mut Work) -> Result<(), Refused> {
    if text(&work.set, "/spec/updateStrategy/type") == "OnDelete" {
        return Ok(());
    }
    let first = number(&work.set, "/spec/updateStrategy/rollingUpdate/partition");
    let first = usize::try_from(first).unwrap_or_default();
    for at in (first..work.replicas.len()).rev() {
        let pod = Arc::clone(&work.replicas[at]);
        if label(&pod, REVISION) != name(&work.update) && !is_deleting(&pod) {
            if is_created(&pod) {
                pods::delete(desk, &work.set, STATEFUL_SETS, &pod)?;
                work.taken += 1;
            }
            return Ok(());
        }
        if !is_running(desk, work, &pod) || is_deleting(&pod) {
            return Ok(());
        }
    }
    Ok(())
}

fn write_status(desk: &mut Desk<'_>, work: &Work) -> Result<(), Refused> {
    let set = &work.set;
    let min_ready = number(set, "/spec/minReadySeconds");
    let pods = || work.replicas.iter().chain(&work.condemned).filter(|pod| is_created(pod));
    let number_of = |fits: &dyn Fn(&Value) -> bool| {
        i64::try_from(pods().filter(|pod| fits(pod)).count()).unwrap_or_default()
    };
    let has =
        |revision: &Value, pod: &Value| !is_deleting(pod) && label(pod, REVISION) == name(revision);
    let ready = |pod: &Value| pods::phase(pod) == "Running" && pods::is_ready(pod);
    let now = desk.now;
    let total = number_of(&|_| true);
    let updated = number_of(&|pod| has(&work.update, pod));
    let mut current = number_of(&|pod| has(&work.current, pod)) - work.taken;
    let mut called = name(&work.current);
    let wanted = number(set, "/spec/replicas");
    let rolls = text(set, "/spec/updateStrategy/type") == "RollingUpdate";
    if rolls && [updated, number_of(&ready), total].iter().all(|count| *count == wanted) {
        (current, called) = (updated, name(&work.update));
    }
    let mut status = json!({
        "replicas": total,
        "availableReplicas": number_of(&|pod| ready(pod) && pods::is_available(pod, min_ready, now)),
        "currentRevision": called,
        "updateRevision": name(&work.update),
        "collisionCount": work.collisions,
    });
    if let Some(map) = status.as_object_mut() {
        count(map, "observedGeneration", number(set, "/metadata/generation"));
        count(map, "readyReplicas", number_of(&ready));
        count(map, "currentReplicas", current);
        count(map, "updatedReplicas", updated);
    }
    if set["status"] == status {
        return Ok(());
    }
    let mut changed = set.clone();
    changed["status"] = status;
    desk.update_status(STATEFUL_SETS, &changed).map(|_| ())
}

/// Whether a pod's volumes are those of its ordinal, and its name label its name.
fn matches(set: &Value, pod: &Value) -> bool {
    let volumes = pod.pointer("/spec/volumes").and_then(Value::as_array);
    let has = |template: &str, claim: &str| {
        volumes.into_iter().flatten().any(|volume| {
            text(volume, "/name") == template
                && text(volume, "/persistentVolumeClaim/claimName") == claim
        })
    };
    label(pod, "statefulset.kubernetes.io/pod-name") == name(pod)
        && claims(set, pod).iter().all(|(template, claim)| has(template, name(claim)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::{
        super::{
            desk::{REVISIONS, STATEFUL_SETS},
            limits::{at_desk, object, workload},
        },
        COLLISIONS_MAX, REPLICAS_MAX, Work, current_revisions, hash, name, revisions, sort_out,
    };

    #[test]
    fn a_set_wants_no_more_pods_than_allowed() {
        let replicas = usize::try_from(REPLICAS_MAX).unwrap() + 1;
        let none = Arc::new(json!({}));
        let mut work = Work {
            set: object(STATEFUL_SETS, "db", &workload(replicas)),
            current: Arc::clone(&none),
            update: none,
            collisions: 0,
            replicas: Vec::new(),
            condemned: Vec::new(),
            taken: 0,
        };
        sort_out(&mut work, &[]);
        assert_eq!(i64::try_from(work.replicas.len()).unwrap(), REPLICAS_MAX);
    }

    #[test]
    fn no_more_names_are_tried_than_allowed() {
        at_desk(|desk| {
            let mut spec = workload(1);
            spec["serviceName"] = "db".into();
            let set = desk.create(STATEFUL_SETS, &object(STATEFUL_SETS, "db", &spec)).unwrap();
            let wanted = revisions::canonical(&revisions::data(&set));
            // Others have every name but the last.
            for collisions in 0..=COLLISIONS_MAX {
                let called = format!("db-{}", hash::revision(&wanted, collisions));
                let other = json!({
                    "apiVersion": "apps/v1",
                    "kind": "ControllerRevision",
                    "metadata": { "name": called, "namespace": "default" },
                    "data": { "other": true },
                    "revision": 1,
                });
                let found = current_revisions(desk, &set, &[]);
                let (_, update, count) = found.unwrap();
                assert_eq!((name(&update), count), (called.as_str(), collisions));
                desk.delete(REVISIONS, &update, &[]).unwrap();
                desk.create(REVISIONS, &other).unwrap();
            }
            assert!(current_revisions(desk, &set, &[]).is_err_and(|refused| refused.exists()));
        });
    }
}
