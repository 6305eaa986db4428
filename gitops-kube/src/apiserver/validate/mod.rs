//! The rules of kinds: what a new object must be, and what a change may not touch.

mod claims;
mod container;
mod diff;
mod event;
mod fields;
mod ingress;
mod jobs;
mod metadata;
pub(super) mod names;
mod pod;
mod policy;
mod probes;
mod rules;
mod schedule;
mod scheduling;
mod selector;
mod service;
mod status;
mod volumes;
mod workload;

use serde_json::Value;

use super::{crd, kinds::Kind, status::Problem, world::Call};

/// How many bytes the data of a configuration or a secret may have together.
pub(crate) const DATA_BYTES_MAX: usize = 1024 * 1024;

/// Returns what is wrong with a new object.
pub(crate) fn created(call: &Call<'_>, object: &Value) -> Vec<Problem> {
    let kind = &call.kind;
    let mut problems = Vec::new();
    metadata::check(kind, object, &mut problems);
    match &kind.custom {
        Some(custom) => problems.extend(crd::validate::created(object, custom)),
        None => content(call, object, &mut problems),
    }
    if kind.is("networking.k8s.io", "Ingress") {
        ingress::check_class(object, &mut problems);
    }
    problems
}

/// Checks the metadata of an object inside another.
pub(crate) fn embedded_metadata(meta: &Value, path: &str, out: &mut Vec<Problem>) {
    metadata::embedded(meta, path, out);
}

fn content(call: &Call<'_>, object: &Value, out: &mut Vec<Problem>) {
    let kind = &call.kind;
    match (kind.group(), kind.info.kind.as_str()) {
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") => {
            workload::check(&kind.info.kind, object, gives_labels(call), out);
        }
        ("batch", "Job") => jobs::job(object, out),
        ("batch", "CronJob") => jobs::cron_job(object, out),
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
        ("", "Event") => event::check(object, out),
        ("", "ConfigMap") => rules::config_map(object, out),
        ("", "Secret") => rules::secret(object, out),
        ("", "PersistentVolumeClaim") => {
            claims::check(object.get("spec").unwrap_or(&Value::Null), "spec", out);
        }
        ("networking.k8s.io", "Ingress") => {
            ingress::check(object, call.traces.borrow().is_empty_at("/spec/rules"), out);
        }
        ("networking.k8s.io", "NetworkPolicy") => policy::network(object, out),
        ("policy", "PodDisruptionBudget") => policy::budget(object, out),
        ("autoscaling", "HorizontalPodAutoscaler") => policy::autoscaler(object, out),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            rules::binding(object, kind.info.namespaced, out);
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            out.extend(crd::definition::created(object));
        }
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
    let mut own = Vec::new();
    metadata::check_change(kind, object, &mut own);
    if !own.is_empty() {
        // What is common to all kinds is checked on the way, then by the kind itself.
        metadata::check_again(object, &mut problems);
        metadata::check_again(object, &mut problems);
    }
    if !kind.is_custom() {
        metadata::standard_finalizers(object, &mut own);
    }
    problems.extend(own.iter().cloned());
    if let Some(custom) = &kind.custom {
        problems.extend(match call.subresource.as_str() {
            "status" => crd::validate::status_changed(live, object, custom),
            _ => crd::validate::changed(live, object, custom),
        });
        return problems;
    }
    if call.subresource == "status" {
        if kind.is("", "Service") {
            service::check_status(object, &mut problems);
        }
        status::check(kind, live, object, &mut problems);
        return problems;
    }
    if kind.is("apiextensions.k8s.io", "CustomResourceDefinition") {
        problems.extend(crd::definition::changed(live, object));
        return problems;
    }
    if kind.is("", "ConfigMap") || kind.is("", "Secret") {
        rules::immutable_data(call, live, object, &mut problems);
    }
    if checks_metadata_twice(kind) && kind.group() != "rbac.authorization.k8s.io" {
        problems.append(&mut own);
    }
    match (kind.group(), kind.info.kind.as_str()) {
        ("", "Service") => service::check_change(live, object, &mut problems),
        ("apps", "StatefulSet") => {
            workload::check_stateful(live, object, gives_labels(call), &mut problems);
            workload::check_stateful_change(live, object, &mut problems);
            return problems;
        }
        _ => {}
    }
    content(call, object, &mut problems);
    if checks_metadata_twice(kind) {
        problems.append(&mut own);
    }
    match (kind.group(), kind.info.kind.as_str()) {
        ("", "PersistentVolumeClaim") => claims::check_change(live, object, &mut problems),
        ("batch", "Job") => jobs::job_change(live, object, &mut problems),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            rules::binding_change(live, object, &mut problems);
        }
        _ => {}
    }
    if matches!(kind.group(), "apps") && !kind.is_custom() {
        workload::check_selector_change(&kind.info.kind, live, object, &mut problems);
    }
    problems
}

/// Whether the labels of the pods of a workload are given, but empty.
fn gives_labels(call: &Call<'_>) -> bool {
    call.traces.borrow().is_empty_at("/spec/template/metadata/labels")
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
