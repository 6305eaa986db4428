//! The rules of network policies, disruption budgets and autoscalers.

use serde_json::{Value, json};

use super::{
    super::{status::Problem, world::text},
    names, selector,
};

const RANGE: &str = "must be between 1 and 65535, inclusive";

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Checks a network policy.
pub(super) fn network(object: &Value, out: &mut Vec<Problem>) {
    if let Some(found) = object.pointer("/spec/podSelector") {
        selector::check(found, "spec.podSelector", out);
    }
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for (index, rule) in list(object, &format!("/spec/{direction}")).iter().enumerate() {
            let path = format!("spec.{direction}[{index}]");
            for (index, port) in list(rule, "/ports").iter().enumerate() {
                network_port(port, &format!("{path}.ports[{index}]"), out);
            }
            for (index, peer) in list(rule, &format!("/{peers}")).iter().enumerate() {
                network_peer(peer, &format!("{path}.{peers}[{index}]"), out);
            }
        }
    }
    let kinds = list(object, "/spec/policyTypes");
    if 2 < kinds.len() {
        let detail = "may not specify more than two policyTypes";
        return out.push(Problem::invalid("spec.policyTypes", &json!(kinds), detail));
    }
    for (index, kind) in kinds.iter().enumerate() {
        if !matches!(kind.as_str(), Some("Ingress" | "Egress")) {
            let field = format!("spec.policyTypes[{index}]");
            out.push(Problem::not_supported(field, kind, &["Ingress", "Egress"]));
        }
    }
}

fn network_port(port: &Value, path: &str, out: &mut Vec<Problem>) {
    let protocol = text(port, "/protocol");
    if !matches!(protocol, "" | "TCP" | "UDP" | "SCTP") {
        let valid = ["TCP", "UDP", "SCTP"];
        out.push(Problem::not_supported(format!("{path}.protocol"), &json!(protocol), &valid));
    }
    let end = port.get("endPort").and_then(Value::as_i64);
    let at = format!("{path}.endPort");
    match port.get("port").filter(|port| !port.is_null()) {
        None => {
            if let Some(end) = end {
                let detail = "may not be specified when `port` is not specified";
                out.push(Problem::invalid(at, &json!(end), detail));
            }
        }
        Some(Value::Number(number)) => {
            let number = number.as_i64().unwrap_or_default();
            if !(1..=65_535).contains(&number) {
                out.push(Problem::invalid(format!("{path}.port"), &json!(number), RANGE));
            }
            let Some(end) = end else { return };
            if end < number {
                let detail = "must be greater than or equal to `port`";
                out.push(Problem::invalid(&at, &json!(number), detail));
            }
            if !(1..=65_535).contains(&end) {
                out.push(Problem::invalid(&at, &json!(end), RANGE));
            }
        }
        Some(name) => {
            if let Some(end) = end {
                let detail = "may not be specified when `port` is non-numeric";
                out.push(Problem::invalid(at, &json!(end), detail));
            }
            for problem in names::port(name.as_str().unwrap_or_default()) {
                out.push(Problem::invalid(format!("{path}.port"), name, &problem));
            }
        }
    }
}

fn network_peer(peer: &Value, path: &str, out: &mut Vec<Problem>) {
    let mut count = 0;
    for name in ["podSelector", "namespaceSelector"] {
        if let Some(found) = peer.get(name).filter(|found| found.is_object()) {
            count += 1;
            selector::check(found, &format!("{path}.{name}"), out);
        }
    }
    let block = peer.get("ipBlock").filter(|block| block.is_object());
    if let Some(block) = block {
        count += 1;
        let cidr = text(block, "/cidr");
        if cidr.is_empty() {
            out.push(Problem::required(format!("{path}.ipBlock.cidr"), ""));
        } else if !names::is_cidr(cidr) {
            let detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
            out.push(Problem::invalid(format!("{path}.ipBlock.cidr"), &json!(cidr), detail));
        }
    }
    if count == 0 {
        out.push(Problem::required(path, "must specify a peer"));
    } else if 1 < count && block.is_some() {
        out.push(Problem::forbidden(path, "may not specify both ipBlock and another peer"));
    }
}

