//! Custom objects against all that their definition says.

use serde_json::Value;

use super::{
    super::{kinds::Custom, status::Problem},
    embedded, lists, rules,
    structure::Structure,
    value,
};

/// Returns what is wrong with a new object, besides its metadata.
pub(crate) fn created(object: &Value, custom: &Custom) -> Vec<Problem> {
    check(object, None, custom)
}

/// Returns what is wrong with a change.
pub(crate) fn changed(live: &Value, object: &Value, custom: &Custom) -> Vec<Problem> {
    check(object, Some(live), custom)
}

/// Returns what is wrong with a change of a status.
pub(crate) fn status_changed(live: &Value, object: &Value, custom: &Custom) -> Vec<Problem> {
    let mut found = Vec::new();
    let schema = &custom.structure;
    if let (Some(status), Some(below)) = (object.get("status"), schema.properties.get("status")) {
        found.extend(value::check(status, below, live.get("status"), "status"));
    }
    scale_status(object, custom, &mut found);
    rest(object, Some(live), custom, &mut found);
    found
}

fn check(object: &Value, live: Option<&Value>, custom: &Custom) -> Vec<Problem> {
    let mut found = value::check(object, &custom.structure, live, "");
    scale_spec(object, custom, &mut found);
    scale_status(object, custom, &mut found);
    rest(object, live, custom, &mut found);
    found
}

fn rest(object: &Value, live: Option<&Value>, custom: &Custom, found: &mut Vec<Problem>) {
    let schema: &Structure = &custom.structure;
    embedded::check(object, schema, "", found);
    let mut before = Vec::new();
    if let Some(live) = live {
        lists::check(live, schema, "", &mut before);
    }
    // A list that was wrong before may stay so.
    if before.is_empty() {
        lists::check(object, schema, "", found);
    }
    if !schema.ruled {
        return;
    }
    if found.iter().any(Problem::blocks_rules) {
        let detail = "some validation rules were not checked because the object was invalid; correct \
                      the existing errors to complete validation";
        found.push(Problem::invalid("<nil>", &Value::Null, detail));
    } else {
        found.extend(rules::check(object, schema, live, ""));
    }
}

fn scale_spec(object: &Value, custom: &Custom, out: &mut Vec<Problem>) {
    replicas(object, custom, "specReplicasPath", out);
}

fn scale_status(object: &Value, custom: &Custom, out: &mut Vec<Problem>) {
    replicas(object, custom, "statusReplicasPath", out);
    let Some(path) = scale_path(custom, "labelSelectorPath") else { return };
    let Some(value) = object.pointer(&path.replace('.', "/")).filter(|value| !value.is_string())
    else {
        return;
    };
    let detail = accessor_error(path, value, "string");
    out.push(Problem::invalid(path, &"".into(), &detail));
}

fn scale_path<'c>(custom: &'c Custom, name: &str) -> Option<&'c str> {
    custom.scale.as_ref()?.get(name)?.as_str()
}

fn replicas(object: &Value, custom: &Custom, name: &str, out: &mut Vec<Problem>) {
    let Some(path) = scale_path(custom, name) else { return };
    let Some(value) = object.pointer(&path.replace('.', "/")) else { return };
    match value.as_i64() {
        None => {
            let detail = accessor_error(path, value, "int64");
            out.push(Problem::invalid(path, &0.into(), &detail));
        }
        Some(count) if count < 0 => {
            out.push(Problem::invalid(path, value, "should be a non-negative integer"));
        }
        Some(count) if i64::from(i32::MAX) < count => {
            let detail = format!("should be less than or equal to {}", i32::MAX);
            out.push(Problem::invalid(path, value, &detail));
        }
        Some(_) => {}
    }
}

fn accessor_error(path: &str, value: &Value, wanted: &str) -> String {
    let found = match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    };
    let shown = match value {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        other => other.to_string(),
    };
    format!("{path} accessor error: {shown} is of the type {found}, expected {wanted}")
}
