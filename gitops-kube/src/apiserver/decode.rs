//! The body of a request as an object of the kind it is for.

use gitops_core::yaml;
use serde_json::{Value, json};

use super::{
    conform::{self, Unknown},
    duplicates::Order,
    kinds::{Kind, Kinds},
    negotiate::PROTOBUF,
    openapi, protobuf,
    request::Request,
    status::{Failure, Result},
    syntax::json_problem,
    world::{Call, World, metadata, text},
};

/// How large a body may be, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 3 * 1024 * 1024;

/// What is done about fields that the kind does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Validation {
    Ignore,
    Warn,
    Strict,
}

/// Reads `fieldValidation`.
pub(crate) fn validation(request: &Request) -> Validation {
    match request.param("fieldValidation") {
        Some("Ignore") => Validation::Ignore,
        Some("Strict") => Validation::Strict,
        _ => Validation::Warn,
    }
}

/// Parses the body of a patch, which is JSON.
pub(crate) fn parse(request: &Request) -> Result<Value> {
    let parsed = serde_json::from_slice(&request.body).map_err(|cause| {
        let problem = json_problem(&request.body).unwrap_or_else(|| cause.to_string());
        Failure::bad_request(problem)
    });
    parsed.map(whole)
}

/// Writes numbers without a fraction as integers, as Go does.
fn whole(mut value: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Number(number) if number.is_f64() => {
                let float = number.as_f64().unwrap_or_default();
                // Integers below 2^53 have one float each.
                if float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0 {
                    #[allow(clippy::cast_possible_truncation, reason = "whole and small")]
                    let integer = float as i64;
                    *value = integer.into();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(walk),
            Value::Object(map) => map.values_mut().for_each(walk),
            _ => {}
        }
    }
    walk(&mut value);
    value
}

/// Parses the body of an apply, which is YAML.
pub(crate) fn parse_apply(request: &Request) -> Result<Value> {
    if let Ok(value) = serde_json::from_slice(&request.body) {
        return mapping(whole(value));
    }
    let value =
        yaml::decode(&request.body, yaml::Duplicates::Last).map(whole).map_err(|cause| {
            let message = format!("error decoding YAML: error converting YAML to JSON: {cause}");
            Failure::bad_request(message)
        })?;
    mapping(value)
}

/// Refuses what is no mapping.
fn mapping(value: Value) -> Result<Value> {
    if value.is_object() || value.is_null() {
        return Ok(value);
    }
    Err(Failure::bad_request(format!(
        "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal \
         {} into Go value of type map[string]interface {{}}",
        conform::json_name(&value)
    )))
}

/// Reads the body of a POST or PUT; the answer also holds warnings.
pub(crate) fn object(world: &World, call: &Call<'_>) -> Result<(Value, Vec<String>)> {
    let request = call.request;
    let parsed = match request.content_type() {
        "" | "application/json" => serde_json::from_slice(&request.body).map_err(|cause| {
            let problem = json_problem(&request.body).unwrap_or_else(|| cause.to_string());
            format!("couldn't get version/kind; json parse error: {problem}")
        }),
        "application/yaml" => {
            yaml::decode(&request.body, yaml::Duplicates::Last).map_err(|cause| cause.to_string())
        }
        PROTOBUF if !call.kind.is_custom() => protobuf::object(&request.body, openapi::type_name),
        _ => {
            let accepted = "application/json, application/yaml";
            return Err(if call.kind.is_custom() {
                Failure::unsupported_type(accepted)
            } else {
                Failure::unsupported_type(&format!("{accepted}, {PROTOBUF}"))
            });
        }
    };
    let mut value = parsed.map(whole).map_err(|problem| unrecognized(call, &problem))?;
    if value.is_null() {
        value = json!({});
    }
    if !value.is_object() {
        let problem = format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go value \
             of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; \
             Kind string \
             \"json:\\\"kind,omitempty\\\"\" }}",
            conform::json_name(&value)
        );
        return Err(unrecognized(call, &problem));
    }
    check_kind(call, &world.kinds, &mut value)?;
    let json = matches!(request.content_type(), "" | "application/json");
    let how = validation(request);
    // Nobody asks what is said twice when nothing is checked.
    let order = (json && how != Validation::Ignore).then(|| Order::of(&request.body));
    let warnings = fit_said(call, &mut value, how, order.as_ref())?;
    Ok((value, warnings))
}

/// Refuses a body that no kind can be read from.
fn unrecognized(call: &Call<'_>, problem: &str) -> Failure {
    Failure::bad_request(format!(
        "the object provided is unrecognized (must be of type {}): {problem} ({})",
        call.kind.info.kind,
        summary(&call.request.body)
    ))
}

/// Shows the start of a body.
fn summary(body: &[u8]) -> String {
    const SHOWN: usize = 30;
    let (start, more) = match body.get(..SHOWN) {
        Some(start) if SHOWN < body.len() => (start, " ..."),
        _ => (body, ""),
    };
    match body.first() {
        None => "<empty>".to_owned(),
        Some(b'{') => format!("{}{more}", String::from_utf8_lossy(start)),
        Some(_) => {
            use std::fmt::Write;
            let mut hex = String::new();
            for byte in start {
                // Writing to a string cannot fail.
                let _ = write!(hex, "{byte:02x}");
            }
            format!("{hex}{more}")
        }
    }
}