/// Checks a disruption budget.
pub(super) fn budget(object: &Value, out: &mut Vec<Problem>) {
    let field = |name: &str| object.pointer(&format!("/spec/{name}")).filter(|v| !v.is_null());
    if field("minAvailable").is_some() && field("maxUnavailable").is_some() {
        let shown = budget_text(object);
        let detail = "minAvailable and maxUnavailable cannot be both set";
        let message = format!("Invalid value: {shown}: {detail}");
        out.push(Problem::said("FieldValueInvalid", "spec", message));
    }
    for name in ["minAvailable", "maxUnavailable"] {
        if let Some(value) = field(name) {
            amount(value, &format!("spec.{name}"), out);
        }
    }
    if let Some(found) = field("selector") {
        selector::check(found, "spec.selector", out);
    }
    let policy = text(object, "/spec/unhealthyPodEvictionPolicy");
    if !matches!(policy, "" | "AlwaysAllow" | "IfHealthyBudget") {
        let valid = ["AlwaysAllow", "IfHealthyBudget"];
        let field = "spec.unhealthyPodEvictionPolicy";
        out.push(Problem::not_supported(field, &json!(policy), &valid));
    }
}

fn budget_text(object: &Value) -> String {
    let at = |name: &str| object.pointer(&format!("/spec/{name}")).cloned().unwrap_or_default();
    format!(
        "{{\"MinAvailable\":{},\"Selector\":{},\"MaxUnavailable\":{},\"UnhealthyPodEvictionPolicy\":{}}}",
        at("minAvailable"),
        at("selector"),
        at("maxUnavailable"),
        at("unhealthyPodEvictionPolicy")
    )
}

/// Checks a number of pods, or a share of them.
pub(super) fn amount(value: &Value, path: &str, out: &mut Vec<Problem>) {
    match value {
        Value::String(share) => {
            let digits = share.strip_suffix('%').unwrap_or_default();
            let fits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            if !fits {
                let detail = "a valid percent string must be a numeric string followed by an ending \
                              '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
                out.push(Problem::invalid(path, value, detail));
            } else if digits.parse::<u32>().is_ok_and(|share| 100 < share) {
                out.push(Problem::invalid(path, value, "must not be greater than 100%"));
            }
        }
        value => {
            if value.as_i64().is_some_and(|number| number < 0) {
                let detail = "must be greater than or equal to 0";
                out.push(Problem::invalid(path, value, detail));
            }
        }
    }
}

/// Checks an autoscaler.
pub(super) fn autoscaler(object: &Value, out: &mut Vec<Problem>) {
    let number = |name: &str| object.pointer(&format!("/spec/{name}")).and_then(Value::as_i64);
    let min = number("minReplicas");
    if let Some(min) = min.filter(|min| *min < 1) {
        let detail = "must be greater than or equal to 1";
        out.push(Problem::invalid("spec.minReplicas", &json!(min), detail));
    }
    let max = number("maxReplicas").unwrap_or(0);
    if max < 1 {
        out.push(Problem::invalid("spec.maxReplicas", &json!(max), "must be greater than 0"));
    }
    if min.is_some_and(|min| max < min) {
        let detail = "must be greater than or equal to `minReplicas`";
        out.push(Problem::invalid("spec.maxReplicas", &json!(max), detail));
    }
    for name in ["kind", "name"] {
        let value = text(object, &format!("/spec/scaleTargetRef/{name}"));
        let field = format!("spec.scaleTargetRef.{name}");
        if value.is_empty() {
            out.push(Problem::required(field, ""));
        } else {
            for problem in super::metadata::path_segment(value) {
                out.push(Problem::invalid(&field, &json!(value), &problem));
            }
        }
    }
}
