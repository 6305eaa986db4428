//! The rules of the statuses of workloads: counts that fit together.

use serde_json::{Value, json};

use super::super::{kinds::Kind, status::Problem};

/// What a status counts, in the order in which a server looks at it; what may not exceed the
/// replicas; and how the ready ones are named that limit the available ones.
struct Counts {
    all: &'static [&'static str],
    within: &'static [&'static str],
    ready: &'static str,
}

fn counts(kind: &str) -> Option<Counts> {
    Some(match kind {
        "Deployment" => Counts {
            all: &[
                "observedGeneration",
                "replicas",
                "updatedReplicas",
                "readyReplicas",
                "availableReplicas",
                "unavailableReplicas",
                "terminatingReplicas",
                "collisionCount",
            ],
            within: &["updatedReplicas", "readyReplicas", "availableReplicas"],
            ready: "readyReplicas",
        },
        "ReplicaSet" => Counts {
            all: &[
                "replicas",
                "fullyLabeledReplicas",
                "readyReplicas",
                "availableReplicas",
                "observedGeneration",
                "terminatingReplicas",
            ],
            within: &["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
            ready: "readyReplicas",
        },
        "StatefulSet" => Counts {
            all: &[
                "replicas",
                "readyReplicas",
                "currentReplicas",
                "updatedReplicas",
                "availableReplicas",
                "observedGeneration",
                "collisionCount",
            ],
            within: &["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
            ready: "status.readyReplicas",
        },
        "DaemonSet" => Counts {
            all: &[
                "currentNumberScheduled",
                "numberMisscheduled",
                "desiredNumberScheduled",
                "numberReady",
                "observedGeneration",
                "updatedNumberScheduled",
                "numberAvailable",
                "numberUnavailable",
                "collisionCount",
            ],
            within: &[],
            ready: "",
        },
        _ => return None,
    })
}

/// Checks the changed status of a workload.
pub(super) fn check(kind: &Kind, live: &Value, object: &Value, out: &mut Vec<Problem>) {
    if kind.group() != "apps" {
        return;
    }
    let Some(counts) = counts(&kind.info.kind) else { return };
    let number = |of: &Value, name: &str| {
        of.get("status").and_then(|status| status.get(name)?.as_i64()).unwrap_or(0)
    };
    let mut problem = |name: &str, detail: &str| {
        let value = json!(number(object, name));
        out.push(Problem::invalid(format!("status.{name}"), &value, detail));
    };
    for name in counts.all {
        if number(object, name) < 0 {
            problem(name, "must be greater than or equal to 0");
        }
    }
    for name in counts.within {
        if number(object, "replicas") < number(object, name) {
            problem(name, "cannot be greater than status.replicas");
        }
    }
    if !counts.ready.is_empty()
        && number(object, "readyReplicas") < number(object, "availableReplicas")
    {
        problem("availableReplicas", &format!("cannot be greater than {}", counts.ready));
    }
    let collisions = "collisionCount";
    if counts.all.contains(&collisions) && number(object, collisions) < number(live, collisions) {
        problem(collisions, "cannot be decremented");
    }
}
