//! The end of a Job: which pods count, and what ends it.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{
        desk::{Desk, Happened, JOBS},
        object::{self, after, is_deleting, number, push_condition, time_at, uid},
        pods,
    },
    TRACKING, Work, born, is_uncounted,
};
use crate::apiserver::{garbage::has_finalizer, world::text};

/// How many pods of each kind a Job has.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) succeeded: i64,
    pub(super) failed: i64,
    pub(super) ready: i64,
    pub(super) terminating: i64,
}

/// What ends a Job.
#[derive(Debug)]
pub(super) struct Ended {
    success: bool,
    reason: String,
    message: String,
}

fn is_tracked(pod: &Value) -> bool {
    has_finalizer(pod, TRACKING)
}

/// Whether a pod counts as failed only when it ended.
pub(super) fn only_failed_count(job: &Value) -> bool {
    text(job, "/spec/podReplacementPolicy") == "Failed"
        || job.pointer("/spec/podFailurePolicy").is_some()
}

fn has_failed(job: &Value, pod: &Value) -> bool {
    pods::phase(pod) == "Failed"
        || (!only_failed_count(job) && is_deleting(pod) && pods::phase(pod) != "Succeeded")
}

fn listed(job: &Value, list: &str) -> i64 {
    let list = job.pointer(&format!("/status/uncountedTerminatedPods/{list}"));
    let count = list.and_then(Value::as_array).map_or(0, Vec::len);
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Tally {
    pub(super) fn of(work: &Work) -> Self {
        let job = &work.job;
        let count = |fits: &dyn Fn(&Value) -> bool| {
            i64::try_from(work.pods.iter().filter(|pod| fits(pod)).count()).unwrap_or(i64::MAX)
        };
        let new = |list: &str, pod: &Value| is_tracked(pod) && !is_uncounted(job, list, pod);
        let succeeded = count(&|pod| pods::phase(pod) == "Succeeded" && new("succeeded", pod));
        let failed = count(&|pod| has_failed(job, pod) && new("failed", pod));
        let succeeded = number(job, "/status/succeeded") + succeeded + listed(job, "succeeded");
        Self {
            succeeded: work.indexes.as_ref().map_or(succeeded, super::Indexes::done),
            failed: number(job, "/status/failed") + failed + listed(job, "failed"),
            ready: i64::try_from(work.active.iter().filter(|pod| pods::is_ready(pod)).count())
                .unwrap_or(i64::MAX),
            terminating: count(&|pod| is_deleting(pod) && !pods::is_finished(pod)),
        }
    }

    /// Takes note of pods that were deleted.
    pub(super) fn delete(&mut self, gone: &[Arc<Value>]) {
        let ready = gone.iter().filter(|pod| pods::is_ready(pod)).count();
        self.ready -= i64::try_from(ready).unwrap_or_default();
        self.terminating += i64::try_from(gone.len()).unwrap_or_default();
    }
}

/// Returns when the containers of a pod ended.
pub(super) fn ended_at(pod: &Value) -> Option<Timestamp> {
    let statuses = pod.pointer("/status/containerStatuses").and_then(Value::as_array);
    let ends = statuses.into_iter().flatten();
    ends.filter_map(|status| time_at(status, "/state/terminated/finishedAt"))
        .max()
        .or_else(|| time_at(pod, "/metadata/deletionTimestamp"))
        .or_else(|| born(pod))
}

/// Returns when a Job completed or failed.
pub(super) fn finished_at(job: &Value) -> Option<Timestamp> {
    ["Complete", "Failed"].iter().find_map(|kind| {
        let found = object::condition(job.get("status")?, kind)?;
        (text(found, "/status") == "True").then(|| time_at(found, "/lastTransitionTime"))?
    })
}

pub(super) fn condition(
    desk: &Desk<'_>,
    kind: &str,
    status: &str,
    (reason, message): (&str, &str),
) -> Value {
    json!({
        "type": kind,
        "status": status,
        "lastProbeTime": desk.time(),
        "lastTransitionTime": desk.time(),
        "reason": reason,
        "message": message,
    })
}

/// Says when the Job has run too long.
pub(super) fn deadline(job: &Value) -> Option<Timestamp> {
    let seconds = job.pointer("/spec/activeDeadlineSeconds")?.as_i64()?;
    Some(after(time_at(job, "/status/startTime")?, seconds))
}

fn restarts(pods: &[Arc<Value>]) -> i64 {
    let running = pods.iter().filter(|pod| !pods::is_finished(pod));
    let lists = ["initContainerStatuses", "containerStatuses"];
    let statuses = running.flat_map(|pod| {
        lists.iter().flat_map(move |list| {
            pod.pointer(&format!("/status/{list}")).and_then(Value::as_array).into_iter().flatten()
        })
    });
    statuses.map(|status| number(status, "/restartCount")).sum()
}

/// Says why the Job ends before it is complete, if it does.
pub(super) fn reason_to_fail(desk: &Desk<'_>, work: &Work, tally: &Tally) -> Option<Ended> {
    let job = &work.job;
    let ended = |success: bool, reason: &str, message: &str| {
        Some(Ended { success, reason: reason.to_owned(), message: message.to_owned() })
    };
    for (kind, success) in [("SuccessCriteriaMet", true), ("FailureTarget", false)] {
        if let Some(found) = object::condition(&job["status"], kind)
            && text(found, "/status") == "True"
        {
            return ended(success, text(found, "/reason"), text(found, "/message"));
        }
    }
    let limit = number(job, "/spec/backoffLimit");
    let restarted = text(job, "/spec/template/spec/restartPolicy") == "OnFailure"
        && restarts(&work.pods) >= limit.max(1);
    if tally.failed > limit || restarted {
        let message = "Job has reached the specified backoff limit";
        return ended(false, "BackoffLimitExceeded", message);
    }
    let suspended = super::is_suspended(job);
    if !suspended && deadline(job).is_some_and(|deadline| deadline <= desk.now) {
        let message = "Job was active longer than specified deadline";
        return ended(false, "DeadlineExceeded", message);
    }
    None
}

/// Says that the Job is complete, if it is.
pub(super) fn reason_to_complete(job: &Value, tally: &Tally, active: i64) -> Option<Ended> {
    let complete = match job.pointer("/spec/completions").and_then(Value::as_i64) {
        Some(wanted) => tally.succeeded >= wanted && active == 0,
        None => tally.succeeded > 0 && active == 0,
    };
    complete.then(|| Ended {
        success: true,
        reason: "CompletionsReached".to_owned(),
        message: "Reached expected number of succeeded pods".to_owned(),
    })
}

/// Lists ended pods as not yet counted; returns those that may go.
pub(super) fn uncount(job: &mut Value, pods: &[Arc<Value>], ended: bool) -> Vec<Arc<Value>> {
    let indexed = text(job, "/spec/completionMode") == "Indexed";
    let mut freed = Vec::new();
    for pod in pods.iter().filter(|pod| is_tracked(pod)) {
        let succeeded = pods::phase(pod) == "Succeeded";
        let failed = has_failed(job, pod) || (ended && !succeeded);
        if !(succeeded || failed || is_deleting(job)) {
            continue;
        }
        freed.push(Arc::clone(pod));
        let list = match (succeeded, failed) {
            (true, _) if indexed => continue,
            (true, _) => "succeeded",
            (false, true) => "failed",
            (false, false) => continue,
        };
        if !is_uncounted(job, list, pod) {
            let list = &mut job["status"]["uncountedTerminatedPods"][list];
            if !list.is_array() {
                *list = json!([]);
            }
            if let Value::Array(list) = list {
                list.push(uid(pod).into());
            }
        }
    }
    freed
}

/// Counts the pods that were let go; tells whether there were any.
pub(super) fn count_freed(job: &mut Value) -> bool {
    let mut counted = false;
    for list in ["succeeded", "failed"] {
        let more = listed(job, list);
        if more > 0 {
            let total = number(job, &format!("/status/{list}")) + more;
            job["status"][list] = total.into();
            counted = true;
        }
    }
    job["status"]["uncountedTerminatedPods"] = json!({});
    counted
}

/// Says early that the Job will end, before its last pods are gone.
pub(super) fn announce(desk: &Desk<'_>, job: &mut Value, ended: &Ended) {
    let kind = if ended.success { "SuccessCriteriaMet" } else { "FailureTarget" };
    if object::condition(&job["status"], kind).is_none() {
        let told = (ended.reason.as_str(), ended.message.as_str());
        push_condition(&mut job["status"], condition(desk, kind, "True", told));
    }
}

/// Writes down the end when no pod is left; tells whether it did.
pub(super) fn conclude(desk: &mut Desk<'_>, job: &mut Value, ended: &Ended) -> bool {
    if number(job, "/status/terminating") > 0 {
        return false;
    }
    let kind = if ended.success { "Complete" } else { "Failed" };
    let told = (ended.reason.as_str(), ended.message.as_str());
    push_condition(&mut job["status"], condition(desk, kind, "True", told));
    let component = "job-controller";
    let happened = if ended.success {
        job["status"]["completionTime"] = desk.time().into();
        let message = "Job completed".to_owned();
        Happened { component, warning: false, reason: "Completed", message }
    } else {
        let message = ended.message.clone();
        Happened { component, warning: true, reason: &ended.reason, message }
    };
    desk.note(job, JOBS, &happened);
    true
}
