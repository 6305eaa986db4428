//! Defaults of pods and pod templates.

use serde_json::{Value, json};

use super::set;

/// Fills a pod's spec.
pub(super) fn defaults(spec: &mut Value) {
    if !spec.is_object() {
        return;
    }
    set(spec, "dnsPolicy", json!("ClusterFirst"));
    set(spec, "restartPolicy", json!("Always"));
    set(spec, "schedulerName", json!("default-scheduler"));
    set(spec, "securityContext", json!({}));
    set(spec, "terminationGracePeriodSeconds", json!(30));
    // The old name of the field follows the new one.
    if let Some(account) = spec.get("serviceAccountName").cloned() {
        spec["serviceAccount"] = account;
    } else if let Some(account) = spec.get("serviceAccount").cloned() {
        set(spec, "serviceAccountName", account);
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        each(spec, list, container);
    }
    each(spec, "volumes", volume);
    each(spec, "tolerations", |_| {});
}

/// Calls `fill` with every item of a list.
pub(super) fn each(object: &mut Value, list: &str, fill: impl FnMut(&mut Value)) {
    if let Some(Value::Array(items)) = object.get_mut(list) {
        items.iter_mut().for_each(fill);
    }
}

fn container(container: &mut Value) {
    let image = container.get("image").and_then(Value::as_str).unwrap_or_default();
    let policy = if is_latest(image) { "Always" } else { "IfNotPresent" };
    set(container, "imagePullPolicy", json!(policy));
    set(container, "resources", json!({}));
    set(container, "terminationMessagePath", json!("/dev/termination-log"));
    set(container, "terminationMessagePolicy", json!("File"));
    each(container, "ports", |port| set(port, "protocol", json!("TCP")));
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get_mut(name).filter(|probe| probe.is_object()) {
            set(probe, "failureThreshold", json!(3));
            set(probe, "periodSeconds", json!(10));
            set(probe, "successThreshold", json!(1));
            set(probe, "timeoutSeconds", json!(1));
            handler(probe);
        }
    }
    for name in ["postStart", "preStop"] {
        if let Some(hook) = container.pointer_mut(&format!("/lifecycle/{name}")) {
            handler(hook);
        }
    }
    each(container, "env", |env| {
        if let Some(field) = env.pointer_mut("/valueFrom/fieldRef") {
            set(field, "apiVersion", json!("v1"));
        }
    });
}

/// Lets containers of a pod request what they are limited to, where they say nothing else.
pub(super) fn requests(spec: &mut Value) {
    for list in ["containers", "initContainers"] {
        each(spec, list, |container| {
            let limits = container.pointer("/resources/limits").and_then(Value::as_object).cloned();
            for (name, value) in limits.into_iter().flatten() {
                let requests = &mut container["resources"]["requests"];
                if requests.is_null() {
                    *requests = json!({});
                }
                set(requests, &name, value);
            }
        });
    }
}

fn handler(handler: &mut Value) {
    if let Some(get) = handler.get_mut("httpGet").filter(|get| get.is_object()) {
        set(get, "path", json!("/"));
        set(get, "scheme", json!("HTTP"));
    }
    if let Some(grpc) = handler.get_mut("grpc").filter(|grpc| grpc.is_object()) {
        set(grpc, "service", json!(""));
    }
}

/// Whether an image has the tag `latest`, written or not.
fn is_latest(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    match name.split_once(':') {
        Some((_, tag)) => tag == "latest",
        None => true,
    }
}

fn volume(volume: &mut Value) {
    if volume.as_object().is_some_and(|map| map.keys().all(|name| name == "name")) {
        set(volume, "emptyDir", json!({}));
    }
    for (name, mode) in [("secret", 420), ("configMap", 420), ("downwardAPI", 420)] {
        if let Some(inner) = volume.get_mut(name).filter(|inner| inner.is_object()) {
            set(inner, "defaultMode", json!(mode));
            each(inner, "items", |item| {
                if let Some(field) = item.get_mut("fieldRef") {
                    set(field, "apiVersion", json!("v1"));
                }
            });
        }
    }
    if let Some(projected) = volume.get_mut("projected").filter(|inner| inner.is_object()) {
        set(projected, "defaultMode", json!(420));
        each(projected, "sources", |source| {
            if let Some(token) = source.get_mut("serviceAccountToken") {
                set(token, "expirationSeconds", json!(3600));
            }
        });
    }
    if let Some(path) = volume.get_mut("hostPath").filter(|inner| inner.is_object()) {
        set(path, "type", json!(""));
    }
}
