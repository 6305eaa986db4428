//! The rules of pods and pod templates.

use serde_json::{Value, json};

use super::{
    super::{
        quantity::Quantity,
        status::Problem,
        world::{At, text},
    },
    metadata, names, scheduling,
};

pub(super) fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Checks the spec of a pod.
pub(super) fn check(spec: &Value, path: &str, out: &mut Vec<Problem>) {
    let volumes = check_volumes(spec, path, out);
    let containers = list(spec, "containers");
    if containers.is_empty() {
        out.push(Problem::required(format!("{path}.containers"), ""));
    }
    let mut seen: Vec<&str> = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        let at = format!("{path}.containers[{index}]");
        check_container(container, &at, &volumes, out);
        check_name_once(container, &at, &mut seen, out);
        check_hooks(container, &at, out);
    }
    for (index, container) in list(spec, "initContainers").iter().enumerate() {
        let at = format!("{path}.initContainers[{index}]");
        check_container(container, &at, &volumes, out);
        check_name_once(container, &at, &mut seen, out);
        check_init(container, &at, out);
    }
    let policy = text(spec, "/restartPolicy");
    if !matches!(policy, "" | "Always" | "OnFailure" | "Never") {
        let valid = ["Always", "OnFailure", "Never"];
        out.push(Problem::not_supported(format!("{path}.restartPolicy"), &json!(policy), &valid));
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
    if !name.is_empty() && seen.contains(&name) {
        out.push(Problem::duplicate(format!("{path}.name"), &json!(name)));
    }
    seen.push(name);
}

/// Checks the volumes and returns their names.
fn check_volumes<'s>(spec: &'s Value, path: &str, out: &mut Vec<Problem>) -> Vec<&'s str> {
    let mut seen: Vec<&str> = Vec::new();
    for (index, volume) in list(spec, "volumes").iter().enumerate() {
        let at = format!("{path}.volumes[{index}]");
        let name = text(volume, "/name");
        let before = out.len();
        let sources: Vec<&String> = volume
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, value)| *name != "name" && !value.is_null())
            .map(|(name, _)| name)
            .collect();
        let mut sources = sources;
        sources.sort_by_key(|name| order(name));
        for extra in sources.iter().skip(1) {
            let detail = "may not specify more than 1 volume type";
            out.push(Problem::forbidden(format!("{at}.{extra}"), detail));
        }
        if let Some(first) = sources.first() {
            check_source(volume, first, &at, out);
        }
        if sources.is_empty() {
            out.push(Problem::required(&at, "must specify a volume type"));
        }
        if name.is_empty() {
            out.push(Problem::required(format!("{at}.name"), ""));
        } else {
            for problem in names::label(name) {
                out.push(Problem::invalid(format!("{at}.name"), &json!(name), &problem));
            }
            if seen.contains(&name) {
                out.push(Problem::duplicate(format!("{at}.name"), &json!(name)));
            }
        }
        // A volume that is wrong cannot be mounted.
        if out.len() == before {
            seen.push(name);
        }
    }
    seen
}

/// What a source of a volume must name.
fn check_source(volume: &Value, source: &str, path: &str, out: &mut Vec<Problem>) {
    let field = match source {
        "secret" => "secretName",
        "configMap" => "name",
        "persistentVolumeClaim" => "claimName",
        "hostPath" => "path",
        _ => return,
    };
    if text(volume, &format!("/{source}/{field}")).is_empty() {
        out.push(Problem::required(format!("{path}.{source}.{field}"), ""));
    }
    for (index, item) in list(&volume[source], "items").iter().enumerate() {
        for name in ["key", "path"] {
            if text(item, &format!("/{name}")).is_empty() {
                out.push(Problem::required(format!("{path}.{source}.items[{index}].{name}"), ""));
            }
        }
    }
}

/// The order in which the sources of a volume are looked at.
fn order(name: &str) -> usize {
    const ORDER: [&str; 12] = [
        "emptyDir",
        "hostPath",
        "gitRepo",
        "gcePersistentDisk",
        "awsElasticBlockStore",
        "secret",
        "nfs",
        "iscsi",
        "glusterfs",
        "persistentVolumeClaim",
        "downwardAPI",
        "configMap",
    ];
    ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len())
}

