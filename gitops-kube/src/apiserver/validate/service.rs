//! The rules of services.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{
    super::{status::Problem, world::text},
    metadata, names,
};

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
    if kind == "ExternalName" {
        external_name(object, out);
    }
    let mut seen = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        check_port(port, index, 1 < ports.len(), &mut seen, out);
    }
    metadata::labels(object.pointer("/spec/selector"), "spec.selector", out);
    affinity(object, out);
    external_addresses(object, out);
    let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    if !types.contains(&kind) {
        out.push(Problem::not_supported("spec.type", &json!(kind), &types));
    }
    node_ports(kind, ports, out);
    check_twice(ports, out);
    policies(object, kind, out);
}

fn external_name(object: &Value, out: &mut Vec<Problem>) {
    for name in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if object.pointer(&format!("/spec/{name}")).is_some_and(|value| !value.is_null()) {
            let detail = "may not be set for ExternalName services";
            out.push(Problem::forbidden(format!("spec.{name}"), detail));
        }
    }
    let name = text(object, "/spec/externalName");
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() {
        return out.push(Problem::required("spec.externalName", ""));
    }
    for problem in names::subdomain(name) {
        out.push(Problem::invalid("spec.externalName", &json!(name), &problem));
    }
}

fn external_addresses(object: &Value, out: &mut Vec<Problem>) {
    let list = object.pointer("/spec/externalIPs").and_then(Value::as_array);
    for (index, shown) in list.into_iter().flatten().enumerate() {
        let field = format!("spec.externalIPs[{index}]");
        let text = shown.as_str().unwrap_or_default();
        let detail = match text.parse::<IpAddr>() {
            Err(_) => "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)".to_owned(),
            Ok(address) if address.is_unspecified() => format!("may not be unspecified ({text})"),
            Ok(address) if address.is_loopback() => {
                "may not be in the loopback range (127.0.0.0/8, ::1/128)".to_owned()
            }
            Ok(address) if is_link_local(address) => {
                "may not be in the link-local range (169.254.0.0/16, fe80::/10)".to_owned()
            }
            Ok(_) => continue,
        };
        out.push(Problem::invalid(field, shown, &detail));
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

fn affinity(object: &Value, out: &mut Vec<Problem>) {
    match text(object, "/spec/sessionAffinity") {
        "" => out.push(Problem::required("spec.sessionAffinity", "")),
        "None" => {}
        "ClientIP" => {
            let at = "/spec/sessionAffinityConfig/clientIP/timeoutSeconds";
            let seconds = object.pointer(at).and_then(Value::as_i64).unwrap_or(0);
            if !(1..=86_400).contains(&seconds) {
                let detail = "must be greater than 0 and less than 86400";
                let field = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
                out.push(Problem::invalid(field, &json!(seconds), detail));
            }
        }
        other => {
            let valid = ["ClientIP", "None"];
            out.push(Problem::not_supported("spec.sessionAffinity", &json!(other), &valid));
        }
    }
}

/// Ports of nodes: only where nodes have some, and each once.
fn node_ports(kind: &str, ports: &[Value], out: &mut Vec<Problem>) {
    let number = |port: &Value| port.get("nodePort").and_then(Value::as_i64).unwrap_or(0);
    for (index, port) in ports.iter().enumerate() {
        if kind == "ClusterIP" && number(port) != 0 {
            let detail = "may not be used when `type` is 'ClusterIP'";
            out.push(Problem::forbidden(format!("spec.ports[{index}].nodePort"), detail));
        }
    }
    for (index, port) in ports.iter().enumerate() {
        let same = |other: &&Value| {
            number(other) == number(port) && other.get("protocol") == port.get("protocol")
        };
        if number(port) != 0 && ports[..index].iter().any(|other| same(&other)) {
            let field = format!("spec.ports[{index}].nodePort");
            out.push(Problem::duplicate(field, &json!(number(port))));
        }
    }
}

/// What is only for balancers and nodes.
fn policies(object: &Value, kind: &str, out: &mut Vec<Problem>) {
    let ranges = object.pointer("/spec/loadBalancerSourceRanges").and_then(Value::as_array);
    if kind != "LoadBalancer" {
        let detail = "may only be used when `type` is 'LoadBalancer'";
        if ranges.is_some_and(|ranges| !ranges.is_empty()) {
            out.push(Problem::forbidden("spec.LoadBalancerSourceRanges", detail));
        }
        if object.pointer("/spec/allocateLoadBalancerNodePorts").is_some() {
            out.push(Problem::forbidden("spec.allocateLoadBalancerNodePorts", detail));
        }
        if object.pointer("/spec/loadBalancerClass").is_some() {
            out.push(Problem::forbidden("spec.loadBalancerClass", detail));
        }
    }
    let external = text(object, "/spec/externalTrafficPolicy");
    if !matches!(external, "" | "Cluster" | "Local") {
        let valid = ["Cluster", "Local"];
        out.push(Problem::not_supported("spec.externalTrafficPolicy", &json!(external), &valid));
    }
    let internal = text(object, "/spec/internalTrafficPolicy");
    if !matches!(internal, "" | "Cluster" | "Local") {
        let valid = ["Cluster", "Local"];
        out.push(Problem::not_supported("spec.internalTrafficPolicy", &json!(internal), &valid));
    }
}

fn check_port<'p>(
    port: &'p Value,
    index: usize,
    several: bool,
    seen: &mut Vec<&'p str>,
    out: &mut Vec<Problem>,
) {
    let path = format!("spec.ports[{index}]");
    let name = text(port, "/name");
    if several && name.is_empty() {
        out.push(Problem::required(format!("{path}.name"), ""));
    } else if !name.is_empty() {
        for problem in names::label(name) {
            out.push(Problem::invalid(format!("{path}.name"), &json!(name), &problem));
        }
        if seen.contains(&name) {
            out.push(Problem::duplicate(format!("{path}.name"), &json!(name)));
        } else {
            seen.push(name);
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
    if let Some(target) = port.get("targetPort").and_then(Value::as_str) {
        for problem in names::port(target) {
            out.push(Problem::invalid(format!("{path}.targetPort"), &json!(target), &problem));
        }
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
