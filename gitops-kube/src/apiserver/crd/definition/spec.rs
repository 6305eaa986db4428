//! The `spec` of a definition.

use serde_json::{Value, json};

use super::{
    super::super::{status::Problem, validate::names as forms, world::text},
    columns, conversion, fields,
    hub::Hub,
    internal, names, openapi,
};

/// How long the warning of a deprecated version may be.
pub(crate) const DEPRECATION_BYTES_MAX: usize = 256;

/// Checks a `spec`.
pub(super) fn check(hub: &Hub, old: Option<&Hub>, out: &mut Vec<Problem>) {
    let spec = &hub.spec;
    group(spec, out);
    match text(spec, "/scope") {
        "" => out.push(Problem::required("spec.scope", "")),
        "Cluster" | "Namespaced" => {}
        other => {
            let valid = ["Cluster", "Namespaced"];
            out.push(Problem::not_supported("spec.scope", &json!(other), &valid));
        }
    }
    let shared_schema = hub.shared.get("validation").and_then(|all| all.get("openAPIV3Schema"));
    if shared_schema.is_none() {
        for (index, version) in hub.versions.iter().enumerate() {
            if version.pointer("/schema/openAPIV3Schema").is_none() {
                let path = format!("spec.versions[{index}].schema.openAPIV3Schema");
                out.push(Problem::required(path, ""));
            }
        }
    }
    for (index, version) in hub.versions.iter().enumerate() {
        let path = format!("spec.versions[{index}]");
        let name = text(version, "/name");
        label(name, &format!("{path}.name"), "", out);
        check_version(hub, old, version, name, &path, out);
    }
    check_versions(hub, out);
    names::required(spec, out);
    names::check(spec.get("names").unwrap_or(&Value::Null), "spec.names", out);
    shared(hub, old, out);
    if spec.get("preserveUnknownFields") == Some(&json!(true))
        && text(spec, "/conversion/strategy") != "None"
    {
        let value = spec.pointer("/conversion/strategy").unwrap_or(&Value::Null);
        let detail = "must be None if spec.preserveUnknownFields is true";
        out.push(Problem::invalid("spec.conversion.strategy", value, detail));
    }
    conversion::check(spec.get("conversion"), out);
    if spec.get("preserveUnknownFields") == Some(&json!(true)) {
        let detail = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in \
                      spec.versions[*].schema instead";
        out.push(Problem::invalid("spec.preserveUnknownFields", &json!(true), detail));
    }
}

fn group(spec: &Value, out: &mut Vec<Problem>) {
    let group = text(spec, "/group");
    let problems = forms::subdomain(group);
    if group.is_empty() {
        out.push(Problem::required("spec.group", ""));
    } else if !problems.is_empty() {
        out.push(Problem::invalid("spec.group", &json!(group), &problems.join(",")));
    } else if !group.contains('.') {
        let detail = "should be a domain with at least one dot";
        out.push(Problem::invalid("spec.group", &json!(group), detail));
    }
}

/// Checks a label that starts with a letter.
pub(super) fn label(value: &str, path: &str, prefix: &str, out: &mut Vec<Problem>) {
    let checked = if prefix.is_empty() { value.to_owned() } else { value.to_lowercase() };
    let problems = forms::label_1035(&checked);
    if !problems.is_empty() {
        let detail = format!("{prefix}{}", problems.join(","));
        out.push(Problem::invalid(path, &json!(value), &detail));
    }
}

