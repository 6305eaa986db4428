//! The rules of services.

use serde_json::{Value, json};

use super::super::{status::Problem, world::text};

fn ports(object: &Value) -> &[Value] {
    object.pointer("/spec/ports").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Checks a service.
pub(super) fn check(object: &Value, out: &mut Vec<Problem>) {
    let kind = text(object, "/spec/type");
    let ports = ports(object);
    let headless = text(object, "/spec/clusterIP") == "None";
    if ports.is_empty() && !headless && kind != "ExternalName" {
        out.push(Problem::required("spec.ports", ""));
    }
    if headless && matches!(kind, "NodePort" | "LoadBalancer") {
        let detail = format!("may not be set to 'None' for {kind} services");
        out.push(Problem::invalid("spec.clusterIPs[0]", &json!("None"), &detail));
    }
    if kind == "ExternalName" && text(object, "/spec/externalName").is_empty() {
        out.push(Problem::required("spec.externalName", ""));
    }
    let mut names = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        check_port(port, index, 1 < ports.len(), &mut names, out);
    }
    let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    if !types.contains(&kind) {
        out.push(Problem::not_supported("spec.type", &json!(kind), &types));
    }
    check_twice(ports, out);
}

fn check_port<'p>(
    port: &'p Value,
    index: usize,
    several: bool,
    names: &mut Vec<&'p str>,
    out: &mut Vec<Problem>,
) {
    let path = format!("spec.ports[{index}]");
    let name = text(port, "/name");
    if several && name.is_empty() {
        out.push(Problem::required(format!("{path}.name"), ""));
    } else if !name.is_empty() {
        if names.contains(&name) {
            out.push(Problem::duplicate(format!("{path}.name"), &json!(name)));
        } else {
            names.push(name);
        }
    }
    let range = "must be between 1 and 65535, inclusive";
    let number = port.get("port").and_then(Value::as_i64).unwrap_or_default();
    if !(1..=65_535).contains(&number) {
        out.push(Problem::invalid(format!("{path}.port"), &json!(number), range));
    }
    let protocol = text(port, "/protocol");
    if !matches!(protocol, "TCP" | "UDP" | "SCTP") {
        let valid = ["SCTP", "TCP", "UDP"];
        out.push(Problem::not_supported(format!("{path}.protocol"), &json!(protocol), &valid));
    }
    if let Some(target) = port.get("targetPort").and_then(Value::as_i64)
        && !(1..=65_535).contains(&target)
    {
        out.push(Problem::invalid(format!("{path}.targetPort"), &json!(target), range));
    }
}

/// The same port and protocol twice.
fn check_twice(ports: &[Value], out: &mut Vec<Problem>) {
    let mut seen = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        let key = (port.get("port"), port.get("protocol"));
        if seen.contains(&key) {
            // Shown as the server holds it: whole, with everything else empty.
            let (number, protocol) = (number_of(port), json!(text(port, "/protocol")));
            let message = format!(
                "Duplicate value: {{\"Name\":\"\",\"Protocol\":{protocol},\"AppProtocol\":null,\
                 \"Port\":{number},\"TargetPort\":0,\"NodePort\":0}}"
            );
            out.push(Problem {
                reason: "FieldValueDuplicate",
                field: format!("spec.ports[{index}]"),
                message,
            });
        } else {
            seen.push(key);
        }
    }
}

fn number_of(port: &Value) -> i64 {
    port.get("port").and_then(Value::as_i64).unwrap_or_default()
}

/// Checks what a change may not do.
pub(super) fn check_change(live: &Value, object: &Value, out: &mut Vec<Problem>) {
    let kind = |value: &Value| text(value, "/spec/type").to_owned();
    let was = live.pointer("/spec/clusterIPs/0").and_then(Value::as_str).unwrap_or_default();
    let list = object.pointer("/spec/clusterIPs").cloned();
    let first = text(object, "/spec/clusterIP");
    let named = kind(live) == "ExternalName" || kind(object) == "ExternalName";
    if !named && !was.is_empty() && !first.is_empty() && first != was {
        let list = list.unwrap_or_else(|| json!([first]));
        out.push(Problem::invalid("spec.clusterIPs[0]", &list, "may not change once set"));
    }
}

/// Checks a status.
pub(super) fn check_status(object: &Value, out: &mut Vec<Problem>) {
    let ingress = object.pointer("/status/loadBalancer/ingress").and_then(Value::as_array);
    if text(object, "/spec/type") != "LoadBalancer" && ingress.is_some_and(|list| !list.is_empty())
    {
        let detail = "may only be used when `spec.type` is 'LoadBalancer'";
        out.push(Problem::forbidden("status.loadBalancer.ingress", detail));
    }
}
