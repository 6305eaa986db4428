//! Jobs: pods that run to their end, counted once, up to a limit of failures.

mod finish;
mod indexes;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::{
    finish::{Ended, Tally},
    indexes::Indexes,
};
use super::{
    desk::{Desk, JOBS, PODS, Refused},
    object::{
        after, condition, count, is_deleting, name, namespace, number, push_condition, time_at, uid,
    },
    pods::{self, PODS_PER_STEP_MAX},
    queue::{Again, Outcome},
};
use crate::apiserver::world::{metadata, text};

const TRACKING: &str = "batch.kubernetes.io/job-tracking";
/// How long a Job waits after its first failed pod, in seconds; the wait doubles.
const BACKOFF_SECONDS: i64 = 10;
/// How long a Job waits at most after a failed pod, in seconds.
pub(crate) const BACKOFF_SECONDS_MAX: i64 = 600;

/// A Job with its pods while it is looked at.
struct Work {
    job: Value,
    pods: Vec<Arc<Value>>,
    active: Vec<Arc<Value>>,
    indexes: Option<Indexes>,
}

pub(super) fn sync(desk: &mut Desk<'_>, place: &str, called: &str) -> Outcome {
    let Some(job) = desk.get(JOBS, place, called) else { return Ok(Again::Never) };
    if job.pointer("/spec/managedBy").is_some_and(|by| by != "kubernetes.io/job-controller") {
        return Ok(Again::Never);
    }
    if let Some(finished) = finish::finished_at(&job) {
        return clean_up(desk, &job, finished);
    }
    let selector = job.pointer("/spec/selector").cloned().unwrap_or(Value::Null);
    let pods = pods::claim(desk, &job, JOBS, &selector)?;
    let active: Vec<_> = pods.iter().filter(|pod| pods::is_active(pod)).cloned().collect();
    let indexes = Indexes::of(&job, &pods);
    let mut work = Work { job: (*job).clone(), pods, active, indexes };
    if !work.job["status"].is_object() {
        work.job["status"] = json!({});
    }
    if work.job.pointer("/status/uncountedTerminatedPods").is_none() {
        work.job["status"]["uncountedTerminatedPods"] = json!({});
    }
    let suspended = is_suspended(&work.job);
    if !suspended && work.job.pointer("/status/startTime").is_none() {
        work.job["status"]["startTime"] = desk.time().into();
    }
    let mut tally = Tally::of(&work);
    let mut ended = finish::reason_to_fail(desk, &work, &tally);
    let mut again = finish::deadline(&work.job).map_or(Again::Never, Again::At);
    let mut active = i64::try_from(work.active.len()).unwrap_or(i64::MAX);
    let mut refused = None;
    if ended.is_some() {
        for pod in work.active.clone() {
            pods::delete(desk, &work.job, JOBS, &pod)?;
        }
        tally.delete(&work.active);
        active = 0;
    } else if !is_deleting(&work.job) {
        match manage(desk, &mut work, &mut tally, suspended) {
            Ok((left, next)) => {
                active = left;
                again = again.sooner(next);
            }
            Err(failure) => refused = Some(failure),
        }
        ended = finish::reason_to_complete(&work.job, &tally, active);
        if ended.is_none() {
            note_suspension(desk, &mut work.job, suspended);
        }
    }
    write(desk, &mut work, &tally, active, ended.as_ref())?;
    refused.map_or(Ok(again), Err)
}

fn is_suspended(job: &Value) -> bool {
    job.pointer("/spec/suspend") == Some(&json!(true))
}

/// Deletes a finished Job when its time to live is over.
fn clean_up(desk: &mut Desk<'_>, job: &Value, finished: Timestamp) -> Outcome {
    let seconds = job.pointer("/spec/ttlSecondsAfterFinished").and_then(Value::as_i64);
    let Some(seconds) = seconds.filter(|_| !is_deleting(job)) else { return Ok(Again::Never) };
    let due = after(finished, seconds);
    if desk.now < due {
        return Ok(Again::At(due));
    }
    desk.delete(JOBS, job, &[("propagationPolicy", json!("Foreground"))])?;
    Ok(Again::Never)
}

