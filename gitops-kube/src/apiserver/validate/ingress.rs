//! The rules of ingresses.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::{
    super::{status::Problem, world::text},
    names,
};

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Checks an Ingress; `given` says that its rules were given, but empty.
pub(super) fn check(object: &Value, given: bool, out: &mut Vec<Problem>) {
    let rules = list(object, "/spec/rules");
    let backend = object.pointer("/spec/defaultBackend");
    if rules.is_empty() && backend.is_none() {
        let detail = "either `defaultBackend` or `rules` must be specified";
        let shown = if given { json!([]) } else { Value::Null };
        out.push(Problem::invalid("spec", &shown, detail));
    }
    if let Some(backend) = backend {
        check_backend(backend, "spec.defaultBackend", out);
    }
    for (index, rule) in rules.iter().enumerate() {
        check_rule(rule, &format!("spec.rules[{index}]"), out);
    }
    for (index, tls) in list(object, "/spec/tls").iter().enumerate() {
        let path = format!("spec.tls[{index}]");
        for (index, host) in list(tls, "/hosts").iter().enumerate() {
            check_host(host.as_str().unwrap_or_default(), &format!("{path}.hosts[{index}]"), out);
        }
        let name = text(tls, "/secretName");
        for problem in names::subdomain(name).iter().filter(|_| !name.is_empty()) {
            out.push(Problem::invalid(format!("{path}.secretName"), &json!(name), problem));
        }
    }
    if let Some(class) = object.pointer("/spec/ingressClassName").and_then(Value::as_str) {
        for problem in names::subdomain(class) {
            out.push(Problem::invalid("spec.ingressClassName", &json!(class), &problem));
        }
    }
}

/// Checks that the old annotation and the class agree.
pub(super) fn check_class(object: &Value, out: &mut Vec<Problem>) {
    let annotation = object.pointer("/metadata/annotations/kubernetes.io~1ingress.class");
    let class = object.pointer("/spec/ingressClassName");
    if let (Some(annotation), Some(class)) = (annotation, class)
        && annotation != class
    {
        let field = "annotations.kubernetes.io/ingress.class";
        let detail = "must match `ingressClassName` when both are specified";
        out.push(Problem::invalid(field, annotation, detail));
    }
}

fn check_host(host: &str, path: &str, out: &mut Vec<Problem>) {
    let problems = if host.contains('*') { names::wildcard(host) } else { names::subdomain(host) };
    for problem in problems {
        out.push(Problem::invalid(path, &json!(host), &problem));
    }
}

fn check_rule(rule: &Value, path: &str, out: &mut Vec<Problem>) {
    let host = text(rule, "/host");
    if !host.is_empty() {
        let at = format!("{path}.host");
        if host.parse::<IpAddr>().is_ok() {
            let detail = "must be a DNS name, not an IP address";
            out.push(Problem::invalid(&at, &json!(host), detail));
        }
        check_host(host, &at, out);
    }
    let Some(http) = rule.get("http").filter(|http| http.is_object()) else { return };
    let path = format!("{path}.http.paths");
    let paths = list(http, "/paths");
    if paths.is_empty() {
        out.push(Problem::required(&path, ""));
    }
    for (index, entry) in paths.iter().enumerate() {
        check_path(entry, &format!("{path}[{index}]"), out);
    }
}

fn check_path(entry: &Value, path: &str, out: &mut Vec<Problem>) {
    let at = format!("{path}.path");
    let found = text(entry, "/path");
    let absolute = |out: &mut Vec<Problem>| {
        if !found.starts_with('/') {
            out.push(Problem::invalid(&at, &json!(found), "must be an absolute path"));
        }
    };
    match text(entry, "/pathType") {
        "" if entry.get("pathType").is_none_or(Value::is_null) => {
            let detail = "pathType must be specified";
            return out.push(Problem::required(format!("{path}.pathType"), detail));
        }
        "Exact" | "Prefix" => {
            absolute(out);
            for wrong in ["//", "/./", "/../", "%2f", "%2F"] {
                if found.contains(wrong) {
                    let detail = format!("must not contain '{wrong}'");
                    out.push(Problem::invalid(&at, &json!(found), &detail));
                }
            }
            for wrong in ["/..", "/."] {
                if found.ends_with(wrong) {
                    let detail = format!("cannot end with '{wrong}'");
                    out.push(Problem::invalid(&at, &json!(found), &detail));
                }
            }
        }
        "ImplementationSpecific" => {
            if !found.is_empty() {
                absolute(out);
            }
        }
        other => {
            let valid = ["Exact", "ImplementationSpecific", "Prefix"];
            out.push(Problem::not_supported(format!("{path}.pathType"), &json!(other), &valid));
        }
    }
    let backend = entry.get("backend").cloned().unwrap_or_default();
    check_backend(&backend, &format!("{path}.backend"), out);
}

fn check_backend(backend: &Value, path: &str, out: &mut Vec<Problem>) {
    let service = backend.get("service").filter(|service| service.is_object());
    let resource = backend.get("resource").filter(|resource| resource.is_object());
    match (service, resource) {
        (None, None) => {
            let detail = "resource or service backend is required";
            out.push(Problem::invalid(path, &json!(""), detail));
        }
        (Some(_), Some(_)) => {
            let detail = "cannot set both resource and service backends";
            out.push(Problem::invalid(path, &json!(""), detail));
        }
        (None, Some(resource)) => {
            for name in ["kind", "name"] {
                if text(resource, &format!("/{name}")).is_empty() {
                    let detail = format!("{name} is required");
                    out.push(Problem::required(format!("{path}.resource.{name}"), &detail));
                }
            }
        }
        (Some(service), None) => check_service(service, path, out),
    }
}

fn check_service(service: &Value, path: &str, out: &mut Vec<Problem>) {
    let name = text(service, "/name");
    let at = format!("{path}.service.name");
    if name.is_empty() {
        out.push(Problem::required(at, ""));
    } else {
        for problem in names::service(name) {
            out.push(Problem::invalid(&at, &json!(name), &problem));
        }
    }
    let number = service.pointer("/port/number").and_then(Value::as_i64).filter(|n| *n != 0);
    let port = text(service, "/port/name");
    match (port, number) {
        ("", None) => out.push(Problem::required(path, "port name or number is required")),
        ("", Some(number)) => {
            if !(1..=65_535).contains(&number) {
                let field = format!("{path}.service.port.number");
                let detail = "must be between 1 and 65535, inclusive";
                out.push(Problem::invalid(field, &json!(number), detail));
            }
        }
        (_, Some(_)) => {
            let detail = "cannot set both port name & port number";
            out.push(Problem::invalid(path, &json!(""), detail));
        }
        (port, None) => {
            for problem in names::port(port) {
                out.push(Problem::invalid(
                    format!("{path}.service.port.name"),
                    &json!(port),
                    &problem,
                ));
            }
        }
    }
}
