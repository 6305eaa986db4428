//! A stand-in for scheduler and kubelet: pods come to a node, run as the script says, and go when deleted.

mod status;

use serde_json::{Value, json};

use super::{
    desk::{Desk, Happened, NODES, PODS, Refused},
    nodes,
    object::{condition, is_deleting, name, namespace},
    pods::{self, STRATEGIC},
    queue::{Again, Outcome},
    script::Behaviour,
};
use crate::apiserver::world::{Call, World, text};

/// Looks at one pod.
pub(super) fn sync(desk: &mut Desk<'_>, place: &str, called: &str) -> Outcome {
    let Some(pod) = desk.get(PODS, place, called) else { return Ok(Again::Never) };
    let node = text(&pod, "/spec/nodeName");
    if is_deleting(&pod) {
        let ours = node.is_empty() || desk.get(NODES, "", node).is_some_and(|n| is_ours(&n));
        if ours {
            desk.delete(PODS, &pod, &[("gracePeriodSeconds", json!(0))])?;
        }
        return Ok(Again::Never);
    }
    if pods::is_finished(&pod) {
        return Ok(Again::Never);
    }
    let behaviour = desk.scripts.of(&pod);
    if node.is_empty() {
        return schedule(desk, &pod, &behaviour);
    }
    if behaviour == Behaviour::Hold || !desk.get(NODES, "", node).is_some_and(|n| is_ours(&n)) {
        return Ok(Again::Never);
    }
    let life = status::live(&pod, &behaviour, desk.now);
    if let Some(status) = life.status {
        desk.agent = "kubelet/v1";
        let patch = json!({ "status": status });
        desk.patch(PODS, (place, called, "status"), STRATEGIC, &patch)?;
        for (reason, message) in life.events {
            let happened = Happened { component: "kubelet", warning: true, reason, message };
            desk.note(&pod, PODS, &happened);
        }
    }
    Ok(life.next.map_or(Again::Never, Again::At))
}

/// Says how many seconds a pod may take to end, where a kubelet is there to end it; other objects end at once.
pub(crate) fn grace(world: &World, call: &Call<'_>, live: &Value, options: &Value) -> i64 {
    let runs = !text(live, "/spec/nodeName").is_empty() && !pods::is_finished(live);
    if !call.kind.is("", "Pod") || world.options.finish_namespaces || !runs {
        return 0;
    }
    let asked = options.get("gracePeriodSeconds").and_then(Value::as_i64);
    let own = live.pointer("/spec/terminationGracePeriodSeconds").and_then(Value::as_i64);
    asked.or(own).unwrap_or_default().max(0)
}

/// The label of the nodes whose pods the stand-in runs.
const OURS: &str = "gitops.embedded/node";

fn is_ours(node: &Value) -> bool {
    super::object::label(node, OURS) == "true"
}

/// Returns the name of a node by its number.
pub(super) fn node_name(at: usize) -> String {
    format!("node-{at}")
}

/// Makes a node when it is not there.
pub(super) fn make_node(desk: &mut Desk<'_>, called: &str) -> Result<(), Refused> {
    if desk.get(NODES, "", called).is_some() {
        return Ok(());
    }
    desk.agent = "kubelet/v1";
    let node = json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": called,
            "labels": {
                OURS: "true",
                "kubernetes.io/hostname": called,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
            },
        },
    });
    desk.create(NODES, &node)?;
    let time = desk.time();
    let size = json!({ "cpu": "64", "memory": "256Gi", "pods": "10k" });
    let patch = json!({
        "status": {
            "capacity": size,
            "allocatable": size,
            "conditions": [{
                "type": "Ready",
                "status": "True",
                "reason": "KubeletReady",
                "message": "kubelet is posting ready status",
                "lastHeartbeatTime": time,
                "lastTransitionTime": time,
            }],
            "addresses": [{ "type": "Hostname", "address": called }],
        },
    });
    desk.patch(NODES, ("", called, "status"), STRATEGIC, &patch).map(|_| ())
}

fn schedule(desk: &mut Desk<'_>, pod: &Value, behaviour: &Behaviour) -> Outcome {
    let gated = pod.pointer("/spec/schedulingGates").and_then(Value::as_array);
    if gated.is_some_and(|gates| !gates.is_empty()) {
        return Ok(Again::Never);
    }
    let all = desk.list(NODES, "");
    let bound = desk.list(PODS, "");
    let chosen = match behaviour {
        Behaviour::Unschedulable => None,
        _ => nodes::choose(pod, &all, &bound),
    };
    match chosen {
        Some(node) => bind(desk, pod, node),
        None => refuse(desk, pod, all.len())?,
    }
    Ok(Again::Never)
}

/// Gives a pod its node, as the binding subresource does: nobody owns the field.
fn bind(desk: &mut Desk<'_>, pod: &Value, node: &str) {
    let Some(kind) = desk.world.kinds.find("", "v1", "pods").cloned() else { return };
    let mut bound = pod.clone();
    bound["spec"]["nodeName"] = node.into();
    let condition = json!({
        "type": "PodScheduled",
        "status": "True",
        "lastProbeTime": null,
        "lastTransitionTime": desk.time(),
    });
    super::object::push_condition(&mut bound["status"], condition);
    let key = (namespace(pod).to_owned(), name(pod).to_owned());
    desk.world.store.put(&kind.resource, key, bound);
}

fn refuse(desk: &mut Desk<'_>, pod: &Value, nodes: usize) -> Result<(), Refused> {
    let message = if nodes == 0 {
        "no nodes available to schedule pods".to_owned()
    } else {
        format!(
            "0/{nodes} nodes are available: {nodes} Insufficient cpu. preemption: 0/{nodes} nodes are \
             available: {nodes} No preemption victims found for incoming pod."
        )
    };
    let known = pod.get("status").and_then(|status| condition(status, "PodScheduled"));
    if known.is_some_and(|known| text(known, "/message") == message) {
        return Ok(());
    }
    desk.agent = "kube-scheduler/v1";
    let condition = json!({
        "type": "PodScheduled",
        "status": "False",
        "lastProbeTime": null,
        "lastTransitionTime": desk.time(),
        "reason": "Unschedulable",
        "message": message,
    });
    let patch = json!({ "status": { "conditions": [condition] } });
    desk.patch(PODS, (namespace(pod), name(pod), "status"), STRATEGIC, &patch)?;
    let component = "default-scheduler";
    let happened = Happened { component, warning: true, reason: "FailedScheduling", message };
    desk.note(pod, PODS, &happened);
    Ok(())
}
