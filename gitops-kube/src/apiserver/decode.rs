//! The body of a request as an object of the kind it is for.

use serde_json::{Value, json};

use super::{
    conform::{self, Unknown},
    kinds::Kind,
    request::Request,
    status::{Failure, Result},
    world::{Call, metadata, text},
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

/// Parses text as JSON or, where JSON is a part of it, YAML.
pub(crate) fn parse(request: &Request) -> Result<Value> {
    if BODY_BYTES_MAX < request.body.len() {
        return Err(Failure::new(
            413,
            "RequestEntityTooLarge",
            format!("Request entity too large: limit is {BODY_BYTES_MAX}"),
        ));
    }
    serde_json::from_slice(&request.body).map_err(|cause| Failure::bad_request(cause.to_string()))
}

/// Reads the body of a POST or PUT; the answer also holds warnings.
pub(crate) fn object(call: &Call<'_>) -> Result<(Value, Vec<String>)> {
    let request = call.request;
    match request.content_type() {
        "" | "application/json" | "application/yaml" => {}
        _ => {
            let accepted = if call.kind.is_custom() {
                "application/json, application/yaml"
            } else {
                "application/json, application/yaml, application/vnd.kubernetes.protobuf"
            };
            return Err(Failure::unsupported_type(accepted));
        }
    }
    let mut value = parse(request)?;
    check_kind(call, &mut value)?;
    let warnings = fit(&call.kind, &mut value, validation(request))?;
    Ok((value, warnings))
}

fn check_kind(call: &Call<'_>, value: &mut Value) -> Result<()> {
    let kind = &call.kind;
    let Value::Object(map) = value else {
        return Err(Failure::bad_request(
            "couldn't get version/kind; json parse error: json: cannot unmarshal into Go value of \
             type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \
             \"json:\\\"kind,omitempty\\\"\" }",
        ));
    };
    let wanted = (kind.api_version(), kind.info.kind.clone());
    for (field, wanted) in [("apiVersion", &wanted.0), ("kind", &wanted.1)] {
        if map.get(field).is_none_or(|value| value.as_str() == Some("")) {
            map.insert(field.to_owned(), wanted.as_str().into());
        }
    }
    let found = (text(value, "/apiVersion"), text(value, "/kind"));
    if found == (wanted.0.as_str(), wanted.1.as_str()) {
        return Ok(());
    }
    let (group, version) = found.0.split_once('/').unwrap_or(("", found.0));
    Err(Failure::bad_request(format!(
        "{} in version {:?} cannot be handled as a {}: no kind {:?} is registered for version \
         {:?} in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
        found.1,
        version,
        wanted.1,
        found.1,
        match group {
            "" => version.to_owned(),
            group => format!("{group}/{version}"),
        },
    )))
}

/// Makes a value fit its kind: unknown fields go, empty values that are always there come.
///
/// # Errors
///
/// 400 when a field has the wrong type, or is unknown and validation is strict.
pub(crate) fn fit(kind: &Kind, value: &mut Value, how: Validation) -> Result<Vec<String>> {
    let mut unknown = Unknown::default();
    let result = conform::conform(kind, value, &mut unknown);
    if let Err(cause) = result {
        return Err(Failure::bad_request(format!(
            "{} in version {:?} cannot be handled as a {}: {cause}",
            kind.info.kind, kind.info.version, kind.info.kind
        )));
    }
    let fields = unknown.into_fields();
    match how {
        Validation::Strict if !fields.is_empty() => {
            let list: Vec<String> =
                fields.iter().map(|field| format!("unknown field {field:?}")).collect();
            Err(Failure::bad_request(format!(
                "{} in version {:?} cannot be handled as a {}: strict decoding error: {}",
                kind.info.kind,
                kind.info.version,
                kind.info.kind,
                list.join(", ")
            )))
        }
        Validation::Warn => {
            Ok(fields.iter().map(|field| format!("unknown field {field:?}")).collect())
        }
        _ => Ok(Vec::new()),
    }
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
            return Err(Failure::bad_request(format!(
                "the namespace of the provided object does not match the namespace sent on the \
                 request ({namespace} != {})",
                call.namespace
            )));
        }
    } else if !namespace.is_empty() {
        meta.remove("namespace");
    }
    if call.name.is_empty() {
        return Ok(());
    }
    match meta.get("name").and_then(Value::as_str).unwrap_or_default() {
        "" => {
            meta.insert("name".to_owned(), json!(call.name));
            Ok(())
        }
        name if name == call.name => Ok(()),
        name => Err(Failure::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            call.name
        ))),
    }
}
