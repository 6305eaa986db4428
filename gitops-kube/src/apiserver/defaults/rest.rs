//! Defaults of the smaller kinds, and what a few of them keep whatever a request says.

use serde_json::{Map, Value, json};

use super::{
    super::{
        kinds::Kind,
        world::{At, metadata, text},
    },
    pod::each,
    set,
};

/// Fills an object of one of the smaller kinds.
pub(super) fn apply(kind: &Kind, object: &mut Value) {
    match (kind.group(), kind.info.kind.as_str()) {
        ("discovery.k8s.io", "EndpointSlice") => each(object, "ports", |port| {
            set(port, "name", json!(""));
            set(port, "protocol", json!("TCP"));
        }),
        ("", "Endpoints") => each(object, "subsets", |subset| {
            each(subset, "ports", |port| set(port, "protocol", json!("TCP")));
        }),
        ("", "LimitRange") => {
            if let Some(spec) = object.get_mut("spec") {
                each(spec, "limits", limits);
            }
        }
        ("", "PersistentVolume") => {
            if let Some(spec) = object.get_mut("spec") {
                set(spec, "persistentVolumeReclaimPolicy", json!("Retain"));
                set(spec, "volumeMode", json!("Filesystem"));
            }
        }
        ("autoscaling", "HorizontalPodAutoscaler") => {
            if let Some(spec) = object.get_mut("spec") {
                set(spec, "minReplicas", json!(1));
                let metric = json!([{
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": { "type": "Utilization", "averageUtilization": 80 },
                    },
                }]);
                if kind.info.version == "v2" {
                    set(spec, "metrics", metric);
                }
            }
        }
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => binding(object),
        ("storage.k8s.io", "StorageClass") => {
            set(object, "reclaimPolicy", json!("Delete"));
            set(object, "volumeBindingMode", json!("Immediate"));
        }
        ("scheduling.k8s.io", "PriorityClass") => {
            set(object, "preemptionPolicy", json!("PreemptLowerPriority"));
        }
        _ => {}
    }
}

/// Fills one range: the largest is the default, the default what is asked for.
fn limits(limit: &mut Value) {
    if limit.get("type").and_then(Value::as_str) != Some("Container") {
        return;
    }
    let amounts = |limit: &Value, name: &str| -> Map<String, Value> {
        limit.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
    };
    for (name, from) in
        [("default", "max"), ("defaultRequest", "default"), ("defaultRequest", "min")]
    {
        let given = amounts(limit, from);
        if given.is_empty() {
            continue;
        }
        let mut all = amounts(limit, name);
        for (resource, amount) in given {
            all.entry(resource).or_insert(amount);
        }
        if let Some(map) = limit.as_object_mut() {
            map.insert(name.to_owned(), Value::Object(all));
        }
    }
}

fn binding(object: &mut Value) {
    const RBAC: &str = "rbac.authorization.k8s.io";
    if let Some(role) = object.get_mut("roleRef").filter(|role| role.is_object()) {
        super::set_zero(role, "apiGroup", json!(RBAC));
    }
    each(object, "subjects", |subject| {
        if matches!(subject.get("kind").and_then(Value::as_str), Some("User" | "Group")) {
            super::set_zero(subject, "apiGroup", json!(RBAC));
        }
    });
}

const TEMPLATES: &str = "deprecated.daemonset.template.generation";

/// A daemon set counts its templates in an annotation.
pub(super) fn annotate(kind: &Kind, object: &mut Value) {
    if kind.is("apps", "DaemonSet") {
        let meta = metadata(object);
        let annotations = meta.entry("annotations").or_insert_with(|| json!({}));
        if let Some(map) = annotations.as_object_mut() {
            map.entry(TEMPLATES).or_insert_with(|| json!("0"));
        }
    }
}

/// Sets what a new object starts with.
pub(super) fn start(kind: &Kind, object: &mut Value) {
    if kind.is("apps", "DaemonSet") {
        object["metadata"]["annotations"][TEMPLATES] = "1".into();
    }
    if kind.is("batch", "Job") && object.at("/spec/manualSelector") != Some(&json!(true)) {
        job(object);
    }
}

/// A job finds its pods by labels that name it.
fn job(object: &mut Value) {
    let uid = json!(text(object, "/metadata/uid"));
    let name = json!(text(object, "/metadata/name"));
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    if spec.get("selector").is_none() {
        spec["selector"] = json!({ "matchLabels": { "batch.kubernetes.io/controller-uid": uid } });
    }
    if !spec["template"]["metadata"].is_object() {
        spec["template"]["metadata"] = json!({});
    }
    let meta = &mut spec["template"]["metadata"];
    if !meta["labels"].is_object() {
        meta["labels"] = json!({});
    }
    for prefix in ["", "batch.kubernetes.io/"] {
        meta["labels"][format!("{prefix}controller-uid")] = uid.clone();
        meta["labels"][format!("{prefix}job-name")] = name.clone();
    }
    let labels = meta["labels"].clone();
    let own = metadata(object);
    if own.get("labels").and_then(Value::as_object).is_none_or(Map::is_empty) {
        own.insert("labels".to_owned(), labels);
    }
}

/// Keeps what a change may not change.
pub(super) fn keep(kind: &Kind, live: &Value, object: &mut Value) {
    if kind.is("apps", "DaemonSet") {
        let before: u64 = live
            .at(&format!("/metadata/annotations/{TEMPLATES}"))
            .and_then(Value::as_str)
            .and_then(|count| count.parse().ok())
            .unwrap_or(1);
        let changed = live.at("/spec/template") != object.at("/spec/template");
        let count = before + u64::from(changed);
        object["metadata"]["annotations"][TEMPLATES] = count.to_string().into();
    }
    if kind.is("", "Namespace") {
        let name = text(live, "/metadata/name").to_owned();
        let meta = metadata(object);
        let labels = meta.entry("labels").or_insert_with(|| json!({}));
        if let Some(map) = labels.as_object_mut() {
            map.insert("kubernetes.io/metadata.name".to_owned(), name.into());
        }
    }
}
