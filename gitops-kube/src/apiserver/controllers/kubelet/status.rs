//! The status of a pod on its node: what its behaviour means at a point in time.

use std::time::Duration;

use gitops_core::Digest;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::{
    object::{condition, number, time_at, uid},
    script::Behaviour,
};
use crate::apiserver::world::{seconds, text};

/// How long a kubelet waits after a first crash, in seconds; the wait doubles.
const BACKOFF_SECONDS: i64 = 10;
/// How long a kubelet waits at most before it starts a container again, in seconds.
pub(crate) const RESTART_SECONDS_MAX: i64 = 300;

/// What a look at a pod brought.
pub(super) struct Life {
    /// The status, when it changed.
    pub(super) status: Option<Value>,
    /// When to look again.
    pub(super) next: Option<Timestamp>,
    pub(super) events: Vec<(&'static str, String)>,
}

/// How the containers of a pod are.
struct Shape {
    phase: &'static str,
    state: State,
    ready: bool,
    restarts: i64,
    next: Option<Timestamp>,
    events: Vec<(&'static str, String)>,
}

enum State {
    Running(Timestamp),
    Ended(i32, Timestamp),
    Pulling,
    CannotPull,
    /// Waits for its next start after it ended with a code.
    BackOff(i32, Timestamp),
}

fn plus(time: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| time.checked_add(wait).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Says how a pod on a node is.
pub(super) fn live(pod: &Value, behaviour: &Behaviour, now: Timestamp) -> Life {
    let started = time_at(pod, "/status/startTime").unwrap_or(now);
    let policy = text(pod, "/spec/restartPolicy");
    let shape = match behaviour {
        Behaviour::Run if policy == "Always" || policy.is_empty() => running(started, true, None),
        Behaviour::Run => ended(0, started),
        Behaviour::NeverReady => running(started, false, None),
        Behaviour::ReadyAfter(wait) => {
            let due = plus(started, *wait);
            running(started, due <= now, Some(due).filter(|due| now < *due))
        }
        Behaviour::ImagePullError => unpulled(pod, started, now),
        Behaviour::Exit(code) => exits(pod, policy, (*code, Duration::ZERO), now),
        Behaviour::ExitAfter(wait, code) => exits(pod, policy, (*code, *wait), now),
        Behaviour::Unschedulable | Behaviour::Hold => {
            return Life { status: None, next: None, events: Vec::new() };
        }
    };
    let status = status(pod, &shape, started, now);
    let same = status.as_object().is_some_and(|map| {
        map.iter().all(|(field, value)| match field.as_str() {
            "conditions" => same_conditions(pod, value),
            field => pod["status"].get(field) == Some(value),
        })
    });
    let events = if same { Vec::new() } else { shape.events };
    Life { status: Some(status).filter(|_| !same), next: shape.next, events }
}

fn same_conditions(pod: &Value, wanted: &Value) -> bool {
    wanted.as_array().into_iter().flatten().all(|wanted| {
        condition(&pod["status"], text(wanted, "/type")).is_some_and(|found| found == wanted)
    })
}

fn running(started: Timestamp, ready: bool, next: Option<Timestamp>) -> Shape {
    let state = State::Running(started);
    Shape { phase: "Running", state, ready, restarts: 0, next, events: Vec::new() }
}

fn ended(code: i32, at: Timestamp) -> Shape {
    let phase = if code == 0 { "Succeeded" } else { "Failed" };
    let state = State::Ended(code, at);
    Shape { phase, state, ready: false, restarts: 0, next: None, events: Vec::new() }
}

fn unpulled(pod: &Value, started: Timestamp, now: Timestamp) -> Shape {
    let image = text(pod, "/spec/containers/0/image").to_owned();
    let due = plus(started, Duration::from_secs(10));
    let (state, next, event) = if now < due {
        let message = format!("Failed to pull image \"{image}\": {}", refused(&image));
        (State::Pulling, Some(due), ("Failed", message))
    } else {
        (State::CannotPull, None, ("BackOff", format!("Back-off pulling image \"{image}\"")))
    };
    Shape { phase: "Pending", state, ready: false, restarts: 0, next, events: vec![event] }
}

fn refused(image: &str) -> String {
    format!(
        "rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": not found"
    )
}

/// A container that ends after a while, and is started again where the pod says so.
fn exits(pod: &Value, policy: &str, (code, runs): (i32, Duration), now: Timestamp) -> Shape {
    let container = pod.pointer("/status/containerStatuses/0").cloned().unwrap_or(Value::Null);
    let restarts = number(&container, "/restartCount");
    let started = time_at(&container, "/state/running/startedAt");
    let waiting = time_at(&container, "/lastState/terminated/finishedAt")
        .filter(|_| container.pointer("/state/waiting").is_some());
    let (begun, restarts) = match (started, waiting) {
        (Some(started), _) => (started, restarts),
        (None, Some(stopped)) => {
            let due = restart_at(stopped, restarts);
            if now < due {
                return backing_off(code, stopped, restarts, due);
            }
            (now, restarts + 1)
        }
        (None, None) => (now, restarts),
    };
    let ends = plus(begun, runs);
    if now < ends {
        let mut shape = running(begun, true, Some(ends));
        shape.restarts = restarts;
        return shape;
    }
    let again = policy == "Always" || policy.is_empty() || (policy == "OnFailure" && code != 0);
    if !again {
        let mut shape = ended(code, ends);
        shape.restarts = restarts;
        return shape;
    }
    backing_off(code, ends, restarts, restart_at(ends, restarts))
}

/// Says when a container that stopped is started again.
fn restart_at(stopped: Timestamp, restarts: i64) -> Timestamp {
    let doublings = u32::try_from(restarts).unwrap_or(u32::MAX).min(16);
    let wait = (BACKOFF_SECONDS << doublings).min(RESTART_SECONDS_MAX);
    stopped.checked_add(SignedDuration::from_secs(wait)).unwrap_or(Timestamp::MAX)
}

fn backing_off(code: i32, stopped: Timestamp, restarts: i64, due: Timestamp) -> Shape {
    let events = vec![("BackOff", "Back-off restarting failed container".to_owned())];
    let state = State::BackOff(code, stopped);
    Shape { phase: "Running", state, ready: false, restarts, next: Some(due), events }
}

fn status(pod: &Value, shape: &Shape, started: Timestamp, now: Timestamp) -> Value {
    let containers = pod.pointer("/spec/containers").and_then(Value::as_array);
    let containers: Vec<Value> =
        containers.into_iter().flatten().map(|one| container(pod, one, shape)).collect();
    let names: Vec<&str> = containers.iter().map(|one| text(one, "/name")).collect();
    let over = matches!(shape.phase, "Succeeded" | "Failed");
    let why = match (over, shape.phase) {
        (true, "Succeeded") => ("PodCompleted", String::new()),
        (true, _) => ("PodFailed", String::new()),
        _ => {
            let message = format!("containers with unready status: [{}]", names.join(" "));
            ("ContainersNotReady", message)
        }
    };
    let one = |kind: &str, holds: bool| pod_condition(pod, (kind, holds), &why, now);
    let mut status = json!({
        "phase": shape.phase,
        "startTime": seconds(started),
        "hostIP": "192.0.2.1",
        "conditions": [
            one("PodReadyToStartContainers", true),
            one("Initialized", true),
            one("Ready", shape.ready),
            one("ContainersReady", shape.ready),
        ],
        "containerStatuses": containers,
    });
    if !matches!(shape.state, State::Pulling | State::CannotPull) {
        let address = address(pod);
        status["podIPs"] = json!([{ "ip": address }]);
        status["podIP"] = address.into();
    }
    status
}

fn pod_condition(
    pod: &Value,
    (kind, holds): (&str, bool),
    (reason, message): &(&str, String),
    now: Timestamp,
) -> Value {
    let wanted = if holds { "True" } else { "False" };
    let known = pod.get("status").and_then(|status| condition(status, kind));
    let since = known
        .filter(|known| text(known, "/status") == wanted)
        .map_or_else(|| seconds(now), |known| text(known, "/lastTransitionTime").to_owned());
    let mut made = json!({
        "type": kind, "status": wanted, "lastProbeTime": null, "lastTransitionTime": since,
    });
    if !holds {
        made["reason"] = (*reason).into();
        if !message.is_empty() {
            made["message"] = message.as_str().into();
        }
    }
    made
}

fn container(pod: &Value, container: &Value, shape: &Shape) -> Value {
    let image = text(container, "/image");
    let terminated = |code: i32, at: Timestamp| {
        let reason = if code == 0 { "Completed" } else { "Error" };
        let (from, to) = (seconds(at), seconds(at));
        json!({
            "terminated": {
                "exitCode": code, "reason": reason, "startedAt": from, "finishedAt": to,
            },
        })
    };
    let waiting = |reason: &str, message: String| json!({ "waiting": { "reason": reason, "message": message } });
    let mut last = json!({});
    let state = match shape.state {
        State::Running(at) => json!({ "running": { "startedAt": seconds(at) } }),
        State::Ended(code, at) => terminated(code, at),
        State::Pulling => waiting("ErrImagePull", refused(image)),
        State::CannotPull => {
            waiting("ImagePullBackOff", format!("Back-off pulling image \"{image}\""))
        }
        State::BackOff(code, at) => {
            last = terminated(code, at);
            let message = format!(
                "back-off restarting failed container={} pod={}",
                text(container, "/name"),
                text(pod, "/metadata/name")
            );
            waiting("CrashLoopBackOff", message)
        }
    };
    let pulled = !matches!(shape.state, State::Pulling | State::CannotPull);
    json!({
        "name": text(container, "/name"),
        "image": image,
        "imageID": if pulled { format!("embedded://{image}") } else { String::new() },
        "ready": shape.ready,
        "started": matches!(shape.state, State::Running(_)),
        "restartCount": shape.restarts,
        "state": state,
        "lastState": last,
    })
}

/// An address for a pod that follows from its uid.
fn address(pod: &Value) -> String {
    let known = text(pod, "/status/podIP");
    if !known.is_empty() {
        return known.to_owned();
    }
    let digest = Digest::of(uid(pod)).to_string();
    let hex: String = digest.chars().filter(char::is_ascii_hexdigit).rev().take(4).collect();
    let number = u16::from_str_radix(&hex, 16).unwrap_or(1);
    format!("10.244.{}.{}", number >> 8, (number & 0xff).clamp(1, 254))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{BACKOFF_SECONDS, RESTART_SECONDS_MAX, restart_at};

    #[test]
    fn restarts_come_later_and_later_up_to_the_limit() {
        let stopped: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let wait = |restarts| restart_at(stopped, restarts).duration_since(stopped).as_secs();
        assert_eq!(wait(0), BACKOFF_SECONDS);
        assert_eq!(wait(1), 2 * BACKOFF_SECONDS);
        assert_eq!(wait(5), RESTART_SECONDS_MAX);
        assert_eq!(wait(i64::MAX), RESTART_SECONDS_MAX);
    }
}