fn check_kind(call: &Call<'_>, kinds: &Kinds, value: &mut Value) -> Result<()> {
    let kind = &call.kind;
    let wanted = (kind.api_version(), kind.info.kind.clone());
    let Value::Object(map) = value else { return Ok(()) };
    for (field, wanted) in [("apiVersion", &wanted.0), ("kind", &wanted.1)] {
        if map.get(field).is_none_or(|value| value.as_str() == Some("")) {
            if kind.is_custom() && field == "kind" {
                let shown = String::from_utf8_lossy(&call.request.body);
                let problem = format!("Object 'Kind' is missing in '{shown}'");
                if validation(call.request) == Validation::Ignore {
                    return Err(Failure::bad_request(format!(
                        "{wanted} in version {:?} cannot be handled as a {wanted}: {problem}",
                        kind.info.version
                    )));
                }
                return Err(unrecognized(call, &problem));
            }
            map.insert(field.to_owned(), wanted.as_str().into());
        }
    }
    let found = (text(value, "/apiVersion"), text(value, "/kind"));
    if found == (wanted.0.as_str(), wanted.1.as_str()) {
        return Ok(());
    }
    if 1 < found.0.matches('/').count() {
        return Err(unrecognized(call, &format!("unexpected GroupVersion string: {}", found.0)));
    }
    if kind.is_custom() && found.0 != wanted.0 {
        return Err(Failure::bad_request(format!(
            "the API version in the data ({}) does not match the expected API version ({})",
            found.0, wanted.0
        )));
    }
    if kind.is_custom() {
        let about = super::status::About {
            group: kind.group(),
            resource: found.1,
            name: text(value, "/metadata/name"),
        };
        let detail = format!("must be {}", wanted.1);
        let problem = super::status::Problem::invalid("kind", &json!(found.1), &detail);
        return Err(Failure::invalid(about, &[problem]));
    }
    Err(unhandled(kinds, found, (kind.group(), &wanted.1)))
}

/// Refuses a body of another kind than the one that is wanted.
pub(crate) fn unhandled(
    kinds: &Kinds,
    (found, kind): (&str, &str),
    (group, wanted): (&str, &str),
) -> Failure {
    let (found_group, version) = found.split_once('/').unwrap_or(("", found));
    let single = kind.strip_suffix("List").unwrap_or(kind);
    let registered = kinds.named(found_group, version, kind).is_some()
        || kinds.named(found_group, version, single).is_some();
    let cause = if registered {
        let inner = match group.split('.').next() {
            None | Some("") => "core",
            Some(first) => first,
        };
        format!("converting ({version}.{kind}) to ({inner}.{wanted}): unknown conversion")
    } else {
        format!(
            "no kind \"{kind}\" is registered for version \"{found}\" in scheme \
             \"pkg/api/legacyscheme/scheme.go:30\""
        )
    };
    Failure::bad_request(format!(
        "{kind} in version \"{version}\" cannot be handled as a {wanted}: {cause}"
    ))
}

/// Makes a value fit its kind: unknown fields go, empty values that are always there come. What
/// is unknown or was said twice is complained of.
///
/// # Errors
///
/// 400 when a field has the wrong type, or is unknown and validation is strict.
fn fit_said(
    call: &Call<'_>,
    value: &mut Value,
    how: Validation,
    order: Option<&Order>,
) -> Result<Vec<String>> {
    let kind = &call.kind;
    let mut unknown = Unknown::default();
    let result = conform::conform(kind, value, &mut unknown);
    call.traces.replace(unknown.take_traces());
    if let Err(cause) = result {
        return Err(Failure::bad_request(format!(
            "{} in version {:?} cannot be handled as a {}: {cause}",
            kind.info.kind, kind.info.version, kind.info.kind
        )));
    }
    let words = complaints(kind, &unknown.into_fields(), order);
    match how {
        Validation::Strict if !words.is_empty() => Err(Failure::bad_request(format!(
            "{} in version {:?} cannot be handled as a {}: strict decoding error: {}",
            kind.info.kind,
            kind.info.version,
            kind.info.kind,
            words.join(", ")
        ))),
        Validation::Warn => Ok(words),
        _ => Ok(Vec::new()),
    }
}

/// Says which fields are unknown or said twice: of built-in kinds in the order of the body, of
/// custom ones first what is said twice.
fn complaints(kind: &Kind, unknown: &[String], order: Option<&Order>) -> Vec<String> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for (place, path) in order.map(Order::duplicates).unwrap_or_default() {
        let place = if kind.is_custom() { 0 } else { place };
        found.push((place, format!("duplicate field {path:?}")));
    }
    for (index, path) in unknown.iter().enumerate() {
        let place = match order {
            Some(order) if !kind.is_custom() => order.place(path),
            _ => index + 1,
        };
        found.push((place, format!("unknown field {path:?}")));
    }
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, words)| words).collect()
}

/// Brings name and namespace of a body in line with the path.
///
/// # Errors
///
/// 400 when they say something else.
pub(crate) fn place(call: &Call<'_>, object: &mut Value) -> Result<()> {
    let meta = metadata(object);
    let namespace = meta.get("namespace").and_then(Value::as_str).unwrap_or_default();
    if call.kind.info.namespaced {
        if namespace.is_empty() {
            meta.insert("namespace".to_owned(), json!(call.namespace));
        } else if namespace != call.namespace {
            return Err(Failure::bad_request(
                "the namespace of the provided object does not match the namespace sent on the \
                 request",
            ));
        }
    } else if !namespace.is_empty() {
        meta.remove("namespace");
    }
    if call.name.is_empty() {
        return Ok(());
    }
    match meta.get("name").and_then(Value::as_str).unwrap_or_default() {
        "" => Err(Failure::bad_request(format!(
            "the name of the object ({} based on URL) was undeterminable: name must be provided",
            call.name
        ))),
        name if name == call.name => Ok(()),
        name => Err(Failure::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            call.name
        ))),
    }
}
