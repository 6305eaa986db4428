//! The rules of probes and of hooks into the life of a container.

use serde_json::{Value, json};

use super::{
    super::{status::Problem, world::text},
    names,
    pod::list,
};

const HANDLERS: [&str; 5] = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"];

/// Checks the probes and hooks of a container.
pub(super) fn check(container: &Value, path: &str, out: &mut Vec<Problem>) {
    for name in ["postStart", "preStop"] {
        if let Some(hook) = container.pointer(&format!("/lifecycle/{name}")) {
            check_handler(hook, &format!("{path}.lifecycle.{name}"), out);
        }
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get(name).filter(|probe| probe.is_object()) {
            check_probe(probe, name, &format!("{path}.{name}"), out);
        }
    }
}

fn check_probe(probe: &Value, kind: &str, path: &str, out: &mut Vec<Problem>) {
    check_handler(probe, path, out);
    let number = |name: &str| probe.get(name).and_then(Value::as_i64);
    for name in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        if let Some(number) = number(name).filter(|number| *number < 0) {
            let detail = "must be greater than or equal to 0";
            out.push(Problem::invalid(format!("{path}.{name}"), &json!(number), detail));
        }
    }
    let grace = "terminationGracePeriodSeconds";
    if let Some(seconds) = number(grace).filter(|seconds| *seconds <= 0) {
        let detail = "must be greater than 0";
        out.push(Problem::invalid(format!("{path}.{grace}"), &json!(seconds), detail));
    }
    if kind == "readinessProbe" {
        if number(grace).is_some() {
            let detail = "must not be set for readinessProbes";
            let value = probe.get(grace).unwrap_or(&Value::Null);
            out.push(Problem::invalid(format!("{path}.{grace}"), value, detail));
        }
    } else if let Some(times) = number("successThreshold").filter(|times| *times != 1) {
        let field = format!("{path}.successThreshold");
        out.push(Problem::invalid(field, &json!(times), "must be 1"));
    }
}

fn check_handler(handler: &Value, path: &str, out: &mut Vec<Problem>) {
    let set = |name: &&&str| handler.get(**name).is_some_and(Value::is_object);
    let mut found = HANDLERS.iter().filter(set);
    let Some(first) = found.next() else {
        out.push(Problem::required(path, "must specify a handler type"));
        return;
    };
    let (action, at) = (&handler[*first], format!("{path}.{first}"));
    match *first {
        "exec" if list(action, "command").is_empty() => {
            out.push(Problem::required(format!("{at}.command"), ""));
        }
        "httpGet" => check_http(action, &at, out),
        "tcpSocket" | "grpc" => check_port(action.get("port"), &format!("{at}.port"), out),
        _ => {}
    }
    for extra in found {
        let detail = "may not specify more than 1 handler type";
        out.push(Problem::forbidden(format!("{path}.{extra}"), detail));
    }
}

fn check_http(action: &Value, path: &str, out: &mut Vec<Problem>) {
    if text(action, "/path").is_empty() {
        out.push(Problem::required(format!("{path}.path"), ""));
    }
    check_port(action.get("port"), &format!("{path}.port"), out);
    let scheme = text(action, "/scheme");
    if !matches!(scheme, "HTTP" | "HTTPS") {
        let valid = ["HTTP", "HTTPS"];
        out.push(Problem::not_supported(format!("{path}.scheme"), &json!(scheme), &valid));
    }
}

/// Checks the number or the name of a port; none is number zero.
fn check_port(port: Option<&Value>, path: &str, out: &mut Vec<Problem>) {
    match port {
        Some(Value::String(name)) => {
            for problem in names::port(name) {
                out.push(Problem::invalid(path, &json!(name), &problem));
            }
        }
        port => {
            let number = port.and_then(Value::as_i64).unwrap_or(0);
            if !(1..=65_535).contains(&number) {
                let detail = "must be between 1 and 65535, inclusive";
                out.push(Problem::invalid(path, &json!(number), detail));
            }
        }
    }
}
