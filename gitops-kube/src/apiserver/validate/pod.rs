//! The rules of pods and pod templates.

use serde_json::{Value, json};

use super::{
    super::{status::Problem, world::text},
    container, metadata, probes, scheduling, volumes,
};

pub(super) fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Checks the spec of a pod.
pub(super) fn check(spec: &Value, path: &str, out: &mut Vec<Problem>) {
    let volumes = volumes::check(spec, path, out);
    let containers = list(spec, "containers");
    if containers.is_empty() {
        out.push(Problem::required(format!("{path}.containers"), ""));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        let at = format!("{path}.containers[{index}]");
        container::check(container, &at, &volumes, out);
        check_name_once(container, &at, &mut seen, out);
        probes::check(container, &at, out);
    }
    for (index, container) in list(spec, "initContainers").iter().enumerate() {
        let at = format!("{path}.initContainers[{index}]");
        container::check(container, &at, &volumes, out);
        check_name_once(container, &at, &mut seen, out);
        check_init(container, &at, out);
    }
    let policy = text(spec, "/restartPolicy");
    if !matches!(policy, "" | "Always" | "OnFailure" | "Never") {
        let valid = ["Always", "OnFailure", "Never"];
        out.push(Problem::not_supported(format!("{path}.restartPolicy"), &json!(policy), &valid));
    }
    let policy = text(spec, "/dnsPolicy");
    if !matches!(policy, "" | "ClusterFirstWithHostNet" | "ClusterFirst" | "Default" | "None") {
        let valid = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
        out.push(Problem::not_supported(format!("{path}.dnsPolicy"), &json!(policy), &valid));
    }
    metadata::labels(spec.get("nodeSelector"), &format!("{path}.nodeSelector"), out);
    scheduling::check(spec, path, out);
}

fn check_name_once<'c>(
    container: &'c Value,
    path: &str,
    seen: &mut Vec<&'c str>,
    out: &mut Vec<Problem>,
) {
    let name = text(container, "/name");
    if seen.contains(&name) {
        out.push(Problem::duplicate(format!("{path}.name"), &json!(name)));
    } else if !name.is_empty() || !path.contains(".initContainers[") {
        seen.push(name);
    }
}

/// What an init container that ends may not have.
fn check_init(container: &Value, path: &str, out: &mut Vec<Problem>) {
    if text(container, "/restartPolicy") == "Always" {
        return probes::check(container, path, out);
    }
    let detail = "may not be set for init containers without restartPolicy=Always";
    for name in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
        if container.get(name).is_some_and(Value::is_object) {
            out.push(Problem::forbidden(format!("{path}.{name}"), detail));
        }
    }
}
