//! Whether a schema is structural: what a value looks like is said once, outside of all
//! alternatives.

use serde_json::{Map, Value, json};

use super::{
    super::super::{status::Problem, world::text},
    super::{patterns, structure::SCHEMA_DEPTH_MAX},
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

fn is(schema: &Value, name: &str) -> bool {
    schema.get(name) == Some(&json!(true))
}

fn list<'v>(schema: &'v Value, name: &str) -> &'v [Value] {
    schema.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

/// Says why a schema cannot be read as a structural one at all.
pub(super) fn unreadable(schema: &Value) -> Option<String> {
    unreadable_at(schema, 0)
}

fn unreadable_at(schema: &Value, depth: usize) -> Option<String> {
    if SCHEMA_DEPTH_MAX < depth {
        return None;
    }
    let filled = |name: &str| {
        schema.get(name).is_some_and(|value| match value {
            Value::Object(map) => !map.is_empty(),
            Value::String(text) => !text.is_empty(),
            value => !value.is_null(),
        })
    };
    for name in
        ["id", "$ref", "patternProperties", "dependencies", "additionalItems", "definitions"]
    {
        if filled(name) {
            return Some(format!("OpenAPIV3Schema '{name}' is not supported"));
        }
    }
    if schema.get("x-kubernetes-preserve-unknown-fields") == Some(&json!(false)) {
        let cause =
            "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
        return Some(cause.to_owned());
    }
    if !list(schema, "items").is_empty() {
        return Some("OpenAPIV3Schema 'items' must be a schema, but is an array".to_owned());
    }
    let mut below = ["items", "additionalProperties", "not"]
        .into_iter()
        .filter_map(|name| schema.get(name))
        .chain(["allOf", "anyOf", "oneOf"].into_iter().flat_map(|name| list(schema, name)))
        .chain(properties(schema).map(|(_, value)| value))
        .filter(|value| value.is_object());
    below.find_map(|value| unreadable_at(value, depth + 1))
}

/// Checks that a schema is structural; the problems are in the order of their texts.
pub(super) fn check(schema: &Value, path: &str) -> Vec<Problem> {
    let mut found = Vec::new();
    invariants(schema, Level::Root, path, 0, &mut found);
    complete(schema, Some(schema), path, path, 0, &mut found);
    found.sort_by_key(Problem::text);
    found
}

fn invariants(schema: &Value, level: Level, path: &str, depth: usize, out: &mut Vec<Problem>) {
    if SCHEMA_DEPTH_MAX < depth || !schema.is_object() {
        return;
    }
    let kind = text(schema, "/type");
    let items = schema.get("items");
    if kind == "array" && items.is_none() {
        out.push(Problem::required(format!("{path}.items"), "must be specified"));
    }
    if let Some(items) = items {
        invariants(items, Level::Item, &format!("{path}.items"), depth + 1, out);
    }
    for (name, value) in properties(schema) {
        invariants(value, Level::Field, &format!("{path}.properties[{name}]"), depth + 1, out);
    }
    let values = schema.get("additionalProperties");
    if let Some(values) = values {
        let at = format!("{path}.additionalProperties");
        if level == Level::Root {
            out.push(Problem::forbidden(&at, "must not be used at the root"));
        }
        invariants(values, Level::Field, &at, depth + 1, out);
    }
    extensions(schema, path, out);
    let (any, all) = int_or_string(schema);
    values_of(schema, any, all, path, depth, out);
    typed(schema, kind, level, path, out);
    metadata(schema, level, path, out);
}

fn extensions(schema: &Value, path: &str, out: &mut Vec<Problem>) {
    if !is(schema, "x-kubernetes-int-or-string") {
        return;
    }
    for name in ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] {
        if is(schema, name) {
            let detail = "must be false if x-kubernetes-int-or-string is true";
            out.push(Problem::invalid(format!("{path}.{name}"), &json!(true), detail));
        }
    }
}

