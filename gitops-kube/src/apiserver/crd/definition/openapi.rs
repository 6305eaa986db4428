//! The schema of a definition: what may stand in it.

use serde_json::{Value, json};

use super::{
    super::super::{status::Problem, world::text},
    super::structure::{SCHEMA_DEPTH_MAX, Structure},
    extensions, fields, given, internal, ruled, structural,
};

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// What may stand at the root of a schema beside a status of its own.
const AT_ROOT: [&str; 22] = [
    "description",
    "type",
    "format",
    "title",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "multipleOf",
    "required",
    "items",
    "properties",
    "externalDocs",
    "example",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
];

/// Checks the schema of a version.
pub(super) fn check(
    schema: &Value,
    status: bool,
    unchanged: bool,
    path: &str,
    out: &mut Vec<Problem>,
) {
    let root = format!("{path}.openAPIV3Schema");
    let before = out.len();
    if status {
        at_root(schema, &root, out);
    }
    if schema.get("nullable") == Some(&json!(true)) {
        out.push(Problem::forbidden(
            format!("{root}.nullable"),
            "nullable cannot be true at the root",
        ));
    }
    let unreadable = structural::unreadable(schema);
    let mut asks = false;
    if unreadable.is_none() {
        let mut found = structural::check(schema, &root);
        if found.is_empty() {
            given::check(&Structure::read(schema), &root, &mut found);
            asks = found.is_empty();
        }
        out.extend(found);
    }
    let walk = Walk { asks, unchanged };
    let mut found = Found::default();
    walk.node(schema, &root, &At::root(), 0, &mut found);
    out.append(&mut found.schema);
    out.append(&mut found.rules);
    if let Some(cause) = unreadable.filter(|_| out.len() == before) {
        out.push(Problem::invalid(&root, &json!(""), &cause));
    }
    ruled::budget(&found.costs, &root, out);
}

fn at_root(schema: &Value, root: &str, out: &mut Vec<Problem>) {
    let kind = text(schema, "/type");
    if !kind.is_empty() && kind != "object" {
        let detail = "only \"object\" is allowed as the type at the root of the schema if the status \
                      subresource is enabled";
        return out.push(Problem::invalid(format!("{root}.type"), &json!(kind), detail));
    }
    let zero = |value: &Value| matches!(value, Value::Null | Value::Bool(false)) || value == "";
    let mut fields = schema.as_object().into_iter().flatten();
    if fields.any(|(name, value)| !zero(value) && !AT_ROOT.contains(&name.as_str())) {
        let message = format!(
            "Invalid value: {}: only [Description Type Format Title Maximum ExclusiveMaximum Minimum \
             ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf \
             Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations] \
             fields are allowed at the root of the schema if the status subresource is enabled",
            internal::schema(schema)
        );
        out.push(Problem::said("FieldValueInvalid", root, message));
    }
}

/// Problems of the schema, and those of rules in it.
#[derive(Debug, Default)]
pub(super) struct Found {
    schema: Vec<Problem>,
    pub(super) rules: Vec<Problem>,
    /// What each rule costs at most, and where it is.
    pub(super) costs: Vec<(String, u64)>,
}

/// What surrounds a node.
#[derive(Clone, Debug)]
pub(super) struct At {
    root: bool,
    /// Why defaults are forbidden here.
    no_default: Option<String>,
    in_metadata: bool,
    /// Where old and new values can no longer be told to be the same.
    pub(super) uncorrelatable: Option<String>,
    /// Whether rules may stand here.
    ruled: bool,
    /// How often a value of this node can be in an object; nothing when any number of times.
    pub(super) times: u64,
}

impl At {
    fn root() -> Self {
        Self {
            root: true,
            no_default: None,
            in_metadata: false,
            uncorrelatable: None,
            ruled: true,
            times: 1,
        }
    }

    /// Whether this is the object itself.
    pub(super) fn is_root(&self) -> bool {
        self.root
    }

