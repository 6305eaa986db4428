//! The rules of references from a pod to its own fields and resources.

use serde_json::{Value, json};

use super::{
    super::{status::Problem, world::text},
    names,
};

const ENVIRONMENT: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
const VOLUMES: [&str; 5] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];
const RESOURCES: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];
/// What a pod has besides.
const KNOWN: [&str; 3] = ["spec.restartPolicy", "spec.schedulerName", "status.phase"];

/// Checks a reference of a variable to a field.
pub(super) fn check_variable(reference: &Value, path: &str, out: &mut Vec<Problem>) {
    check(reference, &ENVIRONMENT, path, out);
}

/// Checks a reference of a file to a field.
pub(super) fn check_volume(reference: &Value, path: &str, out: &mut Vec<Problem>) {
    check(reference, &VOLUMES, path, out);
}

fn check(reference: &Value, fit: &[&str], path: &str, out: &mut Vec<Problem>) {
    if text(reference, "/apiVersion").is_empty() {
        return out.push(Problem::required(format!("{path}.apiVersion"), ""));
    }
    let (field, at) = (text(reference, "/fieldPath"), format!("{path}.fieldPath"));
    if field.is_empty() {
        return out.push(Problem::required(at, ""));
    }
    if let Some((map, key)) = field.strip_suffix("']").and_then(|field| field.split_once("['")) {
        let key = match map {
            "metadata.annotations" => key.to_lowercase(),
            "metadata.labels" => key.to_owned(),
            _ => return out.push(unknown(at, field)),
        };
        for problem in names::qualified(&key) {
            out.push(Problem::invalid(path, &json!(key), &problem));
        }
        return;
    }
    let is = |list: &[&str]| list.contains(&field);
    if !is(&ENVIRONMENT) && !is(&VOLUMES) && !is(&KNOWN) {
        return out.push(unknown(at, field));
    }
    if !is(fit) {
        out.push(Problem::not_supported(at, &json!(field), fit));
    }
}

fn unknown(at: String, field: &str) -> Problem {
    let detail = format!("error converting fieldPath: field label not supported: {field}");
    Problem::invalid(at, &json!(field), &detail)
}

/// Checks a reference to a resource of a container.
pub(super) fn check_resource(reference: &Value, volume: bool, path: &str, out: &mut Vec<Problem>) {
    let resource = text(reference, "/resource");
    if volume && text(reference, "/containerName").is_empty() {
        out.push(Problem::required(format!("{path}.containerName"), ""));
    } else if resource.is_empty() {
        out.push(Problem::required(format!("{path}.resource"), ""));
    } else if !RESOURCES.contains(&resource) && !resource.contains(".hugepages-") {
        out.push(Problem::not_supported(format!("{path}.resource"), &json!(resource), &RESOURCES));
    }
}