/// Whether `anyOf`, or the first of `allOf`, only says that a value is an integer or a string.
fn int_or_string(schema: &Value) -> (bool, bool) {
    let pattern = json!([{ "type": "integer" }, { "type": "string" }]);
    let first = list(schema, "allOf").first();
    (
        schema.get("anyOf") == Some(&pattern),
        first.and_then(|all| all.get("anyOf")) == Some(&pattern),
    )
}

/// What must be said of the type of a value.
fn typed(schema: &Value, kind: &str, level: Level, path: &str, out: &mut Vec<Problem>) {
    let embedded = is(schema, "x-kubernetes-embedded-resource");
    let at = format!("{path}.type");
    if embedded && kind != "object" {
        let detail = "must be object if x-kubernetes-embedded-resource is true";
        out.push(match kind {
            "" => Problem::required(at.as_str(), detail),
            kind => Problem::invalid(at.as_str(), &json!(kind), detail),
        });
    } else if kind.is_empty()
        && !is(schema, "x-kubernetes-int-or-string")
        && !is(schema, "x-kubernetes-preserve-unknown-fields")
    {
        let detail = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        out.push(Problem::required(at.as_str(), detail));
    }
    if embedded && schema.get("additionalProperties").is_some() {
        let detail = "must not be used if x-kubernetes-embedded-resource is set";
        out.push(Problem::forbidden(format!("{path}.additionalProperties"), detail));
    }
    if level == Level::Root && !kind.is_empty() && kind != "object" {
        out.push(Problem::invalid(at.as_str(), &json!(kind), "must be object at the root"));
    }
    if embedded
        && !is(schema, "x-kubernetes-preserve-unknown-fields")
        && properties(schema).next().is_none()
    {
        let detail = "must not be empty if x-kubernetes-embedded-resource is true without \
                      x-kubernetes-preserve-unknown-fields";
        out.push(Problem::required(format!("{path}.properties"), detail));
    }
}

/// What may be said of the envelope of an object.
fn metadata(schema: &Value, level: Level, path: &str, out: &mut Vec<Problem>) {
    let checked = level == Level::Root || is(schema, "x-kubernetes-embedded-resource");
    let property = |name: &str| schema.get("properties").and_then(|all| all.get(name));
    for name in ["kind", "apiVersion"] {
        if let Some(value) = property(name).filter(|_| checked)
            && text(value, "/type") != "string"
        {
            let field = format!("{path}.properties[{name}].type");
            out.push(Problem::invalid(field, &json!(text(value, "/type")), "must be string"));
        }
    }
    let Some(value) = property("metadata") else { return };
    let at = format!("{path}.properties[metadata]");
    let kind = text(value, "/type");
    if checked && kind != "object" {
        out.push(Problem::invalid(format!("{at}.type"), &json!(kind), "must be object"));
    }
    if level != Level::Root {
        return;
    }
    let mut rest: Map<String, Value> = value.as_object().cloned().unwrap_or_default();
    let named = properties(value).all(|(name, _)| matches!(name.as_str(), "name" | "generateName"));
    if named {
        rest.remove("properties");
    }
    for name in ["type", "default"] {
        rest.remove(name);
    }
    rest.retain(|_, value| !matches!(value, Value::Null | Value::Bool(false)) && *value != "");
    if !rest.is_empty() {
        let detail = "must not specify anything other than name and generateName, but metadata is \
                      implicitly specified";
        out.push(Problem::forbidden(at, detail));
    }
}

/// Checks what is said of values: alternatives and the pattern.
fn values_of(
    schema: &Value,
    any: bool,
    all: bool,
    path: &str,
    depth: usize,
    out: &mut Vec<Problem>,
) {
    if !any {
        for (index, value) in list(schema, "anyOf").iter().enumerate() {
            nested(value, false, &format!("{path}.anyOf[{index}]"), depth + 1, out);
        }
    }
    for (index, value) in list(schema, "allOf").iter().enumerate() {
        nested(value, all && index == 0, &format!("{path}.allOf[{index}]"), depth + 1, out);
    }
    for (index, value) in list(schema, "oneOf").iter().enumerate() {
        nested(value, false, &format!("{path}.oneOf[{index}]"), depth + 1, out);
    }
    if let Some(not) = schema.get("not") {
        nested(not, false, &format!("{path}.not"), depth + 1, out);
    }
    let pattern = text(schema, "/pattern");
    if !pattern.is_empty()
        && let Err(cause) = patterns::compile(pattern)
    {
        let detail = format!("must be a valid regular expression, but isn't: {cause}");
        out.push(Problem::invalid(format!("{path}.pattern"), &json!(pattern), &detail));
    }
}