fn check_container(container: &Value, path: &str, volumes: &[&str], out: &mut Vec<Problem>) {
    let name = text(container, "/name");
    if name.is_empty() {
        out.push(Problem::required(format!("{path}.name"), ""));
    } else {
        for problem in names::label(name) {
            out.push(Problem::invalid(format!("{path}.name"), &json!(name), &problem));
        }
    }
    let image = text(container, "/image");
    if image.is_empty() {
        out.push(Problem::required(format!("{path}.image"), ""));
    } else if image.trim() != image {
        let detail = "must not have leading or trailing whitespace";
        out.push(Problem::invalid(format!("{path}.image"), &json!(image), detail));
    }
    check_ports(container, path, out);
    check_env(container, path, out);
    check_mounts(container, path, volumes, out);
    check_resources(container, path, out);
}

fn check_ports(container: &Value, path: &str, out: &mut Vec<Problem>) {
    let range = "must be between 1 and 65535, inclusive";
    let mut names_seen: Vec<&str> = Vec::new();
    for (index, port) in list(container, "ports").iter().enumerate() {
        let at = format!("{path}.ports[{index}]");
        let name = text(port, "/name");
        if !name.is_empty() {
            if names_seen.contains(&name) {
                out.push(Problem::duplicate(format!("{at}.name"), &json!(name)));
            }
            names_seen.push(name);
        }
        match port.get("containerPort").and_then(Value::as_i64).unwrap_or(0) {
            0 => out.push(Problem::required(format!("{at}.containerPort"), "")),
            number if !(1..=65_535).contains(&number) => {
                let field = format!("{at}.containerPort");
                out.push(Problem::invalid(field, &json!(number), range));
            }
            _ => {}
        }
        let protocol = text(port, "/protocol");
        if !matches!(protocol, "TCP" | "UDP" | "SCTP") {
            let valid = ["SCTP", "TCP", "UDP"];
            out.push(Problem::not_supported(format!("{at}.protocol"), &json!(protocol), &valid));
        }
    }
}

fn check_env(container: &Value, path: &str, out: &mut Vec<Problem>) {
    for (index, env) in list(container, "env").iter().enumerate() {
        let at = format!("{path}.env[{index}]");
        if text(env, "/name").is_empty() {
            out.push(Problem::required(format!("{at}.name"), ""));
        }
        let Some(from) = env.get("valueFrom").and_then(Value::as_object) else { continue };
        let sources = from.values().filter(|value| !value.is_null()).count();
        let at = format!("{at}.valueFrom");
        if !text(env, "/value").is_empty() && 0 < sources {
            let detail = "may not be specified when `value` is not empty";
            out.push(Problem::invalid(at, &json!(""), detail));
        } else if 1 < sources {
            let detail = "may not have more than one field specified at a time";
            out.push(Problem::invalid(at, &json!(""), detail));
        } else if sources == 0 {
            let detail = "must specify one of: `fieldRef`, `resourceFieldRef`, \
                          `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
            out.push(Problem::invalid(at, &json!(""), detail));
        } else {
            check_env_source(&env["valueFrom"], &at, out);
        }
    }
    for (index, from) in list(container, "envFrom").iter().enumerate() {
        let set = |name: &str| from.get(name).is_some_and(Value::is_object);
        if !set("configMapRef") && !set("secretRef") {
            out.push(Problem::invalid(
                format!("{path}.envFrom"),
                &json!(""),
                "must specify one of: `configMapRef` or `secretRef`",
            ));
        }
        let _ = index;
    }
}

/// What the source of a variable must name.
fn check_env_source(from: &Value, path: &str, out: &mut Vec<Problem>) {
    if let Some(field) = from.get("fieldRef").filter(|field| field.is_object())
        && text(field, "/fieldPath").is_empty()
    {
        out.push(Problem::required(format!("{path}.fieldRef.fieldPath"), ""));
    }
    for source in ["configMapKeyRef", "secretKeyRef"] {
        if let Some(reference) = from.get(source).filter(|reference| reference.is_object())
            && text(reference, "/key").is_empty()
        {
            out.push(Problem::required(format!("{path}.{source}.key"), ""));
        }
    }
}

