//! `CronJobs`: a Job whenever the clock says so.

mod schedule;

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use self::schedule::Schedule;
use super::{
    desk::{CRON_JOBS, Desk, Happened, JOBS, Refused},
    object::{
        after, condition, is_controlled, is_deleting, name, namespace, reference, time_at, uid,
    },
    queue::{Again, Outcome},
};
use crate::apiserver::world::{seconds, text};

/// How many missed times are counted before only the last is looked for.
pub(crate) const MISSED_TIMES_MAX: usize = 100;

/// Looks at one `CronJob`.
pub(super) fn sync(desk: &mut Desk<'_>, place: &str, called: &str) -> Outcome {
    let Some(cron) = desk.get(CRON_JOBS, place, called) else { return Ok(Again::Never) };
    let mut cron = (*cron).clone();
    let jobs: Vec<Arc<Value>> =
        desk.list(JOBS, place).into_iter().filter(|job| is_controlled(job, &cron)).collect();
    clean_up(desk, &cron, &jobs)?;
    let before = cron.get("status").cloned().unwrap_or_else(|| json!({}));
    if !cron["status"].is_object() {
        cron["status"] = json!({});
    }
    note_ends(&mut cron, &jobs);
    let again = if is_deleting(&cron) || cron.pointer("/spec/suspend") == Some(&json!(true)) {
        Again::Never
    } else {
        start(desk, &mut cron, &jobs)?
    };
    if cron["status"] != before {
        desk.update_status(CRON_JOBS, &cron)?;
    }
    Ok(again)
}

fn ended(job: &Value) -> Option<&'static str> {
    ["Complete", "Failed"].into_iter().find(|kind| {
        job.get("status")
            .and_then(|status| condition(status, kind))
            .is_some_and(|found| text(found, "/status") == "True")
    })
}

/// Deletes the oldest ended Jobs beyond the limits.
fn clean_up(desk: &mut Desk<'_>, cron: &Value, jobs: &[Arc<Value>]) -> Result<(), Refused> {
    for (kind, limit) in
        [("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")]
    {
        let Some(limit) = cron.pointer(&format!("/spec/{limit}")).and_then(Value::as_i64) else {
            continue;
        };
        let mut those: Vec<_> = jobs.iter().filter(|job| ended(job) == Some(kind)).collect();
        those.sort_by_key(|job| text(job, "/status/startTime").to_owned());
        let surplus = those.len().saturating_sub(usize::try_from(limit).unwrap_or_default());
        for job in those.into_iter().take(surplus) {
            desk.delete(JOBS, job, &[("propagationPolicy", json!("Background"))])?;
        }
    }
    Ok(())
}

/// Takes ended Jobs out of the list of active ones.
fn note_ends(cron: &mut Value, jobs: &[Arc<Value>]) {
    let completed = jobs.iter().filter(|job| ended(job) == Some("Complete"));
    let last = completed.filter_map(|job| time_at(job, "/status/completionTime")).max();
    let status = &mut cron["status"];
    if let Some(last) = last
        && time_at(status, "/lastSuccessfulTime").is_none_or(|known| known < last)
    {
        status["lastSuccessfulTime"] = seconds(last).into();
    }
    if let Some(Value::Array(active)) = status.get_mut("active") {
        active.retain(|entry| {
            jobs.iter().any(|job| uid(job) == text(entry, "/uid") && ended(job).is_none())
        });
        if active.is_empty()
            && let Some(map) = status.as_object_mut()
        {
            map.remove("active");
        }
    }
}

fn start(desk: &mut Desk<'_>, cron: &mut Value, jobs: &[Arc<Value>]) -> Result<Again, Refused> {
    let zone = match text(cron, "/spec/timeZone") {
        "" | "UTC" | "Etc/UTC" => Some(TimeZone::UTC),
        named => TimeZone::get(named).ok(),
    };
    let schedule = Schedule::parse(text(cron, "/spec/schedule"));
    let (Some(zone), Some(schedule)) = (zone, schedule) else { return Ok(Again::Never) };
    let born = time_at(cron, "/metadata/creationTimestamp").unwrap_or(desk.now);
    let mut from = time_at(cron, "/status/lastScheduleTime").unwrap_or(born);
    let grace = cron.pointer("/spec/startingDeadlineSeconds").and_then(Value::as_i64);
    if let Some(grace) = grace {
        from = from.max(after(desk.now, -grace));
    }
    let (due, next) = schedule.last_and_next(from, desk.now, &zone);
    let again = next.map_or(Again::Never, Again::At);
    let Some(due) = due else { return Ok(again) };
    let active: Vec<_> = jobs.iter().filter(|job| ended(job).is_none()).cloned().collect();
    match text(cron, "/spec/concurrencyPolicy") {
        "Forbid" if !active.is_empty() => {
            let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
            let component = "cronjob-controller";
            let message = message.to_owned();
            let happened =
                Happened { component, warning: false, reason: "JobAlreadyActive", message };
            desk.note(cron, CRON_JOBS, &happened);
            return Ok(again);
        }
        "Replace" => {
            for job in &active {
                desk.delete(JOBS, job, &[("propagationPolicy", json!("Background"))])?;
            }
            cron["status"]["active"] = json!([]);
        }
        _ => {}
    }
    make(desk, cron, due)?;
    Ok(again)
}

fn make(desk: &mut Desk<'_>, cron: &mut Value, due: Timestamp) -> Result<(), Refused> {
    let mut job = cron.pointer("/spec/jobTemplate").cloned().unwrap_or_else(|| json!({}));
    job["apiVersion"] = "batch/v1".into();
    job["kind"] = "Job".into();
    job["metadata"]["name"] = format!("{}-{}", name(cron), due.as_second() / 60).into();
    job["metadata"]["namespace"] = namespace(cron).into();
    job["metadata"]["ownerReferences"] = json!([reference(cron, CRON_JOBS)]);
    job["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] =
        seconds(due).into();
    let made = match desk.create(JOBS, &job) {
        Err(refused) if refused.exists() => return Ok(()),
        made => made?,
    };
    let message = format!("Created job {}", name(&made));
    let component = "cronjob-controller";
    let happened = Happened { component, warning: false, reason: "SuccessfulCreate", message };
    desk.note(cron, CRON_JOBS, &happened);
    let entry = json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "name": name(&made),
        "namespace": namespace(&made),
        "resourceVersion": text(&made, "/metadata/resourceVersion"),
        "uid": uid(&made),
    });
    let status = &mut cron["status"];
    if !status["active"].is_array() {
        status["active"] = json!([]);
    }
    if let Value::Array(active) = &mut status["active"] {
        active.push(entry);
    }
    status["lastScheduleTime"] = seconds(due).into();
    Ok(())
}
