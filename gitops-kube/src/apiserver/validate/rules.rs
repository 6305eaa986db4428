//! The rules of configuration, roles and ingresses.

use serde_json::{Value, json};

use super::{
    super::{kinds::Kind, status::Problem, world::text},
    DATA_BYTES_MAX, names,
};

fn data(object: &Value, fields: &[&str], out: &mut Vec<Problem>) {
    let mut bytes = 0;
    for field in fields {
        for (key, value) in object.get(*field).and_then(Value::as_object).into_iter().flatten() {
            for problem in names::config_key(key) {
                out.push(Problem::invalid(format!("{field}[{key}]"), &json!(key), &problem));
            }
            bytes += value.as_str().unwrap_or_default().len();
        }
    }
    if DATA_BYTES_MAX < bytes {
        out.push(Problem::too_long("[]", DATA_BYTES_MAX));
    }
}

/// Checks a `ConfigMap`.
pub(super) fn config_map(object: &Value, out: &mut Vec<Problem>) {
    data(object, &["data", "binaryData"], out);
    let binary = object.get("binaryData").and_then(Value::as_object);
    for key in binary.into_iter().flatten().map(|(key, _)| key) {
        if object.pointer("/data").and_then(|data| data.get(key)).is_some() {
            let detail = "duplicate of key present in data";
            out.push(Problem::invalid(format!("data[{key}]"), &json!(key), detail));
        }
    }
}

/// Checks a Secret.
pub(super) fn secret(object: &Value, out: &mut Vec<Problem>) {
    data(object, &["data"], out);
    let needs: &[&str] = match text(object, "/type") {
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        _ => &[],
    };
    for key in needs {
        if object.pointer("/data").and_then(|data| data.get(*key)).is_none() {
            out.push(Problem::required(format!("data[{key}]"), ""));
        }
    }
}

/// Checks what a change of an immutable `ConfigMap` or of a Secret's type may not do.
pub(super) fn immutable_data(kind: &Kind, live: &Value, object: &Value, out: &mut Vec<Problem>) {
    let secret = kind.info.kind == "Secret";
    if secret && live.get("type") != object.get("type") {
        out.push(Problem::invalid("type", &object["type"], "field is immutable"));
    }
    if live.get("immutable") != Some(&Value::Bool(true)) {
        return;
    }
    let fields: &[&str] =
        if secret { &["immutable", "data"] } else { &["immutable", "data", "binaryData"] };
    for field in fields {
        if live.get(*field) != object.get(*field) {
            let detail = "field is immutable when `immutable` is set";
            out.push(Problem::forbidden(*field, detail));
        }
    }
}

/// Checks a Role or a `ClusterRole`.
pub(super) fn role(object: &Value, namespaced: bool, out: &mut Vec<Problem>) {
    let rules = object.get("rules").and_then(Value::as_array);
    for (index, rule) in rules.into_iter().flatten().enumerate() {
        let path = format!("rules[{index}]");
        let count = |name: &str| rule.get(name).and_then(Value::as_array).map_or(0, Vec::len);
        if count("verbs") == 0 {
            let detail = "verbs must contain at least one value";
            out.push(Problem::required(format!("{path}.verbs"), detail));
        }
        if 0 < count("nonResourceURLs") {
            if namespaced {
                let detail = "namespaced rules cannot apply to non-resource URLs";
                let urls = rule.get("nonResourceURLs").cloned().unwrap_or_default();
                out.push(Problem::invalid(format!("{path}.nonResourceURLs"), &urls, detail));
            }
            continue;
        }
        if count("apiGroups") == 0 {
            let detail = "resource rules must supply at least one api group";
            out.push(Problem::required(format!("{path}.apiGroups"), detail));
        }
        if count("resources") == 0 {
            let detail = "resource rules must supply at least one resource";
            out.push(Problem::required(format!("{path}.resources"), detail));
        }
    }
}

/// Checks an Ingress.
pub(super) fn ingress(object: &Value, out: &mut Vec<Problem>) {
    let rules = object.pointer("/spec/rules").and_then(Value::as_array);
    let backend = object.pointer("/spec/defaultBackend");
    if rules.is_none_or(Vec::is_empty) && backend.is_none() {
        let detail = "either `defaultBackend` or `rules` must be specified";
        // What is shown is the list itself, empty or not there at all.
        let shown = rules.map_or(Value::Null, |_| json!([]));
        out.push(Problem::invalid("spec", &shown, detail));
    }
    if let Some(backend) = backend {
        check_backend(backend, "spec.defaultBackend", out);
    }
    for (index, rule) in rules.into_iter().flatten().enumerate() {
        let Some(http) = rule.get("http").filter(|http| http.is_object()) else { continue };
        let path = format!("spec.rules[{index}].http.paths");
        let paths = http.get("paths").and_then(Value::as_array);
        if paths.is_none_or(Vec::is_empty) {
            out.push(Problem::required(&path, ""));
        }
        for (index, entry) in paths.into_iter().flatten().enumerate() {
            check_path(entry, &format!("{path}[{index}]"), out);
        }
    }
}

fn check_path(entry: &Value, path: &str, out: &mut Vec<Problem>) {
    let kind = text(entry, "/pathType");
    match kind {
        "" => {
            let detail = "pathType must be specified";
            return out.push(Problem::required(format!("{path}.pathType"), detail));
        }
        "Exact" | "Prefix" if !text(entry, "/path").starts_with('/') => {
            let found = json!(text(entry, "/path"));
            let detail = "must be an absolute path";
            out.push(Problem::invalid(format!("{path}.path"), &found, detail));
        }
        "Exact" | "Prefix" | "ImplementationSpecific" => {}
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
    let resource = backend.get("resource").is_some_and(Value::is_object);
    match service {
        None if !resource => {
            let detail = "resource or service backend is required";
            out.push(Problem::invalid(path, &json!(""), detail));
        }
        None => {}
        Some(_) if resource => {
            let detail = "cannot set both resource and service backends";
            out.push(Problem::invalid(path, &json!(""), detail));
        }
        Some(service) => {
            if text(service, "/name").is_empty() {
                out.push(Problem::required(format!("{path}.service.name"), ""));
            }
            let port = service.pointer("/port/number").is_some_and(|port| *port != json!(0));
            if !port && text(service, "/port/name").is_empty() {
                out.push(Problem::required(path, "port name or number is required"));
            }
        }
    }
}
