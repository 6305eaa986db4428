//! The pods of a controller: made from its template, claimed by its selector, counted and given up.

use std::{cmp::Reverse, sync::Arc};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::world::{At, metadata, text},
    desk::{Desk, Happened, PODS, Refused, Resource},
    object::{
        after, annotation, by_age, condition, controller, is_controlled, is_deleting, name,
        namespace, number, reference, selects, time_at, uid,
    },
};

/// How many pods one step makes or deletes for one owner, as the real controllers do.
pub(crate) const PODS_PER_STEP_MAX: usize = 500;

/// Builds a pod from the template of its owner.
pub(crate) fn from_template(template: &Value, owner: &Value, of: Resource) -> Value {
    let mut meta = json!({
        "namespace": namespace(owner),
        "generateName": format!("{}-", name(owner)),
        "ownerReferences": [reference(owner, of)],
    });
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = template.at(&format!("/metadata/{field}")) {
            meta[field] = value.clone();
        }
    }
    let spec = template.get("spec").cloned().unwrap_or_else(|| json!({}));
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec })
}

pub(crate) fn phase(pod: &Value) -> &str {
    text(pod, "/status/phase")
}

pub(crate) fn is_finished(pod: &Value) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

pub(crate) fn is_active(pod: &Value) -> bool {
    !is_finished(pod) && !is_deleting(pod)
}

pub(crate) fn is_ready(pod: &Value) -> bool {
    ready_condition(pod).is_some_and(|ready| text(ready, "/status") == "True")
}

fn ready_condition(pod: &Value) -> Option<&Value> {
    condition(pod.get("status")?, "Ready")
}

/// Says when a ready pod becomes available; in the past when it is.
pub(crate) fn available_at(pod: &Value, min_ready: i64) -> Option<Timestamp> {
    let ready = ready_condition(pod).filter(|ready| text(ready, "/status") == "True")?;
    if min_ready == 0 {
        return Some(Timestamp::MIN);
    }
    Some(after(time_at(ready, "/lastTransitionTime")?, min_ready))
}

pub(crate) fn is_available(pod: &Value, min_ready: i64, now: Timestamp) -> bool {
    available_at(pod, min_ready).is_some_and(|at| at <= now)
}

/// Says when the next ready pod becomes available.
pub(crate) fn next_available(
    pods: &[Arc<Value>],
    min_ready: i64,
    now: Timestamp,
) -> Option<Timestamp> {
    pods.iter().filter_map(|pod| available_at(pod, min_ready)).filter(|at| *at > now).min()
}

/// Returns the pods of an owner: takes in those it selects and frees those it no longer does.
pub(crate) fn claim(
    desk: &mut Desk<'_>,
    owner: &Value,
    of: Resource,
    selector: &Value,
) -> Result<Vec<Arc<Value>>, Refused> {
    let mut claimed = Vec::new();
    for pod in desk.list(PODS, namespace(owner)) {
        let fits = selects(Some(selector), &pod);
        if is_controlled(&pod, owner) {
            if fits || is_deleting(owner) {
                claimed.push(pod);
            } else {
                release(desk, &pod, owner)?;
            }
        } else if fits && controller(&pod).is_none() && is_active(&pod) && !is_deleting(owner) {
            let patch = json!({
                "metadata": { "uid": uid(&pod), "ownerReferences": [reference(owner, of)] },
            });
            let place = (namespace(&pod), name(&pod), "");
            claimed.push(desk.patch(PODS, place, STRATEGIC, &patch)?);
        }
    }
    Ok(claimed)
}

/// The media type of the patches that controllers send.
pub(crate) const STRATEGIC: &str = "application/strategic-merge-patch+json";

fn release(desk: &mut Desk<'_>, pod: &Value, owner: &Value) -> Result<(), Refused> {
    let patch = json!({
        "metadata": {
            "uid": uid(pod),
            "ownerReferences": [{ "$patch": "delete", "uid": uid(owner) }],
        },
    });
    desk.patch(PODS, (namespace(pod), name(pod), ""), STRATEGIC, &patch).map(|_| ())
}