fn check_version(
    hub: &Hub,
    old: Option<&Hub>,
    version: &Value,
    name: &str,
    path: &str,
    out: &mut Vec<Problem>,
) {
    deprecation(version, path, out);
    let unchanged = old.is_some_and(|old| old.schema(name) == hub.schema(name));
    if let Some(schema) = version.pointer("/schema/openAPIV3Schema") {
        let status = hub.has_status(Some(name));
        openapi::check(schema, status, unchanged, &format!("{path}.schema"), out);
    }
    if let Some(subresources) = version.get("subresources") {
        columns::subresources(subresources, &format!("{path}.subresources"), out);
    }
    for (index, column) in list(version, "additionalPrinterColumns").iter().enumerate() {
        columns::check(column, &format!("{path}.additionalPrinterColumns[{index}]"), out);
    }
    let selectable = list(version, "selectableFields");
    if !selectable.is_empty() {
        let path = format!("{path}.selectableFields");
        match version.pointer("/schema/openAPIV3Schema") {
            None => out.push(Problem::invalid(
                path,
                &json!(""),
                "may only be set when `version.schema.openAPIV3Schema` is not included",
            )),
            Some(schema) => fields::selectable(selectable, schema, &path, out),
        }
    }
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn deprecation(version: &Value, path: &str, out: &mut Vec<Problem>) {
    let Some(warning) = version.get("deprecationWarning").and_then(Value::as_str) else { return };
    let mut problem = |detail: &str| {
        let path = format!("{path}.deprecationWarning");
        out.push(Problem::invalid(path, &json!(warning), detail));
    };
    if version.get("deprecated") != Some(&json!(true)) {
        problem("can only be set for deprecated versions");
        return;
    }
    if DEPRECATION_BYTES_MAX < warning.len() {
        problem("must be <= 256 characters long");
    }
    if warning.is_empty() {
        problem("must not be an empty string");
    }
    let hidden = |(_, c): &(usize, char)| c.is_control() || (c.is_whitespace() && *c != ' ');
    if let Some((index, _)) = warning.char_indices().find(hidden) {
        problem(&format!(
            "must only contain printable UTF-8 characters; non-printable character found at index \
             {index}"
        ));
    }
}

/// Checks what concerns all versions together.
fn check_versions(hub: &Hub, out: &mut Vec<Problem>) {
    let mut problem = |detail: &str| {
        let message = format!("Invalid value: {}: {detail}", internal::versions(&hub.versions));
        out.push(Problem::said("FieldValueInvalid", "spec.versions", message));
    };
    let mut seen: Vec<&str> = Vec::new();
    let names = hub.versions.iter().map(|version| text(version, "/name"));
    let mut twice = false;
    for name in names {
        twice |= seen.contains(&name);
        seen.push(name);
    }
    if twice {
        problem("must contain unique version names");
    }
    let stored = hub.versions.iter().filter(|v| v.get("storage") == Some(&json!(true))).count();
    if stored != 1 {
        problem("must have exactly one version marked as storage version");
    }
    if let Some(first) = seen.first().filter(|first| !first.is_empty()) {
        label(first, "spec.version", "", out);
    }
}

fn shared(hub: &Hub, old: Option<&Hub>, out: &mut Vec<Problem>) {
    let first = hub.versions.first().map(|version| text(version, "/name")).unwrap_or_default();
    let validation = hub.shared.get("validation");
    let schema = validation.and_then(|shared| shared.get("openAPIV3Schema"));
    if let Some(schema) = schema {
        let unchanged = old.is_some_and(|old| old.schema(first) == Some(schema));
        openapi::check(schema, hub.has_status(None), unchanged, "spec.validation", out);
    }
    if let Some(subresources) = hub.shared.get("subresources") {
        columns::subresources(subresources, "spec.subresources", out);
    }
    let shared = Value::Object(hub.shared.clone());
    for (index, column) in list(&shared, "additionalPrinterColumns").iter().enumerate() {
        columns::check(column, &format!("spec.additionalPrinterColumns[{index}]"), out);
    }
    let selectable = list(&shared, "selectableFields");
    if !selectable.is_empty() {
        match schema {
            None => out.push(Problem::invalid(
                "spec.selectableFields",
                &json!(""),
                "may only be set when validations.schema is included",
            )),
            Some(schema) => fields::selectable(selectable, schema, "spec.selectableFields", out),
        }
    }
}
