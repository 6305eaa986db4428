//! The rules of containers: ports, variables, mounts and resources.

use serde_json::{Value, json};

use super::{
    super::{quantity::Quantity, status::Problem, world::text},
    fields, names,
    pod::list,
};

/// Checks what every kind of container has.
pub(super) fn check(container: &Value, path: &str, volumes: &[&str], out: &mut Vec<Problem>) {
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
    } else if image.trim() != image && !path.contains("template.") {
        let detail = "must not have leading or trailing whitespace";
        out.push(Problem::invalid(format!("{path}.image"), &json!(image), detail));
    }
    let policy = text(container, "/terminationMessagePolicy");
    if !matches!(policy, "" | "File" | "FallbackToLogsOnError") {
        let valid = ["FallbackToLogsOnError", "File"];
        let field = format!("{path}.terminationMessagePolicy");
        out.push(Problem::not_supported(field, &json!(policy), &valid));
    }
    check_ports(container, path, out);
    check_env(container, path, out);
    check_mounts(container, path, volumes, out);
    let policy = text(container, "/imagePullPolicy");
    if !matches!(policy, "" | "Always" | "IfNotPresent" | "Never") {
        let valid = ["Always", "IfNotPresent", "Never"];
        let field = format!("{path}.imagePullPolicy");
        out.push(Problem::not_supported(field, &json!(policy), &valid));
    }
    check_resources(container, path, out);
}

fn check_ports(container: &Value, path: &str, out: &mut Vec<Problem>) {
    let range = "must be between 1 and 65535, inclusive";
    let mut names_seen: Vec<&str> = Vec::new();
    for (index, port) in list(container, "ports").iter().enumerate() {
        let at = format!("{path}.ports[{index}]");
        let name = text(port, "/name");
        if !name.is_empty() {
            let problems = names::port(name);
            if problems.is_empty() && names_seen.contains(&name) {
                out.push(Problem::duplicate(format!("{at}.name"), &json!(name)));
            } else if problems.is_empty() {
                names_seen.push(name);
            }
            for problem in problems {
                out.push(Problem::invalid(format!("{at}.name"), &json!(name), &problem));
            }
        }
        match port.get("containerPort").and_then(Value::as_i64).unwrap_or(0) {
            0 => out.push(Problem::required(format!("{at}.containerPort"), "")),
            number if !(1..=65_535).contains(&number) => {
                let field = format!("{at}.containerPort");
                out.push(Problem::invalid(field, &json!(number), range));
            }
            _ => {}
        }
        let host = port.get("hostPort").and_then(Value::as_i64).unwrap_or(0);
        if host != 0 && !(1..=65_535).contains(&host) {
            out.push(Problem::invalid(format!("{at}.hostPort"), &json!(host), range));
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
        if let Some(from) = env.get("valueFrom").filter(|from| from.is_object()) {
            check_source(env, from, &format!("{at}.valueFrom"), out);
        }
    }
    let path = format!("{path}.envFrom");
    for (index, from) in list(container, "envFrom").iter().enumerate() {
        let mut sources = 0;
        for source in ["configMapRef", "secretRef"] {
            let Some(reference) = from.get(source).filter(|source| source.is_object()) else {
                continue;
            };
            sources += 1;
            let (name, at) = (text(reference, "/name"), format!("{path}[{index}].{source}.name"));
            if name.is_empty() {
                out.push(Problem::required(&at, ""));
            }
            for problem in names::subdomain(name).iter().filter(|_| !name.is_empty()) {
                out.push(Problem::invalid(&at, &json!(name), problem));
            }
        }
        let detail = match sources {
            0 => "must specify one of: `configMapRef` or `secretRef`",
            1 => continue,
            _ => "may not have more than one field specified at a time",
        };
        out.push(Problem::invalid(&path, &json!(""), detail));
    }
}

/// Checks where a variable gets its value from.
fn check_source(env: &Value, from: &Value, path: &str, out: &mut Vec<Problem>) {
    let part = |name: &str| from.get(name).filter(|part| part.is_object());
    if let Some(field) = part("fieldRef") {
        fields::check_variable(field, &format!("{path}.fieldRef"), out);
    }
    if let Some(resource) = part("resourceFieldRef") {
        fields::check_resource(resource, false, &format!("{path}.resourceFieldRef"), out);
    }
    for source in ["configMapKeyRef", "secretKeyRef"] {
        let Some(reference) = part(source) else { continue };
        let (name, key) = (text(reference, "/name"), text(reference, "/key"));
        for problem in names::subdomain(name) {
            out.push(Problem::invalid(format!("{path}.{source}.name"), &json!(name), &problem));
        }
        let at = format!("{path}.{source}.key");
        if key.is_empty() {
            out.push(Problem::required(&at, ""));
        }
        for problem in names::config_key(key).iter().filter(|_| !key.is_empty()) {
            out.push(Problem::invalid(&at, &json!(key), problem));
        }
    }
    let sources = from.as_object().into_iter().flatten().filter(|(_, value)| value.is_object());
    let detail = match sources.count() {
        0 => {
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, \
             `secretKeyRef` or `fileKeyRef`"
        }
        _ if !text(env, "/value").is_empty() => "may not be specified when `value` is not empty",
        1 => return,
        _ => "may not have more than one field specified at a time",
    };
    out.push(Problem::invalid(path, &json!(""), detail));
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
        }
        if seen.contains(&target) {
            let field = format!("{at}.mountPath");
            out.push(Problem::invalid(field, &json!(target), "must be unique"));
        }
        seen.push(target);
    }
}

fn check_resources(container: &Value, path: &str, out: &mut Vec<Problem>) {
    let at = |kind: &str| container.get("resources")?.get(kind);
    let amount = |value: Option<&Value>| value.and_then(Value::as_str).and_then(Quantity::parse);
    for kind in ["limits", "requests"] {
        for (name, value) in at(kind).and_then(Value::as_object).into_iter().flatten() {
            // What has no sign is not read for it.
            let signed = value.as_str().is_some_and(|text| text.starts_with('-'));
            if signed && amount(Some(value)).is_some_and(Quantity::is_negative) {
                let field = format!("{path}.resources.{kind}[{name}]");
                let detail = "must be greater than or equal to 0";
                out.push(Problem::invalid(field, value, detail));
            }
        }
    }
    for (name, value) in at("requests").and_then(Value::as_object).into_iter().flatten() {
        let Some(limit) = at("limits").and_then(|limits| limits.get(name)) else { continue };
        if let (Some(request), Some(most)) = (amount(Some(value)), amount(Some(limit)))
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