/// Makes a pod and says so in an event.
pub(crate) fn create(
    desk: &mut Desk<'_>,
    owner: &Value,
    of: Resource,
    pod: &Value,
) -> Result<Arc<Value>, Refused> {
    let component = component(of);
    match desk.create(PODS, pod) {
        Ok(made) => {
            let message = match of.kind {
                "StatefulSet" => stateful("Create", &made, owner, "successful"),
                _ => format!("Created pod: {}", name(&made)),
            };
            let happened =
                Happened { component, warning: false, reason: "SuccessfulCreate", message };
            desk.note(owner, of, &happened);
            Ok(made)
        }
        Err(refused) => {
            let message = match of.kind {
                "StatefulSet" => {
                    let ended = format!("failed error: {}", refused.message);
                    stateful("Create", pod, owner, &ended)
                }
                _ => format!("Error creating: {}", refused.message),
            };
            let happened = Happened { component, warning: true, reason: "FailedCreate", message };
            desk.note(owner, of, &happened);
            Err(refused)
        }
    }
}

/// Deletes a pod and says so in an event.
pub(crate) fn delete(
    desk: &mut Desk<'_>,
    owner: &Value,
    of: Resource,
    pod: &Value,
) -> Result<(), Refused> {
    desk.delete(PODS, pod, &[])?;
    let message = match of.kind {
        "StatefulSet" => stateful("Delete", pod, owner, "successful"),
        _ => format!("Deleted pod: {}", name(pod)),
    };
    let component = component(of);
    let happened = Happened { component, warning: false, reason: "SuccessfulDelete", message };
    desk.note(owner, of, &happened);
    Ok(())
}

/// Words an event as the controller of stateful sets does.
fn stateful(verb: &str, pod: &Value, set: &Value, ended: &str) -> String {
    format!("{verb} Pod {} in StatefulSet {} {ended}", name(pod), name(set))
}

fn component(of: Resource) -> &'static str {
    match of.kind {
        "StatefulSet" => "statefulset-controller",
        "DaemonSet" => "daemonset-controller",
        "Job" => "job-controller",
        "ReplicationController" => "replication-controller",
        _ => "replicaset-controller",
    }
}

/// Orders active pods: those to be given up first come first.
pub(crate) fn rank_for_deletion(pods: &mut [Arc<Value>], related: &[Arc<Value>]) {
    let on_node = |node: &str| {
        let same = related.iter().filter(|pod| text(pod, "/spec/nodeName") == node);
        same.filter(|pod| is_active(pod)).count()
    };
    pods.sort_by_cached_key(|pod| {
        let node = text(pod, "/spec/nodeName");
        let phase = match phase(pod) {
            "Pending" => 0,
            "Running" => 2,
            _ => 1,
        };
        let cost: i64 = annotation(pod, "controller.kubernetes.io/pod-deletion-cost")
            .and_then(|text| text.parse().ok())
            .unwrap_or_default();
        let ready_since = ready_condition(pod)
            .filter(|_| is_ready(pod))
            .map(|ready| text(ready, "/lastTransitionTime").to_owned())
            .unwrap_or_default();
        let statuses = pod.at("/status/containerStatuses").and_then(Value::as_array);
        let restarts = statuses
            .into_iter()
            .flatten()
            .map(|status| number(status, "/restartCount"))
            .max()
            .unwrap_or_default();
        let born = text(pod, "/metadata/creationTimestamp").to_owned();
        (
            (!node.is_empty(), phase, is_ready(pod), cost),
            (Reverse(on_node(node)), Reverse(ready_since), Reverse(restarts), Reverse(born)),
        )
    });
}

/// Orders pods by age.
pub(crate) fn sort_by_age(pods: &mut [Arc<Value>]) {
    pods.sort_by(|a, b| by_age(a, b));
}

/// Takes a finalizer out of an object's metadata and tells whether it was there.
pub(crate) fn drop_finalizer(object: &mut Value, finalizer: &str) -> bool {
    let meta = metadata(object);
    let Some(Value::Array(list)) = meta.get_mut("finalizers") else { return false };
    let before = list.len();
    list.retain(|entry| entry != finalizer);
    let dropped = list.len() != before;
    if list.is_empty() {
        meta.remove("finalizers");
    }
    dropped
}