/// Makes and deletes pods; returns how many are active then, and when to look again.
fn manage(
    desk: &mut Desk<'_>,
    work: &mut Work,
    tally: &mut Tally,
    suspended: bool,
) -> Result<(i64, Again), Refused> {
    let active = i64::try_from(work.active.len()).unwrap_or(i64::MAX);
    let parallel = number(&work.job, "/spec/parallelism");
    let completions = work.job.pointer("/spec/completions").and_then(Value::as_i64);
    let wanted = match completions {
        _ if suspended => 0,
        None if tally.succeeded > 0 => active,
        None => parallel,
        Some(completions) => (completions - tally.succeeded).min(parallel).max(0),
    };
    if active > wanted {
        let mut surplus = work.active.clone();
        pods::rank_for_deletion(&mut surplus, &[]);
        surplus.truncate(usize::try_from(active - wanted).unwrap_or_default());
        for pod in &surplus {
            let mut freed = (**pod).clone();
            if pods::drop_finalizer(&mut freed, TRACKING) {
                desk.update(PODS, &freed)?;
            }
            pods::delete(desk, &work.job, JOBS, pod)?;
        }
        tally.delete(&surplus);
        return Ok((wanted, Again::Never));
    }
    // Where only failed pods are replaced, one that is still ending holds its place.
    let ending = if finish::only_failed_count(&work.job) { tally.terminating } else { 0 };
    let missing = wanted - active - ending;
    if missing <= 0 {
        return Ok((active, Again::Never));
    }
    if let Some(due) = backoff(&work.pods).filter(|due| desk.now < *due) {
        return Ok((active, Again::At(due)));
    }
    let missing = usize::try_from(missing).unwrap_or_default().min(PODS_PER_STEP_MAX);
    Ok((active + make(desk, work, missing)?, Again::Never))
}

/// Says when the next pod may be made after failures.
fn backoff(pods: &[Arc<Value>]) -> Option<Timestamp> {
    let ends = |phase: &str| -> Vec<Timestamp> {
        let those = pods.iter().filter(|pod| pods::phase(pod) == phase);
        those.filter_map(|pod| finish::ended_at(pod)).collect()
    };
    let success = ends("Succeeded").into_iter().max();
    let mut failures = ends("Failed");
    failures.retain(|at| success.is_none_or(|success| *at > success));
    let last = failures.iter().max()?;
    let doublings = u32::try_from(failures.len() - 1).unwrap_or(u32::MAX).min(16);
    let wait = (BACKOFF_SECONDS << doublings).min(BACKOFF_SECONDS_MAX);
    last.checked_add(SignedDuration::from_secs(wait)).ok()
}

fn make(desk: &mut Desk<'_>, work: &Work, missing: usize) -> Result<i64, Refused> {
    let mut template = work.job.pointer("/spec/template").cloned().unwrap_or(Value::Null);
    let finalizers = metadata(&mut template).entry("finalizers").or_insert_with(|| json!([]));
    if let Value::Array(list) = finalizers
        && !list.iter().any(|entry| entry == TRACKING)
    {
        list.push(TRACKING.into());
    }
    let base = pods::from_template(&template, &work.job, JOBS);
    let pods: Vec<Value> = match &work.indexes {
        Some(indexes) => {
            indexes.pending(missing).map(|at| indexes::pod(&work.job, &base, at)).collect()
        }
        None => vec![base; missing],
    };
    let mut made = 0;
    for pod in pods {
        pods::create(desk, &work.job, JOBS, &pod)?;
        made += 1;
    }
    Ok(made)
}

