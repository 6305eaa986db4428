//! Single pods.

use serde_json::Value;

use super::{
    Health,
    read::{Reading, Seen, wrong},
};

/// How long a pod may wait for a node before it counts as one that gets none, in seconds.
pub const SCHEDULE_WINDOW_SECONDS: i64 = 15;

/// What a container waits for that does not come by itself.
const HOPELESS: &[&str] = &[
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ImagePullBackOff",
    "InvalidImageName",
];

pub(super) fn pod(seen: Seen<'_>) -> Reading<Health> {
    let conditions = seen.conditions()?;
    match seen.text("status.phase", "") {
        "Succeeded" => Ok(Health::current("Pod has completed successfully")),
        "Failed" => Ok(failed(seen)),
        "Running" => {
            if conditions.iter().any(|condition| condition.is("Ready", "True")) {
                return Ok(Health::current("Pod is Ready"));
            }
            let waits = Health::in_progress("Pod is running but is not Ready");
            Ok(stuck(seen)?.unwrap_or(waits))
        }
        "Pending" => {
            let unscheduled = conditions.iter().find(|it| it.is("PodScheduled", "False"));
            if let Some(unscheduled) = unscheduled.filter(|it| it.reason == "Unschedulable") {
                return Ok(unschedulable(seen, unscheduled.message));
            }
            let waits = Health::in_progress("Pod is in the Pending phase");
            // Init containers run, and fail, in this phase.
            if !seen.is_strict() {
                return Ok(waits);
            }
            Ok(stuck(seen)?.unwrap_or(waits))
        }
        "" => Ok(Health::in_progress("Pod phase not available")),
        _ => Err(wrong("status.phase", "a phase of a pod")),
    }
}

fn failed(seen: Seen<'_>) -> Health {
    let message = "Pod has completed, but not successfully";
    let owners = seen.get("metadata.ownerReferences").and_then(Value::as_array);
    // A job counts the pods that fail, and makes others.
    let retried = owners.is_some_and(|owners| owners.iter().any(|owner| owner["kind"] == "Job"));
    if !seen.is_strict() || retried {
        return Health::current(message);
    }
    match seen.text("status.message", seen.text("status.reason", "")) {
        "" => Health::failed(message),
        why => Health::failed(format!("{message}: {why}")),
    }
}

fn unschedulable(seen: Seen<'_>, why: &str) -> Health {
    if seen.age_seconds().is_some_and(|age| age < SCHEDULE_WINDOW_SECONDS) {
        return Health::in_progress("Pod has not been scheduled");
    }
    let message = "Pod could not be scheduled";
    if seen.is_strict() && !why.is_empty() {
        return Health::failed(format!("{message}: {why}"));
    }
    Health::failed(message)
}

// Returns why the pod does not get ready by itself, if it does not.
fn stuck(seen: Seen<'_>) -> Reading<Option<Health>> {
    if !seen.is_strict() {
        let waiting = waiting(seen, "containerStatuses")?;
        let crashing: Vec<_> = waiting
            .iter()
            .filter(|waiting| waiting.reason == "CrashLoopBackOff")
            .map(|waiting| waiting.container)
            .collect();
        return Ok((!crashing.is_empty()).then(|| {
            Health::failed(format!("Containers in CrashLoop state: {}", crashing.join(",")))
        }));
    }
    let mut hopeless = Vec::new();
    for field in ["initContainerStatuses", "containerStatuses"] {
        for waiting in waiting(seen, field)? {
            if HOPELESS.contains(&waiting.reason) {
                hopeless.push(waiting.describe(field == "initContainerStatuses"));
            }
        }
    }
    Ok((!hopeless.is_empty()).then(|| Health::failed(hopeless.join("; "))))
}

/// A container that waits.
struct Waiting<'a> {
    container: &'a str,
    reason: &'a str,
    message: &'a str,
}

impl Waiting<'_> {
    fn describe(&self, init: bool) -> String {
        let kind = if init { "init container" } else { "container" };
        let mut text = format!("{kind} {} is in {}", self.container, self.reason);
        if !self.message.is_empty() {
            text.push_str(": ");
            text.push_str(self.message);
        }
        text
    }
}

fn waiting<'a>(seen: Seen<'a>, field: &str) -> Reading<Vec<Waiting<'a>>> {
    let path = format!("status.{field}");
    let containers = match seen.get(&path) {
        None => return Ok(Vec::new()),
        Some(Value::Array(containers)) => containers,
        Some(_) => return Err(wrong(&path, "a list")),
    };
    let mut found = Vec::new();
    for container in containers {
        let Some(name) = member(container, "name", &path)? else { continue };
        let Some(state) = member(container, "state", &path)? else { continue };
        let Some(waiting) = member(state, "waiting", &path)? else { continue };
        let Some(reason) = member(waiting, "reason", &path)? else { continue };
        let text =
            |value: &'a Value| value.as_str().ok_or_else(|| wrong(&path, "a list of states"));
        let message = waiting.get("message").and_then(Value::as_str).unwrap_or_default();
        found.push(Waiting { container: text(name)?, reason: text(reason)?, message });
    }
    Ok(found)
}

fn member<'a>(value: &'a Value, key: &str, path: &str) -> Reading<Option<&'a Value>> {
    match value {
        Value::Object(map) => Ok(map.get(key)),
        _ => Err(wrong(path, "a list of states")),
    }
}
