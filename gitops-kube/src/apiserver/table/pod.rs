//! The cells of pods.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    age,
    cell::{condition, integer, items, or_none},
};
use crate::apiserver::world::text;

/// What is counted over the containers of a pod.
#[derive(Clone, Default)]
struct Count {
    ready: usize,
    restarts: i64,
    /// When a container last ended; such times sort as texts.
    last: String,
}

impl Count {
    fn restarted(&mut self, container: &Value) {
        self.restarts += integer(container, "/restartCount");
        let ended = text(container, "/lastState/terminated/finishedAt");
        if self.last.as_str() < ended {
            ended.clone_into(&mut self.last);
        }
    }
}

/// Fills the cells of a pod.
pub(super) fn cells(pod: &Value, now: Timestamp) -> Vec<Value> {
    let phase = text(pod, "/status/phase");
    let mut reason = match text(pod, "/status/reason") {
        "" => phase.to_owned(),
        reason => reason.to_owned(),
    };
    let gated = |condition: &&Value| {
        text(condition, "/type") == "PodScheduled"
            && text(condition, "/reason") == "SchedulingGated"
    };
    if items(pod, "/status/conditions").iter().any(|condition| gated(&condition)) {
        "SchedulingGated".clone_into(&mut reason);
    }
    let sidecars: Vec<&str> = items(pod, "/spec/initContainers")
        .iter()
        .filter(|container| text(container, "/restartPolicy") == "Always")
        .map(|container| text(container, "/name"))
        .collect();
    let total = items(pod, "/spec/containers").len() + sidecars.len();
    let (mut count, sidecar_count, starting) = first(pod, &sidecars, &mut reason);
    if !starting || condition(pod, "Initialized") == Some("True") {
        count = Count { ready: count.ready, ..sidecar_count };
        main(pod, &mut count, &mut reason);
    }
    let deleted = pod.pointer("/metadata/deletionTimestamp").is_some();
    if deleted && text(pod, "/status/reason") == "NodeLost" {
        "Unknown".clone_into(&mut reason);
    } else if deleted && !matches!(phase, "Failed" | "Succeeded") {
        "Terminating".clone_into(&mut reason);
    }
    let mut restarts = count.restarts.to_string();
    if count.restarts != 0 && !count.last.is_empty() {
        restarts = format!("{restarts} ({} ago)", age::since(&count.last, now));
    }
    let or_nothing = |path: &str| or_none(text(pod, path).to_owned());
    vec![
        json!(text(pod, "/metadata/name")),
        json!(format!("{}/{total}", count.ready)),
        json!(reason),
        json!(restarts),
        json!(age::since(text(pod, "/metadata/creationTimestamp"), now)),
        json!(or_nothing("/status/podIPs/0/ip")),
        json!(or_nothing("/spec/nodeName")),
        json!(or_nothing("/status/nominatedNodeName")),
        json!(gates(pod)),
    ]
}

/// Looks at the containers that run first; says whether they still do.
fn first(pod: &Value, sidecars: &[&str], reason: &mut String) -> (Count, Count, bool) {
    let (mut count, mut sidecar_count) = (Count::default(), Count::default());
    let all = items(pod, "/spec/initContainers").len();
    for (index, container) in items(pod, "/status/initContainerStatuses").iter().enumerate() {
        let sidecar = sidecars.contains(&text(container, "/name"));
        count.restarted(container);
        if sidecar {
            sidecar_count.restarted(container);
        }
        let ended = container.pointer("/state/terminated");
        let waits = text(container, "/state/waiting/reason");
        let is = |name: &str| container.get(name) == Some(&json!(true));
        match ended {
            Some(ended) if integer(ended, "/exitCode") == 0 => continue,
            _ if sidecar && is("started") => {
                count.ready += usize::from(is("ready"));
                continue;
            }
            Some(ended) => *reason = format!("Init:{}", ending(ended)),
            None if !waits.is_empty() && waits != "PodInitializing" => {
                *reason = format!("Init:{waits}");
            }
            None => *reason = format!("Init:{index}/{all}"),
        }
        return (count, sidecar_count, true);
    }
    (count, sidecar_count, false)
}

fn ending(ended: &Value) -> String {
    match (text(ended, "/reason"), integer(ended, "/signal")) {
        ("", 0) => format!("ExitCode:{}", integer(ended, "/exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

/// Looks at the containers of the pod proper.
fn main(pod: &Value, count: &mut Count, reason: &mut String) {
    let (mut running, mut failed) = (false, String::new());
    for container in items(pod, "/status/containerStatuses").iter().rev() {
        count.restarted(container);
        let waits = text(container, "/state/waiting/reason");
        if !waits.is_empty() {
            waits.clone_into(reason);
        } else if let Some(ended) = container.pointer("/state/terminated") {
            *reason = ending(ended);
            if integer(ended, "/exitCode") != 0 {
                failed.clone_from(reason);
            }
        } else if container.get("ready") == Some(&json!(true))
            && container.pointer("/state/running").is_some()
        {
            running = true;
            count.ready += 1;
        }
    }
    if reason == "Completed" {
        if running && condition(pod, "Ready") == Some("True") {
            "Running".clone_into(reason);
        } else if !failed.is_empty() {
            *reason = failed;
        } else if running {
            "NotReady".clone_into(reason);
        }
    }
}

fn gates(pod: &Value) -> String {
    let gates = items(pod, "/spec/readinessGates");
    let open = gates
        .iter()
        .filter(|gate| condition(pod, text(gate, "/conditionType")) == Some("True"))
        .count();
    if gates.is_empty() { "<none>".to_owned() } else { format!("{open}/{}", gates.len()) }
}