fn note_suspension(desk: &Desk<'_>, job: &mut Value, suspended: bool) {
    let current = condition(&job["status"], "Suspended").map(|found| text(found, "/status"));
    let told = match (suspended, current) {
        (true, current) if current != Some("True") => ("True", "JobSuspended", "Job suspended"),
        (false, Some("True")) => ("False", "JobResumed", "Job resumed"),
        _ => return,
    };
    let condition = finish::condition(desk, "Suspended", told.0, (told.1, told.2));
    push_condition(&mut job["status"], condition);
    if suspended {
        if let Some(status) = job["status"].as_object_mut() {
            status.remove("startTime");
        }
    } else {
        job["status"]["startTime"] = desk.time().into();
    }
}

/// Writes the status in two steps, as pods must not be forgotten before they are counted.
fn write(
    desk: &mut Desk<'_>,
    work: &mut Work,
    tally: &Tally,
    active: i64,
    ended: Option<&Ended>,
) -> Result<(), Refused> {
    let before = desk.get(JOBS, namespace(&work.job), name(&work.job));
    let status = &mut work.job["status"];
    if let Some(map) = status.as_object_mut() {
        count(map, "active", active);
    }
    status["ready"] = tally.ready.into();
    status["terminating"] = tally.terminating.into();
    let freed = finish::uncount(&mut work.job, &work.pods, ended.is_some());
    if let Some(indexes) = &work.indexes {
        work.job["status"]["completedIndexes"] = indexes.text().into();
        if let Some(status) = work.job["status"].as_object_mut() {
            count(status, "succeeded", indexes.done());
        }
        if indexes.text().is_empty()
            && let Some(map) = work.job["status"].as_object_mut()
        {
            map.remove("completedIndexes");
        }
    }
    if let Some(ended) = ended {
        finish::announce(desk, &mut work.job, ended);
    }
    let changed = before.is_none_or(|before| before["status"] != work.job["status"]);
    if changed {
        work.job = (*desk.update_status(JOBS, &work.job)?).clone();
    }
    for pod in freed {
        let mut pod = (*pod).clone();
        if pods::drop_finalizer(&mut pod, TRACKING) {
            match desk.update(PODS, &pod) {
                Err(refused) if !refused.is_missing() => return Err(refused),
                _ => {}
            }
        }
    }
    let counted = finish::count_freed(&mut work.job);
    let over = ended.is_some_and(|ended| finish::conclude(desk, &mut work.job, ended));
    if counted || over {
        desk.update_status(JOBS, &work.job)?;
    }
    Ok(())
}

/// Whether a pod is one of the Job's that were counted already.
fn is_uncounted(job: &Value, list: &str, pod: &Value) -> bool {
    let list = job.pointer(&format!("/status/uncountedTerminatedPods/{list}"));
    list.and_then(Value::as_array).is_some_and(|list| list.iter().any(|entry| entry == uid(pod)))
}

/// Returns when an object was made.
fn born(object: &Value) -> Option<Timestamp> {
    time_at(object, "/metadata/creationTimestamp")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::{BACKOFF_SECONDS, BACKOFF_SECONDS_MAX, Timestamp, backoff};

    #[test]
    fn pods_come_later_and_later_up_to_the_limit() {
        let ended: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let wait = |failures: usize| {
            let state = json!({ "terminated": { "finishedAt": "2026-01-02T03:04:05Z" } });
            let status = json!({ "phase": "Failed", "containerStatuses": [{ "state": state }] });
            let pod = || Arc::new(json!({ "status": status }));
            let pods: Vec<_> = std::iter::repeat_with(pod).take(failures).collect();
            backoff(&pods).map(|due| due.duration_since(ended).as_secs())
        };
        assert_eq!(wait(0), None);
        assert_eq!(wait(1), Some(BACKOFF_SECONDS));
        assert_eq!(wait(2), Some(2 * BACKOFF_SECONDS));
        assert_eq!(wait(8), Some(BACKOFF_SECONDS_MAX));
        assert_eq!(wait(100), Some(BACKOFF_SECONDS_MAX));
    }
}