    fn below(&self) -> Self {
        Self { root: false, ..self.clone() }
    }
}

struct Walk {
    /// Whether rules are looked at.
    asks: bool,
    /// Whether the schema is the one that was there before.
    unchanged: bool,
}

impl Walk {
    fn node(&self, schema: &Value, path: &str, at: &At, depth: usize, out: &mut Found) {
        if SCHEMA_DEPTH_MAX < depth || !schema.is_object() {
            return;
        }
        let before = out.schema.len();
        plain(schema, path, at, &mut out.schema);
        self.children(schema, path, at, depth + 1, out);
        extensions::check(schema, path, &mut out.schema);
        extensions::keys(schema, path, &mut out.schema);
        let rules = schema.get("x-kubernetes-validations").and_then(Value::as_array);
        for (index, rule) in rules.into_iter().flatten().enumerate() {
            let at = format!("{path}.x-kubernetes-validations[{index}]");
            rule_form(rule, schema, &at, &mut out.schema);
        }
        if self.asks && at.ruled && out.schema.len() == before && rules.is_some() {
            ruled::check(schema, path, at, self.unchanged, out);
        }
    }

    fn children(&self, schema: &Value, path: &str, at: &At, depth: usize, out: &mut Found) {
        let is = |name: &str| schema.get(name) == Some(&json!(true));
        if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object())
        {
            let mut below = at.below();
            below.times = ruled::times(schema, values, at.times);
            if at.in_metadata {
                let why = "inside additionalProperties applying to object metadata";
                below.no_default = Some(why.to_owned());
            }
            self.node(values, &format!("{path}.additionalProperties"), &below, depth, out);
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, value) in properties.into_iter().flatten() {
            let mut below = at.below();
            let envelope = matches!(name.as_str(), "metadata" | "kind" | "apiVersion");
            if envelope && (at.root || is("x-kubernetes-embedded-resource")) {
                below.in_metadata = true;
                if at.root {
                    below.no_default = Some(format!("in top-level {name}"));
                }
            }
            self.node(value, &format!("{path}.properties[{name}]"), &below, depth, out);
        }
        let unruled = At { ruled: false, ..at.below() };
        if let Some(not) = schema.get("not") {
            self.node(not, &format!("{path}.not"), &unruled, depth, out);
        }
        for name in ["allOf", "oneOf", "anyOf"] {
            let list = schema.get(name).and_then(Value::as_array);
            for (index, value) in list.into_iter().flatten().enumerate() {
                self.node(value, &format!("{path}.{name}[{index}]"), &unruled, depth, out);
            }
        }
        let definitions = schema.get("definitions").and_then(Value::as_object);
        for (name, value) in definitions.into_iter().flatten() {
            self.node(value, &format!("{path}.definitions[{name}]"), &unruled, depth, out);
        }
        let mut below = at.below();
        if let Some(items) = schema.get("items").filter(|items| items.is_object()) {
            below.times = ruled::times(schema, items, at.times);
        }
        if text(schema, "/x-kubernetes-list-type") != "map" && below.uncorrelatable.is_none() {
            below.uncorrelatable = Some(path.to_owned());
        }
        match schema.get("items") {
            Some(Value::Array(items)) => {
                for (index, value) in items.iter().enumerate() {
                    self.node(value, &format!("{path}.items[{index}]"), &below, depth, out);
                }
            }
            Some(items) => self.node(items, &format!("{path}.items"), &below, depth, out),
            None => {}
        }
    }
}

