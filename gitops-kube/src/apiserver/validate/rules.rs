//! The rules of configuration and roles.

use serde_json::{Value, json};

use super::{
    super::{
        status::Problem,
        world::{Call, text},
    },
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
    let has = |key: &str| object.get("data").and_then(|data| data.get(key)).is_some();
    let need = |keys: &[&str], out: &mut Vec<Problem>| {
        for key in keys.iter().filter(|key| !has(key)) {
            out.push(Problem::required(format!("data[{key}]"), ""));
        }
    };
    match text(object, "/type") {
        "kubernetes.io/dockercfg" => docker(object, ".dockercfg", out),
        "kubernetes.io/dockerconfigjson" => docker(object, ".dockerconfigjson", out),
        "kubernetes.io/basic-auth" if !has("username") && !has("password") => {
            need(&["username", "password"], out);
        }
        "kubernetes.io/ssh-auth" if text(object, "/data/ssh-privatekey").is_empty() => {
            out.push(Problem::required("data[ssh-privatekey]", ""));
        }
        "kubernetes.io/tls" => need(&["tls.crt", "tls.key"], out),
        "kubernetes.io/service-account-token"
            if text(object, "/metadata/annotations/kubernetes.io~1service-account.name")
                .is_empty() =>
        {
            let field = "metadata.annotations[kubernetes.io/service-account.name]";
            out.push(Problem::required(field, ""));
        }
        _ => {}
    }
}

/// Credentials of registries are a JSON object.
fn docker(object: &Value, key: &str, out: &mut Vec<Problem>) {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let field = format!("data[{key}]");
    let Some(data) = object.get("data").and_then(|data| data.get(key)).and_then(Value::as_str)
    else {
        return out.push(Problem::required(field, ""));
    };
    let bytes = STANDARD.decode(data).unwrap_or_default();
    let cause = match serde_json::from_slice::<Value>(&bytes) {
        Ok(Value::Object(_) | Value::Null) => return,
        Ok(other) => {
            let found = super::super::conform::json_name(&other);
            format!(
                "json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"
            )
        }
        Err(cause) => {
            super::super::syntax::json_problem(&bytes).unwrap_or_else(|| cause.to_string())
        }
    };
    out.push(Problem::invalid(field, &json!("<secret contents redacted>"), &cause));
}

/// Checks what a change of an immutable `ConfigMap` or of a Secret's type may not do.
pub(super) fn immutable_data(
    call: &Call<'_>,
    live: &Value,
    object: &Value,
    out: &mut Vec<Problem>,
) {
    let secret = call.kind.info.kind == "Secret";
    if secret && live.get("type") != object.get("type") {
        out.push(Problem::invalid("type", &object["type"], "field is immutable"));
    }
    if live.get("immutable") != Some(&Value::Bool(true)) {
        return;
    }
    let fields: &[&str] =
        if secret { &["immutable", "data"] } else { &["immutable", "data", "binaryData"] };
    for field in fields {
        // Data that is given but empty is not the same as none, unless empty is the default.
        let default = !secret && *field == "data";
        let given = !default && call.traces.borrow().is_empty_at(&format!("/{field}"));
        if live.get(*field) != object.get(*field) || given {
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

/// Checks a binding of a role.
pub(super) fn binding(object: &Value, namespaced: bool, out: &mut Vec<Problem>) {
    const RBAC: &str = "rbac.authorization.k8s.io";
    let group = text(object, "/roleRef/apiGroup");
    if group != RBAC {
        out.push(Problem::not_supported("roleRef.apiGroup", &json!(group), &[RBAC]));
    }
    let kind = text(object, "/roleRef/kind");
    let kinds: &[&str] = if namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    if !kinds.contains(&kind) {
        out.push(Problem::not_supported("roleRef.kind", &json!(kind), kinds));
    }
    let name = text(object, "/roleRef/name");
    if name.is_empty() {
        out.push(Problem::required("roleRef.name", ""));
    } else {
        for problem in super::metadata::path_segment(name) {
            out.push(Problem::invalid("roleRef.name", &json!(name), &problem));
        }
    }
    let subjects = object.get("subjects").and_then(Value::as_array);
    for (index, subject) in subjects.into_iter().flatten().enumerate() {
        let path = format!("subjects[{index}]");
        let name = text(subject, "/name");
        if name.is_empty() {
            out.push(Problem::required(format!("{path}.name"), ""));
        }
        let group = text(subject, "/apiGroup");
        match text(subject, "/kind") {
            "ServiceAccount" => {
                for problem in names::subdomain(name).iter().filter(|_| !name.is_empty()) {
                    out.push(Problem::invalid(format!("{path}.name"), &json!(name), problem));
                }
                if !group.is_empty() {
                    let field = format!("{path}.apiGroup");
                    out.push(Problem::not_supported(field, &json!(group), &[""]));
                }
                if !namespaced && text(subject, "/namespace").is_empty() {
                    out.push(Problem::required(format!("{path}.namespace"), ""));
                }
            }
            "User" | "Group" => {
                if group != RBAC {
                    let field = format!("{path}.apiGroup");
                    out.push(Problem::not_supported(field, &json!(group), &[RBAC]));
                }
            }
            other => {
                let valid = ["ServiceAccount", "User", "Group"];
                out.push(Problem::not_supported(format!("{path}.kind"), &json!(other), &valid));
            }
        }
    }
}

/// A binding stays with its role.
pub(super) fn binding_change(live: &Value, object: &Value, out: &mut Vec<Problem>) {
    if live.get("roleRef") == object.get("roleRef") {
        return;
    }
    let at = |name: &str| json!(text(object, &format!("/roleRef/{name}"))).to_string();
    let message = format!(
        "Invalid value: {{\"APIGroup\":{},\"Kind\":{},\"Name\":{}}}: cannot change roleRef",
        at("apiGroup"),
        at("kind"),
        at("name")
    );
    out.push(Problem::said("FieldValueInvalid", "roleRef", message));
}
