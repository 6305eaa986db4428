//! Defaults of workloads and services.

use serde_json::{Value, json};

use super::{
    super::{kinds::Kind, world::World},
    pod, set, set_zero,
};

/// Fills the spec of a workload.
pub(super) fn defaults(kind: &Kind, object: &mut Value) {
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    match kind.info.kind.as_str() {
        "Deployment" => deployment(spec),
        "StatefulSet" => stateful_set(spec),
        "DaemonSet" => daemon_set(spec),
        "ReplicaSet" | "ReplicationController" => set(spec, "replicas", json!(1)),
        "Job" => job(spec),
        "CronJob" => cron_job(spec),
        _ => return,
    }
    if let Some(pod) = spec.pointer_mut("/template/spec") {
        pod::defaults(pod);
    }
}

fn deployment(spec: &mut Value) {
    set(spec, "replicas", json!(1));
    set(spec, "revisionHistoryLimit", json!(10));
    set(spec, "progressDeadlineSeconds", json!(600));
    rolling(spec, "strategy", json!({ "maxSurge": "25%", "maxUnavailable": "25%" }));
}

fn daemon_set(spec: &mut Value) {
    set(spec, "revisionHistoryLimit", json!(10));
    rolling(spec, "updateStrategy", json!({ "maxSurge": 0, "maxUnavailable": 1 }));
}

fn stateful_set(spec: &mut Value) {
    set(spec, "replicas", json!(1));
    set(spec, "revisionHistoryLimit", json!(10));
    set(spec, "podManagementPolicy", json!("OrderedReady"));
    set(spec, "updateStrategy", json!({}));
    let strategy = &mut spec["updateStrategy"];
    if strategy.get("type").is_none_or(|kind| kind == "") {
        // Only who names no type gets a way to update.
        set_zero(strategy, "type", json!("RollingUpdate"));
        set(strategy, "rollingUpdate", json!({}));
    }
    if strategy["type"] == "RollingUpdate"
        && let Some(rolling) = strategy.get_mut("rollingUpdate").filter(|found| found.is_object())
    {
        set(rolling, "partition", json!(0));
    }
    let retention = "persistentVolumeClaimRetentionPolicy";
    set(spec, retention, json!({}));
    for name in ["whenDeleted", "whenScaled"] {
        set_zero(&mut spec[retention], name, json!("Retain"));
    }
    pod::each(spec, "volumeClaimTemplates", |claim| {
        set(claim, "apiVersion", json!("v1"));
        set(claim, "kind", json!("PersistentVolumeClaim"));
        set(claim, "status", json!({ "phase": "Pending" }));
        if let Some(status) = claim.get_mut("status") {
            set(status, "phase", json!("Pending"));
        }
        if let Some(spec) = claim.get_mut("spec") {
            set(spec, "volumeMode", json!("Filesystem"));
        }
    });
}

/// Fills an update strategy, which rolls unless it says otherwise.
fn rolling(spec: &mut Value, name: &str, parameters: Value) {
    set(spec, name, json!({}));
    let strategy = &mut spec[name];
    set(strategy, "type", json!("RollingUpdate"));
    if strategy["type"] != "RollingUpdate" {
        return;
    }
    set(strategy, "rollingUpdate", json!({}));
    if let Value::Object(parameters) = parameters {
        for (name, value) in parameters {
            set(&mut strategy["rollingUpdate"], &name, value);
        }
    }
}

fn job(spec: &mut Value) {
    if spec.get("completions").is_none() && spec.get("parallelism").is_none() {
        set(spec, "completions", json!(1));
    }
    set(spec, "parallelism", json!(1));
    set(spec, "backoffLimit", json!(6));
    set(spec, "completionMode", json!("NonIndexed"));
    set(spec, "suspend", json!(false));
    set(spec, "podReplacementPolicy", json!("TerminatingOrFailed"));
    set(spec, "manualSelector", json!(false));
}

fn cron_job(spec: &mut Value) {
    set(spec, "concurrencyPolicy", json!("Allow"));
    set(spec, "suspend", json!(false));
    set(spec, "successfulJobsHistoryLimit", json!(3));
    set(spec, "failedJobsHistoryLimit", json!(1));
    if let Some(pod) = spec.pointer_mut("/jobTemplate/spec/template/spec") {
        pod::defaults(pod);
    }
}

/// Says how the addresses of a balancer are reached.
fn balanced(object: &mut Value) {
    let Some(balancer) = object.pointer_mut("/status/loadBalancer") else { return };
    pod::each(balancer, "ingress", |ingress| {
        if ingress.get("ip").is_some_and(|ip| ip.as_str() != Some("")) {
            set(ingress, "ipMode", json!("VIP"));
        }
    });
}

/// Fills a service.
pub(super) fn service(object: &mut Value) {
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    set(spec, "type", json!("ClusterIP"));
    set(spec, "sessionAffinity", json!("None"));
    let kind = spec["type"].as_str().unwrap_or_default().to_owned();
    if kind != "ExternalName" {
        set(spec, "internalTrafficPolicy", json!("Cluster"));
    }
    let external = spec.get("externalIPs").and_then(Value::as_array).is_some_and(|l| !l.is_empty());
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") || (kind == "ClusterIP" && external) {
        set(spec, "externalTrafficPolicy", json!("Cluster"));
    }
    if spec["sessionAffinity"] == "ClientIP" {
        set(spec, "sessionAffinityConfig", json!({}));
        let config = &mut spec["sessionAffinityConfig"];
        set(config, "clientIP", json!({}));
        set(&mut config["clientIP"], "timeoutSeconds", json!(10_800));
    }
    if spec["sessionAffinity"] == "None"
        && let Some(map) = spec.as_object_mut()
    {
        map.remove("sessionAffinityConfig");
    }
    if kind == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", json!(true));
        balanced(object);
    }
    let Some(spec) = object.get_mut("spec") else { return };
    pod::each(spec, "ports", |port| {
        set(port, "protocol", json!("TCP"));
        let target = port.get("port").cloned().unwrap_or_else(|| json!(0));
        set_zero(port, "targetPort", target);
    });
}

/// Gives a service its addresses and node ports.
pub(super) fn addresses(world: &mut World, object: &mut Value) {
    let Some(spec) = object.get_mut("spec").filter(|spec| spec.is_object()) else { return };
    let kind = spec["type"].as_str().unwrap_or_default().to_owned();
    if kind == "ExternalName" {
        return;
    }
    if spec.get("clusterIP").is_none() {
        let drawn = world.draws.below(65_000);
        let address = format!("10.96.{}.{}", drawn / 254 % 256, drawn % 254 + 1);
        set(spec, "clusterIP", address.into());
    }
    let address = spec["clusterIP"].clone();
    set(spec, "clusterIPs", json!([address]));
    set(spec, "ipFamilies", json!(["IPv4"]));
    set(spec, "ipFamilyPolicy", json!("SingleStack"));
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        let mut next = || 30_000 + world.draws.below(2768);
        pod::each(spec, "ports", |port| {
            if port.get("nodePort").is_none_or(|port| port == 0) {
                port["nodePort"] = next().into();
            }
        });
    }
}