/// What a schema may not say at all.
fn plain(schema: &Value, path: &str, at: &At, out: &mut Vec<Problem>) {
    let kind = text(schema, "/type");
    if !kind.is_empty() && !TYPES.contains(&kind) {
        out.push(Problem::not_supported(format!("{path}.type"), &json!(kind), &TYPES));
    }
    if schema.get("default").is_some_and(|default| !default.is_null())
        && let Some(why) = &at.no_default
    {
        out.push(Problem::forbidden(format!("{path}.default"), &format!("must not be set {why}")));
    }
    let filled = |value: &Value| match value {
        Value::Object(map) => !map.is_empty(),
        Value::String(text) => !text.is_empty(),
        value => !value.is_null(),
    };
    let unsupported =
        ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];
    for name in unsupported {
        if schema.get(name).is_some_and(filled) {
            let detail = format!("{name} is not supported");
            out.push(Problem::forbidden(format!("{path}.{name}"), &detail));
        }
    }
    if kind == "null" {
        let detail = "type cannot be set to null, use nullable as an alternative";
        out.push(Problem::forbidden(format!("{path}.type"), detail));
    }
    if schema.get("items").and_then(Value::as_array).is_some_and(|items| !items.is_empty()) {
        let detail = "items must be a schema object and not an array";
        out.push(Problem::forbidden(format!("{path}.items"), detail));
    }
    let is = |name: &str| schema.get(name) == Some(&json!(true));
    if at.in_metadata && is("x-kubernetes-embedded-resource") {
        let field = format!("{path}.x-kubernetes-embedded-resource");
        out.push(Problem::forbidden(field, "must not be used inside of resource meta"));
    }
    if is("uniqueItems") {
        let detail =
            "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        out.push(Problem::forbidden(format!("{path}.uniqueItems"), detail));
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    let values = schema.get("additionalProperties");
    if properties.is_some_and(|properties| !properties.is_empty())
        && values.is_some_and(|values| values.is_object() || *values == json!(false))
    {
        let detail = "additionalProperties and properties are mutual exclusive";
        out.push(Problem::forbidden(format!("{path}.additionalProperties"), detail));
    }
}

/// The reasons that a rule may give.
const REASONS: [&str; 4] =
    ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/// The form of a rule, whatever it says.
fn rule_form(rule: &Value, schema: &Value, path: &str, out: &mut Vec<Problem>) {
    let value = |name: &str| text(rule, &format!("/{name}"));
    let lines = |text: &str| text.contains(['\n', '\r']);
    let (message, trimmed) = (value("message"), value("message").trim());
    if value("rule").trim().is_empty() {
        out.push(Problem::required(format!("{path}.rule"), "rule is not specified"));
    } else if !message.is_empty() && trimmed.is_empty() {
        let detail = "must be non-empty if specified";
        out.push(Problem::invalid(format!("{path}.message"), &json!(message), detail));
    } else if lines(trimmed) {
        let detail = "must not contain line breaks";
        out.push(Problem::invalid(format!("{path}.message"), &json!(message), detail));
    } else if lines(value("rule").trim()) && trimmed.is_empty() {
        let detail = "message must be specified if rule contains line breaks";
        out.push(Problem::required(format!("{path}.message"), detail));
    }
    let expression = value("messageExpression");
    if !expression.is_empty() && expression.trim().is_empty() {
        let detail = "messageExpression must be non-empty if specified";
        out.push(Problem::required(format!("{path}.messageExpression"), detail));
    }
    if let Some(reason) = rule.get("reason").and_then(Value::as_str)
        && !REASONS.contains(&reason)
    {
        out.push(Problem::not_supported(format!("{path}.reason"), &json!(reason), &REASONS));
    }
    let field = value("fieldPath");
    let at = format!("{path}.fieldPath");
    if !field.is_empty() && field.trim().is_empty() {
        out.push(Problem::invalid(&at, &json!(field), "must be non-empty if specified"));
    }
    if lines(field) {
        out.push(Problem::invalid(&at, &json!(field), "must not contain line breaks"));
    }
    if !field.is_empty() && fields::find(field, schema, true).is_err() {
        out.push(Problem::invalid(&at, &json!(field), "must be a valid path"));
    }
}
