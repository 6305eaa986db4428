//! Which pod may run on which node.

use std::sync::Arc;

use serde_json::{Value, json};

use super::object::{has_labels, name};
use crate::apiserver::world::text;

/// Taints that every pod of a `DaemonSet` tolerates.
const TOLERATED: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

const TERMS: &str =
    "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms";

/// Returns the node a pod of a `DaemonSet` is on or made for.
pub(super) fn target(pod: &Value) -> &str {
    let bound = text(pod, "/spec/nodeName");
    if !bound.is_empty() {
        return bound;
    }
    text(pod, &format!("{TERMS}/0/matchFields/0/values/0"))
}

/// Makes a pod fit for one node alone.
pub(super) fn prepare(pod: &mut Value, node: &str) {
    let host = pod.pointer("/spec/hostNetwork") == Some(&json!(true));
    let mut wanted: Vec<(&str, &str)> = TOLERATED.to_vec();
    if host {
        wanted.push(("node.kubernetes.io/network-unavailable", "NoSchedule"));
    }
    if !pod["spec"]["tolerations"].is_array() {
        pod["spec"]["tolerations"] = json!([]);
    }
    if let Value::Array(list) = &mut pod["spec"]["tolerations"] {
        for (key, effect) in wanted {
            let toleration = json!({ "key": key, "operator": "Exists", "effect": effect });
            if !list.contains(&toleration) {
                list.push(toleration);
            }
        }
    }
    let field = json!({ "key": "metadata.name", "operator": "In", "values": [node] });
    let terms = pod.pointer_mut(TERMS).and_then(Value::as_array_mut);
    if let Some(terms) = terms {
        for term in terms {
            term["matchFields"] = json!([field]);
        }
    } else {
        pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
            json!({ "nodeSelectorTerms": [{ "matchFields": [field] }] });
    }
}

/// Whether the pods of a `DaemonSet` start on a node, and whether those there may stay.
pub(super) fn runs_on(set: &Value, node: &Value) -> (bool, bool) {
    let mut pod = json!({ "spec": set.pointer("/spec/template/spec").cloned() });
    let bound = text(&pod, "/spec/nodeName");
    if (!bound.is_empty() && bound != name(node)) || !affine(&pod, node) {
        return (false, false);
    }
    prepare(&mut pod, name(node));
    let open = untolerated(&pod, node);
    let expelled = open.iter().any(|taint| text(taint, "/effect") == "NoExecute");
    (open.is_empty(), open.is_empty() || !expelled)
}

fn untolerated<'n>(pod: &Value, node: &'n Value) -> Vec<&'n Value> {
    let taints = node.pointer("/spec/taints").and_then(Value::as_array).into_iter().flatten();
    let tolerations = pod.pointer("/spec/tolerations").and_then(Value::as_array);
    let tolerated = |taint: &Value| {
        tolerations.into_iter().flatten().any(|toleration| {
            let (key, effect) = (text(toleration, "/key"), text(toleration, "/effect"));
            (key.is_empty() || key == text(taint, "/key"))
                && (effect.is_empty() || effect == text(taint, "/effect"))
                && (text(toleration, "/operator") == "Exists"
                    || text(toleration, "/value") == text(taint, "/value"))
        })
    };
    taints
        .filter(|taint| matches!(text(taint, "/effect"), "NoSchedule" | "NoExecute"))
        .filter(|taint| !tolerated(taint))
        .collect()
}

fn affine(pod: &Value, node: &Value) -> bool {
    if !has_labels(pod.pointer("/spec/nodeSelector"), node) {
        return false;
    }
    let Some(terms) = pod.pointer(TERMS).and_then(Value::as_array) else { return true };
    terms.iter().any(|term| {
        let all = |list: &str, label: bool| {
            let rules = term.get(list).and_then(Value::as_array);
            rules.into_iter().flatten().all(|rule| fits(rule, node, label))
        };
        all("matchExpressions", true) && all("matchFields", false)
    })
}

fn fits(rule: &Value, node: &Value, label: bool) -> bool {
    let key = text(rule, "/key");
    let found = if label {
        node.pointer("/metadata/labels").and_then(|labels| labels.get(key)).and_then(Value::as_str)
    } else {
        Some(name(node)).filter(|_| key == "metadata.name")
    };
    let values = rule.get("values").and_then(Value::as_array);
    let among = found.is_some_and(|found| values.into_iter().flatten().any(|v| v == found));
    let number = |text: &str| text.parse::<i64>().ok();
    let bound = values.and_then(|values| values.first()?.as_str()).and_then(number);
    match text(rule, "/operator") {
        "In" => among,
        "NotIn" => !among,
        "Exists" => found.is_some(),
        "DoesNotExist" => found.is_none(),
        "Gt" => found.and_then(number) > bound && bound.is_some(),
        "Lt" => found.and_then(number).is_some_and(|found| bound.is_some_and(|b| found < b)),
        _ => false,
    }
}

/// Returns the node with the fewest pods that lets a pod run.
pub(super) fn choose<'n>(
    pod: &Value,
    nodes: &'n [Arc<Value>],
    pods: &[Arc<Value>],
) -> Option<&'n str> {
    let fits = |node: &&Arc<Value>| {
        node.pointer("/spec/unschedulable") != Some(&json!(true))
            && affine(pod, node)
            && untolerated(pod, node).is_empty()
    };
    let load = |node: &str| pods.iter().filter(|pod| text(pod, "/spec/nodeName") == node).count();
    nodes.iter().filter(fits).map(|node| name(node)).min_by_key(|node| load(node))
}
