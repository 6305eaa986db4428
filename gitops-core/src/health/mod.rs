//! Whether an object is ready: a pure function of what the server says of it.

mod batch;
mod cluster;
mod custom;
mod general;
mod network;
mod pod;
mod read;
mod storage;
mod workload;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::read::{Reading, Seen};
use crate::Object;

pub use self::{custom::STATUS_GRACE_SECONDS, pod::SCHEDULE_WINDOW_SECONDS};

/// How an object is, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// How it is.
    pub status: Status,
    /// Why, for a person to read.
    pub message: String,
}

/// How an object is, in the words of kstatus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Status {
    /// It is on its way to what was asked for.
    InProgress,
    /// It will not get there without help.
    Failed,
    /// It is what was asked for.
    Current,
    /// It is being deleted.
    Terminating,
    /// It is not there.
    NotFound,
    /// It cannot be told.
    Unknown,
}

/// By which rules health is assessed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// As kstatus 0.37 answers, and Flux with it: status and message.
    Kstatus,
    /// As kstatus, without its traps: a running Job is not done, a failed Pod has failed, init
    /// containers count, a load balancer needs an address, a namespace has to be active, and a
    /// custom object that its controller has not seen is not ready.
    #[default]
    Strict,
}

/// Says how `object`, as the server holds it, is at the time `now`.
///
/// An object whose fields have types that no server would give them is [`Status::Unknown`]. So is
/// one of which nothing is known yet; that an object is not there is for the caller to see.
///
/// # Example
///
/// ```
/// use gitops_core::{Object, health::{Profile, Status, assess}};
/// use jiff::Timestamp;
///
/// let job = Object::try_from(serde_json::json!({
///     "apiVersion": "batch/v1", "kind": "Job",
///     "metadata": { "namespace": "shop", "name": "migrate" },
///     "status": { "startTime": "2026-01-01T00:00:00Z", "active": 1 },
/// }))?;
/// let now = Timestamp::UNIX_EPOCH;
/// assert_eq!(assess(&job, Profile::Strict, now).status, Status::InProgress);
/// assert_eq!(assess(&job, Profile::Kstatus, now).status, Status::Current);
/// # Ok::<(), gitops_core::InvalidObject>(())
/// ```
pub fn assess(object: &Object, profile: Profile, now: Timestamp) -> Health {
    let seen = Seen { object, profile, now };
    find(seen).unwrap_or_else(|wrong| Health {
        status: Status::Unknown,
        message: format!("health cannot be told: {wrong}"),
    })
}

fn find(seen: Seen<'_>) -> Reading<Health> {
    if let Some(health) = general::assess(seen)? {
        return Ok(health);
    }
    let id = seen.object.id();
    match (id.group.as_str(), id.kind.as_str()) {
        ("apps" | "extensions", "Deployment") => workload::deployment(seen),
        ("apps", "StatefulSet") => workload::stateful_set(seen),
        ("apps" | "extensions", "DaemonSet") => workload::daemon_set(seen),
        ("apps" | "extensions", "ReplicaSet") => workload::replica_set(seen),
        ("", "Pod") => pod::pod(seen),
        ("batch", "Job") => batch::job(seen),
        ("batch", "CronJob") | ("", "ConfigMap" | "Secret") => {
            Ok(Health::current("Resource is always ready"))
        }
        ("policy", "PodDisruptionBudget") => {
            Ok(Health::current("AllowedDisruptions has been computed."))
        }
        ("", "PersistentVolumeClaim") => Ok(storage::claim(seen)),
        ("", "PersistentVolume") if seen.is_strict() => Ok(storage::volume(seen)),
        ("", "Service") => Ok(network::service(seen)),
        ("networking.k8s.io" | "extensions", "Ingress") if seen.is_strict() => {
            Ok(network::ingress(seen))
        }
        ("gateway.networking.k8s.io", "Gateway") if seen.is_strict() => network::gateway(seen),
        ("gateway.networking.k8s.io", kind) if seen.is_strict() && kind.ends_with("Route") => {
            network::route(seen)
        }
        ("", "Namespace") if seen.is_strict() => Ok(cluster::namespace(seen)),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => cluster::definition(seen),
        ("apiregistration.k8s.io", "APIService") if seen.is_strict() => cluster::service(seen),
        _ => custom::object(seen),
    }
}

impl Health {
    fn current(message: impl Into<String>) -> Self {
        Self { status: Status::Current, message: message.into() }
    }

    fn in_progress(message: impl Into<String>) -> Self {
        Self { status: Status::InProgress, message: message.into() }
    }

    fn failed(message: impl Into<String>) -> Self {
        Self { status: Status::Failed, message: message.into() }
    }
}