fn check_mounts(container: &Value, path: &str, volumes: &[&str], out: &mut Vec<Problem>) {
    let mut seen: Vec<&str> = Vec::new();
    for (index, mount) in list(container, "volumeMounts").iter().enumerate() {
        let at = format!("{path}.volumeMounts[{index}]");
        let name = text(mount, "/name");
        if name.is_empty() {
            out.push(Problem::required(format!("{at}.name"), ""));
        }
        if !volumes.contains(&name) {
            out.push(Problem::not_found(format!("{at}.name"), &json!(name)));
        }
        let target = text(mount, "/mountPath");
        if target.is_empty() {
            out.push(Problem::required(format!("{at}.mountPath"), ""));
        } else if seen.contains(&target) {
            let field = format!("{at}.mountPath");
            out.push(Problem::invalid(field, &json!(target), "must be unique"));
        }
        seen.push(target);
    }
}

fn check_resources(container: &Value, path: &str, out: &mut Vec<Problem>) {
    let at = |kind: &str| container.at(&format!("/resources/{kind}"));
    let amount = |value: Option<&Value>| value.and_then(Value::as_str).and_then(Quantity::parse);
    for kind in ["limits", "requests"] {
        for (name, value) in at(kind).and_then(Value::as_object).into_iter().flatten() {
            let field = format!("{path}.resources.{kind}[{name}]");
            if amount(Some(value)).is_some_and(Quantity::is_negative) {
                let detail = "must be greater than or equal to 0";
                out.push(Problem::invalid(field, value, detail));
            }
        }
    }
    for (name, value) in at("requests").and_then(Value::as_object).into_iter().flatten() {
        let limit = at("limits").and_then(|limits| limits.get(name));
        if let (Some(request), Some(most)) = (amount(Some(value)), amount(limit))
            && most.amount() < request.amount()
        {
            out.push(Problem::invalid(
                format!("{path}.resources.requests"),
                value,
                &format!("must be less than or equal to {name} limit of {}", most.text()),
            ));
        }
    }
}

const HANDLERS: [&str; 4] = ["exec", "httpGet", "tcpSocket", "grpc"];

/// Checks probes and lifecycle hooks.
fn check_hooks(container: &Value, path: &str, out: &mut Vec<Problem>) {
    for name in ["preStop", "postStart"] {
        if let Some(hook) = container.at(&format!("/lifecycle/{name}")) {
            check_handler(hook, &format!("{path}.lifecycle.{name}"), out);
        }
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = container.get(name).filter(|probe| probe.is_object()) {
            check_handler(probe, &format!("{path}.{name}"), out);
        }
    }
}

fn check_handler(handler: &Value, path: &str, out: &mut Vec<Problem>) {
    let set = |name: &&&str| handler.get(**name).is_some_and(Value::is_object);
    let found: Vec<&&str> = HANDLERS.iter().filter(set).collect();
    if found.is_empty() && handler.get("sleep").is_none() {
        out.push(Problem::required(path, "must specify a handler type"));
    }
    for extra in found.iter().skip(1) {
        let detail = "may not specify more than 1 handler type";
        out.push(Problem::forbidden(format!("{path}.{extra}"), detail));
    }
    if found.first() == Some(&&"exec") && list(&handler["exec"], "command").is_empty() {
        out.push(Problem::required(format!("{path}.exec.command"), ""));
    }
}

/// What an init container that ends may not have.
fn check_init(container: &Value, path: &str, out: &mut Vec<Problem>) {
    if text(container, "/restartPolicy") == "Always" {
        return check_hooks(container, path, out);
    }
    let detail = "may not be set for init containers without restartPolicy=Always";
    for name in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
        if container.get(name).is_some_and(Value::is_object) {
            out.push(Problem::forbidden(format!("{path}.{name}"), detail));
        }
    }
}
