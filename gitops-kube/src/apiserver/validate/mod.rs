//! The rules of kinds: what a new object must be, and what a change may not touch.

mod metadata;
mod names;
mod pod;
mod rules;
mod scheduling;
mod service;
mod workload;

use serde_json::Value;

use super::{crd, kinds::Kind, status::Problem, world::Call};

/// How many bytes the data of a configuration or a secret may have together.
pub(crate) const DATA_BYTES_MAX: usize = 1024 * 1024;

/// Returns what is wrong with a new object.
pub(crate) fn created(kind: &Kind, object: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    metadata::check(kind, object, &mut problems);
    content(kind, object, &mut problems);
    problems
}

fn content(kind: &Kind, object: &Value, out: &mut Vec<Problem>) {
    if let Some(custom) = &kind.custom {
        out.extend(crd::validate::problems(object, &custom.schema));
        return;
    }
    match (kind.group(), kind.info.kind.as_str()) {
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") => {
            workload::check(&kind.info.kind, object, out);
        }
        ("batch", "Job" | "CronJob") => workload::check_job(&kind.info.kind, object, out),
        ("", "Pod") => {
            if let Some(spec) = object.get("spec") {
                pod::check(spec, "spec", out);
            }
        }
        ("", "PodTemplate") => {
            if let Some(spec) = object.pointer("/template/spec") {
                pod::check(spec, "template.spec", out);
            }
        }
        ("", "Service") => service::check(object, out),
        ("", "ConfigMap") => rules::config_map(object, out),
        ("", "Secret") => rules::secret(object, out),
        ("networking.k8s.io", "Ingress") => rules::ingress(object, out),
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => {
            rules::role(object, kind.info.namespaced, out);
        }
        _ => {}
    }
}

/// Returns what is wrong with a change.
pub(crate) fn changed(call: &Call<'_>, live: &Value, object: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let kind = &call.kind;
    metadata::check_change(kind, object, &mut problems);
    if !problems.is_empty() {
        // What is common to all kinds is checked on the way, then by the kind itself.
        metadata::check_again(object, &mut problems);
        metadata::check_again(object, &mut problems);
    }
    if call.subresource == "status" {
        if kind.is("", "Service") {
            service::check_status(object, &mut problems);
        } else if kind.is_custom() {
            content(kind, object, &mut problems);
        }
        return problems;
    }
    if checks_metadata_twice(kind) {
        metadata::check_change(kind, object, &mut problems);
    }
    match (kind.group(), kind.info.kind.as_str()) {
        ("", "Service") => service::check_change(live, object, &mut problems),
        ("", "ConfigMap" | "Secret") => rules::immutable_data(kind, live, object, &mut problems),
        ("apps", "StatefulSet") => {
            workload::check_stateful(live, object, &mut problems);
            workload::check_stateful_change(live, object, &mut problems);
            return problems;
        }
        _ => {}
    }
    content(kind, object, &mut problems);
    if matches!(kind.group(), "apps") && !kind.is_custom() {
        workload::check_selector_change(&kind.info.kind, live, object, &mut problems);
    }
    problems
}

/// Whether a change of a kind is also checked as if it were new.
fn checks_metadata_twice(kind: &Kind) -> bool {
    !kind.is_custom()
        && matches!(
            (kind.group(), kind.info.kind.as_str()),
            (
                "",
                "ConfigMap"
                    | "Secret"
                    | "ServiceAccount"
                    | "PodTemplate"
                    | "Pod"
                    | "PersistentVolumeClaim"
                    | "Endpoints"
            ) | ("networking.k8s.io", "Ingress")
                | ("rbac.authorization.k8s.io", _)
        )
}
