//! What a schema says of lists and maps beyond the standard.

use serde_json::{Value, json};

use super::super::super::{status::Problem, world::text};

/// What the extensions of a schema must be.
pub(super) fn check(schema: &Value, path: &str, out: &mut Vec<Problem>) {
    let kind = text(schema, "/type");
    if schema.get("x-kubernetes-preserve-unknown-fields") == Some(&json!(false)) {
        let field = format!("{path}.x-kubernetes-preserve-unknown-fields");
        out.push(Problem::invalid(field, &json!(false), "must be true or undefined"));
    }
    let typed = |name: &str, wanted: &str, out: &mut Vec<Problem>| {
        if schema.get(name).is_none() || kind == wanted {
            return false;
        }
        let detail = format!("must be {wanted} if {name} is specified");
        let field = format!("{path}.type");
        out.push(match kind {
            "" => Problem::required(field, &detail),
            kind => Problem::invalid(field, &json!(kind), &detail),
        });
        true
    };
    typed("x-kubernetes-map-type", "object", out);
    let named = |name: &str, valid: &[&str], out: &mut Vec<Problem>| {
        if let Some(value) = schema.get(name).and_then(Value::as_str)
            && !valid.contains(&value)
        {
            out.push(Problem::not_supported(format!("{path}.{name}"), &json!(value), valid));
        }
    };
    named("x-kubernetes-map-type", &["atomic", "granular"], out);
    let list_type = schema.get("x-kubernetes-list-type").and_then(Value::as_str);
    let items = schema.get("items").filter(|items| items.is_object());
    if !typed("x-kubernetes-list-type", "array", out)
        && list_type == Some("set")
        && let Some(items) = items
    {
        let detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
        let inner = items.get("x-kubernetes-list-type").unwrap_or(&Value::Null);
        match text(items, "/type") {
            "array" if !inner.is_null() && inner != "atomic" => {
                let field = format!("{path}.items.x-kubernetes-list-type");
                out.push(Problem::invalid(field, inner, detail));
            }
            "object" if text(items, "/x-kubernetes-map-type") != "atomic" => {
                let field = format!("{path}.items.x-kubernetes-map-type");
                out.push(Problem::invalid(field, inner, detail));
            }
            _ => {}
        }
    }
    named("x-kubernetes-list-type", &["atomic", "set", "map"], out);
    let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
    if keys.is_some_and(|keys| !keys.is_empty()) && list_type != Some("map") {
        let detail = "must be map if x-kubernetes-list-map-keys is non-empty";
        let field = format!("{path}.x-kubernetes-list-type");
        out.push(match list_type {
            None => Problem::required(field, detail),
            Some(other) => Problem::invalid(field, &json!(other), detail),
        });
    }
}

/// What the keys of a list must be.
pub(super) fn keys(schema: &Value, path: &str, out: &mut Vec<Problem>) {
    let list_type = text(schema, "/x-kubernetes-list-type");
    let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
    let keys: Vec<&str> = keys.into_iter().flatten().filter_map(Value::as_str).collect();
    let keys_field = format!("{path}.x-kubernetes-list-map-keys");
    let items = schema.get("items").filter(|items| items.is_object());
    let property = |key: &str| items.and_then(|items| items.get("properties")?.get(key));
    if list_type == "map" {
        if keys.is_empty() {
            let detail = "must not be empty if x-kubernetes-list-type is map";
            out.push(Problem::required(&keys_field, detail));
        }
        if schema.get("items").is_none() {
            let detail = "must have a schema if x-kubernetes-list-type is map";
            out.push(Problem::required(format!("{path}.items"), detail));
        }
        match items.map(|items| text(items, "/type")) {
            Some("object") => {
                for (index, key) in keys.iter().enumerate() {
                    match property(key).map(|property| text(property, "/type")) {
                        Some("array" | "object") => {
                            let field = format!("{path}.items.properties[{key}].type");
                            let detail = "must be a scalar type if parent array's \
                                          x-kubernetes-list-type is map";
                            out.push(Problem::invalid(field, &json!("object"), detail));
                        }
                        Some(_) => {}
                        None => {
                            let detail = "entries must all be names of item properties";
                            out.push(Problem::invalid(&keys_field, &json!(keys), detail));
                        }
                    }
                    if keys[..index].contains(key) {
                        let detail = "must not contain duplicate entries";
                        out.push(Problem::invalid(&keys_field, &json!(keys), detail));
                    }
                }
            }
            Some(other) => {
                let detail = "must be object if parent array's x-kubernetes-list-type is map";
                out.push(Problem::invalid(format!("{path}.items.type"), &json!(other), detail));
            }
            None => {}
        }
    }
    if let Some(items) = items.filter(|_| matches!(list_type, "set" | "map")) {
        if items.get("nullable") == Some(&json!(true)) {
            let detail = format!("cannot be nullable when x-kubernetes-list-type is {list_type}");
            out.push(Problem::forbidden(format!("{path}.items.nullable"), &detail));
        }
        if list_type == "map" {
            keys_given(items, &keys, &format!("{path}.items.properties"), out);
        }
    }
}

/// Keys are there in every item: required, or given by a default.
fn keys_given(items: &Value, keys: &[&str], path: &str, out: &mut Vec<Problem>) {
    let required = items.get("required").and_then(Value::as_array);
    for key in keys {
        let Some(property) = items.get("properties").and_then(|p| p.get(*key)) else { continue };
        let asked = required.is_some_and(|names| names.iter().any(|name| name == key));
        let given = property.get("default").is_some_and(|default| !default.is_null());
        if !asked && !given {
            let detail = "this property is in x-kubernetes-list-map-keys, so it must have a default \
                          or be a required property";
            out.push(Problem::required(format!("{path}[{key}].default"), detail));
        }
        if property.get("nullable") == Some(&json!(true)) {
            let detail = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
            out.push(Problem::forbidden(format!("{path}[{key}].nullable"), detail));
        }
    }
}
