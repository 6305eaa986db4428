//! Kinds of which nothing is known but conventions.

use serde_json::Value;

use super::{
    Health, Status,
    read::{Reading, Seen},
};

/// How long a controller has to say anything about a custom object, in seconds.
pub const STATUS_GRACE_SECONDS: i64 = 10;

/// The groups that the API server serves itself: many of their kinds have no status.
const BUILT_IN_GROUPS: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
];

pub(super) fn object(seen: Seen<'_>) -> Reading<Health> {
    for condition in seen.conditions()?.iter().filter(|condition| condition.kind == "Ready") {
        match condition.status {
            "True" => return Ok(Health::current("Resource is Ready")),
            "False" | "Unknown" => return Ok(Health::in_progress(condition.message)),
            _ => {}
        }
    }
    if seen.is_strict() && is_unseen(seen) {
        let message = format!("no controller has said anything of {} yet", seen.object.id());
        return Ok(Health { status: Status::Unknown, message });
    }
    Ok(Health::current("Resource is current"))
}

// Whether the object is custom and so young that its controller may not have seen it.
fn is_unseen(seen: Seen<'_>) -> bool {
    let custom = !BUILT_IN_GROUPS.contains(&seen.object.id().group.as_str());
    let silent = match seen.get("status") {
        None | Some(Value::Null) => true,
        Some(Value::Object(status)) => status.is_empty(),
        Some(_) => false,
    };
    custom && silent && seen.age_seconds().is_some_and(|age| age < STATUS_GRACE_SECONDS)
}