/// What may not be said within alternatives.
const FORBIDDEN: [(&str, &str); 12] = [
    ("type", "must be empty to be structural"),
    ("additionalProperties", "must be undefined to be structural"),
    ("default", "must be undefined to be structural"),
    ("title", "must be empty to be structural"),
    ("description", "must be empty to be structural"),
    ("nullable", "must be false to be structural"),
    ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
    ("x-kubernetes-embedded-resource", "must be false to be structural"),
    ("x-kubernetes-int-or-string", "must be false to be structural"),
    ("x-kubernetes-list-map-keys", "must be empty to be structural"),
    ("x-kubernetes-list-type", "must be undefined to be structural"),
    ("x-kubernetes-map-type", "must be undefined to be structural"),
];

fn nested(schema: &Value, any: bool, path: &str, depth: usize, out: &mut Vec<Problem>) {
    if SCHEMA_DEPTH_MAX < depth || !schema.is_object() {
        return;
    }
    values_of(schema, any, false, path, depth, out);
    if let Some(items) = schema.get("items") {
        nested(items, false, &format!("{path}.items"), depth + 1, out);
    }
    for (name, value) in properties(schema) {
        nested(value, false, &format!("{path}.properties[{name}]"), depth + 1, out);
    }
    let said = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => true,
    };
    for (name, detail) in FORBIDDEN {
        if schema.get(name).is_some_and(said) {
            out.push(Problem::forbidden(format!("{path}.{name}"), detail));
        }
    }
    if !list(schema, "x-kubernetes-validations").is_empty() {
        let field = format!("{path}.x-kubernetes-validations");
        out.push(Problem::forbidden(field, "must be empty to be structural"));
    }
    if properties(schema).any(|(name, _)| name == "metadata") {
        let field = format!("{path}.properties[metadata]");
        out.push(Problem::forbidden(field, "must not be specified in a nested context"));
    }
}

/// Checks that what alternatives speak of is there outside of them.
fn complete(
    schema: &Value,
    spine: Option<&Value>,
    spine_path: &str,
    path: &str,
    depth: usize,
    out: &mut Vec<Problem>,
) {
    if SCHEMA_DEPTH_MAX < depth {
        return;
    }
    let mut ask = |value: &Value, at: String| {
        complete_nested(value, spine, spine_path, &at, depth + 1, out);
    };
    if let Some(not) = schema.get("not") {
        ask(not, format!("{path}.not"));
    }
    for name in ["allOf", "anyOf", "oneOf"] {
        for (index, value) in list(schema, name).iter().enumerate() {
            ask(value, format!("{path}.{name}[{index}]"));
        }
    }
}

fn complete_nested(
    schema: &Value,
    spine: Option<&Value>,
    spine_path: &str,
    path: &str,
    depth: usize,
    out: &mut Vec<Problem>,
) {
    let because = |at: &str| format!("because it is defined in {at}");
    let Some(spine) = spine else {
        return out.push(Problem::required(spine_path, &because(path)));
    };
    complete(schema, Some(spine), spine_path, path, depth, out);
    if let Some(items) = schema.get("items").filter(|items| items.is_object()) {
        let (below, at) = (format!("{spine_path}.items"), format!("{path}.items"));
        complete_nested(items, spine.get("items"), &below, &at, depth + 1, out);
    }
    for (name, value) in properties(schema) {
        let (below, at) =
            (format!("{spine_path}.properties[{name}]"), format!("{path}.properties[{name}]"));
        match spine.get("properties").and_then(|all| all.get(name)) {
            None => out.push(Problem::required(below, &because(&at))),
            found => complete_nested(value, found, &below, &at, depth + 1, out),
        }
    }
}
